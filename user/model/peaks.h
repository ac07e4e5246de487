/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_PEAKS_H
#define MODEL_PEAKS_H

/*
 * Peaks that start anew in mid-session, as the session's own never fall.
 */

#include "model/snapshot.h"

/**
 * struct peak - of an area or a whole pool
 * @before: the session's peak when it was reset
 * @seen: the highest since, of the snapshots
 */
struct peak {
	uint64_t before;
	uint64_t seen;
};

/**
 * struct pool_peaks - of one pool
 * @key: the pool's
 * @id: the pool's
 * @pool: the whole
 * @areas: its areas
 * @nr_areas: how many
 */
struct pool_peaks {
	uint64_t key;
	int id;
	struct peak pool;
	struct peak *areas;
	unsigned int nr_areas;
};

/**
 * struct peaks - of all pools that were there at the reset
 * @pools: one a pool; NULL = never reset
 * @count: how many
 */
struct peaks {
	struct pool_peaks *pools;
	size_t count;
};

/**
 * peaks_reset() - peaks count from this snapshot on
 * @peaks: zeroed, or used before; ended with peaks_release()
 * @snap: as the session gave it
 *
 * Return: 0, or -ENOMEM and nothing has changed.
 */
int peaks_reset(struct peaks *peaks, const struct snapshot *snap);

/**
 * peaks_apply() - replace the peaks of a snapshot by those since the reset
 *
 * A peak above the session's earlier one is exact. Below that only what stood
 * in a snapshot is known, so such a peak may be too low.
 */
void peaks_apply(struct peaks *peaks, struct snapshot *snap);

/** peaks_release() - free it and make it empty */
void peaks_release(struct peaks *peaks);

#endif

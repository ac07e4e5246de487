/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_DELTA_H
#define MODEL_DELTA_H

#include "model/snapshot.h"

/**
 * snapshot_delta() - what happened between two snapshots of one session
 * @from: the earlier one
 * @to: the later one
 * @out: zeroed or released; to be released by the caller
 *
 * State (used, free runs, live, owners, hooks) and window are those of @to;
 * counters are those of the interval. A pool, device or loss that only @to has
 * counts in full, one that only @from has is left out. A counter that went
 * backwards belongs to something new at the same place and counts in full, so
 * that none is ever negative. A longest wait that lies before the interval is
 * replaced by the upper edge of the interval's highest histogram bucket.
 *
 * Return: 0, or -ENOMEM and @out is empty.
 */
int snapshot_delta(const struct snapshot *from, const struct snapshot *to,
		   struct snapshot *out);

/**
 * snapshot_raise_peaks() - let peaks go back to those of an earlier snapshot
 * @snap: whose peaks began with @before
 * @before: the earlier one of the same session
 */
void snapshot_raise_peaks(struct snapshot *snap, const struct snapshot *before);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_HISTORY_H
#define VIEWS_TUI_HISTORY_H

/*
 * The last minute of each area and device, for sparklines: a figure a second.
 * It holds what is in the latest snapshot and forgets what has gone, so it
 * does not grow with time.
 */

#include <limits.h>

#include "model/snapshot.h"

#define HISTORY_SECONDS 60
#define HISTORY_NONE	UINT16_MAX
#define HISTORY_UNKNOWN UINT_MAX

/** enum trend - what is remembered */
enum trend {
	TREND_USED, /* share of the slots that is taken, per mille */
	TREND_WAIT, /* waits, per mille of one CPU; above 1000 with many CPUs */
	TRENDS,
};

/**
 * struct ring - a minute
 * @value: by trend and second; the worst of the second, HISTORY_NONE = none
 */
struct ring {
	uint16_t value[TRENDS][HISTORY_SECONDS];
};

/**
 * struct series - the rings of one pool
 * @id: the pool's
 * @count: its areas
 * @rings: one an area
 */
struct series {
	int id;
	unsigned int count;
	struct ring *rings;
};

/**
 * struct history - of all pools
 * @series: one a pool
 * @count: how many
 * @second: the latest second there are figures of
 */
struct history {
	struct series *series;
	size_t count;
	uint64_t second;
};

/**
 * history_add() - take in an interval
 * @history: zeroed, or used before; ended with history_release()
 * @interval: what happened since the last one, from snapshot_delta()
 *
 * Return: 0, or -ENOMEM and some have no history.
 */
int history_add(struct history *history, const struct snapshot *interval);

/** history_release() - free it and make it empty */
void history_release(struct history *history);

/** history_ring() - of an area, or NULL */
const struct ring *history_ring(const struct history *history,
				const struct pool *pool, unsigned int area);

/**
 * history_height() - height of a trend
 * @history: the history
 * @ring: one of its rings
 * @trend: what of it
 * @column: column of the picture, the last one being now
 * @columns: how many it has; each shows the worst of its seconds
 * @steps: the height of 100 %
 *
 * Used slots are to scale; waits are logarithmic, so that both 0.1 % and
 * 100 % of a CPU can be seen.
 *
 * Return: 0 for nothing to @steps, or HISTORY_UNKNOWN.
 */
unsigned int history_height(const struct history *history,
			    const struct ring *ring, enum trend trend,
			    unsigned int column, unsigned int columns,
			    unsigned int steps);

#endif

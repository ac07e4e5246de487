/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/units.h"

static void series_release(struct series *series, size_t count)
{
	for (size_t i = 0; series && i < count; i++)
		free(series[i].rings);
	free(series);
}

void history_release(struct history *history)
{
	series_release(history->series, history->count);
	memset(history, 0, sizeof(*history));
}

static struct series *find_series(const struct history *history,
				  const struct pool *pool)
{
	for (size_t i = 0; i < history->count; i++)
		if (history->series[i].id == pool->id &&
		    history->series[i].count == pool->nr_areas)
			return &history->series[i];
	return NULL;
}

static int start_series(struct series *series, const struct pool *pool)
{
	series->id = pool->id;
	series->rings = calloc(pool->nr_areas + 1, sizeof(*series->rings));
	if (!series->rings)
		return -ENOMEM;
	series->count = pool->nr_areas;
	/* Every value becomes HISTORY_NONE. */
	memset(series->rings, 0xff, series->count * sizeof(*series->rings));
	return 0;
}

static bool same_pools(const struct history *history,
		       const struct snapshot *snap)
{
	if (history->count != snap->nr_pools)
		return false;
	for (size_t i = 0; i < snap->nr_pools; i++)
		if (!find_series(history, &snap->pools[i]))
			return false;
	return true;
}

/* New pools get rings, those that have gone lose theirs. */
static int follow_pools(struct history *history, const struct snapshot *snap)
{
	struct series *series;
	int err = 0;

	if (same_pools(history, snap))
		return 0;
	series = calloc(snap->nr_pools + 1, sizeof(*series));
	if (!series)
		return -ENOMEM;
	for (size_t i = 0; i < snap->nr_pools; i++) {
		struct series *known = find_series(history, &snap->pools[i]);

		if (known) {
			series[i] = *known;
			known->rings = NULL;
			known->count = 0;
		} else if (start_series(&series[i], &snap->pools[i])) {
			err = -ENOMEM;
		}
	}
	series_release(history->series, history->count);
	history->series = series;
	history->count = snap->nr_pools;
	return err;
}

/* Rounded up: a value above 0 must be visible. */
static uint16_t per_mille(uint64_t part, uint64_t whole)
{
	double share;

	if (!whole)
		return HISTORY_NONE;
	share = (double)part * 1000 / (double)whole;
	if (share >= HISTORY_NONE - 1)
		return HISTORY_NONE - 1;
	return (uint16_t)(share + 0.999999);
}

/*
 * The seconds since the last interval get the figure, as far as this interval
 * reaches back; what lies before it stays unknown.
 */
static void put_value(uint16_t *values, uint16_t value, uint64_t last,
		      uint64_t now, uint64_t length)
{
	uint16_t *cell = &values[now % HISTORY_SECONDS];

	if (now == last) {
		if (*cell == HISTORY_NONE ||
		    (value != HISTORY_NONE && value > *cell))
			*cell = value;
		return;
	}
	for (uint64_t s = last + 1; s <= now; s++)
		values[s % HISTORY_SECONDS] =
			s + length > now ? value : HISTORY_NONE;
}

static void add_area(struct ring *ring, const struct area *area,
		     const struct history *history, uint64_t now,
		     uint64_t duration_ns)
{
	uint64_t length = (duration_ns + NS_PER_SEC - 1) / NS_PER_SEC;
	uint64_t last = history->second;
	uint64_t used = counter_known(area->used) ? area->used : area->busy;

	if (now - last > HISTORY_SECONDS)
		last = now - HISTORY_SECONDS;
	put_value(ring->value[TREND_USED], per_mille(used, area->slots), last,
		  now, length);
	put_value(ring->value[TREND_WAIT],
		  per_mille(area->locks.total_ns, duration_ns), last, now,
		  length);
}

int history_add(struct history *history, const struct snapshot *interval)
{
	/* From 1 on, so that all of the first minute is after @second. */
	uint64_t now = interval->taken_ns / NS_PER_SEC + HISTORY_SECONDS;
	int err = follow_pools(history, interval);

	if (now < history->second)
		return err;
	for (size_t i = 0; i < interval->nr_pools; i++) {
		const struct pool *pool = &interval->pools[i];
		struct series *series = find_series(history, pool);

		for (unsigned int j = 0; series && j < series->count; j++)
			add_area(&series->rings[j], &pool->areas[j], history,
				 now, interval->window.duration_ns);
	}
	history->second = now;
	return err;
}

const struct ring *history_ring(const struct history *history,
				const struct pool *pool, unsigned int area)
{
	const struct series *series = find_series(history, pool);

	return series && area < series->count ? &series->rings[area] : NULL;
}

/* Of 1 to 1000, in 256ths, with straight lines between powers of two. */
static unsigned int log_of(unsigned int value)
{
	unsigned int power = 31 - (unsigned int)__builtin_clz(value);

	return power * 256 + ((value << 8) >> power) - 256;
}

/* A value above 0 is at least one step high. */
static unsigned int height_of(enum trend trend, unsigned int value,
			      unsigned int steps)
{
	if (!value)
		return 0;
	if (value >= 1000)
		return steps;
	if (trend == TREND_USED)
		return 1 + value * steps / 1001;
	return 1 + log_of(value) * (steps - 1) / log_of(1000);
}

unsigned int history_height(const struct history *history,
			    const struct ring *ring, enum trend trend,
			    unsigned int column, unsigned int columns,
			    unsigned int steps)
{
	unsigned int span =
		columns < HISTORY_SECONDS ? columns : HISTORY_SECONDS;
	unsigned int first, last, highest = 0;
	bool known = false;

	/* A wider picture stays empty on the left. */
	if (column + span < columns)
		return HISTORY_UNKNOWN;
	column -= columns - span;
	first = column * HISTORY_SECONDS / span;
	last = (column + 1) * HISTORY_SECONDS / span;
	for (unsigned int i = first; i < last; i++) {
		uint64_t second = history->second - (HISTORY_SECONDS - 1) + i;
		uint16_t value = ring->value[trend][second % HISTORY_SECONDS];

		if (value == HISTORY_NONE)
			continue;
		known = true;
		if (value > highest)
			highest = value;
	}
	return known ? height_of(trend, highest, steps) : HISTORY_UNKNOWN;
}

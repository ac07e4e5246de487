/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/peaks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void peaks_release(struct peaks *peaks)
{
	for (size_t i = 0; i < peaks->count; i++)
		free(peaks->pools[i].areas);
	free(peaks->pools);
	memset(peaks, 0, sizeof(*peaks));
}

static int start_pool(struct pool_peaks *peaks, const struct pool *pool)
{
	peaks->key = pool->key;
	peaks->id = pool->id;
	peaks->pool.before = pool->used_peak;
	peaks->areas = calloc(pool->nr_areas + 1, sizeof(*peaks->areas));
	if (!peaks->areas)
		return -ENOMEM;
	peaks->nr_areas = pool->nr_areas;
	for (unsigned int i = 0; i < pool->nr_areas; i++)
		peaks->areas[i].before = pool->areas[i].used_peak;
	return 0;
}

int peaks_reset(struct peaks *peaks, const struct snapshot *snap)
{
	struct peaks fresh = { 0 };
	int err = 0;

	fresh.pools = calloc(snap->nr_pools + 1, sizeof(*fresh.pools));
	if (!fresh.pools)
		return -ENOMEM;
	fresh.count = snap->nr_pools;
	for (size_t i = 0; i < snap->nr_pools && !err; i++)
		err = start_pool(&fresh.pools[i], &snap->pools[i]);
	if (err) {
		peaks_release(&fresh);
		return err;
	}
	peaks_release(peaks);
	*peaks = fresh;
	return 0;
}

static void apply(struct peak *peak, uint64_t used, uint64_t *shown)
{
	if (*shown > peak->before)
		return;
	if (counter_known(used) && used > peak->seen)
		peak->seen = used;
	*shown = peak->seen;
}

static void apply_pool(struct pool_peaks *peaks, struct pool *pool)
{
	apply(&peaks->pool, pool->used, &pool->used_peak);
	for (unsigned int i = 0; i < pool->nr_areas && i < peaks->nr_areas; i++)
		apply(&peaks->areas[i], pool->areas[i].used,
		      &pool->areas[i].used_peak);
}

void peaks_apply(struct peaks *peaks, struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_pools; i++)
		for (size_t j = 0; j < peaks->count; j++)
			if (peaks->pools[j].key == snap->pools[i].key &&
			    peaks->pools[j].id == snap->pools[i].id)
				apply_pool(&peaks->pools[j], &snap->pools[i]);
}

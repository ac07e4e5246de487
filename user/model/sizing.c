/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/sizing.h"

#include "util/units.h"

/* IO_TLB_MIN_SLABS: the kernel makes no smaller pool (6.1). */
#define MIN_SLOTS 512u

/* A pool is oversized when so small a part of it would do. */
#define OVERSIZED 4

/* Less than that is not worth a word. */
#define OVERSIZED_BYTES (16ull << 20)

/* A day shows what a machine does, and some minutes what a load does. */
#define ENOUGH_UPTIME (24ull * 3600 * NS_PER_SEC)
#define ENOUGH_WINDOW (600ull * NS_PER_SEC)

/* An area was full while no more than this part of the pool was taken. */
#define CROWDED_PERCENT 50

uint64_t sizing_smallest(uint64_t slots, uint32_t areas)
{
	return boot_rounded_slots(slots < MIN_SLOTS ? MIN_SLOTS : slots, areas);
}

bool sizing_of(const struct snapshot *snap, const struct pool *pool,
	       struct sizing *sizing)
{
	if (pool->kind != POOL_DEFAULT || snap->kernel.pools_grow ||
	    !counter_known(pool->used))
		return false;
	*sizing = (struct sizing){
		.since_boot = counter_known(pool->used_hiwater),
		.peak = pool->used_peak,
		.over_ns = snap->window.duration_ns,
	};
	if (sizing->since_boot) {
		sizing->peak = pool->used_hiwater;
		sizing->over_ns = snap->taken_ns;
	}
	sizing->enough = sizing_smallest(2 * sizing->peak, pool->nr_areas);
	return true;
}

bool sizing_is_oversized(const struct pool *pool, const struct sizing *sizing)
{
	if (sizing->over_ns <
	    (sizing->since_boot ? ENOUGH_UPTIME : ENOUGH_WINDOW))
		return false;
	return sizing->enough <= pool->slots / OVERSIZED &&
	       (pool->slots - sizing->enough) * SLOT_BYTES >= OVERSIZED_BYTES;
}

uint64_t pool_bytes(const struct pool *pool, uint64_t slots)
{
	if (!pool->slots)
		return 0;
	return slots * SLOT_BYTES +
	       (uint64_t)((double)pool->lists_bytes * (double)slots /
			  (double)pool->slots);
}

/* Blocks are taken from the areas in turn, whatever the CPU. So it is not known
 * what filled an area with blocks.
 */
static bool lent_blocks(const struct snapshot *snap, const struct area *area)
{
	return area->blocks.total &&
	       (area->blocks.allocated || snap->blocks.allocated);
}

bool area_is_crowded(const struct snapshot *snap, const struct pool *pool,
		     const struct area *area)
{
	if (lent_blocks(snap, area))
		return false;
	return counter_known(pool->used) && counter_known(area->used) &&
	       area->slots && area->used_peak >= area->slots &&
	       pool->used_peak <= pool->slots * CROWDED_PERCENT / 100;
}

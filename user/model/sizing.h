/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_SIZING_H
#define MODEL_SIZING_H

/* The memory of a pool, and the size that would suffice. */

#include "model/snapshot.h"

/**
 * struct sizing - how much of the default pool has been needed
 * @peak: most slots taken
 * @since_boot: by the kernel's own count since boot; else in the window
 * @over_ns: how long that is
 * @enough: slots that would do: twice the peak, rounded up as the kernel does,
 *	and as many as its areas need
 */
struct sizing {
	uint64_t peak;
	bool since_boot;
	uint64_t over_ns;
	uint64_t enough;
};

/**
 * sizing_of() - how much of a pool has been needed
 * @snap: the snapshot
 * @pool: a pool of it
 * @sizing: filled in
 *
 * Return: false when that is unknown, or it is not the pool whose size the boot
 * arguments set, or the kernel adds to that as needed.
 */
bool sizing_of(const struct snapshot *snap, const struct pool *pool,
	       struct sizing *sizing);

/** sizing_is_oversized() - a fraction of the pool would do, for long enough to
 *	say so
 */
bool sizing_is_oversized(const struct pool *pool, const struct sizing *sizing);

/**
 * sizing_smallest() - slots of the smallest pool that has as many
 * @slots: as many
 * @areas: of the pool
 *
 * Rounded up as the kernel does, and no less than it makes.
 */
uint64_t sizing_smallest(uint64_t slots, uint32_t areas);

/** pool_bytes() - the memory that @slots slots of a pool take, with its lists
 */
uint64_t pool_bytes(const struct pool *pool, uint64_t slots);

/**
 * area_is_crowded() - an area was full while the pool had room
 *
 * The CPUs whose home it is look for slots in other areas then, and take these
 * areas' locks. An area that blocks were taken from is not judged.
 */
bool area_is_crowded(const struct snapshot *snap, const struct pool *pool,
		     const struct area *area);

#endif

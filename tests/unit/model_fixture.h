/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_MODEL_FIXTURE_H
#define TESTS_MODEL_FIXTURE_H

/* Snapshots made by hand. Each is to be released by the caller. */

#include "model/level.h"
#include "model/snapshot.h"

/** fixture_quiet() - a default pool of 4096 slots in 2 areas, nothing amiss */
void fixture_quiet(struct snapshot *snap);

/** fixture_add_pool() - an empty pool beside the others; @name is its device's
 *	as well
 */
struct pool *fixture_add_pool(struct snapshot *snap, enum pool_kind kind,
			      const char *name, unsigned int areas,
			      uint64_t slots);

/**
 * fixture_busy() - the same under load, around a command, on a kernel with
 * device blocks
 *
 * Area 0: 3 waits of 100, 1000 and 40000 ns, 1024 slots of which 1 block of a
 * device that is gone. Area 1: quiet, 1 block taken in the window and live
 * after it. A device pool of 2 areas lives on the latter. 2 blocks leaked,
 * 3 allocated, 2 freed, 1 loss.
 */
void fixture_busy(struct snapshot *snap);

/** fixture_mappings() - fixture_busy() with mappings of two devices */
void fixture_mappings(struct snapshot *snap);

/** fixture_wrong_unmaps() - fixture_mappings() with unmaps of each fault */
void fixture_wrong_unmaps(struct snapshot *snap);

/** fixture_refusals() - fixture_mappings() with refusals of several causes */
void fixture_refusals(struct snapshot *snap);

/**
 * fixture_attributed() - fixture_mappings() at the levels callers and holds
 *
 * The waits of area 0 of the default pool: those of 100 and 1000 ns by
 * swiotlb_stress.0 in map and unmap, that of 40000 ns by 0000:00:03.0 in unmap.
 * CPU 1, whose home is area 1, held its lock 2 of 5 times, and the longest.
 */
void fixture_attributed(struct snapshot *snap);

/**
 * fixture_traced() - fixture_quiet() with a trace
 *
 * 600 maps of 4 KiB, by four CPUs, and then their unmaps: 1200 slots are taken
 * at a time.
 */
void fixture_traced(struct snapshot *snap);

/**
 * fixture_refused() - fixture_quiet() after requests that failed
 *
 * The kernel's log has 12 of virtio0 from before, and one of the window.
 */
void fixture_refused(struct snapshot *snap);

/** fixture_hostile() - fixture_attributed() with names that are markup */
void fixture_hostile(struct snapshot *snap);

/** fixture_empty() - a kernel without swiotlb, nothing attached */
void fixture_empty(struct snapshot *snap);

/** fixture_areas() - one pool of @areas areas, each busier than the last */
void fixture_areas(struct snapshot *snap, unsigned int areas);

/** fixture_by_name() - "quiet", "busy", ...; false when there is none */
bool fixture_by_name(const char *name, struct snapshot *snap);

/** fixture_wait() - let somebody wait */
void fixture_wait(struct waits *waits, uint64_t ns);

#endif

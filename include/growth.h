/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_GROWTH_H
#define SWIOTLB_GROWTH_H

#include "base.h"

/**
 * struct made_record - pools that were made at run time
 * @count: how many
 * @slots: theirs
 * @ns: time it took, those that failed included
 */
struct made_record {
	__u64 count;
	__u64 slots;
	__u64 ns;
};

RECORD_SIZE(struct made_record, 24);

/**
 * struct growth_record - what one CPU saw of pools being made
 * @transient: pools of one mapping each
 * @dynamic: pools added to the default one
 * @refused: calls of swiotlb_alloc_pool() that found no memory, for either kind
 * @dynamic_failed: runs of the worker that added no pool
 */
struct growth_record {
	struct made_record transient;
	struct made_record dynamic;
	__u64 refused;
	__u64 dynamic_failed;
} CPU_RECORD;

RECORD_SIZE(struct growth_record, 64);

#endif

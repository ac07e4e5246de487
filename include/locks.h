/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_LOCKS_H
#define SWIOTLB_LOCKS_H

#include "base.h"

/*
 * A bitmap of hashed lock addresses, to tell a foreign lock from an area's in
 * a few instructions. Bits are only ever set: a stale one costs a look-up.
 */
#define LOCK_FILTER_BITS  14u
#define LOCK_FILTER_WORDS ((1u << LOCK_FILTER_BITS) / 64u)

/** lock_filter_bit() - the bit of a lock's address in the filter */
static inline __u32 lock_filter_bit(__u64 lock)
{
	return (__u32)((lock * 0x9e3779b97f4a7c15ull) >>
		       (64 - LOCK_FILTER_BITS));
}

/**
 * struct wait_record - waits for one area lock on one CPU
 * @contended: waits that ended
 * @total_ns: their sum
 * @max_ns: the longest
 * @tracepoint: times lock:contention_begin fired for it
 * @wait: distribution in ns
 */
struct wait_record {
	__u64 contended;
	__u64 total_ns;
	__u64 max_ns;
	__u64 tracepoint;
	struct histogram_record wait;
};

RECORD_SIZE(struct wait_record, 288);

/* A CPU waits for one lock in each of task, softirq, hardirq and NMI. */
#define LOCK_NESTING 4u

/* Causes of loss, as indices of struct lock_cpu_record.loss */
#define LOCK_LOSS_NO_BEGIN 0u /* an end without its begin */
#define LOCK_LOSS_NO_END   1u /* a begin without its end */
#define LOCK_LOSS_TABLE	   2u /* a new pool's lock did not fit the table */
#define LOCK_LOSSES	   4u

/**
 * struct lock_cpu_record - what one CPU waits for right now
 * @lock: address of the area lock; 0 = free entry
 * @since: when the wait began, CLOCK_MONOTONIC
 * @loss: events missed, by LOCK_LOSS_*
 * @total: all waits on area locks, those of pools that are gone as well
 * @total_ns: their sum
 */
struct lock_cpu_record {
	__u64 lock[LOCK_NESTING];
	__u64 since[LOCK_NESTING];
	__u64 loss[LOCK_LOSSES];
	__u64 total;
	__u64 total_ns;
};

RECORD_SIZE(struct lock_cpu_record, 112);

#endif

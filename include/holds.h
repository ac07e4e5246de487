/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_HOLDS_H
#define SWIOTLB_HOLDS_H

#include "base.h"

/**
 * struct hold_record - times that one CPU held one area lock
 * @taken: holds that began; an end without any is one of a hold that began
 *	before the watch, and no loss
 * @acquisitions: holds that ended
 * @total_ns: their sum
 * @max_ns: the longest
 * @waiters: waits that began while this CPU held it
 * @waited_ns: their sum
 * @hold: distribution of holds in ns
 */
struct hold_record {
	__u64 taken;
	__u64 acquisitions;
	__u64 total_ns;
	__u64 max_ns;
	__u64 waiters;
	__u64 waited_ns;
	struct histogram_record hold;
};

RECORD_SIZE(struct hold_record, 304);

/**
 * struct held_record - who holds an area lock right now
 * @since: from when, CLOCK_MONOTONIC
 * @holder: CPU + 1; 0 = nobody, as far as we saw
 * @pad: zero
 */
struct held_record {
	__u64 since;
	__u32 holder;
	__u32 pad;
};

RECORD_SIZE(struct held_record, 16);

/* A CPU waits for one lock in each of task, softirq, hardirq and NMI. */
#define HOLD_NESTING 4u

/* Causes of loss, as indices of struct hold_cpu_record.loss */
#define HOLD_LOSS_NO_BEGIN 0u /* a release without its take */
#define HOLD_LOSS_NO_END   1u /* a take without its release */
#define HOLD_LOSS_TABLE	   2u /* a new pool's lock did not fit the table */
#define HOLD_LOSSES	   4u

/**
 * struct hold_cpu_record - what one CPU waits for right now
 * @lock: address of the area lock; 0 = free entry
 * @since: when the wait began, CLOCK_MONOTONIC
 * @holder: struct held_record.holder at that time
 * @loss: events missed, by HOLD_LOSS_*
 */
struct hold_cpu_record {
	__u64 lock[HOLD_NESTING];
	__u64 since[HOLD_NESTING];
	__u64 holder[HOLD_NESTING];
	__u64 loss[HOLD_LOSSES];
};

RECORD_SIZE(struct hold_cpu_record, 128);

#endif

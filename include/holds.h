/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_HOLDS_H
#define SWIOTLB_HOLDS_H

#include "tables.h"

/**
 * struct hold_record - times that one CPU held one area lock
 * @acquisitions: holds that ended
 * @total_ns: their sum
 * @max_ns: the longest
 * @waiters: waits that began while this CPU held it
 * @waited_ns: their sum
 * @hold: distribution of holds in ns
 */
struct hold_record {
	__u64 acquisitions;
	__u64 total_ns;
	__u64 max_ns;
	__u64 waiters;
	__u64 waited_ns;
	struct histogram_record hold;
};

RECORD_SIZE(struct hold_record, 296);

/**
 * struct taker_record - a task that has an area lock, or is about to
 * @id: number of the lock, see struct area_lock_record
 * @since: when it had it, or began to take it, CLOCK_MONOTONIC
 */
struct taker_record {
	__u64 id;
	__u64 since;
};

RECORD_SIZE(struct taker_record, 16);

/* Causes of loss, as indices of struct hold_cpu_record.loss */
#define HOLD_LOSS_NO_BEGIN 0u /* a release without its take */
#define HOLD_LOSS_NO_END   1u /* a take without its release */
#define HOLD_LOSS_CROWDED  2u /* a hold whose CPU could not be told apart */
#define HOLD_LOSS_NO_ENTRY 3u /* a hold whose lock has no figures any more */
#define HOLD_LOSS_WAIT	   4u /* a wait whose begin or end was missed */
#define HOLD_LOSSES	   5u

/**
 * struct hold_cpu_record - what was missed on one CPU
 * @loss: by HOLD_LOSS_*
 * @unpaired: waits that ended and were not seen to begin; some had begun before
 *            anything was attached
 */
struct hold_cpu_record {
	__u64 loss[HOLD_LOSSES];
	__u64 unpaired;
} CPU_RECORD;

RECORD_SIZE(struct hold_cpu_record, 64);

#endif

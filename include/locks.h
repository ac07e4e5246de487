/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_LOCKS_H
#define SWIOTLB_LOCKS_H

#include "base.h"

/*
 * A table of flags by the hash of a lock's address, to tell a foreign lock from
 * an area's in a few instructions; bytes, as a bit of one takes twice as many.
 * Flags are only ever set: a stale one costs a look-up.
 */
#define LOCK_FILTER_BITS 14u
#define LOCK_FILTER_SIZE (1u << LOCK_FILTER_BITS)

/** lock_filter_index() - the place of a lock's flag in the filter */
static inline __u32 lock_filter_index(__u64 lock)
{
	return (__u32)lock * 0x9e3779b1u >> (32 - LOCK_FILTER_BITS);
}

/**
 * struct wait_record - waits for one area lock: on one CPU, or of one caller
 * @begun: waits that began; an end without any is one of a wait that began
 *	before the watch, and no loss
 * @contended: waits that ended
 * @total_ns: their sum
 * @max_ns: the longest
 * @tracepoint: times lock:contention_begin fired for it
 * @wait: distribution in ns
 */
struct wait_record {
	__u64 begun;
	__u64 contended;
	__u64 total_ns;
	__u64 max_ns;
	__u64 tracepoint;
	struct histogram_record wait;
};

RECORD_SIZE(struct wait_record, 296);

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

/* Callers and stacks that are told apart; more are counted as loss. */
#define CALLERS_MAX	  4096u
#define CALLER_STACKS_MAX 4096u

/* struct caller_key.op: what the CPU was doing when it waited */
#define LOCK_OP_NONE  0u /* neither of these */
#define LOCK_OP_MAP   1u
#define LOCK_OP_UNMAP 2u

/**
 * struct caller_key - who waits
 * @lock: address of the area lock
 * @stack: key of the stack; 0 = not recorded
 * @op: LOCK_OP_*
 * @pad: zero
 * @device: dev_name(), zeroes behind it; "" outside map and unmap
 */
struct caller_key {
	__u64 lock;
	__u64 stack;
	__u32 op;
	__u32 pad;
	char device[RECORD_NAME_LEN];
};

RECORD_SIZE(struct caller_key, 88);

/* Maps and unmaps nest by interrupts: task, softirq, hardirq; one to spare. */
#define CALL_NESTING 4u

/* Causes of loss, as indices of struct call_cpu_record.loss */
#define CALL_LOSS_UNPAIRED 0u /* a call whose begin or end was missed */
#define CALL_LOSS_CALLERS  1u /* a wait whose caller did not fit the table */
#define CALL_LOSS_STACKS   2u /* a wait whose stack did not */
#define CALL_LOSSES	   4u

/**
 * struct call_cpu_record - the maps and unmaps that one CPU is in
 * @id: what tells the call from others while it lasts; 0 = free entry
 * @task: the task it runs in
 * @device: address of the device
 * @order: @begun when it began
 * @op: LOCK_OP_*
 * @begun: calls seen to begin
 * @seen: bits of LOCK_OP_* that were seen to begin
 * @loss: by CALL_LOSS_*
 * @waiting: who waits, by the entry of struct lock_cpu_record
 * @stack: room for the stack of the wait that begins
 */
struct call_cpu_record {
	__u64 id[CALL_NESTING];
	__u64 task[CALL_NESTING];
	__u64 device[CALL_NESTING];
	__u64 order[CALL_NESTING];
	__u64 op[CALL_NESTING];
	__u64 begun;
	__u64 seen;
	__u64 loss[CALL_LOSSES];
	struct caller_key waiting[LOCK_NESTING];
	struct call_stack stack;
};

RECORD_SIZE(struct call_cpu_record, 752);

#endif

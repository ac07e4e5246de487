/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_LOCKS_H
#define SWIOTLB_LOCKS_H

#include "tables.h"

/*
 * A table of flags by the hash of a lock's address, to tell a foreign lock from
 * an area's in a few instructions; bytes, as a bit of one takes twice as many.
 * Flags are only ever set: a stale one costs a look-up.
 */
#define LOCK_FILTER_BITS 14u
#define LOCK_FILTER_SIZE (1u << LOCK_FILTER_BITS)

/* Flags in it: who may have registered a lock with that hash */
#define LOCK_FILTER_LOADER 1u
#define LOCK_FILTER_HOOKS  2u

/** lock_filter_index() - the place of a lock's flag in the filter */
static inline __u32 lock_filter_index(__u64 lock)
{
	return (__u32)lock * 0x9e3779b1u >> (32 - LOCK_FILTER_BITS);
}

/* Who registers locks: each changes entries of its own, but for what is gone */
#define LOCK_BY_LOADER 0u
#define LOCK_BY_HOOK   1u

/**
 * lock_key() - the key of a lock's entry
 * @lock: its address, which is even
 * @source: LOCK_BY_*
 */
static inline __u64 lock_key(__u64 lock, __u64 source)
{
	return lock | source;
}

/**
 * struct area_lock_record - an area lock that is watched
 * @id: its number, never given twice
 * @since: when it was taken, CLOCK_MONOTONIC; for holds, as the next two
 * @holder: CPU that has it + 1; 0 = nobody, as far as we saw
 * @taken: it was seen to be taken, so that a release without is a loss
 * @tracepoint: times lock:contention_begin fired for it
 */
struct area_lock_record {
	__u64 id;
	__u64 since;
	__u32 holder;
	__u32 taken;
	__u64 tracepoint;
};

RECORD_SIZE(struct area_lock_record, 32);

/* struct lock_cpu_key.cpu: of the CPUs for which there was no room */
#define LOCK_ANY_CPU 0xffffffffu

/**
 * struct lock_cpu_key - a lock as one CPU has to do with it
 * @id: number of the lock
 * @cpu: CPU, or LOCK_ANY_CPU
 * @pad: zero
 */
struct lock_cpu_key {
	__u64 id;
	__u32 cpu;
	__u32 pad;
};

RECORD_SIZE(struct lock_cpu_key, 16);

/**
 * struct wait_record - waits for one area lock: on one CPU, or of one caller
 * @contended: waits that ended
 * @total_ns: their sum
 * @max_ns: the longest
 * @wait: distribution in ns
 *
 * Changed by who has just got the lock.
 */
struct wait_record {
	__u64 contended;
	__u64 total_ns;
	__u64 max_ns;
	struct histogram_record wait;
};

RECORD_SIZE(struct wait_record, 280);

/* Causes of loss, as indices of struct lock_cpu_record.loss */
#define LOCK_LOSS_NO_BEGIN 0u /* an end without its begin */
#define LOCK_LOSS_NO_END   1u /* a begin without its end */
#define LOCK_LOSS_CROWDED  2u /* a wait whose CPU could not be told apart */
#define LOCK_LOSS_NO_ENTRY 3u /* a wait whose lock has no figures any more */
#define LOCK_LOSSES	   4u

/**
 * struct lock_cpu_record - what was missed on one CPU
 * @loss: by LOCK_LOSS_*
 * @unpaired: ends without a begin where there may be none to see
 */
struct lock_cpu_record {
	__u64 loss[LOCK_LOSSES];
	__u64 unpaired;
} CPU_RECORD;

RECORD_SIZE(struct lock_cpu_record, 64);

/* Callers that are told apart; more are counted as loss. */
#define CALLERS_MAX 4096u

/* struct caller_key.op: what the CPU was doing when it waited */
#define LOCK_OP_NONE  0u /* neither of these */
#define LOCK_OP_MAP   1u
#define LOCK_OP_UNMAP 2u
#define LOCK_OP_LAST  LOCK_OP_UNMAP

/**
 * struct caller_key - who waits
 * @lock: number of the area lock
 * @stack: index in the table of stacks; negative = none
 * @op: LOCK_OP_*
 * @device: dev_name(), zeroes behind it; "" outside map and unmap
 */
struct caller_key {
	__u64 lock;
	__s32 stack;
	__u32 op;
	char device[RECORD_NAME_LEN];
};

RECORD_SIZE(struct caller_key, 80);

/**
 * struct open_wait - a wait that has not ended
 * @mark: what its end is known by; 0 = there is none
 * @id: number of the lock
 * @since: when it began, CLOCK_MONOTONIC
 * @holder: who had the lock then: CPU + 1; 0 = unknown
 * @caller: who waits, at LEVEL_CALLERS
 */
struct open_wait {
	__u64 mark;
	__u64 id;
	__u64 since;
	__u64 holder;
	struct caller_key caller;
} CPU_RECORD;

RECORD_SIZE(struct open_wait, 128);

/* Causes of loss, as indices of struct call_cpu_record.loss */
#define CALL_LOSS_UNPAIRED 0u /* a call whose begin or end was missed */
#define CALL_LOSS_CALLERS  1u /* a wait whose caller did not fit the table */
#define CALL_LOSS_STACKS   2u /* a wait whose stack did not */
#define CALL_LOSSES	   4u

/**
 * struct call_cpu_record - what one CPU has to do with callers
 * @loss: by CALL_LOSS_*
 * @stack: room for the stack of the wait that begins
 */
struct call_cpu_record {
	__u64 loss[CALL_LOSSES];
	struct call_stack stack;
} CPU_RECORD;

RECORD_SIZE(struct call_cpu_record, 256);

#endif

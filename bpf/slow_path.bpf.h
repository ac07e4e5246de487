/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLOW_PATH_BPF_H
#define SLOW_PATH_BPF_H

/*
 * The programs on the slow path of spinlocks, where CPUs wait for a lock. They
 * run for every contended spinlock of the system.
 *
 * Their sections name no function, because the slow path has several names:
 * native_queued_spin_lock_slowpath, queued_spin_lock_slowpath without
 * paravirtual spinlocks, rtlock_slowlock_locked where spinlocks sleep. All run
 * with preemption disabled at entry and exit; the last one because it has the
 * lock's inner wait_lock there (kernel/locking/rtmutex.c, 6.1).
 */
#include "lock_filter.bpf.h"

/**
 * wait_begins() - a wait begins, for a lock that may be an area's
 * @ctx: of the program
 * @skip: for a stack taken with it: see read_stack()
 * @lock: the lock
 * @mark: identifies the end, see pair.bpf.h
 *
 * The including file defines this function and the next one.
 */
static __always_inline void wait_begins(void *ctx, __u32 skip, __u64 lock,
					__u64 mark);

/**
 * wait_ends() - the waiter has the lock
 * @mark: as at the begin
 * @lock: the lock; 0 = unknown
 */
static __always_inline void wait_ends(__u64 mark, __u64 lock);

static __noinline int traced_wait_begins(void *ctx)
{
	__u64 lock = first_argument(ctx);

	wait_begins(ctx, FUNCTION_FRAMES, lock, lock);
	return 0;
}

static __noinline int traced_wait_ends(void *ctx)
{
	__u64 lock = first_argument(ctx);

	wait_ends(lock, lock);
	return 0;
}

SEC("fentry")
int slow_fentry(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : traced_wait_begins(ctx);
}

SEC("fexit")
int slow_fexit(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : traced_wait_ends(ctx);
}

/* The same for the slow path of paravirtual spinlocks. */
SEC("fentry")
int pv_fentry(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : traced_wait_begins(ctx);
}

SEC("fexit")
int pv_fexit(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : traced_wait_ends(ctx);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLOW_PATH_BPF_H
#define SLOW_PATH_BPF_H

/*
 * The programs on the slow path of spinlocks, which is where a lock is waited
 * for. Every lock of the system comes through them.
 *
 * They have no function in their sections, as the slow path has several names:
 * native_queued_spin_lock_slowpath, queued_spin_lock_slowpath where there are
 * no paravirtual spinlocks, rtlock_slowlock_locked where spinlocks sleep.
 * All run with preemption off there, the last one as it has the lock's inner
 * wait_lock at its entry and exit (kernel/locking/rtmutex.c, 6.1).
 */
#include "lock_filter.bpf.h"

/**
 * wait_begins() - somebody begins to wait for a lock that may be an area's
 * @ctx: of the program
 * @skip: frames of a stack taken with it that are not the kernel's
 * @lock: the lock
 * @mark: what the end will be known by
 *
 * This one and the next are defined by who includes this.
 */
static __always_inline void wait_begins(void *ctx, __u32 skip, __u64 lock,
					__u64 mark);

/**
 * wait_ends() - it has the lock
 * @mark: as at its begin
 * @lock: the lock; 0 where it is not known
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

/* The same for paravirtual spinlocks, which a kernel has beside native ones. */
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

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOCK_FILTER_BPF_H
#define LOCK_FILTER_BPF_H

/*
 * What the programs on the kernel's spinlock functions share. Every such lock
 * of the system comes through them, so a foreign one must be told apart in a
 * few instructions.
 */
#include "layout.bpf.h"

#include "include/locks.h"

/*
 * Of a stack taken at fentry or fexit these are program and trampoline; and
 * the program's function, where one takes the stack.
 */
#define TRAMPOLINE_FRAMES 2
#define FUNCTION_FRAMES	  (TRAMPOLINE_FRAMES + 1)

__u8 lock_filter[LOCK_FILTER_SIZE];

/* PREEMPT_RT: include/linux/spinlock_types.h */
struct spinlock___rt {
	struct rt_mutex_base lock;
} __attribute__((preserve_access_index));

/**
 * spinlocks_sleep() - they are rt_mutexes (PREEMPT_RT)
 *
 * Their first member is a raw lock, so that an area lock's address is that of
 * its wait_lock as well, whose waits are none for the area.
 */
static __always_inline bool spinlocks_sleep(void)
{
	return bpf_core_field_exists(struct spinlock___rt, lock);
}

static __always_inline bool lock_is_foreign(__u64 lock)
{
	return !lock_filter[lock_filter_index(lock)];
}

/* All flags at once: setting one of a byte would not be atomic. */
static __always_inline void lock_is_ours(__u64 lock)
{
	lock_filter[lock_filter_index(lock)] =
		LOCK_FILTER_LOADER | LOCK_FILTER_HOOKS;
}

/*
 * Whether the lock that a traced function was given is foreign. Its argument
 * has a type, on which the verifier refuses arithmetic; a copy of the lower
 * half is a number, and all that the filter looks at. What is to be done for
 * one of ours stands in functions: a foreign lock then has no register saved.
 */
static __always_inline bool argument_is_foreign(const __u64 *ctx)
{
	__u32 lower_half;

	asm volatile("%0 = %1"
		     : "=w"(lower_half)
		     : "w"((__u32) * (const volatile __u64 *)ctx));
	return lock_is_foreign(lower_half);
}

/** area_lock() - address of the lock of an area */
static __always_inline __u64 area_lock(const struct pool_record *pool,
				       __u64 index)
{
	return pool->areas_addr + index * layout_area_bytes() +
	       layout_lock_offset();
}

/* The bucket of a value in struct histogram_record. */
static __always_inline __u32 log2_bucket(__u64 value)
{
	__u32 bucket = 0;

#define HALVE(bits)                                                            \
	if (value >> (bits)) {                                                 \
		value >>= (bits);                                              \
		bucket += (bits);                                              \
	}
	if (value >> 32)
		return RECORD_BUCKETS - 1;
	HALVE(16)
	HALVE(8)
	HALVE(4)
	HALVE(2)
	HALVE(1)
#undef HALVE
	return bucket & (RECORD_BUCKETS - 1);
}

/*
 * A pointer argument as a number. The argument itself has a type, and the
 * verifier refuses arithmetic on it.
 */
static __always_inline __u64 first_argument(void *ctx)
{
	__u64 value = 0;

	bpf_get_func_arg(ctx, 0, &value);
	return value;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOCK_FILTER_BPF_H
#define LOCK_FILTER_BPF_H

/*
 * Shared by the programs on the kernel's spinlock functions. These run for
 * every spinlock of the system, so they must reject a foreign lock, one that is
 * not an area's, in a few instructions.
 */
#include "layout.bpf.h"

#include "include/locks.h"

/*
 * Frames at the top of a stack taken at fentry or fexit that are not the
 * kernel's: the program and the trampoline; and the program's function, if one
 * takes the stack.
 */
#define TRAMPOLINE_FRAMES 2
#define FUNCTION_FRAMES	  (TRAMPOLINE_FRAMES + 1)

__u8 lock_filter[LOCK_FILTER_SIZE];

static __always_inline bool lock_is_foreign(__u64 lock)
{
	return !lock_filter[lock_filter_index(lock)];
}

/* Sets all flags: setting a single one would need an atomic operation. */
static __always_inline void lock_is_ours(__u64 lock)
{
	lock_filter[lock_filter_index(lock)] =
		LOCK_FILTER_LOADER | LOCK_FILTER_HOOKS;
}

/*
 * Whether the lock that a traced function was given is foreign.
 *
 * The argument is a typed pointer, and the verifier rejects arithmetic on it. A
 * copy of its lower 32 bits is a plain number, and the filter needs no more.
 * The work for area locks is in separate functions (noinline), so that the
 * compiler saves no callee-saved registers on the path of a foreign lock.
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

/* A pointer argument as a number: the verifier rejects arithmetic on the typed
 * pointer that ctx[0] is.
 */
static __always_inline __u64 first_argument(void *ctx)
{
	__u64 value = 0;

	bpf_get_func_arg(ctx, 0, &value);
	return value;
}

#endif

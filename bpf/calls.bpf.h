/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CALLS_BPF_H
#define CALLS_BPF_H

/*
 * Calls that have begun and not ended, for hooks whose end does not see the
 * arguments. A call is known by a place on its stack, which no other call has
 * while it lasts, whatever CPU it ends on and whatever comes in between.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "include/calls.h"
#include "include/kfuncs.h"

#define likely(condition)   __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* By hash of a key; the last ones have probes behind them too. */
struct call_record calls[CALLS_MAX + CALLS_PROBES];

/**
 * count_lost_call() - count a call of which only one end was seen
 *
 * Defined by who includes this.
 *
 * Return: 0.
 */
static __noinline int count_lost_call(void);

/* @key: what a call is found by: its place, or the task that it runs in */
static __always_inline __u32 call_hash(__u64 key)
{
	return (__u32)(key >> 3) * 0x9e3779b1u >> (32 - CALLS_BITS);
}

/* For the verifier; what call_hash() and probes give is always below. */
static __always_inline struct call_record *call_at(__u32 index)
{
	barrier_var(index);
	return index < CALLS_MAX + CALLS_PROBES ? &calls[index] : NULL;
}

static __always_inline bool call_claim(__u32 index, __u64 id)
{
	struct call_record *call = call_at(index);
	__u64 old;

	if (!call)
		return false;
	old = __sync_val_compare_and_swap(&call->id, 0, id);
	/* A call of the same place that is still here has lost its end. */
	if (old == id)
		count_lost_call();
	return !old || old == id;
}

/* The long way: the first place is another call's. */
static __noinline __u32 call_place(__u64 key, __u64 id)
{
	__u32 hash = call_hash(key);
	struct call_record *call;

	for (__u32 i = 0; i < CALLS_PROBES; i++)
		if (call_claim(hash + i, id))
			return hash + i;
	/* Full of calls whose end was missed: one of them gives way. */
	call = call_at(hash);
	if (call)
		call->id = id;
	count_lost_call();
	return hash;
}

/* Return: where the call is kept until its end */
static __always_inline __u32 call_begins(__u64 key, __u64 id, __u64 dev,
					 __u64 subject, __u64 value)
{
	__u32 index = call_hash(key);
	struct call_record *call = call_at(index);

	if (!call)
		return 0;
	if (unlikely(__sync_val_compare_and_swap(&call->id, 0, id))) {
		index = call_place(key, id);
		call = call_at(index);
		if (!call)
			return 0;
	}
	call->dev = dev;
	call->subject = subject;
	call->value = value;
	return index;
}

/* Its place is free once all of it has been read. */
static __always_inline void call_take(struct call_record *call,
				      struct call_record *ended)
{
	*ended = *call;
	__sync_lock_test_and_set(&call->id, 0);
}

/* Return: whether the begin of that call was seen */
static __always_inline bool call_ends(__u64 key, __u64 id,
				      struct call_record *ended)
{
	__u32 hash = call_hash(key);

	for (__u32 i = 0; i < CALLS_PROBES; i++) {
		struct call_record *call = call_at(hash + i);

		if (!call || call->id != id)
			continue;
		call_take(call, ended);
		return true;
	}
	count_lost_call();
	return false;
}

/*
 * A kprobe sees the stack with the return address on it where the call put it
 * there; a return probe sees it without.
 */
#ifdef __TARGET_ARCH_x86
#define RETURN_ADDRESS_BYTES 8
#else
#define RETURN_ADDRESS_BYTES 0
#endif

#define CALL_ENTERED(ctx)  (PT_REGS_SP(ctx) + RETURN_ADDRESS_BYTES)
#define CALL_RETURNED(ctx) PT_REGS_SP(ctx)

/*
 * kprobe.session runs one program at both ends of a call, and keeps a word for
 * it in between. The kernel's functions for that (kfuncs) are given by their
 * ids, which the loader writes into the calls: libbpf would refuse the object
 * where they are missing, or take an argument (7.x), which is harmless.
 */
static __u64 (*const session_is_return)(void *ctx) = (void *)
	KFUNC_SESSION_IS_RETURN;
static __u64 *(*const session_cookie)(void *ctx) = (void *)KFUNC_SESSION_COOKIE;

/* A bool is one byte of what a function of the kernel returns. */
static __always_inline bool session_returns(void *ctx)
{
	return session_is_return(ctx) & 0xff;
}

static __always_inline void session_begins(void *ctx, __u32 index)
{
	__u64 *cookie = session_cookie(ctx);

	if (cookie)
		*cookie = index;
}

/* Return: whether @ended is what began */
static __always_inline bool session_ends(void *ctx, struct call_record *ended)
{
	__u64 *cookie = session_cookie(ctx);
	struct call_record *call = cookie ? call_at(*cookie) : NULL;

	if (!call)
		return false;
	call_take(call, ended);
	return true;
}

#endif

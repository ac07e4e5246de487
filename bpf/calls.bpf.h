/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CALLS_BPF_H
#define CALLS_BPF_H

/*
 * Calls in progress, for hooks whose end does not see the arguments. The begin
 * stores them here, and the end takes them.
 *
 * A call is identified by its place on the stack. No other call has this place
 * while the call lasts, even if it ends on another CPU or is interrupted. So
 * neither preemption nor migration nor nesting can mix up two calls.
 *
 * The table is an array with open addressing: an entry is claimed by a compare
 * and swap of its id, and is searched at CALLS_PROBES places from its hash on.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "include/calls.h"
#include "include/kfuncs.h"

#define likely(condition)   __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* By hash of a key. The extra entries let probing run past the end. */
struct call_record calls[CALLS_MAX + CALLS_PROBES];

/**
 * count_lost_call() - count a call of which only one end was seen
 *
 * The including file defines it.
 *
 * Return: 0.
 */
static __noinline int count_lost_call(void);

/* @key: what a call is searched by: its place on the stack, or its task */
static __always_inline __u32 call_hash(__u64 key)
{
	return (__u32)(key >> 3) * 0x9e3779b1u >> (32 - CALLS_BITS);
}

/* The check is for the verifier: hash and probes never exceed the array. */
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
	/* An older call at the same place is still here: its end was missed. */
	if (old == id)
		count_lost_call();
	return !old || old == id;
}

/* General path: another call has the first entry. */
static __noinline __u32 call_place(__u64 key, __u64 id)
{
	__u32 hash = call_hash(key);
	struct call_record *call;

	for (__u32 i = 0; i < CALLS_PROBES; i++)
		if (call_claim(hash + i, id))
			return hash + i;
	/* All entries have calls whose end was missed: replace the first. */
	call = call_at(hash);
	if (call)
		call->id = id;
	count_lost_call();
	return hash;
}

/* Return: index of the call's entry */
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

/* Copies the entry before it frees it. */
static __always_inline void call_take(struct call_record *call,
				      struct call_record *ended)
{
	*ended = *call;
	__sync_lock_test_and_set(&call->id, 0);
}

/* Return: whether such a call is on its way; then it has ended now */
static __always_inline bool call_takes(__u64 key, __u64 id,
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
	return false;
}

/* Return: whether the begin of that call was seen */
static __always_inline bool call_ends(__u64 key, __u64 id,
				      struct call_record *ended)
{
	if (call_takes(key, id, ended))
		return true;
	count_lost_call();
	return false;
}

/*
 * The place of a call on the stack, at its entry and at its return.
 *
 * On x86 a call pushes the return address: a kprobe at the entry sees the stack
 * pointer below it, a return probe above it.
 *
 * On arm64 it is the caller's frame record, which waits for this one call. The
 * stack pointer is not known at the return where links to several functions
 * have it from ftrace (return_to_handler, arch/arm64/kernel/entry-ftrace.S,
 * 7.3).
 */
#ifdef __TARGET_ARCH_x86
#define CALL_ENTERED(ctx)   (PT_REGS_SP(ctx) + 8)
#define CALL_RETURNED(ctx)  PT_REGS_SP(ctx)
#define SIXTH_ARGUMENT(ctx) ((ctx)->r9)
#else
#define REGISTER(ctx, n)    (((const struct user_pt_regs *)(ctx))->regs[n])
#define CALL_ENTERED(ctx)   REGISTER(ctx, 29)
#define CALL_RETURNED(ctx)  REGISTER(ctx, 29)
#define SIXTH_ARGUMENT(ctx) REGISTER(ctx, 5)
#endif

/*
 * kprobe.session runs one program at both ends of a call, and keeps one word,
 * the cookie, from the begin to the end. The kernel functions for that (kfuncs)
 * are called by their BTF ids, which the loader writes into the instructions.
 * libbpf itself would reject the object on kernels that lack them, and on 7.x,
 * where they take an argument; passing one to the others is harmless.
 */
static __u64 (*const session_is_return)(void *ctx) = (void *)
	KFUNC_SESSION_IS_RETURN;
static __u64 *(*const session_cookie)(void *ctx) = (void *)KFUNC_SESSION_COOKIE;

/* The kernel function returns a bool: only the lowest byte is defined. */
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

/* Return: whether the begin was seen; then @ended is the call */
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

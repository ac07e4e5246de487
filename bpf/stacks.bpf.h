/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STACKS_BPF_H
#define STACKS_BPF_H

/* Stacks, each of them kept once, in an array that the loader maps. */

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "include/stacks.h"
#include "read_stack.bpf.h"

/* By hash of the addresses. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before the load */
	__type(key, __u32);
	__type(value, struct kept_stack);
} stacks SEC(".maps");

/* Entries of it. Set before the load. */
const volatile __u32 stacks_max;

/* Where interrupts and system calls enter the kernel; 0 = not known. */
static __u64 entry_start, entry_end;

/* Run once, before anything is attached. */
SEC("syscall")
int find_entry(void *ctx)
{
	static const char start_name[] = "__entry_text_start";
	static const char end_name[] = "__entry_text_end";

	if (bpf_kallsyms_lookup_name(start_name, sizeof(start_name), 0,
				     &entry_start) ||
	    bpf_kallsyms_lookup_name(end_name, sizeof(end_name), 0, &entry_end))
		entry_start = 0;
	return 0;
}

/*
 * What an interrupt came upon says nothing of who it is and would make every
 * stack a new one, so a stack ends where the kernel was entered.
 */
static __always_inline bool is_entry(__u64 addr)
{
	return entry_start && addr >= entry_start && addr < entry_end;
}

/* Return: the hash, never 0, of a stack that is cut where it ends */
static __always_inline __u64 trim_stack(struct call_stack *stack, __u32 frames)
{
	__u64 hash = 0;

	for (__u32 i = 0; i < RECORD_STACK_DEPTH; i++) {
		__u64 addr = stack->addr[i];

		if (i >= frames)
			stack->addr[i] = addr = 0;
		if (is_entry(addr))
			frames = i + 1;
		hash = (hash ^ addr) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 29;
	}
	return hash | !hash;
}

/**
 * keep_stack() - find or make the entry of a stack
 * @stack: as read_stack() took it
 * @frames: so many; the rest is cleared
 *
 * A global function, so that the verifier goes through its loops once.
 *
 * Return: its index; negative = there was no room.
 */
__noinline int keep_stack(struct call_stack *stack, __u32 frames)
{
	__u64 hash;
	__u32 first;

	if (!stack)
		return -1;
	hash = trim_stack(stack, frames);
	first = (hash >> 32) * stacks_max >> 32;
	for (__u32 i = 0; i < STACKS_PROBES; i++) {
		__u32 index = first + i;
		struct kept_stack *kept = bpf_map_lookup_elem(&stacks, &index);
		__u64 old;

		if (!kept)
			break;
		old = kept->hash;
		if (!old)
			old = __sync_val_compare_and_swap(&kept->hash, 0, hash);
		if (!old)
			kept->stack = *stack;
		if (!old || old == hash)
			return index;
	}
	return -1;
}

#endif

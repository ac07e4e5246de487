/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef READ_STACK_BPF_H
#define READ_STACK_BPF_H

/* The stack of the kernel, as each machine tells it. */

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "include/base.h"

/**
 * read_stack() - take the stack of the kernel
 * @ctx: of the program
 * @stack: room for it
 * @skip: 0 in a kprobe's program, but AT_ENTRY at the entry of a function; in
 *	others, frames at its top that are not the kernel's
 *
 * On arm64, at the entry of a function the address of its caller is in the link
 * register alone. The kernel follows frame records, of which the newest one is
 * that caller's own and names who called it: the caller would be missing
 * (arch/arm64/kernel/stacktrace.c, 6.1 to 7.3). Programs that are not those of
 * kprobes find their own address twice, as the helper's address of return and
 * in its frame record: perf_arch_fetch_caller_regs() of the same machine's
 * asm/perf_event.h.
 *
 * Return: bytes of the stack, or negative.
 */
#ifdef __TARGET_ARCH_arm64
#define AT_ENTRY (~0u)
static __always_inline long read_stack(void *ctx, struct call_stack *stack,
				       __u32 skip)
{
	const struct user_pt_regs *regs = ctx;
	const __u32 own = 2 * sizeof(stack->addr[0]);
	long bytes;

	if (skip != AT_ENTRY)
		return bpf_get_stack(ctx, stack, sizeof(*stack),
				     skip ? skip + 1 : 0);
	stack->addr[0] = regs->pc;
	stack->addr[1] = regs->regs[30];
	bytes = bpf_get_stack(ctx, &stack->addr[2], sizeof(*stack) - own, 1);
	return bytes < 0 ? bytes : bytes + own;
}
#else
#define AT_ENTRY 0u
static __always_inline long read_stack(void *ctx, struct call_stack *stack,
				       __u32 skip)
{
	return bpf_get_stack(ctx, stack, sizeof(*stack), skip);
}
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GROWTH_BPF_H
#define GROWTH_BPF_H

/*
 * Pools that the kernel makes when the default pool is full (SWIOTLB_DYNAMIC,
 * 6.6): swiotlb_find_slots() makes a transient one for the mapping that found
 * no room, without waiting for memory, and has a worker, swiotlb_dyn_alloc(),
 * add a dynamic one. Both call swiotlb_alloc_pool(), whose arguments the
 * compiler may have changed: only its result is used.
 */

#include "calls.bpf.h"
#include "default_mem.bpf.h"
#include "include/growth.h"
#include "layout.bpf.h"
#include "tables.bpf.h"

#include <bpf/bpf_tracing.h>

CPU_TABLE(growth, struct growth_record);

/*
 * A transient pool has room for one mapping, so at most a segment. A dynamic
 * one has at least IO_TLB_MIN_SLABS, 512 slots.
 */
#define TRANSIENT_SLOTS 128u

/* The task that runs the worker; 0 = none does. */
__u64 growing_task;

static __always_inline int pool_made(__u64 pool, __u64 began)
{
	struct growth_record *here = cpu_entry(&growth);
	__u64 slots = pool ? layout_pool_slots(pool) : 0;

	if (!here || slots > TRANSIENT_SLOTS)
		return 0;
	if (!pool)
		here->refused++;
	else
		here->transient.count++;
	here->transient.slots += slots;
	/* If it failed in the worker, it was no transient one. */
	if (pool || bpf_get_current_task() != growing_task)
		here->transient.ns += bpf_ktime_get_ns() - began;
	return 0;
}

static __always_inline int worker_ends(__u64 slots_before, __u64 began)
{
	struct growth_record *here = cpu_entry(&growth);
	__u64 added = layout_mem_slots(default_mem) - slots_before;

	growing_task = 0;
	if (!here)
		return 0;
	if (added)
		here->dynamic.count++;
	else
		here->dynamic_failed++;
	here->dynamic.slots += added;
	here->dynamic.ns += bpf_ktime_get_ns() - began;
	return 0;
}

static __always_inline void worker_begins(__u64 place)
{
	growing_task = bpf_get_current_task();
	call_begins(place, place, 0, layout_mem_slots(default_mem),
		    bpf_ktime_get_ns());
}

SEC("kprobe")
int pool_kprobe(struct pt_regs *ctx)
{
	call_begins(CALL_ENTERED(ctx), CALL_ENTERED(ctx), 0, 0,
		    bpf_ktime_get_ns());
	return 0;
}

SEC("kretprobe")
int pool_kretprobe(struct pt_regs *ctx)
{
	struct call_record call;

	return call_ends(CALL_RETURNED(ctx), CALL_RETURNED(ctx), &call)
		       ? pool_made(PT_REGS_RC(ctx), call.value)
		       : 0;
}

SEC("kprobe")
int worker_kprobe(struct pt_regs *ctx)
{
	worker_begins(CALL_ENTERED(ctx));
	return 0;
}

SEC("kretprobe")
int worker_kretprobe(struct pt_regs *ctx)
{
	struct call_record call;

	return call_ends(CALL_RETURNED(ctx), CALL_RETURNED(ctx), &call)
		       ? worker_ends(call.subject, call.value)
		       : 0;
}

#endif

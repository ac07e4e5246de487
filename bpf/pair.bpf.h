/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PAIR_BPF_H
#define PAIR_BPF_H

/*
 * Pairs the begin of a wait for an area lock with its end.
 *
 * A waiter waits for one area lock at a time. The waiter is a CPU, since area
 * locks are taken with interrupts off. Where spinlocks sleep (PREEMPT_RT) it is
 * a task, which may wake up on another CPU. So each waiter has one open wait at
 * most. If a wait is still open when the next one begins, its end was missed.
 *
 * A mark tells which wait ends. It is the lock or, for return probes, which do
 * not see arguments, the place of the call on its stack.
 */
#include "lock_filter.bpf.h"
#include "order.bpf.h"
#include "tables.bpf.h"

/* By task, where spinlocks sleep. The loader sets its size. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct open_wait);
} waiting_tasks SEC(".maps");

HASH_TABLE_PROGRAM(waiting_tasks, __u64, struct open_wait);

CPU_TABLE(waiting_cpus, struct open_wait);

static const struct open_wait no_wait;

static __always_inline struct open_wait *this_waiter(void)
{
	__u64 task = bpf_get_current_task();

	if (layout_spinlocks_sleep())
		return bpf_map_lookup_elem(&waiting_tasks, &task);
	return cpu_entry(&waiting_cpus);
}

static __always_inline void add_waiter(void)
{
	__u64 task = bpf_get_current_task();

	if (layout_spinlocks_sleep())
		bpf_map_update_elem(&waiting_tasks, &task, &no_wait,
				    BPF_NOEXIST);
}

/**
 * pair_begins() - open a wait
 * @mark: identifies its end
 * @lost: incremented for each wait whose end is missed
 *
 * Return: the open wait, for the caller to fill in; NULL = there is no room.
 */
static __always_inline struct open_wait *pair_begins(__u64 mark, __u64 *lost)
{
	struct open_wait *wait;

	add_waiter();
	wait = this_waiter();
	if (!wait || wait->mark)
		++*lost;
	if (wait)
		wait->mark = mark;
	return wait;
}

/** pair_find() - the open wait with that mark; NULL = its begin was not seen */
static __always_inline struct open_wait *pair_find(__u64 mark)
{
	struct open_wait *wait = this_waiter();

	return wait && wait->mark == mark ? wait : NULL;
}

/** pair_ends() - close a wait that has been counted */
static __always_inline void pair_ends(struct open_wait *wait)
{
	__u64 task = bpf_get_current_task();

	/* A reader that finds no open wait relies on complete figures. */
	store_last(&wait->mark, 0);
	if (layout_spinlocks_sleep())
		bpf_map_delete_elem(&waiting_tasks, &task);
}

#endif

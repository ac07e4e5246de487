/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PAIR_BPF_H
#define PAIR_BPF_H

/*
 * Pairs the begin of a wait for an area lock with its end.
 *
 * Who waits waits for one area lock at a time: a CPU, as area locks are taken
 * with interrupts off; where spinlocks sleep (PREEMPT_RT) a task, which may
 * wake up on another CPU. So there is one open wait for each of them, and one
 * that is still there when the next begins is one whose end was missed.
 *
 * An end is known by a mark: the lock, or, for return probes, which do not see
 * arguments, the place of the call on its stack.
 */
#include "lock_filter.bpf.h"
#include "tables.bpf.h"

/* Tasks that wait at the same time, where tasks do; the loader sizes it. */
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

	if (spinlocks_sleep())
		return bpf_map_lookup_elem(&waiting_tasks, &task);
	return cpu_entry(&waiting_cpus);
}

static __always_inline void add_waiter(void)
{
	__u64 task = bpf_get_current_task();

	if (spinlocks_sleep())
		bpf_map_update_elem(&waiting_tasks, &task, &no_wait,
				    BPF_NOEXIST);
}

/**
 * pair_begins() - open a wait
 * @mark: what its end will be known by
 * @lost: counted up for each wait that will have no end
 *
 * Return: the open wait, for the caller to fill in; NULL when there is no room.
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

/** pair_find() - the open wait that a mark ends; NULL = it was not seen */
static __always_inline struct open_wait *pair_find(__u64 mark)
{
	struct open_wait *wait = this_waiter();

	return wait && wait->mark == mark ? wait : NULL;
}

/** pair_ends() - close a wait, once it is counted */
static __always_inline void pair_ends(struct open_wait *wait)
{
	__u64 task = bpf_get_current_task();

	/* Who finds no open wait takes its figures for complete. */
	barrier();
	wait->mark = 0;
	if (spinlocks_sleep())
		bpf_map_delete_elem(&waiting_tasks, &task);
}

#endif

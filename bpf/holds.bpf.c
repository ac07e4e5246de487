// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often and how long area locks are held, and by which CPU. Measured at the
 * exit of _raw_spin_lock_irqsave() and the entry of
 * _raw_spin_unlock_irqrestore(), the only functions that take area locks; where
 * spinlocks sleep (PREEMPT_RT), at rt_spin_lock() and rt_spin_unlock().
 *
 * These programs run for every such lock of the whole system, which is the
 * overhead of this level. They reject foreign locks in a few instructions.
 *
 * An area lock is held with interrupts off, or by a task that does not change
 * its CPU. So a hold begins and ends on one CPU. Only the CPU that has the lock
 * updates the lock's records, so the lock protects them.
 */
#include "area_locks.bpf.h"
#include "links.bpf.h"
#include "pair.bpf.h"
#include "slow_path.bpf.h"

#include "include/holds.h"

/* A CPU gets an entry when its first hold of the lock ends. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct lock_cpu_key);
	__type(value, struct hold_record);
} holds SEC(".maps");

HASH_TABLE_PROGRAM(holds, struct lock_cpu_key, struct hold_record);

/* By task, where spinlocks sleep: the lock that it has or is taking. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct taker_record);
} takers SEC(".maps");

CPU_TABLE(hold_cpus, struct hold_cpu_record);

static const struct hold_record no_holds;

static __always_inline void count_loss(__u32 cause)
{
	struct hold_cpu_record *cpu = cpu_entry(&hold_cpus);

	if (cpu)
		cpu->loss[cause]++;
}

/* The figures of the CPU that has, or has just released, the lock. */
static __always_inline struct hold_record *holder_record(__u64 id, __u32 cpu)
{
	struct hold_record *record;
	__u64 crowded = 0;

	record = cpu_record(&holds, &no_holds, id, cpu, &crowded);
	if (crowded)
		count_loss(HOLD_LOSS_CROWDED);
	return record;
}

static __always_inline void count_hold(__u64 id, __u64 ns)
{
	struct hold_record *hold;
	__u32 bucket = log2_bucket(ns);

	hold = holder_record(id, bpf_get_smp_processor_id());
	if (!hold) {
		count_loss(HOLD_LOSS_NO_ENTRY);
		return;
	}
	hold->acquisitions++;
	hold->total_ns += ns;
	if (ns > hold->max_ns)
		hold->max_ns = ns;
	hold->hold.count[bucket]++;
}

static __noinline int hold_begins(void *ctx)
{
	struct area_lock_record *lock = lock_record(first_argument(ctx));

	if (!lock)
		return 0;
	if (lock->holder)
		count_loss(HOLD_LOSS_NO_END);
	lock->taken = 1;
	lock->holder = bpf_get_smp_processor_id() + 1;
	lock->since = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/_raw_spin_lock_irqsave")
int lock_fexit(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : hold_begins(ctx);
}

static __noinline int hold_ends(void *ctx)
{
	__u64 now = bpf_ktime_get_ns();
	struct area_lock_record *lock = lock_record(first_argument(ctx));
	__u32 holder;

	if (!lock)
		return 0;
	holder = lock->holder;
	lock->holder = 0;
	if (holder == bpf_get_smp_processor_id() + 1)
		count_hold(lock->id, now - lock->since);
	else if (lock->taken)
		count_loss(HOLD_LOSS_NO_BEGIN);
	return 0;
}

SEC("fentry/_raw_spin_unlock_irqrestore")
int unlock_fentry(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : hold_ends(ctx);
}

/*
 * Where spinlocks sleep, the programs on taking and releasing one are kprobes:
 * a trampoline would lose events of other tasks while a task is preempted in
 * it. They do not see the moment at which the lock is taken. It is the begin of
 * the call if the lock was free, else the end of the wait, see wait_ends().
 */
SEC("kprobe/rt_spin_lock")
int sleeping_lock_kprobe(struct pt_regs *ctx)
{
	__u64 lock = PT_REGS_PARM1(ctx), task = bpf_get_current_task();
	struct taker_record taker = {};
	struct area_lock_record *known;

	if (lock_is_foreign(lock))
		return 0;
	known = lock_record(lock);
	if (!known)
		return 0;
	if (bpf_map_lookup_elem(&takers, &task))
		count_loss(HOLD_LOSS_NO_END);
	known->taken = 1;
	taker.id = known->id;
	taker.since = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&takers, &task, &taker, BPF_ANY))
		count_loss(HOLD_LOSS_NO_END);
	return 0;
}

SEC("kprobe/rt_spin_unlock")
int sleeping_unlock_kprobe(struct pt_regs *ctx)
{
	__u64 lock = PT_REGS_PARM1(ctx), task = bpf_get_current_task();
	struct area_lock_record *known;
	struct taker_record *taker;

	if (lock_is_foreign(lock))
		return 0;
	known = lock_record(lock);
	if (!known)
		return 0;
	taker = bpf_map_lookup_elem(&takers, &task);
	if (taker && taker->id == known->id) {
		count_hold(known->id, bpf_ktime_get_ns() - taker->since);
		bpf_map_delete_elem(&takers, &task);
	} else if (known->taken) {
		count_loss(HOLD_LOSS_NO_BEGIN);
	}
	return 0;
}

/* A task that sleeps with the lock keeps its CPU (migrate_disable()). */
static __always_inline __u32 sleeping_holder(__u64 lock)
{
	struct task_struct *task = (void *)layout_lock_owner(lock);

	return task ? BPF_CORE_READ(task, thread_info.cpu) + 1 : 0;
}

/* A wait is charged to the CPU that has the lock when the wait begins. */
static __always_inline void wait_begins(void *ctx, __u32 skip, __u64 lock,
					__u64 mark)
{
	struct area_lock_record *known = lock_record(lock);
	struct open_wait *wait;
	__u64 lost = 0;

	if (!known)
		return;
	wait = pair_begins(mark, &lost);
	if (lost)
		count_loss(HOLD_LOSS_WAIT);
	if (!wait)
		return;
	wait->id = known->id;
	wait->holder = layout_spinlocks_sleep() ? sleeping_holder(lock)
						: known->holder;
	wait->since = bpf_ktime_get_ns();
}

static __always_inline void hold_begins_now(__u64 now)
{
	__u64 task = bpf_get_current_task();
	struct taker_record *taker = bpf_map_lookup_elem(&takers, &task);

	if (taker)
		taker->since = now;
}

/* The wait may have begun before the hooks were attached; the loader knows how
 * many waits may have.
 */
static __always_inline void unpaired(__u64 lock)
{
	struct hold_cpu_record *cpu;
	__u32 zero = 0;

	cpu = bpf_map_lookup_elem(&hold_cpus, &zero);
	if (cpu && lock_record(lock))
		cpu->unpaired++;
}

static __always_inline void count_waiter(const struct open_wait *wait,
					 __u64 now)
{
	struct hold_record *hold;

	if (!wait->holder)
		return;
	hold = holder_record(wait->id, wait->holder - 1);
	if (!hold) {
		count_loss(HOLD_LOSS_WAIT);
		return;
	}
	hold->waiters++;
	hold->waited_ns += now - wait->since;
}

static __always_inline void wait_ends(__u64 mark, __u64 lock)
{
	struct open_wait *wait = pair_find(mark);
	__u64 now = bpf_ktime_get_ns();

	if (layout_spinlocks_sleep())
		hold_begins_now(now);
	if (!wait) {
		unpaired(lock);
		return;
	}
	count_waiter(wait, now);
	pair_ends(wait);
}

static __always_inline bool give_room(__u64 id)
{
	struct lock_cpu_key key = { .id = id, .cpu = LOCK_ANY_CPU };

	return !bpf_map_update_elem(&holds, &key, &no_holds, BPF_NOEXIST);
}

char LICENSE[] SEC("license") = "GPL";

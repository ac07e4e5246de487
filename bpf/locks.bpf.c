// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for area locks, measured at the entry and exit of the spinlock slow
 * path. The contention tracepoints fire only in its queued part: never for the
 * first waiter, and not at all where spinlocks are test-and-set.
 */
#include "area_locks.bpf.h"
#include "calls.bpf.h"
#include "links.bpf.h"
#include "pair.bpf.h"
#include "slow_path.bpf.h"
#include "stacks.bpf.h"

/*
 * LEVEL_CALLERS is on. Set before the load: if it is off, the verifier removes
 * the code that depends on it.
 */
const volatile __u32 with_callers = 0;

/* A CPU gets an entry when its first wait for the lock ends. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct lock_cpu_key);
	__type(value, struct wait_record);
} waits SEC(".maps");

HASH_TABLE_PROGRAM(waits, struct lock_cpu_key, struct wait_record);

CPU_TABLE(lock_cpus, struct lock_cpu_record);

CPU_TABLE(call_cpus, struct call_cpu_record);

/*
 * Not per CPU: only the CPU that has just taken the lock updates a record, so
 * the lock protects it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CALLERS_MAX);
	__type(key, struct caller_key);
	__type(value, struct wait_record);
} callers SEC(".maps");

HASH_TABLE_PROGRAM(callers, struct caller_key, struct wait_record);

static const struct wait_record no_waits;

static __always_inline struct lock_cpu_record *this_cpu(void)
{
	return cpu_entry(&lock_cpus);
}

static __always_inline struct call_cpu_record *this_cpus_calls(void)
{
	return cpu_entry(&call_cpus);
}

static __noinline int count_lost_call(void)
{
	struct call_cpu_record *cpu = this_cpus_calls();

	if (cpu)
		cpu->loss[CALL_LOSS_UNPAIRED]++;
	return 0;
}

/*
 * Which of the task's calls waits. An interrupt runs in the context of a task,
 * so a task can have several calls in progress; the newest one waits.
 */
static __always_inline void name_call(struct caller_key *key)
{
	__u64 task = bpf_get_current_task(), newest = 0, device = 0;
	__u32 hash = call_hash(task);

	key->op = LOCK_OP_NONE;
	for (__u32 i = 0; i < CALLS_PROBES; i++) {
		struct call_record *call = call_at(hash + i);

		if (!call || !call->id ||
		    (call->subject ^ task) > LOCK_OP_LAST ||
		    call->value < newest)
			continue;
		newest = call->value;
		device = call->dev;
		key->op = call->subject ^ task;
	}
	__builtin_memset(key->device, 0, sizeof(key->device));
	if (device)
		layout_device_name(device, key->device);
}

/*
 * Identifies the caller that begins to wait, with @frames of the stack that was
 * just taken. A global function, so that the verifier checks it once and not on
 * every path that leads here: the load would take twenty times as long.
 */
__noinline int name_caller(__u32 frames)
{
	struct call_cpu_record *cpu = this_cpus_calls();
	struct open_wait *wait = this_waiter();
	struct caller_key *key;

	if (!cpu || !wait)
		return 0;
	key = &wait->caller;
	key->lock = wait->id;
	key->stack = -1;
	if (frames)
		key->stack = keep_stack(&cpu->stack, frames);
	if (frames && key->stack < 0)
		cpu->loss[CALL_LOSS_STACKS]++;
	name_call(key);
	if (!bpf_map_lookup_elem(&callers, key))
		bpf_map_update_elem(&callers, key, &no_waits, BPF_NOEXIST);
	return 0;
}

/* Done at the begin of the wait, when the CPU has nothing else to do. */
static __always_inline void record_caller(void *ctx, __u32 skip)
{
	struct call_cpu_record *cpu = this_cpus_calls();
	long bytes;

	if (!cpu)
		return;
	bytes = read_stack(ctx, &cpu->stack, skip);
	name_caller(bytes > 0 ? bytes / sizeof(__u64) : 0);
}

static __always_inline void wait_begins(void *ctx, __u32 skip, __u64 lock,
					__u64 mark)
{
	struct area_lock_record *known = lock_record(lock);
	struct lock_cpu_record *cpu = this_cpu();
	struct open_wait *wait;

	if (!known || !cpu)
		return;
	wait = pair_begins(mark, &cpu->loss[LOCK_LOSS_NO_END]);
	if (!wait)
		return;
	wait->id = known->id;
	if (with_callers)
		record_caller(ctx, skip);
	wait->since = bpf_ktime_get_ns();
}

static __always_inline void count_wait(struct wait_record *wait, __u64 ns)
{
	__u32 bucket = log2_bucket(ns);

	wait->contended++;
	wait->total_ns += ns;
	if (ns > wait->max_ns)
		wait->max_ns = ns;
	wait->wait.count[bucket]++;
}

static __always_inline void charge_caller(const struct open_wait *open,
					  __u64 ns)
{
	struct call_cpu_record *cpu = this_cpus_calls();
	struct wait_record *wait;

	wait = bpf_map_lookup_elem(&callers, &open->caller);
	if (wait)
		count_wait(wait, ns);
	else if (cpu)
		cpu->loss[CALL_LOSS_CALLERS]++;
}

/*
 * An end without a begin. If a wait for this lock has ended on this CPU before,
 * the begin was missed. Otherwise the wait may have begun before the hooks were
 * attached, or before the loader found the lock.
 */
static __always_inline void unpaired(struct lock_cpu_record *cpu, __u64 lock)
{
	struct area_lock_record *known = lock_record(lock);
	struct lock_cpu_key key = {};

	if (!known)
		return;
	key.id = known->id;
	key.cpu = bpf_get_smp_processor_id();
	if (bpf_map_lookup_elem(&waits, &key))
		cpu->loss[LOCK_LOSS_NO_BEGIN]++;
	else
		cpu->unpaired++;
}

static __always_inline void wait_ends(__u64 mark, __u64 lock)
{
	struct lock_cpu_record *cpu = this_cpu();
	struct wait_record *record;
	struct open_wait *wait;
	__u64 ns;

	if (!cpu)
		return;
	wait = pair_find(mark);
	if (!wait) {
		if (lock)
			unpaired(cpu, lock);
		return;
	}
	ns = bpf_ktime_get_ns() - wait->since;
	record = cpu_record(&waits, &no_waits, wait->id,
			    bpf_get_smp_processor_id(),
			    &cpu->loss[LOCK_LOSS_CROWDED]);
	if (record)
		count_wait(record, ns);
	else
		cpu->loss[LOCK_LOSS_NO_ENTRY]++;
	if (with_callers)
		charge_caller(wait, ns);
	pair_ends(wait);
}

/* A foreign lock's call is at the place of an open wait: its end was missed. */
static __always_inline void place_is_taken(__u64 place)
{
	struct lock_cpu_record *cpu = this_cpu();
	struct open_wait *stale = pair_find(place);

	if (!stale || !cpu)
		return;
	cpu->loss[LOCK_LOSS_NO_END]++;
	pair_ends(stale);
}

SEC("kprobe")
int slow_kprobe(struct pt_regs *ctx)
{
	__u64 lock = PT_REGS_PARM1(ctx), place = CALL_ENTERED(ctx);

	if (lock_is_foreign(lock))
		place_is_taken(place);
	else
		wait_begins(ctx, AT_ENTRY, lock, place);
	return 0;
}

SEC("kretprobe")
int slow_kretprobe(struct pt_regs *ctx)
{
	wait_ends(CALL_RETURNED(ctx), 0);
	return 0;
}

/* The last candidate: sees queued waits only (5.19 and later). */
SEC("tp_btf/contention_begin")
int BPF_PROG(contention_begin_wait, void *lock)
{
	if (!lock_is_foreign((__u64)lock))
		wait_begins(ctx, TRAMPOLINE_FRAMES, (__u64)lock, (__u64)lock);
	return 0;
}

SEC("tp_btf/contention_end")
int BPF_PROG(contention_end_wait, void *lock)
{
	if (!lock_is_foreign((__u64)lock))
		wait_ends((__u64)lock, (__u64)lock);
	return 0;
}

/* Waiting for an rt_mutex: include/trace/events/lock.h */
#define LCB_F_RT 8u

/* What tools built on the tracepoint see, for comparison. */
SEC("tp_btf/contention_begin")
int BPF_PROG(contention_begin_count, void *lock, unsigned int flags)
{
	struct area_lock_record *known;

	if (lock_is_foreign((__u64)lock))
		return 0;
	if (layout_spinlocks_sleep() && !(flags & LCB_F_RT))
		return 0; /* the inner wait_lock has the same address */
	known = lock_record((__u64)lock);
	if (known)
		__sync_fetch_and_add(&known->tracepoint, 1);
	return 0;
}

/*
 * Maps and unmaps in progress. They are searched by task, because at the begin
 * of a wait only the task is known. Calls in an interrupt belong to the task
 * that it interrupts.
 */
static __always_inline void caller_enters(__u64 id, __u64 device, __u64 op)
{
	__u64 task = bpf_get_current_task();

	/* The lowest bits of the task's address are free for the operation. */
	call_begins(task, id, device, task ^ op, bpf_ktime_get_ns());
}

static __always_inline void caller_leaves(__u64 id)
{
	__u64 task = bpf_get_current_task();
	struct call_record call;

	call_ends(task, id, &call);
}

/* The context of fentry and of fexit is the same place on the call's stack. */
SEC("fentry")
int map_fentry(void *ctx)
{
	caller_enters((__u64)ctx, first_argument(ctx), LOCK_OP_MAP);
	return 0;
}

SEC("fexit")
int map_fexit(void *ctx)
{
	caller_leaves((__u64)ctx);
	return 0;
}

SEC("kprobe")
int map_kprobe(struct pt_regs *ctx)
{
	caller_enters(CALL_ENTERED(ctx), PT_REGS_PARM1(ctx), LOCK_OP_MAP);
	return 0;
}

SEC("kretprobe")
int map_kretprobe(struct pt_regs *ctx)
{
	caller_leaves(CALL_RETURNED(ctx));
	return 0;
}

SEC("fentry")
int unmap_fentry(void *ctx)
{
	caller_enters((__u64)ctx, first_argument(ctx), LOCK_OP_UNMAP);
	return 0;
}

SEC("fexit")
int unmap_fexit(void *ctx)
{
	caller_leaves((__u64)ctx);
	return 0;
}

SEC("kprobe")
int unmap_kprobe(struct pt_regs *ctx)
{
	caller_enters(CALL_ENTERED(ctx), PT_REGS_PARM1(ctx), LOCK_OP_UNMAP);
	return 0;
}

SEC("kretprobe")
int unmap_kretprobe(struct pt_regs *ctx)
{
	caller_leaves(CALL_RETURNED(ctx));
	return 0;
}

static __always_inline bool give_room(__u64 id)
{
	struct lock_cpu_key key = { .id = id, .cpu = LOCK_ANY_CPU };

	return !bpf_map_update_elem(&waits, &key, &no_waits, BPF_NOEXIST);
}

char LICENSE[] SEC("license") = "GPL";

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for area locks, taken at the entry and exit of the spinlock slow path:
 * the contention tracepoints fire in its queued part only, and never for the
 * first waiter or where spinlocks are test-and-set.
 */
#include "area_locks.bpf.h"
#include "pair.bpf.h"
#include "slow_path.bpf.h"

/*
 * LEVEL_CALLERS is on. Set before the load: while it is off, the verifier
 * takes out all that follows from it.
 */
const volatile __u32 with_callers = 0;

/* Where interrupts and system calls enter the kernel; 0 = not known. */
static __u64 entry_start, entry_end;

/* An entry is made when a wait on that CPU ends. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct lock_cpu_key);
	__type(value, struct wait_record);
} waits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lock_cpu_record);
} lock_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct call_cpu_record);
} calls SEC(".maps");

/*
 * Not per CPU: a record is only changed by who has just got its lock, so the
 * lock itself keeps changes apart.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CALLERS_MAX);
	__type(key, struct caller_key);
	__type(value, struct wait_record);
} callers SEC(".maps");

/* By the hash of the addresses. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CALLER_STACKS_MAX);
	__type(key, __u64);
	__type(value, struct call_stack);
} caller_stacks SEC(".maps");

static const struct wait_record no_waits;

static __always_inline struct lock_cpu_record *this_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&lock_cpus, &zero);
}

static __always_inline struct call_cpu_record *this_cpus_calls(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&calls, &zero);
}

/*
 * A call is known again at its end by @id, which no other call has while it
 * lasts: the stack differs. A task that moved to another CPU in between, or
 * a program that did not run because it was interrupted, makes a begin or an
 * end that has no partner; those are counted, and the entry of the oldest call
 * is taken when no other is free.
 */
static __always_inline __u32 call_entry(const struct call_cpu_record *cpu,
					__u64 id)
{
	__u32 oldest = 0;

	for (__u32 i = 0; i < CALL_NESTING; i++)
		if (!cpu->id[i] || cpu->id[i] == id)
			return i;
	for (__u32 i = 1; i < CALL_NESTING; i++)
		if (cpu->order[i] < cpu->order[oldest])
			oldest = i;
	return oldest;
}

static __always_inline void call_begins(__u64 id, __u64 device, __u64 op)
{
	struct call_cpu_record *cpu = this_cpus_calls();
	__u32 use;

	if (!cpu)
		return;
	use = call_entry(cpu, id) & (CALL_NESTING - 1);
	if (cpu->id[use])
		cpu->loss[CALL_LOSS_UNPAIRED]++;
	cpu->task[use] = bpf_get_current_task();
	cpu->device[use] = device;
	cpu->op[use] = op;
	cpu->order[use] = ++cpu->begun;
	cpu->seen |= 1ull << op;
	cpu->id[use] = id;
}

static __always_inline void call_ends(__u64 id, __u64 op)
{
	struct call_cpu_record *cpu = this_cpus_calls();

	if (!cpu)
		return;
	for (__u32 i = 0; i < CALL_NESTING; i++) {
		if (cpu->id[i] != id)
			continue;
		cpu->id[i] = 0;
		return;
	}
	/* Until a begin is seen, ends are those of calls from before. */
	if (cpu->seen >> op & 1)
		cpu->loss[CALL_LOSS_UNPAIRED]++;
}

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
 * What an interrupt came upon says nothing of who waits and would make every
 * stack a new one, so a stack ends where the kernel was entered.
 */
static __always_inline bool is_entry(__u64 addr)
{
	return entry_start && addr >= entry_start && addr < entry_end;
}

static __always_inline __u64 keep_stack(struct call_cpu_record *cpu,
					__u32 frames)
{
	__u64 key = 0;

	for (__u32 i = 0; i < RECORD_STACK_DEPTH; i++) {
		__u64 addr = cpu->stack.addr[i];

		if (i >= frames)
			cpu->stack.addr[i] = addr = 0;
		if (is_entry(addr))
			frames = i + 1;
		key = (key ^ addr) * 0x9e3779b97f4a7c15ull;
		key ^= key >> 29;
	}
	key |= !key;
	if (bpf_map_lookup_elem(&caller_stacks, &key))
		return key;
	/* Another CPU may just have put it there. */
	if (bpf_map_update_elem(&caller_stacks, &key, &cpu->stack,
				BPF_NOEXIST) &&
	    !bpf_map_lookup_elem(&caller_stacks, &key)) {
		cpu->loss[CALL_LOSS_STACKS]++;
		return 0;
	}
	return key;
}

/* An interrupt runs in a task as well: its call is the newer one. */
static __always_inline void name_call(const struct call_cpu_record *cpu,
				      struct caller_key *key)
{
	__u64 task = bpf_get_current_task(), newest = 0, device = 0;

	key->op = LOCK_OP_NONE;
	for (__u32 i = 0; i < CALL_NESTING; i++) {
		if (!cpu->id[i] || cpu->task[i] != task ||
		    cpu->order[i] <= newest)
			continue;
		newest = cpu->order[i];
		device = cpu->device[i];
		key->op = cpu->op[i];
	}
	__builtin_memset(key->device, 0, sizeof(key->device));
	if (newest)
		layout_device_name(device, key->device);
}

/*
 * Who begins to wait, by the stack of so many frames that was just taken. A
 * function of its own, so that the verifier looks at it once and not on every
 * path that leads here: the load would take twenty times as long.
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
	key->pad = 0;
	key->stack = frames ? keep_stack(cpu, frames) : 0;
	name_call(cpu, key);
	if (!bpf_map_lookup_elem(&callers, key))
		bpf_map_update_elem(&callers, key, &no_waits, BPF_NOEXIST);
	return 0;
}

/* While there is nothing to do but wait, and the lock is not ours yet. */
static __always_inline void note_caller(void *ctx, __u32 skip)
{
	struct call_cpu_record *cpu = this_cpus_calls();
	long bytes;

	if (!cpu)
		return;
	bytes = bpf_get_stack(ctx, &cpu->stack, sizeof(cpu->stack), skip);
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
		note_caller(ctx, skip);
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
 * Where a wait on this CPU has ended before, a begin was missed. Else the wait
 * may have begun before we looked, or before the loader found the lock.
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

/*
 * A kprobe sees the stack with the return address on it where the call put it
 * there; a return probe sees it without.
 */
#ifdef __TARGET_ARCH_x86
#define RETURN_ADDRESS_BYTES 8
#else
#define RETURN_ADDRESS_BYTES 0
#endif

static __always_inline __u64 place_of_call(struct pt_regs *ctx)
{
	return PT_REGS_SP(ctx) + RETURN_ADDRESS_BYTES;
}

/* A foreign lock's wait at the same place: the return to it was missed. */
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
	__u64 lock = PT_REGS_PARM1(ctx), place = place_of_call(ctx);

	if (lock_is_foreign(lock))
		place_is_taken(place);
	else
		wait_begins(ctx, 0, lock, place);
	return 0;
}

SEC("kretprobe")
int slow_kretprobe(struct pt_regs *ctx)
{
	wait_ends(PT_REGS_SP(ctx), 0);
	return 0;
}

/* The last resort: sees queued waits only (kernel 5.19 and later). */
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
	if (spinlocks_sleep() && !(flags & LCB_F_RT))
		return 0; /* the inner wait_lock has the same address */
	known = lock_record((__u64)lock);
	if (known)
		__sync_fetch_and_add(&known->tracepoint, 1);
	return 0;
}

/*
 * Maps and unmaps. The context of fentry and of fexit of one call is the same
 * place on its stack, and tells it from all others while it lasts.
 */
SEC("fentry")
int map_fentry(void *ctx)
{
	call_begins((__u64)ctx, first_argument(ctx), LOCK_OP_MAP);
	return 0;
}

SEC("fexit")
int map_fexit(void *ctx)
{
	call_ends((__u64)ctx, LOCK_OP_MAP);
	return 0;
}

SEC("fentry")
int unmap_fentry(void *ctx)
{
	call_begins((__u64)ctx, first_argument(ctx), LOCK_OP_UNMAP);
	return 0;
}

SEC("fexit")
int unmap_fexit(void *ctx)
{
	call_ends((__u64)ctx, LOCK_OP_UNMAP);
	return 0;
}

SEC("kprobe")
int map_kprobe(struct pt_regs *ctx)
{
	call_begins(place_of_call(ctx), PT_REGS_PARM1(ctx), LOCK_OP_MAP);
	return 0;
}

SEC("kretprobe")
int map_kretprobe(struct pt_regs *ctx)
{
	call_ends(PT_REGS_SP(ctx), LOCK_OP_MAP);
	return 0;
}

SEC("kprobe")
int unmap_kprobe(struct pt_regs *ctx)
{
	call_begins(place_of_call(ctx), PT_REGS_PARM1(ctx), LOCK_OP_UNMAP);
	return 0;
}

SEC("kretprobe")
int unmap_kretprobe(struct pt_regs *ctx)
{
	call_ends(PT_REGS_SP(ctx), LOCK_OP_UNMAP);
	return 0;
}

static __always_inline bool give_room(__u64 id)
{
	struct lock_cpu_key key = { .id = id, .cpu = LOCK_ANY_CPU };

	return !bpf_map_update_elem(&waits, &key, &no_waits, BPF_NOEXIST);
}

char LICENSE[] SEC("license") = "GPL";

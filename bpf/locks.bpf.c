// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for area locks, taken at the entry and exit of the spinlock slow path:
 * the contention tracepoints fire in its queued part only, and never for the
 * first waiter or where spinlocks are test-and-set.
 */
#include "lock_filter.bpf.h"

#include <bpf/bpf_tracing.h>

/* Areas of one new pool that are registered at once. */
#define NEW_AREAS_MAX 1024u

/*
 * LEVEL_CALLERS is on. Set before the load: while it is off, the verifier
 * takes out all that follows from it.
 */
const volatile __u32 with_callers = 0;

/* Where interrupts and system calls enter the kernel; 0 = not known. */
static __u64 entry_start, entry_end;

/* By address of the lock. The loader and device_allocate add, both remove. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
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
__noinline int name_caller(__u32 entry, __u64 lock, __u32 frames)
{
	struct call_cpu_record *cpu = this_cpus_calls();
	struct caller_key *key;

	if (!cpu)
		return 0;
	key = &cpu->waiting[entry & (LOCK_NESTING - 1)];
	key->lock = lock;
	key->pad = 0;
	key->stack = frames ? keep_stack(cpu, frames) : 0;
	name_call(cpu, key);
	if (!bpf_map_lookup_elem(&callers, key))
		bpf_map_update_elem(&callers, key, &no_waits, BPF_NOEXIST);
	return 0;
}

/* While there is nothing to do but wait, and the lock is not ours yet. */
static __always_inline void note_caller(void *ctx, __u32 skip, __u32 entry,
					__u64 lock)
{
	struct call_cpu_record *cpu = this_cpus_calls();
	long bytes;

	if (!cpu)
		return;
	bytes = bpf_get_stack(ctx, &cpu->stack, sizeof(cpu->stack), skip);
	name_caller(entry, lock, bytes > 0 ? bytes / sizeof(__u64) : 0);
}

/*
 * A CPU cannot wait for one lock twice at once, so the lock itself pairs an
 * end with its begin, whatever interrupts do in between. An entry of the same
 * lock that is still there is one whose end was missed.
 */
static __always_inline void wait_begins(void *ctx, __u32 skip, __u64 lock)
{
	struct lock_cpu_record *cpu;
	__u32 use = LOCK_NESTING;
	struct wait_record *wait;

	wait = bpf_map_lookup_elem(&waits, &lock);
	cpu = this_cpu();
	if (!wait || !cpu)
		return;
	wait->begun++;
	for (__u32 i = 0; i < LOCK_NESTING; i++) {
		if (cpu->lock[i] == lock) {
			cpu->loss[LOCK_LOSS_NO_END]++;
			use = i;
			break;
		}
		if (!cpu->lock[i] && use == LOCK_NESTING)
			use = i;
	}
	if (use >= LOCK_NESTING) {
		cpu->loss[LOCK_LOSS_NO_END]++;
		use = 0;
	}
	cpu->lock[use] = lock;
	if (with_callers)
		note_caller(ctx, skip, use, lock);
	cpu->since[use] = bpf_ktime_get_ns();
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

static __always_inline void charge_caller(__u32 entry, __u64 ns)
{
	struct call_cpu_record *cpu = this_cpus_calls();
	struct wait_record *wait;

	if (!cpu)
		return;
	wait = bpf_map_lookup_elem(&callers,
				   &cpu->waiting[entry & (LOCK_NESTING - 1)]);
	if (wait)
		count_wait(wait, ns);
	else
		cpu->loss[CALL_LOSS_CALLERS]++;
}

static __always_inline void wait_ends(__u64 lock)
{
	struct lock_cpu_record *cpu;
	struct wait_record *wait;
	__u64 ns;

	wait = bpf_map_lookup_elem(&waits, &lock);
	cpu = this_cpu();
	if (!wait || !cpu)
		return;
	for (__u32 i = 0; i < LOCK_NESTING; i++) {
		if (cpu->lock[i] != lock)
			continue;
		ns = bpf_ktime_get_ns() - cpu->since[i];
		cpu->lock[i] = 0;
		cpu->total++;
		cpu->total_ns += ns;
		count_wait(wait, ns);
		if (with_callers)
			charge_caller(i, ns);
		return;
	}
	if (wait->begun)
		cpu->loss[LOCK_LOSS_NO_BEGIN]++;
}

static __noinline int traced_wait_begins(void *ctx)
{
	wait_begins(ctx, FUNCTION_FRAMES, first_argument(ctx));
	return 0;
}

static __noinline int traced_wait_ends(void *ctx)
{
	wait_ends(first_argument(ctx));
	return 0;
}

SEC("fentry/native_queued_spin_lock_slowpath")
int native_fentry(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : traced_wait_begins(ctx);
}

SEC("fexit/native_queued_spin_lock_slowpath")
int native_fexit(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : traced_wait_ends(ctx);
}

SEC("fentry/__pv_queued_spin_lock_slowpath")
int pv_fentry(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : traced_wait_begins(ctx);
}

SEC("fexit/__pv_queued_spin_lock_slowpath")
int pv_fexit(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : traced_wait_ends(ctx);
}

/*
 * A return probe does not see the arguments: the newest wait on this CPU is
 * the one that ends, as waits nest.
 */
static __always_inline void newest_wait_ends(void)
{
	struct lock_cpu_record *cpu = this_cpu();
	__u64 newest = 0, lock = 0;

	if (!cpu)
		return;
	for (__u32 i = 0; i < LOCK_NESTING; i++) {
		if (cpu->lock[i] && cpu->since[i] >= newest) {
			newest = cpu->since[i];
			lock = cpu->lock[i];
		}
	}
	if (lock)
		wait_ends(lock);
}

SEC("kprobe/native_queued_spin_lock_slowpath")
int BPF_KPROBE(native_kprobe, void *lock)
{
	if (!lock_is_foreign((__u64)lock))
		wait_begins(ctx, 0, (__u64)lock);
	return 0;
}

SEC("kretprobe/native_queued_spin_lock_slowpath")
int BPF_KRETPROBE(native_kretprobe)
{
	newest_wait_ends();
	return 0;
}

SEC("kprobe/__pv_queued_spin_lock_slowpath")
int BPF_KPROBE(pv_kprobe, void *lock)
{
	if (!lock_is_foreign((__u64)lock))
		wait_begins(ctx, 0, (__u64)lock);
	return 0;
}

SEC("kretprobe/__pv_queued_spin_lock_slowpath")
int BPF_KRETPROBE(pv_kretprobe)
{
	newest_wait_ends();
	return 0;
}

/* The last resort: sees queued waits only (kernel 5.19 and later). */
SEC("tp_btf/contention_begin")
int BPF_PROG(contention_begin_wait, void *lock)
{
	if (!lock_is_foreign((__u64)lock))
		wait_begins(ctx, TRAMPOLINE_FRAMES, (__u64)lock);
	return 0;
}

SEC("tp_btf/contention_end")
int BPF_PROG(contention_end_wait, void *lock)
{
	if (!lock_is_foreign((__u64)lock))
		wait_ends((__u64)lock);
	return 0;
}

/* What tools built on the tracepoint see, for comparison. */
SEC("tp_btf/contention_begin")
int BPF_PROG(contention_begin_count, void *lock)
{
	__u64 key = (__u64)lock;
	struct wait_record *wait;

	if (lock_is_foreign(key))
		return 0;
	wait = bpf_map_lookup_elem(&waits, &key);
	if (wait)
		wait->tracepoint++;
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

/*
 * A kprobe sees the stack with the return address on it where the call put it
 * there; a return probe sees it without.
 */
#ifdef __TARGET_ARCH_x86
#define RETURN_ADDRESS_BYTES 8
#else
#define RETURN_ADDRESS_BYTES 0
#endif

SEC("kprobe")
int map_kprobe(struct pt_regs *ctx)
{
	call_begins(PT_REGS_SP(ctx) + RETURN_ADDRESS_BYTES, PT_REGS_PARM1(ctx),
		    LOCK_OP_MAP);
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
	call_begins(PT_REGS_SP(ctx) + RETURN_ADDRESS_BYTES, PT_REGS_PARM1(ctx),
		    LOCK_OP_UNMAP);
	return 0;
}

SEC("kretprobe")
int unmap_kretprobe(struct pt_regs *ctx)
{
	call_ends(PT_REGS_SP(ctx), LOCK_OP_UNMAP);
	return 0;
}

static long register_area(__u64 index, struct pool_record *pool)
{
	__u64 lock = area_lock(pool, index);
	struct lock_cpu_record *cpu = this_cpu();

	if (bpf_map_update_elem(&waits, &lock, &no_waits, BPF_NOEXIST)) {
		if (!bpf_map_lookup_elem(&waits, &lock) && cpu)
			cpu->loss[LOCK_LOSS_TABLE]++;
		return 0;
	}
	lock_is_ours(lock);
	return 0;
}

static long forget_area(__u64 index, struct pool_record *pool)
{
	__u64 lock = area_lock(pool, index);

	bpf_map_delete_elem(&waits, &lock);
	return 0;
}

static long forget_caller(void *map, const struct caller_key *key, void *value,
			  struct pool_record *pool)
{
	__u64 bytes = (__u64)pool->areas * layout_area_bytes();

	if (key->lock >= pool->areas_addr &&
	    key->lock - pool->areas_addr < bytes)
		bpf_map_delete_elem(map, key);
	return 0;
}

/* A new device pool's locks are known before anybody can wait for them. */
SEC("fexit/swiotlb_device_allocate")
int BPF_PROG(pool_added, void *dev, unsigned int area_num, unsigned long size,
	     int ret)
{
	struct pool_record pool = {};

	if (!ret && layout_read_pool(layout_device_mem((__u64)dev), &pool))
		bpf_loop(pool.areas < NEW_AREAS_MAX ? pool.areas
						    : NEW_AREAS_MAX,
			 register_area, &pool, 0);
	return 0;
}

/* Its memory may hold another lock a moment after the pool is freed. */
SEC("fentry/swiotlb_device_free")
int BPF_PROG(pool_removed, void *dev)
{
	struct pool_record pool = {};

	if (!layout_read_pool(layout_device_mem((__u64)dev), &pool) ||
	    !pool.blocks_addr)
		return 0;
	bpf_loop(pool.areas < NEW_AREAS_MAX ? pool.areas : NEW_AREAS_MAX,
		 forget_area, &pool, 0);
	if (with_callers)
		bpf_for_each_map_elem(&callers, forget_caller, &pool, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

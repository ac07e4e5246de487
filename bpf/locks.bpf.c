// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for area locks, taken at the entry and exit of the spinlock slow path:
 * the contention tracepoints fire in its queued part only, and never for the
 * first waiter or where spinlocks are test-and-set.
 *
 * Every contended spinlock of the system comes through here, so a foreign one
 * must be told apart in a few instructions: see lock_filter.
 */
#include "layout.bpf.h"

#include <bpf/bpf_tracing.h>

#include "include/locks.h"

/* Areas of one new pool that are registered at once. */
#define NEW_AREAS_MAX 1024u

__u64 lock_filter[LOCK_FILTER_WORDS];

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

static const struct wait_record no_waits;

static __always_inline bool lock_is_foreign(__u64 lock)
{
	__u32 bit = lock_filter_bit(lock);
	__u32 word = (bit >> 6) & (LOCK_FILTER_WORDS - 1);

	return !(lock_filter[word] >> (bit & 63) & 1);
}

static __always_inline struct lock_cpu_record *this_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&lock_cpus, &zero);
}

static __always_inline __u32 log2_bucket(__u64 value)
{
	__u32 bucket = 0;

#define HALVE(bits)                                                            \
	if (value >> (bits)) {                                                 \
		value >>= (bits);                                              \
		bucket += (bits);                                              \
	}
	if (value >> 32)
		return RECORD_BUCKETS - 1;
	HALVE(16)
	HALVE(8)
	HALVE(4)
	HALVE(2)
	HALVE(1)
#undef HALVE
	return bucket & (RECORD_BUCKETS - 1);
}

/*
 * A CPU cannot wait for one lock twice at once, so the lock itself pairs an
 * end with its begin, whatever interrupts do in between. An entry of the same
 * lock that is still there is one whose end was missed.
 */
static __always_inline void wait_begins(__u64 lock)
{
	struct lock_cpu_record *cpu;
	__u32 use = LOCK_NESTING;

	if (lock_is_foreign(lock) || !bpf_map_lookup_elem(&waits, &lock))
		return;
	cpu = this_cpu();
	if (!cpu)
		return;
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
	cpu->since[use] = bpf_ktime_get_ns();
}

static __always_inline void count_wait(struct lock_cpu_record *cpu,
				       struct wait_record *wait, __u64 ns)
{
	__u32 bucket = log2_bucket(ns);

	cpu->total++;
	cpu->total_ns += ns;
	wait->contended++;
	wait->total_ns += ns;
	if (ns > wait->max_ns)
		wait->max_ns = ns;
	wait->wait.count[bucket]++;
}

static __always_inline void wait_ends(__u64 lock)
{
	struct lock_cpu_record *cpu;
	struct wait_record *wait;

	if (lock_is_foreign(lock))
		return;
	wait = bpf_map_lookup_elem(&waits, &lock);
	cpu = this_cpu();
	if (!wait || !cpu)
		return;
	for (__u32 i = 0; i < LOCK_NESTING; i++) {
		if (cpu->lock[i] != lock)
			continue;
		cpu->lock[i] = 0;
		count_wait(cpu, wait, bpf_ktime_get_ns() - cpu->since[i]);
		return;
	}
	cpu->loss[LOCK_LOSS_NO_BEGIN]++;
}

/*
 * The lock as a number. The argument itself has a type, and the verifier
 * refuses arithmetic on it.
 */
static __always_inline __u64 lock_argument(void *ctx)
{
	__u64 lock = 0;

	bpf_get_func_arg(ctx, 0, &lock);
	return lock;
}

SEC("fentry/native_queued_spin_lock_slowpath")
int native_fentry(void *ctx)
{
	wait_begins(lock_argument(ctx));
	return 0;
}

SEC("fexit/native_queued_spin_lock_slowpath")
int native_fexit(void *ctx)
{
	wait_ends(lock_argument(ctx));
	return 0;
}

SEC("fentry/__pv_queued_spin_lock_slowpath")
int pv_fentry(void *ctx)
{
	wait_begins(lock_argument(ctx));
	return 0;
}

SEC("fexit/__pv_queued_spin_lock_slowpath")
int pv_fexit(void *ctx)
{
	wait_ends(lock_argument(ctx));
	return 0;
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
	wait_begins((__u64)lock);
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
	wait_begins((__u64)lock);
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
	wait_begins((__u64)lock);
	return 0;
}

SEC("tp_btf/contention_end")
int BPF_PROG(contention_end_wait, void *lock)
{
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

static long register_area(__u64 index, struct pool_record *pool)
{
	__u64 lock = pool->areas_addr + index * layout_area_bytes() +
		     layout_lock_offset();
	__u32 bit = lock_filter_bit(lock);
	struct lock_cpu_record *cpu = this_cpu();

	if (bpf_map_update_elem(&waits, &lock, &no_waits, BPF_NOEXIST)) {
		if (!bpf_map_lookup_elem(&waits, &lock) && cpu)
			cpu->loss[LOCK_LOSS_TABLE]++;
		return 0;
	}
	__sync_fetch_and_or(&lock_filter[(bit >> 6) & (LOCK_FILTER_WORDS - 1)],
			    1ull << (bit & 63));
	return 0;
}

static long forget_area(__u64 index, struct pool_record *pool)
{
	__u64 lock = pool->areas_addr + index * layout_area_bytes() +
		     layout_lock_offset();

	bpf_map_delete_elem(&waits, &lock);
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

	if (layout_read_pool(layout_device_mem((__u64)dev), &pool) &&
	    pool.blocks_addr)
		bpf_loop(pool.areas < NEW_AREAS_MAX ? pool.areas
						    : NEW_AREAS_MAX,
			 forget_area, &pool, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

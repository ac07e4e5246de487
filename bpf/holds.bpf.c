// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often and how long area locks are held, and by which CPU: taken at the
 * exit of _raw_spin_lock_irqsave() and the entry of
 * _raw_spin_unlock_irqrestore(), the only ones that area locks go through.
 *
 * That is every such lock of the whole system, which is what this costs; the
 * foreign ones are told apart in a few instructions.
 *
 * Area locks are held with interrupts off, so a hold has one CPU and its ends
 * pair. Whoever changes the records of a lock has that lock at that moment, so
 * the lock itself keeps changes apart.
 */
#include "lock_filter.bpf.h"

#include <bpf/bpf_tracing.h>

#include "include/holds.h"

/* Areas of one new pool that are registered at once. */
#define NEW_AREAS_MAX 1024u

/* By address of the lock. The loader and device_allocate add, both remove. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct hold_record);
} holds SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct held_record);
} held SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hold_cpu_record);
} hold_cpus SEC(".maps");

static const struct hold_record no_holds;
static const struct held_record not_held;

static __always_inline struct hold_cpu_record *this_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&hold_cpus, &zero);
}

static __always_inline void count_loss(__u32 cause)
{
	struct hold_cpu_record *cpu = this_cpu();

	if (cpu)
		cpu->loss[cause]++;
}

static __noinline int hold_begins(void *ctx)
{
	__u64 lock = first_argument(ctx);
	struct held_record *state;
	struct hold_record *hold;

	hold = bpf_map_lookup_elem(&holds, &lock);
	state = bpf_map_lookup_elem(&held, &lock);
	if (!hold || !state)
		return 0;
	if (state->holder)
		count_loss(HOLD_LOSS_NO_END);
	hold->taken++;
	state->holder = bpf_get_smp_processor_id() + 1;
	state->since = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/_raw_spin_lock_irqsave")
int lock_fexit(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : hold_begins(ctx);
}

static __always_inline void count_hold(struct hold_record *hold, __u64 ns)
{
	__u32 bucket = log2_bucket(ns);

	hold->acquisitions++;
	hold->total_ns += ns;
	if (ns > hold->max_ns)
		hold->max_ns = ns;
	hold->hold.count[bucket]++;
}

static __noinline int hold_ends(void *ctx)
{
	__u64 now = bpf_ktime_get_ns(), lock = first_argument(ctx);
	struct held_record *state;
	struct hold_record *hold;
	__u32 holder;

	hold = bpf_map_lookup_elem(&holds, &lock);
	state = bpf_map_lookup_elem(&held, &lock);
	if (!hold || !state)
		return 0;
	holder = state->holder;
	state->holder = 0;
	if (holder == bpf_get_smp_processor_id() + 1)
		count_hold(hold, now - state->since);
	else if (hold->taken)
		count_loss(HOLD_LOSS_NO_BEGIN);
	return 0;
}

SEC("fentry/_raw_spin_unlock_irqrestore")
int unlock_fentry(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : hold_ends(ctx);
}

/* Which CPU a wait is owed to: the one that holds the lock when it begins. */
static __noinline int wait_begins(void *ctx)
{
	__u64 lock = first_argument(ctx);
	struct held_record *state;
	struct hold_cpu_record *cpu;
	__u32 use = HOLD_NESTING;

	state = bpf_map_lookup_elem(&held, &lock);
	cpu = this_cpu();
	if (!state || !cpu)
		return 0;
	/* Waits nest a few deep; one whose end was missed gives way. */
	for (__u32 i = 0; i < HOLD_NESTING; i++) {
		if (cpu->lock[i] == lock) {
			use = i;
			break;
		}
		if (!cpu->lock[i] && use == HOLD_NESTING)
			use = i;
	}
	if (use >= HOLD_NESTING)
		use = 0;
	cpu->lock[use] = lock;
	cpu->holder[use] = state->holder;
	cpu->since[use] = bpf_ktime_get_ns();
	return 0;
}

static __always_inline void charge_holder(__u64 lock, __u64 holder, __u64 ns)
{
	struct hold_record *hold;

	if (!holder)
		return;
	hold = bpf_map_lookup_percpu_elem(&holds, &lock, holder - 1);
	if (!hold)
		return;
	hold->waiters++;
	hold->waited_ns += ns;
}

static __noinline int wait_ends(void *ctx)
{
	__u64 lock = first_argument(ctx);
	struct hold_cpu_record *cpu = this_cpu();

	if (!cpu)
		return 0;
	for (__u32 i = 0; i < HOLD_NESTING; i++) {
		if (cpu->lock[i] != lock)
			continue;
		cpu->lock[i] = 0;
		charge_holder(lock, cpu->holder[i],
			      bpf_ktime_get_ns() - cpu->since[i]);
		return 0;
	}
	return 0;
}

SEC("fentry/native_queued_spin_lock_slowpath")
int native_fentry(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : wait_begins(ctx);
}

SEC("fexit/native_queued_spin_lock_slowpath")
int native_fexit(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : wait_ends(ctx);
}

SEC("fentry/__pv_queued_spin_lock_slowpath")
int pv_fentry(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : wait_begins(ctx);
}

SEC("fexit/__pv_queued_spin_lock_slowpath")
int pv_fexit(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : wait_ends(ctx);
}

static long register_area(__u64 index, struct pool_record *pool)
{
	__u64 lock = area_lock(pool, index);

	bpf_map_update_elem(&held, &lock, &not_held, BPF_NOEXIST);
	bpf_map_update_elem(&holds, &lock, &no_holds, BPF_NOEXIST);
	if (!bpf_map_lookup_elem(&held, &lock) ||
	    !bpf_map_lookup_elem(&holds, &lock))
		count_loss(HOLD_LOSS_TABLE);
	lock_is_ours(lock);
	return 0;
}

static long forget_area(__u64 index, struct pool_record *pool)
{
	__u64 lock = area_lock(pool, index);

	bpf_map_delete_elem(&held, &lock);
	bpf_map_delete_elem(&holds, &lock);
	return 0;
}

static __always_inline __u32 few_areas(const struct pool_record *pool)
{
	return pool->areas < NEW_AREAS_MAX ? pool->areas : NEW_AREAS_MAX;
}

/* A new device pool's locks are known before anybody can take them. */
SEC("fexit/swiotlb_device_allocate")
int BPF_PROG(pool_added, void *dev, unsigned int area_num, unsigned long size,
	     int ret)
{
	struct pool_record pool = {};

	if (!ret && layout_read_pool(layout_device_mem((__u64)dev), &pool))
		bpf_loop(few_areas(&pool), register_area, &pool, 0);
	return 0;
}

/* Its memory may hold another lock a moment after the pool is freed. */
SEC("fentry/swiotlb_device_free")
int BPF_PROG(pool_removed, void *dev)
{
	struct pool_record pool = {};

	if (layout_read_pool(layout_device_mem((__u64)dev), &pool) &&
	    pool.blocks_addr)
		bpf_loop(few_areas(&pool), forget_area, &pool, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocations and frees of device blocks. These events are rare, so the
 * programs need not be cheap. Only kernels with swiotlb_device_allocate() have
 * blocks.
 *
 * pools.bpf.c reads the state of the blocks. These programs add what state
 * cannot tell: owner, time, stack, and failures.
 */
#include "layout.bpf.h"

#include <bpf/bpf_tracing.h>

#include "calls.bpf.h"
#include "default_mem.bpf.h"
#include "include/blocks.h"
#include "links.bpf.h"
#include "read_stack.bpf.h"
#include "tables.bpf.h"

/* Frames at the top of a stack taken at fexit: the program, the trampoline. */
#define FEXIT_FRAMES 2

/* By physical address of the first slot. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BLOCK_OWNERS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct block_owner_record);
} owners SEC(".maps");

HASH_TABLE_PROGRAM(owners, __u64, struct block_owner_record);

CPU_TABLE(block_counts, struct block_count_record);

/* Owners are too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct block_owner_record);
} new_owner SEC(".maps");

/**
 * struct block_free - what a call of swiotlb_device_free() gives back
 * @mem: io_tlb_mem of the device's pool when it began; 0 = the device has none
 *	to give back
 * @parent: io_tlb_mem that the blocks belong to
 * @start: first physical address of the pool
 * @slots: in it
 * @given_back: swiotlb_free_block() was seen to take the blocks back
 */
struct block_free {
	__u64 mem;
	__u64 parent;
	__u64 start;
	__u64 slots;
	__u64 given_back;
};

/* Of the calls in progress, each at the index of its entry in calls[]. */
static struct block_free frees[CALLS_MAX + CALLS_PROBES];

static __always_inline struct block_count_record *counts(void)
{
	return cpu_entry(&block_counts);
}

static __noinline int count_lost_call(void)
{
	struct block_count_record *count = counts();

	if (count)
		count->lost_call++;
	return 0;
}

static __always_inline __u64 size_to_blocks(__u64 size)
{
	__u64 slots = size >> TLB_SHIFT;

	return (slots + TLB_BLOCK_SLOTS - 1) / TLB_BLOCK_SLOTS;
}

/**
 * struct room - a search for a run of free blocks
 * @pool: where
 * @wanted: blocks in a row
 * @run: blocks in a row so far
 */
struct room {
	struct pool_record pool;
	__u64 wanted;
	__u64 run;
};

static __always_inline bool block_is_free(const struct pool_record *pool,
					  __u32 block, __u32 slot)
{
	bool recorded = false;
	__u32 run = 0;

	if (!layout_read_block(pool->blocks_addr, block, &run, &recorded) ||
	    !run)
		return false;
	for (__u32 i = 0; i < TLB_BLOCK_SEGMENTS; i++)
		if (layout_read_slot_list(pool->slots_addr,
					  slot + i * TLB_SEGMENT_SLOTS) !=
		    TLB_SEGMENT_SLOTS)
			return false;
	return true;
}

static long search_room(__u64 index, struct room *room)
{
	__u32 per_area = room->pool.area_blocks;
	__u32 block = index, area;

	if (!per_area || index >= (__u64)per_area * room->pool.areas)
		return 1;
	area = block / per_area;
	if (block % per_area == 0)
		room->run = 0;
	if (block_is_free(&room->pool, block,
			  area * room->pool.area_slots +
				  block % per_area * TLB_BLOCK_SLOTS))
		room->run++;
	else
		room->run = 0;
	return room->run >= room->wanted;
}

/* Whether a search of every area would have found room. */
static __always_inline bool pool_has_room(__u64 mem, __u64 blocks)
{
	struct room room = { .wanted = blocks };

	if (!mem || !blocks ||
	    !layout_read_pool(layout_mem_desc(mem), &room.pool))
		return false;
	bpf_loop(BLOCK_ROOM_MAX, search_room, &room, 0);
	return room.run >= room.wanted;
}

static __always_inline void remember_owner(void *ctx, __u32 skip, __u64 dev,
					   const struct pool_record *pool)
{
	__u32 zero = 0;
	struct block_owner_record *owner;
	__u64 key = pool->start;
	struct block_count_record *count = counts();
	long depth;

	owner = bpf_map_lookup_elem(&new_owner, &zero);
	if (!owner || !count)
		return;
	owner->device_addr = dev;
	owner->at = bpf_ktime_get_ns();
	owner->bytes = pool->slots << TLB_SHIFT;
	owner->areas = pool->areas;
	layout_device_name(dev, owner->device);
	depth = read_stack(ctx, &owner->stack, skip);
	if (depth < 0)
		depth = 0;
	depth /= sizeof(__u64);
	for (__u32 i = 0; i < RECORD_STACK_DEPTH; i++)
		if (i >= depth)
			owner->stack.addr[i] = 0;
	if (bpf_map_update_elem(&owners, &key, owner, BPF_ANY))
		count->lost_owner++;
}

static __always_inline void allocate_ends(void *ctx, __u32 skip, __u64 dev,
					  __u64 size, int ret)
{
	struct block_count_record *count = counts();
	struct pool_record pool = {};
	__u64 mem = layout_device_mem(dev);

	if (!count)
		return;
	if (ret) {
		count->failed++;
		if (pool_has_room(mem, size_to_blocks(size)))
			count->failed_with_room++;
		return;
	}
	count->requests++;
	if (!layout_read_pool(layout_mem_desc(mem), &pool))
		return;
	count->request_blocks += pool.slots / TLB_BLOCK_SLOTS;
	remember_owner(ctx, skip, dev, &pool);
}

/* The blocks of a pool are freed together, so the first one is checked. */
static __noinline bool listed_free(__u64 parent, __u64 start)
{
	struct pool_record pool = {};
	bool recorded = false;
	__u32 run = 0, block;
	__u64 slot;

	if (!layout_read_pool(layout_mem_desc(parent), &pool) ||
	    start < pool.start || start >= pool.end)
		return false;
	slot = (start - pool.start) >> TLB_SHIFT;
	block = slot / pool.area_slots * pool.area_blocks +
		slot % pool.area_slots / TLB_BLOCK_SLOTS;
	return layout_read_block(pool.blocks_addr, block, &run, &recorded) &&
	       run && !recorded;
}

static __always_inline bool is_owner(__u64 dev, __u64 start)
{
	struct block_owner_record *owner = bpf_map_lookup_elem(&owners, &start);

	return owner && owner->device_addr == dev;
}

/* For the verifier; the index of a call is always below. */
static __always_inline struct block_free *free_at(__u32 index)
{
	barrier_var(index);
	return index < CALLS_MAX + CALLS_PROBES ? &frees[index] : NULL;
}

/*
 * A pool that was given back before, and that the device still has as the RFC
 * leaves it, cannot be given back again.
 */
static __always_inline void describe_free(__u64 dev, struct block_free *record)
{
	__u64 mem = layout_device_mem(dev);
	struct pool_record pool = {};

	if (!layout_read_pool(layout_mem_desc(mem), &pool) || !pool.blocks_addr)
		return;
	record->parent = layout_mem_parent(mem) ?: default_mem;
	if (mem == record->parent || (listed_free(record->parent, pool.start) &&
				      !is_owner(dev, pool.start)))
		return;
	record->mem = mem;
	record->start = pool.start;
	record->slots = pool.slots;
}

/*
 * Calls are found by their task, since swiotlb_free_block() is called in it and
 * does not know their place on the stack.
 */
static __always_inline void free_begins(__u64 place, __u64 dev)
{
	__u64 task = bpf_get_current_task();
	struct block_free record = {}, *kept;

	describe_free(dev, &record);
	kept = free_at(call_begins(task, place, dev, task, 0));
	if (kept)
		*kept = record;
}

/*
 * What the task's call at @place gives back, or, where that is 0, its call that
 * gives back the pool at @start.
 */
static __always_inline struct block_free *free_find(__u64 place, __u64 start)
{
	__u64 task = bpf_get_current_task();
	__u32 hash = call_hash(task);

	for (__u32 i = 0; i < CALLS_PROBES; i++) {
		struct call_record *call = call_at(hash + i);
		struct block_free *record = free_at(hash + i);

		if (!call || !record || !call->id || call->subject != task)
			continue;
		if (place ? call->id == place : record->start == start)
			return record;
	}
	return NULL;
}

/*
 * Whether the blocks were given back. That the device has another pool is not
 * required: the RFC leaves it the one it had. If swiotlb_free_block() is not
 * seen because the compiler inlined it, the parent's list says it.
 */
static __always_inline bool gave_back(__u64 dev,
				      const struct block_free *record)
{
	return record->given_back || layout_device_mem(dev) != record->mem ||
	       listed_free(record->parent, record->start);
}

static __always_inline void free_ends(__u64 place)
{
	struct block_count_record *count = counts();
	struct block_free *kept = free_find(place, 0), record = {};
	struct call_record call;

	/* Before the call's place is given to another one. */
	if (kept)
		record = *kept;
	if (!call_ends(bpf_get_current_task(), place, &call) || !count ||
	    !record.mem || !gave_back(call.dev, &record))
		return;
	count->releases++;
	count->release_blocks += record.slots / TLB_BLOCK_SLOTS;
	bpf_map_delete_elem(&owners, &record.start);
}

SEC("fexit/swiotlb_device_allocate")
int BPF_PROG(allocate_fexit, void *dev, unsigned int area_num,
	     unsigned long size, int ret)
{
	allocate_ends(ctx, FEXIT_FRAMES, (__u64)dev, size, ret);
	return 0;
}

SEC("kprobe/swiotlb_device_allocate")
int BPF_KPROBE(allocate_kprobe, void *dev, unsigned int area_num,
	       unsigned long size)
{
	call_begins(CALL_ENTERED(ctx), CALL_ENTERED(ctx), (__u64)dev, 0, size);
	return 0;
}

SEC("kretprobe/swiotlb_device_allocate")
int BPF_KRETPROBE(allocate_kretprobe, int ret)
{
	struct call_record call;

	if (call_ends(CALL_RETURNED(ctx), CALL_RETURNED(ctx), &call))
		allocate_ends(ctx, 0, call.dev, call.value, ret);
	return 0;
}

/* The context of fentry and of fexit is the same place on the call's stack. */
SEC("fentry/swiotlb_device_free")
int BPF_PROG(free_fentry, void *dev)
{
	free_begins((__u64)ctx, (__u64)dev);
	return 0;
}

SEC("fexit/swiotlb_device_free")
int BPF_PROG(free_fexit, void *dev)
{
	free_ends((__u64)ctx);
	return 0;
}

SEC("kprobe/swiotlb_device_free")
int BPF_KPROBE(free_kprobe, void *dev)
{
	free_begins(CALL_ENTERED(ctx), (__u64)dev);
	return 0;
}

SEC("kretprobe/swiotlb_device_free")
int BPF_KRETPROBE(free_kretprobe)
{
	free_ends(CALL_RETURNED(ctx));
	return 0;
}

SEC("fexit/swiotlb_alloc_block")
int BPF_PROG(inner_alloc_fexit, void *mem, unsigned int block_num, void *ret)
{
	struct block_count_record *count = counts();

	if (count && ret)
		count->inner_allocated += block_num;
	return 0;
}

SEC("fentry/swiotlb_free_block")
int BPF_PROG(inner_free_fentry, void *mem, __u64 start, unsigned int block_num)
{
	struct block_free *record = free_find(0, start);
	struct block_count_record *count = counts();

	if (count)
		count->inner_freed += block_num;
	if (record)
		record->given_back = true;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

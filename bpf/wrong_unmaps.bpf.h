/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WRONG_UNMAPS_BPF_H
#define WRONG_UNMAPS_BPF_H

/*
 * Unmaps that are wrong: of a slot that is free, by another device than the one
 * that mapped, or of another size. All of this is off the fast path, which has
 * found device or size to differ.
 */

#include "shadow.bpf.h"

/* What judge_unmap() says of an unmap that is right. */
#define WRONG_NOT WRONG_KINDS

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WRONG_UNMAPS_MAX);
	__type(key, struct wrong_unmap_key);
	__type(value, struct wrong_unmap_record);
} wrong_unmaps SEC(".maps");

HASH_TABLE_PROGRAM(wrong_unmaps, struct wrong_unmap_key,
		   struct wrong_unmap_record);

/**
 * struct unmap - the arguments of an unmap
 * @dev: the device
 * @address: in the pool
 * @size: bytes; 0 = the hook is not told, or it does not matter
 * @attributes: DMA_ATTR_*; 0 likewise
 */
struct unmap {
	__u64 dev;
	__u64 address;
	__u64 size;
	__u64 attributes;
};

/* The descriptor of the pool of a range; 0 = none has it. A global function. */
__noinline __u64 range_desc(__u64 address)
{
	for (__u32 i = 0; i < SHADOW_RANGES_MAX; i++) {
		if (!ranges[i].bytes)
			break;
		if (address - ranges[i].start < ranges[i].bytes)
			return ranges[i].desc;
	}
	return 0;
}

/* layout_read_pool() as a global function */
__noinline int read_pool(__u64 desc, struct pool_record *pool)
{
	return pool && layout_read_pool(desc, pool);
}

/*
 * The pool whose slots the kernel looks at: a device's own pool lies inside the
 * one that it was carved from, and only the device tells them apart.
 */
static __always_inline bool find_pool(const struct unmap *unmap,
				      struct pool_record *pool)
{
	__u64 mem = layout_device_mem(unmap->dev);

	if (mem && read_pool(layout_mem_desc(mem), pool) &&
	    unmap->address - pool->start < pool->end - pool->start)
		return true;
	return read_pool(range_desc(unmap->address), pool) &&
	       unmap->address - pool->start < pool->end - pool->start;
}

/*
 * Whether the kernel lists the slot as free. A mapping that is unmapped rightly
 * has its slot until after this hook. A global function as well.
 */
__noinline int slot_is_free(const struct unmap *unmap)
{
	__u8 slot[LAYOUT_SLOT_MAX] = {};
	struct pool_record pool = {};
	__u64 index;

	if (!unmap || !find_pool(unmap, &pool))
		return false;
	index = (unmap->address - pool.start) >> TLB_SHIFT;
	return !bpf_probe_read_kernel(slot, layout_slot_bytes(),
				      (void *)(pool.slots_addr +
					       index * layout_slot_bytes())) &&
	       layout_slot_list(slot) && !layout_slot_alloc_size(slot);
}

/*
 * A device that is gone has lost its address: what it leaves behind and unmaps
 * late is taken for its own.
 *
 * @mapped: the mapping's record, of device 0 when there is none
 *
 * Return: WRONG_*, the first that applies, or WRONG_NOT
 */
static __always_inline __u32 judge_unmap(const struct unmap *unmap,
					 const struct shadow_record *mapped)
{
	bool known = SHADOW_IS_KNOWN(mapped->device);
	bool same_device =
		mapped->device == unmap->dev || (known && mapped->device & 1);
	bool same_size = !unmap->size || mapped->size == unmap->size;

	if (known && same_device && same_size)
		return WRONG_NOT;
	if (slot_is_free(unmap))
		return WRONG_TWICE;
	if (!known)
		return WRONG_NOT;
	return same_device ? WRONG_SIZE : WRONG_DEVICE;
}

static __noinline int count_untold(void)
{
	struct mapping_cpu_record *cpu = this_cpu();

	if (cpu)
		cpu->untold++;
	return 0;
}

/* Names are taken here, for either device may be gone when they are shown. */
static __noinline int tell_first(const struct wrong_unmap_key *key,
				 const struct unmap *unmap, __u64 mapped_bytes)
{
	struct wrong_unmap_record first = {
		.count = 1,
		.address = unmap->address,
		.mapped_bytes = mapped_bytes,
		.unmapped_bytes = unmap->size,
	};

	layout_device_name(key->device, first.device.name);
	if (key->mapped_by)
		layout_device_name(key->mapped_by, first.mapped_by.name);
	return bpf_map_update_elem(&wrong_unmaps, key, &first, BPF_NOEXIST);
}

static __always_inline bool tell_again(const struct wrong_unmap_key *key)
{
	struct wrong_unmap_record *told =
		bpf_map_lookup_elem(&wrong_unmaps, key);

	if (told)
		__sync_fetch_and_add(&told->count, 1);
	return told;
}

/*
 * The device that unmaps is the one that is counted. A global function as well.
 *
 * @stack: index in the table of stacks; negative = none
 */
__noinline int count_wrong(const struct unmap *unmap,
			   const struct shadow_record *mapped, __u32 kind,
			   __s32 stack)
{
	bool known = kind != WRONG_TWICE;
	struct wrong_unmap_key key = {
		.kind = kind,
		.stack = stack < 0 ? -1 : stack,
	};
	struct device_record *record;

	if (!unmap || !mapped)
		return 0;
	key.device = unmap->dev;
	key.mapped_by = known ? mapped->device : 0;
	record = device_of(unmap->dev);
	/* The compiler, which knows it, would leave out the check. */
	barrier_var(kind);
	if (record && kind < WRONG_KINDS)
		record->wrong[kind]++;
	/* Another CPU may have told the first one meanwhile. */
	if (!tell_again(&key) &&
	    tell_first(&key, unmap, known ? mapped->size : 0) &&
	    !tell_again(&key))
		count_untold();
	return 0;
}

#endif

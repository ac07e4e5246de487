/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHADOW_BPF_H
#define SHADOW_BPF_H

/*
 * A record for each live mapping, written at the map and read at the unmap. It
 * is in the shadow, at the index of the mapping's first slot, or in a hash
 * table by address (the overflow table) if that slot has no shadow.
 */

#include "mapping_devices.bpf.h"
#include "order.bpf.h"

/* For assembly: the text of a number that a header defines. */
#define CONSTANT_TEXT(number) #number
#define CONSTANT(number)      CONSTANT_TEXT(number)

/* All ranges, the default pool's first. Written by the loader. */
struct shadow_range ranges[SHADOW_RANGES_MAX];

/* Records of the shadow. Set before the load. */
const volatile __u32 shadow_slots;

/*
 * One entry that has all records; the loader sets its size. So the address of
 * the first record can be written into an instruction, and no helper call has
 * to look up a record.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct shadow_record);
} shadow SEC(".maps");

/*
 * The overflow table, by address of the first slot. Preallocated: when a pool
 * is full, all new mappings come here at once, faster than a program could
 * allocate memory.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, OVERFLOW_FEW); /* OVERFLOW_MAX where pools grow */
	__type(key, __u64);
	__type(value, struct shadow_record);
} overflow SEC(".maps");

HASH_TABLE_PROGRAM(overflow, __u64, struct shadow_record);

/*
 * For the fast path: the first range. The loader writes its start and size, and
 * the shadow's address, into the instructions, so that nothing is loaded or
 * looked up.
 *
 * Return: the record of the slot at @address; NULL = outside the first range
 */
static __always_inline struct shadow_record *fast_shadow_of(__u64 address)
{
	struct shadow_record *entry;
	__u64 start, slot;

	asm volatile("%0 = " CONSTANT(FAST_START) " ll" : "=r"(start));
	slot = (address - start) >> TLB_SHIFT;
	asm volatile goto("if %0 >= " CONSTANT(FAST_SLOTS) " goto %l[outside]"
			  :
			  : "r"(slot)
			  :
			  : outside);
	/*
	 * One asm block, so that the register that was compared is the one that
	 * is added: only for that does the verifier know the bound.
	 */
	asm volatile("%0 = " CONSTANT(FAST_SHADOW) " ll; %1 *= %2; %0 += %1"
		     : "=&r"(entry), "+r"(slot)
		     : "i"(sizeof(*entry)));
	/* Never NULL. The compiler does not know, and a check costs two
	 * instructions.
	 */
	if (!entry)
		__builtin_unreachable();
	return entry;
outside:
	return NULL;
}

/* Return: a record of the shadow; NULL beyond its end */
static __always_inline struct shadow_record *shadow_at(__u64 index)
{
	__u32 zero = 0;
	struct shadow_record *first = bpf_map_lookup_elem(&shadow, &zero);

	if (!first || index >= shadow_slots)
		return NULL;
	/* Keeps the compiler from multiplying another copy than it compared. */
	barrier_var(index);
	return first + index;
}

#define OUTSIDE (~0ull)

/*
 * A global function, so that the verifier goes through its loop once, and does
 * not continue from each of its ends.
 *
 * Return: index of the record of the slot at @address; OUTSIDE all ranges
 */
__noinline __u64 shadow_index(__u64 address)
{
	for (__u32 i = 0; i < SHADOW_RANGES_MAX; i++) {
		__u64 offset = address - ranges[i].start;

		if (!ranges[i].bytes)
			break;
		if (offset < ranges[i].bytes)
			return ranges[i].base + (offset >> TLB_SHIFT);
	}
	return OUTSIDE;
}

/* Return: the record of the slot at @address; NULL = outside all ranges */
static __noinline struct shadow_record *shadow_of(__u64 address)
{
	return shadow_at(shadow_index(address));
}

static __noinline int count_outside(void)
{
	struct mapping_cpu_record *cpu = this_cpu();

	if (cpu)
		cpu->outside++;
	return 0;
}

static __always_inline __u64 overflow_key(__u64 address)
{
	return address & ~(TLB_SLOT_BYTES - 1ull);
}

/* What the copy at map has left at the slot of a mapping. */
static __always_inline void end_copy(const struct shadow_record *left,
				     const struct shadow_record *mapping)
{
	if (left->device == SHADOW_COPIED &&
	    mapping->direction == DMA_FROM_DEVICE)
		count_redundant(mapping->device, mapping->size, left->at);
}

/* Adds a record to the overflow table, as write_record() to the shadow. */
static __noinline int add_overflow(const struct shadow_record *mapping,
				   __u64 address)
{
	struct shadow_record *old;
	__u64 key = overflow_key(address);

	if (!mapping)
		return 0;
	old = bpf_map_lookup_elem(&overflow, &key);
	if (old && SHADOW_IS_KNOWN(old->device))
		count_replaced(old->device, old->size);
	else if (old)
		end_copy(old, mapping);
	if (bpf_map_update_elem(&overflow, &key, mapping, BPF_ANY))
		count_outside();
	return 0;
}

/*
 * The device is written last, because it makes the record valid: a reader finds
 * either no record or a complete one.
 */
static __always_inline int write_record(struct shadow_record *entry,
					const __u64 *dev, const __u64 *size,
					__u64 now)
{
	entry->size = *size;
	entry->at = now;
	store_last(&entry->device, *dev);
	return 0;
}

#endif

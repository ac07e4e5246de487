/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_AUDIT_H
#define SWIOTLB_AUDIT_H

#include "base.h"

/* What one call of a program in audit.bpf.c can return at most. */
#define AUDIT_SEGMENTS 16u
#define AUDIT_AREAS    256u

/**
 * struct slot_record - what the kernel keeps about a slot
 * @orig_addr: physical address of what it bounces; ~0 = none
 * @alloc_size: bytes from this slot to the end of its mapping
 * @list: run length; 0 = taken
 * @pad_slots: slots of its mapping that are before the one with the address; 0
 *	where the kernel does not keep that
 */
struct slot_record {
	__u64 orig_addr;
	__u64 alloc_size;
	__u32 list;
	__u32 pad_slots;
};

RECORD_SIZE(struct slot_record, 24);

/** struct segment_slots - those of a segment; the last one may not be whole */
struct segment_slots {
	struct slot_record slot[TLB_SEGMENT_SLOTS];
};

RECORD_SIZE(struct segment_slots, 3072);

/**
 * struct slots_request - context of read_slots; results in audited_slots[]
 * @slots_addr: slots[] of the pool
 * @slots: entries in it
 * @first: first segment
 * @count: how many, at most AUDIT_SEGMENTS
 * @done: out: segments read
 * @has_padding: out: the kernel keeps pad_slots
 */
struct slots_request {
	__u64 slots_addr;
	__u64 slots;
	__u32 first;
	__u32 count;
	__u32 done;
	__u32 has_padding;
};

RECORD_SIZE(struct slots_request, 32);

/* struct area_record.members: which of the others the kernel has */
#define AREA_HAS_INDEX	     1u
#define AREA_HAS_AREA_INDEX  2u
#define AREA_HAS_BLOCK_INDEX 4u

/**
 * struct area_record - what the kernel keeps about an area, beside its counter
 * @members: AREA_HAS_*
 * @index: slot of the area where the next search begins
 * @area_index: its own place in the pool
 * @block_index: block of the area where the next search for blocks begins
 */
struct area_record {
	__u32 members;
	__u32 index;
	__u32 area_index;
	__u32 block_index;
};

RECORD_SIZE(struct area_record, 16);

/**
 * struct hints_request - context of read_hints; results in audited_areas[]
 * @areas_addr: areas[] of the pool
 * @first: first area
 * @count: how many, at most AUDIT_AREAS
 * @done: out: areas read
 * @pad: zero
 */
struct hints_request {
	__u64 areas_addr;
	__u32 first;
	__u32 count;
	__u32 done;
	__u32 pad;
};

RECORD_SIZE(struct hints_request, 24);

#endif

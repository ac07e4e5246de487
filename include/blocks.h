/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_BLOCKS_H
#define SWIOTLB_BLOCKS_H

#include "tables.h"

/* Allocations that can be remembered at once; more are counted as loss. */
#define BLOCK_OWNERS_MAX 4096u

/* Blocks that the search for room visits when an allocation fails: 8 GiB. */
#define BLOCK_ROOM_MAX 4096u

/**
 * struct block_owner_record - one live allocation, by the physical address of
 *	its first slot
 * @device_addr: the device
 * @at: when, CLOCK_MONOTONIC
 * @bytes: as the child pool has it
 * @areas: areas of the child pool
 * @pad: zero
 * @device: dev_name()
 * @stack: the caller of swiotlb_device_allocate()
 */
struct block_owner_record {
	__u64 device_addr;
	__u64 at;
	__u64 bytes;
	__u32 areas;
	__u32 pad;
	char device[RECORD_NAME_LEN];
	struct call_stack stack;
};

RECORD_SIZE(struct block_owner_record, 288);

/**
 * struct block_count_record - one CPU's counts
 * @requests: swiotlb_device_allocate() that succeeded
 * @releases: swiotlb_device_free() that gave a pool back
 * @failed: swiotlb_device_allocate() that failed
 * @failed_with_room: of these, with a long enough run of free blocks
 * @request_blocks: blocks of @requests
 * @release_blocks: blocks of @releases
 * @inner_allocated: blocks taken by swiotlb_alloc_block()
 * @inner_freed: blocks given to swiotlb_free_block()
 * @lost_owner: allocations that did not fit the table of owners
 * @lost_call: calls whose begin or end was missed
 */
struct block_count_record {
	__u64 requests;
	__u64 releases;
	__u64 failed;
	__u64 failed_with_room;
	__u64 request_blocks;
	__u64 release_blocks;
	__u64 inner_allocated;
	__u64 inner_freed;
	__u64 lost_owner;
	__u64 lost_call;
} CPU_RECORD;

RECORD_SIZE(struct block_count_record, 128);

#endif

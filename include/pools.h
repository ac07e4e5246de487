/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_POOLS_H
#define SWIOTLB_POOLS_H

#include "base.h"

/* What one call of a program in pools.bpf.c can return at most. */
#define POOLS_MAX    2048u
#define AREAS_CHUNK  1024u
#define BLOCKS_CHUNK 1024u
/* Devices that one call visits: as short as what 64 segments take. */
#define DEVICES_CHUNK 2048u
/*
 * Of POOLS_MAX, kept for pools that are not transient: of those there may be
 * more than there is room for.
 */
#define LASTING_POOLS 1024u
/* 64 segments are 16 MiB of pool: short enough not to hold up a CPU. */
#define SEGMENTS_CHUNK 64u

/* struct pool_record.kind */
#define POOL_RECORD_DEFAULT   0u
#define POOL_RECORD_OWN	      1u /* of a device: restricted or device pool */
#define POOL_RECORD_DYNAMIC   2u
#define POOL_RECORD_TRANSIENT 3u

/* Of a counter that the kernel does not have. */
#define POOL_COUNT_UNKNOWN (~0ull)

/**
 * struct pool_record - a pool as found in kernel memory
 * @desc: address of its descriptor (io_tlb_mem, from 6.6 io_tlb_pool)
 * @start: first physical address
 * @end: one past the last
 * @slots_addr: kernel address of slots[]
 * @areas_addr: of areas[]
 * @blocks_addr: of block[]; 0 = the kernel has none
 * @parent: address of the descriptor of the pool it was carved from; 0 = none,
 *	or the kernel does not say (the RFC never does)
 * @slots: entries in slots[]
 * @total_used: slots taken of this pool and those that were added to it, by the
 *	kernel's own count; POOL_COUNT_UNKNOWN = the kernel does not say
 * @used_hiwater: the most that were taken since boot, likewise
 * @transient_slots: slots of live pools that were made for one mapping each,
 *	likewise
 * @areas: entries in areas[]
 * @area_slots: slots in an area
 * @area_blocks: blocks in an area
 * @kind: POOL_RECORD_*
 * @dev: address of the device it was found at; 0 for the default pool and
 *	those added to it
 * @device: its dev_name(); "" likewise
 */
struct pool_record {
	__u64 desc;
	__u64 dev;
	__u64 start;
	__u64 end;
	__u64 slots_addr;
	__u64 areas_addr;
	__u64 blocks_addr;
	__u64 parent;
	__u64 slots;
	__u64 total_used;
	__u64 used_hiwater;
	__u64 transient_slots;
	__u32 areas;
	__u32 area_slots;
	__u32 area_blocks;
	__u32 kind;
	char device[RECORD_NAME_LEN];
};

RECORD_SIZE(struct pool_record, 176);

/* struct layout_record.layout */
#define LAYOUT_NONE 0u /* no swiotlb in this kernel */
#define LAYOUT_V518 1u /* one lock, no areas (before 6.0) */
#define LAYOUT_RFC  2u /* num_areas (the RFC of April 2022) */
#define LAYOUT_V60  3u /* nareas in io_tlb_mem (6.0 to 6.5) */
#define LAYOUT_V66  4u /* io_tlb_pool (6.6 and later) */

/**
 * struct roots_request - context of find_roots
 * @devices_fd: /sys/devices, open; ~0 = it could not be opened
 * @cpu_fd: /sys/devices/system/cpu, likewise: a device that maps nothing, and
 *	so never has a pool of its own
 * @default_mem: out: address of io_tlb_default_mem; 0 = not known
 * @devices_kset: out: address of the kset of all devices; 0 = not known
 */
struct roots_request {
	__u32 devices_fd;
	__u32 cpu_fd;
	__u64 default_mem;
	__u64 devices_kset;
};

RECORD_SIZE(struct roots_request, 24);

/**
 * struct pools_request - context of find_pools
 *
 * It finds the default pool and those that were added to it.
 *
 * @layout: out: LAYOUT_*
 * @has_blocks: out: the kernel's pools have a block list
 * @has_dynamic: out: the kernel has dynamic pools (SWIOTLB_DYNAMIC)
 * @can_grow: out: and adds them to the default pool when that is full
 * @lock_offset: out: offset of the lock in an area (or in the pool, V518)
 * @area_bytes: out: size of an area
 * @slot_bytes: out: size of what the kernel keeps about a slot
 * @found: out: pools stored in found_pools
 * @too_many: out: pools that did not fit
 * @torn: out: a list changed under the walk; ask again
 * @default_mem: as find_roots gave it
 */
struct pools_request {
	__u32 layout;
	__u32 has_blocks;
	__u32 has_dynamic;
	__u32 can_grow;
	__u32 lock_offset;
	__u32 area_bytes;
	__u32 found;
	__u32 too_many;
	__u32 torn;
	__u32 slot_bytes;
	__u64 default_mem;
};

RECORD_SIZE(struct pools_request, 48);

/**
 * struct devices_request - context of walk_devices and revisit_devices
 *
 * They add the pools that devices have of their own, one of them piece by piece
 * for all devices, the other for those in known_devices.
 *
 * @default_mem: as find_roots gave it
 * @devices_kset: likewise
 * @node: where walk_devices goes on; 0 = at the first device
 * @count: devices to visit, at most DEVICES_CHUNK or, in known_devices,
 *	POOLS_MAX
 * @found: pools in found_pools, before and after
 * @too_many: pools that did not fit, likewise
 * @ended: out: all devices have been visited
 * @torn: out: a list changed under the walk; begin anew
 * @visited: out: devices visited by this call
 */
struct devices_request {
	__u64 default_mem;
	__u64 devices_kset;
	__u64 node;
	__u32 count;
	__u32 found;
	__u32 too_many;
	__u32 ended;
	__u32 torn;
	__u32 visited;
};

RECORD_SIZE(struct devices_request, 48);

/**
 * struct areas_request - context of read_areas and read_locks; results in
 *	area_used[] and lock_states[]
 * @areas_addr: areas[] of the pool (the descriptor itself, V518)
 * @first: first area
 * @count: how many, at most AREAS_CHUNK
 * @done: out: areas read
 */
struct areas_request {
	__u64 areas_addr;
	__u32 first;
	__u32 count;
	__u32 done;
	__u32 pad;
};

RECORD_SIZE(struct areas_request, 24);

/* Whether a spinlock is taken, in lock_states[] and struct area_reading */
#define LOCK_FREE    0u
#define LOCK_TAKEN   1u
#define LOCK_UNKNOWN 2u

/**
 * struct segments_request - context of read_segments; results in segments[]
 * @slots_addr: slots[] of the pool
 * @slots: entries in it
 * @first: first segment
 * @count: how many, at most SEGMENTS_CHUNK
 * @done: out: segments read
 */
struct segments_request {
	__u64 slots_addr;
	__u64 slots;
	__u32 first;
	__u32 count;
	__u32 done;
	__u32 pad;
};

RECORD_SIZE(struct segments_request, 32);

/**
 * struct segment_record - what the slots of one segment say
 * @begins: a bit for each slot that a mapping begins at (a mapping never
 *	leaves its segment); in 64s, lowest first. Held slots are none where
 *	pools have blocks
 * @taken: a bit for each slot taken
 * @list_errors: run lengths that contradict their neighbour
 * @held: taken slots that look as a block leaves them: one slot long each,
 *	without an original address; 0 where pools have no blocks
 * @longest: longest run length; 0 where there are no list errors
 */
struct segment_record {
	__u64 begins[2];
	__u64 taken[2];
	__u32 list_errors;
	__u32 held;
	__u32 longest;
	__u32 pad;
};

RECORD_SIZE(struct segment_record, 48);

/* In a word of block_runs, beside the run length: its allocation is recorded.
 */
#define BLOCK_RECORDED (1ull << 32)

/**
 * struct blocks_request - context of read_blocks; results in block_runs[]
 * @blocks_addr: block[] of the pool
 * @first: first block
 * @count: how many, at most BLOCKS_CHUNK
 * @done: out: blocks read
 */
struct blocks_request {
	__u64 blocks_addr;
	__u32 first;
	__u32 count;
	__u32 done;
	__u32 pad;
};

RECORD_SIZE(struct blocks_request, 24);

#endif

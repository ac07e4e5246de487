/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_MAPPINGS_H
#define SWIOTLB_MAPPINGS_H

#include "tables.h"

/*
 * What is remembered of a live mapping stands in a shadow: an array with one
 * record a slot, found by index, at the mapping's first slot. A device pool
 * lies inside the pool it was carved from and shares its shadow.
 */

/*
 * A mapping outside all shadows has its record in a table instead: transient
 * pools live as long as one mapping, dynamic ones are found a moment late.
 */
#define OVERFLOW_MAX 16384u
#define OVERFLOW_FEW 256u

/* Ranges of physical memory that have a shadow. */
#define SHADOW_RANGES_MAX 64u

/*
 * Records of all shadows: 16 GiB of pools. A loop may visit as many
 * (BPF_MAX_LOOPS, 5.17), and the last one's offset is well below the 512 MiB
 * that the verifier allows (BPF_MAX_VAR_OFF).
 */
#define SHADOW_SLOTS_MAX (1u << 23)

/**
 * struct shadow_range - a pool whose slots have shadow records
 * @start: first physical address
 * @bytes: how many from there on; 0 ends the list
 * @base: index of the first slot's record
 * @desc: the pool's descriptor, as in pool_record
 */
struct shadow_range {
	__u64 start;
	__u64 bytes;
	__u64 base;
	__u64 desc;
};

RECORD_SIZE(struct shadow_range, 32);

/*
 * Placeholders in the instructions of the fast path, which the loader replaces
 * by the first range's start and number of slots, and by the shadow's address.
 */
#define FAST_START  0x736c6f7473307374
#define FAST_SLOTS  0x736c6f74
#define FAST_SHADOW 0x736c6f7473686477

/* struct shadow_record.device: mapped before the session began */
#define SHADOW_BEFORE 1ull

/*
 * struct shadow_record.device: the copy at map has been made, and took so many
 * ns as .at says; the map itself has not returned. Only at level bounces.
 */
#define SHADOW_COPIED 2ull

/* Whether a record is that of a mapping whose device is known. */
#define SHADOW_IS_KNOWN(device) ((device) > SHADOW_COPIED)

/*
 * The counters of a device that is gone are kept under an odd number, so that
 * another device at its address starts with none.
 */
#define DEVICE_GONE_FIRST 3ull
#define DEVICE_GONE_STEP  2ull

/**
 * struct shadow_record - a live mapping, at its first slot
 * The fast path leaves what follows @size as it was: @stack counts with stacks
 * only, @direction and @synced at level bounces only.
 *
 * @device: address of the device; 0 = none, or SHADOW_BEFORE, SHADOW_COPIED
 * @at: when it was mapped, CLOCK_MONOTONIC
 * @size: bytes mapped
 * @stack: index in the table of stacks; negative = none
 * @direction: enum dma_data_direction
 * @synced: it has been synced since it was mapped
 */
struct shadow_record {
	__u64 device;
	__u64 at;
	__u32 size;
	__s16 stack;
	__u8 direction;
	__u8 synced;
};

RECORD_SIZE(struct shadow_record, 24);

/* Indices of struct device_record.failures: enum failure_cause. */
#define FAIL_OVERSIZE	0u
#define FAIL_ALIGNMENT	1u
#define FAIL_FRAGMENTED 2u
#define FAIL_EXHAUSTED	3u
#define FAIL_REACH	4u
#define FAIL_KIND	5u
#define FAIL_NO_POOL	6u
#define FAIL_DISABLED	7u
#define FAIL_CAUSES	8u

/* Indices of struct device_record.wrong: enum wrong_unmap. */
#define WRONG_DEVICE 0u
#define WRONG_TWICE  1u
#define WRONG_SIZE   2u
#define WRONG_KINDS  3u

/* Indices of struct device_record.copies: enum copy_kind. */
#define COPY_AT_MAP	 0u
#define COPY_AT_SYNC	 1u
#define COPY_FROM_DEVICE 2u
#define COPY_KINDS	 3u

/**
 * struct copies_record - copies between buffers and slots
 * @count: how many
 * @bytes: copied
 * @ns: time it took
 */
struct copies_record {
	__u64 count;
	__u64 bytes;
	__u64 ns;
};

RECORD_SIZE(struct copies_record, 24);

/* The device of record 0, which is nobody's. */
#define DEVICE_NOBODY (~0ull)

/* Records of devices in the table of a CPU; more_devices has further ones. */
#define DEVICES_BITS   7u
#define DEVICES_MAX    (1u << DEVICES_BITS)
#define DEVICES_PROBES 8u

/**
 * struct device_record - what one CPU saw of one device
 *
 * A mapping is counted when it ends: its record then has all there is to count,
 * and a map stays cheap. Live mappings are in the shadow. The number of
 * mappings whose map and unmap were seen is the sum of @lifetime.
 *
 * @device: its address; 0 = unused record
 * @ended_before: mappings that ended and were made before the session
 * @ended_unseen: mappings that ended and were not seen to begin
 * @replaced: mappings whose end was missed: their slot was mapped again, or
 * their pool has gone
 * @syncs: calls that sync
 * @bytes: of those that ended, and of @replaced
 * @copies: by COPY_*
 * @redundant: those of COPY_AT_MAP for mappings that the device only writes
 * @failures: by FAIL_*
 * @wrong: unmaps by it that were wrong, by WRONG_*
 * @lifetime: of those that ended, in ns
 * @size: of those that ended, and of @replaced, in bytes
 * @pad: zero; where a byte leads that is added to @size, for the verifier
 */
struct device_record {
	__u64 device;
	__u64 ended_before;
	__u64 ended_unseen;
	__u64 replaced;
	__u64 syncs;
	__u64 bytes;
	struct copies_record copies[COPY_KINDS];
	struct copies_record redundant;
	__u64 failures[FAIL_CAUSES];
	__u64 wrong[WRONG_KINDS];
	struct histogram_record lifetime;
	struct histogram_record size;
	__u64 pad;
};

RECORD_SIZE(struct device_record, 752);

/**
 * struct cpu_devices - what one CPU saw, by hash of the device's address
 * @device: the records; the last one is of devices that found no place in
 *	more_devices either
 */
struct cpu_devices {
	struct device_record device[DEVICES_MAX + 1];
} CPU_RECORD;

RECORD_SIZE(struct cpu_devices, 97024);

/* Records in more_devices, one a CPU that counted; then loss. */
#define MORE_DEVICES_MAX 8192u

/**
 * struct device_key - a record of a device that is gone, or that found no place
 *	in the table of a CPU
 * @device: its address; an odd number if it is gone
 * @cpu: who counted
 */
struct device_key {
	__u64 device;
	__u64 cpu;
};

RECORD_SIZE(struct device_key, 16);

/**
 * struct device_name_record - a device's name, taken when first seen, so that
 *	it outlives the device
 */
struct device_name_record {
	char name[RECORD_NAME_LEN];
};

RECORD_SIZE(struct device_name_record, 64);

/* Refusals that are told apart by size; each further one is counted alone. */
#define REFUSALS_MAX 1024u

/**
 * struct refusal_key - refused requests that are told as one
 * @device: who asked
 * @cause: FAIL_*
 * @bucket: sizes from 1 << bucket on, up to the next power of two
 */
struct refusal_key {
	__u64 device;
	__u32 cause;
	__u32 bucket;
};

RECORD_SIZE(struct refusal_key, 16);

/* struct refusal_record.alloc_align_mask: the hook does not see it */
#define ALLOC_ALIGN_UNKNOWN (~0ull)

/**
 * struct refusal_record - how often, and what the first one was
 * @count: how often
 * @differing: of these, how many were of another size than @size
 * @size: bytes asked for, by the first one like all that follows
 * @limit: bytes that the device can map at once at most
 * @min_align_mask: low bits of an address that the device wants kept
 * @alloc_align_mask: alignment that an IOMMU asks for, minus 1; 0 = none, or
 *	ALLOC_ALIGN_UNKNOWN
 * @boundary_mask: a mapping must not cross a multiple of it plus 1
 * @reach: highest bus address of the device: mask and limit of its bus
 * @device: name of the device, which may be gone by now
 */
struct refusal_record {
	__u64 count;
	__u64 differing;
	__u64 size;
	__u64 limit;
	__u64 min_align_mask;
	__u64 alloc_align_mask;
	__u64 boundary_mask;
	__u64 reach;
	struct device_name_record device;
};

RECORD_SIZE(struct refusal_record, 128);

/* Wrong unmaps that are told apart; each further one is counted alone. */
#define WRONG_UNMAPS_MAX 256u

/**
 * struct wrong_unmap_key - unmaps that are told as one
 * @device: who unmapped
 * @mapped_by: the device that had mapped; 0 = unknown
 * @kind: WRONG_*
 * @stack: from where, index in the table of stacks; negative = unknown
 */
struct wrong_unmap_key {
	__u64 device;
	__u64 mapped_by;
	__u32 kind;
	__s32 stack;
};

RECORD_SIZE(struct wrong_unmap_key, 24);

/**
 * struct wrong_unmap_record - how often, and what the first one was
 * @count: how often
 * @address: what was unmapped, in the pool
 * @mapped_bytes: as much had been mapped; 0 = unknown
 * @unmapped_bytes: as much was unmapped; 0 = unknown
 * @device: name of who unmapped, which may be gone by now
 * @mapped_by: name of who had mapped
 */
struct wrong_unmap_record {
	__u64 count;
	__u64 address;
	__u64 mapped_bytes;
	__u64 unmapped_bytes;
	struct device_name_record device;
	struct device_name_record mapped_by;
};

RECORD_SIZE(struct wrong_unmap_record, 160);

/**
 * struct device_request - context of read_device
 * @device: address of the device
 * @pool: out: descriptor of the pool it maps in first, as in pool_record
 * @reaches_all: out: it reaches the memory of all pools that have a shadow, or
 *	something translates for it
 * @name: out: its name
 */
struct device_request {
	__u64 device;
	__u64 pool;
	__u64 reaches_all;
	struct device_name_record name;
};

RECORD_SIZE(struct device_request, 88);

/**
 * struct unreached_request - context of collect_unreached
 * @address: of a slot that has a record of a device that may not reach it
 */
struct unreached_request {
	__u64 address;
};

RECORD_SIZE(struct unreached_request, 8);

/**
 * struct overflow_request - context of collect_overflow
 * @address: key of a record outside all shadows, whose pool is gone
 * @at: when it was made: a newer one is left
 */
struct overflow_request {
	__u64 address;
	__u64 at;
};

RECORD_SIZE(struct overflow_request, 16);

/**
 * struct page_array_request - context of find_page_array
 * @page_array: out: where the array of struct page begins; 0 = unknown
 * @whole: out: it has the pages of all memory
 */
struct page_array_request {
	__u64 page_array;
	__u64 whole;
};

RECORD_SIZE(struct page_array_request, 16);

/**
 * struct file_page_request - context of find_file_page
 * @page: out: struct page of the only page of a file; 0 = unknown
 * @fd: in: the file
 * @page_bytes: out: size of struct page
 */
struct file_page_request {
	__u64 page;
	__u32 fd;
	__u32 page_bytes;
};

RECORD_SIZE(struct file_page_request, 16);

/* Mappings whose memory one call of find_freed looks at. */
#define FREED_CHUNK 1024u

/**
 * struct mapped_memory - what lies behind a live mapping
 * @slot: in: its first slot, in the pool
 * @orig_addr: out, where @freed: physical address of what is bounced
 * @alloc_size: out, where @freed: struct io_tlb_slot.alloc_size of its first
 *	slot
 * @freed: out: 1 = the page at @orig_addr is free
 */
struct mapped_memory {
	__u64 slot;
	__u64 orig_addr;
	__u64 alloc_size;
	__u64 freed;
};

RECORD_SIZE(struct mapped_memory, 32);

/**
 * struct freed_request - context of find_freed; results in mapped_memory[]
 * @slots_addr: slots[] of the pool
 * @count: how many entries of mapped_memory, at most FREED_CHUNK
 * @done: out: entries filled in; 0 when the array of pages is not known
 * @found: out: of these, how many are freed
 */
struct freed_request {
	__u64 slots_addr;
	__u32 count;
	__u32 done;
	__u64 found;
};

RECORD_SIZE(struct freed_request, 24);

/* Mappings that one call of find_unsynced compares. */
#define UNSYNCED_CHUNK 128u

/**
 * struct compared_memory - a live mapping whose buffer is compared with its
 *	slots
 * @slot: in: its first slot, in the pool
 * @device: in: address of its device
 * @bytes: in: bytes mapped
 * @orig_addr: out: physical address of what is bounced; ~0 = none
 * @alloc_size: out: struct io_tlb_slot.alloc_size of its first slot
 * @differs: out: 1 = they differ
 */
struct compared_memory {
	__u64 slot;
	__u64 device;
	__u64 bytes;
	__u64 orig_addr;
	__u64 alloc_size;
	__u64 differs;
};

RECORD_SIZE(struct compared_memory, 48);

/**
 * struct unsynced_request - context of find_unsynced
 * @desc: the pool, as in pool_record
 * @slots_addr: its slots[]
 * @start: its first physical address
 * @vaddr: set by the program: the kernel's address of the same
 * @count: how many entries of compared_memory, at most UNSYNCED_CHUNK
 * @done: out: entries filled in; 0 when the pool's address is not known
 */
struct unsynced_request {
	__u64 desc;
	__u64 slots_addr;
	__u64 start;
	__u64 vaddr;
	__u32 count;
	__u32 done;
};

RECORD_SIZE(struct unsynced_request, 40);

/**
 * struct mapping_cpu_record - one CPU's own state and losses
 * @scan_window: start of the current window of failure scans
 * @scans: scans in it
 * @outside: mappings of which no record could be kept
 * @unscanned: failures whose cause was taken from the last scan
 * @lost_call: map calls whose begin or end was missed (kprobes only)
 * @unretired: records of devices that are gone and found no place
 * @unstacked: mappings and wrong unmaps whose stack found no place
 * @hidden: system calls of other tools that hid calls
 * @untold: wrong unmaps that are counted, and of which no more is known
 * @unsized: refusals that are counted, and of which no more is known
 * @longest: longest free run of the last scan
 * @pad: zero
 */
struct mapping_cpu_record {
	__u64 scan_window;
	__u64 scans;
	__u64 outside;
	__u64 unscanned;
	__u64 lost_call;
	__u64 unretired;
	__u64 unstacked;
	__u64 hidden;
	__u64 untold;
	__u64 unsized;
	__u32 longest;
	__u32 pad;
} CPU_RECORD;

RECORD_SIZE(struct mapping_cpu_record, 128);

#endif

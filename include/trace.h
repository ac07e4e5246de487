/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_TRACE_H
#define SWIOTLB_TRACE_H

#include "tables.h"

/* Requests that a CPU's ring holds; the loader makes it smaller for many CPUs.
 */
#define TRACE_RING_MAX	  (1u << 16)
#define TRACE_RING_MIN	  (1u << 12)
#define TRACE_RINGS_BYTES (256ull << 20)

/* struct trace_record.kind */
#define TRACE_MAP   0u
#define TRACE_UNMAP 1u

/**
 * struct trace_record - a request, in the ring of the CPU that ended it
 * @stamp: its place in the order of the ring, from 1 on; written last
 * @at: CLOCK_MONOTONIC when the area's lock was about to be released, or now
 *	where that was not seen
 * @turn: which release of that lock it was; 0 = that was not seen
 * @device: its address
 * @address: physical, of what was mapped; ~0 = refused
 * @origin: lower half of the address of the memory
 * @size: bytes to map
 * @align: alignment that the caller requires, minus 1
 * @area: number of the lock, see struct trace_lock
 * @kind: TRACE_*
 * @pad: zero
 */
struct trace_record {
	__u64 stamp;
	__u64 at;
	__u64 turn;
	__u64 device;
	__u64 address;
	__u32 origin;
	__u32 size;
	__u32 align;
	__u32 area;
	__u32 kind;
	__u32 pad;
};

RECORD_SIZE(struct trace_record, 64);

/**
 * struct trace_cpu - what one CPU did
 * @head: requests that have a place in its ring
 * @maps: mappings made
 * @refused: maps refused
 * @unmaps: mappings ended
 * @lost_call: calls of which only one end was seen
 */
struct trace_cpu {
	__u64 head;
	__u64 maps;
	__u64 refused;
	__u64 unmaps;
	__u64 lost_call;
} CPU_RECORD;

RECORD_SIZE(struct trace_cpu, 64);

/**
 * struct trace_lock - the lock of an area
 *
 * Changed by who has the lock, but for the loader's first value.
 *
 * @area: its number, never given twice
 * @turn: releases after which another number of slots was taken than before
 * @used: the area's counter when it was released last
 */
struct trace_lock {
	__u64 area;
	__u64 turn;
	__u64 used;
};

RECORD_SIZE(struct trace_lock, 24);

/* Tasks that have released an area's lock and are still in the function. */
#define RELEASES_BITS	10u
#define RELEASES_MAX	(1u << RELEASES_BITS)
#define RELEASES_PROBES 8u

/* In a task, and in interrupts on top of it. */
#define RELEASES_NESTED 4u

/**
 * struct release - a release whose function has not ended
 * @place: how deep on the stack
 * @at: when, CLOCK_MONOTONIC
 * @turn: of the lock
 * @area: number of the lock
 */
struct release {
	__u64 place;
	__u64 at;
	__u64 turn;
	__u64 area;
};

/**
 * struct task_releases - those of one task, and of interrupts on top of it
 * @task: its address; 0 = unused
 * @here: the place of the program that runs
 * @depth: how many there are
 * @release: the latest is the last one
 */
struct task_releases {
	__u64 task;
	__u64 here;
	__u64 depth;
	struct release release[RELEASES_NESTED];
} CPU_RECORD;

RECORD_SIZE(struct task_releases, 192);

/* What one call of read_area_locks can return at most. */
#define TRACE_AREAS 256u

/**
 * struct area_reading - an area at a moment
 * @turn: of its lock
 * @index: where its next search begins
 * @state: LOCK_*, of its lock
 */
struct area_reading {
	__u64 turn;
	__u32 index;
	__u32 state;
};

RECORD_SIZE(struct area_reading, 16);

/**
 * struct area_readings_request - context of read_area_locks; results in
 *	area_readings[]
 * @areas_addr: areas[] of the pool
 * @first: first area
 * @count: how many, at most TRACE_AREAS
 * @done: out: areas read
 * @pad: zero
 */
struct area_readings_request {
	__u64 areas_addr;
	__u32 first;
	__u32 count;
	__u32 done;
	__u32 pad;
};

RECORD_SIZE(struct area_readings_request, 24);

/**
 * struct traced_device - context of describe_device
 * @device: its address
 * @address: of a pool
 * @bus: out: bus address of that
 * @boundary_mask: out: what a mapping must not cross
 * @min_align_mask: out: low bits of addresses that it wants kept
 * @pad: zero
 * @name: out: dev_name()
 */
struct traced_device {
	__u64 device;
	__u64 address;
	__u64 bus;
	__u64 boundary_mask;
	__u32 min_align_mask;
	__u32 pad;
	char name[RECORD_NAME_LEN];
};

RECORD_SIZE(struct traced_device, 104);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_TRACE_H
#define MODEL_TRACE_H

/*
 * Requests as the kernel met them: each map and unmap between two samples, in
 * the order in which the areas' locks let them in. Only at LEVEL_TRACE.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/name.h"

/* struct request: no slot was given. */
#define REQUEST_REFUSED UINT32_MAX

enum request_kind {
	REQUEST_MAP,
	REQUEST_UNMAP,
};

/**
 * struct request - a map or an unmap
 * @at_ns: CLOCK_MONOTONIC when the area's lock was about to be released; of a
 *	refused map, when it returned
 * @turn: which release of that area's lock it was, counted from the begin of
 *	the trace; 0 = unknown, and @at_ns orders it
 * @origin: lower 32 bits of the address of the memory; 0 for an unmap
 * @slot: slot, counted from the pool's begin, of the address that was returned,
 *	so behind slots that only pad; REQUEST_REFUSED
 * @size: bytes to map
 * @align: alignment that the caller requires, minus 1 (alloc_align_mask)
 * @device: index in struct trace
 * @pool: index in struct trace; of a refused map, the pool of the device
 * @cpu: that ran it
 * @kind: enum request_kind
 */
struct request {
	uint64_t at_ns;
	uint64_t turn;
	uint32_t origin;
	uint32_t slot;
	uint32_t size;
	uint32_t align;
	uint16_t device;
	uint16_t pool;
	uint16_t cpu;
	uint16_t kind;
};

/**
 * struct trace_device - a device that made requests
 * @name: of the device
 * @min_align_mask: bits of an address that bouncing keeps
 *	(dma_get_min_align_mask())
 * @boundary_mask: what a mapping must not cross (dma_get_seg_boundary())
 */
struct trace_device {
	char name[NAME_LEN];
	uint32_t min_align_mask;
	uint64_t boundary_mask;
};

/**
 * struct trace_pool - a pool that requests were for
 * @id: of struct pool
 * @bus_start: lower 32 bits of the bus address of its first slot: as much as
 *	alignment and boundaries take, and no address that a report must not
 *show
 * @slots: slots in it
 * @areas: areas in it, a power of two
 */
struct trace_pool {
	int id;
	uint64_t bus_start;
	uint64_t slots;
	uint32_t areas;
};

/**
 * struct trace_area - an area as it was after one of its turns
 * @pool: index in struct trace
 * @area: index in the pool
 * @index: where its next search starts (area->index)
 * @turn: that of struct request: the state is after it; 0 = before all
 * @first_run: of its taken slots, index in struct trace: behind those of the
 *	area before
 * @nr_runs: how many
 */
struct trace_area {
	uint16_t pool;
	uint32_t area;
	uint32_t index;
	uint64_t turn;
	size_t first_run;
	size_t nr_runs;
};

/**
 * struct trace_run - slots that one mapping, block or pool has taken
 * @slot: the first, counted from the pool's begin
 * @slots: how many
 */
struct trace_run {
	uint32_t slot;
	uint32_t slots;
};

/**
 * struct trace - the requests between two samples
 * @known: they are here; else all is empty, as in an interval that is not the
 *	one between two samples
 * @requests: in the order of the areas' locks; of different areas, by time
 * @nr_requests: how many
 * @devices: those that they name
 * @nr_devices: how many
 * @pools: those that they name
 * @nr_pools: how many
 * @areas: state that was read between the two samples: of all areas once, when
 *	the trace begins and after a loss
 * @nr_areas: how many
 * @runs: of @areas
 * @nr_runs: how many
 * @lost: requests between the two samples that are missing: a buffer was full
 * @unordered: requests in @requests without a turn
 *
 * Owned by the sample.
 */
struct trace {
	bool known;
	struct request *requests;
	size_t nr_requests;
	struct trace_device *devices;
	size_t nr_devices;
	struct trace_pool *pools;
	size_t nr_pools;
	struct trace_area *areas;
	size_t nr_areas;
	struct trace_run *runs;
	size_t nr_runs;
	uint64_t lost;
	uint64_t unordered;
};

/**
 * struct trace_totals - requests that were seen since the level was attached
 * @counted: both functions were attached
 * @maps: mappings made
 * @unmaps: mappings ended
 * @refused: maps that got no slot
 * @lost: of all these, those that no trace has, by any cause
 * @unordered: of those in a trace, those without a turn
 */
struct trace_totals {
	bool counted;
	uint64_t maps;
	uint64_t unmaps;
	uint64_t refused;
	uint64_t lost;
	uint64_t unordered;
};

/* Slots of a pool, 128 GiB: more than a kernel has, and room for all of them.
 */
#define TRACE_SLOTS_MAX (1u << 26)

/**
 * trace_flaw() - what of a trace refers to nothing, or cannot be
 *
 * A trace without a flaw can be used without any check of its indices.
 *
 * Return: what is wrong with it, for users; NULL = nothing.
 */
const char *trace_flaw(const struct trace *trace);

#endif

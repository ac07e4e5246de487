/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_TRACE_AREAS_H
#define PROBES_TRACE_AREAS_H

/* The pools and areas whose locks bpf/trace.bpf.c follows, and their state. */

#include "include/trace.h"
#include "probes/pools.h"
#include "probes/tables.h"

struct trace_bpf;

/**
 * struct traced_pool - a pool, also when it has gone
 * @id: see struct pool
 * @record: what the kernel said of it
 * @bus_start: bus address of its first slot
 * @first_area: index of its first area in struct trace_areas
 * @live: it has not gone
 */
struct traced_pool {
	int id;
	struct pool_record record;
	uint64_t bus_start;
	uint32_t first_area;
	bool live;
};

/**
 * struct traced_area - an area
 * @pool: index of its pool in struct trace_areas
 * @turn: that of the last request that was given on
 * @wanted: its state has to be read
 * @waits: number of the merge in which a turn before was awaited
 * @gap_ns: when a turn before was last given up
 */
struct traced_area {
	uint32_t pool;
	uint64_t turn;
	bool wanted;
	uint64_t waits;
	uint64_t gap_ns;
};

/**
 * struct trace_areas - all of them
 * @skel: the programs
 * @pools: pools, at most TRACE_POOLS_MAX; indices stay
 * @nr_pools: how many
 * @areas: areas; the number of an area's lock is its index + 1
 * @nr_areas: how many
 * @readings: results of read_area_locks
 */
struct trace_areas {
	struct trace_bpf *skel;
	struct traced_pool *pools;
	size_t nr_pools;
	struct traced_area *areas;
	size_t nr_areas;
	const struct area_reading *readings;
};

/* An index is 16 bits wide. */
#define TRACE_POOLS_MAX 65536u

/** trace_areas_open() - once the programs are loaded; 0 or negative errno */
int trace_areas_open(struct trace_areas *areas, struct trace_bpf *skel);

/** trace_areas_close() - free it, before the programs are closed */
void trace_areas_close(struct trace_areas *areas);

/** trace_areas_follow() - follow the locks of the pools that are there now */
int trace_areas_follow(struct trace_areas *areas, struct pools *pools);

/** trace_areas_want() - the state of all areas has to be read again */
void trace_areas_want(struct trace_areas *areas);

/**
 * trace_areas_find() - the pool that has an address
 *
 * Return: index of the smallest of the live ones; -1 = none has it.
 */
int trace_areas_find(const struct trace_areas *areas, uint64_t address);

/**
 * trace_areas_asked() - the pool that a device asks for slots
 * @device: its address
 *
 * Return: index of its own pool, else of the first one, which is the default
 * pool; -1 = there is none.
 */
int trace_areas_asked(const struct trace_areas *areas, uint64_t device);

/**
 * trace_areas_read() - the state of areas where it is wanted
 * @areas: the areas
 * @pools: for their slots
 * @trace: gets areas and runs, and may have none
 *
 * Areas whose lock is never free for long enough keep their wish.
 *
 * Return: 0 or negative errno.
 */
int trace_areas_read(struct trace_areas *areas, struct pools *pools,
		     struct trace *trace);

#endif

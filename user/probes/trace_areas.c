// SPDX-License-Identifier: GPL-2.0-only
#include "probes/trace_areas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "include/calls.h"
#include "include/locks.h"
#include "trace.skel.h"

/*
 * The slots of a pool are not read at one moment. So an area's state counts if
 * its lock was free before and after, and nothing was taken or given back in
 * between; that is tried so often.
 */
#define READINGS 20

/* Nothing that an area's counter can be: the first release counts. */
#define USED_UNKNOWN (~0ull)

int trace_areas_open(struct trace_areas *areas, struct trace_bpf *skel)
{
	areas->skel = skel;
	areas->readings = table_mmap(skel->maps.area_readings, PROT_READ);
	return areas->readings ? 0 : -errno;
}

void trace_areas_close(struct trace_areas *areas)
{
	if (areas->skel)
		table_munmap(areas->readings, areas->skel->maps.area_readings);
	free(areas->pools);
	free(areas->areas);
	memset(areas, 0, sizeof(*areas));
}

/*
 * Following pools
 */

static const struct known_pool *known_by_id(struct pools *pools, int id)
{
	const struct known_pool *known;
	size_t count;

	known = pools_known(pools, &count);
	for (size_t i = 0; i < count; i++)
		if (known[i].id == id)
			return &known[i];
	return NULL;
}

/* Its lock may be that of another pool by now. */
static void forget_lock(const struct trace_areas *areas, uint64_t address,
			uint64_t number)
{
	const struct hash_table table = HASH_TABLE(areas->skel, trace_locks);
	struct trace_lock lock;

	if (table_find(&table, &address, &lock) && lock.area == number)
		table_drop(&table, &address);
}

static uint64_t lock_address(struct pools *pools,
			     const struct pool_record *record,
			     unsigned int area)
{
	const struct known_pool pool = { .record = *record };

	return pools_lock_address(pools, &pool, area);
}

static void forget_gone(struct trace_areas *areas, struct pools *pools,
			bool *changed)
{
	for (size_t i = 0; i < areas->nr_pools; i++) {
		struct traced_pool *pool = &areas->pools[i];

		if (!pool->live || known_by_id(pools, pool->id))
			continue;
		for (unsigned int a = 0; a < pool->record.areas; a++)
			forget_lock(areas,
				    lock_address(pools, &pool->record, a),
				    pool->first_area + a + 1);
		pool->live = false;
		*changed = true;
	}
}

static bool is_followed(const struct trace_areas *areas, int id)
{
	for (size_t i = areas->nr_pools; i--;)
		if (areas->pools[i].id == id)
			return true;
	return false;
}

static int grow(struct trace_areas *areas, unsigned int more)
{
	struct traced_pool *pools =
		reallocarray(areas->pools, areas->nr_pools + 1, sizeof(*pools));
	struct traced_area *list;

	if (!pools)
		return -ENOMEM;
	areas->pools = pools;
	list = reallocarray(areas->areas, areas->nr_areas + more,
			    sizeof(*list));
	if (!list)
		return -ENOMEM;
	areas->areas = list;
	memset(list + areas->nr_areas, 0, more * sizeof(*list));
	return 0;
}

/* Where there is no room for its lock, requests of an area have no turn. */
static void follow_lock(struct trace_areas *areas, uint64_t address,
			uint64_t number)
{
	const struct hash_table table = HASH_TABLE(areas->skel, trace_locks);
	const struct trace_lock lock = { .area = number, .used = USED_UNKNOWN };

	if (table_set(&table, &address, &lock))
		__atomic_fetch_or(
			&areas->skel->bss
				 ->lock_filter[lock_filter_index(address)],
			LOCK_FILTER_LOADER, __ATOMIC_RELAXED);
}

static int follow_pool(struct trace_areas *areas, struct pools *pools,
		       const struct known_pool *known)
{
	const unsigned int count = known->record.areas;
	const uint32_t first = (uint32_t)areas->nr_areas;
	int error = grow(areas, count);

	if (error)
		return error;
	areas->pools[areas->nr_pools] = (struct traced_pool){
		.id = known->id,
		.record = known->record,
		.bus_start = known->record.start,
		.first_area = first,
		.live = true,
	};
	areas->nr_areas += count;
	for (unsigned int a = 0; a < count; a++) {
		areas->areas[first + a].pool = (uint32_t)areas->nr_pools;
		follow_lock(areas, pools_lock_address(pools, known, a),
			    first + a + 1);
	}
	areas->nr_pools++;
	return 0;
}

/* One that is made for one mapping has no state beside it. */
int trace_areas_follow(struct trace_areas *areas, struct pools *pools)
{
	const struct known_pool *known;
	bool changed = false;
	int error = 0;
	size_t count;

	forget_gone(areas, pools, &changed);
	known = pools_known(pools, &count);
	for (size_t i = 0; i < count && !error; i++) {
		if (known[i].kind == POOL_TRANSIENT ||
		    areas->nr_pools == TRACE_POOLS_MAX ||
		    is_followed(areas, known[i].id))
			continue;
		error = follow_pool(areas, pools, &known[i]);
		changed = true;
	}
	/* Blocks for a pool are slots of its parent, without a request. */
	if (changed)
		trace_areas_want(areas);
	return error;
}

void trace_areas_want(struct trace_areas *areas)
{
	for (size_t i = 0; i < areas->nr_areas; i++)
		areas->areas[i].wanted =
			areas->pools[areas->areas[i].pool].live;
}

int trace_areas_find(const struct trace_areas *areas, uint64_t address)
{
	uint64_t slots = UINT64_MAX;
	int found = -1;

	for (size_t i = 0; i < areas->nr_pools; i++) {
		const struct traced_pool *pool = &areas->pools[i];

		if (!pool->live || address < pool->record.start ||
		    address >= pool->record.end || pool->record.slots >= slots)
			continue;
		slots = pool->record.slots;
		found = (int)i;
	}
	return found;
}

/* Of several, as of a device that kept the one it gave back, the newest. */
int trace_areas_asked(const struct trace_areas *areas, uint64_t device)
{
	for (size_t i = areas->nr_pools; i--;)
		if (areas->pools[i].live &&
		    areas->pools[i].record.kind == POOL_RECORD_OWN &&
		    areas->pools[i].record.dev == device)
			return (int)i;
	return areas->nr_pools ? 0 : -1;
}

/*
 * State
 */

static bool is_wanted(const struct trace_areas *areas,
		      const struct traced_pool *pool)
{
	for (unsigned int a = 0; a < pool->record.areas; a++)
		if (areas->areas[pool->first_area + a].wanted)
			return pool->live;
	return false;
}

static int read_locks(const struct trace_areas *areas,
		      const struct pool_record *record,
		      struct area_reading *out)
{
	for (unsigned int first = 0; first < record->areas;
	     first += TRACE_AREAS) {
		struct area_readings_request request = {
			.areas_addr = record->areas_addr,
			.first = first,
			.count = record->areas - first < TRACE_AREAS
					 ? record->areas - first
					 : TRACE_AREAS,
		};
		int error = program_run(areas->skel->progs.read_area_locks,
					&request, sizeof(request));

		if (error)
			return error;
		if (request.done != request.count)
			return -EFAULT;
		memcpy(out + first, areas->readings,
		       request.count * sizeof(*out));
	}
	return 0;
}

static bool bit_of(const __u64 bits[2], unsigned int slot)
{
	return bits[slot / 64 % 2] >> slot % 64 & 1;
}

static int add_run(struct trace *trace, uint32_t slot, bool goes_on)
{
	struct trace_run *runs = trace->runs;

	if (goes_on) {
		runs[trace->nr_runs - 1].slots++;
		return 0;
	}
	if (!(trace->nr_runs & (trace->nr_runs - 1)))
		runs = reallocarray(runs,
				    trace->nr_runs ? 2 * trace->nr_runs : 1,
				    sizeof(*runs));
	if (!runs)
		return -ENOMEM;
	trace->runs = runs;
	runs[trace->nr_runs++] = (struct trace_run){ slot, 1 };
	return 0;
}

/* A mapping stays in its segment, and a block begins with one. */
static int add_runs(struct trace *trace, const struct segment_record *segments,
		    uint32_t first, uint32_t count)
{
	bool before = false;
	int error = 0;

	for (uint32_t slot = first; slot < first + count && !error; slot++) {
		const struct segment_record *segment =
			&segments[slot / TLB_SEGMENT_SLOTS];
		unsigned int i = slot % TLB_SEGMENT_SLOTS;
		bool taken = bit_of(segment->taken, i);

		if (taken)
			error = add_run(trace, slot,
					before && i &&
						!bit_of(segment->begins, i));
		before = taken;
	}
	return error;
}

static int add_area(struct trace_areas *areas, struct trace *trace,
		    uint16_t pool_index, uint32_t index,
		    const struct area_reading *reading,
		    const struct segment_record *segments)
{
	const struct traced_pool *pool = &areas->pools[pool_index];
	const uint32_t slots = pool->record.area_slots;
	const size_t first_run = trace->nr_runs;
	struct trace_area *list;
	int error;

	list = reallocarray(trace->areas, trace->nr_areas + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	trace->areas = list;
	error = add_runs(trace, segments, index * slots, slots);
	if (error)
		return error;
	list[trace->nr_areas++] = (struct trace_area){
		.pool = pool_index,
		.area = index,
		.index = reading->index < slots ? reading->index : 0,
		.turn = reading->turn,
		.first_run = first_run,
		.nr_runs = trace->nr_runs - first_run,
	};
	areas->areas[pool->first_area + index].wanted = false;
	return 0;
}

/**
 * struct state_reading - room for reading a pool
 * @before: its areas before its slots
 * @after: and after them
 * @segments: its slots
 */
struct state_reading {
	struct area_reading *before;
	struct area_reading *after;
	struct segment_record *segments;
};

static bool is_steady(const struct state_reading *r, unsigned int area)
{
	return r->before[area].state == LOCK_FREE &&
	       r->after[area].state == LOCK_FREE &&
	       r->before[area].turn == r->after[area].turn;
}

static int read_once(struct trace_areas *areas, struct pools *pools,
		     uint16_t index, const struct state_reading *r,
		     struct trace *trace)
{
	const struct traced_pool *pool = &areas->pools[index];
	int error = read_locks(areas, &pool->record, r->before);

	if (!error)
		error = slots_read(pools_reader(pools), &pool->record,
				   r->segments);
	if (!error)
		error = read_locks(areas, &pool->record, r->after);
	for (unsigned int a = 0; a < pool->record.areas && !error; a++)
		if (areas->areas[pool->first_area + a].wanted &&
		    is_steady(r, a))
			error = add_area(areas, trace, index, a, &r->after[a],
					 r->segments);
	return error;
}

static int read_pool(struct trace_areas *areas, struct pools *pools,
		     uint16_t index, struct trace *trace)
{
	const struct traced_pool *pool = &areas->pools[index];
	struct state_reading r = {
		.before = calloc(pool->record.areas, sizeof(*r.before)),
		.after = calloc(pool->record.areas, sizeof(*r.after)),
		.segments = calloc(slots_segments(&pool->record),
				   sizeof(*r.segments)),
	};
	int error = r.before && r.after && r.segments ? 0 : -ENOMEM;

	for (int i = 0; i < READINGS && !error && is_wanted(areas, pool); i++)
		error = read_once(areas, pools, index, &r, trace);
	free(r.before);
	free(r.after);
	free(r.segments);
	/* -EFAULT: it has gone meanwhile. */
	return error == -EFAULT ? 0 : error;
}

int trace_areas_read(struct trace_areas *areas, struct pools *pools,
		     struct trace *trace)
{
	int error = 0;

	for (size_t i = 0; i < areas->nr_pools && !error; i++)
		if (is_wanted(areas, &areas->pools[i]))
			error = read_pool(areas, pools, (uint16_t)i, trace);
	return error;
}

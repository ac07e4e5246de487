/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Repeats the searches of a recorded trace, in the order that it has, and
 * prints as JSON whether each map gets the slot that the kernel gave it:
 *
 *   replay_trace 6.1|6.12 RECORDING
 *
 * Each search is made in the area that the kernel found the slot in. Areas that
 * it has searched before, with nothing found, are as they were.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/allocator.h"
#include "model/trace.h"
#include "sources/recording.h"

#define POOLS_MAX 256

/**
 * struct replayed - a pool while it is replayed
 * @allocator: NULL = no request has named it
 * @turns: of each area, that of its state; UINT64_MAX = there is none so far
 */
struct replayed {
	struct allocator *allocator;
	uint64_t *turns;
};

/**
 * struct replay - what has become of the requests
 * @search: of the kernel
 * @pools: by index in the trace
 * @same: maps in the slot that the trace has
 * @other: maps in another one
 * @refused: maps that got none in the trace
 * @skipped: requests that the state of their area has already, or that come
 *	before it is known
 * @unmaps: that gave back what was given
 * @unknown: unmaps of what was not
 * @unordered: requests without a turn
 * @lost: requests that the trace does not have
 */
struct replay {
	enum search search;
	struct replayed pools[POOLS_MAX];
	uint64_t same;
	uint64_t other;
	uint64_t refused;
	uint64_t skipped;
	uint64_t unmaps;
	uint64_t unknown;
	uint64_t unordered;
	uint64_t lost;
};

static int add_pool(struct replay *replay, const struct trace_pool *pool,
		    struct replayed *replayed)
{
	const struct allocator_shape shape = {
		.search = replay->search,
		.bus_start = pool->bus_start,
		.slots = pool->slots,
		.areas = pool->areas,
		.page_bytes = (uint32_t)sysconf(_SC_PAGESIZE),
	};

	replayed->allocator = allocator_new(&shape);
	replayed->turns = malloc(pool->areas * sizeof(*replayed->turns));
	if (!replayed->allocator || !replayed->turns)
		return -ENOMEM;
	for (uint32_t i = 0; i < pool->areas; i++)
		replayed->turns[i] = UINT64_MAX;
	return 0;
}

static int add_state(struct replay *replay, const struct trace *trace,
		     const struct trace_area *area)
{
	struct replayed *pool = &replay->pools[area->pool];
	int err = 0;

	if (pool->turns[area->area] != UINT64_MAX)
		return 0;
	pool->turns[area->area] = area->turn;
	allocator_set_index(pool->allocator, area->area, area->index);
	for (size_t i = 0; i < area->nr_runs && !err; i++) {
		const struct trace_run *run = &trace->runs[area->first_run + i];

		err = allocator_reserve(pool->allocator, run->slot, run->slots);
	}
	return err;
}

static void map(struct replay *replay, const struct trace_device *device,
		const struct request *request, uint32_t area)
{
	const struct allocation allocation = {
		.size = request->size,
		.origin = request->origin,
		.align = request->align,
		.min_align_mask = device->min_align_mask,
		.boundary_mask = device->boundary_mask,
		.cpu = request->cpu,
	};
	struct placement got = allocator_search(
		replay->pools[request->pool].allocator, area, &allocation);

	if (got.slots && got.slot == request->slot)
		replay->same++;
	else
		replay->other++;
}

static void unmap(struct replay *replay, const struct request *request)
{
	if (allocator_unmap(replay->pools[request->pool].allocator,
			    request->slot))
		replay->unknown++;
	else
		replay->unmaps++;
}

static void repeat(struct replay *replay, const struct trace *trace,
		   const struct request *request)
{
	const struct trace_pool *pool = &trace->pools[request->pool];
	uint32_t area;

	if (request->slot == REQUEST_REFUSED) {
		replay->refused++;
		return;
	}
	area = (uint32_t)(request->slot / (pool->slots / pool->areas));
	if (!request->turn)
		replay->unordered++;
	else if (replay->pools[request->pool].turns[area] >= request->turn)
		replay->skipped++;
	else if (request->kind == REQUEST_MAP)
		map(replay, &trace->devices[request->device], request, area);
	else
		unmap(replay, request);
}

static int add(struct replay *replay, const struct trace *trace)
{
	int err = trace->nr_pools > POOLS_MAX ? -E2BIG : 0;

	replay->lost += trace->lost;
	for (size_t i = 0; i < trace->nr_pools && !err; i++)
		if (!replay->pools[i].allocator)
			err = add_pool(replay, &trace->pools[i],
				       &replay->pools[i]);
	for (size_t i = 0; i < trace->nr_areas && !err; i++)
		err = add_state(replay, trace, &trace->areas[i]);
	for (size_t i = 0; i < trace->nr_requests && !err; i++)
		repeat(replay, trace, &trace->requests[i]);
	return err;
}

static int add_all(struct replay *replay, struct source *source)
{
	struct snapshot sample = { 0 };
	int err;

	while (!(err = source_next(source, &sample))) {
		err = add(replay, &sample.trace);
		snapshot_release(&sample);
		if (err)
			return err;
	}
	return err == -ENODATA ? 0 : err;
}

static void print(const struct replay *replay)
{
	printf("{\"same\": %" PRIu64 ", \"other\": %" PRIu64
	       ", \"refused\": %" PRIu64 ", \"unmaps\": %" PRIu64
	       ", \"unknown\": %" PRIu64 ", \"skipped\": %" PRIu64
	       ", \"unordered\": %" PRIu64 ", \"lost\": %" PRIu64 "}\n",
	       replay->same, replay->other, replay->refused, replay->unmaps,
	       replay->unknown, replay->skipped, replay->unordered,
	       replay->lost);
}

int main(int argc, char **argv)
{
	static struct replay replay;
	struct source *source;
	int err;

	if (argc != 3) {
		fputs("usage: replay_trace 6.1|6.12 RECORDING\n", stderr);
		return 2;
	}
	replay.search = strcmp(argv[1], "6.1") ? SEARCH_6_12 : SEARCH_6_1;
	err = recording_open(&source, argv[2]);
	if (err)
		return 2;
	err = add_all(&replay, source);
	source_close(source);
	if (err)
		fprintf(stderr, "replay_trace: %s\n", strerror(-err));
	else
		print(&replay);
	for (size_t i = 0; i < POOLS_MAX; i++) {
		allocator_free(replay.pools[i].allocator);
		free(replay.pools[i].turns);
	}
	return err ? 2 : 0;
}

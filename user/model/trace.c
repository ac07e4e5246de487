/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/trace.h"

static const char *pool_flaw(const struct trace_pool *pool)
{
	if (!pool->slots || pool->slots > TRACE_SLOTS_MAX)
		return "a pool has no slots, or too many";
	if (!pool->areas || pool->areas > pool->slots ||
	    (pool->areas & (pool->areas - 1)))
		return "a pool's areas are no power of two";
	return NULL;
}

static const char *area_flaw(const struct trace *trace,
			     const struct trace_area *area, size_t first_run)
{
	const struct trace_pool *pool;

	if (area->pool >= trace->nr_pools)
		return "an area has a pool that is not there";
	pool = &trace->pools[area->pool];
	if (area->area >= pool->areas)
		return "an area is not in its pool";
	if (area->index >= pool->slots / pool->areas)
		return "an area's search starts outside of it";
	/* In their order, so that looking at all of them is no more work. */
	if (area->first_run != first_run ||
	    area->nr_runs > trace->nr_runs - area->first_run)
		return "an area has taken slots that are not there";
	for (size_t i = 0; i < area->nr_runs; i++) {
		const struct trace_run *run = &trace->runs[area->first_run + i];

		if (!run->slots || run->slot >= pool->slots ||
		    run->slots > pool->slots - run->slot)
			return "taken slots are not in their pool";
	}
	return NULL;
}

static const char *request_flaw(const struct trace *trace,
				const struct request *request)
{
	if (request->kind > REQUEST_UNMAP)
		return "a request is neither a map nor an unmap";
	if (request->device >= trace->nr_devices)
		return "a request has a device that is not there";
	if (request->pool >= trace->nr_pools)
		return "a request has a pool that is not there";
	if (request->slot != REQUEST_REFUSED &&
	    request->slot >= trace->pools[request->pool].slots)
		return "a request has a slot that its pool does not have";
	if (request->slot == REQUEST_REFUSED && request->kind != REQUEST_MAP)
		return "an unmap has no slot";
	return NULL;
}

const char *trace_flaw(const struct trace *trace)
{
	const char *flaw = NULL;
	size_t first_run = 0;

	for (size_t i = 0; i < trace->nr_pools && !flaw; i++)
		flaw = pool_flaw(&trace->pools[i]);
	for (size_t i = 0; i < trace->nr_areas && !flaw; i++) {
		flaw = area_flaw(trace, &trace->areas[i], first_run);
		first_run += trace->areas[i].nr_runs;
	}
	for (size_t i = 0; i < trace->nr_requests && !flaw; i++)
		flaw = request_flaw(trace, &trace->requests[i]);
	return flaw;
}

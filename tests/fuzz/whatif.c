/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target: traces that contradict themselves, given to settings. `make
 * fuzz` runs it for a bounded number of inputs.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "model/whatif.h"
#include "tests/fuzz/input.h"

#define REQUESTS 64u
#define STATES	 8u
#define SETTINGS 5u
#define SLOTS	 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct request next_request(struct input *input, uint64_t *now_ns)
{
	const uint32_t bits = next(input, 1);

	*now_ns += next(input, 1);
	return (struct request){
		.at_ns = *now_ns,
		.kind = bits & 1 ? REQUEST_UNMAP : REQUEST_MAP,
		.slot = bits & 2 ? next(input, 1) : REQUEST_REFUSED,
		.turn = bits & 4 ? next(input, 1) : 0,
		.device = bits >> 3 & 1,
		.pool = bits >> 4 & 1,
		.cpu = bits >> 5,
		.size = 1 + (next(input, 1) << 9),
		.origin = next(input, 1) << 9,
		.align = bits & 64 ? 0x3fff : 0,
	};
}

/* One run each. */
static void next_state(struct input *input, struct trace *trace)
{
	trace->areas[trace->nr_areas] = (struct trace_area){
		.pool = next(input, 1) & 1,
		.area = next(input, 1) & 3,
		.index = next(input, 1),
		.turn = next(input, 1),
		.first_run = trace->nr_areas,
		.nr_runs = 1,
	};
	trace->runs[trace->nr_areas++] = (struct trace_run){
		.slot = next(input, 2) % SLOTS,
		.slots = next(input, 2) % SLOTS,
	};
	trace->nr_runs = trace->nr_areas;
}

static void next_part(struct input *input, struct trace *trace,
		      uint64_t *now_ns)
{
	const uint32_t states = next(input, 1) % STATES;
	const uint32_t requests = next(input, 1) % REQUESTS;

	trace->nr_requests = 0;
	trace->nr_areas = 0;
	trace->nr_runs = 0;
	while (trace->nr_areas < states)
		next_state(input, trace);
	while (trace->nr_requests < requests && input->size)
		trace->requests[trace->nr_requests++] =
			next_request(input, now_ns);
}

static void judge(const struct whatif *whatif)
{
	struct recorded recorded;

	whatif_recorded(whatif, &recorded);
	require(recorded.refused <= recorded.maps);
	require(recorded.peak <= SLOTS);
	for (unsigned int i = 0; i < SETTINGS; i++) {
		struct outcome outcome;
		uint64_t refused = 0;

		whatif_outcome(whatif, i, &outcome);
		for (unsigned int cause = 0; cause < FAILURE_CAUSES; cause++)
			refused += outcome.refused[cause];
		require(refused <= outcome.requests);
		require(outcome.endless <= refused);
		require(outcome.requests <= recorded.maps);
		require(outcome.same_slot + outcome.other_slot ==
			outcome.requests);
		require(outcome.peak <= outcome.setting.slots);
		require(outcome.max_wait_ns <= outcome.waited_ns);
		require(!outcome.waited_ns || outcome.contended);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct setting settings[SETTINGS] = {
		{ .slots = 0 },
		{ .slots = 128, .areas = 1 },
		{ .areas = 8 },
		{ .device = "a*", .device_areas = 1 },
		{ .device = "*", .device_areas = 2 },
	};
	static struct request requests[REQUESTS];
	static struct trace_area areas[STATES];
	static struct trace_run runs[STATES];
	struct input input = { .data = data, .size = size };
	const struct whatif_basis basis = {
		.search = next(&input, 1) & 1 ? SEARCH_6_1 : SEARCH_6_12,
		.page_bytes = 4096,
		.hold_ns = 50,
		.rest_ns = next(&input, 1),
		.waits_known = next(&input, 1) & 1,
		.wait_ns = next(&input, 1),
		.contended = next(&input, 1) / 255.0,
	};
	struct trace_device devices[] = {
		{ .name = "a", .min_align_mask = next(&input, 2) },
		{ .name = "b", .boundary_mask = 0xffff },
	};
	struct trace_pool pools[] = {
		{ .id = 0, .slots = SLOTS, .areas = 1u << next(&input, 1) % 3 },
		{ .id = 1, .slots = 256, .areas = 1 },
	};
	struct trace trace = {
		.requests = requests,
		.devices = devices,
		.nr_devices = 2,
		.pools = pools,
		.nr_pools = 2,
		.areas = areas,
		.runs = runs,
	};
	struct whatif *whatif = whatif_new(&basis, settings, SETTINGS);
	uint64_t now_ns = 0;
	int err = 0;

	require(whatif);
	while (!err && input.size) {
		next_part(&input, &trace, &now_ns);
		err = whatif_add(whatif, &trace);
	}
	require(!err || err == -EINVAL);
	judge(whatif);
	whatif_free(whatif);
	return 0;
}

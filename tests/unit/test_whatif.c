/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/whatif.h"

#define PAGE   4096u
#define ORIGIN 0x10000000u
#define MAX    40000u
#define POOL   7

/* A kernel with a pool, and what is recorded of it. */
struct kernel {
	struct allocator *pool;
	struct trace trace;
	struct request requests[MAX];
	struct trace_device devices[2];
	struct trace_pool pools[1];
	struct trace_area areas[8];
	struct trace_run runs[64];
	uint64_t turns[8];
	uint64_t now_ns;
	uint32_t random;
};

static const struct whatif_basis basis = {
	.search = SEARCH_6_12,
	.page_bytes = PAGE,
	.pool_id = POOL,
	.hold_ns = 100,
};

static struct kernel *new_kernel(uint64_t slots, uint32_t areas)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));
	const struct allocator_shape shape = {
		.search = SEARCH_6_12,
		.bus_start = 0x20000000,
		.slots = slots,
		.areas = areas,
		.page_bytes = PAGE,
	};

	assert_non_null(kernel);
	kernel->pool = allocator_new(&shape);
	assert_non_null(kernel->pool);
	kernel->trace = (struct trace){
		.requests = kernel->requests,
		.devices = kernel->devices,
		.nr_devices = 2,
		.pools = kernel->pools,
		.nr_pools = 1,
		.areas = kernel->areas,
		.runs = kernel->runs,
	};
	snprintf(kernel->devices[0].name, NAME_LEN, "nvme0");
	snprintf(kernel->devices[1].name, NAME_LEN, "virtio1");
	kernel->devices[1].min_align_mask = 4095;
	kernel->pools[0] = (struct trace_pool){
		.id = POOL,
		.bus_start = shape.bus_start,
		.slots = slots,
		.areas = areas,
	};
	kernel->now_ns = 1000000;
	return kernel;
}

static void free_kernel(struct kernel *kernel)
{
	allocator_free(kernel->pool);
	free(kernel);
}

static struct request *add(struct kernel *kernel, enum request_kind kind,
			   uint32_t slot, uint32_t cpu)
{
	struct request *request =
		&kernel->requests[kernel->trace.nr_requests++];
	const uint32_t area_slots =
		kernel->pools[0].slots / kernel->pools[0].areas;

	assert_true(kernel->trace.nr_requests <= MAX);
	kernel->now_ns += 1000;
	*request = (struct request){
		.at_ns = kernel->now_ns,
		.slot = slot,
		.cpu = cpu,
		.kind = kind,
	};
	if (slot != REQUEST_REFUSED)
		request->turn = ++kernel->turns[slot / area_slots];
	return request;
}

/* Return: the slot; REQUEST_REFUSED */
static uint32_t map_of(struct kernel *kernel, uint32_t device, uint32_t size,
		       uint32_t origin, uint32_t cpu)
{
	const struct allocation asked = {
		.size = size,
		.origin = origin,
		.min_align_mask = kernel->devices[device].min_align_mask,
		.cpu = cpu,
	};
	const struct placement got = allocator_map(kernel->pool, &asked);
	const uint32_t slot = got.slots ? got.slot : REQUEST_REFUSED;
	struct request *request = add(kernel, REQUEST_MAP, slot, cpu);

	request->size = size;
	request->origin = origin;
	request->device = device;
	return slot;
}

static uint32_t map(struct kernel *kernel, uint32_t size)
{
	return map_of(kernel, 0, size, ORIGIN, 0);
}

static void unmap(struct kernel *kernel, uint32_t slot)
{
	assert_int_equal(allocator_unmap(kernel->pool, slot), 0);
	add(kernel, REQUEST_UNMAP, slot, 0);
}

/* Settings that differ in the pool's slots and areas. */
static struct whatif *judge(struct kernel *kernel,
			    const struct setting *settings, size_t nr)
{
	struct whatif *whatif = whatif_new(&basis, settings, nr);

	assert_non_null(whatif);
	assert_int_equal(whatif_add(whatif, &kernel->trace), 0);
	return whatif;
}

static struct outcome outcome_of(struct whatif *whatif, size_t index)
{
	struct outcome outcome;

	whatif_outcome(whatif, index, &outcome);
	return outcome;
}

static uint64_t refusals(const struct outcome *outcome)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < FAILURE_CAUSES; i++)
		sum += outcome->refused[i];
	return sum;
}

static struct outcome only_outcome(struct kernel *kernel,
				   struct setting setting)
{
	struct whatif *whatif = judge(kernel, &setting, 1);
	struct outcome outcome = outcome_of(whatif, 0);

	whatif_free(whatif);
	return outcome;
}

static uint32_t below(struct kernel *kernel, uint32_t limit)
{
	kernel->random = kernel->random * 1664525u + 1013904223u;
	return (uint64_t)kernel->random * limit >> 32;
}

/* A load of several CPUs and devices, which is refused now and then. */
static void run_load(struct kernel *kernel, unsigned int steps)
{
	uint32_t held[200], nr = 0;

	for (unsigned int i = 0; i < steps; i++) {
		uint32_t slot;

		if (nr == 200 || (nr && below(kernel, 10) < 4)) {
			const uint32_t pick = below(kernel, nr);

			unmap(kernel, held[pick]);
			held[pick] = held[--nr];
			continue;
		}
		slot = map_of(kernel, below(kernel, 2),
			      1 + below(kernel, 20000),
			      below(kernel, 1u << 30) | 16, below(kernel, 8));
		if (slot != REQUEST_REFUSED)
			held[nr++] = slot;
	}
	while (nr)
		unmap(kernel, held[--nr]);
}

static void as_it_is_each_slot_is_the_same(void **state)
{
	struct kernel *kernel = new_kernel(512, 4);
	const struct setting settings[] = {
		{ .slots = 0 },
		{ .slots = 4096 },
		{ .slots = 512, .areas = 1 },
		{ .slots = 128, .areas = 1 },
	};
	struct outcome outcomes[4];
	struct recorded recorded;
	struct whatif *whatif;

	(void)state;
	run_load(kernel, 30000);
	whatif = judge(kernel, settings, 4);
	for (unsigned int i = 0; i < 4; i++)
		outcomes[i] = outcome_of(whatif, i);
	whatif_recorded(whatif, &recorded);
	assert_true(recorded.refused > 100);
	assert_int_equal(recorded.maps + recorded.unmaps,
			 kernel->trace.nr_requests);
	assert_int_equal(outcomes[0].same_slot, recorded.maps);
	assert_int_equal(outcomes[0].other_slot, 0);
	assert_int_equal(outcomes[0].requests, recorded.maps);
	assert_int_equal(outcomes[0].unknown, 0);
	assert_int_equal(outcomes[0].peak, recorded.peak);
	assert_int_equal(refusals(&outcomes[0]), recorded.refused);
	assert_int_equal(outcomes[0].setting.slots, 512);
	assert_int_equal(outcomes[0].setting.areas, 4);
	assert_int_equal(refusals(&outcomes[1]), 0);
	assert_true(outcomes[1].peak > recorded.peak);
	/* Of 200 mappings of at most 10 slots. */
	assert_true(outcomes[1].peak < 2000);
	assert_true(outcomes[1].bytes > outcomes[0].bytes);
	assert_true(outcomes[2].other_slot > 0);
	assert_true(refusals(&outcomes[3]) > recorded.refused);
	assert_true(outcomes[3].peak <= 128);
	whatif_free(whatif);
	free_kernel(kernel);
}

/* In parts, with the devices in another order, it is the same. */
static void parts_of_a_trace_are_the_trace(void **state)
{
	struct kernel *kernel = new_kernel(512, 4);
	const struct setting settings[] = { { .slots = 0 }, { .slots = 1024 } };
	struct whatif *whole, *parts;
	struct trace part;

	(void)state;
	run_load(kernel, 30000);
	whole = judge(kernel, settings, 2);
	parts = whatif_new(&basis, settings, 2);
	part = kernel->trace;
	for (size_t i = 0; i < kernel->trace.nr_requests; i += 999) {
		part.requests = kernel->requests + i;
		part.nr_requests = kernel->trace.nr_requests - i;
		if (part.nr_requests > 999)
			part.nr_requests = 999;
		assert_int_equal(whatif_add(parts, &part), 0);
	}
	for (unsigned int i = 0; i < 2; i++) {
		const struct outcome a = outcome_of(whole, i);
		const struct outcome b = outcome_of(parts, i);

		assert_int_equal(a.peak, b.peak);
		assert_int_equal(a.same_slot, b.same_slot);
		assert_int_equal(refusals(&a), refusals(&b));
	}
	whatif_free(whole);
	whatif_free(parts);
	free_kernel(kernel);
}

/* What was live before the trace. */
static void add_state(struct kernel *kernel, uint32_t area, uint64_t turn,
		      uint32_t index)
{
	kernel->areas[kernel->trace.nr_areas++] = (struct trace_area){
		.area = area,
		.index = index,
		.turn = turn,
		.first_run = kernel->trace.nr_runs,
	};
}

static void add_run(struct kernel *kernel, uint32_t slot, uint32_t slots)
{
	kernel->runs[kernel->trace.nr_runs++] =
		(struct trace_run){ .slot = slot, .slots = slots };
	kernel->areas[kernel->trace.nr_areas - 1].nr_runs++;
}

static void what_was_there_before_stays_or_is_housed(void **state)
{
	struct kernel *kernel = new_kernel(512, 2);
	const struct setting settings[] = {
		{ .slots = 0 },
		{ .slots = 256, .areas = 1 },
		{ .slots = 128, .areas = 1 },
	};
	struct outcome outcomes[3];
	struct whatif *whatif;

	(void)state;
	assert_int_equal(allocator_reserve(kernel->pool, 10, 100), 0);
	assert_int_equal(allocator_reserve(kernel->pool, 300, 50), 0);
	allocator_set_index(kernel->pool, 0, 120);
	add_state(kernel, 0, 0, 120);
	add_run(kernel, 10, 100);
	add_state(kernel, 1, 0, 0);
	add_run(kernel, 300, 50);
	assert_int_equal(map(kernel, 100), 120);
	unmap(kernel, 10);
	/* The state has its padding, too. */
	allocator_unmap(kernel->pool, 300);
	add(kernel, REQUEST_UNMAP, 304, 0);
	/* Of what nothing is known. */
	add(kernel, REQUEST_UNMAP, 400, 0);
	assert_int_equal(map(kernel, 100 * 2048), 128);
	whatif = judge(kernel, settings, 3);
	for (unsigned int i = 0; i < 3; i++)
		outcomes[i] = outcome_of(whatif, i);
	assert_int_equal(outcomes[0].same_slot, 2);
	assert_int_equal(outcomes[0].peak, 151);
	assert_int_equal(outcomes[0].unknown, 1);
	assert_int_equal(outcomes[1].unplaced, 0);
	assert_int_equal(outcomes[1].peak, 151);
	assert_int_equal(outcomes[2].unplaced, 1);
	assert_int_equal(outcomes[2].peak, 101);
	whatif_free(whatif);
	free_kernel(kernel);
}

/* The state of an area was read after its third request. */
static void requests_in_the_state_are_passed_over(void **state)
{
	struct kernel *kernel = new_kernel(128, 1);
	struct outcome outcome;

	(void)state;
	map(kernel, 100);
	map(kernel, 100);
	unmap(kernel, 0);
	assert_int_equal(map(kernel, 2048), 2);
	add_state(kernel, 0, 3, 2);
	add_run(kernel, 1, 1);
	outcome = only_outcome(kernel, (struct setting){ .slots = 0 });
	assert_int_equal(outcome.requests, 1);
	assert_int_equal(outcome.same_slot, 1);
	assert_int_equal(outcome.peak, 2);
	free_kernel(kernel);
}

/* An unmap was lost: a slot that is given again was free. */
static void a_slot_given_again_was_free(void **state)
{
	struct kernel *kernel = new_kernel(128, 1);
	struct outcome outcome;

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		const uint32_t slot = map(kernel, 60 * 2048);

		assert_int_equal(allocator_unmap(kernel->pool, slot), 0);
	}
	outcome = only_outcome(kernel, (struct setting){ .slots = 1024 });
	assert_int_equal(refusals(&outcome), 0);
	assert_true(outcome.peak <= 180);
	free_kernel(kernel);
}

/* What a later state does not have has ended, and what it has besides is. */
static void a_later_state_corrects_the_record(void **state)
{
	struct kernel *kernel = new_kernel(256, 1);
	struct whatif *whatif;
	struct outcome outcome;

	(void)state;
	add_state(kernel, 0, 0, 0);
	map(kernel, 10 * 2048);
	map(kernel, 20 * 2048);
	whatif = judge(kernel, (const struct setting[]){ { .slots = 0 } }, 1);
	/* Lost: the unmap of the first, and a map of 128 slots. */
	assert_int_equal(allocator_unmap(kernel->pool, 0), 0);
	assert_int_equal(allocator_reserve(kernel->pool, 128, 128), 0);
	kernel->turns[0] += 2;
	kernel->trace.nr_requests = 0;
	kernel->trace.nr_areas = 0;
	kernel->trace.nr_runs = 0;
	allocator_set_index(kernel->pool, 0, 0);
	add_state(kernel, 0, 4, 0);
	add_run(kernel, 10, 20);
	add_run(kernel, 128, 128);
	assert_int_equal(map(kernel, 10 * 2048), 0);
	unmap(kernel, 128);
	assert_int_equal(whatif_add(whatif, &kernel->trace), 0);
	outcome = outcome_of(whatif, 0);
	assert_int_equal(outcome.same_slot, 3);
	assert_int_equal(outcome.peak, 20 + 128 + 10);
	assert_int_equal(outcome.unknown, 0);
	whatif_free(whatif);
	free_kernel(kernel);
}

/* Refused after 128 slots: a larger pool serves all 200. */
static void refused_requests_live_as_long_as_the_last(void **state)
{
	struct kernel *kernel = new_kernel(128, 1);
	uint32_t slots[200];
	struct outcome outcome;

	(void)state;
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < 200; i++)
			slots[i] =
				map_of(kernel, 0, 2000, ORIGIN + i * PAGE, 0);
		for (unsigned int i = 0; i < 200; i++)
			if (slots[i] != REQUEST_REFUSED)
				unmap(kernel, slots[i]);
	}
	outcome = only_outcome(kernel, (struct setting){ .slots = 256 });
	assert_int_equal(refusals(&outcome), 0);
	assert_int_equal(outcome.requests, 600);
	assert_int_equal(outcome.peak, 200);
	free_kernel(kernel);
}

/* Another one has filled the pool; each request is given back at once. */
static void brief_requests_stay_brief(void **state)
{
	struct kernel *kernel = new_kernel(128, 1);
	struct outcome outcome;
	uint32_t slot;

	(void)state;
	slot = map_of(kernel, 1, 2000, ORIGIN, 0);
	unmap(kernel, slot);
	slot = map_of(kernel, 0, 128 * 2048, ORIGIN, 1);
	assert_int_not_equal(slot, REQUEST_REFUSED);
	for (unsigned int i = 0; i < 1000; i++)
		map_of(kernel, 1, 2000, ORIGIN + i * PAGE, 0);
	outcome = only_outcome(kernel, (struct setting){ .slots = 256 });
	assert_int_equal(refusals(&outcome), 0);
	assert_int_equal(outcome.peak, 129);
	free_kernel(kernel);
}

/* The driver tries the same request until it is served. */
static void a_request_tried_again_is_the_same_one(void **state)
{
	struct kernel *kernel = new_kernel(128, 1);
	struct outcome outcome;
	uint32_t slot, again;

	(void)state;
	slot = map_of(kernel, 0, 128 * 2048, ORIGIN, 1);
	for (unsigned int i = 0; i < 50; i++)
		assert_int_equal(map_of(kernel, 0, 5000, ORIGIN + PAGE, 0),
				 REQUEST_REFUSED);
	assert_int_equal(allocator_unmap(kernel->pool, slot), 0);
	add(kernel, REQUEST_UNMAP, slot, 1);
	again = map_of(kernel, 0, 5000, ORIGIN + PAGE, 0);
	assert_int_not_equal(again, REQUEST_REFUSED);
	unmap(kernel, again);
	outcome = only_outcome(kernel, (struct setting){ .slots = 512 });
	assert_int_equal(outcome.requests, 2);
	assert_int_equal(outcome.peak, 131);
	free_kernel(kernel);
}

static void a_device_gets_blocks_of_its_own(void **state)
{
	struct kernel *kernel = new_kernel(8192, 2);
	struct outcome outcome;
	uint32_t slots[2];

	(void)state;
	/* In the way of a block. */
	assert_int_equal(allocator_reserve(kernel->pool, 5, 3), 0);
	add_state(kernel, 0, 0, 0);
	add_run(kernel, 5, 3);
	slots[0] = map_of(kernel, 0, 10000, ORIGIN, 0);
	slots[1] = map_of(kernel, 1, 2000, ORIGIN, 0);
	unmap(kernel, slots[0]);
	unmap(kernel, slots[1]);
	unmap(kernel, map_of(kernel, 0, 10000, ORIGIN, 0));
	outcome = only_outcome(kernel, (struct setting){
					       .device = "nvme*",
					       .device_areas = 3,
				       });
	assert_int_equal(outcome.no_blocks, 0);
	assert_int_equal(outcome.device_peak, 5);
	assert_int_equal(outcome.peak, 3 * 1024 + 3 + 1);
	assert_int_equal(outcome.requests, 3);
	assert_int_equal(refusals(&outcome), 0);
	outcome = only_outcome(kernel, (struct setting){
					       .device = "*",
					       .device_areas = 4,
				       });
	assert_int_equal(outcome.no_blocks, 0);
	assert_int_equal(outcome.unplaced, 1);
	outcome = only_outcome(kernel, (struct setting){
					       .device = "nvme0",
					       .device_areas = 5,
				       });
	assert_int_equal(outcome.no_blocks, 1);
	assert_int_equal(outcome.same_slot, 3);
	free_kernel(kernel);
}

/* As many CPUs as areas, all of which meet in one. */
static struct outcome waits_of(struct kernel *kernel, uint64_t brief,
			       uint64_t lasting)
{
	struct whatif_basis spread = basis;
	const struct setting one_area = { .areas = 1 };
	struct outcome outcome;
	struct whatif *whatif;

	spread.hold_ns = 800;
	spread.holds.count[8] = brief;
	spread.holds.count[17] = lasting;
	whatif = whatif_new(&spread, &one_area, 1);
	assert_non_null(whatif);
	assert_int_equal(whatif_add(whatif, &kernel->trace), 0);
	outcome = outcome_of(whatif, 0);
	whatif_free(whatif);
	return outcome;
}

static void few_long_holds_make_most_of_the_waits(void **state)
{
	struct kernel *kernel = new_kernel(2048, 8);
	struct outcome even, near, spread;

	(void)state;
	run_load(kernel, 30000);
	even = waits_of(kernel, 0, 0);
	near = waits_of(kernel, 1, 0);
	spread = waits_of(kernel, 999, 1);
	assert_true(even.contended > 1000);
	/* In one bucket all are nearly the same. */
	assert_true(near.waited_ns > even.waited_ns / 2);
	assert_true(near.waited_ns < even.waited_ns * 2);
	assert_true(spread.waited_ns > even.waited_ns * 4);
	assert_true(spread.max_wait_ns > even.max_wait_ns * 20);
	assert_int_equal(spread.peak, even.peak);
	free_kernel(kernel);
}

static int added(struct kernel *kernel, struct setting setting)
{
	struct whatif *whatif = whatif_new(&basis, &setting, 1);
	int err;

	assert_non_null(whatif);
	err = whatif_add(whatif, &kernel->trace);
	whatif_free(whatif);
	return err;
}

static void what_cannot_be_is_refused(void **state)
{
	const struct setting as_it_is = { .slots = 0 };
	struct kernel *kernel = new_kernel(256, 2);
	struct request *request = kernel->requests;

	(void)state;
	map(kernel, 100);
	assert_int_equal(added(kernel, as_it_is), 0);
	assert_int_equal(added(kernel, (struct setting){ .areas = 4 }),
			 -EINVAL);
	assert_int_equal(added(kernel, (struct setting){ .slots = 200 }),
			 -EINVAL);
	request->slot = 256;
	assert_int_equal(added(kernel, as_it_is), -EINVAL);
	request->slot = 0;
	request->device = 2;
	assert_int_equal(added(kernel, as_it_is), -EINVAL);
	request->device = 0;
	request->pool = 1;
	assert_int_equal(added(kernel, as_it_is), -EINVAL);
	request->pool = 0;
	request->kind = REQUEST_UNMAP;
	request->slot = REQUEST_REFUSED;
	assert_int_equal(added(kernel, as_it_is), -EINVAL);
	kernel->trace.nr_requests = 0;
	add_state(kernel, 1, 0, 0);
	add_run(kernel, 120, 20);
	assert_int_equal(added(kernel, as_it_is), -EINVAL);
	kernel->runs[0].slot = 128;
	assert_int_equal(added(kernel, as_it_is), 0);
	kernel->areas[0].nr_runs = 2;
	assert_int_equal(added(kernel, as_it_is), -EINVAL);
	kernel->areas[0].nr_runs = 1;
	kernel->areas[0].area = 2;
	assert_int_equal(added(kernel, as_it_is), -EINVAL);
	free_kernel(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_it_is_each_slot_is_the_same),
		cmocka_unit_test(parts_of_a_trace_are_the_trace),
		cmocka_unit_test(what_was_there_before_stays_or_is_housed),
		cmocka_unit_test(requests_in_the_state_are_passed_over),
		cmocka_unit_test(a_slot_given_again_was_free),
		cmocka_unit_test(a_later_state_corrects_the_record),
		cmocka_unit_test(refused_requests_live_as_long_as_the_last),
		cmocka_unit_test(brief_requests_stay_brief),
		cmocka_unit_test(a_request_tried_again_is_the_same_one),
		cmocka_unit_test(a_device_gets_blocks_of_its_own),
		cmocka_unit_test(few_long_holds_make_most_of_the_waits),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

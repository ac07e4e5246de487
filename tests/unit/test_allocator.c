/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "model/allocator.h"
#include "plain_allocator.h"

#define PAGE   4096u
#define ORIGIN 0x10000000u

static struct allocator *new_pool(enum search search, uint64_t slots,
				  uint32_t areas)
{
	const struct allocator_shape shape = {
		.search = search,
		.bus_start = 0x20000000,
		.slots = slots,
		.areas = areas,
		.page_bytes = PAGE,
	};
	struct allocator *pool = allocator_new(&shape);

	assert_non_null(pool);
	return pool;
}

static const enum search all_searches[] = { SEARCH_6_1, SEARCH_6_12 };

/* Of memory at the begin of a page. */
static struct placement map(struct allocator *pool, uint32_t size, uint32_t cpu)
{
	const struct allocation asked = {
		.size = size,
		.origin = ORIGIN,
		.cpu = cpu,
	};

	return allocator_map(pool, &asked);
}

static void assert_given(struct placement got, uint32_t slot, uint32_t slots)
{
	assert_int_equal(got.slots, slots);
	assert_int_equal(got.slot, slot);
	assert_false(got.endless);
}

static void assert_refused(struct placement got, enum failure_cause cause)
{
	assert_int_equal(got.slots, 0);
	assert_int_equal(got.cause, cause);
}

/* Slots @from up to @to, as free slots that nobody asks for. */
static void fill(struct allocator *pool, uint32_t from, uint32_t to)
{
	for (uint32_t slot = from; slot < to; slot++)
		assert_int_equal(allocator_reserve(pool, slot, 1), 0);
}

static void only_shapes_of_pools_are_made(void **state)
{
	static const struct allocator_shape wrong[] = {
		{ .slots = 0, .areas = 1, .page_bytes = PAGE },
		{ .slots = 128, .areas = 0, .page_bytes = PAGE },
		{ .slots = 384, .areas = 3, .page_bytes = PAGE },
		{ .slots = 128, .areas = 2, .page_bytes = PAGE },
		{ .slots = 200, .areas = 1, .page_bytes = PAGE },
		{ .slots = 128, .areas = 1, .page_bytes = 0 },
		{ .slots = 1ull << 40, .areas = 1, .page_bytes = PAGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		errno = 0;
		assert_null(allocator_new(&wrong[i]));
		assert_int_equal(errno, EINVAL);
	}
	allocator_free(NULL);
}

static void the_next_search_starts_behind_the_last(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct allocator *pool = new_pool(all_searches[i], 256, 1);

		assert_given(map(pool, 2048, 0), 0, 1);
		assert_int_equal(allocator_unmap(pool, 0), 0);
		/* Though slot 0 is free again. */
		assert_given(map(pool, 2049, 0), 1, 2);
		assert_int_equal(allocator_index(pool, 0), 3);
		assert_int_equal(allocator_used(pool, 0), 2);
		allocator_free(pool);
	}
}

static void a_search_wraps_around_its_area(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct allocator *pool = new_pool(all_searches[i], 512, 2);

		allocator_set_index(pool, 1, 254);
		assert_given(map(pool, 2 * 2048 - 1, 1), 256 + 254, 2);
		assert_int_equal(allocator_index(pool, 1), 0);
		allocator_set_index(pool, 1, 250);
		/* Runs end where segments end, so nine slots are elsewhere. */
		assert_given(map(pool, 9 * 2048 - 2048 - 1, 1), 256, 8);
		allocator_set_index(pool, 1, 256);
		assert_int_equal(allocator_index(pool, 1), 0);
		allocator_free(pool);
	}
}

/* From a page on: 6.1 looks at each second slot, 6.12 at aligned addresses. */
static void whole_pages_are_aligned(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct allocator *pool = new_pool(all_searches[i], 128, 1);

		assert_given(map(pool, 100, 0), 0, 1);
		assert_given(map(pool, 4096, 0), 2, 2);
		assert_given(map(pool, 100, 0), 4, 1);
		assert_given(map(pool, 4095, 0), 5, 2);
		assert_given(map(pool, 5000, 0), 8, 3);
		allocator_free(pool);
	}
}

static void an_alignment_is_kept_to(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct allocator *pool = new_pool(all_searches[i], 128, 1);
		const struct allocation asked = {
			.size = 100,
			.origin = ORIGIN,
			.align = 0x3fff,
		};

		assert_given(map(pool, 100, 0), 0, 1);
		/* Rounded up to what is aligned. */
		assert_given(allocator_map(pool, &asked), 8, 8);
		assert_given(allocator_map(pool, &asked), 16, 8);
		allocator_free(pool);
	}
}

/* As an NVMe's does: the offset in a page of 4096 bytes is kept. */
static void bits_of_the_address_are_kept(void **state)
{
	const struct allocation upper = {
		.size = 512,
		.origin = ORIGIN + 2048 + 100,
		.min_align_mask = 4095,
	};
	const struct allocation lower = {
		.size = 2000,
		.origin = ORIGIN + 100,
		.min_align_mask = 4095,
	};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct allocator *pool = new_pool(all_searches[i], 128, 1);

		assert_given(allocator_map(pool, &upper), 1, 1);
		/* 100 bytes of offset make it two slots. */
		assert_given(allocator_map(pool, &lower), 2, 2);
		assert_given(allocator_map(pool, &upper), 5, 1);
		allocator_free(pool);
	}
}

/* 6.1 doubles the stride of whole pages beside the mask, 6.12 does not. */
static void pages_of_devices_that_keep_bits(void **state)
{
	static const uint32_t slots[] = { [SEARCH_6_1] = 4, [SEARCH_6_12] = 2 };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct allocator *pool = new_pool(all_searches[i], 128, 1);
		const struct allocation asked = {
			.size = 4096,
			.origin = ORIGIN,
			.min_align_mask = 4095,
		};

		assert_given(map(pool, 100, 0), 0, 1);
		assert_given(allocator_map(pool, &asked),
			     slots[all_searches[i]], 2);
		allocator_free(pool);
	}
}

/* Offsets of more than a slot are padded with slots, since 6.10. */
static void padding_is_before_the_address(void **state)
{
	struct allocator *pool = new_pool(SEARCH_6_12, 128, 1);
	const struct allocation asked = {
		.size = 4096,
		.origin = ORIGIN + 3 * 2048,
		.align = 0xffff,
		.min_align_mask = 0xffff,
	};
	uint32_t padding;

	(void)state;
	assert_int_equal(allocator_extent(pool, &asked, &padding), 32);
	assert_int_equal(padding, 3);
	assert_given(map(pool, 100, 0), 0, 1);
	assert_given(allocator_map(pool, &asked), 32 + 3, 32);
	assert_int_equal(allocator_run(pool, 32), 0);
	assert_int_equal(allocator_unmap(pool, 32), -ENOENT);
	assert_int_equal(allocator_unmap(pool, 35), 0);
	assert_int_equal(allocator_run(pool, 32), 96);
	assert_int_equal(allocator_run(pool, 1), 127);
	allocator_free(pool);
}

/* swiotlb_alloc() does not round the size. */
static void coherent_memory_has_no_origin(void **state)
{
	struct allocator *pool = new_pool(SEARCH_6_12, 128, 1);
	const struct allocation asked = { .size = 3 * PAGE, .align = 0x3fff };

	(void)state;
	assert_given(allocator_map(pool, &asked), 0, 6);
	assert_given(allocator_map(pool, &asked), 8, 6);
	allocator_free(pool);
}

static void no_mapping_leaves_its_segment(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct allocator *pool = new_pool(all_searches[i], 256, 1);

		allocator_set_index(pool, 0, 120);
		assert_given(map(pool, 20 * 2048, 0), 128, 20);
		assert_int_equal(allocator_run(pool, 120), 8);
		assert_given(map(pool, 128 * 2048, 0), 0, 128);
		allocator_free(pool);
	}
}

static void no_mapping_crosses_the_boundary(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct allocator *pool = new_pool(all_searches[i], 128, 1);
		struct allocation asked = {
			.size = 3 * 1024,
			.origin = ORIGIN,
			/* 16 slots. */
			.boundary_mask = 0x7fff,
		};

		allocator_set_index(pool, 0, 15);
		assert_given(allocator_map(pool, &asked), 16, 2);
		asked.size = 0x8001;
		assert_refused(allocator_map(pool, &asked), FAILURE_ALIGNMENT);
		allocator_free(pool);
	}
}

static void the_cpu_chooses_the_first_area(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct allocator *pool = new_pool(all_searches[i], 512, 4);
		struct placement got;

		assert_given(map(pool, 100, 6), 256, 1);
		fill(pool, 384, 512);
		fill(pool, 0, 128);
		got = map(pool, 100, 3);
		assert_given(got, 128, 1);
		assert_int_equal(got.area, 1);
		/* Two of them by their counters. */
		assert_int_equal(got.locks, 3);
		assert_int_equal(got.examined, 1);
		allocator_free(pool);
	}
}

static void runs_merge_at_unmap(void **state)
{
	struct allocator *pool = new_pool(SEARCH_6_12, 256, 1);

	(void)state;
	assert_given(map(pool, 3 * 2048, 0), 0, 3);
	assert_given(map(pool, 2 * 1024, 0), 3, 1);
	assert_given(map(pool, 2 * 2048, 0), 4, 2);
	assert_int_equal(allocator_unmap(pool, 0), 0);
	assert_int_equal(allocator_run(pool, 0), 3);
	assert_int_equal(allocator_run(pool, 2), 1);
	assert_int_equal(allocator_unmap(pool, 4), 0);
	assert_int_equal(allocator_run(pool, 4), 124);
	assert_int_equal(allocator_longest(pool), 128);
	assert_int_equal(allocator_unmap(pool, 3), 0);
	assert_int_equal(allocator_run(pool, 0), 128);
	assert_int_equal(allocator_run(pool, 128), 128);
	assert_int_equal(allocator_used(pool, UINT32_MAX), 0);
	assert_int_equal(allocator_unmap(pool, 3), -ENOENT);
	assert_int_equal(allocator_unmap(pool, 1000), -ENOENT);
	allocator_free(pool);
}

static void causes_are_those_of_the_level(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct allocator *pool = new_pool(all_searches[i], 256, 2);
		struct allocation asked = { .size = 2048, .origin = ORIGIN };

		assert_refused(map(pool, 128 * 2048 + 1, 0), FAILURE_OVERSIZE);
		asked.size = 127 * 2048;
		asked.min_align_mask = 4095;
		/* It cannot begin where a segment does. */
		asked.origin = ORIGIN + 3000;
		assert_refused(allocator_map(pool, &asked), FAILURE_OVERSIZE);
		asked.origin = ORIGIN;
		fill(pool, 0, 100);
		fill(pool, 128, 228);
		/* In all, but not in an area. */
		assert_refused(map(pool, 50 * 2048, 0), FAILURE_FRAGMENTED);
		assert_refused(map(pool, 57 * 2048, 0), FAILURE_EXHAUSTED);
		for (uint32_t slot = 102; slot < 128; slot += 4) {
			fill(pool, slot, slot + 1);
			fill(pool, 128 + slot, 128 + slot + 1);
		}
		/* Enough of an area, but not in a row. */
		assert_refused(map(pool, 5 * 2048, 0), FAILURE_FRAGMENTED);
		/* In a row, but each begins in the middle of a page. */
		fill(pool, 100, 102);
		fill(pool, 228, 230);
		asked.size = 2 * 2048 + 1;
		asked.min_align_mask = 4095;
		assert_refused(allocator_map(pool, &asked), FAILURE_ALIGNMENT);
		allocator_free(pool);
	}
}

/* 6.1 does not look at slot 2, which would do. */
static void what_6_1_does_not_look_at_is_fragmented(void **state)
{
	struct allocator *pool = new_pool(SEARCH_6_1, 128, 1);
	const struct allocation asked = {
		.size = 4096,
		.origin = ORIGIN,
		.min_align_mask = 4095,
	};
	struct placement got;

	(void)state;
	fill(pool, 0, 2);
	fill(pool, 4, 128);
	got = allocator_map(pool, &asked);
	assert_refused(got, FAILURE_FRAGMENTED);
	assert_false(got.endless);
	allocator_free(pool);
}

/*
 * The upper half of a page: the search starts at an even index, is only ever at
 * odd ones, and does not come back.
 */
static void a_search_of_6_1_may_not_end(void **state)
{
	const struct allocation asked = {
		.size = 1024,
		.origin = ORIGIN + 2048,
		.min_align_mask = 4095,
	};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct allocator *pool = new_pool(all_searches[i], 256, 1);
		struct placement got;

		for (uint32_t slot = 1; slot < 256; slot += 2)
			fill(pool, slot, slot + 1);
		allocator_set_index(pool, 0, 8);
		got = allocator_map(pool, &asked);
		assert_refused(got, FAILURE_ALIGNMENT);
		assert_int_equal(got.endless, all_searches[i] == SEARCH_6_1);
		allocator_free(pool);
	}
}

static void what_is_reserved_is_taken(void **state)
{
	struct allocator *pool = new_pool(SEARCH_6_12, 512, 2);

	(void)state;
	assert_int_equal(allocator_reserve(pool, 100, 200), 0);
	assert_int_equal(allocator_used(pool, 0), 156);
	assert_int_equal(allocator_used(pool, 1), 44);
	assert_int_equal(allocator_run(pool, 0), 100);
	assert_int_equal(allocator_run(pool, 300), 84);
	assert_int_equal(allocator_reserve(pool, 299, 2), -EINVAL);
	assert_int_equal(allocator_reserve(pool, 99, 2), -EINVAL);
	assert_int_equal(allocator_reserve(pool, 511, 2), -EINVAL);
	assert_int_equal(allocator_reserve(pool, 0, 0), -EINVAL);
	assert_int_equal(allocator_reserve(pool, UINT64_MAX, 2), -EINVAL);
	/* The begin of a segment in it is none of its own. */
	assert_int_equal(allocator_unmap(pool, 128), -ENOENT);
	assert_int_equal(allocator_unmap(pool, 100), 0);
	assert_int_equal(allocator_used(pool, UINT32_MAX), 0);
	assert_int_equal(allocator_run(pool, 200), 56);
	allocator_free(pool);
}

static void blocks_are_taken_from_areas_in_turn(void **state)
{
	struct allocator *pool = new_pool(SEARCH_6_1, 8192, 2);
	uint32_t slot;

	(void)state;
	assert_int_equal(allocator_take_blocks(pool, 2, &slot), 0);
	assert_int_equal(slot, 0);
	assert_int_equal(allocator_used(pool, 0), 2048);
	assert_int_equal(allocator_take_blocks(pool, 1, &slot), 0);
	assert_int_equal(slot, 4096);
	assert_int_equal(allocator_take_blocks(pool, 1, &slot), 0);
	assert_int_equal(slot, 2048);
	/* A mapping in the second block of the area, as far as it has come. */
	assert_int_equal(allocator_reserve(pool, 4096 + 1500, 1), 0);
	assert_int_equal(allocator_take_blocks(pool, 1, &slot), 0);
	assert_int_equal(slot, 4096 + 2048);
	assert_int_equal(allocator_take_blocks(pool, 2, &slot), -ENOMEM);
	assert_int_equal(allocator_unmap(pool, 0), 0);
	assert_int_equal(allocator_take_blocks(pool, 2, &slot), 0);
	assert_int_equal(slot, 0);
	assert_int_equal(allocator_take_blocks(pool, 5, &slot), -ENOMEM);
	allocator_free(pool);
}

static void areas_of_device_pools(void **state)
{
	(void)state;
	assert_int_equal(allocator_device_areas(0, 1024), 1);
	assert_int_equal(allocator_device_areas(3, 1024), 4);
	assert_int_equal(allocator_device_areas(3, 3072), 4);
	assert_int_equal(allocator_device_areas(100, 1024), 8);
	assert_int_equal(allocator_device_areas(100, 3072), 8);
	assert_int_equal(allocator_device_areas(7, 7 * 1024), 8);
}

/*
 * A load of all kinds
 */

/* What is live, at most. */
#define HELD 300

struct load {
	struct allocator *pool;
	struct plain plain;
	struct {
		uint32_t slot;
		uint32_t begin;
		uint32_t slots;
	} held[HELD];
	unsigned int nr_held;
	uint32_t random;
	unsigned int given;
	unsigned int refused;
};

/* The same numbers everywhere. */
static uint32_t below(struct load *load, uint32_t limit)
{
	load->random = load->random * 1664525u + 1013904223u;
	return (uint64_t)load->random * limit >> 32;
}

static struct allocation any_request(struct load *load)
{
	static const uint32_t masks[] = { 0, 0, 4095, 2047, 0xffff, 0x1fff };
	static const uint32_t aligns[] = { 0, 0, 0, 4095, 0x3fff, 511 };
	static const uint64_t boundaries[] = { 0, 0xffffffff, 0xffff, 0x3ffff };

	return (struct allocation){
		.size = 1 + below(load, below(load, 3) ? 9000 : 150000),
		.origin = below(load, 10) ? below(load, 1u << 31) : 0,
		.align = aligns[below(load, 6)],
		.min_align_mask = masks[below(load, 6)],
		.boundary_mask = boundaries[below(load, 4)],
		.cpu = below(load, 16),
	};
}

static void give(struct load *load)
{
	const struct allocation asked = any_request(load);
	struct placement got, plain;
	uint32_t padding;

	if (load->nr_held == HELD)
		return;
	got = allocator_map(load->pool, &asked);
	plain = plain_map(&load->plain, &asked);
	assert_int_equal(got.endless, plain.endless);
	assert_int_equal(got.slots, plain.slots);
	assert_int_equal(got.locks, plain.locks);
	if (!got.endless)
		assert_int_equal(got.examined, plain.examined);
	load->given += got.slots > 0;
	load->refused += !got.slots;
	if (!got.slots)
		return;
	assert_int_equal(got.slot, plain.slot);
	assert_int_equal(got.area, plain.area);
	assert_int_equal(allocator_extent(load->pool, &asked, &padding),
			 got.slots);
	load->held[load->nr_held].slot = got.slot;
	load->held[load->nr_held].begin = got.slot - padding;
	load->held[load->nr_held++].slots = got.slots;
}

static void take_back(struct load *load)
{
	unsigned int i;

	if (!load->nr_held)
		return;
	i = below(load, load->nr_held);
	assert_int_equal(allocator_unmap(load->pool, load->held[i].slot), 0);
	plain_mark(&load->plain, load->held[i].begin, load->held[i].slots,
		   false);
	load->held[i] = load->held[--load->nr_held];
}

/* The invariants of the audit, and that it is what the plain one has. */
static void judge(const struct load *load)
{
	const struct allocator_shape *shape = allocator_shape(load->pool);
	uint32_t longest = 0;

	for (uint32_t slot = 0; slot < shape->slots; slot++) {
		const uint32_t run = load->plain.taken[slot]
					     ? 0
					     : plain_run(&load->plain, slot);

		assert_int_equal(allocator_run(load->pool, slot), run);
		longest = plain_max(longest, run);
	}
	assert_int_equal(allocator_longest(load->pool), longest);
	for (uint32_t area = 0; area < shape->areas; area++) {
		assert_int_equal(allocator_used(load->pool, area),
				 plain_used(&load->plain, area));
		assert_int_equal(allocator_index(load->pool, area),
				 load->plain.index[area]);
	}
}

static void run_load(enum search search, uint32_t slots, uint32_t areas)
{
	struct load *load = calloc(1, sizeof(*load));

	assert_non_null(load);
	load->pool = new_pool(search, slots, areas);
	load->plain.shape = *allocator_shape(load->pool);
	for (unsigned int i = 0; i < 6000; i++) {
		/* Phases in which it fills, and others. */
		if (below(load, 10) < (i / 500 % 2 ? 6 : 4))
			give(load);
		else
			take_back(load);
		if (i % 100 == 0)
			judge(load);
	}
	judge(load);
	assert_true(load->given > 1000);
	assert_true(load->refused > 10);
	while (load->nr_held)
		take_back(load);
	assert_int_equal(allocator_used(load->pool, UINT32_MAX), 0);
	assert_int_equal(allocator_longest(load->pool), SEGMENT_SLOTS);
	allocator_free(load->pool);
	free(load);
}

static void each_slot_is_that_of_the_plain_search(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		run_load(all_searches[i], 512, 1);
		run_load(all_searches[i], 1024, 4);
		run_load(all_searches[i], 1536, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_shapes_of_pools_are_made),
		cmocka_unit_test(the_next_search_starts_behind_the_last),
		cmocka_unit_test(a_search_wraps_around_its_area),
		cmocka_unit_test(whole_pages_are_aligned),
		cmocka_unit_test(an_alignment_is_kept_to),
		cmocka_unit_test(bits_of_the_address_are_kept),
		cmocka_unit_test(pages_of_devices_that_keep_bits),
		cmocka_unit_test(padding_is_before_the_address),
		cmocka_unit_test(coherent_memory_has_no_origin),
		cmocka_unit_test(no_mapping_leaves_its_segment),
		cmocka_unit_test(no_mapping_crosses_the_boundary),
		cmocka_unit_test(the_cpu_chooses_the_first_area),
		cmocka_unit_test(runs_merge_at_unmap),
		cmocka_unit_test(causes_are_those_of_the_level),
		cmocka_unit_test(what_6_1_does_not_look_at_is_fragmented),
		cmocka_unit_test(a_search_of_6_1_may_not_end),
		cmocka_unit_test(what_is_reserved_is_taken),
		cmocka_unit_test(blocks_are_taken_from_areas_in_turn),
		cmocka_unit_test(areas_of_device_pools),
		cmocka_unit_test(each_slot_is_that_of_the_plain_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

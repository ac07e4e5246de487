/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target: maps, unmaps and reserves in a pool of any shape, held
 * against the plain search. `make fuzz` runs it for a bounded number of inputs.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "model/allocator.h"
#include "tests/fuzz/input.h"
#include "tests/unit/plain_allocator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/**
 * struct load - what was made of it
 * @pool: the pool that is tried
 * @plain: the one that it is held against
 * @begin: first slot of what is live, by the slot it is known by
 * @slots: how many; 0 = nothing is
 */
struct load {
	struct allocator *pool;
	struct plain plain;
	uint32_t begin[PLAIN_SLOTS_MAX];
	uint32_t slots[PLAIN_SLOTS_MAX];
};

/* As many ones as it says, or any bits. */
static uint32_t next_mask(struct input *input)
{
	const uint32_t byte = next(input, 1);

	if (byte == 0xff)
		return next(input, 4);
	return (1u << byte % 20) - 1;
}

static void hold(struct load *load, uint32_t slot, uint32_t begin,
		 uint32_t slots)
{
	require(!load->slots[slot]);
	load->begin[slot] = begin;
	load->slots[slot] = slots;
}

static void map(struct load *load, struct input *input)
{
	struct allocation asked = {
		.size = next(input, 3) % 300000,
		.origin = next(input, 2) << 4,
		.align = next_mask(input),
		.min_align_mask = next_mask(input),
		.boundary_mask = next_mask(input) | 2047,
		.cpu = next(input, 1),
	};
	struct placement got, plain;
	uint32_t padding;

	/* The kernel's own macros round to powers of two. */
	asked.align =
		asked.align ? (2u << (31 - __builtin_clz(asked.align))) - 1 : 0;
	got = allocator_map(load->pool, &asked);
	plain = plain_map(&load->plain, &asked);
	require(got.slots == plain.slots && got.endless == plain.endless);
	require(got.locks == plain.locks);
	require(got.endless || got.examined == plain.examined);
	require(got.slots || got.cause < FAILURE_CAUSES);
	if (!got.slots)
		return;
	require(got.slot == plain.slot && got.area == plain.area);
	require(allocator_extent(load->pool, &asked, &padding) == got.slots);
	hold(load, got.slot, got.slot - padding, got.slots);
}

static void unmap(struct load *load, struct input *input)
{
	const uint32_t slot = next(input, 2) % PLAIN_SLOTS_MAX;
	const int err = allocator_unmap(load->pool, slot);

	require(err == (load->slots[slot] ? 0 : -ENOENT));
	plain_mark(&load->plain, load->begin[slot], load->slots[slot], false);
	load->slots[slot] = 0;
}

static void reserve(struct load *load, struct input *input)
{
	const uint32_t slot = next(input, 2), slots = next(input, 2) % 2048;
	bool free = slots && slot + slots <= load->plain.shape.slots;
	const int err = allocator_reserve(load->pool, slot, slots);

	for (uint32_t i = 0; free && i < slots; i++)
		free = !load->plain.taken[slot + i];
	require(err == (free ? 0 : -EINVAL));
	if (err)
		return;
	plain_mark(&load->plain, slot, slots, true);
	hold(load, slot, slot, slots);
}

static void take_blocks(struct load *load, struct input *input)
{
	const uint32_t blocks = 1 + next(input, 1) % 3;
	uint32_t slot;

	if (allocator_take_blocks(load->pool, blocks, &slot))
		return;
	require(slot % BLOCK_SLOTS == 0 || load->plain.shape.slots /
						   load->plain.shape.areas %
						   BLOCK_SLOTS);
	for (uint32_t i = 0; i < blocks * BLOCK_SLOTS; i++)
		require(!load->plain.taken[slot + i]);
	plain_mark(&load->plain, slot, blocks * BLOCK_SLOTS, true);
	hold(load, slot, slot, blocks * BLOCK_SLOTS);
}

static void judge(const struct load *load)
{
	const struct allocator_shape *shape = &load->plain.shape;

	for (uint32_t slot = 0; slot < shape->slots; slot++)
		require(allocator_run(load->pool, slot) ==
			(load->plain.taken[slot]
				 ? 0
				 : plain_run(&load->plain, slot)));
	for (uint32_t area = 0; area < shape->areas; area++) {
		require(allocator_used(load->pool, area) ==
			plain_used(&load->plain, area));
		require(allocator_index(load->pool, area) ==
			load->plain.index[area]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const steps[])(struct load *, struct input *) = {
		map, map, map, unmap, unmap, reserve, take_blocks,
	};
	static struct load load;
	struct input input = { .data = data, .size = size };

	memset(&load, 0, sizeof(load));
	load.plain.shape = (struct allocator_shape){
		.search = next(&input, 1) & 1 ? SEARCH_6_1 : SEARCH_6_12,
		.bus_start = next(&input, 2) << 12,
		.slots = (1 + next(&input, 1) % 32) * SEGMENT_SLOTS,
		.areas = 1u << next(&input, 1) % 6,
		.page_bytes = next(&input, 1) & 1 ? 4096 : 65536,
	};
	load.pool = allocator_new(&load.plain.shape);
	require(load.pool || errno == EINVAL);
	while (load.pool && input.size)
		steps[next(&input, 1) % (sizeof(steps) / sizeof(*steps))](
			&load, &input);
	if (load.pool)
		judge(&load);
	allocator_free(load.pool);
	return 0;
}

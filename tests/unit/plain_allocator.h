/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_PLAIN_ALLOCATOR_H
#define TESTS_PLAIN_ALLOCATOR_H

/*
 * The kernel's search as the kernel does it, slot by slot, on nothing but which
 * slots are taken: what model/allocator.c, which takes short cuts, is held
 * against.
 */

#include <stdbool.h>
#include <string.h>

#include "model/allocator.h"

#define PLAIN_SLOTS_MAX 4096u
#define PLAIN_AREAS_MAX 32u

/**
 * struct plain - a pool
 * @shape: at most PLAIN_SLOTS_MAX slots in PLAIN_AREAS_MAX areas
 * @taken: by slot
 * @index: by area
 */
struct plain {
	struct allocator_shape shape;
	bool taken[PLAIN_SLOTS_MAX];
	uint32_t index[PLAIN_AREAS_MAX];
};

static inline uint32_t plain_run(const struct plain *plain, uint32_t slot)
{
	uint32_t run = 0;

	while (!plain->taken[slot + run]) {
		run++;
		if ((slot + run) % SEGMENT_SLOTS == 0)
			break;
	}
	return run;
}

static inline void plain_mark(struct plain *plain, uint32_t slot,
			      uint32_t slots, bool taken)
{
	memset(plain->taken + slot, taken, slots);
}

static inline uint32_t plain_used(const struct plain *plain, uint32_t area)
{
	const uint32_t slots = plain->shape.slots / plain->shape.areas;
	uint32_t used = 0;

	for (uint32_t i = 0; i < slots; i++)
		used += plain->taken[area * slots + i];
	return used;
}

/**
 * struct plain_search - a search in one area
 * @slots: to take
 * @padding: of these, before the address
 * @align: bits that must be 0, with 6.12
 * @kept: bits that must be those of the memory
 * @stride: from one aligned slot to the next
 */
struct plain_search {
	uint32_t slots;
	uint32_t padding;
	uint32_t align;
	uint32_t kept;
	uint32_t stride;
};

static inline uint32_t plain_max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static inline struct plain_search plain_6_12(const struct plain *plain,
					     const struct allocation *asked)
{
	const uint32_t offset =
		asked->origin & asked->min_align_mask & (asked->align | 2047);
	uint64_t bytes = asked->size ? asked->size : 1;
	struct plain_search search = { .align = asked->align,
				       .kept = asked->min_align_mask };

	if (asked->origin)
		bytes = (bytes + offset + asked->align) &
			~(uint64_t)asked->align;
	search.slots = (bytes + 2047) >> 11;
	search.padding = offset >> 11;
	if (!search.align && !search.kept && bytes >= plain->shape.page_bytes)
		search.align = plain->shape.page_bytes - 1;
	search.align |= 2047;
	search.kept &= ~search.align;
	search.stride = (plain_max(search.align, search.kept) >> 11) + 1;
	return search;
}

static inline struct plain_search plain_6_1(const struct plain *plain,
					    const struct allocation *asked)
{
	const uint32_t offset = asked->origin & asked->min_align_mask & 2047;
	const uint32_t align = asked->align | 2047;
	const uint32_t page = plain->shape.page_bytes;
	uint64_t bytes = asked->size ? asked->size : 1;
	struct plain_search search = { .kept = asked->min_align_mask & ~align };

	if (asked->origin)
		bytes = ((bytes + asked->align) & ~(uint64_t)asked->align) +
			offset;
	search.slots = (bytes + 2047) >> 11;
	search.stride = (search.kept >> 11) + 1;
	if (bytes >= page && page > 2048)
		search.stride *= page >> 11;
	search.stride = plain_max(search.stride, (align >> 11) + 1);
	return search;
}

static inline bool plain_serves(const struct plain *plain,
				const struct plain_search *search,
				const struct allocation *asked, uint32_t slot)
{
	const uint64_t mask =
		asked->boundary_mask ? asked->boundary_mask : ~0ull;
	const uint64_t boundary = (mask >> 11) + 1;
	const uint64_t first = ((plain->shape.bus_start & mask) + 2047) >> 11;

	return ((first + slot) & (boundary - 1)) + search->slots <= boundary &&
	       plain_run(plain, slot) >= search->slots;
}

static inline bool plain_aligned(const struct plain *plain,
				 const struct plain_search *search,
				 const struct allocation *asked, uint32_t slot)
{
	const uint64_t mask =
		asked->boundary_mask ? asked->boundary_mask : ~0ull;
	const uint32_t bus =
		(plain->shape.bus_start & mask) + ((uint64_t)slot << 11);

	return !(bus & search->align) &&
	       !(asked->origin && (bus ^ asked->origin) & search->kept);
}

/* UINT32_MAX = there is none; *endless = the search goes on for ever. */
static inline uint32_t plain_find(const struct plain *plain, uint32_t area,
				  const struct plain_search *search,
				  const struct allocation *asked,
				  uint32_t *examined, bool *endless)
{
	const bool old = plain->shape.search == SEARCH_6_1;
	const uint32_t slots = plain->shape.slots / plain->shape.areas;
	uint32_t index = plain->index[area], stop, checked = 0, steps = 0;

	if (old)
		index = (index + search->stride - 1) & ~(search->stride - 1);
	index = stop = index < slots ? index : 0;
	do {
		const uint32_t slot = area * slots + index;
		uint32_t by = 1;

		++*examined;
		if (plain_aligned(plain, search, asked, slot)) {
			if (plain_serves(plain, search, asked, slot))
				return slot;
			by = search->stride;
		}
		index = index + by < slots ? index + by : 0;
		checked += by;
		/* It has been at each index. */
		*endless = old && ++steps > 2 * slots && index != stop;
	} while (!*endless && (old ? index != stop : checked < slots));
	return UINT32_MAX;
}

/* Without a cause. */
static inline struct placement plain_map(struct plain *plain,
					 const struct allocation *asked)
{
	const uint32_t areas = plain->shape.areas;
	const uint32_t slots = plain->shape.slots / areas;
	const struct plain_search search = plain->shape.search == SEARCH_6_1
						   ? plain_6_1(plain, asked)
						   : plain_6_12(plain, asked);
	struct placement got = { .slots = 0 };

	while (!got.slots && !got.endless && got.locks < areas) {
		uint32_t slot;

		got.area = (asked->cpu + got.locks++) % areas;
		if (search.slots > slots - plain_used(plain, got.area))
			continue;
		slot = plain_find(plain, got.area, &search, asked,
				  &got.examined, &got.endless);
		if (slot == UINT32_MAX)
			continue;
		got.slot = slot + search.padding;
		got.slots = search.slots;
		plain_mark(plain, slot, search.slots, true);
		plain->index[got.area] = (slot % slots + search.slots) % slots;
	}
	return got;
}

#endif

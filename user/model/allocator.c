/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/allocator.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SEGMENTS (BLOCK_SLOTS / SEGMENT_SLOTS)
#define SEGMENT_BYTES  ((uint64_t)SEGMENT_SLOTS * SLOT_BYTES)
#define NOT_FOUND      UINT32_MAX

/*
 * What was given out at a slot, in 16 bits: of the slot that was returned, its
 * slots in its segment, how many of them are padding, and whether it goes on at
 * the begin of the next segment. There, only the slots.
 */
#define GIVEN_SLOTS(given)   (((given)&0x7f) + 1)
#define GIVEN_PADDING(given) ((given) >> 7 & 0x7f)
#define GIVEN_GOES_ON	     0x4000
#define GIVEN_BEGINS	     0x8000

/**
 * struct allocator_area - an area
 * @used: slots taken
 * @index: where the next search starts
 * @block_index: where the next search for blocks starts
 */
struct allocator_area {
	uint64_t used;
	uint32_t index;
	uint32_t block_index;
};

/**
 * struct allocator - a pool
 * @shape: as it was given
 * @area_slots: slots of an area
 * @used: slots taken
 * @next_area: for blocks
 * @areas: the areas
 * @run: of a slot, free slots from it on in its segment; 0 = it is taken
 * @most: of a segment, its longest run
 * @given: of a slot, see GIVEN_SLOTS
 * @free_segment: run lengths of a segment whose slots are all free
 */
struct allocator {
	struct allocator_shape shape;
	uint32_t area_slots;
	uint64_t used;
	uint32_t next_area;
	struct allocator_area *areas;
	uint8_t *run;
	uint8_t *most;
	uint16_t *given;
	uint8_t free_segment[SEGMENT_SLOTS];
};

/**
 * struct plan - what a search looks for
 * @slots: to take, padding included
 * @padding: of these, before the address that is returned
 * @zero: bits of a slot's bus address that must be 0
 * @kept: bits of it that must be those of @value
 * @value: see @kept
 * @stride: slots from one that is aligned to the next
 * @regular: all slots that are @stride apart are aligned, if one is
 * @start: bus address of the pool's first slot, below the boundary
 * @boundary: slots between two boundaries
 */
struct plan {
	uint32_t slots;
	uint32_t padding;
	uint32_t zero;
	uint32_t kept;
	uint32_t value;
	uint32_t stride;
	bool regular;
	uint64_t start;
	uint64_t boundary;
};

/**
 * struct walk - how far a search has come
 * @index: in the area
 * @stop: 6.1 ends where it comes back to this index
 * @checked: slots that the search counts as looked at
 * @steps: slots that it has looked at
 * @laps: how often it has begun again at the area's first slot
 */
struct walk {
	uint32_t index;
	uint32_t stop;
	uint64_t checked;
	uint32_t steps;
	uint32_t laps;
};

/*
 * The pool's own data
 */

static bool is_power_of_two(uint64_t number)
{
	return number && !(number & (number - 1));
}

static bool is_possible(const struct allocator_shape *shape)
{
	return is_power_of_two(shape->areas) &&
	       is_power_of_two(shape->page_bytes) && shape->slots &&
	       shape->slots < NOT_FOUND &&
	       !(shape->slots % ((uint64_t)shape->areas * SEGMENT_SLOTS));
}

static bool allocate(struct allocator *allocator)
{
	const uint64_t slots = allocator->shape.slots;

	allocator->areas =
		calloc(allocator->shape.areas, sizeof(*allocator->areas));
	allocator->run = malloc(slots);
	allocator->most = malloc(slots / SEGMENT_SLOTS);
	allocator->given = calloc(slots, sizeof(*allocator->given));
	return allocator->areas && allocator->run && allocator->most &&
	       allocator->given;
}

struct allocator *allocator_new(const struct allocator_shape *shape)
{
	struct allocator *allocator;

	if (!is_possible(shape)) {
		errno = EINVAL;
		return NULL;
	}
	allocator = calloc(1, sizeof(*allocator));
	if (!allocator)
		return NULL;
	allocator->shape = *shape;
	allocator->area_slots = shape->slots / shape->areas;
	if (!allocate(allocator)) {
		allocator_free(allocator);
		errno = ENOMEM;
		return NULL;
	}
	for (unsigned int i = 0; i < SEGMENT_SLOTS; i++)
		allocator->free_segment[i] = SEGMENT_SLOTS - i;
	for (uint64_t i = 0; i < shape->slots; i += SEGMENT_SLOTS)
		memcpy(allocator->run + i, allocator->free_segment,
		       SEGMENT_SLOTS);
	memset(allocator->most, SEGMENT_SLOTS, shape->slots / SEGMENT_SLOTS);
	return allocator;
}

void allocator_free(struct allocator *allocator)
{
	if (!allocator)
		return;
	free(allocator->given);
	free(allocator->most);
	free(allocator->run);
	free(allocator->areas);
	free(allocator);
}

const struct allocator_shape *allocator_shape(const struct allocator *allocator)
{
	return &allocator->shape;
}

static uint32_t begin_of_segment(uint32_t slot)
{
	return slot - slot % SEGMENT_SLOTS;
}

static uint32_t end_of_segment(uint32_t slot)
{
	return begin_of_segment(slot) + SEGMENT_SLOTS;
}

/* The first of the free slots that are right before a slot, in its segment. */
static uint32_t begin_of_run(const struct allocator *allocator, uint32_t slot)
{
	const uint32_t begin = begin_of_segment(slot);
	const uint8_t *taken = memrchr(allocator->run + begin, 0, slot - begin);

	return taken ? taken + 1 - allocator->run : begin;
}

static void write_run(struct allocator *allocator, uint32_t begin, uint32_t end)
{
	memcpy(allocator->run + begin,
	       allocator->free_segment + SEGMENT_SLOTS - (end - begin),
	       end - begin);
}

static uint8_t longest_of(const uint8_t *run)
{
	uint8_t longest = 0;

	for (unsigned int i = 0; i < SEGMENT_SLOTS; i++)
		longest = run[i] > longest ? run[i] : longest;
	return longest;
}

/* Take free slots of one segment. */
static void take(struct allocator *allocator, uint32_t slot, uint32_t slots)
{
	const uint32_t begin = begin_of_run(allocator, slot);
	const uint8_t length = allocator->run[begin];
	uint8_t *most = &allocator->most[slot / SEGMENT_SLOTS];

	memset(allocator->run + slot, 0, slots);
	write_run(allocator, begin, slot);
	if (length == *most)
		*most = longest_of(allocator->run + begin_of_segment(slot));
	allocator->areas[slot / allocator->area_slots].used += slots;
	allocator->used += slots;
}

/* Give back slots of one segment, and merge the runs around them. */
static void give_back(struct allocator *allocator, uint32_t slot,
		      uint32_t slots)
{
	const uint32_t begin = begin_of_run(allocator, slot);
	uint8_t *most = &allocator->most[slot / SEGMENT_SLOTS];
	uint32_t end = slot + slots;

	if (end < end_of_segment(slot))
		end += allocator->run[end];
	write_run(allocator, begin, end);
	if (end - begin > *most)
		*most = end - begin;
	allocator->areas[slot / allocator->area_slots].used -= slots;
	allocator->used -= slots;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool are_free(const struct allocator *allocator, uint64_t slot,
		     uint64_t end)
{
	for (uint64_t next; slot < end; slot = next) {
		next = least(end, end_of_segment(slot));
		if (allocator->run[slot] < next - slot)
			return false;
	}
	return true;
}

int allocator_reserve(struct allocator *allocator, uint64_t slot,
		      uint64_t slots)
{
	const uint64_t all = allocator->shape.slots, end = slot + slots;
	uint16_t begins = GIVEN_BEGINS;

	if (!slots || slots > all || slot > all - slots ||
	    !are_free(allocator, slot, end))
		return -EINVAL;
	for (uint64_t next; slot < end; slot = next) {
		next = least(end, end_of_segment(slot));
		take(allocator, slot, next - slot);
		allocator->given[slot] = begins | (next - slot - 1) |
					 (next < end ? GIVEN_GOES_ON : 0);
		begins = 0;
	}
	return 0;
}

int allocator_unmap(struct allocator *allocator, uint32_t slot)
{
	uint16_t given;

	if (slot >= allocator->shape.slots ||
	    !(allocator->given[slot] & GIVEN_BEGINS))
		return -ENOENT;
	do {
		given = allocator->given[slot];
		allocator->given[slot] = 0;
		slot -= GIVEN_PADDING(given);
		give_back(allocator, slot, GIVEN_SLOTS(given));
		slot = end_of_segment(slot);
	} while (given & GIVEN_GOES_ON);
	return 0;
}

uint64_t allocator_used(const struct allocator *allocator, uint32_t area)
{
	return area == UINT32_MAX ? allocator->used
				  : allocator->areas[area].used;
}

static uint32_t wrapped(const struct allocator *allocator, uint64_t index)
{
	return index < allocator->area_slots ? index : 0;
}

void allocator_set_index(struct allocator *allocator, uint32_t area,
			 uint32_t index)
{
	allocator->areas[area].index = wrapped(allocator, index);
}

uint32_t allocator_index(const struct allocator *allocator, uint32_t area)
{
	return allocator->areas[area].index;
}

uint32_t allocator_run(const struct allocator *allocator, uint32_t slot)
{
	return allocator->run[slot];
}

uint32_t allocator_longest(const struct allocator *allocator)
{
	uint8_t longest = 0;

	for (uint64_t i = 0; i < allocator->shape.slots / SEGMENT_SLOTS; i++)
		longest = allocator->most[i] > longest ? allocator->most[i]
						       : longest;
	return longest;
}

/*
 * What a request asks for
 */

/* swiotlb_tbl_map_single() and swiotlb_align_offset() */
static uint64_t bytes_to_take(enum search search,
			      const struct allocation *allocation,
			      uint32_t *offset)
{
	const uint64_t align = allocation->align;
	uint64_t bytes = allocation->size ? allocation->size : 1;
	uint32_t kept = SLOT_BYTES - 1;

	if (search == SEARCH_6_12)
		kept |= allocation->align;
	*offset = allocation->origin & allocation->min_align_mask & kept;
	if (!allocation->origin)
		return bytes;
	/* dma-iommu rounds before it calls, until 6.10. */
	if (search == SEARCH_6_1)
		return ((bytes + align) & ~align) + *offset;
	return (bytes + *offset + align) & ~align;
}

static void align_plan(struct plan *plan, enum search search,
		       const struct allocation *allocation, bool whole_pages,
		       uint32_t page_bytes)
{
	uint32_t align = allocation->align, kept = allocation->min_align_mask;

	if (search == SEARCH_6_12 && !align && !kept && whole_pages)
		align = page_bytes - 1;
	align |= SLOT_BYTES - 1;
	kept &= ~align;
	if (search == SEARCH_6_12) {
		plan->zero = align;
		plan->stride = (align > kept ? align : kept) / SLOT_BYTES + 1;
	} else {
		plan->stride = kept / SLOT_BYTES + 1;
		if (whole_pages && page_bytes > SLOT_BYTES)
			plan->stride *= page_bytes / SLOT_BYTES;
		if (plan->stride < align / SLOT_BYTES + 1)
			plan->stride = align / SLOT_BYTES + 1;
	}
	if (allocation->origin) {
		plan->kept = kept;
		plan->value = allocation->origin & kept;
	}
}

/* All bits below the highest one, and that. */
static uint64_t filled(uint32_t bits)
{
	return bits ? (2ull << (31 - __builtin_clz(bits))) - 1 : 0;
}

static struct plan plan_for(const struct allocator *allocator,
			    enum search search,
			    const struct allocation *allocation)
{
	const struct allocator_shape *shape = &allocator->shape;
	const uint64_t mask = allocation->boundary_mask
				      ? allocation->boundary_mask
				      : UINT64_MAX;
	struct plan plan = {
		.start = shape->bus_start & mask,
		.boundary = mask / SLOT_BYTES + 1,
	};
	uint32_t offset;
	uint64_t bytes = bytes_to_take(search, allocation, &offset);

	plan.slots = (bytes + SLOT_BYTES - 1) / SLOT_BYTES;
	if (search == SEARCH_6_12)
		plan.padding = offset / SLOT_BYTES;
	align_plan(&plan, search, allocation, bytes >= shape->page_bytes,
		   shape->page_bytes);
	plan.regular = !((uint64_t)plan.stride * SLOT_BYTES &
			 filled(plan.zero | plan.kept));
	return plan;
}

uint32_t allocator_extent(const struct allocator *allocator,
			  const struct allocation *allocation,
			  uint32_t *padding)
{
	struct plan plan =
		plan_for(allocator, allocator->shape.search, allocation);

	*padding = plan.padding;
	return plan.slots;
}

static bool is_aligned(const struct plan *plan, uint32_t slot)
{
	const uint32_t bus = plan->start + (uint64_t)slot * SLOT_BYTES;

	return !(bus & plan->zero) && (bus & plan->kept) == plan->value;
}

/* iommu_is_span_boundary() */
static bool crosses_boundary(const struct plan *plan, uint32_t slot)
{
	const uint64_t first =
		plan->start / SLOT_BYTES + !!(plan->start % SLOT_BYTES) + slot;

	return (first & (plan->boundary - 1)) + plan->slots > plan->boundary;
}

static bool fits(const struct allocator *allocator, const struct plan *plan,
		 uint32_t slot)
{
	return allocator->run[slot] >= plan->slots &&
	       !crosses_boundary(plan, slot);
}

/*
 * The search
 */

static struct walk begin_walk(const struct allocator *allocator, uint32_t area,
			      const struct plan *plan)
{
	const uint32_t index = allocator->areas[area].index;
	struct walk walk = { .index = index };

	if (allocator->shape.search == SEARCH_6_1) {
		/* ALIGN(), of what need not be a power of two. */
		walk.index = wrapped(allocator, (index + plan->stride - 1) &
							~(plan->stride - 1));
		walk.stop = walk.index;
	}
	return walk;
}

static void go_on(const struct allocator *allocator, struct walk *walk,
		  uint32_t stride, uint32_t steps)
{
	const uint64_t slots = (uint64_t)stride * steps;

	walk->steps += steps;
	walk->checked += slots;
	walk->index = wrapped(allocator, walk->index + slots);
	walk->laps += !walk->index;
}

/*
 * What follows the second return to the first slot is what followed the first,
 * as the area does not change meanwhile.
 */
static bool is_endless(const struct walk *walk)
{
	return walk->laps > 1 && walk->index != walk->stop;
}

static bool is_over(const struct allocator *allocator, const struct walk *walk)
{
	if (allocator->shape.search == SEARCH_6_12)
		return walk->checked >= allocator->area_slots;
	return walk->index == walk->stop || is_endless(walk);
}

/* Steps that lead through the rest of a segment in which nothing fits. */
static uint32_t steps_through(const struct allocator *allocator,
			      const struct walk *walk, const struct plan *plan)
{
	const uint32_t end = end_of_segment(walk->index);
	uint64_t slots = end - walk->index;

	if (allocator->shape.search == SEARCH_6_12)
		slots = least(slots, allocator->area_slots - walk->checked);
	else if (walk->stop > walk->index && walk->stop < end &&
		 !((walk->stop - walk->index) % plan->stride))
		slots = walk->stop - walk->index;
	return (slots + plan->stride - 1) / plan->stride;
}

/* Segments begin where areas do, so those of an index are those of a slot. */
static uint32_t find_slot(const struct allocator *allocator, uint32_t area,
			  const struct plan *plan, struct placement *placement)
{
	const uint32_t base = area * allocator->area_slots;
	struct walk walk = begin_walk(allocator, area, plan);
	uint32_t found = NOT_FOUND;

	do {
		const uint32_t slot = base + walk.index;

		if (!is_aligned(plan, slot)) {
			go_on(allocator, &walk, 1, 1);
		} else if (plan->regular &&
			   allocator->most[slot / SEGMENT_SLOTS] <
				   plan->slots) {
			go_on(allocator, &walk, plan->stride,
			      steps_through(allocator, &walk, plan));
		} else if (fits(allocator, plan, slot)) {
			found = slot;
			walk.steps++;
		} else {
			go_on(allocator, &walk, plan->stride, 1);
		}
	} while (found == NOT_FOUND && !is_over(allocator, &walk));
	placement->examined = walk.steps;
	placement->endless = found == NOT_FOUND && is_endless(&walk);
	return found;
}

static void place(struct allocator *allocator, const struct plan *plan,
		  uint32_t slot, struct placement *placement)
{
	struct allocator_area *area = &allocator->areas[placement->area];
	const uint32_t index = slot % allocator->area_slots;

	take(allocator, slot, plan->slots);
	area->index = wrapped(allocator, (uint64_t)index + plan->slots);
	placement->slot = slot + plan->padding;
	placement->slots = plan->slots;
	allocator->given[placement->slot] =
		GIVEN_BEGINS | plan->padding << 7 | (plan->slots - 1);
}

static struct placement search_area(struct allocator *allocator, uint32_t area,
				    const struct plan *plan)
{
	struct placement placement = { .area = area, .locks = 1 };
	uint32_t slot;

	if (plan->slots > allocator->area_slots - allocator->areas[area].used)
		return placement;
	slot = find_slot(allocator, area, plan, &placement);
	if (slot != NOT_FOUND)
		place(allocator, plan, slot, &placement);
	return placement;
}

struct placement allocator_search(struct allocator *allocator, uint32_t area,
				  const struct allocation *allocation)
{
	struct plan plan =
		plan_for(allocator, allocator->shape.search, allocation);

	return search_area(allocator, area, &plan);
}

struct placement allocator_map(struct allocator *allocator,
			       const struct allocation *allocation)
{
	const struct plan plan =
		plan_for(allocator, allocator->shape.search, allocation);
	const uint32_t areas = allocator->shape.areas;
	struct placement all = { .locks = 0 };

	do {
		struct placement one =
			search_area(allocator,
				    (allocation->cpu + all.locks) & (areas - 1),
				    &plan);

		one.locks += all.locks;
		one.examined += all.examined;
		all = one;
	} while (!all.slots && !all.endless && all.locks < areas);
	if (!all.slots)
		all.cause = allocator_refusal(allocator, allocation);
	return all;
}

/*
 * Refusals
 */

/* The limit of swiotlb_max_mapping_size(). */
static bool is_oversize(const struct allocation *allocation)
{
	const uint64_t kept =
		((uint64_t)allocation->min_align_mask + SLOT_BYTES - 1) /
		SLOT_BYTES * SLOT_BYTES;

	return allocation->size + kept > SEGMENT_BYTES;
}

/*
 * There is a place as 6.12 would search it: the mappings level says that the
 * pool is fragmented where 6.1 does not look at it.
 */
static bool has_place(const struct allocator *allocator,
		      const struct allocation *allocation)
{
	const struct plan plan = plan_for(allocator, SEARCH_6_12, allocation);
	uint32_t slot = 0;

	while (slot < allocator->shape.slots) {
		if (allocator->most[slot / SEGMENT_SLOTS] < plan.slots)
			slot = end_of_segment(slot);
		else if (is_aligned(&plan, slot) &&
			 fits(allocator, &plan, slot))
			return true;
		else
			slot++;
	}
	return false;
}

enum failure_cause allocator_refusal(const struct allocator *allocator,
				     const struct allocation *allocation)
{
	const struct plan plan = plan_for(allocator, SEARCH_6_12, allocation);

	if (is_oversize(allocation))
		return FAILURE_OVERSIZE;
	if (plan.slots > allocator->shape.slots - allocator->used)
		return FAILURE_EXHAUSTED;
	if (plan.slots > allocator_longest(allocator))
		return FAILURE_FRAGMENTED;
	return has_place(allocator, allocation) ? FAILURE_FRAGMENTED
						: FAILURE_ALIGNMENT;
}

/*
 * Blocks
 */

static bool is_unused_block(const struct allocator *allocator, uint32_t slot)
{
	const uint8_t *most = allocator->most + slot / SEGMENT_SLOTS;

	for (unsigned int i = 0; i < BLOCK_SEGMENTS; i++)
		if (most[i] != SEGMENT_SLOTS)
			return false;
	return true;
}

/*
 * The search wraps around at the end of an area, but a run of blocks does not:
 * swiotlb_find_blocks().
 */
static uint32_t find_blocks(const struct allocator *allocator, uint32_t area,
			    uint32_t blocks)
{
	const uint32_t base = area * allocator->area_slots;
	const uint32_t all = allocator->area_slots / BLOCK_SLOTS;
	uint32_t row = 0;

	if (blocks > all)
		return NOT_FOUND;
	for (uint32_t i = 0; i < all + blocks - 1; i++) {
		const uint32_t index =
			(allocator->areas[area].block_index + i) % all;
		const uint32_t slot = base + index * BLOCK_SLOTS;

		row = index ? row : 0;
		row = is_unused_block(allocator, slot) ? row + 1 : 0;
		if (row == blocks)
			return index + 1 - blocks;
	}
	return NOT_FOUND;
}

int allocator_take_blocks(struct allocator *allocator, uint32_t blocks,
			  uint32_t *slot)
{
	const uint32_t areas = allocator->shape.areas;
	const uint32_t all = allocator->area_slots / BLOCK_SLOTS;
	const uint32_t start = allocator->next_area++;

	for (uint32_t i = 0; i < areas; i++) {
		const uint32_t area = (start + i) & (areas - 1);
		const uint32_t index = find_blocks(allocator, area, blocks);

		if (index == NOT_FOUND)
			continue;
		allocator->areas[area].block_index = (index + blocks) % all;
		*slot = area * allocator->area_slots + index * BLOCK_SLOTS;
		return allocator_reserve(allocator, *slot,
					 (uint64_t)blocks * BLOCK_SLOTS);
	}
	return -ENOMEM;
}

uint32_t allocator_device_areas(uint32_t areas, uint64_t slots)
{
	const uint64_t limit = slots / SEGMENT_SLOTS;
	uint64_t given = 1;

	while (given < areas && given < limit)
		given *= 2;
	while (given > 1 && limit % given)
		given /= 2;
	return given;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_ALLOCATOR_H
#define MODEL_ALLOCATOR_H

/*
 * The kernel's search for slots as a function of the pool's own state, so that
 * requests can be given to a pool of any size. A request gets the slot that the
 * kernel gives it, if all requests are given in the order in which the areas'
 * locks let them in.
 *
 * Not searched for: other pools than one (SWIOTLB_DYNAMIC adds pools), and
 * slots that a device cannot reach.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/**
 * enum search - how a kernel searches
 *
 * One row for each that differs in which slot it takes (kernel/dma/swiotlb.c).
 * Of 6.1, the state of its stable branch. 7.3 takes the slots that 6.12 takes.
 */
enum search {
	SEARCH_6_1,  /* swiotlb_do_find_slots() */
	SEARCH_6_12, /* swiotlb_search_pool_area() */
};

/**
 * struct allocator_shape - a pool to search in
 * @search: the kernel's
 * @bus_start: bus address of its first slot
 * @slots: slots in it, a multiple of SEGMENT_SLOTS times @areas
 * @areas: a power of two
 * @page_bytes: of the kernel, a power of two
 */
struct allocator_shape {
	enum search search;
	uint64_t bus_start;
	uint64_t slots;
	uint32_t areas;
	uint32_t page_bytes;
};

/**
 * struct allocation - what is asked of a pool
 * @size: bytes to map; 0 is taken for 1
 * @origin: lower bits of the address of the memory; 0 = there is none, as of
 *	coherent memory (swiotlb_alloc()), whose size is not rounded to @align
 * @align: alignment that the caller requires, minus 1
 * @min_align_mask: bits of @origin to keep
 * @boundary_mask: what it must not cross; 0 = there is no boundary
 * @cpu: that asks: it says where the search starts
 */
struct allocation {
	uint32_t size;
	uint32_t origin;
	uint32_t align;
	uint32_t min_align_mask;
	uint64_t boundary_mask;
	uint32_t cpu;
};

/**
 * struct placement - what became of it
 * @slot: of the address returned, behind slots that only pad; valid if given
 * @slots: taken, padding included; 0 = refused
 * @area: which gave them
 * @locks: areas searched, each with its lock
 * @examined: slots looked at in all of them, what the search costs
 * @endless: the search of 6.1 would never end, with the last area's lock held;
 *	counts as refused
 * @cause: why it was refused, if it was; as the level "mappings" says it
 */
struct placement {
	uint32_t slot;
	uint32_t slots;
	uint32_t area;
	uint32_t locks;
	uint32_t examined;
	bool endless;
	enum failure_cause cause;
};

struct allocator;

/**
 * allocator_new() - an empty pool
 *
 * Return: it; NULL without memory (ENOMEM), or if there is no pool of this
 * shape (EINVAL).
 */
struct allocator *allocator_new(const struct allocator_shape *shape);

/** allocator_free() - NULL is fine */
void allocator_free(struct allocator *allocator);

/** allocator_shape() - as it was given */
const struct allocator_shape *
allocator_shape(const struct allocator *allocator);

/**
 * allocator_reserve() - slots that are taken from the begin on
 * @slot: the first, aligned to nothing
 * @slots: how many; may cross segments, as a block does
 *
 * Return: 0, or -EINVAL if they are not free, or not in the pool.
 */
int allocator_reserve(struct allocator *allocator, uint64_t slot,
		      uint64_t slots);

/** allocator_set_index() - where the next search of an area starts */
void allocator_set_index(struct allocator *allocator, uint32_t area,
			 uint32_t index);

/**
 * allocator_extent() - slots that a request takes, wherever that is
 * @padding: set to how many of them are before the address that is returned
 *
 * Return: how many.
 */
uint32_t allocator_extent(const struct allocator *allocator,
			  const struct allocation *allocation,
			  uint32_t *padding);

/**
 * allocator_search() - search one area, and take what is found
 *
 * Return: the placement; a cause is not said.
 */
struct placement allocator_search(struct allocator *allocator, uint32_t area,
				  const struct allocation *allocation);

/**
 * allocator_refusal() - why no area could serve a request
 *
 * As bpf/failure.bpf.h finds it right after the search.
 */
enum failure_cause allocator_refusal(const struct allocator *allocator,
				     const struct allocation *allocation);

/**
 * allocator_map() - search all areas from that of the CPU on, and take what is
 * found
 */
struct placement allocator_map(struct allocator *allocator,
			       const struct allocation *allocation);

/**
 * allocator_take_blocks() - take consecutive blocks, as swiotlb_alloc_block()
 * @blocks: of BLOCK_SLOTS each, at least 1
 * @slot: set to the first slot, for allocator_unmap()
 *
 * Return: 0, or -ENOMEM if no area has as many unused blocks in a row.
 */
int allocator_take_blocks(struct allocator *allocator, uint32_t blocks,
			  uint32_t *slot);

/**
 * allocator_device_areas() - areas that the kernel gives a device's pool
 * @areas: asked for
 * @slots: of the pool
 */
uint32_t allocator_device_areas(uint32_t areas, uint64_t slots);

/**
 * allocator_unmap() - give back what one map, one reserve or one taking of
 * blocks has taken
 * @slot: the placement's, or the first one
 *
 * Return: 0, or -ENOENT if nothing was given out there.
 */
int allocator_unmap(struct allocator *allocator, uint32_t slot);

/** allocator_used() - slots taken of an area; of all with UINT32_MAX */
uint64_t allocator_used(const struct allocator *allocator, uint32_t area);

/** allocator_index() - where the next search of an area starts */
uint32_t allocator_index(const struct allocator *allocator, uint32_t area);

/** allocator_run() - free slots from a slot on in its segment; 0 = it is taken
 */
uint32_t allocator_run(const struct allocator *allocator, uint32_t slot);

/** allocator_longest() - longest run of free slots, at most a segment */
uint32_t allocator_longest(const struct allocator *allocator);

#endif

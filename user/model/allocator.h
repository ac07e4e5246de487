/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_ALLOCATOR_H
#define MODEL_ALLOCATOR_H

/*
 * The kernel's search for slots as a function of the pool's own state, so that
 * requests can be given to a pool of any size.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/**
 * enum search - how a kernel searches
 *
 * One row for each that differs in which slot it takes (kernel/dma/swiotlb.c).
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
 * @page_bytes: of the kernel
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
 * @size: bytes to map
 * @origin: lower bits of the address of the memory
 * @align: alignment that the caller requires, minus 1
 * @min_align_mask: bits of @origin to keep
 * @boundary_mask: what it must not cross
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
 * @cause: why it was refused, if it was
 */
struct placement {
	uint32_t slot;
	uint32_t slots;
	uint32_t area;
	uint32_t locks;
	uint32_t examined;
	enum failure_cause cause;
};

struct allocator;

/** allocator_new() - an empty pool; NULL without memory */
struct allocator *allocator_new(const struct allocator_shape *shape);

/** allocator_free() - NULL is fine */
void allocator_free(struct allocator *allocator);

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

/** allocator_map() - search, and take what is found */
struct placement allocator_map(struct allocator *allocator,
			       const struct allocation *allocation);

/**
 * allocator_unmap() - give back what one map or one reserve has taken
 * @slot: the placement's, or the one reserved
 *
 * Return: 0, or -ENOENT if nothing was given out there.
 */
int allocator_unmap(struct allocator *allocator, uint32_t slot);

/** allocator_used() - slots taken of an area; of all with UINT32_MAX */
uint64_t allocator_used(const struct allocator *allocator, uint32_t area);

/** allocator_longest() - longest run of free slots, at most a segment */
uint32_t allocator_longest(const struct allocator *allocator);

#endif

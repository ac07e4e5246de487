/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAILURE_BPF_H
#define FAILURE_BPF_H

/* Why a request failed, from the pool as it is right after. */

#include "default_mem.bpf.h"
#include "pages.bpf.h"
#include "reach.bpf.h"

/* Scans of a whole pool that one CPU may do in each window. */
#define SCANS_MAX	100u
#define SCANS_WINDOW_NS 100000000ull
/* Segments that one scan visits at most: 256 MiB of pool. */
#define SCAN_SEGMENTS_MAX 1024u
#define SCAN_AREAS_MAX	  1024u

/* A copy of one segment's slots: too large for the stack. */
struct segment_copy {
	__u8 slot[TLB_SEGMENT_SLOTS * LAYOUT_SLOT_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct segment_copy);
} copies SEC(".maps");

/**
 * struct search - what a run of free slots has to be like
 * @wanted: slots
 * @bus: bus address of the segment's first slot
 * @align: bits of the address that must be 0
 * @kept: bits of the address that must be those of @offset
 * @offset: of the memory
 * @boundary: slots, minus 1, whose multiples it must not cross
 */
struct search {
	__u64 wanted;
	__u64 bus;
	__u64 align;
	__u64 kept;
	__u64 offset;
	__u64 boundary;
};

/**
 * struct scan - a search through a whole pool
 * @search: what for, in the current segment
 * @pool: where
 * @bus: its bus address
 * @free: free slots by the areas' counters
 * @area_free: most free slots of one area
 * @longest: longest run found
 * @fits: longest run found that begins where @search allows
 */
struct scan {
	struct search search;
	struct pool_record pool;
	__u64 bus;
	__u64 free;
	__u64 area_free;
	__u32 longest;
	__u32 fits;
};

/*
 * The larger one, below 2^63, without a branch: of one the verifier would learn
 * that it grows, and go through each round of a loop.
 */
static __always_inline __u64 larger(__u64 a, __u64 b)
{
	__u64 shorter = a - b;

	barrier_var(shorter);
	shorter >>= 63;
	barrier_var(shorter);
	return a ^ ((a ^ b) & -shorter);
}

static long scan_area(__u64 index, struct scan *scan)
{
	__u64 used = 0, free, none;

	if (index >= scan->pool.areas)
		return 1;
	bpf_probe_read_kernel(&used, sizeof(used),
			      (void *)(scan->pool.areas_addr +
				       index * layout_area_bytes() +
				       layout_used_offset()));
	/* None where it is negative, as a counter that ran below 0 makes it. */
	free = scan->pool.area_slots - used;
	barrier_var(free);
	none = free >> 63;
	barrier_var(none);
	free &= none - 1;
	scan->free += free;
	scan->area_free = larger(scan->area_free, free);
	return 0;
}

/*
 * Not 0 where the kernel would not begin at an address: it is not aligned as
 * asked, or the run would cross a boundary (iommu_is_span_boundary()).
 */
static __always_inline __u64 forbids(const struct search *search, __u64 bus)
{
	__u64 left = search->boundary + 1 - search->wanted -
		     ((bus >> TLB_SHIFT) & search->boundary);

	return (bus & search->align) | ((bus & search->kept) ^ search->offset) |
	       (left >> 63);
}

/*
 * The longest runs of a segment, in the halves of a word: of all, and of those
 * that are allowed in the upper one. A global function, so that the verifier
 * goes through it once; and without branches.
 */
__noinline __u64 longest_runs(const struct segment_copy *copy,
			      const struct search *search)
{
	__u32 longest = 0, fits = 0;

	if (!copy || !search)
		return 0;
	for (__u32 i = 0; i < TLB_SEGMENT_SLOTS; i++) {
		__u32 list =
			layout_slot_list(copy->slot + i * layout_slot_bytes());
		__u64 no =
			forbids(search, search->bus + ((__u64)i << TLB_SHIFT));

		no |= -no;
		barrier_var(no);
		no >>= 63;
		barrier_var(no);
		longest = larger(longest, list);
		fits = larger(fits, list & ((__u32)no - 1));
	}
	return (__u64)fits << 32 | longest;
}

static long scan_segment(__u64 index, struct scan *scan)
{
	__u64 first = index * TLB_SEGMENT_SLOTS, runs;
	__u32 zero = 0;
	struct segment_copy *copy = bpf_map_lookup_elem(&copies, &zero);

	if (!copy || first + TLB_SEGMENT_SLOTS > scan->pool.slots ||
	    bpf_probe_read_kernel(copy, TLB_SEGMENT_SLOTS * layout_slot_bytes(),
				  (void *)(scan->pool.slots_addr +
					   first * layout_slot_bytes())))
		return 1;
	scan->search.bus = scan->bus + (first << TLB_SHIFT);
	runs = longest_runs(copy, &scan->search);
	scan->longest = larger(scan->longest, (__u32)runs);
	scan->fits = larger(scan->fits, runs >> 32);
	return scan->fits >= scan->search.wanted;
}

/* A storm of failures must not become a storm of scans. */
static __always_inline bool may_scan(struct mapping_cpu_record *cpu)
{
	__u64 now = bpf_ktime_get_ns();

	if (now - cpu->scan_window > SCANS_WINDOW_NS) {
		cpu->scan_window = now;
		cpu->scans = 0;
	}
	return cpu->scans++ < SCANS_MAX;
}

/*
 * What the kernel searches for: swiotlb_search_pool_area() of 6.12. Before 6.8
 * (swiotlb_do_find_slots()) low bits that are kept do not end the alignment of
 * large requests to pages.
 */
static __always_inline void plan_search(const struct map_request *request,
					struct scan *scan)
{
	struct search *search = &scan->search;
	__u64 kept = min_align_mask(request->dev);
	__u64 align = request->alloc_align_mask;
	__u64 bytes, offset;

	if (align == ALLOC_ALIGN_UNKNOWN)
		align = 0;
	offset = request->orig & kept & (align | (TLB_SLOT_BYTES - 1));
	bytes = (request->wanted + offset + align) & ~align;
	if (!align && !kept && bytes >> page_shift)
		align = (1ull << page_shift) - 1;
	search->wanted = (bytes + TLB_SLOT_BYTES - 1) >> TLB_SHIFT;
	scan->bus = bus_address(request->dev, scan->pool.start);
	search->align = align | (TLB_SLOT_BYTES - 1);
	search->kept = request->orig ? kept & ~search->align : 0;
	search->offset = request->orig & search->kept;
	search->boundary = boundary_mask(request->dev) >> TLB_SHIFT;
}

/*
 * Where the memory of a pool could not be decrypted the kernel marks all of it
 * as used, and no slot as part of a mapping (swiotlb_mark_pool_used(), 7.x).
 */
static __noinline int is_disabled(const struct pool_record *pool)
{
	__u8 slot[LAYOUT_SLOT_MAX] = {};

	return pool &&
	       !bpf_probe_read_kernel(slot, layout_slot_bytes(),
				      (void *)pool->slots_addr) &&
	       !layout_slot_list(slot) && !layout_slot_alloc_size(slot);
}

/* A run that serves was there, and the kernel has not used it. */
static __always_inline __u32 left_unused(__u64 dev,
					 const struct pool_record *pool)
{
	if (layout_maps_directly(dev) && !reaches(dev, pool->end - 1))
		return FAIL_REACH;
	/* It has been given back since. */
	return FAIL_FRAGMENTED;
}

/*
 * The default pool is shared exactly where memory is encrypted
 * (swiotlb_update_mem_attributes(), 7.3). There all devices need shared memory,
 * and swiotlb_tbl_map_single() does not search a pool of another kind.
 */
static __always_inline bool is_other_kind(__u64 mem)
{
	return layout_mem_shared(default_mem) && !layout_mem_shared(mem);
}

/* By the areas' counters; FAIL_CAUSES when these leave it open. */
static __always_inline __u32 cause_by_counters(struct scan *scan)
{
	bpf_loop(SCAN_AREAS_MAX, scan_area, scan, 0);
	if (!scan->free && is_disabled(&scan->pool))
		return FAIL_DISABLED;
	if (scan->free < scan->search.wanted)
		return FAIL_EXHAUSTED;
	/* All areas are searched. */
	return scan->area_free < scan->search.wanted ? FAIL_FRAGMENTED
						     : FAIL_CAUSES;
}

/*
 * Why a request failed, from the pool as it is right after. The limit is that
 * of swiotlb_max_mapping_size().
 */
static __noinline __u32 failure_cause(const struct map_request *request)
{
	struct mapping_cpu_record *cpu = this_cpu();
	struct scan scan = {};
	__u32 cause;
	__u64 mem;

	if (!request)
		return FAIL_EXHAUSTED;
	if (request->wanted > mapping_limit(min_align_mask(request->dev)))
		return FAIL_OVERSIZE;
	mem = layout_device_mem(request->dev);
	if (!cpu || !read_pool(layout_mem_desc(mem), &scan.pool))
		return FAIL_NO_POOL;
	if (is_other_kind(mem))
		return FAIL_KIND;
	plan_search(request, &scan);
	cause = cause_by_counters(&scan);
	if (cause < FAIL_CAUSES)
		return cause;
	if (may_scan(cpu)) {
		bpf_loop(SCAN_SEGMENTS_MAX, scan_segment, &scan, 0);
		cpu->longest = scan.longest;
	} else {
		cpu->unscanned++;
	}
	if (scan.fits >= scan.search.wanted)
		return left_unused(request->dev, &scan.pool);
	return cpu->longest >= scan.search.wanted ? FAIL_ALIGNMENT
						  : FAIL_FRAGMENTED;
}

static __always_inline int map_fails(const struct map_request *request)
{
	return count_refused(request, failure_cause(request));
}

#endif

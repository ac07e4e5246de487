/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAILURE_BPF_H
#define FAILURE_BPF_H

/* Why a request failed, from the pool as it is right after. */

#include "mapping_devices.bpf.h"

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
 * struct scan - a search for the longest run of free slots
 * @pool: where
 * @free: free slots by the areas' counters
 * @area_free: most free slots of one area
 * @longest: longest run found
 * @wanted: the search ends when a run is that long
 */
struct scan {
	struct pool_record pool;
	__u64 free;
	__u64 area_free;
	__u32 longest;
	__u32 wanted;
};

static long scan_area(__u64 index, struct scan *scan)
{
	__u64 used = 0, free;

	if (index >= scan->pool.areas)
		return 1;
	bpf_probe_read_kernel(&used, sizeof(used),
			      (void *)(scan->pool.areas_addr +
				       index * layout_area_bytes() +
				       layout_used_offset()));
	free = used < scan->pool.area_slots ? scan->pool.area_slots - used : 0;
	scan->free += free;
	if (free > scan->area_free)
		scan->area_free = free;
	return 0;
}

/* A global function, so that the verifier goes through it once. */
__noinline __u32 longest_run(const struct segment_copy *copy)
{
	__u32 longest = 0;

	if (!copy)
		return 0;
	for (__u32 i = 0; i < TLB_SEGMENT_SLOTS; i++) {
		__u32 list =
			layout_slot_list(copy->slot + i * layout_slot_bytes());
		__u64 shorter = (__u64)longest - list;

		barrier_var(shorter);
		shorter >>= 63;
		barrier_var(shorter);
		longest ^= (longest ^ list) & -(__u32)shorter;
	}
	return longest;
}

static long scan_segment(__u64 index, struct scan *scan)
{
	__u64 first = index * TLB_SEGMENT_SLOTS;
	__u32 zero = 0, longest;
	struct segment_copy *copy = bpf_map_lookup_elem(&copies, &zero);

	if (!copy || first + TLB_SEGMENT_SLOTS > scan->pool.slots ||
	    bpf_probe_read_kernel(copy, TLB_SEGMENT_SLOTS * layout_slot_bytes(),
				  (void *)(scan->pool.slots_addr +
					   first * layout_slot_bytes())))
		return 1;
	longest = longest_run(copy);
	if (longest > scan->longest)
		scan->longest = longest;
	return scan->longest >= scan->wanted;
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

static __always_inline __u64 min_align_mask(__u64 dev)
{
	struct device *device = (void *)dev;
	struct device_dma_parameters *parms = BPF_CORE_READ(device, dma_parms);

	return parms ? BPF_CORE_READ(parms, min_align_mask) : 0;
}

/*
 * Why a request failed, from the pool as it is right after. The limit is that
 * of swiotlb_max_mapping_size(); an area has fewer free slots than wanted only
 * when all others do too, as all of them are searched.
 *
 * A global function for the same reason as longest_run().
 */
__noinline __u32 failure_cause(__u64 dev, __u64 orig, __u64 size)
{
	struct mapping_cpu_record *cpu = this_cpu();
	__u64 align = min_align_mask(dev), limit, wanted;
	struct scan scan = {};

	limit = TLB_SEGMENT_SLOTS * TLB_SLOT_BYTES;
	if (align)
		limit -=
			(align + TLB_SLOT_BYTES - 1) & ~(TLB_SLOT_BYTES - 1ull);
	if (size > limit)
		return FAIL_OVERSIZE;
	wanted = (size + (orig & align & (TLB_SLOT_BYTES - 1)) +
		  TLB_SLOT_BYTES - 1) >>
		 TLB_SHIFT;
	if (!cpu || !layout_read_pool(layout_mem_desc(layout_device_mem(dev)),
				      &scan.pool))
		return FAIL_EXHAUSTED;
	scan.wanted = wanted;
	bpf_loop(SCAN_AREAS_MAX, scan_area, &scan, 0);
	if (scan.free < wanted)
		return FAIL_EXHAUSTED;
	if (scan.area_free < wanted)
		return FAIL_FRAGMENTED;
	if (may_scan(cpu)) {
		bpf_loop(SCAN_SEGMENTS_MAX, scan_segment, &scan, 0);
		cpu->longest = scan.longest;
	} else {
		cpu->unscanned++;
	}
	return cpu->longest >= wanted ? FAIL_ALIGNMENT : FAIL_FRAGMENTED;
}

static __noinline int map_fails(__u64 dev, __u64 orig, __u64 size)
{
	struct device_record *record = device_of(dev);
	__u32 cause = failure_cause(dev, orig, size);

	/* The compiler, which sees into it, would leave out the check. */
	barrier_var(cause);
	if (record && cause < FAIL_CAUSES)
		record->failures[cause]++;
	return 0;
}

#endif

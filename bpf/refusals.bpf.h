/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef REFUSALS_BPF_H
#define REFUSALS_BPF_H

/* Failed requests: device, cause, size, and the device's requirements. */

#include "mapping_devices.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, REFUSALS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct refusal_key);
	__type(value, struct refusal_record);
} refusals SEC(".maps");

HASH_TABLE_PROGRAM(refusals, struct refusal_key, struct refusal_record);

/**
 * struct map_request - a request for a mapping
 * @dev: the device
 * @orig: physical address of the memory; 0 = coherent memory
 * @size: bytes to map
 * @wanted: bytes to allocate, before alignment; from 6.10 on the same
 * @alloc_align_mask: as in struct refusal_record
 */
struct map_request {
	__u64 dev;
	__u64 orig;
	__u64 size;
	__u64 wanted;
	__u64 alloc_align_mask;
};

/*
 * 0 if the device requires none. Global functions, so that the verifier checks
 * each once, and does not continue from each of their ends.
 */
__noinline __u64 min_align_mask(__u64 dev)
{
	return layout_min_align_mask(dev);
}

/* dma_get_seg_boundary(): 4 GiB where the device does not say */
__noinline __u64 boundary_mask(__u64 dev)
{
	struct device *device = (void *)dev;
	struct device_dma_parameters *parms = BPF_CORE_READ(device, dma_parms);
	__u64 mask = parms ? BPF_CORE_READ(parms, segment_boundary_mask) : 0;

	return mask ? mask : 0xffffffff;
}

/* swiotlb_max_mapping_size(): a whole slot less where low bits are kept */
static __always_inline __u64 mapping_limit(__u64 align)
{
	__u64 kept = (align + TLB_SLOT_BYTES - 1) & ~(TLB_SLOT_BYTES - 1ull);

	return TLB_SEGMENT_SLOTS * TLB_SLOT_BYTES - kept;
}

static __always_inline bool refused_again(const struct refusal_key *key,
					  __u64 size)
{
	struct refusal_record *told = bpf_map_lookup_elem(&refusals, key);

	if (!told)
		return false;
	__sync_fetch_and_add(&told->count, 1);
	if (told->size != size)
		__sync_fetch_and_add(&told->differing, 1);
	return true;
}

/* The name is taken here, as the device may be gone when it is shown. */
static __noinline long refused_first(const struct refusal_key *key,
				     const struct map_request *request)
{
	struct refusal_record first = { .count = 1 };

	first.size = request->size;
	first.min_align_mask = min_align_mask(request->dev);
	first.limit = mapping_limit(first.min_align_mask);
	first.alloc_align_mask = request->alloc_align_mask;
	first.boundary_mask = boundary_mask(request->dev);
	first.reach = layout_device_reach(request->dev);
	layout_device_name(request->dev, first.device.name);
	return bpf_map_update_elem(&refusals, key, &first, BPF_NOEXIST);
}

/* A global function, so that the verifier goes through it once. */
__noinline int count_refused(const struct map_request *request, __u32 cause)
{
	struct mapping_cpu_record *cpu = this_cpu();
	struct refusal_key key = { .cause = cause };
	struct device_record *record;

	if (!request)
		return 0;
	record = device_of(request->dev);
	key.device = request->dev;
	key.bucket = place_of(request->size) / sizeof(__u64);
	/* The compiler, which sees into it, would leave out the check. */
	barrier_var(cause);
	/* Atomic, because a program that the loader runs calls this as well. */
	if (record && cause < FAIL_CAUSES)
		__sync_fetch_and_add(&record->failures[cause], 1);
	/* Another CPU may have told the first one meanwhile. */
	if (!refused_again(&key, request->size) &&
	    refused_first(&key, request) &&
	    !refused_again(&key, request->size) && cpu)
		cpu->unsized++;
	return 0;
}

#endif

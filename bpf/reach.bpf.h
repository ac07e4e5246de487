/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef REACH_BPF_H
#define REACH_BPF_H

/*
 * Slots that a device cannot reach. swiotlb_map() notices when the mapping is
 * already made, and unmaps it at once, so hooks on map and unmap see a mapping
 * like any other. So devices that do not reach all pools never take the fast
 * path, and their unmaps are compared with their reach.
 *
 * Some builds (Debian's 6.12) have a copy of the function that unmaps inside of
 * swiotlb_map(), which no hook sees. There the record of the mapping stays, for
 * a slot that is free. It is counted when the slot is mapped again, or when the
 * loader finds it.
 */

#include "refusals.bpf.h"
#include "shadow.bpf.h"
#include "wrong_unmaps.bpf.h"

/* swiotlb_map() adds it to the attributes that it unmaps with. */
#define DMA_ATTR_SKIP_CPU_SYNC (1ull << 5)

/* Global functions, so that the verifier checks each once. */
__noinline __u64 bus_address(__u64 dev, __u64 physical)
{
	return layout_bus_address(dev, physical);
}

__noinline int reaches(__u64 dev, __u64 last)
{
	return layout_bus_address(dev, last) <= layout_device_reach(dev);
}

/* See mapping_devices.bpf.h. */
__noinline int reaches_all(__u64 dev)
{
	for (__u32 i = 0; i < SHADOW_RANGES_MAX; i++) {
		if (!ranges[i].bytes)
			break;
		if (!reaches(dev, ranges[i].start + ranges[i].bytes - 1))
			return 0;
	}
	return 1;
}

/* Whether swiotlb_map() unmaps a mapping that is out of the device's reach. */
__noinline int is_out_of_reach(const struct unmap *unmap)
{
	return unmap && unmap->size &&
	       unmap->attributes & DMA_ATTR_SKIP_CPU_SYNC &&
	       layout_maps_directly(unmap->dev) &&
	       !reaches(unmap->dev, unmap->address + unmap->size - 1);
}

/*
 * A hook on swiotlb_map() itself has not seen the mapping yet. It will see the
 * failure, and counts it then.
 */
static __always_inline int refused_for_reach(const struct unmap *unmap,
					     struct shadow_record *entry)
{
	struct map_request request = {
		.dev = unmap->dev,
		.size = unmap->size,
		.wanted = unmap->size,
	};
	bool known = entry && SHADOW_IS_KNOWN(entry->device);

	if (entry && entry->device != SHADOW_BEFORE)
		entry->device = 0;
	return known ? count_refused(&request, FAIL_REACH) : 0;
}

/* A mapping of the device there is always refused. */
static __always_inline bool is_unreached(__u64 dev, __u64 last)
{
	return !(dev & 1) && layout_maps_directly(dev) && !reaches(dev, last);
}

/*
 * The record of a slot that is mapped again was left by a mapping that was
 * refused, or its unmap was missed. A global function, so that the verifier
 * goes through it once.
 */
__noinline int count_left_behind(__u64 dev, __u64 size, __u64 address)
{
	struct map_request request = {
		.dev = dev,
		.size = size,
		.wanted = size,
	};

	return is_unreached(dev, address + size - 1)
		       ? count_refused(&request, FAIL_REACH)
		       : count_replaced(dev, size);
}

/*
 * Counts what was refused and has left a record, unless the mapping is being
 * made: then its slot is not free yet. Whoever removes the record counts it.
 */
static __always_inline int collect_refused(__u64 address)
{
	struct shadow_record *entry = shadow_of(address), found;
	struct map_request request = {};
	struct unmap unmap = { .address = address };

	if (!entry)
		return 0;
	found = *entry;
	unmap.dev = found.device;
	if (!SHADOW_IS_KNOWN(found.device) ||
	    !is_unreached(found.device, address + found.size - 1) ||
	    !slot_is_free(&unmap) ||
	    !__sync_bool_compare_and_swap(&entry->device, found.device, 0))
		return 0;
	request.dev = found.device;
	request.size = request.wanted = found.size;
	return count_refused(&request, FAIL_REACH);
}

#endif

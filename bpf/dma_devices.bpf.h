/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DMA_DEVICES_BPF_H
#define DMA_DEVICES_BPF_H

/*
 * Why devices bounce, by their own state and that of the machine: what
 * dma_direct_map_page() (kernel/dma/direct.h), dma-iommu and swiotlb-xen look
 * at. A part of pools.bpf.c, whose walk over devices it uses.
 */

#include "include/dma_devices.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, DMA_DEVICES_MAX);
	__type(key, __u32);
	__type(value, struct dma_device_record);
} dma_devices SEC(".maps");

/**
 * struct dma_walk - a walk over the devices that can map
 * @walk: the walk
 * @machine: the machine
 * @found: as in struct dma_devices_request, like what follows
 * @too_many: likewise
 * @never: likewise
 */
struct dma_walk {
	struct device_walk walk;
	struct dma_machine machine;
	__u32 found;
	__u32 too_many;
	__u32 never;
};

/* Global functions, so that the verifier checks each once. */
__noinline __u64 dma_bus_address(__u64 dev, __u64 physical)
{
	return layout_bus_address(dev, physical);
}

/* Behind an IOMMU, or what else translates. */
static __always_inline __u32 translated_reason(__u64 dev, bool xen)
{
	if (!layout_has_iommu(dev))
		return xen ? DMA_XEN : DMA_UNKNOWN;
	if (layout_device_bus(dev) == ON_PCI && layout_is_untrusted(dev))
		return DMA_UNTRUSTED;
	return layout_bounces_unaligned(dev) ? DMA_UNALIGNED : DMA_NEVER;
}

/* With bus addresses as they are: the first reason that the kernel finds. */
static __always_inline __u32 direct_reason(__u64 dev, __u64 mem,
					   const struct dma_machine *machine)
{
	struct device *device = (void *)dev;
	__u64 limit = BPF_CORE_READ(device, bus_dma_limit);
	__u64 reach = layout_device_reach(dev);

	if (mem && layout_mem_forces(mem))
		return DMA_FORCED;
	if (machine->encrypts)
		return DMA_ENCRYPTED;
	if (!machine->memory_last)
		return DMA_UNKNOWN;
	if (dma_bus_address(dev, machine->memory_last) > reach)
		return limit && limit == reach ? DMA_BUS_LIMIT : DMA_MASK;
	return layout_bounces_unaligned(dev) ? DMA_UNALIGNED : DMA_NEVER;
}

__noinline __u32 dma_reason(__u64 dev, const struct dma_machine *machine)
{
	if (!machine)
		return DMA_UNKNOWN;
	return layout_maps_directly(dev)
		       ? direct_reason(dev, layout_device_mem(dev), machine)
		       : translated_reason(dev, machine->xen);
}

static __always_inline void place_pool(__u64 dev, struct dma_device_record *r)
{
	__u64 start = 0, end = 0;

	r->pool_first = r->pool_last = 0;
	r->desc = r->mem ? layout_mem_desc(r->mem) : 0;
	if (!r->mem || !layout_maps_directly(dev))
		return;
	layout_mem_range(r->mem, &start, &end);
	if (start >= end)
		return;
	r->pool_first = dma_bus_address(dev, start);
	r->pool_last = dma_bus_address(dev, end - 1);
}

/* All but the reason. */
__noinline int describe_device(__u64 dev, struct dma_device_record *r)
{
	struct device *device = (void *)dev;

	if (!r)
		return 0;
	r->dev = dev;
	r->mem = layout_device_mem(dev);
	r->dma_mask = layout_device_mask(dev);
	r->bus_limit = BPF_CORE_READ(device, bus_dma_limit);
	r->min_align_mask = layout_min_align_mask(dev);
	r->pci = layout_device_bus(dev) == ON_PCI;
	place_pool(dev, r);
	layout_device_name(dev, r->name);
	layout_device_driver(dev, r->driver);
	return 0;
}

/*
 * Whether it is for DMA: most devices that have a mask have it from their bus,
 * and map nothing, such as real-time clocks with a PNP id. A pool of its own is
 * given to be used.
 */
__noinline int has_use(__u64 dev, __u64 default_mem)
{
	struct device *device = (void *)dev;
	__u64 mem = layout_device_mem(dev);

	if (mem && mem != default_mem)
		return true;
	if (!BPF_CORE_READ(device, driver))
		return false;
	switch (layout_device_bus(dev)) {
	case ON_PCI:
		return layout_masters_bus(dev);
	case ON_PNP:
		return false;
	default:
		return layout_is_described(dev) && !layout_has_pnp_id(dev);
	}
}

static __noinline int add_dma_device(struct dma_walk *dma, __u64 dev)
{
	struct dma_device_record *record;
	__u32 reason, index;

	if (!dma || !layout_device_mask(dev) ||
	    !has_use(dev, dma->machine.default_mem))
		return 0;
	reason = dma_reason(dev, &dma->machine);
	if (reason == DMA_NEVER) {
		dma->never++;
		return 0;
	}
	index = dma->found;
	record = bpf_map_lookup_elem(&dma_devices, &index);
	if (!record) {
		dma->too_many++;
		return 0;
	}
	describe_device(dev, record);
	record->reason = reason;
	dma->found = index + 1;
	return 0;
}

static long visit_dma_device(__u64 index, struct dma_walk *dma)
{
	__u64 dev = next_device(&dma->walk);

	if (!dev)
		return 1;
	add_dma_device(dma, dev);
	return 0;
}

SEC("syscall")
int walk_dma_devices(struct dma_devices_request *ctx)
{
	struct dma_devices_request request = *ctx;
	struct dma_walk dma = {
		.walk = begin_walk(request.devices_kset, request.node),
		.machine = request.machine,
		.found = request.found,
		.too_many = request.too_many,
		.never = request.never,
	};

	bpf_loop(request.count, visit_dma_device, &dma, 0);
	request.node = dma.walk.node;
	request.found = dma.found;
	request.too_many = dma.too_many;
	request.never = dma.never;
	request.ended = dma.walk.ended;
	request.torn = dma.walk.torn;
	request.visited = dma.walk.visited;
	*ctx = request;
	return 0;
}

/* One device, of which nothing but its address is known: it may be gone. */
SEC("syscall")
int read_dma_device(struct dma_device_request *ctx)
{
	struct dma_device_request request = *ctx;
	__u64 dev = request.record.dev;

	request.record.dma_mask = 0;
	if (is_listed(dev, request.devices_kset)) {
		describe_device(dev, &request.record);
		request.record.reason = dma_reason(dev, &request.machine);
	}
	*ctx = request;
	return 0;
}

#endif

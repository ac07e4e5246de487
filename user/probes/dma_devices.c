// SPDX-License-Identifier: GPL-2.0-only
#include "probes/dma_devices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "include/dma_devices.h"
#include "pools.skel.h"
#include "probes/kernel.h"
#include "probes/tables.h"
#include "util/clock.h"

/* How often a walk is repeated when the list of devices changes under it. */
#define WALK_TRIES 8

/* No machine has as many; a list that seems longer goes round in a circle. */
#define DEVICES_MAX (1u << 24)

/* Walks take at most this fraction of the time. */
#define WALK_SHARE 100

/**
 * struct dma_devices - the reader
 * @skel: the object with the programs
 * @machine: what they need to know of the machine
 * @kset: what all devices are in
 * @found: records of the last walk, mapped
 * @request: what the last walk came to
 * @walked: there was one
 * @next_ns: no other one before this time, CLOCK_MONOTONIC
 */
struct dma_devices {
	struct pools_bpf *skel;
	struct dma_machine machine;
	uint64_t kset;
	const struct dma_device_record *found;
	struct dma_devices_request request;
	bool walked;
	uint64_t next_ns;
};

struct dma_devices *dma_devices_start(const struct pools *pools)
{
	struct dma_devices *devices = calloc(1, sizeof(*devices));
	uint64_t end = kernel_memory_end();

	if (!devices)
		return NULL;
	devices->skel = pools_skel(pools);
	devices->kset = pools_roots(pools)->devices_kset;
	devices->machine = (struct dma_machine){
		.memory_last = end ? end - 1 : 0,
		.default_mem = pools_roots(pools)->default_mem,
		.encrypts = kernel_encrypts_memory(),
		.xen = kernel_runs_on_xen(),
	};
	devices->found = table_mmap(devices->skel->maps.dma_devices, PROT_READ);
	if (!devices->found) {
		free(devices);
		return NULL;
	}
	return devices;
}

void dma_devices_stop(struct dma_devices *devices)
{
	if (!devices)
		return;
	table_munmap(devices->found, devices->skel->maps.dma_devices);
	free(devices);
}

static int walk_once(struct dma_devices *devices)
{
	struct dma_devices_request *request = &devices->request;
	unsigned int visited = 0;
	int error;

	*request = (struct dma_devices_request){
		.machine = devices->machine,
		.devices_kset = devices->kset,
	};
	do {
		request->count = DEVICES_CHUNK;
		error = program_run(devices->skel->progs.walk_dma_devices,
				    request, sizeof(*request));
		visited += request->visited;
		if (visited > DEVICES_MAX)
			request->torn = 1;
	} while (!error && !request->ended && !request->torn);
	return error;
}

static int walk(struct dma_devices *devices)
{
	const uint64_t began = monotonic_ns();
	int error = 0;

	if (devices->walked && began < devices->next_ns)
		return 0;
	for (int i = 0; i < WALK_TRIES && !error; i++) {
		error = walk_once(devices);
		if (!devices->request.torn)
			break;
	}
	devices->walked = true;
	devices->next_ns =
		monotonic_ns() + WALK_SHARE * (monotonic_ns() - began);
	return error;
}

static const struct pool *pool_at(const struct snapshot *snap, uint64_t desc)
{
	for (size_t i = 0; i < snap->nr_pools && desc; i++)
		if (snap->pools[i].key == desc)
			return &snap->pools[i];
	return NULL;
}

/*
 * A pool of its own always forces. The default pool does for swiotlb=force, or
 * as the architecture's code asks for in guests with encrypted memory (up to
 * 6.x: SWIOTLB_FORCE).
 */
static enum bounce_reason forced_reason(const struct snapshot *snap,
					const struct dma_device_record *record)
{
	const struct pool *pool = pool_at(snap, record->desc);

	if (pool && pool->kind == POOL_RESTRICTED)
		return BOUNCE_RESTRICTED_POOL;
	if (pool && pool->kind == POOL_DEVICE)
		return BOUNCE_DEVICE_POOL;
	return snap->boot.force ? BOUNCE_FORCED : BOUNCE_ENCRYPTION;
}

static enum bounce_reason reason_of(const struct snapshot *snap,
				    const struct dma_device_record *record)
{
	static const enum bounce_reason reasons[] = {
		[DMA_NEVER] = BOUNCE_NEVER,
		[DMA_UNKNOWN] = BOUNCE_UNKNOWN,
		[DMA_ENCRYPTED] = BOUNCE_ENCRYPTION,
		[DMA_MASK] = BOUNCE_MASK,
		[DMA_BUS_LIMIT] = BOUNCE_BUS_LIMIT,
		[DMA_UNTRUSTED] = BOUNCE_UNTRUSTED,
		[DMA_UNALIGNED] = BOUNCE_UNALIGNED,
		[DMA_XEN] = BOUNCE_XEN,
	};

	if (record->reason == DMA_FORCED)
		return forced_reason(snap, record);
	return record->reason < sizeof(reasons) / sizeof(*reasons)
		       ? reasons[record->reason]
		       : BOUNCE_UNKNOWN;
}

/* A limit that no address exceeds is none. */
static uint64_t limit_or_none(uint64_t limit)
{
	return limit > INT64_MAX ? 0 : limit;
}

/* Bus addresses of a pool follow each other. */
static uint64_t unreached(const struct dma_device_record *record,
			  uint64_t reach)
{
	uint64_t first = record->pool_first;

	if (!record->pool_last || record->pool_last <= reach)
		return 0;
	if (first <= reach)
		first = reach + 1;
	return (record->pool_last - first) / SLOT_BYTES + 1;
}

static struct bounce bounce_of(const struct snapshot *snap,
			       const struct dma_device_record *record)
{
	struct bounce bounce = {
		.known = true,
		.reason = reason_of(snap, record),
		.dma_mask = limit_or_none(record->dma_mask),
		.bus_limit = limit_or_none(record->bus_limit),
		.min_align_mask = record->min_align_mask,
	};

	bounce.unreached_slots = unreached(record, bounce_reach(&bounce));
	return bounce;
}

static struct bounce_device
bounce_device_of(const struct snapshot *snap,
		 const struct dma_device_record *record)
{
	const struct pool *pool = pool_at(snap, record->desc);
	struct bounce_device device = {
		.pci = record->pci,
		.pool_id = pool ? pool->id : -1,
		.bounce = bounce_of(snap, record),
	};

	snprintf(device.name, sizeof(device.name), "%s", record->name);
	snprintf(device.driver, sizeof(device.driver), "%s", record->driver);
	return device;
}

/* Those on PCI first: of the others few map anything. */
static int fill_devices(const struct dma_devices *devices,
			struct snapshot *snap)
{
	const uint32_t found = devices->request.found;

	snap->bounce_devices = calloc(found + 1, sizeof(*snap->bounce_devices));
	if (!snap->bounce_devices)
		return -ENOMEM;
	for (uint32_t pci = 2; pci-- > 0;)
		for (uint32_t i = 0; i < found; i++)
			if (devices->found[i].pci == pci)
				snap->bounce_devices
					[snap->nr_bounce_devices++] =
					bounce_device_of(snap,
							 &devices->found[i]);
	return 0;
}

static void fill_totals(const struct dma_devices *devices,
			struct bounce_totals *totals)
{
	const char *reason = "";

	totals->known = devices->kset && !devices->request.torn;
	if (devices->machine.memory_last)
		totals->memory_end = devices->machine.memory_last + 1;
	totals->never = devices->request.never;
	totals->untold = devices->request.too_many;
	if (!devices->kset)
		reason = "the kernel does not tell where devices_kset is";
	else if (devices->request.torn)
		reason = "the list of devices changed too fast";
	else if (!totals->memory_end)
		reason = "/proc/zoneinfo does not tell where memory ends";
	snprintf(totals->reason, sizeof(totals->reason), "%s", reason);
}

/* Devices with counters need no driver: they have mapped. */
static int fill_counted(const struct dma_devices *devices,
			struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_devices; i++) {
		struct device *device = &snap->devices[i];
		struct dma_device_request request = {
			.machine = devices->machine,
			.devices_kset = devices->kset,
			.record = { .dev = device->key },
		};
		int error;

		if (device->gone || !device->key)
			continue;
		error = program_run(devices->skel->progs.read_dma_device,
				    &request, sizeof(request));
		if (error)
			return error;
		if (request.record.dma_mask)
			device->bounce = bounce_of(snap, &request.record);
	}
	return 0;
}

int dma_devices_read(struct dma_devices *devices, struct snapshot *snap)
{
	int error = devices->kset ? walk(devices) : 0;

	if (error)
		return error;
	fill_totals(devices, &snap->bounces);
	if (!snap->bounces.known)
		return 0;
	error = fill_devices(devices, snap);
	return error ? error : fill_counted(devices, snap);
}

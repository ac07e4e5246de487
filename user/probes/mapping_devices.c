// SPDX-License-Identifier: GPL-2.0-only
#include "probes/mapping_devices.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/mappings.h"
#include "mappings.skel.h"
#include "probes/slots.h"

/*
 * Record 0 is where the programs look for the device of a slot without a note:
 * it must not be taken for one that is free.
 */
int mapping_devices_reserve(const struct mapping_devices *devices)
{
	int fd = bpf_map__fd(devices->skel->maps.devices);
	struct device_record *cpus = calloc(devices->cpus, sizeof(*cpus));
	const __u32 zero = 0;
	int error = cpus ? 0 : -ENOMEM;

	for (unsigned int i = 0; i < devices->cpus && !error; i++)
		cpus[i].device = DEVICE_NOBODY;
	if (!error && bpf_map_update_elem(fd, &zero, cpus, BPF_ANY))
		error = -errno;
	free(cpus);
	return error;
}

static bool device_used(const struct mapping_devices *devices, uint32_t index)
{
	return devices->skel->bss->devices_used[index];
}

/* What each CPU counted under @index. */
static int read_device(const struct mapping_devices *devices, uint32_t index,
		       struct device_record *cpus)
{
	if (bpf_map_lookup_elem(bpf_map__fd(devices->skel->maps.devices),
				&index, cpus))
		return -errno;
	return 0;
}

int mapping_devices_unseen(const struct mapping_devices *devices,
			   uint64_t *unseen)
{
	struct device_record *cpus = calloc(devices->cpus, sizeof(*cpus));
	int error = 0;

	if (!cpus)
		return -ENOMEM;
	*unseen = 0;
	for (uint32_t i = 0; i <= DEVICES_MAX && !error; i++) {
		if (!device_used(devices, i))
			continue;
		error = read_device(devices, i, cpus);
		for (unsigned int c = 0; c < devices->cpus && !error; c++)
			*unseen += cpus[c].ended_unseen;
	}
	free(cpus);
	return error;
}

static struct device *find_device(struct snapshot *snap, uint64_t key)
{
	for (size_t i = 0; i < snap->nr_devices; i++)
		if (snap->devices[i].key == key)
			return &snap->devices[i];
	return NULL;
}

static void name_device(const struct mapping_devices *devices,
			struct device *device)
{
	struct device_request request = { .device = device->key };
	int names = bpf_map__fd(devices->skel->maps.device_names);

	if (!device->key) {
		snprintf(device->name, sizeof(device->name), "(others)");
		return;
	}
	/* One that has only mapped so far is asked for its name itself. */
	if (bpf_map_lookup_elem(names, &device->key, &request.name) &&
	    (device->gone || program_run(devices->skel->progs.read_device,
					 &request, sizeof(request))))
		return;
	snprintf(device->name, sizeof(device->name), "%s", request.name.name);
}

struct device *mapping_devices_get(const struct mapping_devices *devices,
				   struct snapshot *snap, uint64_t key)
{
	struct device *device = find_device(snap, key), *grown;

	if (device)
		return device;
	grown = reallocarray(snap->devices, snap->nr_devices + 1,
			     sizeof(*grown));
	if (!grown)
		return NULL;
	snap->devices = grown;
	device = &grown[snap->nr_devices++];
	memset(device, 0, sizeof(*device));
	device->key = key;
	device->gone = key & 1;
	device->pool_id = -1;
	device->totals.counted = true;
	name_device(devices, device);
	return device;
}

static uint64_t count_ended(const struct device_record *record)
{
	uint64_t ended = 0;

	for (unsigned int i = 0; i < RECORD_BUCKETS; i++)
		ended += record->lifetime.count[i];
	return ended;
}

int mapping_devices_ends(const struct mapping_devices *devices,
			 ends_visitor visit, void *data)
{
	struct device_record *cpus = calloc(devices->cpus, sizeof(*cpus));
	int error = cpus ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < DEVICES_MAX && !error; i++) {
		if (!device_used(devices, i))
			continue;
		error = read_device(devices, i, cpus);
		for (unsigned int c = 0; c < devices->cpus && !error; c++)
			if (cpus[c].device && cpus[c].device != DEVICE_NOBODY)
				error = visit(cpus[c].device,
					      cpus[c].ended_before,
					      count_ended(&cpus[c]) +
						      cpus[c].replaced +
						      cpus[c].ended_before +
						      cpus[c].ended_unseen,
					      data);
	}
	free(cpus);
	return error;
}

/*
 * Counted when they ended; those that live are added from the shadow. An end
 * that was missed (replaced) is an end all the same.
 */
static void add_counts(struct device *device,
		       const struct device_record *record)
{
	struct mapping_totals *totals = &device->totals;
	uint64_t ended = count_ended(record);

	totals->maps += ended + record->replaced;
	totals->unmaps += ended + record->replaced + record->ended_before +
			  record->ended_unseen;
	totals->syncs += record->syncs;
	totals->bytes += record->bytes;
	totals->bounce_ns += record->bounce_ns;
	for (unsigned int i = 0; i < FAIL_CAUSES; i++)
		totals->failures[i] += record->failures[i];
	for (unsigned int i = 0; i < RECORD_BUCKETS; i++) {
		device->lifetime.count[i] += record->lifetime.count[i];
		device->size.count[i] += record->size.count[i];
	}
}

static int read_devices(const struct mapping_devices *devices,
			struct snapshot *snap, struct mapping_losses *losses)
{
	struct device_record *cpus = calloc(devices->cpus, sizeof(*cpus));
	int error = cpus ? 0 : -ENOMEM;

	for (uint32_t i = 0; i <= DEVICES_MAX && !error; i++) {
		if (!device_used(devices, i))
			continue;
		error = read_device(devices, i, cpus);
		for (unsigned int c = 0; c < devices->cpus && !error; c++) {
			const struct device_record *record = &cpus[c];
			struct device *device;

			if (i == DEVICES_MAX)
				losses->others += count_ended(record) +
						  record->ended_before +
						  record->ended_unseen;
			else if (!record->device)
				continue;
			if (!record->device && !losses->others)
				continue;
			device = mapping_devices_get(devices, snap,
						     record->device);
			if (!device) {
				error = -ENOMEM;
				break;
			}
			add_counts(device, record);
			losses->unseen += record->ended_unseen;
			losses->replaced += record->replaced;
		}
	}
	free(cpus);
	return error;
}

static int read_retired(const struct mapping_devices *devices,
			struct snapshot *snap, struct mapping_losses *losses)
{
	int fd = bpf_map__fd(devices->skel->maps.retired);
	struct retired_key key, *last = NULL;
	struct device_record record;

	while (!bpf_map_get_next_key(fd, last, &key)) {
		struct device *device;

		last = &key;
		if (bpf_map_lookup_elem(fd, &key, &record))
			continue;
		device = mapping_devices_get(devices, snap, key.device);
		if (!device)
			return -ENOMEM;
		add_counts(device, &record);
		losses->unseen += record.ended_unseen;
		losses->replaced += record.replaced;
	}
	return 0;
}

int mapping_devices_read(const struct mapping_devices *devices,
			 struct snapshot *snap, struct mapping_losses *losses)
{
	int error = read_devices(devices, snap, losses);

	return error ? error : read_retired(devices, snap, losses);
}

static void sum_devices(struct snapshot *snap)
{
	struct mapping_totals *sum = &snap->mappings;

	for (size_t i = 0; i < snap->nr_devices; i++) {
		const struct mapping_totals *totals = &snap->devices[i].totals;

		sum->maps += totals->maps;
		sum->unmaps += totals->unmaps;
		sum->syncs += totals->syncs;
		sum->bytes += totals->bytes;
		sum->bounce_ns += totals->bounce_ns;
		sum->grown += totals->grown;
		for (unsigned int f = 0; f < FAILURE_CAUSES; f++)
			sum->failures[f] += totals->failures[f];
		if (totals->oldest_ns > sum->oldest_ns)
			sum->oldest_ns = totals->oldest_ns;
	}
}

/* The descriptor of the pool that a living device maps in; 0 = unknown. */
static uint64_t pool_of_device(const struct mapping_devices *devices,
			       const struct device *device)
{
	struct device_request request = { .device = device->key };

	if (device->gone || !device->key ||
	    program_run(devices->skel->progs.read_device, &request,
			sizeof(request)))
		return 0;
	return request.pool;
}

/*
 * Which pool a device uses: its own, which it may share with others, or else
 * the default one.
 */
static void place_devices(const struct mapping_devices *devices,
			  struct snapshot *snap)
{
	bool own = false;

	for (size_t p = 0; p < snap->nr_pools; p++)
		own |= pool_is_own(snap->pools[p].kind);
	for (size_t i = 0; i < snap->nr_devices; i++) {
		struct device *device = &snap->devices[i];
		uint64_t key = own ? pool_of_device(devices, device) : 0;

		for (size_t p = 0; p < snap->nr_pools; p++) {
			const struct pool *pool = &snap->pools[p];

			if (pool->key == key ||
			    (pool->kind == POOL_DEFAULT && device->pool_id < 0))
				device->pool_id = pool->id;
		}
	}
}

void mapping_devices_finish(const struct mapping_devices *devices,
			    struct snapshot *snap)
{
	sum_devices(snap);
	place_devices(devices, snap);
}

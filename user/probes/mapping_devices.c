// SPDX-License-Identifier: GPL-2.0-only
#include "probes/mapping_devices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/calls.h"
#include "include/mappings.h"
#include "mappings.skel.h"
#include "model/gone_devices.h"
#include "probes/kernel.h"
#include "probes/slots.h"

int mapping_devices_map(struct mapping_devices *devices,
			struct mappings_bpf *skel)
{
	int error;

	devices->skel = skel;
	devices->ids = calloc(1, sizeof(*devices->ids));
	error = devices->ids
			? cpu_table_map(&devices->counted, skel->maps.devices)
			: -ENOMEM;
	/*
	 * Device 0 is that of a slot without a mapping, and its hash is 0. So
	 * record 0 must never match it, nor look like a free record.
	 */
	for (unsigned int cpu = 0; cpu < possible_cpus() && !error; cpu++) {
		struct cpu_devices *counted =
			cpu_table_at(&devices->counted, cpu);

		counted->device[0].device = DEVICE_NOBODY;
	}
	return error;
}

void mapping_devices_unmap(struct mapping_devices *devices)
{
	cpu_table_unmap(&devices->counted);
	if (devices->ids)
		free(devices->ids->keys);
	free(devices->ids);
	devices->ids = NULL;
}

/* A copy of a CPU's record at @index; the CPU keeps counting meanwhile. */
static struct device_record counted_by(const struct mapping_devices *devices,
				       unsigned int cpu, uint32_t index)
{
	const volatile struct cpu_devices *counted =
		cpu_table_at(&devices->counted, cpu);

	return counted->device[index];
}

static bool device_used(const struct mapping_devices *devices, uint32_t index)
{
	return devices->skel->bss->devices_used[index];
}

/**
 * struct reading - of the counts
 * @visit: called for each record with the key of its device, 0 = of those that
 *	found no place anywhere; negative errno ends it
 * @data: passed to it
 * @gone: also of devices that are gone
 */
struct reading {
	int (*visit)(uint64_t key, const struct device_record *record,
		     void *data);
	void *data;
	bool gone;
};

static int read_cpus(const struct mapping_devices *devices,
		     const struct reading *reading, uint32_t index)
{
	int error = 0;

	for (unsigned int cpu = 0; cpu < possible_cpus() && !error; cpu++) {
		struct device_record record = counted_by(devices, cpu, index);

		if (record.device || index == DEVICES_MAX)
			error = reading->visit(record.device, &record,
					       reading->data);
	}
	return error;
}

/* Keys of devices that are gone are odd. */
static bool is_gone(uint64_t key)
{
	return key & 1;
}

static int read_more(void *owner, const void *key, const void *value)
{
	const struct reading *reading = owner;
	const struct device_key *counted = key;

	return is_gone(counted->device) && !reading->gone
		       ? 0
		       : reading->visit(counted->device, value, reading->data);
}

/* Most often no device has gone, and each has found a place. */
static bool has_more(const struct mapping_devices *devices, bool gone)
{
	return devices->skel->bss->more_living ||
	       (gone && mapping_devices_gone(devices) != DEVICE_GONE_FIRST);
}

static int read_all(const struct mapping_devices *devices,
		    struct reading *reading)
{
	int error = 0;

	for (uint32_t i = 0; i <= DEVICES_MAX && !error; i++)
		if (device_used(devices, i))
			error = read_cpus(devices, reading, i);
	if (!error && has_more(devices, reading->gone))
		error = table_each(&HASH_TABLE(devices->skel, more_devices),
				   read_more, reading);
	return error;
}

bool mapping_devices_full(const struct mapping_devices *devices)
{
	return device_used(devices, DEVICES_MAX);
}

uint64_t mapping_devices_gone(const struct mapping_devices *devices)
{
	return devices->skel->data->next_gone;
}

static int add_unseen(uint64_t key, const struct device_record *record,
		      void *data)
{
	(void)key;
	*(uint64_t *)data += record->ended_unseen;
	return 0;
}

uint64_t mapping_devices_unseen(const struct mapping_devices *devices)
{
	uint64_t unseen = 0;
	struct reading reading = { add_unseen, &unseen, .gone = true };

	read_all(devices, &reading);
	return unseen;
}

static struct device *find_device(struct snapshot *snap, uint64_t key)
{
	for (size_t i = 0; i < snap->nr_devices; i++)
		if (snap->devices[i].key == key)
			return &snap->devices[i];
	return NULL;
}

void mapping_devices_name(const struct mapping_devices *devices, uint64_t key,
			  char *name, size_t len)
{
	struct device_request request = { .device = key };

	if (!key) {
		snprintf(name, len, "(others)");
		return;
	}
	/* A device without a name in the table has only mapped: read its name.
	 */
	if (!table_find(&HASH_TABLE(devices->skel, device_names), &key,
			&request.name) &&
	    !is_gone(key))
		program_run(devices->skel->progs.read_device, &request,
			    sizeof(request));
	snprintf(name, len, "%s", request.name.name);
}

/* 0: no memory. */
static uint32_t get_id(struct device_ids *ids, uint64_t key)
{
	uint64_t *grown;

	for (size_t i = 0; i < ids->count; i++)
		if (ids->keys[i] == key)
			return (uint32_t)i + 1;
	grown = reallocarray(ids->keys, ids->count + 1, sizeof(*grown));
	if (!grown)
		return 0;
	ids->keys = grown;
	grown[ids->count++] = key;
	return (uint32_t)ids->count;
}

struct device *mapping_devices_get(const struct mapping_devices *devices,
				   struct snapshot *snap, uint64_t key)
{
	struct device *device, *grown;
	uint32_t id;

	if (devices->fold_gone && is_gone(key))
		key = GONE_DEVICES_KEY;
	device = find_device(snap, key);
	if (device)
		return device;
	id = get_id(devices->ids, key);
	if (!id)
		return NULL;
	grown = reallocarray(snap->devices, snap->nr_devices + 1,
			     sizeof(*grown));
	if (!grown)
		return NULL;
	snap->devices = grown;
	device = &grown[snap->nr_devices++];
	memset(device, 0, sizeof(*device));
	device->id = id;
	device->key = key;
	device->gone = is_gone(key);
	device->pool_id = -1;
	device->totals.counted = true;
	mapping_devices_name(devices, key, device->name, sizeof(device->name));
	return device;
}

static uint64_t count_ended(const struct device_record *record)
{
	uint64_t ended = 0;

	for (unsigned int i = 0; i < RECORD_BUCKETS; i++)
		ended += record->lifetime.count[i];
	return ended;
}

/**
 * struct ends_reading - passes records on to a visitor
 * @visit: the visitor
 * @data: its data
 */
struct ends_reading {
	ends_visitor visit;
	void *data;
};

static int visit_ends(uint64_t key, const struct device_record *record,
		      void *data)
{
	const struct ends_reading *ends = data;

	return key ? ends->visit(key, record->ended_before,
				 count_ended(record) + record->replaced +
					 record->ended_before +
					 record->ended_unseen,
				 ends->data)
		   : 0;
}

int mapping_devices_ends(const struct mapping_devices *devices,
			 ends_visitor visit, void *data)
{
	struct ends_reading ends = { visit, data };
	struct reading reading = { visit_ends, &ends, .gone = false };

	return read_all(devices, &reading);
}

static void add_copies(struct copies *sum, const struct copies_record *record)
{
	sum->count += record->count;
	sum->bytes += record->bytes;
	sum->ns += record->ns;
}

static void add_all_copies(struct mapping_totals *totals,
			   const struct device_record *record)
{
	for (unsigned int i = 0; i < COPY_KINDS; i++) {
		add_copies(&totals->copies[i], &record->copies[i]);
		totals->bounce_ns += record->copies[i].ns;
	}
	add_copies(&totals->redundant, &record->redundant);
}

/*
 * The programs count a mapping when it ends; live mappings are added from the
 * shadow. A mapping whose unmap was missed (replaced) has ended as well.
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
	add_all_copies(totals, record);
	for (unsigned int i = 0; i < FAIL_CAUSES; i++)
		totals->failures[i] += record->failures[i];
	for (unsigned int i = 0; i < WRONG_KINDS; i++)
		totals->wrong[i] += record->wrong[i];
	for (unsigned int i = 0; i < RECORD_BUCKETS; i++) {
		device->lifetime.count[i] += record->lifetime.count[i];
		device->size.count[i] += record->size.count[i];
	}
}

/**
 * struct counts_reading - adds records to a snapshot
 * @devices: where they are
 * @snap: the snapshot
 * @losses: added to
 */
struct counts_reading {
	const struct mapping_devices *devices;
	struct snapshot *snap;
	struct mapping_losses *losses;
};

static int read_counts(uint64_t key, const struct device_record *record,
		       void *data)
{
	const struct counts_reading *counts = data;
	struct mapping_losses *losses = counts->losses;
	struct device *device;

	if (!key)
		losses->others += count_ended(record) + record->ended_before +
				  record->ended_unseen;
	if (!key && !losses->others)
		return 0;
	device = mapping_devices_get(counts->devices, counts->snap, key);
	if (!device)
		return -ENOMEM;
	add_counts(device, record);
	losses->unseen += record->ended_unseen;
	losses->replaced += record->replaced;
	return 0;
}

int mapping_devices_read(const struct mapping_devices *devices,
			 struct snapshot *snap, struct mapping_losses *losses)
{
	struct counts_reading counts = { devices, snap, losses };
	struct reading reading = { read_counts, &counts, .gone = true };

	return read_all(devices, &reading);
}

static void sum_copies(struct copies *sum, const struct copies *part)
{
	sum->count += part->count;
	sum->bytes += part->bytes;
	sum->ns += part->ns;
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
		for (unsigned int c = 0; c < COPIES_KINDS; c++)
			sum_copies(&sum->copies[c], &totals->copies[c]);
		sum_copies(&sum->redundant, &totals->redundant);
		for (unsigned int f = 0; f < FAILURE_CAUSES; f++)
			sum->failures[f] += totals->failures[f];
		for (unsigned int f = 0; f < UNMAP_FAULTS; f++)
			sum->wrong[f] += totals->wrong[f];
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

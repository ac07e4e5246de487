// SPDX-License-Identifier: GPL-2.0-only
#include "probes/unreached.h"

#include <errno.h>
#include <stdlib.h>

#include "include/calls.h"
#include "mappings.skel.h"
#include "probes/tables.h"

/**
 * struct known_device - whether a device reaches all slots
 * @device: its address
 * @reaches_all: whether it does
 */
struct known_device {
	uint64_t device;
	bool reaches_all;
};

/**
 * struct collection - a visit of all records
 * @skel: has the programs
 * @devices: devices that have records; there are few
 * @count: how many
 * @last: that of the last record
 */
struct collection {
	struct mappings_bpf *skel;
	struct known_device *devices;
	size_t count;
	size_t last;
};

static int add_device(struct collection *all, uint64_t device)
{
	struct device_request request = { .device = device };
	struct known_device *grown;
	int error = program_run(all->skel->progs.read_device, &request,
				sizeof(request));

	if (error)
		return error;
	grown = reallocarray(all->devices, all->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	all->devices = grown;
	grown[all->count] = (struct known_device){
		.device = device,
		.reaches_all = request.reaches_all,
	};
	all->last = all->count++;
	return 0;
}

/* Sets all->last. Most records are of the same device as the one before. */
static int find_device(struct collection *all, uint64_t device)
{
	if (all->count && all->devices[all->last].device == device)
		return 0;
	for (size_t i = 0; i < all->count; i++) {
		if (all->devices[i].device != device)
			continue;
		all->last = i;
		return 0;
	}
	return add_device(all, device);
}

static int collect(const struct shadow_record *entry, uint64_t address,
		   void *data)
{
	struct unreached_request request = { .address = address };
	uint64_t device = *(const volatile __u64 *)&entry->device;
	struct collection *all = data;
	int error;

	/* It may have changed; of a device that is gone nothing is known. */
	if (!SHADOW_IS_KNOWN(device) || device & 1)
		return 0;
	error = find_device(all, device);
	if (error || all->devices[all->last].reaches_all)
		return error;
	return program_run(all->skel->progs.collect_unreached, &request,
			   sizeof(request));
}

int unreached_collect(const struct shadow *shadow, struct mappings_bpf *skel)
{
	struct collection all = { .skel = skel };
	int error = shadow_visit(shadow, collect, &all);

	free(all.devices);
	return error;
}

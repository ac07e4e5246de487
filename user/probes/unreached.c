// SPDX-License-Identifier: GPL-2.0-only
#include "probes/unreached.h"

#include <errno.h>
#include <stdlib.h>

#include "include/calls.h"
#include "mappings.skel.h"
#include "probes/tables.h"

/**
 * struct collection - a visit of the records of devices that do not reach all
 *	slots
 * @skel: has the programs
 * @devices: these devices; there are few
 * @count: how many
 */
struct collection {
	struct mappings_bpf *skel;
	uint64_t *devices;
	size_t count;
};

/* 1 = it reaches all slots, 0 = not, or negative errno */
static int reaches_all(struct mappings_bpf *skel, uint64_t device)
{
	struct device_request request = { .device = device };
	int error =
		program_run(skel->progs.read_device, &request, sizeof(request));

	return error ? error : request.reaches_all != 0;
}

/* Of a device that is gone nothing is known. */
static int find_devices(struct collection *all, const struct live_counts *live)
{
	for (size_t i = 0; i < live->count; i++) {
		const uint64_t device = live->devices[i].device;
		int reaches = device & 1 ? 1 : reaches_all(all->skel, device);
		uint64_t *grown;

		if (reaches < 0)
			return reaches;
		if (reaches)
			continue;
		grown = reallocarray(all->devices, all->count + 1,
				     sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		all->devices = grown;
		grown[all->count++] = device;
	}
	return 0;
}

static int collect(const struct shadow_record *entry, uint64_t address,
		   void *data)
{
	struct unreached_request request = { .address = address };
	uint64_t device = *(const volatile __u64 *)&entry->device;
	const struct collection *all = data;

	for (size_t i = 0; i < all->count; i++)
		if (all->devices[i] == device)
			return program_run(all->skel->progs.collect_unreached,
					   &request, sizeof(request));
	return 0;
}

int unreached_collect(const struct shadow *shadow, struct mappings_bpf *skel,
		      struct live_counts *live)
{
	struct collection all = { .skel = skel };
	int error = find_devices(&all, live);

	if (!error && all.count) {
		error = shadow_visit(shadow, collect, &all);
		if (!error)
			error = shadow_count(shadow, live);
	}
	free(all.devices);
	return error;
}

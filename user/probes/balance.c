// SPDX-License-Identifier: GPL-2.0-only
#include "probes/balance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "probes/unreached.h"

/*
 * The pause after a sample is this many times its CPU time, or that of the
 * sample before if it was less: on a busy machine, or when tables are read for
 * the first time, a sample may take long, and the next one should not be late.
 */
#define PAUSE 50

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* The unmap of a mapping whose map was seen has cleared its record. */
static int add_ends(uint64_t device, uint64_t before, uint64_t ends, void *data)
{
	return growth_track_add(data, device, -(int64_t)before, ends);
}

/* Of what was refused none is live. */
static int add_live(struct balance *balance)
{
	struct live_counts *live = &balance->live;
	int error = shadow_count(balance->shadow, live);

	if (!error)
		error = unreached_collect(balance->shadow,
					  balance->devices->skel, live);
	for (size_t i = 0; i < live->count && !error; i++)
		error = growth_track_add(balance->track,
					 live->devices[i].device,
					 live->devices[i].mappings, 0);
	return error;
}

int balance_sample(struct balance *balance, bool now)
{
	uint64_t began = clock_ns(CLOCK_MONOTONIC);
	uint64_t spent = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	int error;

	if (!now && began < balance->next_ns)
		return 0;
	error = shadow_read_overflow(balance->shadow);
	growth_track_begin(balance->track, began);
	if (!error)
		error = mapping_devices_ends(balance->devices, add_ends,
					     balance->track);
	if (!error)
		error = add_live(balance);
	growth_track_end(balance->track);
	spent = clock_ns(CLOCK_THREAD_CPUTIME_ID) - spent;
	balance->next_ns =
		clock_ns(CLOCK_MONOTONIC) +
		PAUSE * (spent < balance->spent_ns ? spent : balance->spent_ns);
	balance->spent_ns = spent;
	return error;
}

int balance_start(struct balance *balance, struct shadow *shadow,
		  const struct mapping_devices *devices)
{
	*balance = (struct balance){
		.shadow = shadow,
		.devices = devices,
		.track = growth_track_new(),
	};
	return balance->track ? balance_sample(balance, true) : -ENOMEM;
}

void balance_stop(struct balance *balance)
{
	growth_track_free(balance->track);
	free(balance->live.devices);
	memset(balance, 0, sizeof(*balance));
}

/*
 * The mappings of a removed device are leaked, and no longer grow. The last
 * samples may be older than a burst that has ended since; what is live is read
 * now, and no device grew by more than that.
 */
void balance_read(const struct balance *balance,
		  const struct live_counts *ended, struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_devices; i++) {
		struct device *device = &snap->devices[i];
		struct growth growth;

		if (device->gone)
			continue;
		growth_track_read(balance->track, device->key,
				  live_counts_get(ended, device->key), &growth);
		if (growth.grown > device->totals.live)
			growth.grown = device->totals.live;
		memcpy(growth.kept, device->growth.kept, sizeof(growth.kept));
		device->growth = growth;
		device->totals.grown = growth.grown;
	}
}

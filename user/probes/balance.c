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

/**
 * struct ends_sum - takes the mappings that have ended
 * @track: gets those of each device
 * @ends: all of them
 */
struct ends_sum {
	struct growth_track *track;
	uint64_t ends;
};

/* The unmap of a mapping whose map was seen has cleared its record. */
static int add_ends(uint64_t device, uint64_t before, uint64_t ends, void *data)
{
	struct ends_sum *sum = data;

	sum->ends += ends;
	return growth_track_add(sum->track, device, -(int64_t)before, ends);
}

/*
 * A map takes a slot, and an unmap is counted: if neither the slots in use nor
 * the mappings that have ended differ, none is mapped that was not. A mapping
 * may be on its way when counters are read, so they must have been the same at
 * the sample before, too. What no hook saw, or is in a pool that has not been
 * found yet, comes with the next snapshot. Mappings outside the shadow and
 * devices without counters of their own change neither.
 */
static bool is_settled(struct balance *balance, uint64_t ends)
{
	const struct activity now = {
		.used = pools_used(balance->pools),
		.pools = pools_changes(balance->pools),
		.ends = ends,
		.gone = mapping_devices_gone(balance->devices),
	};
	const bool before = balance->still;

	balance->still = !memcmp(&now, &balance->seen, sizeof(now));
	balance->seen = now;
	return before && balance->still && !balance->shadow->nr_overflow &&
	       !pools_request(balance->pools)->has_dynamic &&
	       !mapping_devices_full(balance->devices);
}

/* Of what was refused none is live. */
static int count_live(struct balance *balance)
{
	int error = shadow_read_overflow(balance->shadow);

	if (!error)
		error = shadow_count(balance->shadow, &balance->live);
	if (!error)
		error = unreached_collect(balance->shadow,
					  balance->devices->skel,
					  &balance->live);
	return error;
}

static int add_live(const struct balance *balance)
{
	const struct live_counts *live = &balance->live;
	int error = 0;

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
	struct ends_sum sum = { .track = balance->track };
	bool settled;
	int error;

	if (!now && began < balance->next_ns)
		return 0;
	growth_track_begin(balance->track, began);
	error = mapping_devices_ends(balance->devices, add_ends, &sum);
	settled = is_settled(balance, sum.ends);
	if (!error && (now || !settled))
		error = count_live(balance);
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
		  const struct mapping_devices *devices,
		  const struct pools *pools)
{
	*balance = (struct balance){
		.shadow = shadow,
		.devices = devices,
		.pools = pools,
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

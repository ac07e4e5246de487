// SPDX-License-Identifier: GPL-2.0-only
#include "model/growth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * However long the watch: when all bins are in use, two by two become one.
 * Even, so that none is left over.
 */
#define BINS 96

/* Bins that a part has at least, for growth to be judged part by part. */
#define PART_BINS 2

/* A sample is smoothed with the two before. */
#define RECENT 3

/**
 * struct bin - some samples of one device in a row
 * @floor: the lowest balance, smoothed
 * @ends: mappings that had ended when the last one was taken
 */
struct bin {
	int64_t floor;
	uint64_t ends;
};

/**
 * struct device_track - the balance of one device
 * @key: the device
 * @balance: of the sample that is taken
 * @ends: likewise
 * @added: to the sample that is taken
 * @recent: the last samples, the newest first
 * @recent_ends: likewise
 * @peak: the highest smoothed balance
 * @fell: by how many it was below an earlier one at most
 * @bins: by time
 */
struct device_track {
	uint64_t key;
	int64_t balance;
	uint64_t ends;
	bool added;
	int64_t recent[RECENT];
	uint64_t recent_ends[RECENT];
	int64_t peak;
	int64_t fell;
	struct bin bins[BINS];
};

/**
 * struct growth_track - the samples of a window
 * @first_ns: when the first sample was taken
 * @last_ns: the last one
 * @bin_ns: when the last sample of each bin was taken
 * @samples: taken so far
 * @nr_bins: bins in use
 * @per_bin: samples of a full bin
 * @in_last: samples of the last one
 * @devices: devices seen so far
 * @nr_devices: how many
 * @latest: the last device; the next one is mostly the same
 */
struct growth_track {
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t bin_ns[BINS];
	uint64_t samples;
	unsigned int nr_bins;
	unsigned int per_bin;
	unsigned int in_last;
	struct device_track *devices;
	size_t nr_devices;
	size_t latest;
};

struct growth_track *growth_track_new(void)
{
	struct growth_track *track = calloc(1, sizeof(*track));

	if (track)
		track->per_bin = 1;
	return track;
}

void growth_track_free(struct growth_track *track)
{
	if (track)
		free(track->devices);
	free(track);
}

static int64_t lower(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t higher(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void merge_bins(struct growth_track *track)
{
	for (unsigned int i = 0; i < BINS / 2; i++) {
		track->bin_ns[i] = track->bin_ns[2 * i + 1];
		for (size_t d = 0; d < track->nr_devices; d++) {
			struct bin *bins = track->devices[d].bins;

			bins[i].floor =
				lower(bins[2 * i].floor, bins[2 * i + 1].floor);
			bins[i].ends = bins[2 * i + 1].ends;
		}
	}
	track->nr_bins = BINS / 2;
	track->per_bin *= 2;
}

void growth_track_begin(struct growth_track *track, uint64_t now_ns)
{
	bool full = track->in_last == track->per_bin;

	if (full && track->nr_bins == BINS)
		merge_bins(track);
	if (full || !track->nr_bins) {
		track->nr_bins++;
		track->in_last = 0;
	}
	track->in_last++;
	track->samples++;
	if (track->samples == 1)
		track->first_ns = now_ns;
	track->last_ns = now_ns;
	track->bin_ns[track->nr_bins - 1] = now_ns;
	for (size_t d = 0; d < track->nr_devices; d++) {
		track->devices[d].balance = 0;
		track->devices[d].ends = 0;
		track->devices[d].added = false;
	}
}

static struct device_track *find_device(const struct growth_track *track,
					uint64_t key)
{
	for (size_t d = 0; d < track->nr_devices; d++)
		if (track->devices[d].key == key)
			return &track->devices[d];
	return NULL;
}

static struct device_track *get_device(struct growth_track *track, uint64_t key)
{
	struct device_track *device = find_device(track, key), *grown;

	if (device)
		return device;
	grown = reallocarray(track->devices, track->nr_devices + 1,
			     sizeof(*grown));
	if (!grown)
		return NULL;
	track->devices = grown;
	device = &grown[track->nr_devices++];
	memset(device, 0, sizeof(*device));
	device->key = key;
	return device;
}

int growth_track_add(struct growth_track *track, uint64_t key, int64_t balance,
		     uint64_t ends)
{
	struct device_track *device;

	if (track->latest < track->nr_devices &&
	    track->devices[track->latest].key == key)
		device = &track->devices[track->latest];
	else
		device = get_device(track, key);
	if (!device)
		return -ENOMEM;
	track->latest = device - track->devices;
	device->balance += balance;
	device->ends += ends;
	device->added = true;
	return 0;
}

static int64_t median(const int64_t v[RECENT])
{
	return higher(lower(v[0], v[1]), lower(higher(v[0], v[1]), v[2]));
}

/*
 * Before a watch each device was where its first sample finds it: a ring may
 * have gone round since its mappings are followed.
 */
static void begin_device(struct device_track *device)
{
	for (unsigned int i = 0; i < RECENT; i++)
		device->recent[i] = device->balance;
	device->peak = device->balance;
}

/* Removes a single outlier, such as mappings in flight at one sample. */
static void end_device(struct growth_track *track, struct device_track *device)
{
	struct bin *bin = &device->bins[track->nr_bins - 1];
	int64_t smoothed;

	if (track->samples == 1)
		begin_device(device);
	memmove(&device->recent[1], &device->recent[0],
		(RECENT - 1) * sizeof(device->recent[0]));
	memmove(&device->recent_ends[1], &device->recent_ends[0],
		(RECENT - 1) * sizeof(device->recent_ends[0]));
	device->recent[0] = device->balance;
	device->recent_ends[0] = device->ends;
	smoothed = median(device->recent);
	device->peak = higher(device->peak, smoothed);
	device->fell = higher(device->fell, device->peak - smoothed);
	bin->floor =
		track->in_last == 1 ? smoothed : lower(bin->floor, smoothed);
	bin->ends = device->ends;
}

/* No device takes back that mappings have ended. */
static bool has_gone(const struct device_track *device)
{
	return !device->added && device->recent_ends[0];
}

void growth_track_end(struct growth_track *track)
{
	for (size_t d = track->nr_devices; d-- > 0;) {
		struct device_track *device = &track->devices[d];

		if (has_gone(device))
			*device = track->devices[--track->nr_devices];
		else
			end_device(track, device);
	}
}

/* Bins from @part on; part GROWTH_PARTS begins behind the last one. */
static unsigned int part_begins(const struct growth_track *track,
				unsigned int part)
{
	return part * track->nr_bins / GROWTH_PARTS;
}

static int64_t floor_of(const struct device_track *device, unsigned int from,
			unsigned int to)
{
	int64_t floor = INT64_MAX;

	for (unsigned int i = from; i < to; i++)
		floor = lower(floor, device->bins[i].floor);
	return floor;
}

/* The lowest balance rose from part to part; it may stay the same once. */
static bool floor_rises(const struct growth *growth)
{
	unsigned int rises = 0;

	if (!growth->judged)
		return false;
	for (unsigned int i = 1; i < GROWTH_PARTS; i++) {
		if (growth->floor[i] < growth->floor[i - 1])
			return false;
		rises += growth->floor[i] > growth->floor[i - 1];
	}
	return rises >= GROWTH_PARTS - 2;
}

/*
 * The balance at the end. It is the median of the recent samples, except in
 * three cases, in which it is the newest sample: no mapping ended meanwhile, so
 * there is growth but no fluctuation; the growth continues, so a median would
 * lag by what came since the sample before; or the first sample is among the
 * recent ones, so their median would be that of the start.
 */
static int64_t level_now(const struct growth_track *track,
			 const struct device_track *device,
			 const struct growth *growth)
{
	if (track->samples <= RECENT || floor_rises(growth) ||
	    device->recent_ends[0] == device->recent_ends[RECENT - 1])
		return device->recent[0];
	return median(device->recent);
}

/*
 * The growth that remains if a fluctuation may be at its height now: as far
 * down as the balance has ever come down, but not below its floor of late.
 * The floor before the last mappings ended says nothing of the time after.
 * If the floor itself rises all the time, nothing is subtracted.
 */
static int64_t level_at_end(const struct growth_track *track,
			    const struct device_track *device,
			    const struct growth *growth, unsigned int width)
{
	int64_t level = level_now(track, device, growth), floor = level;

	if (floor_rises(growth))
		return level;
	for (unsigned int i = track->nr_bins - width; i < track->nr_bins; i++)
		if (device->bins[i].ends < device->recent_ends[0])
			floor = lower(floor, device->bins[i].floor);
	return higher(floor, level - device->fell);
}

static void read_parts(const struct growth_track *track,
		       const struct device_track *device, struct growth *growth)
{
	growth->judged = track->nr_bins >= GROWTH_PARTS * PART_BINS;
	for (unsigned int i = 0; i < GROWTH_PARTS && growth->judged; i++) {
		unsigned int first = part_begins(track, i);

		growth->floor[i] =
			floor_of(device, first, part_begins(track, i + 1));
		growth->part_ns[i] = track->bin_ns[first] - track->first_ns;
	}
}

uint64_t growth_track_last_ns(const struct growth_track *track)
{
	return track->last_ns;
}

void growth_track_read(const struct growth_track *track, uint64_t key,
		       int64_t ended, struct growth *growth)
{
	const struct device_track *device = find_device(track, key);
	unsigned int width = track->nr_bins / GROWTH_PARTS;
	unsigned int half = track->nr_bins / 2;
	int64_t start, end, middle;

	memset(growth, 0, sizeof(*growth));
	growth->over_ns = track->last_ns - track->first_ns;
	growth->flat = true;
	if (!device || !track->nr_bins)
		return;
	if (!width)
		width = 1;
	read_parts(track, device, growth);
	start = floor_of(device, 0, width);
	end = level_at_end(track, device, growth, width);
	if (ended > 0)
		end = lower(end, device->recent[0] - ended);
	middle = floor_of(device, half, half + width);
	growth->grown = end > start ? end - start : 0;
	growth->fell = device->fell;
	growth->flat = end <= middle;
	growth->late_ends = device->recent_ends[0];
	if (growth->judged)
		growth->late_ends -= device->bins[half].ends;
}

struct growth_parts growth_track_parts(const struct growth_track *track)
{
	struct growth_parts parts = {
		.known = track->nr_bins >= GROWTH_PARTS * PART_BINS,
		.first_ns = track->first_ns,
	};

	for (unsigned int i = 0; parts.known && i < GROWTH_PARTS - 1; i++)
		parts.end_ns[i] = track->bin_ns[part_begins(track, i + 1) - 1];
	return parts;
}

int growth_part(const struct growth_parts *parts, uint64_t at_ns)
{
	int part = GROWTH_PARTS - 1;

	if (!parts->known || at_ns < parts->first_ns)
		return -1;
	/* From the last one on: most mappings are young. */
	while (part > 0 && at_ns <= parts->end_ns[part - 1])
		part--;
	return part;
}

/* From the second part on: a ring may have been filled in the first one. */
uint64_t growth_per_hour(const struct growth *growth)
{
	const unsigned int last = GROWTH_PARTS - 1;
	int64_t rise = growth->floor[last] - growth->floor[1];
	uint64_t ns = growth->part_ns[last] - growth->part_ns[1];

	if (!growth->judged || rise <= 0 || !ns)
		return 0;
	return (uint64_t)((double)rise * 3600e9 / (double)ns);
}

bool growth_goes_on(const struct growth *growth)
{
	unsigned int kept = 0;

	if (!growth->grown || !floor_rises(growth))
		return false;
	for (unsigned int i = 0; i < GROWTH_PARTS; i++)
		kept += growth->kept[i] != 0;
	return growth->floor[GROWTH_PARTS - 1] - growth->floor[0] >
		       growth->fell &&
	       kept >= GROWTH_PARTS - 1;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_GROWTH_H
#define MODEL_GROWTH_H

/*
 * By how many the live mappings of each device grow, beyond their fluctuation.
 * The input are samples of each device's balance: maps less unmaps, including
 * unmaps of mappings that are older than the window. So the balance of a ring
 * whose buffers are replaced one by one stays the same, whether the ring was
 * filled before the window or in it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parts of the window; a continuing leak shows in each of them. */
#define GROWTH_PARTS 6

/**
 * struct growth - what a device's balance did over the watch
 * @over_ns: from the first sample to the last
 * @grown: by how many it grew, beyond its fluctuation; never negative
 * @fell: how far its balance came down at most: its fluctuation
 * @flat: it has not grown in the second half of the watch
 * @late_ends: mappings that ended in the second half; in all of a watch that is
 *	not judged, as of that what fluctuates is not known
 * @judged: there were samples enough for what follows
 * @floor: the lowest balance in each part
 * @part_ns: how long after the first sample each part began
 * @kept: mappings made in each part that live at the end; filled in by who
 *	knows the mappings
 */
struct growth {
	uint64_t over_ns;
	uint64_t grown;
	int64_t fell;
	bool flat;
	uint64_t late_ends;
	bool judged;
	int64_t floor[GROWTH_PARTS];
	uint64_t part_ns[GROWTH_PARTS];
	uint64_t kept[GROWTH_PARTS];
};

/**
 * growth_goes_on() - it grew through the whole watch, by mappings that stay
 *
 * The floor rose from part to part and never fell, in sum by more than the
 * balance fluctuates, and of what was made in each part something is left; one
 * part may be an exception. A ring does not: its level has a bound, and its
 * oldest mappings go first.
 */
bool growth_goes_on(const struct growth *growth);

/** growth_per_hour() - how fast its floor rose, where that was judged */
uint64_t growth_per_hour(const struct growth *growth);

struct growth_track;

/** growth_track_new() - of a watch that begins; NULL = no memory */
struct growth_track *growth_track_new(void);

/** growth_track_free() - NULL is fine */
void growth_track_free(struct growth_track *track);

/** growth_track_begin() - begin a sample, taken at @now_ns */
void growth_track_begin(struct growth_track *track, uint64_t now_ns);

/**
 * growth_track_add() - add to one device's figures of the sample
 * @track: the watch
 * @key: the device
 * @balance: mappings made less those that ended
 * @ends: mappings that ended since the watch began
 *
 * May be called several times for one device. A device that is not added has a
 * balance of 0, now and before it was first added; if mappings of it had ended,
 * it has gone, and a later one with its key is another device.
 *
 * Return: 0 or -ENOMEM.
 */
int growth_track_add(struct growth_track *track, uint64_t key, int64_t balance,
		     uint64_t ends);

/** growth_track_end() - the sample is complete */
void growth_track_end(struct growth_track *track);

/** growth_track_last_ns() - when the last sample was taken */
uint64_t growth_track_last_ns(const struct growth_track *track);

/**
 * growth_track_read() - what one device's balance did so far
 * @track: the samples
 * @key: the device
 * @ended: by how many the balance of the last sample is known to be too high
 * @growth: filled in
 */
void growth_track_read(const struct growth_track *track, uint64_t key,
		       int64_t ended, struct growth *growth);

/**
 * struct growth_parts - when the parts of a watch begin and end
 * @known: there were samples enough
 * @first_ns: when the first one was taken
 * @end_ns: the last one of each part; the watch's last part has no end
 */
struct growth_parts {
	bool known;
	uint64_t first_ns;
	uint64_t end_ns[GROWTH_PARTS - 1];
};

/** growth_track_parts() - the parts of the watch so far */
struct growth_parts growth_track_parts(const struct growth_track *track);

/**
 * growth_part() - the part of the watch that a time lies in
 *
 * Return: 0 to GROWTH_PARTS - 1; -1 before the first sample, or when there were
 * too few.
 */
int growth_part(const struct growth_parts *parts, uint64_t at_ns);

#endif

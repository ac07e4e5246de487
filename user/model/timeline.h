/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_TIMELINE_H
#define MODEL_TIMELINE_H

/*
 * The course of a few figures over a window, for charts: those of timeline.c's
 * table, sample by sample. A timeline has a limited number of points. When it
 * is full, two neighbours become one, so it does not grow with time.
 */

#include "model/field.h"

#define TIMELINE_POINTS	 256
#define TIMELINE_TRACKS	 4096
#define TIMELINE_UNKNOWN INT64_MIN

/**
 * struct timeline_point - a point in time
 * @taken_ns: CLOCK_MONOTONIC of its latest sample
 * @realtime_ns: CLOCK_REALTIME of it
 * @broken: samples are missing between the point before and this one
 */
struct timeline_point {
	uint64_t taken_ns;
	uint64_t realtime_ns;
	bool broken;
};

/**
 * struct timeline_track - one figure of one subject
 * @metric: the figure: of the system, a pool or an area
 * @pool_id: the pool; -1 = the system
 * @area: index of the area, 0 where it is of no area
 * @value: by point: of a counter the latest value, else the highest;
 *	TIMELINE_UNKNOWN = unknown then
 */
struct timeline_track {
	const struct field *metric;
	int pool_id;
	uint32_t area;
	int64_t value[TIMELINE_POINTS];
};

/**
 * struct timeline - all points and tracks
 * @points: the points, in order of time
 * @nr_points: how many
 * @per_point: samples per point
 * @in_last: samples in the last point so far
 * @tracks: each allocated when its subject is first seen
 * @nr_tracks: how many
 * @left_out: there are figures without a track, as there are TIMELINE_TRACKS
 */
struct timeline {
	struct timeline_point points[TIMELINE_POINTS];
	size_t nr_points;
	unsigned int per_point;
	unsigned int in_last;
	struct timeline_track **tracks;
	size_t nr_tracks;
	bool left_out;
};

/**
 * timeline_add() - take in a sample
 * @timeline: zeroed, or used before; ended with timeline_release()
 * @sample: later than the one before and of the same session; its sums have
 *	been made (snapshot_finish())
 * @broken: samples are missing before it
 *
 * Return: 0 or -ENOMEM.
 */
int timeline_add(struct timeline *timeline, const struct snapshot *sample,
		 bool broken);

/** timeline_release() - free what it owns and make it empty */
void timeline_release(struct timeline *timeline);

/**
 * timeline_track() - the track of a figure
 * @timeline: the timeline
 * @metric: name of the figure
 * @pool_id: the pool; -1 = the system
 * @area: index of the area, 0 where it is of no area
 *
 * Return: the track; NULL = there is none.
 */
const struct timeline_track *timeline_track(const struct timeline *timeline,
					    const char *metric, int pool_id,
					    uint32_t area);

/**
 * timeline_value() - what a chart shows of a track at a point
 * @timeline: the timeline
 * @track: one of its tracks
 * @point: which point; a counter has nothing at the first one
 * @value: of a counter, what was counted since the point before, a second;
 *	else the figure
 *
 * Return: false = unknown.
 */
bool timeline_value(const struct timeline *timeline,
		    const struct timeline_track *track, size_t point,
		    double *value);

#endif

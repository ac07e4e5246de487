/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/metrics.h"

/* To add a figure to charts is to add its name. */
static const char *const figures[] = {
	"pool.used",
	"area.used",
	"lock.wait.total",
	"map.failures",
};

#define NR_FIGURES (sizeof(figures) / sizeof(*figures))

/**
 * struct intake - a sample that is being taken in
 * @timeline: where to
 * @next: the track that is likely to be asked for next
 * @merge: the sample goes into a point that has one
 */
struct intake {
	struct timeline *timeline;
	size_t next;
	bool merge;
};

/*
 * Points
 */

static int64_t merged(const struct field *metric, int64_t earlier,
		      int64_t later)
{
	if (later == TIMELINE_UNKNOWN)
		return earlier;
	if (metric->kind == KIND_COUNTER || earlier < later)
		return later;
	return earlier;
}

/* Two neighbours become one point, so that half of the room is free again. */
static void thin(struct timeline *timeline)
{
	size_t count = timeline->nr_points / 2;

	for (size_t i = 0; i < count; i++) {
		const struct timeline_point *pair = &timeline->points[2 * i];
		bool broken = pair[0].broken || pair[1].broken;

		timeline->points[i] = pair[1];
		timeline->points[i].broken = broken;
	}
	for (size_t t = 0; t < timeline->nr_tracks; t++) {
		struct timeline_track *track = timeline->tracks[t];

		for (size_t i = 0; i < count; i++)
			track->value[i] =
				merged(track->metric, track->value[2 * i],
				       track->value[2 * i + 1]);
		for (size_t i = count; i < TIMELINE_POINTS; i++)
			track->value[i] = TIMELINE_UNKNOWN;
	}
	timeline->nr_points = count;
	timeline->per_point *= 2;
	timeline->in_last = timeline->per_point;
}

/* The last one of a window may come right behind the one before. */
static bool hurried(const struct timeline *timeline, uint64_t taken_ns)
{
	const struct timeline_point *last =
		&timeline->points[timeline->nr_points - 1];

	return taken_ns - last->taken_ns <
	       (last->taken_ns - last[-1].taken_ns) / 4;
}

/* The first point is where counters begin: it stays one sample. */
static bool joins(const struct timeline *timeline, uint64_t taken_ns,
		  bool broken)
{
	return timeline->nr_points > 1 && !broken &&
	       (timeline->in_last < timeline->per_point ||
		hurried(timeline, taken_ns));
}

/* Return: the sample goes into the last point. */
static bool place_point(struct timeline *timeline,
			const struct snapshot *sample, bool broken)
{
	bool merge = joins(timeline, sample->taken_ns, broken);
	struct timeline_point *point;

	if (!timeline->per_point)
		timeline->per_point = 1;
	if (!merge && timeline->nr_points == TIMELINE_POINTS)
		thin(timeline);
	timeline->in_last = merge ? timeline->in_last + 1 : 1;
	if (!merge)
		timeline->points[timeline->nr_points++].broken = broken;
	point = &timeline->points[timeline->nr_points - 1];
	point->taken_ns = sample->taken_ns;
	point->realtime_ns = sample->realtime_ns;
	return merge;
}

/*
 * Tracks
 */

static bool is_track(const struct timeline_track *track,
		     const struct field *metric, int pool_id, uint32_t area)
{
	return track->metric == metric && track->pool_id == pool_id &&
	       track->area == area;
}

static struct timeline_track *find(const struct timeline *timeline, size_t hint,
				   const struct field *metric, int pool_id,
				   uint32_t area, size_t *place)
{
	for (size_t i = 0; i < timeline->nr_tracks; i++) {
		*place = (hint + i) % timeline->nr_tracks;
		if (is_track(timeline->tracks[*place], metric, pool_id, area))
			return timeline->tracks[*place];
	}
	return NULL;
}

/* Return: NULL without memory. */
static struct timeline_track *add_track(struct timeline *timeline,
					const struct field *metric, int pool_id,
					uint32_t area)
{
	struct timeline_track *track, **tracks;

	tracks = reallocarray(timeline->tracks, timeline->nr_tracks + 1,
			      sizeof(*tracks));
	if (!tracks)
		return NULL;
	timeline->tracks = tracks;
	track = malloc(sizeof(*track));
	if (!track)
		return NULL;
	track->metric = metric;
	track->pool_id = pool_id;
	track->area = area;
	for (size_t i = 0; i < TIMELINE_POINTS; i++)
		track->value[i] = TIMELINE_UNKNOWN;
	tracks[timeline->nr_tracks++] = track;
	return track;
}

static int add_value(struct intake *in, const struct field *metric,
		     const struct subject *subject)
{
	struct timeline *timeline = in->timeline;
	int pool_id = subject->pool ? subject->pool->id : -1;
	uint32_t area = subject->area ? subject->area->index : 0;
	struct timeline_track *track;
	size_t place = 0;
	int64_t value, *last;

	if (!field_value(metric, subject, &value))
		return 0;
	track = find(timeline, in->next, metric, pool_id, area, &place);
	if (track)
		in->next = place + 1;
	else if (timeline->nr_tracks == TIMELINE_TRACKS)
		timeline->left_out = true;
	else
		track = add_track(timeline, metric, pool_id, area);
	if (!track)
		return timeline->left_out ? 0 : -ENOMEM;
	last = &track->value[timeline->nr_points - 1];
	*last = in->merge ? merged(metric, *last, value) : value;
	return 0;
}

static int add_pool(struct intake *in, const struct field *metric,
		    const struct snapshot *sample, const struct pool *pool)
{
	struct subject subject = { .snap = sample, .pool = pool };
	int err = 0;

	if (metric->scope == SCOPE_POOL)
		return add_value(in, metric, &subject);
	for (unsigned int i = 0; i < pool->nr_areas && !err; i++) {
		subject.area = &pool->areas[i];
		err = add_value(in, metric, &subject);
	}
	return err;
}

static int add_figure_of(struct intake *in, const struct field *metric,
			 const struct snapshot *sample)
{
	const struct subject system = { .snap = sample };
	int err = 0;

	if (metric->scope == SCOPE_SYSTEM)
		return add_value(in, metric, &system);
	/* A transient pool is there for one mapping. */
	for (size_t i = 0; i < sample->nr_pools && !err; i++)
		if (sample->pools[i].kind != POOL_TRANSIENT)
			err = add_pool(in, metric, sample, &sample->pools[i]);
	return err;
}

int timeline_add(struct timeline *timeline, const struct snapshot *sample,
		 bool broken)
{
	struct intake intake = { .timeline = timeline };
	int err = 0;

	intake.merge = place_point(timeline, sample, broken);
	for (size_t i = 0; i < NR_FIGURES && !err; i++)
		err = add_figure_of(&intake, metric_find(figures[i]), sample);
	return err;
}

void timeline_release(struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->nr_tracks; i++)
		free(timeline->tracks[i]);
	free(timeline->tracks);
	memset(timeline, 0, sizeof(*timeline));
}

/*
 * Reading
 */

const struct timeline_track *timeline_track(const struct timeline *timeline,
					    const char *metric, int pool_id,
					    uint32_t area)
{
	size_t place;

	return find(timeline, 0, metric_find(metric), pool_id, area, &place);
}

bool timeline_value(const struct timeline *timeline,
		    const struct timeline_track *track, size_t point,
		    double *value)
{
	const struct timeline_point *points = timeline->points;
	int64_t now = track->value[point], before;
	uint64_t ns;

	if (now == TIMELINE_UNKNOWN)
		return false;
	*value = (double)now;
	if (track->metric->kind != KIND_COUNTER)
		return true;
	if (!point)
		return false;
	before = track->value[point - 1];
	ns = points[point].taken_ns - points[point - 1].taken_ns;
	if (before == TIMELINE_UNKNOWN || now < before || !ns)
		return false;
	*value = (double)(now - before) * 1e9 / (double)ns;
	return true;
}

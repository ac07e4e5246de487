/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/recorded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands/part.h"
#include "model/continuity.h"
#include "model/delta.h"
#include "sources/recording.h"
#include "util/log.h"
#include "util/times.h"
#include "util/units.h"
#include "views/phrases.h"

/* Of each gap; more are only counted. */
#define GAPS_TOLD 5

/**
 * struct reading - a recording that is read
 * @path: its name, for messages
 * @source: it
 * @all: the time of the whole recording
 * @part: the time that was asked for
 * @first: the first sample of the session
 * @last: the latest one, with peaks since @first; empty before the second
 * @samples: of the session
 * @usual_ns: shortest time between two samples of it
 * @sessions: that there were in the time asked for
 * @gaps: in the session
 * @timeline: of the session; NULL = none is wanted
 */
struct reading {
	const char *path;
	struct source *source;
	struct time_span all;
	struct time_span part;
	struct snapshot first;
	struct snapshot last;
	uint64_t samples;
	uint64_t usual_ns;
	uint64_t sessions;
	uint64_t gaps;
	struct timeline *timeline;
};

/*
 * Samples
 */

static struct snapshot *latest(struct reading *reading)
{
	return reading->samples > 1 ? &reading->last : &reading->first;
}

static void tell_gap(struct reading *reading, const struct gap_info *info)
{
	char text[96];

	if (reading->gaps++ < GAPS_TOLD)
		log_warn("%s: %s after %s", reading->path,
			 gap_text(info, text, sizeof(text)),
			 FORMAT_TIME(latest(reading)->realtime_ns));
}

static void begin_session(struct reading *reading, struct snapshot *sample)
{
	snapshot_release(&reading->first);
	snapshot_release(&reading->last);
	reading->first = *sample;
	reading->samples = 1;
	reading->usual_ns = 0;
	reading->gaps = 0;
	reading->sessions++;
}

/* The report has all that have fired in its time, as its last sample's. */
static int keep_fired(struct snapshot *before, struct snapshot *sample)
{
	size_t count = before->nr_fired + sample->nr_fired;
	struct fired *grown;

	if (!before->nr_fired)
		return 0;
	grown = reallocarray(before->fired, count, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	if (sample->nr_fired)
		memcpy(grown + before->nr_fired, sample->fired,
		       sample->nr_fired * sizeof(*grown));
	free(sample->fired);
	sample->fired = grown;
	sample->nr_fired = count;
	before->fired = NULL;
	before->nr_fired = 0;
	return 0;
}

static int go_on(struct reading *reading, struct snapshot *sample)
{
	int err = keep_fired(latest(reading), sample);
	uint64_t step = sample->taken_ns - latest(reading)->taken_ns;

	if (err) {
		snapshot_release(sample);
		return err;
	}
	if (reading->samples > 1)
		snapshot_raise_peaks(sample, &reading->last);
	if (!reading->usual_ns || step < reading->usual_ns)
		reading->usual_ns = step;
	snapshot_release(&reading->last);
	reading->last = *sample;
	reading->samples++;
	return 0;
}

/* The charts are of one session as well. */
static int add_to_timeline(struct reading *reading, struct snapshot *sample,
			   enum gap gap)
{
	if (!reading->timeline)
		return 0;
	if (gap_ends_session(gap))
		timeline_release(reading->timeline);
	snapshot_finish(sample);
	return timeline_add(reading->timeline, sample, gap != GAP_NONE);
}

/* Takes over the sample. */
static int take_in(struct reading *reading, struct snapshot *sample)
{
	struct gap_info info = { GAP_SESSION, 0 };
	int err;

	if (reading->samples)
		info = gap_between(latest(reading), sample, reading->usual_ns);
	err = add_to_timeline(reading, sample, info.gap);
	if (gap_ends_session(info.gap)) {
		begin_session(reading, sample);
		return err;
	}
	if (info.gap)
		tell_gap(reading, &info);
	return go_on(reading, sample) ?: err;
}

static int read_samples(struct reading *reading)
{
	struct snapshot sample;
	int err;

	while (!(err = source_next(reading->source, &sample))) {
		if (sample.realtime_ns > reading->part.end_ns) {
			snapshot_release(&sample);
			break;
		}
		err = take_in(reading, &sample);
		if (err)
			break;
	}
	return err == -ENODATA ? 0 : err;
}

static void tell_none(const struct reading *reading, const char *part)
{
	if (!part)
		log_error("%s has no report", reading->path);
	else
		log_error("%s: %s of the session in %s: an interval takes two; "
			  "the recording is from %s to %s",
			  reading->path,
			  reading->samples ? "one sample" : "no sample", part,
			  FORMAT_TIME(reading->all.begin_ns),
			  FORMAT_TIME(reading->all.end_ns));
}

/* What the recorder said of its window, for the time of the samples. */
static struct window whole_window(const struct reading *reading)
{
	struct window window = reading->last.window;

	window.start_ns = reading->first.realtime_ns;
	window.duration_ns = reading->last.taken_ns - reading->first.taken_ns;
	return window;
}

static int compare(const struct reading *reading, const char *part,
		   struct interval *interval)
{
	struct window whole;

	if (reading->samples < (part ? 2 : 1)) {
		tell_none(reading, part);
		return -ENODATA;
	}
	if (reading->sessions > 1 && reading->samples > 1)
		log_warn("%s: the recorder was started %" PRIu64 " times; this "
			 "is what happened since %s",
			 reading->path, reading->sessions,
			 FORMAT_TIME(reading->first.realtime_ns));
	if (reading->gaps > GAPS_TOLD)
		log_warn("%s: %" PRIu64 " gaps in all", reading->path,
			 reading->gaps);
	if (reading->samples == 1)
		return interval_make(NULL, &reading->first, NULL, interval);
	whole = whole_window(reading);
	return interval_make(&reading->first, &reading->last,
			     part ? NULL : &whole, interval);
}

int recorded_read(const char *path, const char *part, struct interval *interval,
		  struct timeline *timeline)
{
	struct reading reading = {
		.path = path,
		.timeline = timeline,
		.part = { 0, UINT64_MAX },
	};
	int err = recording_open(&reading.source, path);

	if (err)
		return err;
	if (part)
		err = part_go(reading.source, path, part, &reading.all,
			      &reading.part);
	if (!err)
		err = read_samples(&reading);
	source_close(reading.source);
	if (!err || err == -ENODATA)
		err = compare(&reading, part, interval);
	snapshot_release(&reading.first);
	snapshot_release(&reading.last);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/sampler.h"

#include <string.h>
#include <time.h>

#include "model/continuity.h"
#include "model/delta.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/units.h"

/* More often the overhead is not worth its own. */
#define MEASURE_NS NS_PER_SEC

/* Freed memory is a leak when it is found free twice, that far apart. */
#define CONFIRM_NS (300 * NS_PER_MS)

void sampler_open(struct sampler *sampler, struct source *source)
{
	memset(sampler, 0, sizeof(*sampler));
	sampler->source = source;
	sampler->start_ns = realtime_ns();
	sampler->opened_ns = monotonic_ns();
	cost_read(&sampler->spent, false);
}

void sampler_close(struct sampler *sampler)
{
	source_close(sampler->source);
	snapshot_release(&sampler->baseline);
	snapshot_release(&sampler->total);
	interval_release(&sampler->interval);
}

int sampler_poll(struct sampler *sampler)
{
	return source_poll(sampler->source);
}

/* Peaks of a recording are those since the sample before. */
static void follow_peaks(const struct sampler *sampler, struct snapshot *sample)
{
	const struct snapshot *before = &sampler->total;

	if (before->taken_ns &&
	    !gap_ends_session(gap_between(before, sample, 0).gap))
		snapshot_raise_peaks(sample, before);
}

int sampler_take(struct sampler *sampler, struct snapshot *sample)
{
	int err = source_next(sampler->source, sample);

	if (err)
		return err;
	if (source_recorded(sampler->source)) {
		follow_peaks(sampler, sample);
		return 0;
	}
	sample->window = (struct window){
		.start_ns = sampler->start_ns,
		.duration_ns = sample->taken_ns - sampler->opened_ns,
		.exit_status = -1,
	};
	return 0;
}

int sampler_look(struct sampler *sampler, struct interval *interval)
{
	struct snapshot sample = { 0 };
	int err = sampler_take(sampler, &sample);

	if (!err)
		err = interval_take(&sample, interval);
	snapshot_release(&sample);
	return err;
}

int sampler_take_last(struct sampler *sampler, struct snapshot *sample)
{
	const struct timespec pause = { .tv_nsec = CONFIRM_NS };
	int err = sampler_take(sampler, sample);

	if (err || !sample->mappings.unconfirmed)
		return err;
	snapshot_release(sample);
	nanosleep(&pause, NULL);
	return sampler_take(sampler, sample);
}

int sampler_finish(struct sampler *sampler, const struct window *window,
		   struct interval *interval)
{
	struct snapshot sample = { 0 };
	int err = sampler_take_last(sampler, &sample);

	if (!err)
		err = interval_make(NULL, &sample, window, interval);
	snapshot_release(&sample);
	return err;
}

int sampler_begin(struct sampler *sampler)
{
	struct snapshot sample = { 0 };
	int err = sampler_take(sampler, &sample);

	if (err)
		return err;
	snapshot_release(&sampler->baseline);
	sampler->baseline = sample;
	return 0;
}

static int compare(struct sampler *sampler, const struct snapshot *sample)
{
	const struct snapshot *from = sampler->baseline.taken_ns
					      ? &sampler->baseline
					      : &sampler->total;
	struct interval interval = { 0 };
	int err;

	/* Counters of another session start from 0. */
	if (gap_ends_session(gap_between(from, sample, 0).gap))
		from = sample;
	err = interval_make(from, sample, NULL, &interval);
	if (err)
		return err;
	interval.overhead = sampler->interval.overhead;
	interval_release(&sampler->interval);
	sampler->interval = interval;
	return 0;
}

int sampler_end(struct sampler *sampler)
{
	struct snapshot sample = { 0 };
	int err = sampler_take(sampler, &sample);

	if (err)
		return err;
	err = compare(sampler, &sample);
	if (err) {
		snapshot_release(&sample);
		log_error("cannot compare with the interval before: %s",
			  strerror(-err));
		return err;
	}
	snapshot_finish(&sample);
	snapshot_release(&sampler->baseline);
	snapshot_release(&sampler->total);
	sampler->total = sample;
	sampler->intervals++;
	return 0;
}

void sampler_restart(struct sampler *sampler)
{
	snapshot_release(&sampler->baseline);
	snapshot_release(&sampler->total);
}

int sampler_reset_peaks(struct sampler *sampler)
{
	int err = 0;

	if (source_recorded(sampler->source))
		snapshot_reset_peaks(&sampler->total);
	else
		err = source_reset_peaks(sampler->source);
	if (err || !sampler->intervals)
		return err;
	return interval_reset_peaks(&sampler->interval);
}

int sampler_set_levels(struct sampler *sampler, unsigned int levels)
{
	int err = source_set_levels(sampler->source, levels);

	/* The cost of attaching is not the overhead of being attached. */
	cost_read(&sampler->spent, sampler->timed);
	return err;
}

void sampler_time_programs(struct sampler *sampler, bool on)
{
	sampler->timed = !source_time_programs(sampler->source, on) && on;
	cost_read(&sampler->spent, sampler->timed);
}

bool sampler_measure(struct sampler *sampler)
{
	struct overhead *overhead = &sampler->interval.overhead;
	struct cost now;

	if (sampler->spent.at_ns && overhead->known &&
	    monotonic_ns() - sampler->spent.at_ns < MEASURE_NS)
		return false;
	cost_read(&now, sampler->timed);
	*overhead = overhead_between(&sampler->spent, &now);
	sampler->spent = now;
	return true;
}

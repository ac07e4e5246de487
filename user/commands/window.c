/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/window.h"

#include <errno.h>
#include <string.h>

#include "commands/sampler.h"
#include "sources/live.h"
#include "util/log.h"
#include "util/signals.h"
#include "util/units.h"

#define POLL_NS (100 * NS_PER_MS)

/* A sample reads every slot: not with each poll. */
#define LOOK_EVERY     3
#define TIMELINE_EVERY 5
#define TAKE_EVERY     5

/**
 * struct observation - a window in the making
 * @options: what was asked for
 * @sampler: what is attached
 * @polls: so far
 */
struct observation {
	const struct window_options *options;
	struct sampler sampler;
	unsigned int polls;
};

static int add_to_timeline(struct observation *o)
{
	struct interval interval = { 0 };
	int err = sampler_look(&o->sampler, &interval);

	if (!err)
		err = timeline_add(o->options->timeline, &interval.figures,
				   false);
	interval_release(&interval);
	return err;
}

static int ask_whether_enough(struct observation *o)
{
	struct interval interval = { 0 };
	bool enough;
	int err = sampler_look(&o->sampler, &interval);

	if (err)
		return err;
	enough = o->options->enough(&interval, o->options->context);
	interval_release(&interval);
	return enough;
}

static int take(struct observation *o)
{
	struct snapshot sample = { 0 };
	int err = sampler_take(&o->sampler, &sample);

	if (!err)
		err = o->options->take(&sample, o->options->context);
	snapshot_release(&sample);
	return err;
}

static int tick(void *context)
{
	struct observation *o = context;
	int err = sampler_poll(&o->sampler);

	o->polls++;
	if (!err && o->options->timeline && o->polls % TIMELINE_EVERY == 0)
		err = add_to_timeline(o);
	if (!err && o->options->take && o->polls % TAKE_EVERY == 0)
		err = take(o);
	if (!err && o->options->enough && o->polls % LOOK_EVERY == 0)
		err = ask_whether_enough(o);
	return err;
}

/*
 * A window that was cut short still has an end, but not the one that would
 * make what is live after it a leak.
 */
struct window window_of(char **command, const struct watch_result *watched)
{
	return (struct window){
		.start_ns = watched->start_ns,
		.duration_ns = watched->duration_ns,
		.ended = !watched->stopped &&
			 (command ? watched->exit_status >= 0
				  : !watched->interrupted),
		.interrupted = watched->interrupted,
		.command = command,
		.exit_status = watched->exit_status,
	};
}

static bool cut_short(const struct watch_result *watched)
{
	return watched->interrupted || watched->stopped;
}

/* Work that ends after the command still belongs to the command. */
static int settle(const struct watch_options *watching,
		  const struct window_options *options,
		  struct watch_result *watched)
{
	struct watch_options settling = *watching;
	struct watch_result settled;
	int err;

	if (!options->command || !options->settle_ns || cut_short(watched))
		return 0;
	settling.command = NULL;
	settling.duration_ns = options->settle_ns;
	err = watch(&settling, &settled);
	if (err)
		return err;
	watched->duration_ns += settled.duration_ns;
	watched->interrupted = settled.interrupted;
	watched->stopped = settled.stopped;
	return 0;
}

static int observe(struct observation *observation, struct interval *interval)
{
	const struct window_options *options = observation->options;
	const struct watch_options watching = {
		.command = options->command,
		.duration_ns = options->duration_ns,
		.interval_ns = POLL_NS,
		.tick = tick,
		.context = observation,
	};
	struct watch_result watched;
	struct window window;
	int err = sampler_poll(&observation->sampler);

	if (!err && options->timeline)
		err = add_to_timeline(observation);
	if (!err && options->take)
		err = take(observation);
	if (!err)
		err = watch(&watching, &watched);
	if (!err)
		err = settle(&watching, options, &watched);
	if (!err && options->take)
		err = take(observation);
	if (err < 0)
		return err;
	window = window_of(options->command, &watched);
	err = sampler_finish(&observation->sampler, &window, interval);
	if (!err && options->timeline)
		err = timeline_add(options->timeline, &interval->figures,
				   false);
	return err;
}

static int observe_live(const struct window_options *options,
			struct interval *interval)
{
	const struct live_options wanted = {
		.counts_only = !options->take,
		.levels = options->levels,
		.stacks = options->stacks,
	};
	struct observation observation = { .options = options };
	struct source *source;
	int err = live_open(&source, &wanted);

	if (err)
		return err;
	sampler_open(&observation.sampler, source);
	err = observe(&observation, interval);
	sampler_close(&observation.sampler);
	return err;
}

int window_observe(const struct window_options *options,
		   struct interval *interval)
{
	int err;

	signals_hold();
	err = observe_live(options, interval);
	signals_release();
	return err;
}

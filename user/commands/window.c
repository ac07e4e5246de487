/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sources/live.h"
#include "util/child.h"
#include "util/units.h"

#define SAMPLE_NS (100 * NS_PER_MS)

/* A look reads every slot: not with each sample. */
#define LOOK_EVERY 3

/**
 * struct observation - a window in the making
 * @options: what was asked for
 * @source: what is attached
 * @samples: taken so far
 */
struct observation {
	const struct window_options *options;
	struct source *source;
	unsigned int samples;
};

static int sample(void *context)
{
	struct observation *o = context;
	struct snapshot snap = { 0 };
	bool enough;
	int err;

	err = source_poll(o->source);
	if (err || !o->options->enough || ++o->samples % LOOK_EVERY)
		return err;
	err = source_next(o->source, &snap);
	if (err)
		return err;
	snap.window.exit_status = -1;
	snapshot_finish(&snap);
	enough = o->options->enough(&snap, o->options->context);
	snapshot_release(&snap);
	return enough;
}

static bool cut_short(const struct watch_result *watched)
{
	return watched->interrupted || watched->stopped;
}

/* What ends after the command is still the command's doing. */
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

static char **copy_command(char **command)
{
	size_t count = 0;
	char **copy;

	while (command[count])
		count++;
	copy = calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < count; i++)
		copy[i] = strdup(command[i]);
	return copy;
}

/*
 * A window that was cut short still has an end, but not the one that would
 * make what is live after it a leak.
 */
static void fill_window(const struct window_options *options,
			const struct watch_result *watched,
			struct snapshot *snap)
{
	snap->window = (struct window){
		.start_ns = watched->start_ns,
		.duration_ns = watched->duration_ns,
		.ended = !watched->stopped &&
			 (options->command ? watched->exit_status >= 0
					   : !watched->interrupted),
		.interrupted = watched->interrupted,
		.command = options->command ? copy_command(options->command)
					    : NULL,
		.exit_status = watched->exit_status,
	};
	snapshot_finish(snap);
}

/* Freed memory is a leak when it is found free twice, that far apart. */
#define CONFIRM_NS (300 * NS_PER_MS)

static int end_window(struct source *source, struct snapshot *snap)
{
	const struct timespec pause = { .tv_nsec = CONFIRM_NS };
	int err = source_next(source, snap);

	if (err || !snap->mappings.unconfirmed)
		return err;
	snapshot_release(snap);
	nanosleep(&pause, NULL);
	return source_next(source, snap);
}

int window_observe(const struct window_options *options, struct snapshot *snap)
{
	const struct live_options wanted = {
		.levels = options->levels,
		.stacks = options->stacks,
	};
	struct observation observation = { .options = options };
	struct watch_options watching = {
		.command = options->command,
		.duration_ns = options->duration_ns,
		.interval_ns = SAMPLE_NS,
		.tick = sample,
		.context = &observation,
	};
	struct watch_result watched;
	int err;

	err = live_open(&observation.source, &wanted);
	if (err)
		return err;
	err = source_poll(observation.source);
	if (!err)
		err = watch(&watching, &watched);
	if (!err)
		err = settle(&watching, options, &watched);
	if (!err)
		err = end_window(observation.source, snap);
	source_close(observation.source);
	if (!err)
		fill_window(options, &watched, snap);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_WINDOW_H
#define COMMANDS_WINDOW_H

/* The time that report and check speak of: a source from start to end. */

#include "model/interval.h"
#include "model/timeline.h"
#include "util/child.h"

/**
 * struct window_options - what to watch, and for how long
 * @levels: bits of enum level
 * @stacks: record where mappings come from as well
 * @duration_ns: how long; 0 with a command
 * @settle_ns: how long to go on after the command has ended by itself
 * @command: argv of a command to run, NULL-terminated; NULL for none
 * @enough: asked now and then with what has been seen so far, whose window is
 *	still open; true ends the window early. NULL: never
 * @take: given a sample at the begin, twice a second and at the end, of
 *	which it may keep parts; above 0 ends the window early. NULL: nobody
 *wants them. Not with @enough or
 *	@timeline, which take samples as well
 * @context: for @enough and @take
 * @timeline: takes in two samples a second, for charts; NULL = none is wanted
 */
struct window_options {
	unsigned int levels;
	bool stacks;
	uint64_t duration_ns;
	uint64_t settle_ns;
	char **command;
	bool (*enough)(const struct interval *interval, void *context);
	int (*take)(struct snapshot *sample, void *context);
	void *context;
	struct timeline *timeline;
};

/**
 * window_observe() - watch the running kernel, and say what happened
 * @options: what to watch
 * @interval: zeroed or released; to be released by the caller
 *
 * Logs why when it fails, a command that cannot be started included.
 *
 * Return: 0 or negative errno.
 */
int window_observe(const struct window_options *options,
		   struct interval *interval);

/**
 * window_of() - the window that a watch was
 * @command: argv of its command, kept by the caller; NULL for none
 * @watched: the result of the watch
 */
struct window window_of(char **command, const struct watch_result *watched);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_CHILD_H
#define UTIL_CHILD_H

/*
 * The time that a command watches: a duration, or the run of a COMMAND in its
 * own process, with a callback now and then so that the caller can sample.
 */

#include <stdbool.h>
#include <stdint.h>

/**
 * struct watch_options - what to wait for
 * @command: argv of a command to run, NULL-terminated; NULL for none
 * @duration_ns: end after this long; 0 = when the command or the user does
 * @interval_ns: time between two ticks
 * @tick: called every interval; a negative errno ends the watch at once, a
 *	positive number ends it as SIGTERM would
 * @ready: called when @fd can be read, likewise; NULL = @fd is not waited for
 * @fd: a descriptor
 * @context: for @tick and @ready
 */
struct watch_options {
	char *const *command;
	uint64_t duration_ns;
	uint64_t interval_ns;
	int (*tick)(void *context);
	int (*ready)(void *context);
	int fd;
	void *context;
};

/**
 * struct watch_result - result of a watch
 * @start_ns: CLOCK_REALTIME at the start
 * @duration_ns: how long it was
 * @interrupted: SIGINT, SIGTERM or SIGHUP ended it
 * @stopped: the tick ended it
 * @signal: the first of these that came, 0 for none
 * @exit_status: of the command as a shell gives it (128 + signal); -1 for none
 */
struct watch_result {
	uint64_t start_ns;
	uint64_t duration_ns;
	bool interrupted;
	bool stopped;
	int signal;
	int exit_status;
};

/**
 * watch() - start the command if there is one, and wait
 * @options: what to wait for
 * @result: filled in on success
 *
 * Signals that would end us are passed on to the command instead, and the
 * watch ends when it does; a command that does not end within ten seconds is
 * killed, and so is what it has started and left then. Without a command they
 * end the watch. If one was held before (signals_hold()), the command is not
 * started. The command never outlives the watch. Logs why when it fails, a
 * command that cannot be started included.
 *
 * Return: 0, -ENOENT or what else kept the command from starting, or what
 * @tick returned.
 */
int watch(const struct watch_options *options, struct watch_result *result);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_SOURCE_H
#define SOURCES_SOURCE_H

/*
 * Where samples come from. Commands read all of them through this interface,
 * whether they are taken from the running kernel or were recorded.
 */

#include <stdbool.h>

#include "model/snapshot.h"

/**
 * struct source_type - the operations of one kind of source
 * @next: see source_next()
 * @close: see source_close()
 * @seek: see source_seek(); NULL unless recorded, like what follows
 * @back: see source_back()
 * @poll: see source_poll(); NULL = there is nothing to do
 * @reset_peaks: see source_reset_peaks(); NULL unless live, like what follows
 * @set_levels: see source_set_levels()
 * @time_programs: see source_time_programs()
 *
 * @self is what source_new() was given.
 */
struct source_type {
	int (*next)(void *self, struct snapshot *sample);
	void (*close)(void *self);
	int (*seek)(void *self, uint64_t at_ns);
	int (*back)(void *self);
	int (*poll)(void *self);
	int (*reset_peaks)(void *self);
	int (*set_levels)(void *self, unsigned int levels);
	int (*time_programs)(void *self, bool on);
};

struct source;

/**
 * source_new() - a source, for those who implement one
 * @type: its operations
 * @self: passed to them; owned by the source from now on
 *
 * Return: the source, or NULL without memory: @self is closed then.
 */
struct source *source_new(const struct source_type *type, void *self);

/** source_close() - end it and free everything; NULL is fine */
void source_close(struct source *source);

/**
 * source_next() - the next sample
 * @source: the source
 * @sample: zeroed or released by the caller, who owns what it is filled with
 *
 * A live source reads the kernel now. Logs why when it fails.
 *
 * Return: 0, -ENODATA when a recording is at its end, or negative errno;
 * @sample is empty then.
 */
int source_next(struct source *source, struct snapshot *sample);

/**
 * source_seek() - go on with the first sample that is not before a time
 * @source: the source
 * @at_ns: CLOCK_REALTIME; UINT64_MAX = behind the last sample
 *
 * Return: 0, -ESPIPE where the source is live, or negative errno.
 */
int source_seek(struct source *source, uint64_t at_ns);

/**
 * source_back() - go back by a sample, so that the one before comes again
 *
 * Return: 0, -ENODATA at the begin, -ESPIPE where the source is live, or
 * negative errno.
 */
int source_back(struct source *source);

/** source_recorded() - it was recorded; else it is the running kernel */
bool source_recorded(const struct source *source);

/**
 * source_poll() - between two samples: follow peaks, and find new pools
 *
 * Cheap; to be called a few times a second. Nothing to do for a recording.
 *
 * Return: 0 or negative errno.
 */
int source_poll(struct source *source);

/**
 * source_reset_peaks() - let peaks start anew, with what is in use now
 *
 * Logs why when it fails.
 *
 * Return: 0, -EOPNOTSUPP unless live, or negative errno and peaks go on.
 */
int source_reset_peaks(struct source *source);

/**
 * source_set_levels() - attach and detach
 * @source: the source
 * @levels: bits of enum level, instead of the ones now attached
 *
 * Return: 0, -EOPNOTSUPP unless live, or negative errno.
 */
int source_set_levels(struct source *source, unsigned int levels);

/**
 * source_time_programs() - have the kernel measure the run times of programs
 * @source: the source
 * @on: from now on, or no more
 *
 * Return: 0, -EOPNOTSUPP unless live, or negative errno where the kernel does
 * not allow it.
 */
int source_time_programs(struct source *source, bool on);

#endif

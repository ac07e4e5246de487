/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_SAMPLER_H
#define COMMANDS_SAMPLER_H

/*
 * Takes samples from a source and makes intervals of them, for report, check
 * and top. Who shows them is not known here.
 */

#include "model/interval.h"
#include "sources/source.h"

/**
 * struct sampler - what is sampled
 * @source: where samples come from, owned
 * @start_ns: CLOCK_REALTIME when it began
 * @opened_ns: CLOCK_MONOTONIC then
 * @baseline: what the interval that runs is compared with, when that is not
 *	@total; empty else
 * @total: the sample at the end of the latest interval, with what is derived
 *	from it since sampler_open()
 * @interval: since the one before it
 * @intervals: how many there were
 * @spent: what the tool had cost when that was last compared
 * @timed: run times of BPF programs are measured for us
 */
struct sampler {
	struct source *source;
	uint64_t start_ns;
	uint64_t opened_ns;
	struct snapshot baseline;
	struct snapshot total;
	struct interval interval;
	uint64_t intervals;
	struct cost spent;
	bool timed;
};

/**
 * sampler_open() - begin
 * @sampler: filled in; to be ended with sampler_close()
 * @source: closed with it
 */
void sampler_open(struct sampler *sampler, struct source *source);

/** sampler_close() - close the source and free everything */
void sampler_close(struct sampler *sampler);

/**
 * sampler_poll() - follow peaks, to be called a few times a second
 *
 * Return: 0 or negative errno.
 */
int sampler_poll(struct sampler *sampler);

/**
 * sampler_take() - a sample, in the window that began with sampler_open()
 * @sampler: the sampler
 * @sample: zeroed or released; to be released by the caller
 *
 * One that was recorded keeps its window.
 *
 * Return: 0, -ENODATA at the end of a recording, or negative errno.
 */
int sampler_take(struct sampler *sampler, struct snapshot *sample);

/**
 * sampler_take_last() - the same at the end of a window
 *
 * Where leaks have to be confirmed, that takes a moment longer.
 */
int sampler_take_last(struct sampler *sampler, struct snapshot *sample);

/**
 * sampler_look() - what happened since sampler_open()
 * @sampler: the sampler
 * @interval: zeroed or released; to be released by the caller. Its window is
 *	open.
 *
 * Return: 0 or negative errno.
 */
int sampler_look(struct sampler *sampler, struct interval *interval);

/**
 * sampler_finish() - the same at the end of a window
 * @sampler: the sampler
 * @window: the window, which began with sampler_open()
 * @interval: likewise
 *
 * Where leaks have to be confirmed, that takes a moment longer.
 *
 * Return: 0 or negative errno.
 */
int sampler_finish(struct sampler *sampler, const struct window *window,
		   struct interval *interval);

/**
 * sampler_begin() - an interval begins now, not where the one before ended
 *
 * Return: 0 or negative errno.
 */
int sampler_begin(struct sampler *sampler);

/**
 * sampler_end() - the interval is over, and the next one begins
 *
 * Return: 0, or negative errno: all is as it was, and a message says why.
 */
int sampler_end(struct sampler *sampler);

/**
 * sampler_restart() - the recording has moved: what is next follows nothing
 *
 * The interval at its first sample has its state, and nothing happened in it.
 */
void sampler_restart(struct sampler *sampler);

/**
 * sampler_reset_peaks() - reset peaks, those of the interval as well
 *
 * Return: 0, or negative errno and a message says why.
 */
int sampler_reset_peaks(struct sampler *sampler);

/**
 * sampler_set_levels() - attach and detach
 *
 * Return: 0, or negative errno and a message says why.
 */
int sampler_set_levels(struct sampler *sampler, unsigned int levels);

/** sampler_time_programs() - measure what BPF programs cost as well, or not */
void sampler_time_programs(struct sampler *sampler, bool on);

/**
 * sampler_measure() - what the tool costs, into the interval
 *
 * Return: whether there is a new figure; not more than once a second.
 */
bool sampler_measure(struct sampler *sampler);

#endif

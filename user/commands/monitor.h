/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_MONITOR_H
#define COMMANDS_MONITOR_H

/* What top measures, interval by interval; who shows it is another matter. */

#include "sources/source.h"
#include "util/cost.h"
#include "views/tui_state.h"

/**
 * struct monitor - what is measured
 * @source: where samples come from
 * @start_ns: CLOCK_REALTIME when it began
 * @opened_ns: CLOCK_MONOTONIC then
 * @baseline: what the interval that runs is compared with, when that is not
 *	@total; empty else
 * @total: the snapshot at the end of the latest interval
 * @interval: since the one before it
 * @findings: of @interval
 * @spent: what the tool had cost when that was last compared
 * @timed: run times of BPF programs are measured for us
 * @model: for the views
 * @intervals: how many there were
 */
struct monitor {
	struct source *source;
	uint64_t start_ns;
	uint64_t opened_ns;
	struct snapshot baseline;
	struct snapshot total;
	struct snapshot interval;
	struct findings findings;
	struct cost spent;
	bool timed;
	struct tui_model model;
	uint64_t intervals;
};

/** monitor_now() - CLOCK_MONOTONIC in ns */
uint64_t monitor_now(void);

/**
 * monitor_open() - attach, and begin the first interval
 * @monitor: filled in; its address stays what it is until monitor_close()
 * @levels: bits of enum level
 *
 * Return: 0, or negative errno and a message says why.
 */
int monitor_open(struct monitor *monitor, unsigned int levels);

/** monitor_close() - detach and free everything */
void monitor_close(struct monitor *monitor);

/**
 * monitor_begin() - the interval begins now, not where the one before ended
 *
 * Return: 0 or negative errno.
 */
int monitor_begin(struct monitor *monitor);

/**
 * monitor_end() - the interval is over: make the model of it
 *
 * Return: 0, or negative errno: the model is as it was, and a message says why.
 */
int monitor_end(struct monitor *monitor);

/**
 * monitor_measure_cost() - what the tool costs, into the model
 *
 * Return: whether the model has a new figure; not more than once a second.
 */
bool monitor_measure_cost(struct monitor *monitor);

/** monitor_time_programs() - measure what BPF programs cost as well, or not */
void monitor_time_programs(struct monitor *monitor, bool on);

/**
 * monitor_set_levels() - attach and detach
 *
 * Return: 0, or negative errno and a message says why.
 */
int monitor_set_levels(struct monitor *monitor, unsigned int levels);

/**
 * monitor_reset_peaks() - let peaks start anew, those of the model as well
 *
 * Return: 0, or negative errno and a message says why.
 */
int monitor_reset_peaks(struct monitor *monitor);

/**
 * monitor_save() - write the interval as JSON, in one step
 *
 * Return: 0, or negative errno and a message says why.
 */
int monitor_save(const struct monitor *monitor, const char *path);

#endif

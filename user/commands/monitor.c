/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/monitor.h"

#include <string.h>
#include <time.h>

#include "model/delta.h"
#include "sources/live.h"
#include "util/log.h"
#include "util/output.h"
#include "util/units.h"
#include "views/json.h"

/* More often the cost is not worth its own. */
#define COST_NS NS_PER_SEC

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
}

uint64_t monitor_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static int take_snapshot(struct monitor *monitor, struct snapshot *snap)
{
	int err = source_next(monitor->source, snap);

	if (err)
		return err;
	if (!snap->taken_ns)
		snap->taken_ns = clock_ns(CLOCK_MONOTONIC);
	snap->window = (struct window){
		.start_ns = monitor->start_ns,
		.duration_ns = snap->taken_ns - monitor->opened_ns,
		.exit_status = -1,
	};
	return 0;
}

int monitor_begin(struct monitor *monitor)
{
	struct snapshot snap = { 0 };
	int err = take_snapshot(monitor, &snap);

	if (err)
		return err;
	snapshot_release(&monitor->baseline);
	monitor->baseline = snap;
	return 0;
}

bool monitor_measure_cost(struct monitor *monitor)
{
	struct tui_cost *shown = &monitor->model.cost;
	struct cost now;
	double elapsed;

	if (monitor->spent.at_ns &&
	    clock_ns(CLOCK_MONOTONIC) - monitor->spent.at_ns < COST_NS &&
	    shown->known)
		return false;
	cost_read(&now, monitor->timed);
	elapsed = (double)(now.at_ns - monitor->spent.at_ns);
	*shown = (struct tui_cost){
		.known = monitor->spent.at_ns != 0,
		.cpu_ppm = (uint64_t)((double)(now.cpu_ns -
					       monitor->spent.cpu_ns) *
				      1e6 / elapsed),
		.bpf_known = now.bpf_known && monitor->spent.bpf_known,
	};
	/* What is detached takes its time with it. */
	if (now.bpf_ns > monitor->spent.bpf_ns)
		shown->bpf_ppm = (uint64_t)((double)(now.bpf_ns -
						     monitor->spent.bpf_ns) *
					    1e6 / elapsed);
	monitor->spent = now;
	return true;
}

static int evaluate(struct monitor *monitor, struct snapshot *next)
{
	const struct snapshot *from = monitor->baseline.taken_ns
					      ? &monitor->baseline
					      : &monitor->total;
	struct snapshot interval = { 0 };
	struct findings findings;
	int err = snapshot_delta(from, next, &interval);

	if (err)
		return err;
	err = findings_evaluate(&interval, &findings);
	if (err) {
		snapshot_release(&interval);
		return err;
	}
	snapshot_release(&monitor->baseline);
	snapshot_release(&monitor->total);
	snapshot_release(&monitor->interval);
	findings_release(&monitor->findings);
	monitor->total = *next;
	monitor->interval = interval;
	monitor->findings = findings;
	return 0;
}

int monitor_save(const struct monitor *monitor, const char *path)
{
	struct output *output;
	int err;

	err = output_open(&output, path);
	if (err)
		return err;
	err = json_report(&monitor->interval, JSON_INDENTED,
			  output_stream(output));
	return output_end(output, err);
}

int monitor_end(struct monitor *monitor)
{
	struct snapshot next = { 0 };
	int err = take_snapshot(monitor, &next);

	if (err)
		return err;
	err = evaluate(monitor, &next);
	if (err) {
		snapshot_release(&next);
		log_error("cannot compare with the interval before: %s",
			  strerror(-err));
		return err;
	}
	monitor->intervals++;
	return 0;
}

void monitor_close(struct monitor *monitor)
{
	source_close(monitor->source);
	snapshot_release(&monitor->baseline);
	snapshot_release(&monitor->total);
	snapshot_release(&monitor->interval);
	findings_release(&monitor->findings);
}

int monitor_open(struct monitor *monitor, unsigned int levels)
{
	const struct live_options wanted = { .levels = levels };
	int err;

	memset(monitor, 0, sizeof(*monitor));
	monitor->model.total = &monitor->total;
	monitor->model.interval = &monitor->interval;
	monitor->model.findings = &monitor->findings;
	err = live_open(&monitor->source, &wanted);
	if (err)
		return err;
	monitor->start_ns = clock_ns(CLOCK_REALTIME);
	monitor->opened_ns = clock_ns(CLOCK_MONOTONIC);
	cost_read(&monitor->spent, false);
	err = monitor_begin(monitor);
	if (err)
		monitor_close(monitor);
	return err;
}

int monitor_set_levels(struct monitor *monitor, unsigned int levels)
{
	int err = source_set_levels(monitor->source, levels);

	/* What attaching costs is not what being attached costs. */
	cost_read(&monitor->spent, monitor->timed);
	return err;
}

void monitor_time_programs(struct monitor *monitor, bool on)
{
	monitor->timed = !source_time_programs(monitor->source, on) && on;
	cost_read(&monitor->spent, monitor->timed);
}

int monitor_reset_peaks(struct monitor *monitor)
{
	struct findings findings;
	int err = source_reset_peaks(monitor->source);

	if (err || !monitor->intervals)
		return err;
	snapshot_reset_peaks(&monitor->interval);
	err = findings_evaluate(&monitor->interval, &findings);
	if (err)
		return err;
	findings_release(&monitor->findings);
	monitor->findings = findings;
	return 0;
}

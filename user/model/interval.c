/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/interval.h"

#include <errno.h>
#include <string.h>

#include "model/delta.h"

static struct window window_between(const struct snapshot *from,
				    const struct snapshot *to)
{
	return (struct window){
		.start_ns = from->realtime_ns,
		.duration_ns = to->taken_ns > from->taken_ns
				       ? to->taken_ns - from->taken_ns
				       : 0,
		.exit_status = -1,
	};
}

static bool of_one_boot(const struct snapshot *from, const struct snapshot *to)
{
	return !strcmp(from->kernel.boot_id, to->kernel.boot_id);
}

int interval_make(const struct snapshot *from, const struct snapshot *to,
		  const struct window *window, struct interval *interval)
{
	struct snapshot later = *to;
	int err;

	memset(interval, 0, sizeof(*interval));
	if (from && !of_one_boot(from, to))
		return -EINVAL;
	/* Requests are of one sample, and their totals of any interval. */
	if (from)
		later.trace = (struct trace){ 0 };
	if (window)
		later.window = *window;
	else if (from)
		later.window = window_between(from, to);
	err = from ? snapshot_delta(from, &later, &interval->figures)
		   : snapshot_copy(&interval->figures, &later);
	if (err)
		return err;
	snapshot_finish(&interval->figures);
	err = findings_evaluate(&interval->figures, &interval->findings);
	if (err)
		interval_release(interval);
	return err;
}

int interval_take(struct snapshot *sample, struct interval *interval)
{
	int err;

	memset(interval, 0, sizeof(*interval));
	interval->figures = *sample;
	memset(sample, 0, sizeof(*sample));
	snapshot_finish(&interval->figures);
	err = findings_evaluate(&interval->figures, &interval->findings);
	if (err)
		interval_give_back(interval, sample);
	return err;
}

void interval_give_back(struct interval *interval, struct snapshot *sample)
{
	*sample = interval->figures;
	memset(&interval->figures, 0, sizeof(interval->figures));
	interval_release(interval);
}

int interval_reset_peaks(struct interval *interval)
{
	struct findings findings;
	int err;

	snapshot_reset_peaks(&interval->figures);
	err = findings_evaluate(&interval->figures, &findings);
	if (err)
		return err;
	findings_release(&interval->findings);
	interval->findings = findings;
	return 0;
}

void interval_release(struct interval *interval)
{
	snapshot_release(&interval->figures);
	findings_release(&interval->findings);
	memset(interval, 0, sizeof(*interval));
}

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_INTERVAL_H
#define MODEL_INTERVAL_H

#include "model/findings.h"
#include "util/cost.h"

/**
 * struct interval - what happened between two samples, and what follows from it
 * @figures: the state of the later sample, what was counted in between, and
 *	what is derived from both
 * @findings: what they mean
 * @overhead: what the tool itself cost; who measured it fills it in
 */
struct interval {
	struct snapshot figures;
	struct findings findings;
	struct overhead overhead;
};

/**
 * interval_make() - compare two samples of one session
 * @from: the earlier one; NULL = the session began with the interval
 * @to: the later one
 * @window: the time that the interval speaks of; NULL = from @from to @to, or
 *	that of @to without @from
 * @interval: zeroed or released; to be released by the caller
 *
 * A trace has the requests since the sample before, so that with @from the
 * interval has their totals only.
 *
 * All that is derived is derived here, from these three alone. The samples are
 * the caller's, and the command of @window as well.
 *
 * Return: 0, -EINVAL when the samples are of different boots, or -ENOMEM;
 * @interval is empty then.
 */
int interval_make(const struct snapshot *from, const struct snapshot *to,
		  const struct window *window, struct interval *interval);

/**
 * interval_take() - the interval from the begin of the session to a sample
 * @sample: taken over without a copy, empty then
 * @interval: zeroed or released; to be released by the caller
 *
 * The same as interval_make() without an earlier sample, for who no longer
 * needs the sample as it was.
 *
 * Return: 0, or -ENOMEM; @interval is empty then, and @sample not.
 */
int interval_take(struct snapshot *sample, struct interval *interval);

/**
 * interval_give_back() - the end of what interval_take() began
 * @interval: released
 * @sample: what was taken over, with what follows from it
 */
void interval_give_back(struct interval *interval, struct snapshot *sample);

/**
 * interval_reset_peaks() - reset the peaks of an interval
 *
 * Return: 0, or -ENOMEM and the findings are those of before.
 */
int interval_reset_peaks(struct interval *interval);

/** interval_release() - free what it owns and make it empty */
void interval_release(struct interval *interval);

#endif

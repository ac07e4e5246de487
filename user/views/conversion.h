/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_CONVERSION_H
#define VIEWS_CONVERSION_H

/*
 * Formats that a recording is converted to, sample by sample: memory does not
 * grow with the number of samples.
 */

#include <stdio.h>

#include "model/continuity.h"
#include "model/interval.h"

/**
 * struct moment - a sample of a recording
 * @sample: what happened since its session began, as the recording has it
 * @before: that of the sample before; NULL = it is the first of its session,
 *	or of all that is converted
 * @step: what happened between both; @sample without @before
 * @step_before: that of the sample before; NULL without @before
 * @gap: what came between this sample and the one before it, if there is one
 */
struct moment {
	const struct interval *sample;
	const struct interval *before;
	const struct interval *step;
	const struct interval *step_before;
	struct gap_info gap;
};

/**
 * struct conversion - a format
 * @name: its name in --to
 * @steps: it uses moment.step; else that is NULL
 * @begin: write what comes first, and set the state that the others get
 * @add: write a sample
 * @end: write what comes last, unless @err says that there was an error before,
 *	and free the state; NULL is no state
 *
 * All return 0 or negative errno. The stream's own errors are the caller's.
 */
struct conversion {
	const char *name;
	bool steps;
	int (*begin)(void **state, FILE *stream);
	int (*add)(void *state, const struct moment *moment);
	int (*end)(void *state, int err);
};

extern const struct conversion perfetto_conversion;
extern const struct conversion csv_conversion;
extern const struct conversion jsonl_conversion;
extern const struct conversion openmetrics_conversion;
extern const struct conversion stacks_conversion;
extern const struct conversion leaks_conversion;

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

/* Assertions judged by a snapshot. */

#include "model/assertion.h"
#include "model/baseline.h"

/** enum outcome - how an assertion stands, the best first */
enum outcome {
	OUTCOME_HOLDS,
	OUTCOME_UNDECIDED, /* what was seen does not decide it */
	OUTCOME_VIOLATED,
	OUTCOMES,
};

/**
 * struct culprit - one of those that a figure is made of
 * @text: who and how much
 * @stack: where from; NULL = not recorded. It belongs to the snapshot.
 */
struct culprit {
	char text[256];
	const struct stack *stack;
};

/**
 * struct verdict - how one assertion stands
 * @assertion: which
 * @outcome: how
 * @measured: @worst, @value and, but for a missing baseline, @bound are set
 * @worst: the one that violates it most, or is nearest to it
 * @value: of @worst, in the metric's unit
 * @bound: what it was compared with, in the metric's unit
 * @bound_known: there was something to compare with
 * @subjects: how many were judged
 * @violations: how many of them violate it
 * @reason: why it cannot be judged; "" otherwise
 * @culprits: those behind the figure, the worst first
 * @nr_culprits: how many
 */
struct verdict {
	const struct assertion *assertion;
	enum outcome outcome;
	bool measured;
	struct subject worst;
	int64_t value;
	double bound;
	bool bound_known;
	size_t subjects;
	size_t violations;
	char reason[400];
	struct culprit *culprits;
	size_t nr_culprits;
};

/**
 * struct evidence - what is judged by
 * @snap: a finished snapshot, which must outlive the verdict
 * @baseline: figures of an earlier run; NULL for none
 * @open: the window is not at its end: what may still change is undecided
 * @open_reason: why it is not; only with @open
 */
struct evidence {
	const struct snapshot *snap;
	const struct baseline *baseline;
	bool open;
	const char *open_reason;
};

/**
 * verdict_judge() - judge one assertion
 * @assertion: what must hold
 * @evidence: what is known
 * @verdict: filled in; to be released by the caller
 *
 * What was missed leaves a range that the true value lies in (basis_range()).
 * An assertion that holds of some of it and not of all is undecided, and so is
 * one of which there is no value.
 *
 * Return: 0 or -ENOMEM.
 */
int verdict_judge(const struct assertion *assertion,
		  const struct evidence *evidence, struct verdict *verdict);

/** verdict_release() - free what it owns and make it empty */
void verdict_release(struct verdict *verdict);

/** outcome_name() - "holds", "undecided", "violated" */
const char *outcome_name(enum outcome outcome);

/** verdict_culprits() - list those behind a verdict's figure; 0 or -ENOMEM */
int verdict_culprits(struct verdict *verdict);

#endif

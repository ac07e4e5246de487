/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

/* Assertions judged by a snapshot. */

#include "model/assertion.h"
#include "model/baseline.h"

/** enum outcome - the result of an assertion, the best first */
enum outcome {
	OUTCOME_HOLDS,
	OUTCOME_UNDECIDED, /* what was seen does not decide it */
	OUTCOME_VIOLATED,
	OUTCOMES,
};

/** enum doubt_kind - why an assertion cannot be judged */
enum doubt_kind {
	DOUBT_NONE,
	DOUBT_NO_SUBJECT, /* nothing has the figure, or matches the filters */
	DOUBT_LEVEL,	  /* a level that tells it is missing */
	DOUBT_UNKNOWN,	  /* a subject's figure is unknown */
	DOUBT_BASELINE,	  /* the baseline has no such figure */
	DOUBT_OPEN,	  /* the window is not at its end */
	DOUBT_RANGE,	  /* events were missed: it may hold or not */
	DOUBT_HIDDEN,	  /* likewise: there may be others */
};

/**
 * struct doubt - why an assertion cannot be judged
 * @kind: the kind of reason
 * @of: whose figure: of DOUBT_UNKNOWN and DOUBT_BASELINE
 * @why: why the figure is unknown, the level missing or the window open
 * @range: where the true value lies: of DOUBT_RANGE
 *
 * @why belongs to the snapshot, or to the evidence. views/verdict_text.h makes
 * a sentence of it.
 */
struct doubt {
	enum doubt_kind kind;
	struct subject of;
	const char *why;
	struct range range;
};

/** enum culprit_kind - what a culprit is */
enum culprit_kind {
	CULPRIT_OWNER,
	CULPRIT_GROUP,
	CULPRIT_UNMAP,
	CULPRIT_STALE_POOL,
	CULPRIT_PART,
};

/**
 * struct culprit - one of those that a figure is made of
 * @kind: which of these it is:
 * @owner: it holds blocks
 * @group: live mappings
 * @unmap: a wrong unmap
 * @pool: it was given back, and its device still has it
 * @part: what one subject has of the figure
 * @stack: where from; NULL = not recorded
 *
 * All that it points to belongs to the snapshot. views/verdict_text.h makes
 * sentences of it.
 */
struct culprit {
	enum culprit_kind kind;
	union {
		const struct block_owner *owner;
		const struct mapping_group *group;
		const struct wrong_unmap *unmap;
		const struct pool *pool;
		struct {
			const struct field *figure;
			struct subject of;
			int64_t value;
		} part;
	};
	const struct stack *stack;
};

/**
 * struct verdict - the result of one assertion
 * @assertion: which
 * @outcome: how
 * @measured: @worst, @value and, but for a missing baseline, @bound are set
 * @worst: the one that violates it most, or is nearest to it
 * @value: of @worst, in the metric's unit
 * @bound: what it was compared with, in the metric's unit
 * @bound_known: there was something to compare with
 * @subjects: how many were judged
 * @violations: how many of them violate it
 * @doubt: why it cannot be judged
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
	struct doubt doubt;
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
 * Missed events leave a range for the true value (basis_range()). An assertion
 * that holds in a part of the range is undecided, and so is one without a
 * value.
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

/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/verdict.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/units.h"

/* Values and bounds are compared in billionths, without rounding. */
__extension__ typedef __int128 wide;
#define SCALE ((wide)NS_PER_SEC)

/**
 * struct judging - state of one verdict_judge()
 * @evidence: what is known
 * @verdict: what is found
 * @basis: what the metric rests on
 * @missed: what was missed of that
 * @unknown: of the first value that is unknown
 * @range: where @verdict's worst value truly lies
 * @margin: how far it is beyond its bound
 * @worst: outcome of that one
 */
struct judging {
	const struct evidence *evidence;
	struct verdict *verdict;
	const struct basis *basis;
	struct missed missed;
	struct doubt unknown;
	struct range range;
	double margin;
	enum outcome worst;
};

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = { "holds", "undecided", "violated" };

	return names[outcome];
}

/*
 * Comparing
 */

/* Whether it holds of all that the true value may be. */
static bool always_holds(enum comparison comparison, wide low, wide high,
			 wide bound)
{
	switch (comparison) {
	case COMPARE_LESS:
		return high < bound;
	case COMPARE_AT_MOST:
		return high <= bound;
	case COMPARE_GREATER:
		return low > bound;
	case COMPARE_AT_LEAST:
		return low >= bound;
	case COMPARE_EQUAL:
		return low == bound && high == bound;
	case COMPARE_UNEQUAL:
		return low > bound || high < bound;
	}
	return false;
}

static bool never_holds(enum comparison comparison, wide low, wide high,
			wide bound)
{
	switch (comparison) {
	case COMPARE_LESS:
		return low >= bound;
	case COMPARE_AT_MOST:
		return low > bound;
	case COMPARE_GREATER:
		return high <= bound;
	case COMPARE_AT_LEAST:
		return high < bound;
	case COMPARE_EQUAL:
		return low > bound || high < bound;
	case COMPARE_UNEQUAL:
		return low == bound && high == bound;
	}
	return false;
}

/* Wider than any value or bound where nothing limits it. */
static enum outcome outcome_of(enum comparison comparison,
			       const struct range *range, wide bound)
{
	const wide endless = (wide)INT64_MAX * INT64_MAX;
	wide low = range->low == INT64_MIN ? -endless : range->low * SCALE;
	wide high = range->high == INT64_MAX ? endless : range->high * SCALE;

	if (always_holds(comparison, low, high, bound))
		return OUTCOME_HOLDS;
	if (never_holds(comparison, low, high, bound))
		return OUTCOME_VIOLATED;
	return OUTCOME_UNDECIDED;
}

static double difference(double a, double b)
{
	return a > b ? a - b : b - a;
}

/* How far a value is beyond what is allowed; below 0 when it is not. */
static double margin_of(enum comparison comparison, double value, double bound)
{
	switch (comparison) {
	case COMPARE_LESS:
	case COMPARE_AT_MOST:
		return value - bound;
	case COMPARE_GREATER:
	case COMPARE_AT_LEAST:
		return bound - value;
	case COMPARE_EQUAL:
		return difference(value, bound);
	case COMPARE_UNEQUAL:
		return -difference(value, bound);
	}
	return 0;
}

/*
 * One subject
 */

static void note_unknown(struct judging *j, enum doubt_kind kind,
			 const struct subject *subject, const char *why)
{
	if (j->unknown.kind == DOUBT_NONE)
		j->unknown = (struct doubt){ kind, .of = *subject, .why = why };
}

/* The bound in billionths; @whole is what margins are relative to. */
static bool find_bound(struct judging *j, const struct subject *subject,
		       wide *bound, double *whole)
{
	const struct assertion *assertion = j->verdict->assertion;
	const struct bound *b = &assertion->bound;
	const struct figure *figure;
	int64_t part_of;

	*whole = 1;
	switch (b->kind) {
	case BOUND_VALUE:
		*bound = b->value * SCALE;
		return true;
	case BOUND_PERCENT:
		if (!assertion->metric->whole(subject, &part_of))
			break;
		*bound = (wide)b->value * part_of * (SCALE / 10000);
		*whole = part_of ? (double)part_of : 1;
		return true;
	case BOUND_BASELINE:
		figure = j->evidence->baseline
				 ? baseline_find(j->evidence->baseline,
						 assertion->metric, subject)
				 : NULL;
		if (!figure)
			break;
		*bound = (wide)figure->value * b->factor + b->value * SCALE;
		return true;
	}
	return false;
}

/* In an open window counters and peaks only rise; all else can come to be. */
static struct range range_of(const struct judging *j,
			     const struct subject *subject, int64_t value)
{
	struct range range = basis_range(j->basis, subject, value, &j->missed);

	if (j->evidence->open) {
		range.high = INT64_MAX;
		if (j->verdict->assertion->metric->kind == KIND_GAUGE)
			range.low = INT64_MIN;
	}
	return range;
}

static void judge_value(struct judging *j, const struct subject *subject,
			int64_t value)
{
	const struct range range = range_of(j, subject, value);
	struct verdict *verdict = j->verdict;
	enum outcome outcome;
	double bound_shown, margin, whole;
	wide bound;

	if (!find_bound(j, subject, &bound, &whole)) {
		note_unknown(j, DOUBT_BASELINE, subject, NULL);
		return;
	}
	outcome = outcome_of(verdict->assertion->comparison, &range, bound);
	bound_shown = (double)bound / (double)SCALE;
	margin = margin_of(verdict->assertion->comparison, (double)value,
			   bound_shown) /
		 whole;
	verdict->violations += outcome == OUTCOME_VIOLATED;
	if (verdict->measured && (outcome < j->worst ||
				  (outcome == j->worst && margin <= j->margin)))
		return;
	j->worst = outcome;
	j->range = range;
	j->margin = margin;
	verdict->measured = true;
	verdict->worst = *subject;
	verdict->value = value;
	verdict->bound = bound_shown;
	verdict->bound_known = true;
}

static bool matches(const char *pattern, const char *name)
{
	return !pattern || !fnmatch(pattern, name, 0);
}

static bool selected(const struct assertion *assertion,
		     const struct subject *subject)
{
	char *const *patterns = assertion->patterns;
	const struct pool *pool = subject->pool;
	char index[16] = "";

	if (subject->device) {
		pool = snapshot_pool(subject->snap, subject->device->pool_id);
		return matches(patterns[FILTER_DEVICE],
			       subject->device->name) &&
		       matches(patterns[FILTER_POOL], pool ? pool->name : "");
	}
	if (subject->area)
		snprintf(index, sizeof(index), "%u", subject->area->index);
	return matches(patterns[FILTER_POOL], pool ? pool->name : "") &&
	       matches(patterns[FILTER_AREA], index) &&
	       matches(patterns[FILTER_DEVICE], pool ? pool->device : "");
}

static void judge_subject(struct judging *j, const struct subject *subject)
{
	const struct field *metric = j->verdict->assertion->metric;
	int64_t value;

	if (!selected(j->verdict->assertion, subject))
		return;
	j->verdict->subjects++;
	if (field_value(metric, subject, &value))
		judge_value(j, subject, value);
	else
		note_unknown(j, DOUBT_UNKNOWN, subject,
			     field_unknown_reason(metric, subject));
}

static void judge_areas(struct judging *j, const struct pool *pool)
{
	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		const struct subject subject = {
			.snap = j->evidence->snap,
			.pool = pool,
			.area = &pool->areas[i],
		};

		judge_subject(j, &subject);
	}
}

static void judge_pools(struct judging *j, enum scope scope)
{
	const struct snapshot *snap = j->evidence->snap;

	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct subject subject = {
			.snap = snap,
			.pool = &snap->pools[i],
		};

		if (scope == SCOPE_POOL)
			judge_subject(j, &subject);
		else
			judge_areas(j, &snap->pools[i]);
	}
}

static void judge_all(struct judging *j)
{
	const struct snapshot *snap = j->evidence->snap;
	enum scope scope = j->verdict->assertion->metric->scope;
	struct subject subject = { .snap = snap };

	if (scope == SCOPE_SYSTEM)
		judge_subject(j, &subject);
	if (scope == SCOPE_POOL || scope == SCOPE_AREA)
		judge_pools(j, scope);
	for (size_t i = 0; scope == SCOPE_DEVICE && i < snap->nr_devices; i++) {
		subject.device = &snap->devices[i];
		judge_subject(j, &subject);
	}
}

/*
 * Missed events
 */

static void find_missed(struct judging *j)
{
	const struct snapshot *snap = j->evidence->snap;
	struct missed *missed = &j->missed;
	bool counted = true;

	for (size_t i = 0; i < snap->nr_losses; i++) {
		const struct loss *loss = &snap->losses[i];

		if (!basis_loss(j->basis, loss))
			continue;
		missed->events |= loss->events;
		missed->count += loss->count;
		counted &= !(loss->events & EVENT_UNCOUNTED);
	}
	for (size_t i = 0; i < snap->nr_hooks; i++) {
		const struct hook *hook = &snap->hooks[i];

		if (!basis_hook(j->basis, hook))
			continue;
		missed->events |= events_of_levels(hook->level);
		counted = false;
	}
	if (!counted)
		missed->count = UINT64_MAX;
}

static bool is_literal(const char *pattern)
{
	return pattern && !strpbrk(pattern, "*?[\\");
}

/* Others may be missing, unless the assertion names one that exists. */
static bool may_hide(const struct judging *j)
{
	char *const *patterns = j->verdict->assertion->patterns;
	enum scope scope = j->verdict->assertion->metric->scope;

	return j->missed.events & j->basis->hides &&
	       !is_literal(patterns[scope == SCOPE_DEVICE ? FILTER_DEVICE
							  : FILTER_POOL]);
}

/* Without any subject, a missing level may be the reason. */
static const char *missing_level(const struct judging *j)
{
	for (unsigned int bit = 1; bit && bit <= j->basis->levels; bit <<= 1) {
		const char *why =
			j->basis->levels & bit
				? snapshot_level_missing(j->evidence->snap, bit)
				: NULL;

		if (why)
			return why;
	}
	return NULL;
}

static struct doubt why_nothing(const struct judging *j)
{
	const char *why = missing_level(j);

	return why ? (struct doubt){ DOUBT_LEVEL, .why = why }
		   : (struct doubt){ DOUBT_NO_SUBJECT };
}

static struct doubt why_undecided(const struct judging *j)
{
	return j->evidence->open
		       ? (struct doubt){ DOUBT_OPEN,
					 .why = j->evidence->open_reason }
		       : (struct doubt){ DOUBT_RANGE, .range = j->range };
}

static struct doubt find_doubt(const struct judging *j)
{
	if (j->verdict->violations)
		return (struct doubt){ DOUBT_NONE };
	if (!j->verdict->subjects)
		return why_nothing(j);
	if (j->unknown.kind != DOUBT_NONE)
		return j->unknown;
	if (j->worst == OUTCOME_UNDECIDED)
		return why_undecided(j);
	if (may_hide(j))
		return (struct doubt){ DOUBT_HIDDEN };
	return (struct doubt){ DOUBT_NONE };
}

static void conclude(struct judging *j)
{
	struct verdict *verdict = j->verdict;

	verdict->doubt = find_doubt(j);
	verdict->outcome = verdict->doubt.kind == DOUBT_NONE
				   ? j->worst
				   : OUTCOME_UNDECIDED;
}

int verdict_judge(const struct assertion *assertion,
		  const struct evidence *evidence, struct verdict *verdict)
{
	struct judging j = {
		.evidence = evidence,
		.verdict = verdict,
		.basis = &basis_table[assertion->metric->basis],
	};

	memset(verdict, 0, sizeof(*verdict));
	verdict->assertion = assertion;
	find_missed(&j);
	judge_all(&j);
	conclude(&j);
	return verdict_culprits(verdict);
}

void verdict_release(struct verdict *verdict)
{
	free(verdict->culprits);
	memset(verdict, 0, sizeof(*verdict));
}

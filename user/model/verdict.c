/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/verdict.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/units.h"

/* Values and bounds are compared in billionths, without rounding. */
__extension__ typedef __int128 wide;
#define SCALE ((wide)NS_PER_SEC)

/** enum certainty - what a measured value says of the true one */
enum certainty {
	CERTAIN,  /* it is the same */
	AT_LEAST, /* it is the same or larger */
	NOTHING,  /* it is yet to come */
};

/**
 * struct judging - state of one verdict_judge()
 * @evidence: what is known
 * @verdict: what is found
 * @certainty: of all values
 * @doubt: why they are not certain
 * @unknown: why the first unknown value is; "" = none is
 * @margin: how far @verdict's worst value is beyond its bound
 * @worst: outcome of that one
 */
struct judging {
	const struct evidence *evidence;
	struct verdict *verdict;
	enum certainty certainty;
	char doubt[400];
	char unknown[400];
	double margin;
	enum outcome worst;
};

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = { "holds", "undecided", "violated" };

	return names[outcome];
}

char *subject_text(const struct metric *metric, const struct subject *subject,
		   char *text, size_t len)
{
	*text = '\0';
	if (metric->scope == SCOPE_POOL)
		snprintf(text, len, "pool %s", subject->pool->name);
	else if (metric->scope == SCOPE_AREA)
		snprintf(text, len, "pool %s, area %u", subject->pool->name,
			 subject->area->index);
	else if (metric->scope == SCOPE_DEVICE)
		snprintf(text, len, "device %s%s", subject->device->name,
			 subject->device->gone ? " (gone)" : "");
	return text;
}

char *metric_text(const struct metric *metric, double value, char *text,
		  size_t len)
{
	const char *unit = metric->unit == UNIT_SLOTS ? " slots" : "";

	if (metric->unit == UNIT_NS && value >= 0)
		return format_duration(text, len, (uint64_t)value);
	if (metric->unit == UNIT_BYTES && value >= 0)
		return format_bytes(text, len, (uint64_t)value);
	/* A share of a whole need not be whole itself. */
	snprintf(text, len, "%.*f%s", value != (double)(int64_t)value, value,
		 unit);
	return text;
}

/*
 * Comparing
 */

static bool compare(enum comparison comparison, wide value, wide bound)
{
	switch (comparison) {
	case COMPARE_LESS:
		return value < bound;
	case COMPARE_AT_MOST:
		return value <= bound;
	case COMPARE_GREATER:
		return value > bound;
	case COMPARE_AT_LEAST:
		return value >= bound;
	case COMPARE_EQUAL:
		return value == bound;
	case COMPARE_UNEQUAL:
		return value != bound;
	}
	return false;
}

/* Whether a larger value could give another answer. */
static bool larger_could_differ(enum comparison comparison, wide value,
				wide bound)
{
	switch (comparison) {
	case COMPARE_LESS:
		return value < bound;
	case COMPARE_AT_MOST:
		return value <= bound;
	case COMPARE_GREATER:
		return value <= bound;
	case COMPARE_AT_LEAST:
		return value < bound;
	case COMPARE_EQUAL:
	case COMPARE_UNEQUAL:
		return value <= bound;
	}
	return true;
}

static enum outcome outcome_of(const struct judging *j, wide value, wide bound)
{
	enum comparison comparison = j->verdict->assertion->comparison;

	if (j->certainty == NOTHING ||
	    (j->certainty == AT_LEAST &&
	     larger_could_differ(comparison, value, bound)))
		return OUTCOME_UNDECIDED;
	return compare(comparison, value, bound) ? OUTCOME_HOLDS
						 : OUTCOME_VIOLATED;
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

static void note_unknown(struct judging *j, const struct subject *subject,
			 const char *what, const char *reason)
{
	const struct metric *metric = j->verdict->assertion->metric;
	char who[2 * NAME_LEN + 32];

	if (*j->unknown)
		return;
	subject_text(metric, subject, who, sizeof(who));
	snprintf(j->unknown, sizeof(j->unknown), "%s%s%s %s: %s", metric->name,
		 *who ? " of " : "", who, what, reason);
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

static void judge_value(struct judging *j, const struct subject *subject,
			int64_t value)
{
	struct verdict *verdict = j->verdict;
	enum outcome outcome;
	double bound_shown, margin, whole;
	wide bound;

	if (!find_bound(j, subject, &bound, &whole)) {
		note_unknown(j, subject, "cannot be compared",
			     "the baseline has no such figure");
		return;
	}
	outcome = outcome_of(j, value * SCALE, bound);
	bound_shown = (double)bound / (double)SCALE;
	margin = margin_of(verdict->assertion->comparison, (double)value,
			   bound_shown) /
		 whole;
	verdict->violations += outcome == OUTCOME_VIOLATED;
	if (verdict->measured && (outcome < j->worst ||
				  (outcome == j->worst && margin <= j->margin)))
		return;
	j->worst = outcome;
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
	const struct metric *metric = j->verdict->assertion->metric;
	int64_t value;

	if (!selected(j->verdict->assertion, subject))
		return;
	j->verdict->subjects++;
	if (metric_value(metric, subject, &value))
		judge_value(j, subject, value);
	else
		note_unknown(j, subject, "is unknown",
			     metric_unknown_reason(metric, subject));
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

static void judge_pools(struct judging *j, enum metric_scope scope)
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
	enum metric_scope scope = j->verdict->assertion->metric->scope;
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
 * What the values are worth
 */

static void doubt(struct judging *j, enum certainty certainty,
		  const char *reason)
{
	if (certainty <= j->certainty)
		return;
	j->certainty = certainty;
	snprintf(j->doubt, sizeof(j->doubt), "%s", reason);
}

static void doubt_losses(struct judging *j, unsigned int levels)
{
	const struct snapshot *snap = j->evidence->snap;
	char reason[400];

	for (size_t i = 0; i < snap->nr_losses; i++) {
		const struct loss *loss = &snap->losses[i];

		/* What no level sees is state, on which all figures rest. */
		if (!loss->count || (loss->levels && !(loss->levels & levels)))
			continue;
		snprintf(reason, sizeof(reason),
			 "%" PRIu64 " missed (%s: %s) could change it",
			 loss->count, loss->cause, loss->help);
		doubt(j, AT_LEAST, reason);
	}
}

static void doubt_hooks(struct judging *j, unsigned int levels)
{
	const struct snapshot *snap = j->evidence->snap;
	char reason[400];

	for (size_t i = 0; i < snap->nr_hooks; i++) {
		const struct hook *hook = &snap->hooks[i];

		if (!hook->partial || !(hook->level & levels))
			continue;
		snprintf(reason, sizeof(reason),
			 "not everything is seen (%s, %s: %s)", hook->name,
			 hook_state_name(hook->state), hook->reason);
		doubt(j, AT_LEAST, reason);
	}
}

/* Counters and peaks only rise; all else can come to anything. */
static void doubt_open(struct judging *j, const struct metric *metric)
{
	if (j->evidence->open)
		doubt(j, metric->kind == KIND_GAUGE ? NOTHING : AT_LEAST,
		      j->evidence->open_reason);
}

static void conclude_nothing(struct judging *j)
{
	static const char *const nothing[] = {
		[SCOPE_SYSTEM] = "nothing to judge",
		[SCOPE_POOL] = "no pool matches the filter",
		[SCOPE_AREA] = "no area matches the filter",
		[SCOPE_DEVICE] = "no device matches the filter",
	};
	const struct assertion *assertion = j->verdict->assertion;
	bool filtered = false;

	for (int i = 0; i < FILTERS; i++)
		filtered |= assertion->patterns[i] != NULL;
	j->verdict->outcome = OUTCOME_UNDECIDED;
	snprintf(j->verdict->reason, sizeof(j->verdict->reason), "%s",
		 filtered ? nothing[assertion->metric->scope]
			  : "there is nothing that has this figure");
}

/* Without any subject, the levels may be why there is none. */
static bool level_missing(struct judging *j)
{
	const struct metric *metric = j->verdict->assertion->metric;
	const struct subject subject = { .snap = j->evidence->snap };

	for (unsigned int bit = 1; bit && bit <= metric->levels; bit <<= 1) {
		const char *reason;

		if (!(metric->levels & bit))
			continue;
		reason = snapshot_level_missing(subject.snap, bit);
		if (!reason)
			continue;
		snprintf(j->verdict->reason, sizeof(j->verdict->reason),
			 "%s is unknown: %s", metric->name, reason);
		j->verdict->outcome = OUTCOME_UNDECIDED;
		return true;
	}
	return false;
}

static void conclude(struct judging *j)
{
	struct verdict *verdict = j->verdict;

	verdict->outcome = j->worst;
	if (verdict->violations)
		return;
	if (!verdict->subjects) {
		if (!level_missing(j))
			conclude_nothing(j);
		return;
	}
	if (*j->unknown) {
		verdict->outcome = OUTCOME_UNDECIDED;
		memcpy(verdict->reason, j->unknown, sizeof(verdict->reason));
	} else if (verdict->outcome == OUTCOME_UNDECIDED) {
		memcpy(verdict->reason, j->doubt, sizeof(verdict->reason));
	}
}

int verdict_judge(const struct assertion *assertion,
		  const struct evidence *evidence, struct verdict *verdict)
{
	struct judging j = { .evidence = evidence, .verdict = verdict };
	const struct metric *metric = assertion->metric;

	memset(verdict, 0, sizeof(*verdict));
	verdict->assertion = assertion;
	/* What was lost is counted itself. */
	if (strcmp(metric->name, "loss.total")) {
		doubt_losses(&j, metric->levels);
		doubt_hooks(&j, metric->levels);
	}
	doubt_open(&j, metric);
	judge_all(&j);
	conclude(&j);
	return verdict_culprits(verdict);
}

void verdict_release(struct verdict *verdict)
{
	free(verdict->culprits);
	memset(verdict, 0, sizeof(*verdict));
}

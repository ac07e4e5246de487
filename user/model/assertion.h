/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_ASSERTION_H
#define MODEL_ASSERTION_H

/*
 * Assertions of `swiotlb check`:
 *
 *	METRIC[{FILTER=PATTERN,...}] OPERATOR BOUND
 *
 * such as "lock.wait.p99{pool=default,area=3} < 50us". swiotlb-check(8) has
 * the whole language.
 */

#include "model/metrics.h"

#define ASSERTION_LEN 1024

/** enum filter - by what the values of a metric may be narrowed */
enum filter { FILTER_POOL, FILTER_AREA, FILTER_DEVICE, FILTERS };

/** enum comparison - the operator of an assertion */
enum comparison {
	COMPARE_LESS,
	COMPARE_AT_MOST,
	COMPARE_GREATER,
	COMPARE_AT_LEAST,
	COMPARE_EQUAL,
	COMPARE_UNEQUAL,
};

/** enum bound_kind - what a bound is relative to */
enum bound_kind {
	BOUND_VALUE,	/* nothing */
	BOUND_PERCENT,	/* the metric's whole */
	BOUND_BASELINE, /* the same figure of an earlier run */
};

/**
 * struct bound - what a value is compared with
 * @kind: see enum bound_kind
 * @value: BOUND_VALUE: the bound, in the metric's unit; BOUND_PERCENT: in
 *	hundredths of a per cent; BOUND_BASELINE: what is added, in the
 *	metric's unit
 * @factor: BOUND_BASELINE: what the earlier figure is multiplied with first,
 *	in billionths
 */
struct bound {
	enum bound_kind kind;
	int64_t value;
	uint64_t factor;
};

/**
 * struct assertion - a parsed assertion
 * @text: as it was written, without spaces around it
 * @metric: what is judged
 * @patterns: glob of each filter; NULL = not given
 * @comparison: the operator
 * @bound: the bound
 */
struct assertion {
	char *text;
	const struct field *metric;
	char *patterns[FILTERS];
	enum comparison comparison;
	struct bound bound;
};

/**
 * struct assertion_error - why a text is none
 * @column: where, in characters from 1
 * @text: what is wrong, and what would be right
 */
struct assertion_error {
	unsigned int column;
	char text[320];
};

/**
 * assertion_parse() - read one
 * @text: the text
 * @assertion: filled in on success, to be released by the caller
 * @error: filled in when -EINVAL is returned
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int assertion_parse(const char *text, struct assertion *assertion,
		    struct assertion_error *error);

/**
 * assertion_negate() - let it ask for the opposite
 *
 * If the negated assertion does not hold for all subjects, the original one
 * holds for some.
 * @text stays as it was written.
 */
void assertion_negate(struct assertion *assertion);

/** assertion_release() - free what it owns and make it empty */
void assertion_release(struct assertion *assertion);

/** comparison_text() - "<", "<=", ... */
const char *comparison_text(enum comparison comparison);

#endif

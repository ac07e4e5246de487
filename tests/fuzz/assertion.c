/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target: assertions, parsed and judged. `make fuzz` runs it for a
 * bounded number of inputs.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/verdict.h"
#include "tests/unit/model_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static const struct snapshot *snapshot(void)
{
	static struct snapshot snap;

	if (!snap.nr_pools)
		fixture_mappings(&snap);
	return &snap;
}

/* Every second known value is in the baseline. */
static const struct baseline *baseline(void)
{
	static struct baseline made;
	const struct subject subject = { .snap = snapshot() };
	struct figure figure = { 0 };

	bool every_other = false;

	if (made.count)
		return &made;
	for_each_metric (metric) {
		figure.metric = metric;
		every_other = !every_other;
		if (every_other && metric->scope == SCOPE_SYSTEM &&
		    field_value(figure.metric, &subject, &figure.value))
			require(!baseline_add(&made, &figure));
	}
	return &made;
}

static void judge(const struct assertion *assertion)
{
	const struct evidence evidence = {
		.snap = snapshot(),
		.baseline = baseline(),
	};
	struct verdict verdict;

	require(!verdict_judge(assertion, &evidence, &verdict));
	require(verdict.outcome != OUTCOME_UNDECIDED ||
		verdict.doubt.kind != DOUBT_NONE);
	require(verdict.measured || verdict.outcome == OUTCOME_UNDECIDED);
	verdict_release(&verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct assertion_error error = { 0 };
	struct assertion assertion, again;
	char *text = strndup((const char *)data, size);
	int err;

	require(text);
	err = assertion_parse(text, &assertion, &error);
	require(!err || err == -EINVAL);
	if (err) {
		require(error.column >= 1 && error.column <= strlen(text) + 1);
		require(*error.text);
	} else {
		judge(&assertion);
		/* What it keeps as its text means the same. */
		require(!assertion_parse(assertion.text, &again, &error));
		require(again.metric == assertion.metric);
		require(again.bound.value == assertion.bound.value);
		assertion_release(&again);
		assertion_release(&assertion);
	}
	free(text);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/assertion.h"
#include "util/units.h"

static struct assertion parse(const char *text)
{
	struct assertion_error error;
	struct assertion assertion;

	if (assertion_parse(text, &assertion, &error))
		fail_msg("'%s': column %u: %s", text, error.column, error.text);
	return assertion;
}

/* What a text is read as, where it is a plain value. */
static void reads(const char *text, enum comparison comparison, int64_t value)
{
	struct assertion a = parse(text);

	assert_int_equal(a.comparison, comparison);
	assert_int_equal(a.bound.kind, BOUND_VALUE);
	assert_int_equal(a.bound.value, value);
	assertion_release(&a);
}

static void values_and_units(void **state)
{
	(void)state;
	reads("lock.contended < 7", COMPARE_LESS, 7);
	reads("lock.contended<=7", COMPARE_AT_MOST, 7);
	reads(" lock.contended\t> 0 ", COMPARE_GREATER, 0);
	reads("lock.contended >= 1", COMPARE_AT_LEAST, 1);
	reads("block.leaked == 0", COMPARE_EQUAL, 0);
	reads("block.live != 3", COMPARE_UNEQUAL, 3);
	reads("lock.wait.p99 < 50us", COMPARE_LESS, 50000);
	reads("lock.wait.p99 < 1.5 ms", COMPARE_LESS, 1500000);
	reads("lock.wait.p99 < 2\xc2\xb5s", COMPARE_LESS, 2000);
	reads("lock.wait.max == 0", COMPARE_EQUAL, 0);
	reads("map.bytes <= 64MiB", COMPARE_AT_MOST, 64 << 20);
	reads("map.bytes <= 4096", COMPARE_AT_MOST, 4096);
	reads("pool.used < 64", COMPARE_LESS, 64);
	reads("pool.used < 64 slots", COMPARE_LESS, 64);
	reads("pool.used < 64MiB", COMPARE_LESS, 32768);
	reads("area.used_drift >= -5", COMPARE_AT_LEAST, -5);
}

static void percentages(void **state)
{
	struct assertion a = parse("pool.used_peak < 80.5%");

	(void)state;
	assert_int_equal(a.bound.kind, BOUND_PERCENT);
	assert_int_equal(a.bound.value, 8050);
	assertion_release(&a);
}

static void filters(void **state)
{
	struct assertion a = parse("lock.wait.p99{pool=default,area=3}<50us");

	(void)state;
	assert_string_equal(a.patterns[FILTER_POOL], "default");
	assert_string_equal(a.patterns[FILTER_AREA], "3");
	assert_null(a.patterns[FILTER_DEVICE]);
	assert_string_equal(a.text, "lock.wait.p99{pool=default,area=3}<50us");
	assertion_release(&a);
	a = parse("device.failures { device = \"a, {b}\" , pool=[a-c]* } == 0");
	assert_string_equal(a.patterns[FILTER_DEVICE], "a, {b}");
	assert_string_equal(a.patterns[FILTER_POOL], "[a-c]*");
	assertion_release(&a);
}

static void reads_baseline(const char *text, uint64_t factor, int64_t value)
{
	struct assertion a = parse(text);

	assert_int_equal(a.bound.kind, BOUND_BASELINE);
	assert_int_equal(a.bound.factor, factor);
	assert_int_equal(a.bound.value, value);
	assertion_release(&a);
}

static void baselines(void **state)
{
	(void)state;
	reads_baseline("block.live <= baseline", NS_PER_SEC, 0);
	reads_baseline("lock.wait.p99 <= baseline * 1.10", 1100000000, 0);
	reads_baseline("lock.wait.p99 <= baseline*0.5", 500000000, 0);
	reads_baseline("lock.wait.p99 <= baseline + 5us", NS_PER_SEC, 5000);
	reads_baseline("block.live <= baseline + 5", NS_PER_SEC, 5);
	reads_baseline("block.live >= baseline - 5", NS_PER_SEC, -5);
	reads_baseline("block.live <= baseline + 10%", 1100000000, 0);
	reads_baseline("block.live >= baseline - 10 %", 900000000, 0);
}

/* What is refused: where, and with what advice. */
static void refused(const char *text, unsigned int column, const char *advice)
{
	struct assertion_error error = { 0 };
	struct assertion assertion;

	if (assertion_parse(text, &assertion, &error) != -EINVAL)
		fail_msg("'%s' was not refused", text);
	if (error.column != column || !strstr(error.text, advice))
		fail_msg("'%s': column %u, not %u: %s", text, error.column,
			 column, error.text);
	assert_null(assertion.text);
}

static void mistakes_name_their_column(void **state)
{
	(void)state;
	refused("", 1, "a metric is missing");
	refused("   ", 4, "a metric is missing");
	refused("lock.wait.p98 < 5us", 1, "did you mean 'lock.wait.p9");
	refused(" blok.leaked == 0", 2, "did you mean 'block.leaked'");
	refused("quite-another == 0", 1, "--list-metrics");
	refused("block.leaked", 13, "an operator is missing");
	refused("block.leaked = 0", 14, "unknown operator '='");
	refused("block.leaked =< 0", 14, "unknown operator '=<'");
	refused("block.leaked ==", 16, "a number is missing");
	refused("block.leaked == x", 17, "a number is missing");
	refused("block.leaked == 1.5", 17, "no whole number");
	refused("block.leaked == -1", 17, "never below 0");
	refused("block.leaked == 0 0", 19, "unexpected '0'");
	refused("block.leaked == 1%", 18, "not part of a whole");
	refused("block.leaked == 99999999999999999999", 17, "too large");
	refused("block.leaked == 9223372036854775808", 17, "too large");
	refused("lock.wait.p99 < 50", 19, "needs a unit: ns, us");
	refused("lock.wait.p99 < 50uss", 19, "did you mean 'us'");
	refused("lock.wait.p99 < 50%", 19, "not part of a whole");
	refused("lock.wait.p99 < 1.2.3us", 17, "is no number");
	refused("pool.used < 64Mib", 15, "did you mean 'MiB'");
	refused("pool.used < 1000B", 13, "whole number of slots");
	refused("pool.used < 1.5", 13, "no whole number");
	refused("pool.used < 101%", 13, "0% to 100%");
	refused("pool.used{pol=a} < 1", 11, "did you mean 'pool'");
	refused("pool.used{cpu=a} < 1", 11, "filters are pool, area");
	refused("pool.used{area=1} < 1", 11, "there is area.used");
	refused("map.failures{device=a} == 0", 14, "there is device.failures");
	refused("pool.used{pool} < 1", 15, "'=' is missing");
	refused("pool.used{pool=} < 1", 16, "a name or pattern is missing");
	refused("pool.used{pool=a,} < 1", 18, "a filter is missing");
	refused("pool.used{} < 1", 11, "a filter is missing");
	refused("pool.used{pool=a,pool=b} < 1", 18, "a second filter");
	refused("pool.used{pool=a < 1", 21, "'}' or ',' is missing");
	refused("pool.used{pool=\"a} < 1", 16, "closing '\"'");
	refused("pool.used < baselin", 13, "did you mean 'baseline'");
	refused("pool.used < baseline / 2", 22, "after 'baseline' comes");
	refused("pool.used < baseline *", 23, "a number is missing");
	refused("pool.used < baseline * 2 slots", 26, "a factor has no unit");
	refused("pool.used < baseline * 1000001", 24, "from 0 to 1000000");
	refused("pool.used < baseline - 101%", 24, "0% to 100%");
	/* Characters are counted, not bytes. */
	refused("pool.used{pool=\xc3\xa4} > x", 21, "a number is missing");
}

static void long_texts_are_refused(void **state)
{
	struct assertion_error error;
	struct assertion assertion;
	char text[2 * ASSERTION_LEN];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(assertion_parse(text, &assertion, &error), -EINVAL);
	assert_int_equal(error.column, ASSERTION_LEN + 1);
}

static void every_metric_can_be_asserted(void **state)
{
	(void)state;
	for_each_metric (metric) {
		char text[128];
		struct assertion a;

		snprintf(text, sizeof(text), "%s == 0", metric->metric);
		a = parse(text);
		assert_ptr_equal(a.metric, metric);
		assertion_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_units),
		cmocka_unit_test(percentages),
		cmocka_unit_test(filters),
		cmocka_unit_test(baselines),
		cmocka_unit_test(mistakes_name_their_column),
		cmocka_unit_test(long_texts_are_refused),
		cmocka_unit_test(every_metric_can_be_asserted),
	};

	return cmocka_run_group_tests_name("assertions", tests, NULL, NULL);
}

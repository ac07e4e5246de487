/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "model/changes.h"
#include "model_fixture.h"
#include "util/units.h"

/**
 * struct pair - two intervals of one fixture
 * @sample: what they are made of
 * @interval: them
 * @changes: between them
 */
struct pair {
	struct snapshot sample[SIDES];
	struct interval interval[SIDES];
	struct changes changes;
};

static void start(struct pair *pair, const char *a, const char *b)
{
	memset(pair, 0, sizeof(*pair));
	assert_true(fixture_by_name(a, &pair->sample[SIDE_A]));
	assert_true(fixture_by_name(b, &pair->sample[SIDE_B]));
	for (enum side side = SIDE_A; side < SIDES; side++)
		pair->sample[side].window.duration_ns = 10 * NS_PER_SEC;
}

static void compare(struct pair *pair)
{
	changes_release(&pair->changes);
	for (enum side side = SIDE_A; side < SIDES; side++) {
		interval_release(&pair->interval[side]);
		assert_int_equal(interval_make(NULL, &pair->sample[side], NULL,
					       &pair->interval[side]),
				 0);
	}
	assert_int_equal(changes_find(&pair->interval[SIDE_A],
				      &pair->interval[SIDE_B], &pair->changes),
			 0);
}

static void stop(struct pair *pair)
{
	changes_release(&pair->changes);
	for (enum side side = SIDE_A; side < SIDES; side++) {
		interval_release(&pair->interval[side]);
		snapshot_release(&pair->sample[side]);
	}
}

/* The change of a metric of the first subject, NULL = it is the same. */
static const struct change *change_of(const struct pair *pair, const char *name)
{
	for (size_t i = 0; i < pair->changes.count; i++)
		if (!strcmp(pair->changes.list[i].metric->metric, name))
			return &pair->changes.list[i];
	return NULL;
}

static void what_is_the_same_has_not_changed(void **state)
{
	static const char *const names[] = { "quiet",	 "busy",  "mappings",
					     "refusals", "empty", "areas" };
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		start(&pair, names[i], names[i]);
		compare(&pair);
		assert_int_equal(pair.changes.count, 0);
		assert_int_equal(pair.changes.nr_lone, 0);
		assert_true(pair.changes.equal > 0);
		for (size_t j = 0; j < pair.interval[0].findings.count; j++)
			assert_null(finding_lone(&pair.changes, SIDE_A, j));
		stop(&pair);
	}
}

/* Of a count with windows of these lengths, in seconds. */
static enum change_kind judge_counts(uint64_t a, uint64_t a_seconds, uint64_t b,
				     uint64_t b_seconds)
{
	const uint64_t counts[SIDES] = { a, b };
	const uint64_t seconds[SIDES] = { a_seconds, b_seconds };
	const struct change *change;
	enum change_kind kind;
	struct pair pair;

	start(&pair, "mappings", "mappings");
	for (enum side side = SIDE_A; side < SIDES; side++) {
		pair.sample[side].devices[0].totals.maps = counts[side];
		pair.sample[side].nr_devices = 1;
		pair.sample[side].window.duration_ns =
			seconds[side] * NS_PER_SEC;
	}
	compare(&pair);
	change = change_of(&pair, "device.maps");
	kind = change ? change->kind : CHANGE_KINDS;
	stop(&pair);
	return kind;
}

static void counts_change_by_more_than_chance(void **state)
{
	(void)state;
	assert_int_equal(judge_counts(0, 10, 0, 99), CHANGE_KINDS);
	assert_int_equal(judge_counts(500, 10, 500, 10), CHANGE_KINDS);
	assert_int_equal(judge_counts(0, 10, 3, 10), CHANGE_NOISE);
	assert_int_equal(judge_counts(0, 10, 10, 10), CHANGE_REAL);
	assert_int_equal(judge_counts(10, 10, 0, 10), CHANGE_REAL);
	/* The same rate, and then not. */
	assert_int_equal(judge_counts(100, 10, 1000, 100), CHANGE_KINDS);
	assert_int_equal(judge_counts(100, 10, 1001, 100), CHANGE_NOISE);
	assert_int_equal(judge_counts(100, 10, 100, 100), CHANGE_REAL);
	assert_int_equal(judge_counts(100, 10, 130, 10), CHANGE_NOISE);
	assert_int_equal(judge_counts(100, 10, 160, 10), CHANGE_REAL);
	/* A tenth of many. */
	assert_int_equal(judge_counts(1000000, 10, 1090000, 10), CHANGE_NOISE);
	assert_int_equal(judge_counts(1000000, 10, 1200000, 10), CHANGE_REAL);
	assert_int_equal(judge_counts(1000000, 10, 800000, 10), CHANGE_REAL);
	assert_int_equal(judge_counts(5, 0, 6, 10), CHANGE_UNKNOWN);
}

static enum change_kind judge_waits(unsigned int a, unsigned int b)
{
	const unsigned int counts[SIDES] = { a, b };
	const struct change *change;
	enum change_kind kind;
	struct pair pair;

	start(&pair, "quiet", "quiet");
	for (enum side side = SIDE_A; side < SIDES; side++)
		for (unsigned int i = 0; i < counts[side]; i++)
			fixture_wait(&pair.sample[side].pools[0].areas[0].locks,
				     1000);
	compare(&pair);
	change = change_of(&pair, "lock.wait.total");
	kind = change ? change->kind : CHANGE_KINDS;
	stop(&pair);
	return kind;
}

/* Twice as widely as a count of as many. */
static void sums_spread_as_their_events(void **state)
{
	(void)state;
	assert_int_equal(judge_waits(0, 10), CHANGE_NOISE);
	assert_int_equal(judge_waits(0, 30), CHANGE_REAL);
	assert_int_equal(judge_waits(100, 150), CHANGE_NOISE);
	assert_int_equal(judge_waits(100, 200), CHANGE_REAL);
}

static void gauges_are_compared_as_they_are(void **state)
{
	const struct change *change;
	struct pair pair;

	(void)state;
	start(&pair, "quiet", "quiet");
	pair.sample[SIDE_B].pools[0].areas[0].used++;
	compare(&pair);
	change = change_of(&pair, "pool.used");
	assert_non_null(change);
	assert_int_equal(change->kind, CHANGE_REAL);
	assert_int_equal(change->value[SIDE_B] - change->value[SIDE_A], 1);
	assert_ptr_equal(change->subject[SIDE_B].pool,
			 &pair.interval[SIDE_B].figures.pools[0]);
	stop(&pair);
}

static void what_one_side_does_not_know_is_unknown(void **state)
{
	const struct change *change;
	struct pair pair;

	(void)state;
	start(&pair, "mappings", "mappings");
	pair.sample[SIDE_B].levels = 0;
	compare(&pair);
	change = change_of(&pair, "map.maps");
	assert_non_null(change);
	assert_int_equal(change->kind, CHANGE_UNKNOWN);
	assert_true(change->known[SIDE_A]);
	assert_false(change->known[SIDE_B]);
	assert_non_null(change->reason);
	assert_int_equal(changes_of_kind(&pair.changes, CHANGE_REAL), 0);
	stop(&pair);
}

static void what_one_side_has_is_listed(void **state)
{
	struct pair pair;
	struct device *devices;

	(void)state;
	start(&pair, "mappings", "mappings");
	devices = pair.sample[SIDE_B].devices;
	assert_true(pair.sample[SIDE_B].nr_devices > 1);
	/* In another order, and one has another name. */
	for (size_t i = 0; i + 1 < pair.sample[SIDE_B].nr_devices; i++) {
		struct device first = devices[i];

		devices[i] = devices[i + 1];
		devices[i + 1] = first;
	}
	strcpy(devices[0].name, "renamed");
	compare(&pair);
	assert_int_equal(pair.changes.nr_lone, 2);
	assert_int_equal(pair.changes.lone[0].side, SIDE_A);
	assert_int_equal(pair.changes.lone[1].side, SIDE_B);
	assert_string_equal(pair.changes.lone[1].subject.device->name,
			    "renamed");
	stop(&pair);
}

static void findings_come_and_go(void **state)
{
	struct pair pair;
	size_t news = 0, gone = 0;

	(void)state;
	start(&pair, "quiet", "mappings");
	compare(&pair);
	for (size_t i = 0; i < pair.interval[SIDE_B].findings.count; i++)
		news += finding_lone(&pair.changes, SIDE_B, i) != NULL;
	for (size_t i = 0; i < pair.interval[SIDE_A].findings.count; i++)
		gone += finding_lone(&pair.changes, SIDE_A, i) != NULL;
	assert_true(news > 0);
	assert_int_equal(pair.interval[SIDE_B].findings.count - news,
			 pair.interval[SIDE_A].findings.count - gone);
	stop(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_the_same_has_not_changed),
		cmocka_unit_test(counts_change_by_more_than_chance),
		cmocka_unit_test(sums_spread_as_their_events),
		cmocka_unit_test(gauges_are_compared_as_they_are),
		cmocka_unit_test(what_one_side_does_not_know_is_unknown),
		cmocka_unit_test(what_one_side_has_is_listed),
		cmocka_unit_test(findings_come_and_go),
	};

	return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The course of figures: points, gaps, thinning, pools that come. */
#include "unit.h"

#include "model/interval.h"
#include "model/timeline.h"
#include "model_fixture.h"
#include "util/units.h"

/* A sample at a time, with so much in use in area 0 and so many ns waited. */
static void add(struct timeline *timeline, uint64_t ns, uint64_t used,
		uint64_t waited, bool broken)
{
	struct snapshot snap;

	fixture_quiet(&snap);
	snap.taken_ns = ns;
	snap.realtime_ns = ns + 5;
	snap.pools[0].areas[0].used = used;
	snap.pools[0].areas[0].locks.total_ns = waited;
	snapshot_finish(&snap);
	assert_int_equal(timeline_add(timeline, &snap, broken), 0);
	snapshot_release(&snap);
}

static const struct timeline_track *used_of(const struct timeline *timeline)
{
	return timeline_track(timeline, "area.used", 0, 0);
}

static void test_values(void **state)
{
	const struct timeline_track *waits;
	struct timeline timeline = { 0 };
	double value;

	(void)state;
	add(&timeline, NS_PER_SEC, 10, 100, false);
	add(&timeline, 2 * NS_PER_SEC, 30, 400, false);
	add(&timeline, 4 * NS_PER_SEC, 20, 1400, true);
	assert_int_equal(timeline.nr_points, 3);
	assert_int_equal(timeline.points[1].realtime_ns, 2 * NS_PER_SEC + 5);
	assert_false(timeline.points[1].broken);
	assert_true(timeline.points[2].broken);

	/* A state is what it is, a counter is a rate and has none at first. */
	assert_true(timeline_value(&timeline, used_of(&timeline), 0, &value));
	assert_true(value == 10);
	waits = timeline_track(&timeline, "lock.wait.total", 0, 0);
	assert_non_null(waits);
	assert_false(timeline_value(&timeline, waits, 0, &value));
	assert_true(timeline_value(&timeline, waits, 1, &value));
	assert_true(value == 300);
	assert_true(timeline_value(&timeline, waits, 2, &value));
	assert_true(value == 500);

	assert_null(timeline_track(&timeline, "area.used", 0, 7));
	assert_null(timeline_track(&timeline, "area.used", 7, 0));
	assert_null(timeline_track(&timeline, "no.figure", 0, 0));
	timeline_release(&timeline);
}

/* The last sample of a window may come right behind the one before. */
static void test_hurried(void **state)
{
	struct timeline timeline = { 0 };
	double value;

	(void)state;
	add(&timeline, NS_PER_SEC, 10, 0, false);
	add(&timeline, 2 * NS_PER_SEC, 30, 0, false);
	add(&timeline, 2 * NS_PER_SEC + NS_PER_MS, 20, 0, false);
	assert_int_equal(timeline.nr_points, 2);
	assert_true(timeline_value(&timeline, used_of(&timeline), 1, &value));
	assert_true(value == 30);
	timeline_release(&timeline);
}

/* However long it is, it is whole and has its peak. */
static void test_thinning(void **state)
{
	struct timeline timeline = { 0 };
	const struct timeline_track *waits;
	double value, highest = 0, sum = 0;
	uint64_t samples = 5000;

	(void)state;
	for (uint64_t i = 0; i < samples; i++)
		add(&timeline, (i + 1) * NS_PER_SEC, i == 1234 ? 777 : 5,
		    i * 1000, i == 2000);
	assert_true(timeline.nr_points <= TIMELINE_POINTS);
	assert_true(timeline.nr_points > TIMELINE_POINTS / 4);
	waits = timeline_track(&timeline, "lock.wait.total", 0, 0);
	for (size_t i = 0; i < timeline.nr_points; i++) {
		if (timeline_value(&timeline, used_of(&timeline), i, &value) &&
		    value > highest)
			highest = value;
		if (timeline_value(&timeline, waits, i, &value)) {
			assert_true(value == 1000);
			sum++;
		}
	}
	assert_true(highest == 777);
	assert_true(sum == timeline.nr_points - 1);
	assert_int_equal(timeline.points[timeline.nr_points - 1].taken_ns,
			 samples * NS_PER_SEC);
	timeline_release(&timeline);
}

/* A pool that comes has nothing before, one that goes nothing after. */
static void test_pools(void **state)
{
	struct timeline timeline = { 0 };
	const struct timeline_track *track;
	struct snapshot snap;
	double value;
	int id;

	(void)state;
	add(&timeline, NS_PER_SEC, 10, 0, false);
	fixture_quiet(&snap);
	id = fixture_add_pool(&snap, POOL_DEVICE, "eth0", 1, 1024)->id;
	fixture_add_pool(&snap, POOL_TRANSIENT, "transient 1", 1, 128);
	snap.taken_ns = 2 * NS_PER_SEC;
	assert_int_equal(timeline_add(&timeline, &snap, false), 0);
	snapshot_release(&snap);
	add(&timeline, 3 * NS_PER_SEC, 10, 0, false);
	track = timeline_track(&timeline, "pool.used", id, 0);
	assert_non_null(track);
	assert_false(timeline_value(&timeline, track, 0, &value));
	assert_true(timeline_value(&timeline, track, 1, &value));
	assert_false(timeline_value(&timeline, track, 2, &value));
	assert_null(timeline_track(&timeline, "pool.used", id + 1, 0));
	timeline_release(&timeline);
}

/* Memory is limited, and what has none is counted. */
static void test_limit(void **state)
{
	struct timeline timeline = { 0 };
	struct snapshot snap;

	(void)state;
	fixture_areas(&snap, TIMELINE_TRACKS);
	assert_int_equal(timeline_add(&timeline, &snap, false), 0);
	assert_int_equal(timeline.nr_tracks, TIMELINE_TRACKS);
	assert_true(timeline.left_out);
	snapshot_release(&snap);
	timeline_release(&timeline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	 cmocka_unit_test(test_hurried),
		cmocka_unit_test(test_thinning), cmocka_unit_test(test_pools),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

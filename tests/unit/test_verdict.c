/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/verdict.h"
#include "model_fixture.h"
#include "util/units.h"
#include "views/verdict_text.h"

static struct evidence evidence;
static struct snapshot snap;
static struct assertion assertion;
static struct verdict verdict;

static int setup(void **state)
{
	(void)state;
	fixture_mappings(&snap);
	snap.losses[0].count = 0;
	evidence = (struct evidence){ .snap = &snap };
	return 0;
}

static void forget(void)
{
	verdict_release(&verdict);
	assertion_release(&assertion);
}

static int teardown(void **state)
{
	(void)state;
	forget();
	snapshot_release(&snap);
	return 0;
}

static const char *doubt(void)
{
	static char text[DOUBT_TEXT_LEN];

	return doubt_text(&verdict, &snap, text);
}

/* Leaves the verdict for a closer look. */
static void judged(const char *text, enum outcome outcome)
{
	struct assertion_error error;

	forget();
	if (assertion_parse(text, &assertion, &error))
		fail_msg("'%s': column %u: %s", text, error.column, error.text);
	assert_int_equal(verdict_judge(&assertion, &evidence, &verdict), 0);
	if (verdict.outcome != outcome)
		fail_msg("'%s' %s, not %s: %s", text,
			 outcome_name(verdict.outcome), outcome_name(outcome),
			 doubt());
	if (outcome == OUTCOME_UNDECIDED)
		assert_true(*doubt());
	else
		assert_false(*doubt());
}

static void each_comparison(void **state)
{
	(void)state;
	judged("block.leaked < 2", OUTCOME_VIOLATED);
	judged("block.leaked < 3", OUTCOME_HOLDS);
	judged("block.leaked <= 2", OUTCOME_HOLDS);
	judged("block.leaked <= 1", OUTCOME_VIOLATED);
	judged("block.leaked > 1", OUTCOME_HOLDS);
	judged("block.leaked > 2", OUTCOME_VIOLATED);
	judged("block.leaked >= 2", OUTCOME_HOLDS);
	judged("block.leaked >= 3", OUTCOME_VIOLATED);
	judged("block.leaked == 2", OUTCOME_HOLDS);
	judged("block.leaked == 3", OUTCOME_VIOLATED);
	judged("block.leaked != 2", OUTCOME_VIOLATED);
	judged("block.leaked != 3", OUTCOME_HOLDS);
}

static void the_worst_counts(void **state)
{
	(void)state;
	judged("lock.contended == 0", OUTCOME_VIOLATED);
	assert_int_equal(verdict.value, 3);
	assert_int_equal(verdict.worst.area->index, 0);
	assert_int_equal(verdict.subjects, 4);
	assert_int_equal(verdict.violations, 1);
	judged("lock.contended <= 3", OUTCOME_HOLDS);
	assert_int_equal(verdict.value, 3);
	/* Of a lower bound the worst is the smallest. */
	judged("area.slots >= 600", OUTCOME_VIOLATED);
	assert_int_equal(verdict.value, 512);
	assert_int_equal(verdict.violations, 2);
}

static void filters_narrow(void **state)
{
	(void)state;
	judged("lock.contended{area=1} == 0", OUTCOME_HOLDS);
	assert_int_equal(verdict.subjects, 2);
	judged("lock.contended{pool=default,area=0} == 0", OUTCOME_VIOLATED);
	judged("lock.contended{pool=swiotlb_*} == 0", OUTCOME_HOLDS);
	judged("pool.used{device=swiotlb_stress.1} == 0", OUTCOME_HOLDS);
	assert_int_equal(verdict.subjects, 1);
	judged("device.failures{device=0000:*} == 0", OUTCOME_HOLDS);
	judged("device.failures == 0", OUTCOME_VIOLATED);
	assert_string_equal(verdict.worst.device->name, "swiotlb_stress.0");
	judged("lock.contended{pool=nobody} == 0", OUTCOME_UNDECIDED);
	assert_non_null(strstr(doubt(), "no area matches"));
	judged("device.failures{device=nobody} == 0", OUTCOME_UNDECIDED);
}

static void percentages_are_exact(void **state)
{
	(void)state;
	/* 2048 of 4096 slots */
	judged("pool.used{pool=default} <= 50%", OUTCOME_HOLDS);
	judged("pool.used{pool=default} < 50%", OUTCOME_VIOLATED);
	judged("pool.used{pool=default} <= 49.99%", OUTCOME_VIOLATED);
	/* The fuller one is the worse, not the larger. */
	snap.pools[1].areas[0].used = 400;
	judged("area.used <= 60%", OUTCOME_VIOLATED);
	assert_ptr_equal(verdict.worst.pool, &snap.pools[1]);
	assert_int_equal(verdict.value, 400);
}

static void unknown_is_undecided(void **state)
{
	(void)state;
	judged("lock.contention_begin == 0", OUTCOME_UNDECIDED);
	assert_non_null(strstr(doubt(), "not attached"));
	assert_false(verdict.measured);
	snap.pools[0].areas[1].used = UINT64_MAX;
	judged("area.used <= 4096", OUTCOME_UNDECIDED);
	assert_non_null(strstr(doubt(), "pool default, area 1"));
	/* What is known to be violated is so. */
	judged("area.used <= 10", OUTCOME_VIOLATED);
}

static void nobody_is_undecided(void **state)
{
	(void)state;
	snapshot_release(&snap);
	fixture_quiet(&snap);
	judged("block.leaked == 0", OUTCOME_UNDECIDED);
	judged("device.failures == 0", OUTCOME_UNDECIDED);
	assert_non_null(strstr(doubt(), "not attached"));
	snapshot_release(&snap);
	fixture_empty(&snap);
	judged("pool.used == 0", OUTCOME_UNDECIDED);
}

static void loss_hides_only_what_it_can(void **state)
{
	(void)state;
	snap.losses[0].count = 1; /* of locks */
	judged("lock.contended <= 3", OUTCOME_UNDECIDED);
	assert_non_null(strstr(doubt(), "locks.no_begin"));
	judged("lock.contended <= 2", OUTCOME_VIOLATED);
	judged("lock.contended{area=0,pool=default} >= 3", OUTCOME_HOLDS);
	judged("lock.contended{area=0,pool=default} >= 4", OUTCOME_UNDECIDED);
	judged("lock.contended{area=0,pool=default} == 3", OUTCOME_UNDECIDED);
	judged("lock.contended{area=0,pool=default} == 2", OUTCOME_VIOLATED);
	judged("lock.contended{area=0,pool=default} == 4", OUTCOME_UNDECIDED);
	judged("lock.contended{area=0,pool=default} != 2", OUTCOME_HOLDS);
	judged("lock.contended{area=0,pool=default} != 3", OUTCOME_UNDECIDED);
	/* Others are not affected. */
	judged("block.leaked <= 2", OUTCOME_HOLDS);
	judged("pool.used <= 100%", OUTCOME_HOLDS);
	judged("loss.total == 0", OUTCOME_VIOLATED);
	judged("loss.total <= 1", OUTCOME_HOLDS);
}

/**
 * struct truth - what is known after a loss
 * @events: what was missed
 * @count: how often
 * @unowned: live mappings whose making was missed
 * @text: the assertion
 * @outcome: how it stands
 */
struct truth {
	unsigned int events;
	uint64_t count;
	uint64_t unowned;
	const char *text;
	enum outcome outcome;
};

#define CALLS (EVENT_MAP | EVENT_UNMAP | EVENT_COPY)

static const struct truth truths[] = {
	/* State is not moved by any number of events. */
	{ CALLS, 5000, 0, "map.leaked == 7", OUTCOME_HOLDS },
	{ CALLS, 5000, 0, "map.leaked == 0", OUTCOME_VIOLATED },
	{ CALLS, 5000, 0, "device.leaked{device=swiotlb_*} <= 7",
	  OUTCOME_HOLDS },
	{ CALLS, 5000, 0, "map.live == 20", OUTCOME_HOLDS },
	{ CALLS, 5000, 0, "map.live_slots == 20", OUTCOME_HOLDS },
	{ CALLS, 5000, 0, "map.unknown_age == 13", OUTCOME_HOLDS },
	{ CALLS, 5000, 0, "block.leaked == 2", OUTCOME_HOLDS },
	{ CALLS, 5000, 0, "pool.used <= 100%", OUTCOME_HOLDS },
	{ CALLS, 5000, 0, "lock.contended <= 3", OUTCOME_HOLDS },
	/* A mapping without an owner may be one that has leaked. */
	{ CALLS, 5000, 3, "map.leaked <= 9", OUTCOME_UNDECIDED },
	{ CALLS, 5000, 3, "map.leaked <= 10", OUTCOME_HOLDS },
	{ CALLS, 5000, 3, "map.leaked <= 6", OUTCOME_VIOLATED },
	{ CALLS, 5000, 3, "map.leaked == 11", OUTCOME_VIOLATED },
	{ EVENT_UNMAP, 5000, 3, "map.leaked == 7", OUTCOME_HOLDS },
	{ EVENT_GONE, 1, 0, "map.leaked <= 7", OUTCOME_UNDECIDED },
	{ EVENT_GONE, 1, 0, "map.leaked >= 7", OUTCOME_HOLDS },
	/* Counts only grow by what was missed. */
	{ EVENT_MAP, 1, 0, "map.maps >= 2000", OUTCOME_HOLDS },
	{ EVENT_MAP, 1, 0, "map.maps == 2000", OUTCOME_UNDECIDED },
	{ EVENT_MAP, 1, 0, "map.maps == 1999", OUTCOME_VIOLATED },
	{ EVENT_MAP, 1, 0, "map.unmaps == 1980", OUTCOME_HOLDS },
	{ EVENT_UNMAP, 1, 0, "map.unmaps <= 1980", OUTCOME_UNDECIDED },
	{ EVENT_UNMAP, 1, 0, "map.maps == 2000", OUTCOME_HOLDS },
	{ EVENT_MAP, 1, 0, "map.failures == 0", OUTCOME_VIOLATED },
	{ EVENT_MAP, 1, 0, "map.failures > 0", OUTCOME_HOLDS },
	{ EVENT_MAP, 1, 0, "map.failures <= 4", OUTCOME_UNDECIDED },
	{ EVENT_MAP, 1, 0, "map.failures.exhausted == 0", OUTCOME_UNDECIDED },
	{ EVENT_UNMAP, 1, 0, "map.failures.exhausted == 0", OUTCOME_HOLDS },
	/* Two causes are told apart by a scan, the others without. */
	{ EVENT_CAUSE, 9, 0, "map.failures == 4", OUTCOME_HOLDS },
	{ EVENT_CAUSE, 9, 0, "map.failures.oversize == 4", OUTCOME_HOLDS },
	{ EVENT_CAUSE, 9, 0, "map.failures.alignment == 0", OUTCOME_HOLDS },
	/* Ages and owners go either way. */
	{ CALLS, 1, 0, "map.oldest < 1h", OUTCOME_UNDECIDED },
	{ CALLS, 1, 0, "map.oldest > 1s", OUTCOME_UNDECIDED },
	{ CALLS, 1, 0, "device.live == 10", OUTCOME_UNDECIDED },
	{ CALLS, 1, 0, "device.live <= 20", OUTCOME_HOLDS },
	/* A call that was missed hides one wrong unmap at most. */
	{ EVENT_UNMAP, 3, 0, "map.unmapped_twice == 0", OUTCOME_UNDECIDED },
	{ EVENT_UNMAP, 3, 0, "map.unmapped_twice <= 3", OUTCOME_HOLDS },
	{ EVENT_UNMAP, 3, 0, "map.unmapped_twice >= 4", OUTCOME_VIOLATED },
	{ EVENT_MAP, 3, 0, "map.unmapped_twice == 0", OUTCOME_HOLDS },
	{ EVENT_MAP, 3, 0, "map.wrong_size <= 3", OUTCOME_HOLDS },
	{ EVENT_MAP, 3, 0, "map.wrong_device <= 2", OUTCOME_UNDECIDED },
	{ EVENT_UNMAP, 3, 0, "device.wrong_device == 0", OUTCOME_UNDECIDED },
	{ EVENT_UNMAP | EVENT_UNCOUNTED, 1, 0, "map.wrong_size <= 1",
	  OUTCOME_UNDECIDED },
	/* Devices that are not told apart. */
	{ EVENT_DEVICE, 1, 0, "map.wrong_device == 0", OUTCOME_HOLDS },
	{ EVENT_DEVICE, 1, 0, "device.wrong_device == 0", OUTCOME_UNDECIDED },
	{ EVENT_DEVICE, 1, 0, "map.failures == 4", OUTCOME_HOLDS },
	{ EVENT_DEVICE, 1, 0, "device.failures <= 4", OUTCOME_UNDECIDED },
	{ EVENT_DEVICE, 1, 0, "device.failures <= 3", OUTCOME_VIOLATED },
	{ EVENT_DEVICE, 1, 0, "device.failures{device=swiotlb_stress.0} <= 4",
	  OUTCOME_HOLDS },
	/* Blocks: the lists are state, the calls are not. */
	{ EVENT_BLOCK, 1, 0, "block.freed <= 2", OUTCOME_UNDECIDED },
	{ EVENT_BLOCK, 1, 0, "block.freed >= 2", OUTCOME_HOLDS },
	{ EVENT_BLOCK, 1, 0, "block.live == 2", OUTCOME_HOLDS },
	{ EVENT_BLOCK, 1, 0, "block.orphaned == 1", OUTCOME_HOLDS },
	{ EVENT_BLOCK, 1, 0, "block.leaked == 2", OUTCOME_HOLDS },
	{ EVENT_OWNER, 1, 0, "block.freed == 2", OUTCOME_HOLDS },
	/* Quantiles go either way, but not further than so many waits move
	   them. */
	{ EVENT_WAIT, 1, 0, "lock.wait.p50{pool=default,area=0} <= 1023ns",
	  OUTCOME_HOLDS },
	{ EVENT_WAIT, 1, 0, "lock.wait.p50{pool=default,area=0} >= 127ns",
	  OUTCOME_HOLDS },
	{ EVENT_WAIT, 1, 0, "lock.wait.p50{pool=default,area=0} >= 128ns",
	  OUTCOME_UNDECIDED },
	{ EVENT_WAIT, 1, 0, "lock.wait.p99{pool=default,area=0} < 1s",
	  OUTCOME_UNDECIDED },
	{ EVENT_WAIT | EVENT_UNCOUNTED, 1, 0,
	  "lock.wait.p50{pool=default,area=0} <= 1023ns", OUTCOME_UNDECIDED },
	{ EVENT_WAIT, 1, 0, "lock.wait.max >= 40us", OUTCOME_UNDECIDED },
	{ EVENT_WAIT, 1, 0, "lock.wait.max{pool=default,area=0} >= 40us",
	  OUTCOME_HOLDS },
	/* Pools that were not found. */
	{ EVENT_POOL, 1, 0, "pool.used <= 100%", OUTCOME_UNDECIDED },
	{ EVENT_POOL, 1, 0, "pool.used{pool=default} <= 100%", OUTCOME_HOLDS },
	{ EVENT_POOL, 1, 0, "pool.used{pool=d*} <= 100%", OUTCOME_UNDECIDED },
	{ EVENT_POOL, 1, 0, "pool.used <= 10%", OUTCOME_VIOLATED },
	{ EVENT_POOL, 1, 0, "block.orphaned == 0", OUTCOME_UNDECIDED },
	{ EVENT_POOL, 1, 0, "block.leaked <= 2", OUTCOME_UNDECIDED },
	{ EVENT_POOL, 1, 0, "map.live >= 20", OUTCOME_HOLDS },
	{ EVENT_POOL, 1, 0, "map.leaked <= 7", OUTCOME_UNDECIDED },
	{ EVENT_POOL, 1, 0, "map.failures == 4", OUTCOME_HOLDS },
	{ EVENT_POOL, 1, 0, "loss.total <= 1", OUTCOME_HOLDS },
};

static void a_loss_bears_on_what_it_could_have_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++) {
		const struct truth *truth = &truths[i];

		snap.losses[0].events = truth->events;
		snap.losses[0].count = truth->count;
		snap.mappings.unowned = truth->unowned;
		judged(truth->text, truth->outcome);
	}
}

/* Of two calls that were missed one unmap may look wrong, and no more. */
static void a_stale_record_accuses_once(void **state)
{
	(void)state;
	snap.mappings.wrong[UNMAP_WRONG_SIZE] = 5;
	snap.mappings.wrong[UNMAP_TWICE] = 5;
	snap.losses[0].count = 4;
	snap.losses[0].events = EVENT_UNMAP;
	judged("map.wrong_size >= 5", OUTCOME_HOLDS);
	snap.losses[0].events = CALLS;
	judged("map.wrong_size >= 3", OUTCOME_HOLDS);
	judged("map.wrong_size >= 4", OUTCOME_UNDECIDED);
	judged("map.wrong_size == 0", OUTCOME_VIOLATED);
	judged("map.unmapped_twice >= 5", OUTCOME_HOLDS);
	snap.losses[0].count = 10;
	judged("map.wrong_size == 0", OUTCOME_UNDECIDED);
}

static void a_missed_call_moves_growth_by_one(void **state)
{
	(void)state;
	snap.mappings.grown = 5;
	snap.losses[0].count = 3;
	snap.losses[0].events = EVENT_MAP;
	judged("map.grown <= 8", OUTCOME_HOLDS);
	judged("map.grown <= 7", OUTCOME_UNDECIDED);
	judged("map.grown >= 2", OUTCOME_HOLDS);
	judged("map.grown >= 3", OUTCOME_UNDECIDED);
	judged("map.grown == 0", OUTCOME_VIOLATED);
	judged("device.grown <= 3", OUTCOME_HOLDS);
	snap.losses[0].events = EVENT_UNMAP;
	snap.losses[0].count = 5;
	judged("map.grown == 0", OUTCOME_UNDECIDED);
	judged("map.grown <= 10", OUTCOME_HOLDS);
	snap.losses[0].events |= EVENT_UNCOUNTED;
	judged("map.grown <= 10", OUTCOME_UNDECIDED);
	judged("map.grown >= 0", OUTCOME_HOLDS);
}

static void doubt_is_told(void **state)
{
	(void)state;
	snap.losses[0].count = 1;
	judged("lock.contended{pool=default,area=0} <= 3", OUTCOME_UNDECIDED);
	assert_string_equal(doubt(),
			    "it is 3 or more: 1 missed (locks.no_begin: a wait "
			    "whose begin was not seen is not counted)");
	snap.losses[1].events = EVENT_MAP;
	strcpy(snap.losses[1].cause, "mappings.unseen_map");
	snap.losses[1].count = 5;
	snap.mappings.unowned = 3;
	judged("map.leaked <= 9", OUTCOME_UNDECIDED);
	assert_non_null(strstr(doubt(), "it is between 7 and 10: 5 missed "
					"(mappings.unseen_map: "));
	judged("map.oldest < 1h", OUTCOME_UNDECIDED);
	assert_non_null(
		strstr(doubt(), "the true value is not known: 5 missed"));
	snap.losses[1].events = EVENT_DEVICE;
	judged("device.maps <= 1000", OUTCOME_UNDECIDED);
	assert_non_null(
		strstr(doubt(), "not every device may have been found: 5"));
}

static void partial_hooks_hide(void **state)
{
	(void)state;
	snap.hooks[1].partial = true; /* locks.wait */
	judged("lock.contended <= 3", OUTCOME_UNDECIDED);
	assert_non_null(strstr(doubt(), "locks.wait"));
	judged("lock.contended <= 2", OUTCOME_VIOLATED);
	judged("block.leaked <= 2", OUTCOME_HOLDS);
	/* What it did not see, nobody has counted. */
	judged("lock.wait.p50{pool=default,area=0} <= 1023ns",
	       OUTCOME_UNDECIDED);
}

static void an_open_window_decides_what_only_rises(void **state)
{
	(void)state;
	evidence.open = true;
	evidence.open_reason = "the window was cut short";
	judged("lock.contended <= 2", OUTCOME_VIOLATED);
	judged("lock.contended <= 3", OUTCOME_UNDECIDED);
	assert_string_equal(doubt(), "the window was cut short");
	judged("lock.contended{area=0,pool=default} >= 3", OUTCOME_HOLDS);
	judged("block.live <= 0", OUTCOME_UNDECIDED);
	judged("pool.used_peak{pool=default} <= 10%", OUTCOME_VIOLATED);
	evidence.open = false;
}

static struct baseline figures(const char *metric, const char *name,
			       uint32_t area, int64_t value)
{
	struct baseline baseline = { 0 };
	struct figure figure = {
		.metric = metric_find(metric),
		.value = value,
		.area = area,
	};

	snprintf(figure.name, sizeof(figure.name), "%s", name);
	assert_int_equal(baseline_add(&baseline, &figure), 0);
	return baseline;
}

static void baselines_compare(void **state)
{
	struct baseline baseline = figures("block.live", "", 0, 2);

	(void)state;
	evidence.baseline = &baseline;
	judged("block.live <= baseline", OUTCOME_HOLDS);
	judged("block.live < baseline", OUTCOME_VIOLATED);
	judged("block.live <= baseline * 0.99", OUTCOME_VIOLATED);
	judged("block.live <= baseline - 1", OUTCOME_VIOLATED);
	judged("block.live == baseline + 0", OUTCOME_HOLDS);
	judged("block.leaked <= baseline", OUTCOME_UNDECIDED);
	assert_non_null(strstr(doubt(), "baseline has no such figure"));
	baseline_release(&baseline);
	baseline = figures("lock.wait.max", "default", 0, 36364);
	judged("lock.wait.max{pool=default,area=0} <= baseline * 1.10",
	       OUTCOME_HOLDS);
	judged("lock.wait.max{pool=default,area=0} <= baseline * 1.099",
	       OUTCOME_VIOLATED);
	/* Area 1 has no figure. */
	judged("lock.wait.max{pool=default} <= baseline * 1.10",
	       OUTCOME_UNDECIDED);
	baseline_release(&baseline);
	evidence.baseline = NULL;
	judged("block.live <= baseline", OUTCOME_UNDECIDED);
}

static const char *culprit(size_t number)
{
	static char text[CULPRIT_TEXT_LEN];

	return culprit_text(&verdict.culprits[number], &snap, text);
}

static bool blames(const char *text)
{
	for (size_t i = 0; i < verdict.nr_culprits; i++)
		if (strstr(culprit(i), text))
			return true;
	return false;
}

static void culprits_are_named(void **state)
{
	(void)state;
	judged("block.leaked == 0", OUTCOME_VIOLATED);
	assert_int_equal(verdict.nr_culprits, 2);
	assert_true(blames("swiotlb_stress.1: 1 block (2 MiB) of pool "
			   "default, area 1"));
	assert_true(blames("an unknown device (gone)"));
	assert_non_null(verdict.culprits[1].stack);
	judged("block.orphaned == 0", OUTCOME_VIOLATED);
	assert_int_equal(verdict.nr_culprits, 1);
	judged("map.leaked == 0", OUTCOME_VIOLATED);
	assert_int_equal(verdict.nr_culprits, 1);
	assert_true(blames("swiotlb_stress.0: 7 mappings"));
	judged("map.failures.oversize == 0", OUTCOME_VIOLATED);
	assert_int_equal(verdict.nr_culprits, 1);
	assert_true(blames("device swiotlb_stress.0: 4"));
	judged("map.failures == 0", OUTCOME_VIOLATED);
	assert_true(blames("device swiotlb_stress.0: 4"));
	snap.pools[0].areas[1].blocks.unreclaimed = 3;
	snapshot_finish(&snap);
	judged("block.unreclaimed == 0", OUTCOME_VIOLATED);
	assert_int_equal(verdict.nr_culprits, 1);
	assert_true(blames("pool default, area 1: 3"));
	judged("block.stale == 0", OUTCOME_HOLDS);
	snap.pools[1].stale = true;
	judged("block.stale == 0", OUTCOME_VIOLATED);
	assert_int_equal(verdict.nr_culprits, 1);
	assert_true(blames(
		"swiotlb_stress.1: pool of 2 MiB, from pool default, given back"));
	judged("block.leaked <= 2", OUTCOME_HOLDS);
	assert_int_equal(verdict.nr_culprits, 0);
}

static void wrong_unmaps_have_culprits(void **state)
{
	(void)state;
	snapshot_release(&snap);
	fixture_wrong_unmaps(&snap);
	snap.losses[0].count = 0;
	judged("map.unmapped_twice == 0", OUTCOME_VIOLATED);
	assert_int_equal(verdict.nr_culprits, 1);
	assert_string_equal(culprit(0),
			    "swiotlb_stress.0: 9 unmaps where nothing was "
			    "mapped any more; first in default, slot 256");
	assert_non_null(verdict.culprits[0].stack);
	judged("map.wrong_device == 0", OUTCOME_VIOLATED);
	assert_int_equal(verdict.nr_culprits, 1);
	assert_non_null(strstr(culprit(0), "swiotlb_stress.0: 5 unmaps of what "
					   "0000:00:03.0 had mapped"));
	judged("map.wrong_size <= 3", OUTCOME_VIOLATED);
	assert_int_equal(verdict.nr_culprits, 2);
	judged("device.wrong_size == 0", OUTCOME_VIOLATED);
	assert_int_equal(verdict.nr_culprits, 1);
	assert_non_null(strstr(culprit(0),
			       "0000:00:03.0: 3 unmaps of another size, as "
			       "2048 for 4096 bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_comparison, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_worst_counts, setup,
						teardown),
		cmocka_unit_test_setup_teardown(filters_narrow, setup,
						teardown),
		cmocka_unit_test_setup_teardown(percentages_are_exact, setup,
						teardown),
		cmocka_unit_test_setup_teardown(unknown_is_undecided, setup,
						teardown),
		cmocka_unit_test_setup_teardown(nobody_is_undecided, setup,
						teardown),
		cmocka_unit_test_setup_teardown(loss_hides_only_what_it_can,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_loss_bears_on_what_it_could_have_changed, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_stale_record_accuses_once,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_missed_call_moves_growth_by_one, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_unmaps_have_culprits,
						setup, teardown),
		cmocka_unit_test_setup_teardown(doubt_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(partial_hooks_hide, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			an_open_window_decides_what_only_rises, setup,
			teardown),
		cmocka_unit_test_setup_teardown(baselines_compare, setup,
						teardown),
		cmocka_unit_test_setup_teardown(culprits_are_named, setup,
						teardown),
	};

	return cmocka_run_group_tests_name("verdicts", tests, NULL, NULL);
}

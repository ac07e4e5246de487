/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/verdict.h"
#include "model_fixture.h"
#include "util/units.h"

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
			 verdict.reason);
	if (outcome == OUTCOME_UNDECIDED)
		assert_true(*verdict.reason);
	else
		assert_false(*verdict.reason);
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
	assert_non_null(strstr(verdict.reason, "no area matches"));
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
	assert_non_null(strstr(verdict.reason, "not attached"));
	assert_false(verdict.measured);
	snap.pools[0].areas[1].used = UINT64_MAX;
	judged("area.used <= 4096", OUTCOME_UNDECIDED);
	assert_non_null(strstr(verdict.reason, "pool default, area 1"));
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
	assert_non_null(strstr(verdict.reason, "not attached"));
	snapshot_release(&snap);
	fixture_empty(&snap);
	judged("pool.used == 0", OUTCOME_UNDECIDED);
}

static void loss_hides_only_what_it_can(void **state)
{
	(void)state;
	snap.losses[0].count = 1; /* of locks */
	judged("lock.contended <= 3", OUTCOME_UNDECIDED);
	assert_non_null(strstr(verdict.reason, "locks.no_begin"));
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
	/* What no level sees hides anything. */
	snap.losses[0].levels = 0;
	judged("block.leaked <= 2", OUTCOME_UNDECIDED);
	judged("pool.used <= 100%", OUTCOME_UNDECIDED);
	judged("loss.total <= 1", OUTCOME_HOLDS);
}

static void partial_hooks_hide(void **state)
{
	(void)state;
	snap.hooks[1].partial = true; /* locks.wait */
	judged("lock.contended <= 3", OUTCOME_UNDECIDED);
	assert_non_null(strstr(verdict.reason, "locks.wait"));
	judged("lock.contended <= 2", OUTCOME_VIOLATED);
	judged("block.leaked <= 2", OUTCOME_HOLDS);
}

static void an_open_window_decides_what_only_rises(void **state)
{
	(void)state;
	evidence.open = true;
	evidence.open_reason = "the window was cut short";
	judged("lock.contended <= 2", OUTCOME_VIOLATED);
	judged("lock.contended <= 3", OUTCOME_UNDECIDED);
	assert_string_equal(verdict.reason, "the window was cut short");
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
	assert_non_null(strstr(verdict.reason, "baseline has no such figure"));
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

static bool blames(const char *text)
{
	for (size_t i = 0; i < verdict.nr_culprits; i++)
		if (strstr(verdict.culprits[i].text, text))
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

/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "model/advice.h"
#include "model/sizing.h"
#include "model_fixture.h"
#include "util/units.h"
#include "views/advice.h"

/* Of as many waits all is told. */
#define WAITS 100000

/**
 * struct load - a load that is simulated by rule
 * @needs: slots that serve all of it
 * @per_area: slots more for each area, as it is fragmented by them
 * @oversize: requests that no size serves
 * @handovers: locks taken behind another CPU, with one area
 * @waited_ns: time waited with one area, at a hold of 1 us; with two areas
 *	there are WAITS waits then
 */
struct load {
	uint64_t needs;
	uint64_t per_area;
	uint64_t oversize;
	uint64_t handovers;
	double waited_ns;
};

static struct snapshot snap;
static struct interval interval;
static struct advice advice;

static int begin_quiet(void **state)
{
	(void)state;
	fixture_quiet(&snap);
	snap.window.duration_ns = 60 * NS_PER_SEC;
	snap.kernel.cpus = 4;
	snap.boot = (struct boot_request){
		.areas = 2,
		.slots = 4096,
		.force = true,
	};
	return 0;
}

static int end(void **state)
{
	(void)state;
	interval_release(&interval);
	snapshot_release(&snap);
	return 0;
}

static void begin_with(const struct goal *goal, const struct setting *whatifs,
		       size_t nr)
{
	interval_release(&interval);
	assert_int_equal(interval_make(NULL, &snap, &snap.window, &interval),
			 0);
	advice_begin(&advice, &interval, goal, whatifs, nr);
}

static void begin(void)
{
	const struct goal goal = GOAL_DEFAULT;

	begin_with(&goal, NULL, 0);
}

/* Each row gets what the load would do, as a pass over a trace gives it. */
static void simulate(const struct load *load)
{
	for (size_t i = 0; i < advice.nr; i++) {
		struct advice_row *row = &advice.rows[i];
		struct outcome *outcome = &row->outcome;
		double hold =
			(advice.basis.hold_ns + advice.basis.rest_ns) / 1000;
		uint64_t needs;

		*outcome = (struct outcome){ .setting = row->setting,
					     .requests = 1000000 };
		if (!outcome->setting.slots)
			outcome->setting.slots = advice.pool->slots;
		if (!outcome->setting.areas)
			outcome->setting.areas = advice.pool->nr_areas;
		needs = load->needs + load->per_area * outcome->setting.areas;
		outcome->peak = needs;
		if (needs > outcome->setting.slots) {
			outcome->refused[FAILURE_EXHAUSTED] =
				needs - outcome->setting.slots;
			outcome->peak = outcome->setting.slots;
		}
		outcome->refused[FAILURE_OVERSIZE] = load->oversize;
		outcome->waited_ns = (uint64_t)(load->waited_ns * hold * hold /
						outcome->setting.areas);
		outcome->handovers = load->handovers / outcome->setting.areas;
		if (outcome->waited_ns)
			outcome->contended = (uint64_t)(2 * WAITS * hold /
							outcome->setting.areas);
	}
}

static void advise(const struct load *load)
{
	advice_sizes(&advice);
	simulate(load);
	if (!advice_areas(&advice))
		return;
	simulate(load);
	advice_conclude(&advice);
}

/* As the command does, which fits as long as it gets nearer. */
static void advise_sizes_and_fit(const struct load *load)
{
	advice_sizes(&advice);
	simulate(load);
	assert_true(advice_areas(&advice));
	do
		simulate(load);
	while (!advice_fit(&advice));
	advice_conclude(&advice);
}

static void measure_waits(uint64_t total_ns)
{
	struct waits *waits = &snap.pools[0].areas[0].locks;

	*waits = (struct waits){ 0 };
	fixture_wait(waits, total_ns);
	waits->contended = WAITS;
}

/*
 * With a trace
 */

static void the_smallest_size_and_the_fewest_areas_do(void **state)
{
	const struct load load = { .needs = 1500 };

	(void)state;
	begin();
	advise(&load);
	assert_int_equal(advice.state, ADVICE_CHANGE);
	assert_int_equal(advice.slots, 2048);
	assert_int_equal(advice.areas, 1);
	assert_string_equal(advice.argument, "swiotlb=2048,1,force");
	assert_int_equal(advice_row(&advice, ROLE_SMALLER)->setting.slots,
			 1024);
	assert_true(advice_row(&advice, ROLE_SMALLER)->misses &
		    MISSES_REFUSALS);
	assert_null(advice_row(&advice, ROLE_FEWER));
	assert_null(advice_row(&advice, ROLE_TRIED));
}

static void a_pool_that_refuses_becomes_larger(void **state)
{
	const struct load load = { .needs = 20000, .oversize = 7 };

	(void)state;
	begin();
	advise(&load);
	assert_int_equal(advice.state, ADVICE_CHANGE);
	assert_int_equal(advice.slots, 32768);
	assert_true(advice.rows[0].misses & MISSES_REFUSALS);
	/* What no size serves is no reason against one. */
	assert_int_equal(
		outcome_unhelped(&advice_row(&advice, ROLE_ADVISED)->outcome),
		7);
}

static void spare_slots_are_a_part_of_the_goal(void **state)
{
	const struct load load = { .needs = 1700 };
	struct goal goal = GOAL_DEFAULT;

	(void)state;
	begin_with(&goal, NULL, 0);
	advise(&load);
	assert_int_equal(advice.slots, 4096);
	assert_int_equal(advice_row(&advice, ROLE_SMALLER)->misses,
			 MISSES_SPARE);
	goal.spare_share = 0;
	begin_with(&goal, NULL, 0);
	advise(&load);
	assert_int_equal(advice.slots, 2048);
}

static void refusals_may_be_allowed(void **state)
{
	const struct load load = { .needs = 1100 };
	const struct goal goal = { .refusals = 100, .wait_share = 100 };

	(void)state;
	begin_with(&goal, NULL, 0);
	advise(&load);
	assert_int_equal(advice.slots, 1024);
}

static void waits_ask_for_areas(void **state)
{
	/* 2.4 s of 60 s with one area, which is 4 %. */
	const struct load load = { .needs = 1500, .waited_ns = 2.4e9 };

	(void)state;
	measure_waits(1200 * NS_PER_MS);
	begin();
	advise(&load);
	assert_int_equal(advice.hold_source, HOLD_FITTED);
	assert_in_range((uint64_t)advice.basis.hold_ns, 998, 1002);
	assert_int_equal(advice.state, ADVICE_CHANGE);
	assert_int_equal(advice.slots, 2048);
	assert_int_equal(advice.areas, 4);
	assert_int_equal(advice_row(&advice, ROLE_FEWER)->setting.areas, 2);
	assert_int_equal(advice_row(&advice, ROLE_FEWER)->misses, MISSES_WAITS);
}

/* As where a hypervisor stops CPUs in the queue: waits are no more, but longer.
 */
static void long_waits_are_as_long_elsewhere(void **state)
{
	const struct load load = { .needs = 1500, .waited_ns = 2.4e9 };

	(void)state;
	measure_waits(3600 * NS_PER_MS);
	begin();
	advise(&load);
	assert_in_range((uint64_t)advice.basis.hold_ns, 998, 1002);
	assert_in_range((uint64_t)advice.wait_more_ns, 2395 * NS_PER_MS / WAITS,
			2405 * NS_PER_MS / WAITS);
	assert_in_range(advice.rows[0].outcome.waited_ns, 3590 * NS_PER_MS,
			3610 * NS_PER_MS);
	assert_in_range(advice_row(&advice, ROLE_FEWER)->outcome.waited_ns,
			3590 * NS_PER_MS, 3610 * NS_PER_MS);
	assert_int_equal(advice_row(&advice, ROLE_FEWER)->misses, MISSES_WAITS);
}

/* As where it stops them so often that hardly two run at a time. */
static void waits_that_no_queue_tells_are_told(void **state)
{
	const struct load load = { .needs = 1500, .handovers = 4 * WAITS };

	(void)state;
	measure_waits(1200 * NS_PER_MS);
	begin();
	advise(&load);
	assert_int_equal(advice.rows[0].outcome.contended, WAITS);
	assert_int_equal(advice.rows[0].outcome.waited_ns, 1200 * NS_PER_MS);
	assert_int_equal(advice.areas, 4);
	assert_int_equal(advice_row(&advice, ROLE_FEWER)->outcome.contended,
			 WAITS);
}

static void fewer_areas_may_fit_where_more_do_not(void **state)
{
	const struct load load = { .needs = 900, .per_area = 60 };
	const struct goal goal = { .wait_share = 100 };

	(void)state;
	begin_with(&goal, NULL, 0);
	advise(&load);
	/* Two areas need 1020, and one 960. */
	assert_int_equal(advice.slots, 1024);
	assert_int_equal(advice.areas, 1);
}

static void areas_set_the_least_size(void **state)
{
	const struct load load = { .needs = 10 };

	(void)state;
	snap.pools[0].used_peak = 10;
	begin();
	advise(&load);
	assert_int_equal(advice.slots, sizing_smallest(0, 1));
	assert_null(advice_row(&advice, ROLE_SMALLER));
}

static void what_is_right_is_kept(void **state)
{
	const struct load load = { .needs = 2500, .waited_ns = 1.1e9 };

	(void)state;
	measure_waits(550 * NS_PER_MS);
	begin();
	advise(&load);
	assert_int_equal(advice.state, ADVICE_KEEP);
	assert_string_equal(advice.argument, "swiotlb=4096,2,force");
}

static void waits_that_no_area_helps_are_told(void **state)
{
	const struct load load = { .needs = 1500, .waited_ns = 24e9 };

	(void)state;
	measure_waits(12 * NS_PER_SEC);
	begin();
	advise(&load);
	assert_int_equal(advice.state, ADVICE_UNMET);
	assert_int_equal(advice_row(&advice, ROLE_ADVISED)->misses,
			 MISSES_WAITS);
	assert_int_equal(advice.slots, 2048);
	assert_int_equal(advice.areas, 4);
}

static void a_size_beyond_all_that_was_tried_is_told(void **state)
{
	const struct load load = { .needs = 1 << 20 };

	(void)state;
	begin();
	advise(&load);
	assert_int_equal(advice.state, ADVICE_UNMET);
	assert_true(advice_row(&advice, ROLE_ADVISED)->misses &
		    MISSES_REFUSALS);
	assert_int_equal(advice.slots, 65536);
}

static void measure_holds(const struct histogram *hold, uint64_t mean_ns)
{
	struct holds *holds = &snap.pools[0].areas[1].holds;

	snap.levels |= LEVEL_HOLDS;
	snap.hooks = reallocarray(snap.hooks, snap.nr_hooks + 1,
				  sizeof(*snap.hooks));
	snap.hooks[snap.nr_hooks++] = (struct hook){
		.name = "holds.lock",
		.level = LEVEL_HOLDS,
		.state = HOOK_KPROBE,
	};
	holds->hold = *hold;
	holds->acquisitions = histogram_total(hold);
	holds->total_ns = mean_ns * holds->acquisitions;
}

static void the_level_holds_is_believed(void **state)
{
	const struct histogram hold = { .count = { [11] = 1000, [20] = 2 } };
	const struct load load = { .needs = 1500 };

	(void)state;
	measure_holds(&hold, 5000);
	begin();
	advise(&load);
	assert_int_equal(advice.hold_source, HOLD_MEASURED);
	assert_int_equal((int)advice.basis.hold_ns, 5000);
	assert_int_equal((int)advice.basis.rest_ns, 0);
	assert_int_equal(histogram_total(&advice.basis.holds), 1002);
}

/* Programs of the tool run after a hold was measured. */
static void waits_tell_what_holds_lack(void **state)
{
	const struct histogram hold = { .count = { [8] = 1000, [20] = 2 } };
	const struct load load = { .needs = 1500, .waited_ns = 2.4e9 };

	(void)state;
	measure_waits(1200 * NS_PER_MS);
	measure_holds(&hold, 2000);
	begin();
	advise_sizes_and_fit(&load);
	assert_int_equal(advice.hold_source, HOLD_MEASURED);
	/* What few long ones cost is in the waits. */
	assert_int_equal(histogram_total(&advice.basis.holds), 1000);
	assert_int_equal((int)advice.basis.hold_ns, 384);
	assert_in_range((uint64_t)advice.basis.rest_ns, 600, 632);
}

static void what_ifs_are_rounded_and_kept(void **state)
{
	const struct setting whatifs[] = {
		{ .slots = 5000, .areas = 3 },
		{ .areas = 64 },
		{ .slots = 1024 },
		{ .device = "nvme*", .device_areas = 4 },
	};
	const struct load load = { .needs = 1500 };
	const struct goal goal = GOAL_DEFAULT;

	(void)state;
	begin_with(&goal, whatifs, 4);
	assert_int_equal(advice.rows[1].setting.slots, 8192);
	assert_int_equal(advice.rows[1].setting.areas, 4);
	assert_int_equal(advice.rows[2].setting.slots, 8192);
	assert_int_equal(advice.rows[2].setting.areas, 64);
	assert_int_equal(advice.rows[3].setting.slots, 1024);
	assert_int_equal(advice.rows[4].setting.slots, 0);
	advise(&load);
	for (size_t i = 1; i <= 4; i++)
		assert_int_equal(advice.rows[i].role, ROLE_WHATIF);
	assert_int_equal(advice.rows[3].misses, MISSES_REFUSALS | MISSES_SPARE);
	assert_string_equal(advice.rows[4].setting.device, "nvme*");
}

/*
 * No advice
 */

static void a_leak_is_an_obstacle(void **state)
{
	(void)state;
	snapshot_release(&snap);
	fixture_busy(&snap);
	begin();
	assert_int_equal(advice.state, ADVICE_NONE);
	assert_int_equal(advice.obstacle, OBSTACLE_FAULT);
	assert_string_equal(advice.fault->rule->id, "block-leak");
}

static void pools_that_grow_are_an_obstacle(void **state)
{
	(void)state;
	snap.kernel.pools_grow = true;
	begin();
	assert_int_equal(advice.obstacle, OBSTACLE_GROWS);
}

static void no_pool_is_an_obstacle(void **state)
{
	(void)state;
	snapshot_release(&snap);
	fixture_empty(&snap);
	begin();
	assert_int_equal(advice.obstacle, OBSTACLE_POOL);
}

static void lost_requests_are_an_obstacle(void **state)
{
	const struct load load = { .needs = 1500 };
	const struct trace part = { .lost = 600, .unordered = 3 };

	(void)state;
	begin();
	advice_note(&advice, &part);
	advise(&load);
	assert_int_equal(advice.obstacle, OBSTACLE_NONE);
	begin();
	advice_note(&advice, &part);
	advice_note(&advice, &part);
	advise(&load);
	assert_int_equal(advice.obstacle, OBSTACLE_LOST);
	assert_int_equal(advice.state, ADVICE_NONE);
	assert_int_equal(advice.lost, 1200);
	assert_int_equal(advice.unordered, 6);
}

/*
 * By figures
 */

static void by_figures(void)
{
	begin();
	advice_by_figures(&advice);
}

static void set_peak(uint64_t peak)
{
	snap.pools[0].used_peak = peak;
	snap.pools[0].used_hiwater = UINT64_MAX;
}

static void a_peak_that_has_room_is_kept(void **state)
{
	(void)state;
	set_peak(1000);
	by_figures();
	assert_false(advice.traced);
	assert_int_equal(advice.state, ADVICE_KEEP);
	assert_int_equal(advice.slots, 4096);
	assert_int_equal(advice.areas, 2);
}

static void a_high_peak_asks_for_more(void **state)
{
	(void)state;
	set_peak(3800);
	by_figures();
	assert_int_equal(advice.state, ADVICE_CHANGE);
	assert_string_equal(advice.argument, "swiotlb=8192,2,force");
}

static void figures_of_refusals_double_it(void **state)
{
	(void)state;
	set_peak(2000);
	snap.mappings.counted = true;
	snap.mappings.failures[FAILURE_FRAGMENTED] = 1;
	by_figures();
	assert_int_equal(advice.slots, 8192);
	snap.mappings.failures[FAILURE_FRAGMENTED] = 0;
	snap.mappings.failures[FAILURE_OVERSIZE] = 1;
	by_figures();
	assert_int_equal(advice.slots, 4096);
}

static void figures_of_waits_ask_for_an_area_a_cpu(void **state)
{
	(void)state;
	set_peak(1000);
	measure_waits(2 * NS_PER_SEC);
	by_figures();
	assert_int_equal(advice.state, ADVICE_CHANGE);
	assert_string_equal(advice.argument, "swiotlb=4096,4,force");
	snap.kernel.cpus = 2;
	by_figures();
	assert_int_equal(advice.state, ADVICE_UNMET);
}

/* A minute is no reason to make a pool smaller; a day is. */
static void a_long_watch_makes_it_smaller(void **state)
{
	(void)state;
	snap.pools[0].areas[0].slots = 16384;
	snap.pools[0].areas[1].slots = 16384;
	snap.pools[0].slots = 32768;
	set_peak(300);
	by_figures();
	assert_int_equal(advice.state, ADVICE_KEEP);
	snap.window.duration_ns = 24 * 3600 * NS_PER_SEC;
	by_figures();
	assert_int_equal(advice.state, ADVICE_CHANGE);
	assert_string_equal(advice.argument, "swiotlb=1024,2,force");
}

static void an_idle_pool_tells_nothing(void **state)
{
	(void)state;
	snap.pools[0].areas[0].used = snap.pools[0].areas[1].used = 0;
	set_peak(0);
	by_figures();
	assert_int_equal(advice.obstacle, OBSTACLE_IDLE);
	snap.pools[0].used = UINT64_MAX;
	for (unsigned int i = 0; i < snap.pools[0].nr_areas; i++)
		snap.pools[0].areas[i].used = UINT64_MAX;
	by_figures();
	assert_int_equal(advice.obstacle, OBSTACLE_USE);
}

/*
 * Views
 */

static void assert_shown(const char *shown, const char *part)
{
	if (!strstr(shown, part))
		fail_msg("no '%s' in:\n%s", part, shown);
}

/* Shown as text; to be freed. */
static char *show(void)
{
	char *shown = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&shown, &size);
	struct page page;

	assert_non_null(stream);
	page_init(&page, stream, -1);
	advice_text(&advice, &page.pane);
	assert_int_equal(page_write(&page), 0);
	fclose(stream);
	return shown;
}

static void settings_are_shown_beside_what_is(void **state)
{
	static const char *const parts[] = {
		"boot with swiotlb=2048,4,force: 2048 slots (4 MiB) in 4 areas",
		"instead of 4096 (8 MiB) in 2",
		"MiB of memory less than now",
		"  now, measured     4096     2 8.09 MiB     700   -",
		"  now, predicted    4096     2 8.09 MiB    1500   0         0",
		"  what if           8192     8",
		"  advised           2048     4",
		"  half the slots    1024     4",
		"  half the areas    2048     2",
		"    misses the goal by refusals, peak",
		"    misses the goal by waits",
		"    nvme* has a pool of its own, of 4 areas, each a block",
		"1000000 maps in 60.0 s; 5 requests lost, 2 whose order",
		"and 10 ns for each slot",
		"a busier time than the 60.0 s watched",
		"pools of blocks: this kernel has no",
		"  swiotlb check -t 60 \\\n      -a 'map.failures.exhausted <= 0' \\",
		"      -a 'lock.wait.total{pool=default} <= 600000us' \\",
	};
	const struct setting whatifs[] = {
		{ .slots = 8192, .areas = 8 },
		{ .device = "nvme*", .device_areas = 4 },
	};
	const struct load load = { .needs = 1500, .waited_ns = 2.4e9 };
	const struct trace part = { .lost = 5, .unordered = 2 };
	const struct goal goal = GOAL_DEFAULT;
	char *shown;

	(void)state;
	measure_waits(1200 * NS_PER_MS);
	begin_with(&goal, whatifs, 2);
	advice_note(&advice, &part);
	advise(&load);
	shown = show();
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		assert_shown(shown, parts[i]);
	free(shown);
}

/* Of what is kept, the same line is not shown twice. */
static void what_is_kept_is_shown_once(void **state)
{
	const struct load load = { .needs = 2500, .waited_ns = 1.1e9 };
	char *shown;

	(void)state;
	measure_waits(550 * NS_PER_MS);
	begin();
	advise(&load);
	shown = show();
	assert_shown(shown, "keep the pool of 4096 slots (8 MiB) in 2 areas");
	assert_null(strstr(shown, "  advised"));
	free(shown);
}

static void what_no_size_serves_is_told_apart(void **state)
{
	char *shown;

	(void)state;
	set_peak(1000);
	snap.mappings.counted = true;
	snap.mappings.failures[FAILURE_OVERSIZE] = 7;
	by_figures();
	shown = show();
	assert_shown(shown, "oversize 7: mappings refused that no size");
	free(shown);
}

/* Each state and obstacle has words. */
static void obstacles_are_said(void **state)
{
	char text[ADVICE_TEXT_LEN];

	(void)state;
	begin();
	for (int i = OBSTACLE_POOL; i <= OBSTACLE_USE; i++) {
		advice.obstacle = i;
		if (i == OBSTACLE_FAULT)
			continue;
		assert_true(strlen(advice_verdict(&advice, text)) > 20);
		assert_null(advice_ground(&advice, 0, text));
		assert_null(advice_doubt(&advice, 0, text));
	}
}

static void the_argument_keeps_its_words(void **state)
{
	char text[BOOT_TEXT_LEN];
	struct boot_request boot = { .force = true, .track_hiwater = true };

	(void)state;
	boot_argument(&boot, 8192, 4, text, sizeof(text));
	assert_string_equal(text, "swiotlb=8192,4,force,track_hiwater");
	boot = (struct boot_request){ 0 };
	boot_argument(&boot, 8192, 0, text, sizeof(text));
	assert_string_equal(text, "swiotlb=8192");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_quiet, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_smallest_size_and_the_fewest_areas_do),
		TEST(a_pool_that_refuses_becomes_larger),
		TEST(spare_slots_are_a_part_of_the_goal),
		TEST(refusals_may_be_allowed),
		TEST(waits_ask_for_areas),
		TEST(long_waits_are_as_long_elsewhere),
		TEST(waits_that_no_queue_tells_are_told),
		TEST(fewer_areas_may_fit_where_more_do_not),
		TEST(areas_set_the_least_size),
		TEST(what_is_right_is_kept),
		TEST(waits_that_no_area_helps_are_told),
		TEST(a_size_beyond_all_that_was_tried_is_told),
		TEST(the_level_holds_is_believed),
		TEST(waits_tell_what_holds_lack),
		TEST(what_ifs_are_rounded_and_kept),
		TEST(a_leak_is_an_obstacle),
		TEST(pools_that_grow_are_an_obstacle),
		TEST(no_pool_is_an_obstacle),
		TEST(lost_requests_are_an_obstacle),
		TEST(a_peak_that_has_room_is_kept),
		TEST(a_high_peak_asks_for_more),
		TEST(figures_of_refusals_double_it),
		TEST(figures_of_waits_ask_for_an_area_a_cpu),
		TEST(a_long_watch_makes_it_smaller),
		TEST(an_idle_pool_tells_nothing),
		TEST(the_argument_keeps_its_words),
		TEST(settings_are_shown_beside_what_is),
		TEST(what_is_kept_is_shown_once),
		TEST(what_no_size_serves_is_told_apart),
		TEST(obstacles_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

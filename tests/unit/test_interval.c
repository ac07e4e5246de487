/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interval_text.h"
#include "model/interval.h"
#include "model/places.h"
#include "model_fixture.h"
#include "sources/json_read.h"
#include "util/units.h"

/* No microsecond is whole. */
#define LATER_NS 2000000123

static void an_interval_has_its_window(void **state)
{
	struct snapshot from, to;
	struct interval interval;

	(void)state;
	fixture_busy(&from);
	fixture_busy(&to);
	to.taken_ns += LATER_NS;
	to.losses[0].count += 2;
	assert_int_equal(interval_make(&from, &to, NULL, &interval), 0);
	assert_int_equal(interval.figures.window.start_ns, from.realtime_ns);
	assert_int_equal(interval.figures.window.duration_ns, LATER_NS);
	assert_null(interval.figures.window.command);
	assert_int_equal(snapshot_loss_total(&interval.figures), 2);
	interval_release(&interval);
	assert_int_equal(interval_make(NULL, &to, NULL, &interval), 0);
	assert_string_equal(interval.figures.window.command[0], "fio");
	assert_int_equal(snapshot_loss_total(&interval.figures), 3);
	interval_release(&interval);
	snapshot_release(&from);
	snapshot_release(&to);
}

/* The same sample, once in a window that has ended. */
static void leaks_are_those_of_the_window(void **state)
{
	const struct window open = { .exit_status = -1 };
	const struct window ended = { .ended = true, .exit_status = -1 };
	const struct window *const windows[] = { &open, &ended, &open };
	struct snapshot sample;

	(void)state;
	fixture_busy(&sample);
	for (unsigned int i = 0; i < 3; i++) {
		struct interval interval;

		assert_int_equal(
			interval_make(NULL, &sample, windows[i], &interval), 0);
		assert_int_equal(interval.figures.blocks.leaked, 1 + i % 2);
		interval_release(&interval);
	}
	snapshot_release(&sample);
}

/* What is derived stays the same, however often. */
static void a_sample_can_be_taken_over_and_given_back(void **state)
{
	static const char *const fixtures[] = { "quiet", "busy", "mappings",
						"areas", "refusals" };

	(void)state;
	for (size_t i = 0; i < sizeof(fixtures) / sizeof(*fixtures); i++) {
		struct snapshot sample;
		struct interval interval;
		char *made, *taken;

		assert_true(fixture_by_name(fixtures[i], &sample));
		assert_int_equal(interval_make(NULL, &sample, NULL, &interval),
				 0);
		made = json_of(&interval);
		interval_release(&interval);
		for (unsigned int round = 0; round < 2; round++) {
			assert_int_equal(interval_take(&sample, &interval), 0);
			assert_int_equal(sample.nr_pools, 0);
			taken = json_of(&interval);
			assert_string_equal(taken, made);
			free(taken);
			interval_give_back(&interval, &sample);
			assert_int_equal(interval.figures.nr_pools, 0);
		}
		free(made);
		snapshot_release(&sample);
	}
}

static void boots_are_not_mixed_up(void **state)
{
	struct snapshot from, to;
	struct interval interval;

	(void)state;
	fixture_quiet(&from);
	fixture_quiet(&to);
	to.kernel.boot_id[0]++;
	assert_int_equal(interval_make(&from, &to, NULL, &interval), -EINVAL);
	assert_int_equal(interval.figures.nr_pools, 0);
	snapshot_release(&from);
	snapshot_release(&to);
}

static void peaks_of_an_interval_start_anew(void **state)
{
	struct interval interval;
	struct snapshot sample;

	(void)state;
	fixture_busy(&sample);
	assert_int_equal(interval_make(NULL, &sample, NULL, &interval), 0);
	assert_int_equal(interval_reset_peaks(&interval), 0);
	assert_int_equal(interval.figures.pools[0].used_peak, 2 * BLOCK_SLOTS);
	interval_release(&interval);
	snapshot_release(&sample);
}

static void overhead_is_a_share_of_the_time(void **state)
{
	const struct cost from = { 1000, 100, true, 5000 };
	const struct cost to = { 2001000, 3100, true, 25000 };
	const struct cost unknown = { 0 };
	struct overhead overhead = overhead_between(&from, &to);

	(void)state;
	assert_true(overhead.known && overhead.bpf_known);
	assert_int_equal(overhead.cpu_ppm, 1500);
	assert_int_equal(overhead.bpf_ppm, 10000);
	assert_false(overhead_between(&unknown, &to).known);
	assert_false(overhead_between(&unknown, &to).bpf_known);
	/* A program that was detached took its time with it. */
	overhead = overhead_between(&(struct cost){ 1, 0, true, 99 },
				    &(struct cost){ 2, 0, true, 9 });
	assert_int_equal(overhead.bpf_ppm, 0);
}

/*
 * What is written and read back
 */

static struct snapshot read_back(const struct snapshot *sample)
{
	struct snapshot read = { 0 };
	struct json_reader *reader = json_reader_new();
	struct interval interval;
	char *text;

	assert_int_equal(interval_make(NULL, sample, NULL, &interval), 0);
	text = json_of(&interval);
	assert_int_equal(json_read_report(reader, text, strlen(text), &read),
			 0);
	json_reader_free(reader);
	free(text);
	interval_release(&interval);
	return read;
}

static void assert_same(const struct interval *a, const struct interval *b)
{
	char *(*const views[])(const struct interval *) = { json_of, text_of };

	for (size_t i = 0; i < sizeof(views) / sizeof(*views); i++) {
		char *left = views[i](a), *right = views[i](b);

		assert_string_equal(left, right);
		free(left);
		free(right);
	}
}

static void assert_compares_alike(const struct snapshot *from,
				  const struct snapshot *to)
{
	struct snapshot read_from = read_back(from), read_to = read_back(to);
	struct interval live, read;

	assert_int_equal(interval_make(from, to, NULL, &live), 0);
	assert_int_equal(interval_make(&read_from, &read_to, NULL, &read), 0);
	assert_same(&live, &read);
	interval_release(&live);
	interval_release(&read);
	snapshot_release(&read_from);
	snapshot_release(&read_to);
}

static void name_frames(struct snapshot *snap)
{
	static const char *const names[] = { "lock+0x1", "map+0x1c",
					     "queue+0x2 [nvme]", "unmap+0x7" };

	for (size_t i = 0; i < snap->nr_callers; i++)
		for (unsigned int j = 0; j < 2; j++)
			assert_int_equal(
				place_add(snap, names[(i + j) % 4],
					  &snap->callers[i].stack.addr[j]),
				0);
	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++)
		assert_int_equal(
			place_add(snap, names[i],
				  &snap->wrong_unmaps[i].stack.addr[0]),
			0);
}

static void wait_once(struct area *area, unsigned int cpu, uint64_t ns)
{
	fixture_wait(&area->locks, ns);
	fixture_wait(area_cpu_waits(area, cpu), ns);
}

/* Something of all that can happen between two samples. */
static void let_time_pass(struct snapshot *snap)
{
	snap->taken_ns += LATER_NS;
	snap->realtime_ns += LATER_NS;
	for (size_t i = 0; i < snap->nr_pools; i++) {
		struct area *area = snap->pools[i].areas;

		wait_once(area, 1, 300);
		wait_once(area, 2, 70000);
		if (area->holds_by_cpu) {
			area_cpu_holds(area, 0)->acquisitions += 2;
			area_cpu_holds(area, 0)->hold.count[4] += 2;
		}
	}
	for (size_t i = 0; i < snap->nr_callers; i += 2)
		fixture_wait(&snap->callers[i].waits, 900);
	for (size_t i = 0; i < snap->nr_devices; i++) {
		snap->devices[i].totals.maps += 10 + i;
		snap->devices[i].totals.unmaps += 9;
		snap->devices[i].lifetime.count[5] += 9;
		snap->mappings.maps += 10 + i;
	}
	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++)
		snap->wrong_unmaps[i].count += i;
	for (size_t i = 0; i < snap->nr_losses; i++)
		snap->losses[i].count += 3;
	fixture_wait(&snap->gone_waits, 1234567);
}

/* Devices and pools that went leave their places to those behind them. */
static void let_the_first_go(struct snapshot *snap)
{
	if (snap->nr_devices) {
		snap->devices[0] = snap->devices[--snap->nr_devices];
		snap->nr_live_groups--;
	}
	if (snap->nr_callers)
		snap->callers[0].pool_id = -1;
	fixture_add_pool(snap, POOL_DYNAMIC, "dynamic 9", 1, 512)->id = 9;
}

/* As devices have that come and go. */
static void give_devices_one_name(struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_devices; i++) {
		strcpy(snap->devices[i].name, "swiotlb_stress.0");
		snap->devices[i].totals.maps += 500 * i;
	}
}

static void samples_compare_alike_when_read_back(void **state)
{
	static const char *const fixtures[] = {
		"quiet",      "busy",  "mappings", "wrong_unmaps",
		"attributed", "empty", "areas",	   "refusals",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fixtures) / sizeof(*fixtures); i++) {
		struct snapshot from, to;

		assert_true(fixture_by_name(fixtures[i], &from));
		from.realtime_ns += 987654321;
		name_frames(&from);
		give_devices_one_name(&from);
		assert_int_equal(snapshot_copy(&to, &from), 0);
		let_time_pass(&to);
		assert_compares_alike(&from, &to);
		let_the_first_go(&to);
		assert_compares_alike(&from, &to);
		snapshot_release(&from);
		snapshot_release(&to);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interval_has_its_window),
		cmocka_unit_test(leaks_are_those_of_the_window),
		cmocka_unit_test(a_sample_can_be_taken_over_and_given_back),
		cmocka_unit_test(boots_are_not_mixed_up),
		cmocka_unit_test(peaks_of_an_interval_start_anew),
		cmocka_unit_test(overhead_is_a_share_of_the_time),
		cmocka_unit_test(samples_compare_alike_when_read_back),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests_name("interval", tests, NULL, NULL);
}

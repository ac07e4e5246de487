/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interval_text.h"
#include "model/event.h"
#include "model/places.h"
#include "model_fixture.h"
#include "sources/json_read.h"
#include "util/units.h"

static int read_report(const char *text, struct snapshot *snap)
{
	struct json_reader *reader = json_reader_new();
	int err = json_read_report(reader, text, strlen(text), snap);

	json_reader_free(reader);
	return err;
}

/* What is read back from a report makes the same report again. */
static void assert_reads_back(const struct snapshot *snap)
{
	struct snapshot read = { 0 };
	struct interval live, again;
	char *json, *text, *json_again, *text_again;

	assert_int_equal(interval_make(NULL, snap, NULL, &live), 0);
	json = json_of(&live);
	text = text_of(&live);
	assert_int_equal(read_report(json, &read), 0);
	assert_int_equal(interval_make(NULL, &read, NULL, &again), 0);
	json_again = json_of(&again);
	text_again = text_of(&again);
	assert_string_equal(json, json_again);
	assert_string_equal(text, text_again);
	free(json);
	free(text);
	free(json_again);
	free(text_again);
	interval_release(&live);
	interval_release(&again);
	snapshot_release(&read);
}

static void a_report_reads_back_as_it_was(void **state)
{
	static const char *const fixtures[] = { "quiet",    "busy",
						"mappings", "attributed",
						"refused",  "empty",
						"areas",    "areas1024" };

	(void)state;
	for (size_t i = 0; i < sizeof(fixtures) / sizeof(*fixtures); i++) {
		struct snapshot snap;

		assert_true(fixture_by_name(fixtures[i], &snap));
		assert_reads_back(&snap);
		snapshot_release(&snap);
	}
}

static void fill_growth(struct growth *growth)
{
	*growth = (struct growth){
		.over_ns = 60 * NS_PER_SEC + 1,
		.grown = 7,
		.fell = 3,
		.late_ends = 2,
		.judged = true,
	};
	for (unsigned int i = 0; i < GROWTH_PARTS; i++) {
		growth->floor[i] = (int64_t)i - 2;
		growth->part_ns[i] = i * 10 * NS_PER_SEC;
		growth->kept[i] = i;
	}
}

/* What the fixtures do not have. */
static void the_rare_reads_back_as_well(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_attributed(&snap);
	snap.kernel.pools_grow = true;
	snap.kernel.preemption = PREEMPTION_UNKNOWN;
	snap.window.start_ns += 123000;
	snap.window.duration_ns += 1;
	snap.pools[0].areas[0].used = UINT64_MAX;
	snap.pools[0].areas[0].used_peak = UINT64_MAX;
	snap.pools[0].areas[0].drift_known = false;
	snap.pools[0].areas[1].long_run = 256;
	snap.pools[0].areas[1].drift = -5;
	snap.pools[0].stale = true;
	snap.pools[1].parent_id = 0;
	snap.pools[1].kind = POOL_DYNAMIC;
	snap.losses[0].events |= EVENT_UNCOUNTED | EVENT_GONE;
	snap.hooks[1].partial = true;
	snap.devices[1].gone = true;
	snap.devices[1].key = 0xffff888012345678;
	snap.live_groups[0].device_key = 0xffff888012345678;
	snap.live_groups[0].slots = 99;
	snap.live_groups[0].leak = LEAK_DEVICE_GONE;
	snap.mappings.grown = snap.devices[0].totals.grown = 7;
	snap.mappings.unconfirmed = 1;
	snap.mappings.unowned = 4;
	snap.mappings.freed_known = false;
	fill_growth(&snap.devices[0].growth);
	snap.callers[1].pool_id = -1;
	fixture_wait(&snap.gone_waits, 700);
	snap.gone_holds = snap.pools[0].areas[0].holds;
	snapshot_finish(&snap);
	assert_reads_back(&snap);
	snapshot_release(&snap);
}

static void frames_keep_their_names(void **state)
{
	static const char *const names[] = { "map+0x1c", "queue+0x2 [nvme]",
					     PLACE_UNKNOWN };
	struct snapshot snap;

	(void)state;
	fixture_attributed(&snap);
	for (size_t i = 0; i < snap.nr_callers; i++) {
		struct stack *stack = &snap.callers[i].stack;

		stack->depth = 3;
		for (unsigned int j = 0; j < 3; j++)
			assert_int_equal(
				place_add(&snap, names[j], &stack->addr[j]), 0);
	}
	assert_int_equal(snap.nr_places, 2);
	for (unsigned int j = 0; j < 3; j++)
		assert_string_equal(place_name(&snap,
					       snap.callers[0].stack.addr[j]),
				    names[j]);
	assert_reads_back(&snap);
	snapshot_release(&snap);
}

#define OF_REPORT "{\"schema\": \"swiotlb-report/1\", "
#define DAMAGED_PAIRS(pairs)                                                     \
	"\"pools\": [{\"areas\": [{\"lock\": {\"cpus\": [{\"histogram\": " pairs \
	"}]}}]}]}"

static void a_damaged_report_is_refused(void **state)
{
	static const char *const damaged[] = {
		"\"pools\": 3}",
		"\"pools\": [{\"id\": -7000000000}]}",
		"\"pools\": [{\"kind\": \"odd\"}]}",
		"\"pools\": [{\"areas\": [{\"slots\": -1}]}]}",
		"\"pools\": [3]}",
		"\"devices\": [{\"lifetime_ns\": [1, 2]}]}",
		"\"window\": {\"start\": \"yesterday\"}}",
		"\"window\": {\"seconds\": -1}}",
		DAMAGED_PAIRS("3"),
		DAMAGED_PAIRS("[3]"),
		DAMAGED_PAIRS("[[32, 1]]"),
		DAMAGED_PAIRS("[[0, -1]]"),
		DAMAGED_PAIRS("[[0, 1, 2]]"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(*damaged); i++) {
		struct snapshot snap = { 0 };
		char text[256];

		snprintf(text, sizeof(text), OF_REPORT "%s", damaged[i]);
		assert_int_equal(read_report(text, &snap), -EINVAL);
		assert_int_equal(snap.nr_pools, 0);
	}
}

/* What is JSON, and what is a report, whatever the order of its members is. */
static void only_reports_are_read(void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{ OF_REPORT "\"pools\": []}", 0 },
		{ " {\"levels\": [], \"a\": [{}, 1e3, -0.5, {\"b\": null}],\n"
		  "\"schema\": \"swiotlb-\\u0072eport/1\" } \n",
		  0 },
		{ "{\"schema\": \"swiotlb-check/1\", \"report\": " OF_REPORT
		  "\"levels\": [\"locks\"]}, \"passed\": true}",
		  0 },
		{ "{\"report\": " OF_REPORT "\"levels\": [7, \"new\"]}, "
		  "\"schema\": \"swiotlb-check/1\"}",
		  0 },
		{ "{\"schema\": \"swiotlb-check/1\"}", -ENOMSG },
		{ "{\"schema\": 1}", -ENOMSG },
		{ "{}", -ENOMSG },
		{ "[1, 2]", -ENOMSG },
		{ "7", -ENOMSG },
		{ "", -EBADMSG },
		{ "{", -EBADMSG },
		{ "{]", -EBADMSG },
		{ "{} {}", -EBADMSG },
		{ "{\"a\" 1}", -EBADMSG },
		{ "{\"a\": }", -EBADMSG },
		{ "{\"a\": 1,}", -EBADMSG },
		{ "{\"a\": [1,]}", -EBADMSG },
		{ "{\"a\": [1 2]}", -EBADMSG },
		{ "{\"a\": 01}", -EBADMSG },
		{ "{\"a\": 1.}", -EBADMSG },
		{ "{\"a\": 1e}", -EBADMSG },
		{ "{\"a\": 1e999}", -EBADMSG },
		{ "{\"a\": 9223372036854775808}", -EBADMSG },
		{ "{\"a\": nul}", -EBADMSG },
		{ "{\"a\": \"\\x\"}", -EBADMSG },
		{ "{\"a\": \"\\u0000\"}", -EBADMSG },
		{ "{\"a\": \"\\ud800\"}", -EBADMSG },
		{ "{\"a\": \"\\udc00\"}", -EBADMSG },
		{ "{\"a\": \"\xff\"}", -EBADMSG },
		{ "{\"a\": \"\xc3\"}", -EBADMSG },
		{ "{\"a\": \"\n\"}", -EBADMSG },
		{ "{\"a\": \"b", -EBADMSG },
		{ OF_REPORT "\"pools\": [], \"pools\": []}", -EBADMSG },
		{ OF_REPORT "\"pools\": []} 1", -EBADMSG },
		{ OF_REPORT "\"pools\": 3, \"a\"}", -EBADMSG },
		{ OF_REPORT "\"pools\": [{\"id\": 1}", -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct snapshot snap = { 0 };

		assert_int_equal(read_report(cases[i].text, &snap),
				 cases[i].err);
		snapshot_release(&snap);
	}
}

static void escapes_are_characters(void **state)
{
	struct snapshot snap = { 0 };

	(void)state;
	assert_int_equal(
		read_report(OF_REPORT
			    "\"pools\": [{\"id\": -0, \"na\\u006De\":"
			    " \"\\\"\\/\\n\\u00e9\\u20AC\\ud83d\\ude00\"}]}",
			    &snap),
		0);
	assert_string_equal(snap.pools[0].name,
			    "\"/\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	snapshot_release(&snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_reads_back_as_it_was),
		cmocka_unit_test(the_rare_reads_back_as_well),
		cmocka_unit_test(frames_keep_their_names),
		cmocka_unit_test(a_damaged_report_is_refused),
		cmocka_unit_test(only_reports_are_read),
		cmocka_unit_test(escapes_are_characters),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}

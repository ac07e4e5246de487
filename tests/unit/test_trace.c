/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests of a trace: written as JSON, read back, and damaged in between. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "interval_text.h"
#include "model/interval.h"
#include "model_fixture.h"
#include "sources/json_read.h"

static char *written(const struct snapshot *snap)
{
	struct interval interval;
	char *text;

	assert_int_equal(interval_make(NULL, snap, NULL, &interval), 0);
	text = json_of(&interval);
	interval_release(&interval);
	return text;
}

/* @why: set to what the reader says, of what it refuses */
static int read_text(const char *text, struct snapshot *snap, char *why)
{
	struct json_reader *reader = json_reader_new();
	int err;

	memset(snap, 0, sizeof(*snap));
	err = json_read_report(reader, text, strlen(text), snap);
	if (err && why)
		strcpy(why, json_reader_why(reader));
	json_reader_free(reader);
	return err;
}

#define assert_same(left, right, list, nr)                                     \
	do {                                                                   \
		assert_int_equal((left)->nr, (right)->nr);                     \
		assert_memory_equal((left)->list, (right)->list,               \
				    (left)->nr * sizeof(*(left)->list));       \
	} while (0)

static void a_trace_is_read_back(void **state)
{
	struct snapshot snap, read;
	char *text, *again;

	(void)state;
	fixture_attributed(&snap);
	text = written(&snap);
	assert_int_equal(read_text(text, &read, NULL), 0);
	assert_true(read.trace.known);
	assert_same(&snap.trace, &read.trace, requests, nr_requests);
	assert_same(&snap.trace, &read.trace, pools, nr_pools);
	assert_same(&snap.trace, &read.trace, areas, nr_areas);
	assert_same(&snap.trace, &read.trace, runs, nr_runs);
	assert_string_equal(read.trace.devices[1].name, "swiotlb_stress.0");
	assert_int_equal(read.trace.lost, 16);
	assert_int_equal(read.traced.lost, 16);
	again = written(&read);
	assert_string_equal(text, again);
	free(text);
	free(again);
	snapshot_release(&snap);
	snapshot_release(&read);
}

static void an_empty_trace_is_no_unknown_one(void **state)
{
	struct snapshot snap, read;
	char *text;

	(void)state;
	fixture_attributed(&snap);
	snap.trace.nr_requests = 0;
	text = written(&snap);
	assert_int_equal(read_text(text, &read, NULL), 0);
	assert_true(read.trace.known);
	assert_int_equal(read.trace.nr_requests, 0);
	free(text);
	snapshot_release(&read);
	snap.trace.known = false;
	text = written(&snap);
	assert_int_equal(read_text(text, &read, NULL), 0);
	assert_false(read.trace.known);
	free(text);
	snapshot_release(&read);
	snapshot_release(&snap);
}

/* An interval has totals, and the requests of none of its samples. */
static void an_interval_has_no_requests(void **state)
{
	struct snapshot from, to;
	struct interval interval;

	(void)state;
	fixture_attributed(&from);
	fixture_attributed(&to);
	to.traced.maps += 5;
	assert_int_equal(interval_make(&from, &to, NULL, &interval), 0);
	assert_false(interval.figures.trace.known);
	assert_int_equal(interval.figures.trace.nr_requests, 0);
	assert_int_equal(interval.figures.traced.maps, 5);
	assert_int_equal(interval.figures.traced.lost, 0);
	interval_release(&interval);
	snapshot_release(&from);
	snapshot_release(&to);
}

/* The text with the first @old in it replaced. */
static char *damaged(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	char *changed;

	assert_non_null(at);
	changed = malloc(strlen(text) + strlen(new) + 1);
	memcpy(changed, text, (size_t)(at - text));
	strcpy(changed + (at - text), new);
	strcat(changed, at + strlen(old));
	return changed;
}

static void what_is_damaged_is_refused(void **state)
{
	static const struct {
		const char *old, *new, *why;
	} cases[] = {
		{ "\"kind\":\"0 1 0 0\"", "\"kind\":\"0 1 0\"", "requests" },
		{ "\"kind\":\"0 1 0 0\"", "\"kind\":\"0 1 0 2\"", "neither" },
		{ "\"kind\":\"0 1 0 0\"", "\"kind\":\"0 1 0 0 \"", "requests" },
		{ "\"kind\":\"0 1 0 0\"", "\"kind\":\"0 1 0 -1\"", "requests" },
		{ "\"kind\":\"0 1 0 0\"", "\"kind\":\"0 1  0\"", "requests" },
		{ "\"kind\":\"0 1 0 0\"", "\"kind\":\"0 1 0x0\"", "requests" },
		{ "\"kind\":\"0 1 0 0\"", "\"kind\":[0,1,0,0]", "requests" },
		{ "\"kind\":\"0 1 0 0\"", "\"kind\":\"0 1 0 65536\"",
		  "requests" },
		{ "\"kind\":\"0 1 0 0\"", "\"kind\":\"0 1\\u0000 0 0\"",
		  "character" },
		{ "\"cpu\":\"1 3 0 0\"", "\"kind\":\"0 1 0 0\"", "requests" },
		{ "\"cpu\":\"1 3 0 0\"",
		  "\"cpu\":\"1 3 0 99999999999999999999\"", "requests" },
		{ "\"slot\":\"3 3 -1 2048\"", "\"slot\":\"3 3 -1 4096\"",
		  "slot that its pool" },
		{ "\"slot\":\"3 3 -1 2048\"", "\"slot\":\"3 -1 3 3\"",
		  "an unmap has no slot" },
		{ "\"device\":\"0 0 1 1\"", "\"device\":\"0 0 1 2\"",
		  "device" },
		{ "\"pool\":\"0 0 0 0\"", "\"pool\":\"0 0 0 1\"",
		  "pool that is not there" },
		{ "\"area\":\"0 1\"", "\"area\":\"0 2\"", "not in its pool" },
		{ "\"index\":\"7 2047\"", "\"index\":\"7 2048\"", "outside" },
		{ "\"first_run\":\"0 1\"", "\"first_run\":\"0 0\"",
		  "taken slots" },
		{ "\"runs\":\"1 0\"", "\"runs\":\"1 1\"", "taken slots" },
		{ "\"slot\":\"5\"", "\"slot\":\"4095\"", "not in their pool" },
		{ "\"slots\":4096,\"areas\":2}", "\"slots\":4096,\"areas\":3}",
		  "power of two" },
		{ "\"slots\":4096,\"areas\":2}",
		  "\"slots\":99999999999,\"areas\":2}", "too many" },
	};
	struct snapshot snap, read;
	char *text, *changed, why[512] = "";

	(void)state;
	fixture_attributed(&snap);
	text = written(&snap);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		changed = damaged(text, cases[i].old, cases[i].new);
		assert_int_not_equal(read_text(changed, &read, why), 0);
		if (!strstr(why, cases[i].why))
			fail_msg("%s: %s", cases[i].new, why);
		free(changed);
	}
	free(text);
	snapshot_release(&snap);
}

/* A later version may have more of them. */
static void foreign_columns_are_passed_over(void **state)
{
	struct snapshot snap, read;
	char *text, *changed;

	(void)state;
	fixture_attributed(&snap);
	text = written(&snap);
	changed = damaged(text, "\"kind\":\"0 1 0 0\"",
			  "\"kind\":\"0 1 0 0\",\"more\":\"1\",\"new\":[]");
	assert_int_equal(read_text(changed, &read, NULL), 0);
	assert_same(&snap.trace, &read.trace, requests, nr_requests);
	free(text);
	free(changed);
	snapshot_release(&snap);
	snapshot_release(&read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trace_is_read_back),
		cmocka_unit_test(an_empty_trace_is_no_unknown_one),
		cmocka_unit_test(an_interval_has_no_requests),
		cmocka_unit_test(what_is_damaged_is_refused),
		cmocka_unit_test(foreign_columns_are_passed_over),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}

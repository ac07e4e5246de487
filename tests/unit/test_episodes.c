/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/episodes.h"
#include "model_fixture.h"
#include "util/units.h"
#include "views/journal.h"

/* What was told, in the order: "+block-leak", "!..." worse, "-..." over. */
static char told[1024];

static int note(const struct episode_event *event, void *context)
{
	size_t len = strlen(told);

	assert_true((event->change == EPISODE_ENDED) == !event->finding);
	snprintf(told + len, sizeof(told) - len, "%c%s%s%s ",
		 "+!-"[event->change], event -> episode -> rule -> id,
		 *event -> episode -> subject ? ":" : "",
		 event->episode->subject);
	return context ? *(int *)context : 0;
}

static int follow(struct episodes *episodes, const char *fixture,
		  unsigned int second, int error)
{
	struct snapshot snap;
	int err;

	assert_true(fixture_by_name(fixture, &snap));
	snap.taken_ns = (100 + second) * NS_PER_SEC;
	*told = '\0';
	err = episodes_follow(episodes, &snap, note, &error);
	snapshot_release(&snap);
	return err;
}

static void assert_told(struct episodes *episodes, const char *fixture,
			unsigned int second, const char *expected)
{
	assert_int_equal(follow(episodes, fixture, second, 0), 0);
	assert_string_equal(told, expected);
}

#define LEAKS "mapping-leak"

static bool has_told(const char *what)
{
	return strstr(told, what);
}

/* Once when it begins, however often it is seen. */
static void test_begin(void **state)
{
	struct episodes episodes = { 0 };

	(void)state;
	assert_told(&episodes, "quiet", 0, "");
	assert_int_equal(follow(&episodes, "mappings", 1, 0), 0);
	assert_true(has_told("+" LEAKS " "));
	/* Two findings about leaked blocks, of one name and one subject. */
	assert_int_equal(episodes.count, episodes.interval.findings.count - 1);
	for (unsigned int i = 2; i < 200; i++) {
		assert_int_equal(follow(&episodes, "mappings", i, 0), 0);
		assert_false(has_told(LEAKS));
		assert_null(strpbrk(told, "+!"));
	}
	episodes_release(&episodes);
}

/* A gap of less than a minute is not an end; after a whole one it is over. */
static void test_end(void **state)
{
	struct episodes episodes = { 0 };

	(void)state;
	follow(&episodes, "mappings", 0, 0);
	assert_told(&episodes, "quiet", 59, "");
	assert_told(&episodes, "mappings", 59, "");
	assert_told(&episodes, "quiet", 118, "");
	assert_int_equal(follow(&episodes, "quiet", 119, 0), 0);
	assert_true(has_told("-" LEAKS " "));
	assert_null(strpbrk(told, "+!"));
	assert_int_equal(episodes.count, 0);
	assert_int_equal(follow(&episodes, "mappings", 120, 0), 0);
	assert_true(has_told("+" LEAKS " "));
	episodes_release(&episodes);
}

static int follow_waits(struct episodes *episodes, uint64_t wait_ns,
			unsigned int second)
{
	struct snapshot snap;
	int err;

	fixture_busy(&snap);
	if (wait_ns)
		fixture_wait(&snap.pools[0].areas[0].locks, wait_ns);
	snap.taken_ns = (100 + second) * NS_PER_SEC;
	*told = '\0';
	err = episodes_follow(episodes, &snap, note, NULL);
	snapshot_release(&snap);
	return err;
}

/* A note that becomes a warning is told again, and not when it comes down. */
static void test_worse(void **state)
{
	struct episodes episodes = { 0 };

	(void)state;
	assert_int_equal(follow_waits(&episodes, 0, 0), 0);
	assert_true(has_told("+contended-area:default "));
	assert_int_equal(follow_waits(&episodes, 5 * NS_PER_SEC, 1), 0);
	assert_string_equal(told, "!contended-area:default ");
	assert_int_equal(follow_waits(&episodes, 0, 2), 0);
	assert_string_equal(told, "");
	episodes_release(&episodes);
}

/* What is compared with is one to two minutes old, so that rates are recent. */
static void test_window(void **state)
{
	struct episodes episodes = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 300; i++) {
		uint64_t ns;

		follow(&episodes, "busy", i, 0);
		ns = episodes.interval.figures.window.duration_ns;
		if (i < 61)
			continue;
		assert_in_range(ns, 60 * NS_PER_SEC, 120 * NS_PER_SEC);
	}
	episodes_release(&episodes);
}

/* One that cannot be told does not hide the others. */
static void test_error(void **state)
{
	struct episodes episodes = { 0 };

	(void)state;
	assert_int_equal(follow(&episodes, "mappings", 0, -EIO), -EIO);
	assert_int_equal(episodes.count, episodes.interval.findings.count - 1);
	assert_true(has_told(" +"));
	episodes_release(&episodes);
}

/* Ids are made at random: none is lacking, none is there twice. */
static void test_message_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < rule_count; i++) {
		const char *id = journal_message_id(&rule_table[i]);

		assert_non_null(id);
		assert_int_equal(strlen(id), 32);
		assert_int_equal(strspn(id, "0123456789abcdef"), 32);
		for (size_t j = 0; j < i; j++)
			if (strcmp(rule_table[i].id, rule_table[j].id) != 0)
				assert_string_not_equal(
					id, journal_message_id(&rule_table[j]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_worse),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_message_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

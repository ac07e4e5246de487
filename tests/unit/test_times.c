/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/continuity.h"
#include "util/times.h"
#include "util/units.h"
#include "views/phrases.h"

#define HOUR 3600ull
#define DAY  (24 * HOUR)

/* 2026-01-31T00:00:00Z; the time zone of the tests is an hour ahead. */
#define MIDNIGHT 1769817600ull

/* 11:00 to 14:00 local time. */
static const struct time_span within = {
	(MIDNIGHT + 10 * HOUR) * NS_PER_SEC,
	(MIDNIGHT + 13 * HOUR) * NS_PER_SEC,
};

/* 23:00 to 01:30 local time, over midnight. */
static const struct time_span night = {
	(MIDNIGHT + 22 * HOUR) * NS_PER_SEC,
	(MIDNIGHT + 24 * HOUR + HOUR / 2) * NS_PER_SEC,
};

static void points_in_time_are_read(void **state)
{
	static const struct {
		const struct time_span *within;
		const char *text;
		uint64_t ms;
	} rows[] = {
		{ &within, "12:05", (MIDNIGHT + 11 * HOUR + 300) * 1000 },
		{ &within, "12:05:30", (MIDNIGHT + 11 * HOUR + 330) * 1000 },
		{ &within, "12:05:30.25",
		  (MIDNIGHT + 11 * HOUR + 330) * 1000 + 250 },
		{ &within, "18:00", (MIDNIGHT + 17 * HOUR) * 1000 },
		{ &night, "23:30", (MIDNIGHT + 22 * HOUR + 1800) * 1000 },
		{ &night, "01:00", (MIDNIGHT + 24 * HOUR) * 1000 },
		{ &within, "2026-01-31", (MIDNIGHT - HOUR) * 1000 },
		{ &within, "2026-01-31 12:05",
		  (MIDNIGHT + 11 * HOUR + 300) * 1000 },
		{ &within, "2026-01-31T12:05:30",
		  (MIDNIGHT + 11 * HOUR + 330) * 1000 },
		{ &within, "2026-01-31T12:05:30Z",
		  (MIDNIGHT + 12 * HOUR + 330) * 1000 },
		{ &within, "2026-01-31T12:05+02:30",
		  (MIDNIGHT + 9 * HOUR + 2100) * 1000 },
		{ &within, "2026-01-31T12:05-02:30",
		  (MIDNIGHT + 14 * HOUR + 2100) * 1000 },
		{ &within, "1769817600", MIDNIGHT * 1000 },
		{ &within, "1769817600.5", MIDNIGHT * 1000 + 500 },
		{ &within, "10m", (MIDNIGHT + 13 * HOUR - 600) * 1000 },
		{ &within, "10min", (MIDNIGHT + 13 * HOUR - 600) * 1000 },
		{ &within, "1.5h", (MIDNIGHT + 13 * HOUR - 5400) * 1000 },
		{ &within, "2d", (MIDNIGHT + 13 * HOUR - 2 * DAY) * 1000 },
		{ &within, "500ms", (MIDNIGHT + 13 * HOUR) * 1000 - 500 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t ns;

		if (parse_time(rows[i].text, rows[i].within, &ns))
			fail_msg("'%s' was refused", rows[i].text);
		if (ns != rows[i].ms * NS_PER_MS)
			fail_msg("'%s' is %lld s off", rows[i].text,
				 (long long)(ns - rows[i].ms * NS_PER_MS) /
					 (long long)NS_PER_SEC);
	}
}

static void other_words_are_refused(void **state)
{
	static const char *const words[] = {
		"",
		"noon",
		"12",
		"12:",
		"25:00",
		"12:05x",
		"12:05:30.",
		"2026-13-01",
		"2026-01-31T",
		"2026-01-31T12:05+1",
		"2026-01-31T12:05 UTC",
		"-5m",
		"5 weeks",
		"999999999999999",
		"99999999d",
	};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!parse_time(words[i], &within, &ns))
			fail_msg("'%s' was taken", words[i]);
}

static void assert_span(const char *text, const struct time_span *in,
			uint64_t begin, uint64_t end)
{
	struct time_span span;

	assert_int_equal(parse_span(text, in, &span), 0);
	assert_int_equal(span.begin_ns, begin * NS_PER_SEC);
	assert_int_equal(span.end_ns, end * NS_PER_SEC);
}

static void parts_of_time_are_read(void **state)
{
	struct time_span span;

	(void)state;
	assert_span("12:05..12:10", &within, MIDNIGHT + 11 * HOUR + 300,
		    MIDNIGHT + 11 * HOUR + 600);
	assert_span("10m..", &within, MIDNIGHT + 13 * HOUR - 600,
		    MIDNIGHT + 13 * HOUR);
	assert_span("10m..5m", &within, MIDNIGHT + 13 * HOUR - 600,
		    MIDNIGHT + 13 * HOUR - 300);
	assert_span("..12:00", &within, MIDNIGHT + 10 * HOUR,
		    MIDNIGHT + 11 * HOUR);
	assert_span("..", &within, MIDNIGHT + 10 * HOUR, MIDNIGHT + 13 * HOUR);
	assert_span("13:50..14:10", &within, MIDNIGHT + 12 * HOUR + 3000,
		    MIDNIGHT + 13 * HOUR + 600);
	assert_span("23:30..00:30", &night, MIDNIGHT + 22 * HOUR + 1800,
		    MIDNIGHT + 23 * HOUR + 1800);
	assert_int_equal(parse_span("12:05", &within, &span), -EINVAL);
	assert_int_equal(parse_span("5m..10m", &within, &span), -EINVAL);
	assert_int_equal(parse_span("a..b", &within, &span), -EINVAL);
}

/*
 * Gaps
 */

static struct snapshot sample_at(uint64_t awake, uint64_t asleep, int64_t set)
{
	struct snapshot sample = {
		.taken_ns = (100 + awake) * NS_PER_SEC,
		.boottime_ns = (100 + awake + asleep) * NS_PER_SEC,
		.realtime_ns =
			(uint64_t)(5000 + (int64_t)(awake + asleep) + set) *
			NS_PER_SEC,
		.window = { .start_ns = 7 },
	};

	strcpy(sample.kernel.boot_id, "one");
	return sample;
}

static void assert_gap(const struct snapshot *to, enum gap gap, int64_t seconds,
		       const char *words)
{
	struct snapshot from = sample_at(0, 0, 0);
	struct gap_info info = gap_between(&from, to, NS_PER_SEC);
	char text[96];

	assert_int_equal(info.gap, gap);
	assert_int_equal(info.ns / (int64_t)NS_PER_SEC, seconds);
	assert_string_equal(gap_text(&info, text, sizeof(text)), words);
}

static void gaps_are_told_apart(void **state)
{
	struct snapshot to = sample_at(1, 0, 0);

	(void)state;
	assert_gap(&to, GAP_NONE, 0, "nothing is missing");
	to = sample_at(2, 0, 0);
	assert_gap(&to, GAP_NONE, 0, "nothing is missing");
	to = sample_at(61, 0, 0);
	assert_gap(&to, GAP_MISSING, 60, "samples are missing for 60.0 s");
	to = sample_at(1, 300, 0);
	assert_gap(&to, GAP_SLEEP, 300, "the machine slept for 5.00 min");
	to = sample_at(1, 0, 3600);
	assert_gap(&to, GAP_CLOCK, 3600, "the clock was set 60.0 min forward");
	to = sample_at(1, 0, -30);
	assert_gap(&to, GAP_CLOCK, -30, "the clock was set 30.0 s back");
	/* Of an earlier version: nothing is known, and nothing is claimed. */
	to = sample_at(1, 0, 0);
	to.boottime_ns = 0;
	assert_gap(&to, GAP_NONE, 0, "nothing is missing");
	to.window.start_ns++;
	assert_gap(&to, GAP_SESSION, 1, "the recorder was started anew");
	strcpy(to.kernel.boot_id, "two");
	assert_gap(&to, GAP_BOOT, 1, "the machine was booted");
	assert_true(gap_ends_session(GAP_BOOT));
	assert_true(gap_ends_session(GAP_SESSION));
	assert_false(gap_ends_session(GAP_SLEEP));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_in_time_are_read),
		cmocka_unit_test(other_words_are_refused),
		cmocka_unit_test(parts_of_time_are_read),
		cmocka_unit_test(gaps_are_told_apart),
	};

	setenv("TZ", "UTC-1", 1);
	tzset();
	return cmocka_run_group_tests_name("times", tests, NULL, NULL);
}

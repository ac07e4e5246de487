/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "util/suggest.h"
#include "util/units.h"

static const char *const garbage[] = {
	"",
	"-1us",
	"+1us",
	" 1us",
	"1us ",
	"1 ",
	"us",
	".5s",
	"1.",
	"1.s",
	"1e3s",
	"0x1s",
	"nan",
	"inf",
	"1ss",
	"1 S",
	"1,5s",
	"1..5s",
	"99999999999999999999s",
	"18446744073709551616ns",
	"20000000000s",
	"0.0000000001s",
};

static void durations_are_read(void **state)
{
	uint64_t ns;

	(void)state;
	assert_int_equal(parse_duration("50us", 0, &ns), 0);
	assert_int_equal(ns, 50000);
	assert_int_equal(parse_duration("1.5 ms", 0, &ns), 0);
	assert_int_equal(ns, 1500000);
	assert_int_equal(parse_duration("0.5", NS_PER_SEC, &ns), 0);
	assert_int_equal(ns, 500000000);
	assert_int_equal(parse_duration("2\xc2\xb5s", 0, &ns), 0);
	assert_int_equal(ns, 2000);
	assert_int_equal(parse_duration("18446744073709551615ns", 0, &ns), 0);
	assert_true(ns == UINT64_MAX);
	assert_int_equal(parse_duration("7", 0, &ns), -EINVAL);
}

static void garbage_is_refused(void **state)
{
	uint64_t value = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(garbage) / sizeof(*garbage); i++) {
		assert_int_equal(parse_duration(garbage[i], 0, &value),
				 -EINVAL);
		assert_int_equal(parse_bytes(garbage[i], &value), -EINVAL);
		assert_int_equal(parse_count(garbage[i], &value), -EINVAL);
		assert_int_equal(parse_percent(garbage[i], &value), -EINVAL);
	}
	assert_int_equal(value, 42);
}

static void bytes_counts_percents_are_read(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(parse_bytes("64MiB", &value), 0);
	assert_int_equal(value, 64 << 20);
	assert_int_equal(parse_bytes("1.5 KiB", &value), 0);
	assert_int_equal(value, 1536);
	assert_int_equal(parse_bytes("4096", &value), 0);
	assert_int_equal(value, 4096);
	assert_int_equal(parse_bytes("64MB", &value), -EINVAL);
	assert_int_equal(parse_count("12", &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(parse_count("1.0", &value), -EINVAL);
	assert_int_equal(parse_percent("12.5%", &value), 0);
	assert_int_equal(value, 1250);
	assert_int_equal(parse_percent("80", &value), -EINVAL);
}

static void check_duration(uint64_t ns, const char *expected)
{
	char text[UNIT_TEXT_LEN];

	assert_string_equal(format_duration(text, sizeof(text), ns), expected);
	assert_true(strlen(text) <= 8);
}

static void durations_are_written(void **state)
{
	(void)state;
	check_duration(0, "0 ns");
	check_duration(999, "999 ns");
	check_duration(1000, "1.00 us");
	check_duration(1234567, "1.23 ms");
	check_duration(999400, "999 us");
	check_duration(999600, "1.00 ms");
	check_duration(9996, "10.0 us");
	check_duration(2000000, "2.00 ms");
	check_duration(5 * NS_PER_SEC, "5.00 s");
	check_duration(90 * NS_PER_SEC, "90.0 s");
	check_duration(600 * NS_PER_SEC, "10.0 min");
	check_duration(7200 * NS_PER_SEC, "2.00 h");
	check_duration(7 * 86400 * NS_PER_SEC, "7.00 d");
}

static void check_bytes(uint64_t bytes, const char *expected)
{
	char text[UNIT_TEXT_LEN];

	assert_string_equal(format_bytes(text, sizeof(text), bytes), expected);
}

static void check_percent(uint64_t part, uint64_t whole, const char *expected)
{
	char text[UNIT_TEXT_LEN];

	assert_string_equal(format_percent(text, sizeof(text), part, whole),
			    expected);
}

static void bytes_and_percents_are_written(void **state)
{
	(void)state;
	check_bytes(0, "0 B");
	check_bytes(512, "512 B");
	check_bytes(64 << 20, "64 MiB");
	check_bytes(1536, "1.50 KiB");
	check_bytes((1ull << 30) + (1ull << 29), "1.50 GiB");
	check_percent(0, 10, "0%");
	check_percent(1, 1000, "<1%");
	check_percent(999, 1000, "99%");
	check_percent(1000, 1000, "100%");
	check_percent(0, 0, "-");
}

static void slips_are_recognised(void **state)
{
	struct suggestion suggestion;
	char text[64];

	(void)state;
	suggestion_init(&suggestion, "reprot", 6);
	suggestion_offer(&suggestion, "doctor");
	suggestion_offer(&suggestion, "report");
	assert_string_equal(suggestion_text(&suggestion, text, sizeof(text)),
			    "; did you mean 'report'?");
	suggestion_init(&suggestion, "xyz", 3);
	suggestion_offer(&suggestion, "report");
	assert_string_equal(suggestion_text(&suggestion, text, sizeof(text)),
			    "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(garbage_is_refused),
		cmocka_unit_test(bytes_counts_percents_are_read),
		cmocka_unit_test(durations_are_written),
		cmocka_unit_test(bytes_and_percents_are_written),
		cmocka_unit_test(slips_are_recognised),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}

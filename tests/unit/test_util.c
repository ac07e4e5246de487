/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/child.h"
#include "util/errors.h"
#include "util/options.h"
#include "util/symbols.h"
#include "util/units.h"
#include "util/utf8.h"

/*
 * Options
 */

struct values {
	uint64_t time;
	bool stacks;
	const char *path;
	uint64_t count;
};

static const struct option_row rows[] = {
	{ "time", 't', "SEC", "how long", option_seconds,
	  offsetof(struct values, time) },
	{ "stacks", 0, NULL, "show stacks", option_flag,
	  offsetof(struct values, stacks) },
	{ "output", 'o', "FILE", "where to", option_text,
	  offsetof(struct values, path) },
	{ "count", 'n', "N", "how many", option_count,
	  offsetof(struct values, count) },
	{ NULL },
};

static const char *const synopses[] = { "[OPTIONS]", NULL };

static const struct option_table table = {
	.command = "test",
	.summary = "Test.",
	.synopses = synopses,
	.rows = rows,
	.operands = true,
};

static enum options_result parse(struct values *values, char ***operands,
				 char **argv)
{
	int argc = 0;

	memset(values, 0, sizeof(*values));
	while (argv[argc])
		argc++;
	return options_parse(&table, argc, argv, values, operands);
}

#define PARSE(...)                                                             \
	parse(&values, &operands, (char *[]){ "test", __VA_ARGS__, NULL })

static void options_are_read(void **state)
{
	struct values values;
	char **operands;

	(void)state;
	assert_int_equal(PARSE("-t", "1.5", "--stacks", "--output=x", "-n3"),
			 OPTIONS_RUN);
	assert_int_equal(values.time, 1500 * NS_PER_MS);
	assert_true(values.stacks);
	assert_string_equal(values.path, "x");
	assert_int_equal(values.count, 3);
	assert_null(operands);
	assert_int_equal(PARSE("--stacks", "--", "ls", "-l"), OPTIONS_RUN);
	assert_string_equal(operands[0], "ls");
	assert_string_equal(operands[1], "-l");
}

static void bad_options_are_refused(void **state)
{
	struct values values;
	char **operands;

	(void)state;
	assert_int_equal(PARSE("--stakcs"), OPTIONS_BAD);
	assert_int_equal(PARSE("-x"), OPTIONS_BAD);
	assert_int_equal(PARSE("-t"), OPTIONS_BAD);
	assert_int_equal(PARSE("--time"), OPTIONS_BAD);
	assert_int_equal(PARSE("--stacks=1"), OPTIONS_BAD);
	assert_int_equal(PARSE("-t", "0"), OPTIONS_BAD);
	assert_int_equal(PARSE("-t", "-1"), OPTIONS_BAD);
	assert_int_equal(PARSE("-t", "soon"), OPTIONS_BAD);
	assert_int_equal(PARSE("-n", "1.5"), OPTIONS_BAD);
	assert_int_equal(PARSE("-o", ""), OPTIONS_BAD);
	assert_int_equal(PARSE("ls"), OPTIONS_BAD);
	assert_int_equal(PARSE("--"), OPTIONS_BAD);
}

static void help_lists_every_option(void **state)
{
	char text[2048] = "";
	FILE *stream = fmemopen(text, sizeof(text), "w");

	(void)state;
	options_help(&table, stream);
	fclose(stream);
	assert_non_null(strstr(text, "usage: swiotlb test [OPTIONS]\n"));
	assert_non_null(strstr(text, "  -t, --time SEC            how long\n"));
	assert_non_null(strstr(text, "      --stacks"));
	assert_non_null(strstr(text, "  -h, --help"));
}

/* Where the tests write. */
static char directory[] = "/tmp/swiotlb-unit-XXXXXX";

static int make_directory(void **state)
{
	(void)state;
	return !mkdtemp(directory) || chdir(directory);
}

static int remove_directory(void **state)
{
	(void)state;
	return chdir("/") || rmdir(directory);
}

/*
 * Child
 */

static unsigned int ticks;

static int count_tick(void *context)
{
	(void)context;
	ticks++;
	return 0;
}

static int signal_us(void *context)
{
	if (!ticks++)
		kill(getpid(), *(int *)context);
	return 0;
}

static int fail_tick(void *context)
{
	(void)context;
	return -EIO;
}

static int watch_command(char *script, int (*tick)(void *), void *context,
			 struct watch_result *result)
{
	char *command[] = { "/bin/sh", "-c", script, NULL };
	const struct watch_options options = {
		.command = command,
		.interval_ns = 20 * NS_PER_MS,
		.tick = tick,
		.context = context,
	};

	ticks = 0;
	return watch(&options, result);
}

static void a_duration_is_kept(void **state)
{
	const struct watch_options options = {
		.duration_ns = 110 * NS_PER_MS,
		.interval_ns = 20 * NS_PER_MS,
		.tick = count_tick,
	};
	struct watch_result result;

	(void)state;
	ticks = 0;
	assert_int_equal(watch(&options, &result), 0);
	assert_true(result.duration_ns >= 110 * NS_PER_MS);
	assert_true(ticks >= 2);
	assert_false(result.interrupted);
	assert_int_equal(result.exit_status, -1);
}

static void a_signal_ends_a_duration(void **state)
{
	int signal = SIGINT;
	const struct watch_options options = {
		.duration_ns = 60 * NS_PER_SEC,
		.interval_ns = 10 * NS_PER_MS,
		.tick = signal_us,
		.context = &signal,
	};
	struct watch_result result;

	(void)state;
	ticks = 0;
	assert_int_equal(watch(&options, &result), 0);
	assert_true(result.interrupted);
	assert_int_equal(result.signal, SIGINT);
	assert_true(result.duration_ns < 10 * NS_PER_SEC);
}

static void a_command_is_waited_for(void **state)
{
	struct watch_result result;

	(void)state;
	assert_int_equal(watch_command("sleep 0.1; exit 3", count_tick, NULL,
				       &result),
			 0);
	assert_int_equal(result.exit_status, 3);
	assert_true(ticks >= 2);
	assert_int_equal(watch_command("kill -9 $$", NULL, NULL, &result), 0);
	assert_int_equal(result.exit_status, 128 + SIGKILL);
}

static void signals_reach_the_command(void **state)
{
	struct watch_result result;
	int signal = SIGTERM;

	(void)state;
	assert_int_equal(watch_command("trap 'exit 7' TERM; while :; do sleep "
				       "0.02; done",
				       signal_us, &signal, &result),
			 0);
	assert_true(result.interrupted);
	assert_true(result.exit_status == 7 ||
		    result.exit_status == 128 + SIGTERM);
}

static void a_command_that_cannot_start_is_reported(void **state)
{
	char *missing[] = { "no-such-command", NULL };
	char *not_executable[] = { "/etc/passwd", NULL };
	struct watch_options options = {
		.command = missing,
		.interval_ns = NS_PER_SEC,
	};
	struct watch_result result;

	(void)state;
	assert_int_equal(watch(&options, &result), -ENOENT);
	options.command = not_executable;
	assert_int_equal(watch(&options, &result), -EACCES);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* none is left */
}

static void a_failing_tick_ends_the_command(void **state)
{
	struct watch_result result;

	(void)state;
	assert_int_equal(
		watch_command("exec sleep 60", fail_tick, NULL, &result), -EIO);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/*
 * Symbols
 */

static void addresses_get_names(void **state)
{
	struct symbols *symbols = NULL;
	char name[64];
	FILE *file = fopen("kallsyms", "we");

	(void)state;
	fputs("ffffffff81000100 t swiotlb_map\n"
	      "ffffffff81000000 T _stext\n"
	      "ffffffff81000180 B mem_section\n"
	      "ffffffffc0000000 t stress_map\t[swiotlb_stress]\n",
	      file);
	fclose(file);
	assert_int_equal(symbols_open(&symbols, "kallsyms"), 0);
	symbols_name(symbols, 0xffffffff81000190, name, sizeof(name));
	assert_string_equal(name, "swiotlb_map+0x90");
	symbols_name(symbols, 0xffffffffc0000004, name, sizeof(name));
	assert_string_equal(name, "stress_map+0x4 [swiotlb_stress]");
	symbols_name(symbols, 0x1000, name, sizeof(name));
	assert_string_equal(name, "0x1000");
	assert_true(symbols_have_data(symbols));
	symbols_close(symbols);
	symbols_name(NULL, 0xffffffff81000190, name, sizeof(name));
	assert_string_equal(name, "?");
	file = fopen("kallsyms", "we");
	fputs("0000000000000000 T _stext\n", file);
	fclose(file);
	assert_int_equal(symbols_open(&symbols, "kallsyms"), -EPERM);
	assert_int_equal(unlink("kallsyms"), 0);
}

static void symbols_may_be_functions_only(void **state)
{
	struct symbols *symbols = NULL;
	FILE *file = fopen("kallsyms", "we");

	(void)state;
	fputs("ffffffff81000000 T _stext\n"
	      "ffffffff82000000 D __start_rodata\n"
	      "0000000000000000 B mem_section\n",
	      file);
	fclose(file);
	assert_int_equal(symbols_open(&symbols, "kallsyms"), 0);
	assert_false(symbols_have_data(symbols));
	symbols_close(symbols);
	assert_int_equal(unlink("kallsyms"), 0);
}

/*
 * Errors
 */

static void errors_have_words(void **state)
{
	(void)state;
	assert_string_equal(error_text(-EPERM), "Operation not permitted");
	assert_string_equal(error_text(ENOENT), "No such file or directory");
	assert_string_equal(error_text(-524), "not supported by this kernel");
	assert_null(strstr(error_text(-517), "Unknown"));
}

static void bytes_become_utf8(void **state)
{
	static const char *const texts[][2] = {
		{ "plain", "plain" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa7",
		  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa7" },
		{ "\xc3", "?" },
		{ "a\xff\x80z", "a??z" },
		{ "\xc0\xaf", "??" },
		{ "\xed\xa0\x80", "???" },
		{ "\xf4\x90\x80\x80", "????" },
		{ "\xe2\x82", "??" },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_string_equal(utf8_clean(text, sizeof(text), texts[i][0]),
				    texts[i][1]);
	/* No character is cut. */
	assert_string_equal(utf8_clean(text, 4, "ab\xc3\xa9"), "ab");
	assert_string_equal(utf8_clean(text, 5, "ab\xc3\xa9"), "ab\xc3\xa9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_read),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(help_lists_every_option),
		cmocka_unit_test(a_duration_is_kept),
		cmocka_unit_test(a_signal_ends_a_duration),
		cmocka_unit_test(a_command_is_waited_for),
		cmocka_unit_test(signals_reach_the_command),
		cmocka_unit_test(a_command_that_cannot_start_is_reported),
		cmocka_unit_test(a_failing_tick_ends_the_command),
		cmocka_unit_test(addresses_get_names),
		cmocka_unit_test(symbols_may_be_functions_only),
		cmocka_unit_test(errors_have_words),
		cmocka_unit_test(bytes_become_utf8),
	};

	return cmocka_run_group_tests_name("util", tests, make_directory,
					   remove_directory);
}

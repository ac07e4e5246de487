/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include "model/preemption.h"

#define DEBIAN "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-1 (2026-09-01)"

static const struct preemption_config voluntary = {
	.known = true,
	.built = PREEMPTION_VOLUNTARY,
};
static const struct preemption_config full = {
	.known = true,
	.built = PREEMPTION_FULL,
};
static const struct preemption_config lazy = {
	.known = true,
	.lazy_offered = true,
	.built = PREEMPTION_LAZY,
};
/* 6.13 to 6.18: offers lazy, is built without */
static const struct preemption_config none_of_both = {
	.known = true,
	.lazy_offered = true,
	.built = PREEMPTION_NONE,
};
static const struct preemption_config unread;

struct row {
	const char *debugfs;
	const char *boot_args;
	const char *version;
	const struct preemption_config *config;
	enum preemption mode;
};

static enum preemption decide(const struct row *row, bool rt)
{
	const struct preemption_facts facts = {
		.rt = rt,
		.debugfs = row->debugfs,
		.boot_args = row->boot_args,
		.version = row->version,
		.config = *row->config,
	};

	return preemption_decide(&facts);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (decide(&rows[i], false) != rows[i].mode)
			fail_msg("row %zu is %d", i, decide(&rows[i], false));
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(*(rows)))

static void debugfs_has_the_last_word(void **state)
{
	static const struct row rows[] = {
		{ "none voluntary (full) \n", "preempt=none", DEBIAN,
		  &voluntary, PREEMPTION_FULL },
		{ "(none) voluntary full \n", "", DEBIAN, &voluntary,
		  PREEMPTION_NONE },
		{ "none (voluntary) full lazy \n", "", DEBIAN, &lazy,
		  PREEMPTION_VOLUNTARY },
		{ "full (lazy)\n", "preempt=full", DEBIAN, &lazy,
		  PREEMPTION_LAZY },
		{ "none voluntary full", "", DEBIAN, &voluntary,
		  PREEMPTION_UNKNOWN },
		{ "none voluntary (full", "", DEBIAN, &voluntary,
		  PREEMPTION_UNKNOWN },
		{ "(eager)", "", DEBIAN, &voluntary, PREEMPTION_UNKNOWN },
		{ "", "", DEBIAN, &voluntary, PREEMPTION_UNKNOWN },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void boot_arguments_count_where_the_kernel_takes_them(void **state)
{
	static const struct row rows[] = {
		{ NULL, "ro preempt=full quiet", DEBIAN, &voluntary,
		  PREEMPTION_FULL },
		{ NULL, "preempt=full preempt=none\n", DEBIAN, &voluntary,
		  PREEMPTION_NONE },
		{ NULL, "preempt=voluntary", DEBIAN, &full,
		  PREEMPTION_VOLUNTARY },
		{ NULL, "preempt=full", DEBIAN, &unread, PREEMPTION_FULL },
		/* Only from 6.13 on, and only there. */
		{ NULL, "preempt=lazy", DEBIAN, &voluntary,
		  PREEMPTION_VOLUNTARY },
		{ NULL, "preempt=lazy", DEBIAN, &none_of_both,
		  PREEMPTION_LAZY },
		{ NULL, "preempt=none", DEBIAN, &none_of_both,
		  PREEMPTION_NONE },
		/* Taken up to 6.18, ignored later. */
		{ NULL, "preempt=none", DEBIAN, &lazy, PREEMPTION_UNKNOWN },
		{ NULL, "preempt=none", DEBIAN, &unread, PREEMPTION_UNKNOWN },
		{ NULL, "preempt=fully", DEBIAN, &voluntary,
		  PREEMPTION_VOLUNTARY },
		{ NULL, "xpreempt=full", DEBIAN, &voluntary,
		  PREEMPTION_VOLUNTARY },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void else_it_is_as_built(void **state)
{
	static const struct row rows[] = {
		{ NULL, "", DEBIAN, &voluntary, PREEMPTION_VOLUNTARY },
		{ NULL, "", DEBIAN, &lazy, PREEMPTION_LAZY },
		{ NULL, "", DEBIAN, &unread, PREEMPTION_UNKNOWN },
		/* Without PREEMPT_DYNAMIC an argument means nothing. */
		{ NULL, "preempt=none", "#1 SMP PREEMPT now", &full,
		  PREEMPTION_FULL },
		{ NULL, "", "#1 SMP PREEMPT now", &unread, PREEMPTION_FULL },
		{ NULL, "", "#1 SMP PREEMPT now", &lazy, PREEMPTION_LAZY },
		{ NULL, "", "#1 SMP PREEMPT_LAZY now", &unread,
		  PREEMPTION_LAZY },
		{ NULL, "", "#1 SMP now", &voluntary, PREEMPTION_VOLUNTARY },
		{ NULL, "preempt=full", "#1 SMP now", &unread,
		  PREEMPTION_NONE },
		{ NULL, "", "", &unread, PREEMPTION_UNKNOWN },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void rt_goes_before_all(void **state)
{
	static const struct row named = { "full (lazy)", "preempt=full",
					  "#1 SMP PREEMPT_RT Debian", &lazy,
					  PREEMPTION_RT };
	static const struct row typed = { "(none) voluntary full", "", DEBIAN,
					  &voluntary, PREEMPTION_RT };

	(void)state;
	assert_int_equal(decide(&named, false), PREEMPTION_RT);
	assert_int_equal(decide(&typed, true), PREEMPTION_RT);
}

static void the_configuration_is_read(void **state)
{
	static const char *const lines[] = {
		"# CONFIG_PREEMPT_NONE is not set\n",
		"CONFIG_PREEMPT_LAZY=y\n",
		"CONFIG_PREEMPT_COUNT=y\n",
		"CONFIG_ARCH_HAS_PREEMPT_LAZY=y\n",
		"CONFIG_PREEMPT_DYNAMIC=y\n",
	};
	struct preemption_config config = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		preemption_config_line(&config, lines[i]);
	assert_true(config.known && config.lazy_offered);
	assert_int_equal(config.built, PREEMPTION_LAZY);
}

static void unknown_is_taken_for_preemptible(void **state)
{
	(void)state;
	assert_false(preemption_hits_programs(PREEMPTION_NONE));
	assert_false(preemption_hits_programs(PREEMPTION_VOLUNTARY));
	assert_true(preemption_hits_programs(PREEMPTION_LAZY));
	assert_true(preemption_hits_programs(PREEMPTION_FULL));
	assert_true(preemption_hits_programs(PREEMPTION_RT));
	assert_true(preemption_hits_programs(PREEMPTION_UNKNOWN));
	assert_null(preemption_name(PREEMPTION_UNKNOWN));
	assert_string_equal(preemption_name(PREEMPTION_RT), "rt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debugfs_has_the_last_word),
		cmocka_unit_test(
			boot_arguments_count_where_the_kernel_takes_them),
		cmocka_unit_test(else_it_is_as_built),
		cmocka_unit_test(rt_goes_before_all),
		cmocka_unit_test(the_configuration_is_read),
		cmocka_unit_test(unknown_is_taken_for_preemptible),
	};

	return cmocka_run_group_tests_name("preemption", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_fixture.h"
#include "views/doctor.h"
#include "views/json.h"
#include "views/text.h"

static char *page_of(const struct snapshot *snap, unsigned int width, bool utf8,
		     bool color);

static void write_json(const struct snapshot *snap, enum json_style style,
		       FILE *stream)
{
	struct interval interval;

	assert_int_equal(interval_make(NULL, snap, NULL, &interval), 0);
	assert_int_equal(json_report(&interval, style, stream), 0);
	interval_release(&interval);
}

static json_t *report_of(struct snapshot *snap, enum json_style style)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	json_error_t error;
	json_t *root;

	write_json(snap, style, stream);
	fclose(stream);
	if (style == JSON_LINE)
		assert_ptr_equal(strchr(text, '\n'), text + len - 1);
	root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(root);
	free(text);
	snapshot_release(snap);
	return root;
}

/* What stands at a path such as "pools.0.areas.1.used". */
static const json_t *at(const json_t *value, const char *path)
{
	char copy[128], *rest = copy, *key;

	snprintf(copy, sizeof(copy), "%s", path);
	while (value && (key = strsep(&rest, ".")))
		value = json_is_array(value)
				? json_array_get(value, strtoul(key, NULL, 10))
				: json_object_get(value, key);
	if (!value)
		fail_msg("no %s in the report", path);
	return value;
}

static json_int_t number(const json_t *root, const char *path)
{
	assert_true(json_is_integer(at(root, path)));
	return json_integer_value(at(root, path));
}

static const char *string(const json_t *root, const char *path)
{
	assert_true(json_is_string(at(root, path)));
	return json_string_value(at(root, path));
}

static void json_has_the_figures(void **state)
{
	struct snapshot snap;
	json_t *root;

	(void)state;
	fixture_busy(&snap);
	root = report_of(&snap, JSON_INDENTED);
	assert_string_equal(string(root, "schema"), REPORT_SCHEMA);
	assert_string_equal(string(root, "window.start"),
			    "2023-11-14T22:13:20.250000Z");
	assert_string_equal(string(root, "window.command.0"), "fio");
	assert_int_equal(number(root, "window.exit_status"), 0);
	assert_int_equal(number(root, "pools.0.used"), 2048);
	assert_int_equal(number(root, "pools.0.slot_bytes"), 2048);
	assert_int_equal(number(root, "pools.1.parent"), 0);
	assert_int_equal(number(root, "pools.0.areas.0.lock.contended"), 3);
	assert_int_equal(number(root, "pools.0.areas.0.lock.wait_ns.max"),
			 40000);
	assert_int_equal(
		number(root, "pools.0.areas.0.lock.wait_ns.histogram.6"), 1);
	assert_int_equal(number(root, "pools.0.areas.0.lock.cpus.2.max_ns"),
			 40000);
	assert_int_equal(number(root, "pools.0.areas.1.blocks.allocated"), 1);
	assert_int_equal(number(root, "blocks.leaked"), 2);
	assert_string_equal(string(root, "blocks.owners.1.device"),
			    "swiotlb_stress.1");
	assert_int_equal(number(root, "blocks.owners.1.bytes"), 2 << 20);
	assert_string_equal(string(root, "blocks.owners.1.stack.0"), "?");
	assert_int_equal(json_integer_value(json_object_get(
				 at(root, "loss.by_cause"), "locks.no_begin")),
			 1);
	json_decref(root);
}

static void json_says_null_where_unknown(void **state)
{
	struct snapshot snap;
	json_t *root;

	(void)state;
	fixture_quiet(&snap);
	snap.levels = 0;
	snap.pools[0].areas[0].used = (uint64_t)-1;
	snapshot_finish(&snap);
	root = report_of(&snap, JSON_LINE);
	assert_true(json_is_null(at(root, "pools.0.used")));
	assert_true(json_is_null(at(root, "pools.0.areas.0.used")));
	assert_true(json_is_null(at(root, "pools.0.areas.0.lock.contended")));
	assert_true(json_is_null(at(root, "pools.0.areas.0.lock.wait_ns.p99")));
	assert_true(json_is_null(at(root, "pools.0.device")));
	assert_true(json_is_null(at(root, "pools.0.parent")));
	assert_true(json_is_null(at(root, "blocks.live")));
	assert_true(json_is_null(at(root, "mappings.oldest_seconds")));
	assert_true(json_is_null(at(root, "failures.total")));
	assert_true(json_is_null(at(root, "devices")));
	assert_true(json_is_null(at(root, "wait_callers")));
	assert_true(json_is_null(at(root, "pools.0.areas.0.lock.hold_ns.max")));
	assert_true(json_is_null(at(root, "pools.0.areas.0.lock.holders")));
	assert_true(json_is_null(at(root, "window.command")));
	json_decref(root);
}

static void json_tells_what_sees_only_a_part(void **state)
{
	struct snapshot snap;
	json_t *root;

	(void)state;
	fixture_quiet(&snap);
	snap.hooks[1].partial = true;
	root = report_of(&snap, JSON_LINE);
	assert_true(json_is_false(at(root, "probes.0.partial")));
	assert_true(json_is_true(at(root, "probes.1.partial")));
	json_decref(root);
	snapshot_release(&snap);
}

static void who_waits_is_shown(void **state)
{
	struct snapshot snap;
	json_t *root;
	char *text;

	(void)state;
	fixture_attributed(&snap);
	text = page_of(&snap, 100, true, false);
	assert_non_null(strstr(text, "by CPU: 2 1 (40.0 us), 1* 1 (1.00 us), "
				     "0 1 (100 ns)"));
	assert_non_null(
		strstr(text, "* home is another area: 1 wait, total 1.00 us"));
	assert_non_null(strstr(text, "\nWHO WAITS\n"));
	assert_non_null(strstr(text, "\nLOCK HOLDS\n"));
	free(text);
	root = report_of(&snap, JSON_LINE);
	assert_int_equal(number(root, "pools.0.areas.0.lock.acquisitions"), 5);
	assert_int_equal(number(root, "pools.0.areas.0.lock.hold_ns.max"),
			 2500);
	assert_int_equal(
		number(root, "pools.0.areas.0.lock.holders.1.waited_ns"), 2500);
	assert_true(
		json_is_false(at(root, "pools.0.areas.0.lock.holders.1.home")));
	assert_int_equal(number(root, "pools.0.areas.0.lock.foreign.contended"),
			 1);
	assert_string_equal(string(root, "wait_callers.0.device"),
			    "0000:00:03.0");
	assert_string_equal(string(root, "wait_callers.2.op"), "map");
	assert_int_equal(number(root, "wait_callers.0.wait_ns.total"), 40000);
	assert_int_equal(number(root, "devices.1.lock.contended"), 2);
	json_decref(root);
}

static void json_survives_odd_names(void **state)
{
	struct snapshot snap;
	json_t *root;

	(void)state;
	fixture_busy(&snap);
	strcpy(snap.pools[1].name, "\xff\"\\\n");
	root = report_of(&snap, JSON_LINE);
	assert_string_equal(string(root, "pools.1.name"), "?\"\\\n");
	json_decref(root);
}

static char *page_of(const struct snapshot *snap, unsigned int width, bool utf8,
		     bool color)
{
	const struct text_options options = { .stacks = true };
	static const struct check check = {
		.name = "privileges",
		.state = CHECK_FATAL,
		.text = "neither CAP_SYS_ADMIN nor CAP_BPF with CAP_PERFMON",
		.remedy = "run it as root",
	};
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	struct interval interval;
	struct page page;

	assert_int_equal(interval_make(NULL, snap, NULL, &interval), 0);
	page_init(&page, stream, -1);
	page.canvas.width = width;
	page.pane.width = width;
	page.utf8 = utf8;
	page.color = color;
	assert_int_equal(text_report(&interval, &options, &page.pane), 0);
	doctor_view(snap, &check, 1, &page.pane);
	interval_release(&interval);
	assert_int_equal(page_write(&page), 0);
	fclose(stream);
	return text;
}

static unsigned int columns(const char *line, size_t len)
{
	unsigned int count = 0;

	for (size_t i = 0; i < len; i++)
		if (((unsigned char)line[i] & 0xc0) != 0x80)
			count++;
	return count;
}

static void assert_fits(const char *text, unsigned int width)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (columns(text, len) > width)
			fail_msg("wider than %u: %.*s", width, (int)len, text);
		if (len && text[len - 1] == ' ')
			fail_msg("trailing space: %.*s", (int)len, text);
		text += len + 1;
	}
}

static void no_line_is_too_wide(void **state)
{
	static const char *const fixtures[] = { "quiet",    "busy",
						"mappings", "attributed",
						"refused",  "empty",
						"areas" };
	static const unsigned int widths[] = { 40, 80, 100, 140 };

	(void)state;
	for (unsigned int i = 0; i < 7; i++) {
		struct snapshot snap;

		assert_true(fixture_by_name(fixtures[i], &snap));
		for (unsigned int j = 0; j < 4; j++) {
			char *text = page_of(&snap, widths[j], j % 2, false);

			assert_fits(text, widths[j]);
			free(text);
		}
		snapshot_release(&snap);
	}
}

static void ascii_is_ascii(void **state)
{
	struct snapshot snap;
	char *text;

	(void)state;
	fixture_busy(&snap);
	text = page_of(&snap, 80, false, false);
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
	assert_non_null(strstr(text, "####"));
	free(text);
	snapshot_release(&snap);
}

static void the_report_reads_well(void **state)
{
	struct snapshot snap;
	char *text, *verdict, *pools, *findings;

	(void)state;
	fixture_busy(&snap);
	text = page_of(&snap, 100, true, false);
	verdict = strstr(text, "\nVERDICT  1 block (2 MiB) leaked");
	pools = strstr(text, "\nPOOLS\n  default: 4096 slots (8 MiB) in 2 "
			     "areas, used 2048 (50%), peak 2198 (53%)\n");
	findings = strstr(text, "\nFINDINGS\n");
	assert_true(verdict && pools && findings);
	assert_true(verdict < pools && pools < findings);
	assert_non_null(strstr(text, "0  \xe2\x96\x88\xe2\x96\x88"));
	assert_non_null(strstr(text, "\n       2048 slots are free now; the "
				     "largest mapping that fits: 256 KiB\n"
				     "       peak since boot, by the kernel: "
				     "3000 slots (73%)\n"));
	assert_non_null(strstr(text, "3 waits, total 41.1 us"));
	assert_non_null(strstr(text, "\n  2 live (4 MiB), 2 leaked, "));
	assert_null(strchr(text, '\033'));
	free(text);
	text = page_of(&snap, 100, true, true);
	assert_non_null(strstr(text, "\033[0;1;31m"));
	free(text);
	snapshot_release(&snap);
}

static void mappings_read_well(void **state)
{
	struct snapshot snap;
	char *text;

	(void)state;
	fixture_mappings(&snap);
	snap.devices[0].gone = true;
	snap.live_groups[1].leak = LEAK_MEMORY_FREED;
	snapshot_finish(&snap);
	for (unsigned int i = 0; i < 10; i++) {
		snap.devices[i % 2].size.count[12]++;
		snap.devices[i % 2].lifetime.count[i < 9 ? 10 : 31]++;
	}
	text = page_of(&snap, 100, true, false);
	assert_non_null(strstr(text, "ended: half less than 8 KiB, 99 in 100 "
				     "less than 8 KiB\n"));
	assert_non_null(strstr(text,
			       "they lived: half less than 2.05 us, 99 in "
			       "100 2.15 s or more\n"));
	assert_non_null(strstr(text, "known age: 1.50 s\n"));
	assert_non_null(strstr(text, " 10       0      13 "));
	assert_null(strstr(text, "syncs"));
	free(text);
	snap.levels |= LEVEL_BOUNCES;
	text = page_of(&snap, 100, true, false);
	assert_non_null(strstr(text, "syncs: unknown: this version"));
	free(text);
	/* Half of it counts for nothing: one end without the other. */
	for (size_t i = 0; i < snap.nr_hooks; i++)
		if (!strcmp(snap.hooks[i].name, "mappings.map"))
			snap.hooks[i].state = HOOK_ABSENT;
	text = page_of(&snap, 100, true, false);
	assert_non_null(strstr(text, "\nMAPPINGS\n  unknown: "));
	free(text);
	snapshot_release(&snap);
}

/* What a kernel does not have is a line, however many hooks it is. */
static void absent_hooks_are_one_line(void **state)
{
	struct snapshot snap;
	char *text;

	(void)state;
	fixture_quiet(&snap);
	for (size_t i = 1; i < snap.nr_hooks; i++) {
		snap.hooks[i].state = HOOK_ABSENT;
		strcpy(snap.hooks[i].reason, "this kernel has none");
	}
	text = page_of(&snap, 100, true, false);
	assert_non_null(strstr(text,
			       "  3 hooks                 absent          "
			       "this kernel has none\n"));
	assert_null(strstr(text, "blocks.allocate"));
	strcpy(snap.hooks[1].reason, "not here");
	free(text);
	text = page_of(&snap, 100, true, false);
	assert_non_null(strstr(text,
			       "  locks.wait              absent          not "
			       "here\n"
			       "  2 hooks                 absent          "));
	free(text);
	snapshot_release(&snap);
}

/* With stacks, whether these were asked for or not. */
static void wrong_unmaps_read_well(void **state)
{
	struct snapshot snap;
	char *text;

	(void)state;
	fixture_wrong_unmaps(&snap);
	text = page_of(&snap, 120, true, false);
	assert_non_null(strstr(text,
			       "wrong unmaps: 5 by another device, 9 of what "
			       "was not mapped, 4 of another size\n"
			       "    swiotlb_stress.0: 9 unmaps where nothing "
			       "was mapped any more; first in default, slot "
			       "256\n        "));
	free(text);
	snapshot_release(&snap);
}

static void transient_pools_are_one_line(void **state)
{
	struct snapshot snap;
	char *text;

	(void)state;
	fixture_quiet(&snap);
	for (unsigned int i = 0; i < 300; i++)
		fixture_add_pool(&snap, POOL_TRANSIENT, "transient", 1, 32);
	text = page_of(&snap, 120, true, false);
	assert_non_null(strstr(text, "transient: 300 pools of 9600 slots"));
	assert_null(strstr(text, "(transient)"));
	free(text);
	snapshot_release(&snap);
}

static void many_areas_are_cut_with_a_mark(void **state)
{
	struct snapshot snap;
	char *text;

	(void)state;
	fixture_areas(&snap, 300);
	text = page_of(&snap, 100, true, false);
	assert_non_null(strstr(text, "284 more areas, all less busy"));
	free(text);
	snapshot_release(&snap);
}

static void names_cannot_move_the_cursor(void **state)
{
	struct snapshot snap;
	char *text;

	(void)state;
	fixture_busy(&snap);
	strcpy(snap.pools[1].name, "a\033[2Jb\r\x01\x02");
	strcpy(snap.owners[1].device, "caf\xc3\xa9-\xff-longer-than-a-column");
	text = page_of(&snap, 100, true, false);
	assert_null(strpbrk(text, "\033\r\x01\x02"));
	assert_non_null(strstr(text, "a?[2Jb???"));
	assert_non_null(strstr(text, "caf\xc3\xa9-?-longer-than-\xe2\x80\xa6"));
	free(text);
	snapshot_release(&snap);
}

static void the_doctor_states_what_tables_take(void **state)
{
	struct snapshot snap;
	char *text;

	(void)state;
	fixture_quiet(&snap);
	text = page_of(&snap, 100, true, false);
	assert_non_null(strstr(text, "  mappings     96 KiB\n"));
	assert_non_null(strstr(text, "  all levels   1.09 MiB, and up to "
				     "121 KiB more as tables fill\n"));
	free(text);
	snapshot_release(&snap);
}

static void the_doctor_names_the_remedy(void **state)
{
	struct snapshot snap;
	char *text;

	(void)state;
	fixture_quiet(&snap);
	text = page_of(&snap, 100, true, false);
	assert_non_null(strstr(text, "privileges     failed"));
	assert_non_null(strstr(text, "run it as root"));
	assert_non_null(strstr(text, "the kernel has no "
				     "swiotlb_device_allocate"));
	free(text);
	snapshot_release(&snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_the_figures),
		cmocka_unit_test(json_says_null_where_unknown),
		cmocka_unit_test(json_tells_what_sees_only_a_part),
		cmocka_unit_test(who_waits_is_shown),
		cmocka_unit_test(json_survives_odd_names),
		cmocka_unit_test(no_line_is_too_wide),
		cmocka_unit_test(ascii_is_ascii),
		cmocka_unit_test(the_report_reads_well),
		cmocka_unit_test(mappings_read_well),
		cmocka_unit_test(absent_hooks_are_one_line),
		cmocka_unit_test(wrong_unmaps_read_well),
		cmocka_unit_test(transient_pools_are_one_line),
		cmocka_unit_test(many_areas_are_cut_with_a_mark),
		cmocka_unit_test(names_cannot_move_the_cursor),
		cmocka_unit_test(the_doctor_states_what_tables_take),
		cmocka_unit_test(the_doctor_names_the_remedy),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests_name("views", tests, NULL, NULL);
}

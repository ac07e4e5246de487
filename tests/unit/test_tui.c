/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui_shown.h"
#include "views/tui_table.h"
#include "views/values.h"

/*
 * Screens
 */

static const struct {
	unsigned int width, height;
} sizes[] = { { 80, 24 }, { 120, 40 }, { 200, 60 } };

static const char *const fixtures[] = { "quiet", "busy",      "mappings",
					"empty", "areas",     "areas1024",
					"large", "attributed" };

/* Figures stand in full: a cut number is a wrong one. */
static void check_numbers(const struct tui_state *state)
{
	const struct column *columns = tui_table(state->screen)->columns;
	struct place places[MAX_COLUMNS];
	unsigned int left_out, count, end = 0;
	const struct scene scene = tui_scene(state);

	count = table_place(columns, state->width, places, &left_out);
	for (unsigned int i = 0; i < count; i++) {
		assert_true(places[i].x > end || !i);
		end = places[i].x + places[i].width;
		assert_true(end <= state->width);
		assert_true(canvas_columns(columns[places[i].column].title) <=
			    places[i].width);
		for (size_t j = 0; j < state->nr_rows; j++) {
			struct content cell = { 0 };

			column_content(&columns[places[i].column],
				       places[i].metric, &scene,
				       &state->rows[j], &cell);
			content_fit(&cell, places[i].width);
			if (cell.kind == CONTENT_NUMBER &&
			    canvas_columns(cell.text) > places[i].width)
				fail_msg("%s is cut: %s",
					 columns[places[i].column].title,
					 cell.text);
		}
	}
}

static void check_frame(struct shown *shown)
{
	const struct canvas *canvas = &shown->canvas;
	const struct cell *last;

	free(screen(shown, true));
	last = &canvas->cells[(size_t)canvas->width * (canvas->height - 1)];
	for (unsigned int x = 0; x < canvas->width; x++) {
		assert_true(canvas->cells[x].style == STYLE_FRAME ||
			    canvas->cells[x].style == STYLE_FRAME_STRONG);
		assert_true(last[x].style == STYLE_FRAME ||
			    last[x].style == STYLE_FRAME_STRONG);
	}
	/* Parts of a screen do not reach into each other. */
	assert_true(shown->state.layout.table +
			    shown->state.layout.table_lines <=
		    canvas->height - 2);
	assert_true(shown->state.layout.below +
			    shown->state.layout.below_lines <=
		    canvas->height - 2);
}

static void check_screen(struct shown *shown, unsigned int which)
{
	press(shown, '1' + which);
	assert_int_equal(shown->state.screen, which);
	check_frame(shown);
	check_numbers(&shown->state);
	assert_shows(shown, "swiotlb top");
	assert_shows(shown, tui_screen_name(which));
	press(shown, TUI_KEY_END);
	check_frame(shown);
	if (!shown->state.nr_rows)
		return;
	press(shown, TUI_KEY_ENTER);
	assert_true(shown->state.detail);
	assert_shows(shown, shown->state.detail_title);
	press(shown, TUI_KEY_END);
	check_frame(shown);
	press(shown, TUI_KEY_ESCAPE);
	assert_false(shown->state.detail);
}

static void every_screen_fits_every_size(void **state)
{
	struct shown shown;

	(void)state;
	for (unsigned int i = 0; i < LENGTH(fixtures); i++) {
		for (unsigned int j = 0; j < LENGTH(sizes); j++) {
			start(&shown, fixtures[i], sizes[j].width,
			      sizes[j].height);
			for (unsigned int k = 0; k < TUI_SCREENS; k++)
				check_screen(&shown, k);
			stop(&shown);
		}
	}
}

static void the_smallest_size_has_the_main_figures(void **state)
{
	static const char *const titles[] = {
		"in use", "used/slots", "peak", "run",	   "waits/s",
		"wait",	  "p99",	"max",	"wait 60s"
	};
	struct shown shown;

	(void)state;
	start(&shown, "busy", 80, 24);
	for (unsigned int i = 0; i < LENGTH(titles); i++)
		assert_shows(&shown, titles[i]);
	assert_shows(&shown, "1024/2048");
	assert_shows(&shown, "1 block (2 MiB) leaked");
	assert_shows(&shown, "q Quit");
	assert_shows(&shown, "tool 0.12% CPU, BPF unknown: see 7 | locks");
	assert_shows(&shown, "1 lost");
	stop(&shown);
}

static void large_numbers_are_shortened(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "large", 80, 24);
	assert_shows(&shown, " 12M/17M ");
	resize(&shown, 200, 60);
	assert_shows(&shown, "24691356/33554432");
	press(&shown, '2');
	assert_shows(&shown, " 12345678 ");
	stop(&shown);
}

static void spare_lines_are_used(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "mappings", 120, 40);
	assert_shows(&shown, "LAST MINUTE: SLOTS USED");
	press(&shown, '4');
	assert_shows(&shown, "REFUSED"); /* of the device below the table */
	press(&shown, '6');
	assert_shows(&shown, "the driver must call swiotlb_device_free()");
	resize(&shown, 80, 24);
	assert_shows(&shown, "WHAT TO DO");
	press(&shown, '2');
	assert_shows(&shown, "Enter shows all");
	assert_shows(&shown, "swiotlb_stre\xe2\x80\xa6    1");
	stop(&shown);
}

static void wrong_unmaps_are_told(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "wrong_unmaps", 120, 60);
	press(&shown, '4');
	assert_shows(&shown, "session   18 wrong unmaps, failures: 4 oversize");
	press(&shown, TUI_KEY_DOWN);
	press(&shown, TUI_KEY_ENTER);
	assert_shows(&shown, "WRONG UNMAPS (SESSION)");
	assert_shows(&shown, " unmaps where nothing was mapped any more; first "
			     "in default, slot 256");
	stop(&shown);
}

static void below_it_says_what_it_needs(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "busy", 79, 24);
	assert_shows(&shown, "swiotlb top needs");
	assert_shows(&shown, "80\xc3\x97"
			     "24, this is 79");
	resize(&shown, 30, 3);
	assert_shows(&shown, "this is 30\xc3\x97"
			     "3");
	for (unsigned int i = 1; i < 12; i++) {
		resize(&shown, i, i);
		free(screen(&shown, true));
		press(&shown, TUI_KEY_PAGE_DOWN);
		press(&shown, '?');
	}
	resize(&shown, 80, 24);
	assert_false(shows(&shown, "needs"));
	press(&shown, 'q');
	assert_true(shown.state.requests & TUI_QUIT);
	stop(&shown);
}

static void without_utf8_it_is_ascii(void **state)
{
	struct shown shown;
	char *text;

	(void)state;
	start(&shown, "areas1024", 120, 40);
	for (unsigned int i = 0; i < 2 * TUI_SCREENS; i++) {
		text = screen(&shown, false);
		for (const char *c = text; *c; c++)
			assert_true((*c >= ' ' && *c < 0x7f) || *c == '\n');
		assert_null(strchr(text, '?'));
		free(text);
		press(&shown, TUI_KEY_TAB);
	}
	stop(&shown);
}

static void thousand_areas_can_be_reached(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "areas1024", 80, 24);
	assert_int_equal(shown.state.nr_rows, 1024);
	assert_shows(&shown, "of 1024");
	assert_shows(&shown, "each sign is the fullest of 7");
	assert_true(shown.state.layout.strip_lines);
	press(&shown, TUI_KEY_END);
	assert_shows(&shown, " 1023 ");
	assert_int_equal(tui_selected(&shown.state)->area->index, 1023);
	press(&shown, TUI_KEY_PAGE_UP);
	assert_in_range(tui_selected(&shown.state)->area->index, 1000, 1022);
	press(&shown, TUI_KEY_HOME);
	press(&shown, TUI_KEY_UP);
	assert_int_equal(tui_selected(&shown.state)->area->index, 0);
	stop(&shown);
}

static void sixteen_areas_are_all_seen(void **state)
{
	struct shown shown;
	struct snapshot snap;

	(void)state;
	start(&shown, "quiet", 120, 40);
	fixture_areas(&snap, 16);
	give(&shown, &snap, NS_PER_SEC);
	assert_int_equal(shown.state.layout.strip_lines, 0);
	assert_true(shown.state.layout.table_lines >= 16);
	assert_shows(&shown, "  15 ");
	stop(&shown);
}

/*
 * Rows
 */

static void check_order(const struct tui_state *state)
{
	for (size_t i = 1; i < state->nr_rows; i++) {
		const struct row *before = &state->rows[i - 1];
		const struct row *row = &state->rows[i];

		if (row->name)
			assert_true(strcmp(before->name, row->name) <= 0);
		else
			assert_true(before->number >= row->number);
	}
}

static void sort_by_all(struct shown *shown, unsigned int which)
{
	const struct tui_list *list = &shown->state.lists[which];

	press(shown, '1' + which);
	do {
		press(shown, 's');
		if (list->sort >= 0)
			check_order(&shown->state);
	} while (list->sort != tui_table(which)->sort);
}

static void every_column_sorts(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "mappings", 200, 60);
	for (unsigned int i = 0; i < TUI_SCREENS; i++)
		sort_by_all(&shown, i);
	give_fixture(&shown, "areas");
	for (unsigned int i = 0; i < 3; i++)
		sort_by_all(&shown, i);
	press(&shown, '3'); /* by waits, the most first */
	assert_int_equal(shown.state.rows[0].area->locks.contended, 6);
	press(&shown, 'S');
	assert_int_equal(shown.state.rows[0].area->locks.contended, 0);
	stop(&shown);
}

static void the_selection_follows_its_row(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "areas", 80, 24);
	press(&shown, TUI_KEY_DOWN);
	press(&shown, TUI_KEY_DOWN);
	press(&shown, 's'); /* by how full they are */
	assert_int_equal(tui_selected(&shown.state)->area->index, 2);
	assert_int_not_equal(shown.state.lists[0].selected, 2);
	give_fixture(&shown, "areas");
	assert_int_equal(tui_selected(&shown.state)->area->index, 2);
	stop(&shown);
}

static void type(struct shown *shown, const char *text)
{
	for (; *text; text++)
		press(shown, (unsigned char)*text);
}

static void a_filter_hides_rows(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "mappings", 120, 40);
	type(&shown, "/STRESS");
	assert_shows(&shown, "that match: STRESS_");
	press(&shown, TUI_KEY_ENTER);
	assert_int_equal(shown.state.nr_rows, 2);
	assert_shows(&shown, "filter STRESS, 2 hidden");
	press(&shown, '4');
	assert_int_equal(shown.state.nr_rows, 1);
	type(&shown, "/");
	press(&shown, 'U' & 0x1f);
	type(&shown, "*:03.?q");
	press(&shown, TUI_KEY_BACKSPACE);
	press(&shown, TUI_KEY_ENTER);
	assert_int_equal(shown.state.nr_rows, 1);
	assert_shows(&shown, "0000:00:03.0");
	type(&shown, "/nothing at all");
	press(&shown, TUI_KEY_ENTER);
	assert_shows(&shown, "nothing matches");
	assert_false(shown.state.requests & TUI_QUIT);
	press(&shown, TUI_KEY_ESCAPE);
	assert_int_equal(shown.state.nr_rows, 2);
	stop(&shown);
}

static void a_device_says_why_it_bounces(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "mappings", 120, 40);
	press(&shown, '4');
	press(&shown, TUI_KEY_ENTER);
	assert_shows(&shown, "all: swiotlb=force");
	assert_shows(&shown, "256 KiB, min_align_mask 0");
	stop(&shown);
}

static void what_vanishes_is_left_cleanly(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "mappings", 120, 40);
	press(&shown, TUI_KEY_END); /* an area of the device's own pool */
	press(&shown, TUI_KEY_ENTER);
	assert_shows(&shown, "pool swiotlb_stress.1, area 1");
	give_fixture(&shown, "quiet");
	assert_false(shown.state.detail);
	assert_shows(&shown, "pool swiotlb_stress.1, area 1 has gone");
	give_fixture(&shown, "mappings");
	press(&shown, '4');
	press(&shown, TUI_KEY_DOWN);
	press(&shown, TUI_KEY_ENTER);
	assert_shows(&shown, "REFUSED");
	give_fixture(&shown, "busy");
	assert_shows(&shown, "has gone");
	assert_shows(&shown, "press m to attach");
	press(&shown, '1');
	give_fixture(&shown, "empty");
	assert_shows(&shown, "no swiotlb pool");
	press(&shown, TUI_KEY_ENTER);
	press(&shown, TUI_KEY_DOWN);
	assert_false(shown.state.detail);
	give_fixture(&shown, "quiet");
	assert_int_equal(shown.state.nr_rows, 2);
	stop(&shown);
}

/*
 * Figures
 */

static void rates_and_shares_read_well(void **state)
{
	struct snapshot snap = { .window.duration_ns = NS_PER_SEC / 2 };
	char text[32];

	(void)state;
	assert_string_equal(format_rate(text, 32, &snap, 0), "0");
	assert_string_equal(format_rate(text, 32, &snap, 3), "6.0");
	assert_string_equal(format_rate(text, 32, &snap, 1000), "2000");
	assert_string_equal(format_rate(text, 32, &snap, 49999), "99998");
	assert_string_equal(format_rate(text, 32, &snap, 50000), "100k");
	assert_string_equal(format_rate(text, 32, &snap, 12345678), "25M");
	snap.window.duration_ns = 0;
	assert_string_equal(format_rate(text, 32, &snap, 3), "-");
	assert_string_equal(format_share(text, 32, 0), "0%");
	assert_string_equal(format_share(text, 32, 1), "<0.01%");
	assert_string_equal(format_share(text, 32, 12345), "1.23%");
	assert_string_equal(format_share(text, 32, 123456), "12.3%");
	assert_string_equal(format_share(text, 32, 2500000), "250%");
}

static unsigned int used_height(const struct history *history,
				const struct ring *ring, unsigned int column,
				unsigned int columns)
{
	return history_height(history, ring, TREND_USED, column, columns, 8);
}

static void history_is_a_minute(void **state)
{
	struct history history = { 0 };
	const struct ring *ring;
	struct snapshot snap;

	(void)state;
	fixture_busy(&snap);
	snap.window.duration_ns = NS_PER_SEC;
	for (unsigned int i = 0; i < 100; i++) {
		snap.taken_ns = i * NS_PER_SEC + NS_PER_SEC / 2;
		snap.pools[0].areas[0].used = i < 98 ? 0 : 2048;
		assert_int_equal(history_add(&history, &snap), 0);
	}
	ring = history_ring(&history, &snap.pools[0], 0);
	/* Three waits of 41.1 us in sum are a trace of a second. */
	assert_int_equal(history_height(&history, ring, TREND_WAIT, 59, 60, 64),
			 1);
	assert_int_equal(used_height(&history, ring, 59, 60), 8);
	assert_int_equal(used_height(&history, ring, 58, 60), 8);
	assert_int_equal(used_height(&history, ring, 57, 60), 0);
	assert_int_equal(used_height(&history, ring, 7, 8), 8);
	assert_int_equal(used_height(&history, ring, 6, 8), 0);
	assert_int_equal(used_height(&history, ring, 99, 100), 8);
	assert_int_equal(used_height(&history, ring, 0, 100), HISTORY_UNKNOWN);
	/* A pause leaves a gap. */
	snap.taken_ns += 10 * NS_PER_SEC;
	assert_int_equal(history_add(&history, &snap), 0);
	assert_int_equal(used_height(&history, ring, 59, 60), 8);
	assert_int_equal(used_height(&history, ring, 58, 60), HISTORY_UNKNOWN);
	assert_int_equal(used_height(&history, ring, 49, 60), 8);
	history_release(&history);
	snapshot_release(&snap);
}

/*
 * Time
 */

static void memory_stays_flat(void **state)
{
	static const char *const names[] = { "busy", "mappings", "quiet",
					     "empty" };
	struct shown shown;
	size_t used = 0;

	(void)state;
	start(&shown, "mappings", 120, 40);
	for (unsigned int i = 0; i <= 10000; i++) {
		struct snapshot snap;

		/* Pools and devices come and go now and then. */
		assert_true(
			fixture_by_name(names[i / 25 % LENGTH(names)], &snap));
		snap.taken_ns = i * NS_PER_SEC / 3;
		give(&shown, &snap, NS_PER_SEC / 3);
		if (i % 100 == 0)
			press(&shown, '1' + i / 100 % TUI_SCREENS);
		if (i % 50 == 0)
			free(screen(&shown, true));
		/* Buffers have their size when all has been shown. */
		if (i < 4200 || i % 1400 != 1399)
			continue;
		if (!used)
			used = mallinfo2().uordblks;
		else
			assert_in_range(mallinfo2().uordblks, 0, used + 4096);
	}
	stop(&shown);
}

/* What was counted of pools that are gone stays in totals, and has a line. */
static void pools_that_are_gone_have_a_line(void **state)
{
	struct snapshot snap;
	struct shown shown;

	(void)state;
	start(&shown, "attributed", 100, 30);
	press(&shown, '1' + TUI_LOCKS);
	assert_false(shows(&shown, "gone pools"));
	assert_true(fixture_by_name("attributed", &snap));
	fixture_wait(&snap.gone_waits, 5000000);
	snap.gone_holds.acquisitions = 48000;
	snap.gone_holds.max_ns = 7000;
	give(&shown, &snap, NS_PER_SEC);
	assert_shows(&shown, "gone pools: 1 waits, total 5.00 ms, max "
			     "5.00 ms; 48000 holds, max 7.00 us");
	/* The sum of the interval has them as well. */
	assert_shows(&shown, "of a CPU, max 5.00 ms");
	check_frame(&shown);
	stop(&shown);
}

static void logs_have_every_row(void **state)
{
	struct shown shown;
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	(void)state;
	start(&shown, "areas1024", 120, 40);
	assert_int_equal(tui_draw_log(&shown.state, &shown.canvas, 120), 0);
	canvas_write(&shown.canvas, stream, true, false);
	fclose(stream);
	assert_non_null(strstr(text, "  1023 "));
	assert_non_null(strstr(text, "the last 1.00 s"));
	assert_non_null(strstr(text, "waits     "));
	assert_null(strstr(text, "see 7"));
	free(text);
	stop(&shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_screen_fits_every_size),
		cmocka_unit_test(the_smallest_size_has_the_main_figures),
		cmocka_unit_test(large_numbers_are_shortened),
		cmocka_unit_test(spare_lines_are_used),
		cmocka_unit_test(wrong_unmaps_are_told),
		cmocka_unit_test(below_it_says_what_it_needs),
		cmocka_unit_test(without_utf8_it_is_ascii),
		cmocka_unit_test(thousand_areas_can_be_reached),
		cmocka_unit_test(sixteen_areas_are_all_seen),
		cmocka_unit_test(every_column_sorts),
		cmocka_unit_test(the_selection_follows_its_row),
		cmocka_unit_test(a_filter_hides_rows),
		cmocka_unit_test(a_device_says_why_it_bounces),
		cmocka_unit_test(what_vanishes_is_left_cleanly),
		cmocka_unit_test(rates_and_shares_read_well),
		cmocka_unit_test(history_is_a_minute),
		cmocka_unit_test(memory_stays_flat),
		cmocka_unit_test(pools_that_are_gone_have_a_line),
		cmocka_unit_test(logs_have_every_row),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/delta.h"
#include "model_fixture.h"
#include "views/tui_actions.h"
#include "views/tui_draw.h"
#include "views/tui_events.h"
#include "views/tui_table.h"
#include "views/values.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/**
 * struct shown - a monitor without terminal and kernel
 * @state: what it remembers
 * @canvas: what it shows
 * @model: made of these
 */
struct shown {
	struct tui_state state;
	struct canvas canvas;
	struct snapshot total;
	struct snapshot interval;
	struct findings findings;
	struct overhead overhead;
	struct tui_model model;
};

static const struct {
	unsigned int width, height;
} sizes[] = { { 80, 24 }, { 120, 40 }, { 200, 60 } };

static const char *const fixtures[] = { "quiet", "busy",      "mappings",
					"empty", "areas",     "areas1024",
					"large", "attributed" };

static void resize(struct shown *shown, unsigned int width, unsigned int height)
{
	tui_event(&shown->state, &(struct tui_event){
					 .kind = TUI_EVENT_RESIZE,
					 .x = width,
					 .y = height,
				 });
}

static void press(struct shown *shown, uint32_t key)
{
	tui_event(&shown->state, &(struct tui_event){
					 .kind = TUI_EVENT_KEY,
					 .key = key,
				 });
}

static void click(struct shown *shown, unsigned int x, unsigned int y)
{
	tui_event(&shown->state, &(struct tui_event){
					 .kind = TUI_EVENT_CLICK,
					 .x = x,
					 .y = y,
				 });
}

static void forget(struct shown *shown)
{
	snapshot_release(&shown->total);
	snapshot_release(&shown->interval);
	findings_release(&shown->findings);
}

/* Takes @total over; all its counters are of the interval as well. */
static void give(struct shown *shown, struct snapshot *total,
		 uint64_t duration_ns)
{
	forget(shown);
	shown->total = *total;
	assert_int_equal(snapshot_copy(&shown->interval, total), 0);
	shown->interval.window.duration_ns = duration_ns;
	assert_int_equal(findings_evaluate(&shown->interval, &shown->findings),
			 0);
	shown->overhead = (struct overhead){ .known = true, .cpu_ppm = 1234 };
	shown->model = (struct tui_model){
		.total = &shown->total,
		.interval = &shown->interval,
		.findings = &shown->findings,
		.overhead = &shown->overhead,
	};
	assert_int_equal(tui_interval(&shown->state, &shown->model), 0);
}

/* 64 GiB with all that is counted in seven digits or more. */
static void large(struct snapshot *snap)
{
	fixture_attributed(snap);
	for (unsigned int i = 0; i < 2; i++) {
		struct area *area = &snap->pools[0].areas[i];

		area->slots = 16 << 20;
		area->used = area->busy = 12345678;
		area->used_peak = 15000000;
		area->locks.contended = 123456789;
		area->blocks.allocated = 12056;
		area->blocks.total = 16384;
	}
	snap->pools[0].slots = 32 << 20;
	for (size_t i = 0; i < snap->nr_devices; i++) {
		struct mapping_totals *totals = &snap->devices[i].totals;

		totals->maps = totals->unmaps = 1234567890;
		totals->bytes = 1ull << 50;
		totals->live = totals->live_slots = 12345678;
		totals->leaked = 1234567;
		totals->failures[FAILURE_OVERSIZE] = 123456789;
	}
	snapshot_finish(snap);
}

static void give_fixture(struct shown *shown, const char *name)
{
	struct snapshot snap;

	if (!strcmp(name, "areas1024"))
		fixture_areas(&snap, 1024);
	else if (!strcmp(name, "large"))
		large(&snap);
	else
		assert_true(fixture_by_name(name, &snap));
	give(shown, &snap, NS_PER_SEC);
}

static void start(struct shown *shown, const char *fixture, unsigned int width,
		  unsigned int height)
{
	memset(shown, 0, sizeof(*shown));
	tui_init(&shown->state, NS_PER_SEC);
	resize(shown, width, height);
	give_fixture(shown, fixture);
}

static void stop(struct shown *shown)
{
	tui_release(&shown->state);
	canvas_release(&shown->canvas);
	forget(shown);
}

/* The screen as text; to be freed. */
static char *screen(struct shown *shown, bool utf8)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	assert_int_equal(canvas_resize(&shown->canvas, shown->state.width,
				       shown->state.height),
			 0);
	tui_draw(&shown->state, &shown->canvas);
	canvas_write(&shown->canvas, stream, utf8, false);
	fclose(stream);
	return text;
}

static bool shows(struct shown *shown, const char *what)
{
	char *text = screen(shown, true);
	bool found = strstr(text, what);

	free(text);
	return found;
}

static void assert_shows(struct shown *shown, const char *what)
{
	char *text;

	if (shows(shown, what))
		return;
	text = screen(shown, true);
	fail_msg("no '%s' in:\n%s", what, text);
}

/*
 * The canvas
 */

static void canvas_cuts_with_a_mark(void **state)
{
	struct canvas canvas = { 0 };

	(void)state;
	assert_int_equal(canvas_resize(&canvas, 10, 2), 0);
	assert_int_equal(canvas_put(&canvas, 0, 0, 4, STYLE_PLAIN, "abcdef"),
			 4);
	assert_int_equal(canvas.cells[2].character, 'c');
	assert_int_equal(canvas.cells[3].character, 0x2026);
	assert_int_equal(canvas.cells[4].character, ' ');
	assert_int_equal(canvas_put(&canvas, 8, 0, 9, STYLE_PLAIN, "xyz"), 2);
	assert_int_equal(canvas.cells[9].character, 0x2026);
	assert_int_equal(canvas.cells[10].character, ' ');
	canvas_put_right(&canvas, 0, 1, 4, STYLE_PLAIN, "ab");
	assert_int_equal(canvas.cells[12].character, 'a');
	/* Outside is nowhere. */
	assert_int_equal(canvas_put(&canvas, 10, 0, 4, STYLE_PLAIN, "x"), 0);
	canvas_put(&canvas, 0, -1, 4, STYLE_PLAIN, "x");
	canvas_put(&canvas, 0, 2, 4, STYLE_PLAIN, "x");
	canvas_bar(&canvas, 5, 1, 99, STYLE_PLAIN, 1, 2, 3);
	canvas_release(&canvas);
}

static void wide_characters_take_two_columns(void **state)
{
	struct canvas canvas = { 0 };

	(void)state;
	assert_int_equal(canvas_resize(&canvas, 6, 1), 0);
	assert_int_equal(canvas_columns("a\xe6\xbc\xa2"
					"b"),
			 4);
	assert_int_equal(canvas_put(&canvas, 0, 0, 6, STYLE_PLAIN,
				    "a\xe6\xbc\xa2"
				    "b"),
			 4);
	assert_int_equal(canvas.cells[1].character, 0x6f22);
	assert_int_equal(canvas.cells[2].character, CELL_CONTINUED);
	assert_int_equal(canvas.cells[3].character, 'b');
	/* What is left of one that is written over is a space. */
	canvas_put(&canvas, 2, 0, 1, STYLE_PLAIN, "x");
	assert_int_equal(canvas.cells[1].character, ' ');
	/* Half of one is not shown. */
	canvas_put(&canvas, 0, 0, 2, STYLE_PLAIN, "a\xe6\xbc\xa2");
	assert_int_equal(canvas.cells[1].character, 0x2026);
	assert_int_equal(canvas.cells[2].character, 'x');
	canvas_release(&canvas);
}

static void canvas_is_safe_from_names(void **state)
{
	struct canvas canvas = { 0 };

	(void)state;
	assert_int_equal(canvas_resize(&canvas, 10, 1), 0);
	/* Escape, C1, broken UTF-8, right-to-left, a combining character. */
	canvas_put(&canvas, 0, 0, 10, STYLE_PLAIN,
		   "\033\xc2\x9b\xff\xe2\x80\xae\xcc\x81\xc3");
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(canvas.cells[i].character, '?');
	canvas_release(&canvas);
}

static void bars_show_a_trace(void **state)
{
	struct canvas canvas = { 0 };

	(void)state;
	assert_int_equal(canvas_resize(&canvas, 10, 1), 0);
	canvas_bar(&canvas, 0, 0, 10, STYLE_GOOD, 1, 5000, 10000);
	assert_int_equal(canvas.cells[0].character, 0x258f);
	assert_int_equal(canvas.cells[4].character, 0x2591);
	assert_int_equal(canvas.cells[5].character, 0xb7);
	canvas_bar(&canvas, 0, 0, 10, STYLE_GOOD, 10000, 0, 10000);
	assert_int_equal(canvas.cells[9].character, 0x2588);
	canvas_bar(&canvas, 0, 0, 10, STYLE_GOOD, 0, 0, 0);
	assert_int_equal(canvas.cells[0].character, 0xb7);
	canvas_release(&canvas);
}

/*
 * Screens
 */

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
 * Keys and the mouse
 */

static void help_names_every_key(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "busy", 120, 40);
	press(&shown, '?');
	for (size_t i = 0; i < tui_key_count; i++) {
		if (tui_keys[i].where != KEY_REPLAY)
			assert_shows(&shown, tui_keys[i].label);
		assert_non_null(tui_keys[i].act);
	}
	press(&shown, TUI_KEY_ESCAPE);
	assert_false(shown.state.help);
	resize(&shown, 80, 24);
	press(&shown, 'h');
	assert_false(shows(&shown, "logarithmic"));
	press(&shown, TUI_KEY_END);
	assert_shows(&shown, "logarithmic");
	stop(&shown);
}

/* Shows a recording of a minute, with a finding and a gap in it. */
static void replay_has_its_own_keys(void **state)
{
	static const struct tui_mark marks[] = {
		{ .at_ns = 20 * NS_PER_SEC, .kind = MARK_GAP },
		{ .at_ns = 40 * NS_PER_SEC,
		  .kind = MARK_FINDING,
		  .severity = SEVERITY_ERROR },
		{ .at_ns = 50 * NS_PER_SEC, .kind = MARK_TRIGGER },
	};
	static const struct {
		uint32_t key;
		unsigned int request;
	} keys[] = {
		{ 't', TUI_STEP },    { 'T', TUI_STEP_BACK },
		{ 'n', TUI_FINDING }, { 'N', TUI_FINDING_BACK },
		{ '<', TUI_BEGIN },   { '>', TUI_END },
	};
	struct tui_replay replay = {
		.end_ns = 60 * NS_PER_SEC,
		.marks = marks,
		.nr_marks = LENGTH(marks),
	};
	struct shown shown;
	struct tui_state *s = &shown.state;

	(void)state;
	start(&shown, "busy", 120, 60);
	press(&shown, 't');
	assert_false(s->requests & TUI_STEP);
	s->replay = &replay;
	for (size_t i = 0; i < LENGTH(keys); i++) {
		s->requests = 0;
		press(&shown, keys[i].key);
		assert_int_equal(s->requests, keys[i].request);
	}
	assert_shows(&shown, "1 finding, 1 gap, 1 trigger so far");
	replay.surveyed = true;
	press(&shown, 'm');
	assert_int_equal(s->asking, 0);
	assert_shows(&shown, "1 finding, 1 gap, 1 trigger");
	assert_false(shows(&shown, "so far"));
	s->requests = 0;
	press(&shown, 'b');
	press(&shown, '9');
	press(&shown, 's');
	assert_shows(&shown, "go to a time, such as 14:05");
	press(&shown, TUI_KEY_ENTER);
	assert_int_equal(s->requests, TUI_JUMP);
	assert_string_equal(s->jump, "9s");
	s->requests = 0;
	press(&shown, 'b');
	press(&shown, '9');
	press(&shown, TUI_KEY_ESCAPE);
	assert_int_equal(s->requests, 0);
	press(&shown, '?');
	for (size_t i = 0; i < tui_key_count; i++)
		if (tui_keys[i].where != KEY_LIVE)
			assert_shows(&shown, tui_keys[i].label);
	assert_false(shows(&shown, "attach or detach"));
	stop(&shown);
}

static void the_time_line_is_to_scale(void **state)
{
	static const struct tui_mark marks[] = {
		{ .at_ns = 25 * NS_PER_SEC, .kind = MARK_GAP },
		{ .at_ns = 50 * NS_PER_SEC,
		  .kind = MARK_FINDING,
		  .severity = SEVERITY_NOTE },
		{ .at_ns = 75 * NS_PER_SEC,
		  .kind = MARK_FINDING,
		  .severity = SEVERITY_ERROR },
		{ .at_ns = 90 * NS_PER_SEC, .kind = MARK_TRIGGER },
	};
	const struct tui_replay replay = {
		.end_ns = 100 * NS_PER_SEC,
		.marks = marks,
		.nr_marks = LENGTH(marks),
		.surveyed = true,
	};
	struct shown shown;
	char line[120] = "";

	(void)state;
	start(&shown, "busy", 80, 24);
	shown.state.replay = &replay;
	shown.interval.realtime_ns = 100 * NS_PER_SEC;
	free(screen(&shown, true));
	for (unsigned int x = 0; x < 80; x++)
		line[x] = (char)shown.canvas.cells[22 * 80 + x].character;
	assert_non_null(strstr(line, "-/-"));
	assert_int_equal(strchr(line, '!') - strchr(line, '/'),
			 strrchr(line, '!') - strchr(line, '!'));
	assert_true(strchr(line, 'T') > strrchr(line, '!'));
	assert_int_equal(strchr(line, '|')[1], ' ');
	stop(&shown);
}

static void no_key_has_two_meanings(void **state)
{
	(void)state;
	for (size_t i = 0; i < tui_key_count; i++)
		for (size_t j = 0; j < i; j++)
			for (const uint32_t *a = tui_keys[i].keys; *a; a++)
				for (const uint32_t *b = tui_keys[j].keys; *b;
				     b++)
					assert_int_not_equal(*a, *b);
}

static void keys_ask_for_what_they_say(void **state)
{
	struct tui_state *s;
	struct shown shown;

	(void)state;
	start(&shown, "busy", 80, 24);
	s = &shown.state;
	press(&shown, ' ');
	assert_true(s->paused && s->requests & TUI_PAUSE);
	assert_shows(&shown, "PAUSED");
	press(&shown, ' ');
	assert_false(s->paused);
	press(&shown, '+');
	assert_int_equal(s->interval_ns, 2 * NS_PER_SEC);
	assert_true(s->requests & TUI_INTERVAL);
	for (unsigned int i = 0; i < 20; i++)
		press(&shown, '-');
	assert_int_equal(s->interval_ns, 100 * NS_PER_MS);
	for (unsigned int i = 0; i < 20; i++)
		press(&shown, '+');
	assert_int_equal(s->interval_ns, 60 * NS_PER_SEC);
	press(&shown, 'r');
	assert_true(s->requests & TUI_RESET_PEAKS);
	press(&shown, TUI_KEY_BACK_TAB);
	assert_int_equal(s->screen, TUI_DOCTOR);
	press(&shown, TUI_KEY_RIGHT);
	assert_int_equal(s->screen, TUI_OVERVIEW);
	stop(&shown);
}

static void levels_are_asked_about(void **state)
{
	struct tui_state *s;
	struct shown shown;

	(void)state;
	start(&shown, "busy", 120, 40);
	s = &shown.state;
	press(&shown, 'm');
	assert_shows(&shown, "attach mappings? y/n; the cost now: tool 0.12%");
	assert_true(tui_wants_cost(s));
	press(&shown, 'n');
	assert_false(tui_wants_cost(s));
	assert_false(s->requests & TUI_TOGGLE);
	/* Answered before the cost is known: that comes first. */
	press(&shown, 'm');
	press(&shown, 'y');
	assert_shows(&shown, "measuring what it costs before");
	assert_false(s->requests & TUI_TOGGLE);
	press(&shown, 'c');
	assert_int_equal(s->toggle, LEVEL_MAPPINGS);
	assert_int_equal(s->asking, 0);
	shown.overhead.bpf_known = true;
	shown.overhead.bpf_ppm = 500;
	tui_cost_measured(s);
	assert_true(s->requests & TUI_TOGGLE);
	tui_levels_changed(s);
	give_fixture(&shown, "mappings");
	assert_true(tui_wants_cost(s));
	shown.overhead.bpf_known = true;
	shown.overhead.bpf_ppm = 30000;
	tui_cost_measured(s);
	assert_false(tui_wants_cost(s));
	assert_shows(&shown, "mappings on: tool 0.12% CPU, BPF 3.00%; "
			     "before: tool 0.12% CPU, BPF 0.05%");
	/* Detaching needs no question. */
	s->requests = 0;
	press(&shown, 'm');
	assert_true(s->requests & TUI_TOGGLE && !s->asking);
	stop(&shown);
}

static void the_mouse_selects_and_opens(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "areas", 80, 24);
	click(&shown, 5, shown.state.layout.table + 3);
	assert_int_equal(tui_selected(&shown.state)->area->index, 3);
	assert_false(shown.state.detail);
	click(&shown, 5, shown.state.layout.table + 3);
	assert_true(shown.state.detail);
	click(&shown, 15, 1);
	assert_int_equal(shown.state.screen, TUI_AREAS);
	click(&shown, 1, shown.state.layout.titles);
	assert_int_equal(shown.state.lists[TUI_AREAS].sort, 0);
	click(&shown, 79, 23);
	click(&shown, 500, 500);
	tui_event(&shown.state,
		  &(struct tui_event){ .kind = TUI_EVENT_WHEEL_DOWN });
	assert_int_equal(shown.state.lists[TUI_AREAS].selected, 3);
	stop(&shown);
}

/*
 * Figures
 */

/* Presses the key that the last line names so. */
static void click_key(struct shown *shown, const char *name)
{
	const struct cell *line;
	unsigned int y = shown->state.height - 1;
	char text[256];

	free(screen(shown, true));
	line = &shown->canvas.cells[(size_t)y * shown->canvas.width];
	for (unsigned int x = 0; x < shown->canvas.width; x++)
		text[x] = (char)line[x].character;
	text[shown->canvas.width] = '\0';
	assert_non_null(strstr(text, name));
	click(shown, (unsigned int)(strstr(text, name) - text), y);
}

static void keys_can_be_clicked(void **state)
{
	static const unsigned int widths[] = { 80, 120, 200 };
	struct shown shown;

	(void)state;
	for (unsigned int i = 0; i < LENGTH(widths); i++) {
		start(&shown, "busy", widths[i], 24);
		click_key(&shown, "Help");
		assert_true(shown.state.help);
		click_key(&shown, "h ");
		assert_false(shown.state.help);
		click_key(&shown, "Screen");
		assert_int_equal(shown.state.screen, TUI_AREAS);
		click_key(&shown, "Mappings");
		assert_int_equal(shown.state.asking, LEVEL_MAPPINGS);
		click(&shown, 1, 23); /* that is a question now */
		assert_false(shown.state.help);
		press(&shown, 'n');
		shown.state.message[0] = '\0';
		assert_false(shown.state.requests & TUI_QUIT);
		click_key(&shown, "Quit");
		assert_true(shown.state.requests & TUI_QUIT);
		stop(&shown);
	}
}

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
		cmocka_unit_test(canvas_cuts_with_a_mark),
		cmocka_unit_test(canvas_is_safe_from_names),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(bars_show_a_trace),
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
		cmocka_unit_test(help_names_every_key),
		cmocka_unit_test(replay_has_its_own_keys),
		cmocka_unit_test(the_time_line_is_to_scale),
		cmocka_unit_test(no_key_has_two_meanings),
		cmocka_unit_test(keys_ask_for_what_they_say),
		cmocka_unit_test(levels_are_asked_about),
		cmocka_unit_test(the_mouse_selects_and_opens),
		cmocka_unit_test(keys_can_be_clicked),
		cmocka_unit_test(rates_and_shares_read_well),
		cmocka_unit_test(history_is_a_minute),
		cmocka_unit_test(memory_stays_flat),
		cmocka_unit_test(pools_that_are_gone_have_a_line),
		cmocka_unit_test(logs_have_every_row),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

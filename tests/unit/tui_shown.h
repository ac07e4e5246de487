/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_TUI_SHOWN_H
#define TESTS_TUI_SHOWN_H

/* A monitor without terminal and kernel: events go in, and text comes out. */

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_fixture.h"
#include "util/units.h"
#include "views/tui_actions.h"
#include "views/tui_draw.h"
#include "views/tui_events.h"

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

static inline void resize(struct shown *shown, unsigned int width,
			  unsigned int height)
{
	tui_event(&shown->state, &(struct tui_event){
					 .kind = TUI_EVENT_RESIZE,
					 .x = width,
					 .y = height,
				 });
}

static inline void press(struct shown *shown, uint32_t key)
{
	tui_event(&shown->state, &(struct tui_event){
					 .kind = TUI_EVENT_KEY,
					 .key = key,
				 });
}

static inline void click(struct shown *shown, unsigned int x, unsigned int y)
{
	tui_event(&shown->state, &(struct tui_event){
					 .kind = TUI_EVENT_CLICK,
					 .x = x,
					 .y = y,
				 });
}

static inline void forget(struct shown *shown)
{
	snapshot_release(&shown->total);
	snapshot_release(&shown->interval);
	findings_release(&shown->findings);
}

/* Takes @total over; all its counters are of the interval as well. */
static inline void give(struct shown *shown, struct snapshot *total,
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
static inline void large(struct snapshot *snap)
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

static inline void give_fixture(struct shown *shown, const char *name)
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

static inline void start(struct shown *shown, const char *fixture,
			 unsigned int width, unsigned int height)
{
	memset(shown, 0, sizeof(*shown));
	tui_init(&shown->state, NS_PER_SEC);
	resize(shown, width, height);
	give_fixture(shown, fixture);
}

static inline void stop(struct shown *shown)
{
	tui_release(&shown->state);
	canvas_release(&shown->canvas);
	forget(shown);
}

/* The screen as text; to be freed. */
static inline char *screen(struct shown *shown, bool utf8)
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

static inline bool shows(struct shown *shown, const char *what)
{
	char *text = screen(shown, true);
	bool found = strstr(text, what);

	free(text);
	return found;
}

static inline void assert_shows(struct shown *shown, const char *what)
{
	char *text;

	if (shows(shown, what))
		return;
	text = screen(shown, true);
	fail_msg("no '%s' in:\n%s", what, text);
}

#endif

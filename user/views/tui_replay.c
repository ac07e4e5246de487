/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_replay.h"

#include <stdio.h>
#include <time.h>

#include "views/canvas.h"
#include "views/tui_state.h"
#include "views/values.h"

#define CLOCK_LEN 24
#define DAY_NS	  (24 * 3600 * NS_PER_SEC)

uint64_t tui_shown_ns(const struct tui_state *state)
{
	return state->model ? state->model->interval->realtime_ns : 0;
}

/* With its date where the recording is longer than a day. */
static void clock_text(const struct tui_replay *replay, uint64_t ns, char *text)
{
	bool days = replay->end_ns - replay->begin_ns >= DAY_NS;
	time_t seconds = (time_t)(ns / NS_PER_SEC);
	struct tm tm;

	if (!localtime_r(&seconds, &tm) ||
	    !strftime(text, CLOCK_LEN, days ? "%F %T" : "%T", &tm))
		snprintf(text, CLOCK_LEN, UNKNOWN_TEXT);
}

static void summary_text(const struct tui_replay *replay, char *text,
			 size_t len)
{
	size_t counts[MARK_KINDS] = { 0 }, findings, gaps, triggers;
	char fired[40] = "";

	for (size_t i = 0; i < replay->nr_marks; i++)
		counts[replay->marks[i].kind]++;
	findings = counts[MARK_FINDING];
	gaps = counts[MARK_GAP];
	triggers = counts[MARK_TRIGGER];
	if (triggers)
		snprintf(fired, sizeof(fired), ", %zu trigger%s", triggers,
			 plural(triggers));
	snprintf(text, len, "%zu finding%s, %zu gap%s%s%s", findings,
		 plural(findings), gaps, plural(gaps), fired,
		 replay->surveyed ? "" : " so far");
}

/* Column of a time, of so many. */
static unsigned int column_of(const struct tui_replay *replay, uint64_t ns,
			      unsigned int columns)
{
	double length = (double)(replay->end_ns - replay->begin_ns);
	double at = ns < replay->begin_ns ? 0 : (double)(ns - replay->begin_ns);

	if (length <= 0 || at >= length)
		return length > 0 ? columns - 1 : 0;
	return (unsigned int)(at / length * columns);
}

static void draw_mark(const struct tui_mark *mark, struct canvas *canvas,
		      unsigned int x, int y)
{
	static const char *const signs[] = {
		[MARK_GAP] = "/",
		[MARK_FINDING] = "!",
		[MARK_TRIGGER] = "T",
	};
	enum style style = mark->kind == MARK_GAP ? STYLE_DIM
			   : mark->kind == MARK_TRIGGER
				   ? STYLE_TITLE
				   : severity_style(mark->severity);

	canvas_put(canvas, x, y, 1, style, signs[mark->kind]);
}

/* The most important mark is drawn last, so that it is visible. */
static int rank(const struct tui_mark *mark)
{
	return mark->kind == MARK_FINDING ? SEVERITY_NOTE - (int)mark->severity
	       : mark->kind == MARK_GAP	  ? -1
					  : SEVERITY_NOTE + 1;
}

static void draw_marks(const struct tui_replay *replay, struct canvas *canvas,
		       unsigned int x, unsigned int columns, int y)
{
	for (int pass = -1; pass <= SEVERITY_NOTE + 1; pass++) {
		for (size_t i = 0; i < replay->nr_marks; i++) {
			const struct tui_mark *mark = &replay->marks[i];

			if (rank(mark) == pass)
				draw_mark(mark, canvas,
					  x + column_of(replay, mark->at_ns,
							columns),
					  y);
		}
	}
}

void tui_draw_timeline(const struct tui_state *state, struct canvas *canvas,
		       int y)
{
	const struct tui_replay *replay = state->replay;
	char begin[CLOCK_LEN], end[CLOCK_LEN], summary[128];
	unsigned int x, columns, right;

	clock_text(replay, replay->begin_ns, begin);
	clock_text(replay, replay->end_ns, end);
	summary_text(replay, summary, sizeof(summary));
	x = 2 + canvas_columns(begin);
	right = canvas_columns(end) + canvas_columns(summary) + 5;
	if (x + right + 10 > canvas->width)
		return;
	columns = canvas->width - x - right;
	canvas_put(canvas, 1, y, canvas->width, STYLE_DIM, begin);
	canvas_fill(canvas, x, y, columns, STYLE_DIM, '-');
	draw_marks(replay, canvas, x, columns, y);
	canvas_put(canvas, x + column_of(replay, tui_shown_ns(state), columns),
		   y, 1, STYLE_ACCENT, "|");
	x += columns + 1;
	x += canvas_put(canvas, x, y, canvas->width, STYLE_DIM, end) + 2;
	canvas_put(canvas, x, y, canvas->width, STYLE_DIM, summary);
}

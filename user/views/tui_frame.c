/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_frame.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "model/level.h"
#include "views/tui_actions.h"
#include "views/tui_table.h"
#include "views/values.h"

/* From this width on there is room for optional parts. */
#define WIDE 120

static void clock_text(const struct tui_state *state, char *text, size_t len)
{
	const struct window *window = &state->model->interval->window;
	uint64_t end_ns = window->start_ns + window->duration_ns;
	time_t seconds = (time_t)(end_ns / NS_PER_SEC);
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || !strftime(text, len, "%T", &tm))
		snprintf(text, len, UNKNOWN_TEXT);
}

static void header_right(const struct tui_state *state, char *text, size_t len)
{
	char time[16], interval[UNIT_TEXT_LEN], filter[TUI_FILTER_LEN + 40];
	char session[UNIT_TEXT_LEN + 16] = "", duration[UNIT_TEXT_LEN];

	filter[0] = '\0';
	if (*state->filter)
		snprintf(filter, sizeof(filter), "filter %s, %zu hidden  ",
			 state->filter, state->hidden);
	clock_text(state, time, sizeof(time));
	if (state->width >= WIDE)
		snprintf(session, sizeof(session), "session %s  ",
			 format_duration(
				 duration, sizeof(duration),
				 state->model->total->window.duration_ns));
	snprintf(text, len, "%s%s%severy %s  %s ", filter,
		 state->paused ? "PAUSED  " : "", session,
		 format_duration(interval, sizeof(interval),
				 state->interval_ns),
		 time);
}

void tui_draw_header(const struct tui_state *state, struct canvas *canvas)
{
	const struct kernel_info *kernel = &state->model->interval->kernel;
	char left[NAME_LEN * 2 + 64], right[TUI_FILTER_LEN + 128];
	unsigned int width;

	header_right(state, right, sizeof(right));
	width = canvas_columns(right);
	if (width > canvas->width - 14)
		width = canvas->width - 14;
	snprintf(left, sizeof(left), "Linux %s %s, %u CPU%s", kernel->release,
		 kernel->arch, kernel->cpus, plural(kernel->cpus));
	canvas_fill(canvas, 0, 0, canvas->width, STYLE_FRAME, ' ');
	canvas_put(canvas, 1, 0, 11, STYLE_FRAME_STRONG, "swiotlb top");
	if (canvas->width > width + 15)
		canvas_put(canvas, 14, 0, canvas->width - width - 15,
			   STYLE_FRAME, left);
	canvas_put(canvas, canvas->width - width, 0, width,
		   state->paused ? STYLE_FRAME_STRONG : STYLE_FRAME, right);
}

/* " 1 Overview " and so on; findings say how many there are. */
static void tab_text(const struct tui_state *state, enum tui_screen screen,
		     char *text, size_t len)
{
	size_t findings = state->model && screen == TUI_FINDINGS
				  ? state->model->findings->count
				  : 0;

	if (findings)
		snprintf(text, len, "%u %s:%zu", screen + 1,
			 tui_screen_name(screen), findings);
	else
		snprintf(text, len, "%u %s", screen + 1,
			 tui_screen_name(screen));
}

enum tui_screen tui_tab_at(const struct tui_state *state, unsigned int x)
{
	unsigned int start = 1;
	char text[32];

	for (unsigned int i = 0; i < TUI_SCREENS; i++) {
		unsigned int columns;

		tab_text(state, i, text, sizeof(text));
		columns = canvas_columns(text);
		if (x >= start && x < start + columns)
			return i;
		start += columns + 2;
	}
	return TUI_SCREENS;
}

void tui_draw_tabs(const struct tui_state *state, struct canvas *canvas)
{
	const struct findings *findings = state->model->findings;
	unsigned int x = 1;
	char text[32];

	for (unsigned int i = 0; i < TUI_SCREENS; i++) {
		enum style style = STYLE_PLAIN;

		if (i == state->screen)
			style = STYLE_ACCENT;
		else if (i == TUI_FINDINGS && findings->count)
			style = severity_style(findings->list[0].severity);
		tab_text(state, i, text, sizeof(text));
		x += canvas_put(canvas, x, 1, canvas->width, style, text) + 2;
	}
}

/* Which requested levels are attached, and which are not. */
static void attached_text(const struct snapshot *snap, char *text, size_t len)
{
	size_t used = 0;

	snprintf(text, len, "nothing attached");
	for (unsigned int i = 0; i < level_count; i++) {
		const struct level_info *info = &level_table[i];

		if (!(snap->levels & info->level) || used >= len)
			continue;
		used += (size_t)snprintf(
			text + used, len - used, "%s%s%s", used ? ", " : "",
			info->name,
			snapshot_level_missing(snap, info->level) ? " (absent)"
								  : "");
	}
}

void tui_draw_status(const struct tui_state *state, struct canvas *canvas,
		     int y, bool log)
{
	const struct snapshot *total = state->model->total;
	const struct overhead *cost = state->model->overhead;
	uint64_t lost = snapshot_loss_total(total);
	const char *why = log ? "" : ": see 7";
	char attached[160], costs[96], loss[48], text[320];
	unsigned int columns;

	attached_text(total, attached, sizeof(attached));
	snprintf(text, sizeof(text), "%s%s | %s",
		 tui_format_cost(costs, sizeof(costs), cost),
		 cost->bpf_known ? "" : why, attached);
	if (lost)
		snprintf(loss, sizeof(loss), "%" PRIu64 " lost%s", lost, why);
	else
		snprintf(loss, sizeof(loss), "nothing lost");
	columns = canvas_columns(loss);
	canvas_put(canvas, 1, y, canvas->width - columns - 4, STYLE_DIM, text);
	canvas_put(canvas, canvas->width - columns - 1, y, columns,
		   lost ? STYLE_WARNING : STYLE_DIM, loss);
}

/* Columns of a key there, and how it is called; 0 = it is not there. */
static unsigned int bar_key(const struct tui_state *state,
			    const struct tui_key *key, char *label, size_t len)
{
	if (!key->bar || (key->wide && state->width < WIDE) ||
	    !tui_key_offered(state, key))
		return 0;
	snprintf(label, len, "%.*s", (int)strcspn(key->label, " "), key->label);
	return canvas_columns(label) + 1 + canvas_columns(key->bar);
}

static bool has_prompt(const struct tui_state *state)
{
	return state->filtering || state->jumping || state->asking ||
	       *state->message;
}

const struct tui_key *tui_key_at(const struct tui_state *state, unsigned int x,
				 unsigned int y)
{
	unsigned int start = 1;
	char label[16];

	if (y + 1 != state->height || has_prompt(state))
		return NULL;
	for (size_t i = 0; i < tui_key_count; i++) {
		unsigned int columns =
			bar_key(state, &tui_keys[i], label, sizeof(label));

		if (columns && x >= start && x < start + columns)
			return &tui_keys[i];
		start += columns ? columns + 1 : 0;
	}
	return NULL;
}

static void draw_keys(const struct tui_state *state, struct canvas *canvas,
		      int y)
{
	unsigned int x = 1;
	char label[16];

	for (size_t i = 0; i < tui_key_count; i++) {
		const struct tui_key *key = &tui_keys[i];

		if (!bar_key(state, key, label, sizeof(label)))
			continue;
		x += canvas_put(canvas, x, y, canvas->width, STYLE_FRAME_STRONG,
				label) +
		     1;
		x += canvas_put(canvas, x, y, canvas->width, STYLE_FRAME,
				key->bar) +
		     1;
	}
}

static void draw_prompt(const struct tui_state *state, struct canvas *canvas,
			int y)
{
	char text[TUI_MESSAGE_LEN], cost[96], level[96];

	if (state->filtering) {
		snprintf(text, sizeof(text),
			 "show devices and pools that match: %s_   (Enter: "
			 "done, Esc: all)",
			 state->filter);
	} else if (state->jumping) {
		snprintf(text, sizeof(text),
			 "go to a time, such as 14:05 or 10m before the end: "
			 "%s_   (Esc: stay)",
			 state->jump);
	} else if (state->asking) {
		snprintf(text, sizeof(text), "attach %s? y/n; the cost now: %s",
			 levels_format(state->asking, level, sizeof(level)),
			 tui_format_cost(cost, sizeof(cost),
					 state->model->overhead));
	} else {
		snprintf(text, sizeof(text), "%s", state->message);
	}
	canvas_put(canvas, 1, y, canvas->width - 2, STYLE_FRAME_STRONG, text);
}

void tui_draw_bottom(const struct tui_state *state, struct canvas *canvas)
{
	int y = (int)canvas->height - 1;

	if (state->replay)
		tui_draw_timeline(state, canvas, y - 1);
	else
		tui_draw_status(state, canvas, y - 1, false);
	canvas_fill(canvas, 0, y, canvas->width, STYLE_FRAME, ' ');
	if (has_prompt(state))
		draw_prompt(state, canvas, y);
	else
		draw_keys(state, canvas, y);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_actions.h"

#include <string.h>

#include "model/level.h"
#include "util/units.h"
#include "views/tui_layout.h"
#include "views/tui_table.h"

static const uint64_t intervals[] = {
	100 * NS_PER_MS, 200 * NS_PER_MS, 500 * NS_PER_MS,
	1 * NS_PER_SEC,	 2 * NS_PER_SEC,  5 * NS_PER_SEC,
	10 * NS_PER_SEC, 30 * NS_PER_SEC, 60 * NS_PER_SEC,
};

#define NR_INTERVALS (sizeof(intervals) / sizeof(*intervals))

/*
 * Moving
 */

static void scroll(unsigned int *top, long by)
{
	if (by < 0 && *top < (unsigned int)-by)
		*top = 0;
	else
		*top = (unsigned int)((long)*top + by);
}

void tui_move(struct tui_state *state, long by)
{
	struct tui_list *list = &state->lists[state->screen];
	long wanted = (long)list->selected + by;

	if (state->help) {
		scroll(&state->help_top, by);
		return;
	}
	if (state->detail) {
		scroll(&state->detail_top, by);
		return;
	}
	if (!state->nr_rows)
		return;
	if (wanted < 0)
		wanted = 0;
	if (wanted >= (long)state->nr_rows)
		wanted = (long)state->nr_rows - 1;
	list->selected = (size_t)wanted;
	memcpy(list->key, state->rows[wanted].key, sizeof(list->key));
	list->chosen = true;
}

static long page(const struct tui_state *state)
{
	long lines = state->help || state->detail ? tui_scroll_room(state)
						  : state->layout.table_lines;

	return lines > 1 ? lines - 1 : 1;
}

static void act_move(struct tui_state *state, uint32_t key)
{
	switch (key) {
	case TUI_KEY_UP:
	case 'k':
		tui_move(state, -1);
		break;
	case TUI_KEY_DOWN:
	case 'j':
		tui_move(state, 1);
		break;
	case TUI_KEY_PAGE_UP:
		tui_move(state, -page(state));
		break;
	case TUI_KEY_PAGE_DOWN:
		tui_move(state, page(state));
		break;
	case TUI_KEY_HOME:
		tui_move(state, -1000000);
		break;
	case TUI_KEY_END:
		tui_move(state, 1000000);
		break;
	}
}

void tui_show_screen(struct tui_state *state, enum tui_screen screen)
{
	state->screen = screen;
	state->detail = false;
	state->help = false;
}

static void act_screen(struct tui_state *state, uint32_t key)
{
	unsigned int screen = state->screen;

	if (key >= '1' && key < '1' + TUI_SCREENS)
		screen = key - '1';
	else if (key == TUI_KEY_TAB || key == TUI_KEY_RIGHT)
		screen = (screen + 1) % TUI_SCREENS;
	else
		screen = (screen + TUI_SCREENS - 1) % TUI_SCREENS;
	tui_show_screen(state, screen);
}

void tui_open(struct tui_state *state)
{
	const struct row *row = tui_selected(state);

	if (state->help || state->detail || !row)
		return;
	state->detail = true;
	state->detail_top = 0;
	state->lists[state->screen].chosen = true;
	row_title(row, state->detail_title, sizeof(state->detail_title));
}

static void act_open(struct tui_state *state, uint32_t key)
{
	(void)key;
	tui_open(state);
}

static void act_back(struct tui_state *state, uint32_t key)
{
	(void)key;
	if (state->help)
		state->help = false;
	else if (state->detail)
		state->detail = false;
	else
		state->filter[0] = '\0';
}

/*
 * Choosing what is shown
 */

static void say_sort(struct tui_state *state)
{
	const struct tui_list *list = &state->lists[state->screen];

	tui_say(state, "sorted by %s%s",
		list->sort < 0
			? "place"
			: tui_table(state->screen)->columns[list->sort].title,
		list->reverse ? ", reversed" : "");
}

static bool sortable(const struct column *column)
{
	return column->metric || column->number || column->name;
}

static void act_sort(struct tui_state *state, uint32_t key)
{
	struct tui_list *list = &state->lists[state->screen];
	const struct column *columns = tui_table(state->screen)->columns;

	if (key == 'S') {
		list->reverse = !list->reverse;
	} else {
		do {
			list->sort++;
		} while (columns[list->sort].title &&
			 !sortable(&columns[list->sort]));
		if (!columns[list->sort].title)
			list->sort = -1;
	}
	list->top = 0;
	say_sort(state);
}

void tui_sort_by(struct tui_state *state, int column)
{
	struct tui_list *list = &state->lists[state->screen];

	if (!sortable(&tui_table(state->screen)->columns[column]))
		return;
	list->reverse = list->sort == column && !list->reverse;
	list->sort = column;
	say_sort(state);
}

static void act_filter(struct tui_state *state, uint32_t key)
{
	(void)key;
	state->filtering = true;
	state->help = false;
	state->detail = false;
}

static void act_pause(struct tui_state *state, uint32_t key)
{
	(void)key;
	state->paused = !state->paused;
	state->requests |= TUI_PAUSE;
}

static void act_interval(struct tui_state *state, uint32_t key)
{
	char text[UNIT_TEXT_LEN];
	size_t i = 0;

	while (i + 1 < NR_INTERVALS && intervals[i] < state->interval_ns)
		i++;
	if (key == '-') {
		if (i)
			i--;
	} else if (i + 1 < NR_INTERVALS && intervals[i] <= state->interval_ns) {
		i++;
	}
	state->interval_ns = intervals[i];
	state->requests |= TUI_INTERVAL;
	tui_say(state, "an interval every %s",
		format_duration(text, sizeof(text), state->interval_ns));
}

static void act_reset(struct tui_state *state, uint32_t key)
{
	(void)key;
	state->requests |= TUI_RESET_PEAKS;
	tui_say(state, "peaks start anew");
}

/* When it is known what the levels cost without the change. */
void tui_change_level(struct tui_state *state)
{
	if (state->model->overhead->bpf_known && !state->measuring) {
		state->requests |= TUI_TOGGLE;
		return;
	}
	state->measuring = TUI_MEASURE_BEFORE;
	tui_say(state, "measuring what it costs before");
}

/* A level with overhead on each map is not attached by accident. */
static void act_level(struct tui_state *state, uint32_t key)
{
	unsigned int level = key == 'm' ? LEVEL_MAPPINGS : LEVEL_CALLERS;

	if (!state->model || state->measuring == TUI_MEASURE_BEFORE)
		return;
	state->toggle = level;
	if (state->model->interval->levels & level)
		tui_change_level(state);
	else
		state->asking = level;
}

static void act_help(struct tui_state *state, uint32_t key)
{
	(void)key;
	state->help = !state->help;
	state->help_top = 0;
}

static void act_suspend(struct tui_state *state, uint32_t key)
{
	(void)key;
	state->requests |= TUI_SUSPEND;
}

static void act_repaint(struct tui_state *state, uint32_t key)
{
	(void)key;
	state->requests |= TUI_REPAINT;
}

static void act_quit(struct tui_state *state, uint32_t key)
{
	(void)key;
	state->requests |= TUI_QUIT;
}

static void act_replay(struct tui_state *state, uint32_t key)
{
	static const struct {
		uint32_t key;
		unsigned int request;
	} rows[] = {
		{ 't', TUI_STEP },    { 'T', TUI_STEP_BACK },
		{ 'n', TUI_FINDING }, { 'N', TUI_FINDING_BACK },
		{ '<', TUI_BEGIN },   { '>', TUI_END },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].key == key)
			state->requests |= rows[i].request;
}

static void act_jump(struct tui_state *state, uint32_t key)
{
	(void)key;
	state->jumping = true;
	state->jump[0] = '\0';
}

bool tui_key_offered(const struct tui_state *state, const struct tui_key *key)
{
	return key->where == KEY_ALWAYS ||
	       (key->where == KEY_REPLAY) == (state->replay != NULL);
}

const struct tui_key tui_keys[] = {
	{ { 'h', '?' },
	  "h ?",
	  "show or leave this help",
	  "Help",
	  false,
	  act_help },
	{ { '1', '2', '3', '4', '5', '6', '7' },
	  "1 to 7",
	  "go to a screen: overview, areas, locks, devices, blocks, findings, "
	  "doctor",
	  NULL,
	  false,
	  act_screen },
	{ { TUI_KEY_TAB, TUI_KEY_RIGHT },
	  "Tab \xe2\x86\x92",
	  "go to the next screen",
	  "Screen",
	  false,
	  act_screen },
	{ { TUI_KEY_BACK_TAB, TUI_KEY_LEFT },
	  "Shift-Tab \xe2\x86\x90",
	  "go to the screen before",
	  NULL,
	  false,
	  act_screen },
	{ { TUI_KEY_UP, 'k', TUI_KEY_DOWN, 'j' },
	  "\xe2\x86\x91 \xe2\x86\x93 k j",
	  "move a row up or down",
	  NULL,
	  false,
	  act_move },
	{ { TUI_KEY_PAGE_UP, TUI_KEY_PAGE_DOWN },
	  "PgUp PgDn",
	  "move a page up or down",
	  NULL,
	  false,
	  act_move },
	{ { TUI_KEY_HOME, TUI_KEY_END },
	  "Home End",
	  "go to the first or the last row",
	  NULL,
	  false,
	  act_move },
	{ { TUI_KEY_ENTER },
	  "Enter",
	  "open the details of a row",
	  "Details",
	  false,
	  act_open },
	{ { TUI_KEY_ESCAPE, TUI_KEY_BACKSPACE },
	  "Esc",
	  "go back; without anything open, drop the filter",
	  NULL,
	  false,
	  act_back },
	{ { 's' }, "s", "sort by the next column", "Sort", false, act_sort },
	{ { 'S' }, "S", "reverse the order", "Reverse", true, act_sort },
	{ { '/' },
	  "/",
	  "show only rows whose device or pool matches, such as nvme or "
	  "0000:0?:*",
	  "Filter",
	  false,
	  act_filter },
	{ { ' ' }, "Space", "pause and go on", "Pause", false, act_pause },
	{ { 't', 'T' },
	  "t T",
	  "show the next sample, or the one before",
	  "Step",
	  false,
	  act_replay,
	  KEY_REPLAY },
	{ { 'b' },
	  "b",
	  "go to a time: 14:05, 2026-01-31T14:05, 10m before the end",
	  "Time",
	  false,
	  act_jump,
	  KEY_REPLAY },
	{ { 'n', 'N' },
	  "n N",
	  "go to the next finding that is new, or to the one before",
	  "Finding",
	  false,
	  act_replay,
	  KEY_REPLAY },
	{ { '<', '>' },
	  "< >",
	  "go to the start or to the end of the recording",
	  "Begin",
	  true,
	  act_replay,
	  KEY_REPLAY },
	{ { '+', '=', '-' },
	  "+ -",
	  "a longer or a shorter interval",
	  "Slower",
	  true,
	  act_interval },
	{ { 'r' }, "r", "let peaks start anew", "Peaks", true, act_reset },
	{ { 'm' },
	  "m",
	  "attach or detach the mappings level: devices, failures, ages",
	  "Mappings",
	  false,
	  act_level,
	  KEY_LIVE },
	{ { 'c' },
	  "c",
	  "attach or detach the callers level: which device and code waits",
	  "Callers",
	  true,
	  act_level,
	  KEY_LIVE },
	{ { 'L' & 0x1f },
	  "^L",
	  "paint the screen anew",
	  NULL,
	  false,
	  act_repaint },
	{ { 'Z' & 0x1f },
	  "^Z",
	  "suspend; fg brings it back",
	  NULL,
	  false,
	  act_suspend },
	{ { 'q', 'Q' }, "q ^C", "quit", "Quit", false, act_quit },
};

const size_t tui_key_count = sizeof(tui_keys) / sizeof(*tui_keys);

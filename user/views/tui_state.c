/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/level.h"
#include "views/tui_draw.h"
#include "views/tui_frame.h"
#include "views/tui_table.h"
#include "views/values.h"

/* Intervals that a message stays. */
#define MESSAGE_INTERVALS 8

#define WHEEL_ROWS 3

/* Lines of the header and the tabs, and of the footer and the keys. */
#define TOP_LINES    2
#define BOTTOM_LINES 2

/* Fewer are not worth a part below the table. */
#define MIN_BELOW 5

static const uint64_t intervals[] = {
	100 * NS_PER_MS, 200 * NS_PER_MS, 500 * NS_PER_MS,
	1 * NS_PER_SEC,	 2 * NS_PER_SEC,  5 * NS_PER_SEC,
	10 * NS_PER_SEC, 30 * NS_PER_SEC, 60 * NS_PER_SEC,
};

#define NR_INTERVALS (sizeof(intervals) / sizeof(*intervals))

const char *tui_screen_name(enum tui_screen screen)
{
	static const char *const names[] = {
		[TUI_OVERVIEW] = "Overview", [TUI_AREAS] = "Areas",
		[TUI_LOCKS] = "Locks",	     [TUI_DEVICES] = "Devices",
		[TUI_BLOCKS] = "Blocks",     [TUI_FINDINGS] = "Findings",
		[TUI_DOCTOR] = "Doctor",
	};

	return names[screen];
}

void tui_say(struct tui_state *state, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(state->message, sizeof(state->message), format, args);
	va_end(args);
	state->message_age = 0;
}

/*
 * Where the parts of a screen go
 */

static unsigned int pool_lines(const struct tui_state *state)
{
	unsigned int most = state->height / 6;
	size_t pools = state->model ? state->model->interval->nr_pools : 0;

	/* At least one line, which says that there is no pool. */
	return !pools ? 1 : pools < most ? (unsigned int)pools : most;
}

static unsigned int summary_lines(const struct tui_state *state)
{
	switch (state->screen) {
	case TUI_OVERVIEW:
		return 2 + pool_lines(state);
	case TUI_AREAS:
		return 1;
	case TUI_LOCKS:
		return 2 + (state->model &&
			    snapshot_has_gone_pools(state->model->total));
	case TUI_DOCTOR:
		return 3;
	default:
		return 2;
	}
}

/* Rows that the table cannot show are at least in a strip of all areas. */
static unsigned int strip_lines(const struct tui_state *state,
				unsigned int room)
{
	unsigned int columns = state->width - 2, lines;

	if (state->screen != TUI_OVERVIEW && state->screen != TUI_AREAS)
		return 0;
	if (state->nr_rows <= room)
		return 0;
	lines = (unsigned int)((state->nr_rows + columns - 1) / columns);
	return lines < state->height / 12 ? lines : state->height / 12;
}

static void place_table(struct tui_state *state, unsigned int room)
{
	struct tui_layout *l = &state->layout;
	unsigned int rows = state->nr_rows ? (unsigned int)state->nr_rows : 1;
	/* There, what stands below says more than more rows. */
	bool half = state->screen == TUI_LOCKS || state->screen == TUI_FINDINGS;
	unsigned int most = half ? room / 2 : room;

	l->table_lines = rows < most ? rows : most;
	if (room >= l->table_lines + 1 + MIN_BELOW) {
		l->below = l->table + l->table_lines + 1;
		l->below_lines = room - l->table_lines - 1;
	} else {
		l->table_lines = room;
	}
}

static void lay_out(struct tui_state *state)
{
	struct tui_layout *l = &state->layout;
	unsigned int line = TOP_LINES + summary_lines(state) + 1, room;

	memset(l, 0, sizeof(*l));
	l->small =
		state->width < TUI_MIN_WIDTH || state->height < TUI_MIN_HEIGHT;
	if (l->small)
		return;
	l->summary = TOP_LINES;
	l->pool_lines = pool_lines(state);
	room = state->height - BOTTOM_LINES - line - 1;
	l->strip_lines = strip_lines(state, room);
	if (l->strip_lines) {
		l->strip = line + 1; /* after its caption */
		line += l->strip_lines + 2;
		room -= l->strip_lines + 2;
	}
	l->titles = line;
	l->table = line + 1;
	place_table(state, room);
}

static void keep_in_sight(struct tui_state *state)
{
	struct tui_list *list = &state->lists[state->screen];
	size_t lines = state->layout.table_lines;

	if (list->selected < list->top)
		list->top = list->selected;
	if (lines && list->selected >= list->top + lines)
		list->top = list->selected - lines + 1;
	if (list->top + lines > state->nr_rows)
		list->top = state->nr_rows > lines ? state->nr_rows - lines : 0;
}

static void keep_scroll(struct tui_state *state)
{
	unsigned int *top = state->help ? &state->help_top : &state->detail_top;
	unsigned int lines, room;

	if (!state->help && !state->detail)
		return;
	lines = tui_scroll_lines(state);
	room = tui_scroll_room(state);
	if (*top + room > lines)
		*top = lines > room ? lines - room : 0;
}

int tui_refresh(struct tui_state *state)
{
	int err = tui_table_build(state);

	lay_out(state);
	keep_in_sight(state);
	if (!state->layout.small)
		keep_scroll(state);
	return err;
}

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

static void move(struct tui_state *state, long by)
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
		move(state, -1);
		break;
	case TUI_KEY_DOWN:
	case 'j':
		move(state, 1);
		break;
	case TUI_KEY_PAGE_UP:
		move(state, -page(state));
		break;
	case TUI_KEY_PAGE_DOWN:
		move(state, page(state));
		break;
	case TUI_KEY_HOME:
		move(state, -1000000);
		break;
	case TUI_KEY_END:
		move(state, 1000000);
		break;
	}
}

static void show_screen(struct tui_state *state, enum tui_screen screen)
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
	show_screen(state, screen);
}

static void act_open(struct tui_state *state, uint32_t key)
{
	const struct row *row = tui_selected(state);

	(void)key;
	if (state->help || state->detail || !row)
		return;
	state->detail = true;
	state->detail_top = 0;
	state->lists[state->screen].chosen = true;
	row_title(row, state->detail_title, sizeof(state->detail_title));
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
static void change_level(struct tui_state *state)
{
	if (state->model->overhead->bpf_known && !state->measuring) {
		state->requests |= TUI_TOGGLE;
		return;
	}
	state->measuring = TUI_MEASURE_BEFORE;
	tui_say(state, "measuring what it costs before");
}

/* What costs something with each map is not attached by a slip. */
static void act_level(struct tui_state *state, uint32_t key)
{
	unsigned int level = key == 'm' ? LEVEL_MAPPINGS : LEVEL_CALLERS;

	if (!state->model || state->measuring == TUI_MEASURE_BEFORE)
		return;
	state->toggle = level;
	if (state->model->interval->levels & level)
		change_level(state);
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
	  act_level },
	{ { 'c' },
	  "c",
	  "attach or detach the callers level: which device and code waits",
	  "Callers",
	  true,
	  act_level },
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

/*
 * Events
 */

static void press(struct tui_state *state, uint32_t key)
{
	for (size_t i = 0; i < tui_key_count; i++) {
		for (const uint32_t *k = tui_keys[i].keys; *k; k++) {
			if (*k == key) {
				tui_keys[i].act(state, key);
				return;
			}
		}
	}
}

static void type_filter(struct tui_state *state, uint32_t key)
{
	size_t len = strlen(state->filter);

	switch (key) {
	case TUI_KEY_ENTER:
		state->filtering = false;
		return;
	case TUI_KEY_ESCAPE:
		state->filtering = false;
		state->filter[0] = '\0';
		return;
	case TUI_KEY_BACKSPACE:
		if (len)
			state->filter[len - 1] = '\0';
		return;
	case 'U' & 0x1f:
		state->filter[0] = '\0';
		return;
	}
	/* Names of devices and pools are ASCII. */
	if (key >= ' ' && key < 0x7f && len + 1 < sizeof(state->filter)) {
		state->filter[len] = (char)key;
		state->filter[len + 1] = '\0';
	}
}

static void answer(struct tui_state *state, uint32_t key)
{
	state->asking = 0;
	if (key == 'y' || key == 'Y' || key == TUI_KEY_ENTER)
		change_level(state);
	else
		tui_say(state, "nothing was attached");
}

static void on_key(struct tui_state *state, uint32_t key)
{
	state->message[0] = '\0';
	if (key == ('C' & 0x1f))
		state->requests |= TUI_QUIT;
	else if (state->filtering)
		type_filter(state, key);
	else if (state->asking)
		answer(state, key);
	else
		press(state, key);
}

static void sort_by_click(struct tui_state *state, unsigned int x)
{
	const struct column *columns = tui_table(state->screen)->columns;
	struct tui_list *list = &state->lists[state->screen];
	struct place places[MAX_COLUMNS];
	unsigned int count, left_out;

	count = table_place(columns, state->width, places, &left_out);
	for (unsigned int i = 0; i < count; i++) {
		int column = (int)places[i].column;

		if (x < places[i].x || x >= places[i].x + places[i].width ||
		    !sortable(&columns[column]))
			continue;
		list->reverse = list->sort == column && !list->reverse;
		list->sort = column;
		say_sort(state);
	}
}

static void on_click(struct tui_state *state, unsigned int x, unsigned int y)
{
	const struct tui_layout *l = &state->layout;
	const struct tui_list *list = &state->lists[state->screen];
	size_t row = list->top + y - l->table;
	enum tui_screen tab = tui_tab_at(state, x);
	const struct tui_key *key = tui_key_at(state, x, y);

	if (key)
		key->act(state, key->keys[0]);
	if (y == 1 && tab < TUI_SCREENS)
		show_screen(state, tab);
	if (state->help || state->detail || y < l->titles)
		return;
	if (y == l->titles) {
		sort_by_click(state, x);
	} else if (y < l->table + l->table_lines && row < state->nr_rows) {
		if (list->chosen && row == list->selected)
			act_open(state, TUI_KEY_ENTER);
		else
			move(state, (long)row - (long)list->selected);
	}
}

void tui_event(struct tui_state *state, const struct tui_event *event)
{
	switch (event->kind) {
	case TUI_EVENT_RESIZE:
		state->width = event->x;
		state->height = event->y;
		break;
	case TUI_EVENT_KEY:
		on_key(state, event->key);
		break;
	case TUI_EVENT_CLICK:
		on_click(state, event->x, event->y);
		break;
	case TUI_EVENT_WHEEL_UP:
		move(state, -WHEEL_ROWS);
		break;
	case TUI_EVENT_WHEEL_DOWN:
		move(state, WHEEL_ROWS);
		break;
	}
	/* Without memory there are fewer rows; the next interval tries again.
	 */
	tui_refresh(state);
}

/*
 * Intervals
 */

bool tui_wants_cost(const struct tui_state *state)
{
	return state->asking || state->measuring;
}

void tui_levels_changed(struct tui_state *state)
{
	state->before = *state->model->overhead;
	state->measuring = TUI_MEASURE_AFTER;
	tui_say(state, "measuring what it costs now");
}

static void tell_cost(struct tui_state *state)
{
	bool on = state->model->interval->levels & state->toggle;
	char before[96], after[96], level[96];

	tui_say(state, "%s %s: %s; before: %s",
		levels_format(state->toggle, level, sizeof(level)),
		on ? "on" : "off",
		tui_format_cost(after, sizeof(after), state->model->overhead),
		tui_format_cost(before, sizeof(before), &state->before));
}

void tui_cost_measured(struct tui_state *state)
{
	if (state->measuring == TUI_MEASURE_BEFORE)
		state->requests |= TUI_TOGGLE;
	else if (state->measuring == TUI_MEASURE_AFTER)
		tell_cost(state);
	state->measuring = TUI_MEASURE_NOTHING;
}

static void note_vanished(struct tui_state *state, const uint64_t key[2])
{
	const struct row *row = tui_selected(state);

	if (!state->detail || (row && !memcmp(row->key, key, sizeof(row->key))))
		return;
	state->detail = false;
	tui_say(state, "%s has gone", state->detail_title);
}

int tui_interval(struct tui_state *state, const struct tui_model *model)
{
	uint64_t key[2];
	int err, error;

	memcpy(key, state->lists[state->screen].key, sizeof(key));
	state->model = model;
	err = history_add(&state->history, model->interval);
	if (*state->message && ++state->message_age > MESSAGE_INTERVALS)
		state->message[0] = '\0';
	error = tui_refresh(state);
	note_vanished(state, key);
	return err ? err : error;
}

struct scene tui_scene(const struct tui_state *state)
{
	return (struct scene){
		.interval = state->model->interval,
		.total = state->model->total,
		.history = &state->history,
	};
}

const struct row *tui_selected(const struct tui_state *state)
{
	size_t selected = state->lists[state->screen].selected;

	return selected < state->nr_rows ? &state->rows[selected] : NULL;
}

void tui_init(struct tui_state *state, uint64_t interval_ns)
{
	memset(state, 0, sizeof(*state));
	state->interval_ns = interval_ns;
	state->width = TUI_MIN_WIDTH;
	state->height = TUI_MIN_HEIGHT;
	for (unsigned int i = 0; i < TUI_SCREENS; i++)
		state->lists[i].sort = tui_table(i)->sort;
}

void tui_release(struct tui_state *state)
{
	history_release(&state->history);
	free(state->rows);
	memset(state, 0, sizeof(*state));
}

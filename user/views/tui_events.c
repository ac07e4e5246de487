/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_events.h"

#include <stdlib.h>
#include <string.h>

#include "views/tui_actions.h"
#include "views/tui_draw.h"
#include "views/tui_frame.h"
#include "views/tui_layout.h"
#include "views/tui_table.h"

/* Intervals that a message stays. */
#define MESSAGE_INTERVALS 8

#define WHEEL_ROWS 3

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

	tui_lay_out(state);
	keep_in_sight(state);
	if (!state->layout.small)
		keep_scroll(state);
	return err;
}

/*
 * Events
 */

static void press(struct tui_state *state, uint32_t key)
{
	for (size_t i = 0; i < tui_key_count; i++) {
		if (!tui_key_offered(state, &tui_keys[i]))
			continue;
		for (const uint32_t *k = tui_keys[i].keys; *k; k++) {
			if (*k == key) {
				tui_keys[i].act(state, key);
				return;
			}
		}
	}
}

/* False when it is done; what was left with Esc is empty. */
static bool type_text(char *text, size_t size, uint32_t key)
{
	size_t len = strlen(text);

	switch (key) {
	case TUI_KEY_ENTER:
		return false;
	case TUI_KEY_ESCAPE:
		text[0] = '\0';
		return false;
	case TUI_KEY_BACKSPACE:
		if (len)
			text[len - 1] = '\0';
		return true;
	case 'U' & 0x1f:
		text[0] = '\0';
		return true;
	}
	/* Names of devices and pools, and times, are ASCII. */
	if (key >= ' ' && key < 0x7f && len + 1 < size) {
		text[len] = (char)key;
		text[len + 1] = '\0';
	}
	return true;
}

static void type_filter(struct tui_state *state, uint32_t key)
{
	state->filtering = type_text(state->filter, sizeof(state->filter), key);
}

static void type_time(struct tui_state *state, uint32_t key)
{
	state->jumping = type_text(state->jump, sizeof(state->jump), key);
	if (!state->jumping && *state->jump)
		state->requests |= TUI_JUMP;
}

static void answer(struct tui_state *state, uint32_t key)
{
	state->asking = 0;
	if (key == 'y' || key == 'Y' || key == TUI_KEY_ENTER)
		tui_change_level(state);
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
	else if (state->jumping)
		type_time(state, key);
	else if (state->asking)
		answer(state, key);
	else
		press(state, key);
}

static void sort_by_click(struct tui_state *state, unsigned int x)
{
	struct place places[MAX_COLUMNS];
	unsigned int count, left_out;

	count = table_place(tui_table(state->screen)->columns, state->width,
			    places, &left_out);
	for (unsigned int i = 0; i < count; i++)
		if (x >= places[i].x && x < places[i].x + places[i].width)
			tui_sort_by(state, (int)places[i].column);
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
		tui_show_screen(state, tab);
	if (state->help || state->detail || y < l->titles)
		return;
	if (y == l->titles) {
		sort_by_click(state, x);
	} else if (y < l->table + l->table_lines && row < state->nr_rows) {
		if (list->chosen && row == list->selected)
			tui_open(state);
		else
			tui_move(state, (long)row - (long)list->selected);
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
		tui_move(state, -WHEEL_ROWS);
		break;
	case TUI_EVENT_WHEEL_DOWN:
		tui_move(state, WHEEL_ROWS);
		break;
	}
	/* Without memory there are fewer rows; the next interval tries again.
	 */
	tui_refresh(state);
}

/*
 * Intervals
 */

void tui_restart(struct tui_state *state)
{
	history_release(&state->history);
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

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_STATE_H
#define VIEWS_TUI_STATE_H

/*
 * What the monitor remembers between two screens, changed by events and by
 * intervals and by nothing else (tui_events.h). It knows no terminal: a test
 * drives it as a user does. tui_draw() shows it.
 */

#include "util/cost.h"
#include "views/table.h"
#include "views/tui_replay.h"

#define TUI_MIN_WIDTH	80
#define TUI_MIN_HEIGHT	24
#define TUI_FILTER_LEN	48
#define TUI_MESSAGE_LEN 256
#define TUI_TITLE_LEN	160

/** enum tui_screen - in the order of the tabs */
enum tui_screen {
	TUI_OVERVIEW,
	TUI_AREAS,
	TUI_LOCKS,
	TUI_DEVICES,
	TUI_BLOCKS,
	TUI_FINDINGS,
	TUI_DOCTOR,
	TUI_SCREENS,
};

/** enum tui_key_code - keys that are no characters */
enum tui_key_code {
	TUI_KEY_UP = 0x100000, /* beyond Unicode's letters */
	TUI_KEY_DOWN,
	TUI_KEY_LEFT,
	TUI_KEY_RIGHT,
	TUI_KEY_PAGE_UP,
	TUI_KEY_PAGE_DOWN,
	TUI_KEY_HOME,
	TUI_KEY_END,
	TUI_KEY_ENTER,
	TUI_KEY_ESCAPE,
	TUI_KEY_TAB,
	TUI_KEY_BACK_TAB,
	TUI_KEY_BACKSPACE,
};

/** enum tui_event_kind - what happened at the terminal */
enum tui_event_kind {
	TUI_EVENT_KEY,
	TUI_EVENT_CLICK,
	TUI_EVENT_WHEEL_UP,
	TUI_EVENT_WHEEL_DOWN,
	TUI_EVENT_RESIZE,
};

/**
 * struct tui_event - an event
 * @kind: what happened
 * @key: a character or enum tui_key_code
 * @x: column of a click; the new width
 * @y: line of a click; the new height
 */
struct tui_event {
	enum tui_event_kind kind;
	uint32_t key;
	unsigned int x;
	unsigned int y;
};

/** enum tui_request - what only the program can do, bits */
enum tui_request {
	TUI_QUIT = 1u << 0,
	TUI_TOGGLE = 1u << 1, /* level @toggle on or off */
	TUI_RESET_PEAKS = 1u << 2,
	TUI_INTERVAL = 1u << 3, /* interval_ns has changed */
	TUI_PAUSE = 1u << 4,	/* paused has changed */
	TUI_SUSPEND = 1u << 5,
	TUI_REPAINT = 1u << 6,
	TUI_STEP = 1u << 7, /* what follows is of a recording: next sample */
	TUI_STEP_BACK = 1u << 8,
	TUI_JUMP = 1u << 9,	/* to the time in @jump */
	TUI_FINDING = 1u << 10, /* to the next one */
	TUI_FINDING_BACK = 1u << 11,
	TUI_BEGIN = 1u << 12,
	TUI_END = 1u << 13,
};

/** enum tui_measuring - the cost of levels, while they change */
enum tui_measuring {
	TUI_MEASURE_NOTHING,
	TUI_MEASURE_BEFORE, /* then TUI_TOGGLE is requested */
	TUI_MEASURE_AFTER,  /* then both are told */
};

/**
 * struct tui_model - what is shown, all of it const for the views
 * @total: counters from the start of the session
 * @interval: those of the last interval, with the same pools and devices
 * @findings: of @interval
 * @overhead: of the last interval
 */
struct tui_model {
	const struct snapshot *total;
	const struct snapshot *interval;
	const struct findings *findings;
	const struct overhead *overhead;
};

/**
 * struct tui_list - position and order of one screen's table
 * @key: of the selected row
 * @chosen: somebody moved: follow the row, not the place
 * @selected: place of that row
 * @top: first row shown
 * @sort: column it is sorted by, -1 = as it comes
 * @reverse: in descending order
 */
struct tui_list {
	uint64_t key[2];
	bool chosen;
	size_t selected;
	size_t top;
	int sort;
	bool reverse;
};

/**
 * struct tui_layout - which lines the parts of the screen take
 * @small: the terminal is too small for any
 * @summary: first line below the tabs
 * @pool_lines: lines of pools on the overview
 * @strip: first line of the strip of areas
 * @strip_lines: how many; 0 = none
 * @titles: line of the table's titles
 * @table: first line of its rows
 * @table_lines: how many fit
 * @below: first line below the table
 * @below_lines: how many; 0 = nothing
 */
struct tui_layout {
	bool small;
	unsigned int summary;
	unsigned int pool_lines;
	unsigned int strip;
	unsigned int strip_lines;
	unsigned int titles;
	unsigned int table;
	unsigned int table_lines;
	unsigned int below;
	unsigned int below_lines;
};

/**
 * struct tui_state - the whole
 * @screen: the one shown
 * @lists: state of each screen's table
 * @detail: a row is opened
 * @detail_title: what it is, for when it has gone
 * @detail_top: first line of it that is shown
 * @help: the keys are shown
 * @help_top: first line of them
 * @paused: the screen is frozen
 * @filter: show only rows that match
 * @filtering: it is being typed
 * @replay: the recording that is shown; NULL = the running kernel
 * @jump: the time to go to
 * @jumping: it is being typed
 * @asking: level whose attaching awaits confirmation, 0 = none
 * @toggle: level that TUI_TOGGLE is about
 * @interval_ns: between two intervals
 * @width: of the terminal
 * @height: of the terminal
 * @requests: bits of enum tui_request, taken and cleared by the program
 * @message: what happened last; "" for nothing
 * @message_age: intervals since
 * @before: the cost before the levels changed
 * @measuring: what of a change of levels is measured
 * @history: the last minute
 * @model: what was given last; NULL before the first
 * @rows: the table, filtered and sorted
 * @nr_rows: how many
 * @hidden: rows that the filter leaves out
 * @room: rows there is memory for
 * @layout: lines of the parts of the screen
 */
struct tui_state {
	enum tui_screen screen;
	struct tui_list lists[TUI_SCREENS];
	bool detail;
	char detail_title[TUI_TITLE_LEN];
	unsigned int detail_top;
	bool help;
	unsigned int help_top;
	bool paused;
	char filter[TUI_FILTER_LEN];
	bool filtering;
	const struct tui_replay *replay;
	char jump[TUI_FILTER_LEN];
	bool jumping;
	unsigned int asking;
	unsigned int toggle;
	uint64_t interval_ns;
	unsigned int width;
	unsigned int height;
	unsigned int requests;
	char message[TUI_MESSAGE_LEN];
	unsigned int message_age;
	struct overhead before;
	enum tui_measuring measuring;
	struct history history;
	const struct tui_model *model;
	struct row *rows;
	size_t nr_rows;
	size_t hidden;
	size_t room;
	struct tui_layout layout;
};

/** tui_screen_name() - what the tab says */
const char *tui_screen_name(enum tui_screen screen);

/** tui_say() - show a message for a while */
void tui_say(struct tui_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * tui_wants_cost() - run times of BPF programs are to be measured
 *
 * So it is around a change of levels, which is made when its cost before is
 * known.
 */
bool tui_wants_cost(const struct tui_state *state);

/** tui_cost_measured() - the model has the cost since the last call */
void tui_cost_measured(struct tui_state *state);

/** tui_levels_changed() - TUI_TOGGLE was done; what the new levels cost? */
void tui_levels_changed(struct tui_state *state);

/** tui_scene() - what the tables of a state are about; it has a model */
struct scene tui_scene(const struct tui_state *state);

/** tui_selected() - the row that the cursor is on, or NULL */
const struct row *tui_selected(const struct tui_state *state);

/** tui_format_cost() - "tool 0.12% CPU, BPF 0.03%" */
char *tui_format_cost(char *text, size_t len, const struct overhead *cost);

#endif

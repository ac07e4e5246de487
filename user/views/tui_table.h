/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_TABLE_H
#define VIEWS_TUI_TABLE_H

/*
 * The tables of the monitor's screens: which rows there are, which columns,
 * and what stands where. All figures of a row come from here.
 */

#include "views/canvas.h"
#include "views/tui_state.h"

struct metric;

#define TUI_CELL_LEN	FINDING_TEXT_LEN
#define TUI_MAX_COLUMNS 20

/** enum tui_cell_kind - how a cell is drawn */
enum tui_cell_kind { TUI_TEXT, TUI_NUMBER, TUI_BAR, TUI_SPARK };

/**
 * struct tui_cell - the content of a cell
 * @kind: how it is drawn; numbers stand on the right
 * @style: its style
 * @text: for text and numbers
 * @part: for a bar; for a number, what it is, if it may be shortened
 * @peak: for a bar
 * @whole: for a bar; for a number, what it is a part of, if anything
 * @ring: for a sparkline; NULL = none yet
 * @trend: which of @ring
 */
struct tui_cell {
	enum tui_cell_kind kind;
	enum style style;
	char text[TUI_CELL_LEN];
	uint64_t part;
	uint64_t peak;
	uint64_t whole;
	const struct ring *ring;
	enum trend trend;
};

/** enum tui_format - how a figure is written */
enum tui_format {
	TUI_COUNT,
	TUI_SIGNED,
	TUI_DURATION,  /* ns; "-" for 0 */
	TUI_RATE,      /* so many a second */
	TUI_BYTE_RATE, /* so many bytes a second */
	TUI_CPU_SHARE, /* ns of the interval, as a share of one CPU */
	TUI_PERCENT,   /* of the metric's whole */
};

/**
 * struct tui_column - a column
 * @title: its title
 * @width: columns it needs
 * @grow: may become wider by this much
 * @rank: those with the highest go first where there is no room; 0 stays
 * @right: the title stands on the right
 * @metric: the figure that it shows and is sorted by, the largest first; NULL
 *	where it shows anything else
 * @format: how that is written
 * @session: that of the session instead of the last interval
 * @least_first: sorted with the smallest first
 * @style: the style of a value; NULL = plain
 * @get: without @metric: fills in a zeroed cell
 * @number: without @metric: what to sort by, the largest first; or
 * @name: what to sort by, from A to Z
 */
struct tui_column {
	const char *title;
	unsigned int width;
	unsigned int grow;
	unsigned int rank;
	bool right;
	const char *metric;
	enum tui_format format;
	bool session;
	bool least_first;
	enum style (*style)(const struct tui_state *state, int64_t value);
	void (*get)(const struct tui_state *state, const struct tui_row *row,
		    struct tui_cell *cell);
	uint64_t (*number)(const struct tui_state *state,
			   const struct tui_row *row);
	const char *(*name)(const struct tui_row *row);
};

/**
 * struct tui_table - what a screen lists
 * @columns: its columns, ended by one without title
 * @add: adds all rows; 0 or -ENOMEM
 * @empty: what to say when there is none
 * @sort: the column it is sorted by at first, -1 = as it comes
 */
struct tui_table {
	const struct tui_column *columns;
	int (*add)(struct tui_state *state);
	const char *(*empty)(const struct tui_state *state);
	int sort;
};

/**
 * struct tui_place - a column that is shown
 * @column: which
 * @metric: its figure; NULL = none
 * @x: where
 * @width: how wide
 */
struct tui_place {
	unsigned int column;
	const struct metric *metric;
	unsigned int x;
	unsigned int width;
};

/* The columns, each list ended by one without title. */
extern const struct tui_column tui_overview_columns[];
extern const struct tui_column tui_area_columns[];
extern const struct tui_column tui_lock_columns[];
extern const struct tui_column tui_device_columns[];
extern const struct tui_column tui_block_columns[];
extern const struct tui_column tui_finding_columns[];
extern const struct tui_column tui_doctor_columns[];

/** tui_column_metric() - the metric that a column names, or NULL */
const struct metric *tui_column_metric(const struct tui_column *column);

/**
 * tui_column_cell() - what stands in a column of a row
 * @column: the column
 * @metric: its metric, or NULL
 * @state: the state
 * @row: the row
 * @cell: zeroed; filled in
 */
void tui_column_cell(const struct tui_column *column,
		     const struct metric *metric, const struct tui_state *state,
		     const struct tui_row *row, struct tui_cell *cell);

/** tui_column_number() - what a row is sorted by, the largest first */
uint64_t tui_column_number(const struct tui_column *column,
			   const struct metric *metric,
			   const struct tui_state *state,
			   const struct tui_row *row);

/* Names that columns show and filters look at; "-" or a word where none is. */
const char *tui_row_pool(const struct tui_row *row);
const char *tui_row_owner(const struct tui_row *row);
const char *tui_row_hook(const struct tui_row *row);

/** tui_table() - that of a screen */
const struct tui_table *tui_table(enum tui_screen screen);

/**
 * tui_table_places() - which columns fit, and where
 * @columns: the table's
 * @width: columns of the screen
 * @places: TUI_MAX_COLUMNS; filled in
 * @left_out: set to the number of columns that do not fit
 *
 * Return: how many are shown.
 */
unsigned int tui_table_places(const struct tui_column *columns,
			      unsigned int width, struct tui_place *places,
			      unsigned int *left_out);

/**
 * tui_table_build() - the rows of the state's screen, filtered and sorted
 *
 * The selection follows its row; when that has gone it stays where it was.
 *
 * Return: 0, or -ENOMEM and some rows are missing.
 */
int tui_table_build(struct tui_state *state);

/**
 * tui_cell_fit() - write a number that is too wide with "k" or "M"
 * @cell: the cell
 * @width: columns there are
 */
void tui_cell_fit(struct tui_cell *cell, unsigned int width);

/** tui_row_title() - what a row is, in a few words */
char *tui_row_title(const struct tui_row *row, char *text, size_t len);

/*
 * Figures that details show as well.
 */

/** tui_total_area() - the same area with the counters of the session */
const struct area *tui_total_area(const struct tui_state *state,
				  const struct pool *pool,
				  const struct area *area);

/** tui_total_device() - the same device with the counters of the session */
const struct device *tui_total_device(const struct tui_state *state,
				      const struct device *device);

/** tui_format_rate() - a count of the interval as so many a second */
char *tui_format_rate(char *text, size_t len, const struct snapshot *interval,
		      uint64_t count);

/** tui_wait_share() - ns of waiting in the interval, as millionths of a CPU */
uint64_t tui_wait_share(const struct snapshot *interval, uint64_t ns);

/**
 * tui_caller_name() - the place in the code that a stack is about
 * @state: has the names
 * @stack: the stack
 * @inner: what the functions have in their names that are only on the way
 * @text: where to write
 * @len: size of @text
 */
char *tui_caller_name(const struct tui_state *state, const struct stack *stack,
		      const char *inner, char *text, size_t len);

/** tui_fill_style() - green, yellow from 75 %, red from 90 % */
enum style tui_fill_style(uint64_t used, uint64_t slots);

/** tui_severity_style() - of a finding, and of the verdict */
enum style tui_severity_style(enum severity severity);

/** tui_trend_style() - of a column of a trend that stands so high */
enum style tui_trend_style(enum trend trend, unsigned int height,
			   unsigned int steps);

/** tui_refused() - requests that were, of all causes */
uint64_t tui_refused(const struct mapping_totals *totals);

#endif

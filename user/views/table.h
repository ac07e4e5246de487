/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TABLE_H
#define VIEWS_TABLE_H

/*
 * Tables for people: what a column shows of a row, which columns fit, and how
 * they are drawn. The report and the monitor draw the same ones.
 */

#include "model/subject.h"
#include "views/canvas.h"
#include "views/finding_text.h"
#include "views/tui_history.h"

struct field;

#define CONTENT_LEN FINDING_TEXT_LEN
#define MAX_COLUMNS 20

/**
 * struct scene - what tables are about
 * @interval: what is shown
 * @total: counters of the session, with the same pools and devices
 * @history: the last minute; NULL = none, and no sparklines
 */
struct scene {
	const struct snapshot *interval;
	const struct snapshot *total;
	const struct history *history;
};

/**
 * struct row - a row of a table
 * @key: what it is about; the same in the next interval
 * @number: what it is sorted by, or
 * @name: what it is sorted by when that is text
 * @order: its position without sorting
 * @pool: these are set as far as they apply, and belong to the scene
 */
struct row {
	uint64_t key[2];
	uint64_t number;
	const char *name;
	size_t order;
	const struct pool *pool;
	const struct area *area;
	const struct device *device;
	const struct block_owner *owner;
	const struct mapping_group *group;
	const struct wait_caller *caller;
	const struct bounce_device *bouncing;
	const struct finding *finding;
	const struct hook *hook;
	const struct loss *loss;
};

/** enum content_kind - how a cell is drawn */
enum content_kind { CONTENT_TEXT, CONTENT_NUMBER, CONTENT_BAR, CONTENT_SPARK };

/**
 * struct content - the content of a cell
 * @kind: how it is drawn; numbers are right-aligned
 * @style: its style
 * @text: for text and numbers
 * @part: for a bar; for a number, what it is, if it may be shortened
 * @peak: for a bar
 * @whole: for a bar; for a number, what it is a part of, if anything
 * @ring: for a sparkline; NULL = none yet
 * @trend: which of @ring
 */
struct content {
	enum content_kind kind;
	enum style style;
	char text[CONTENT_LEN];
	uint64_t part;
	uint64_t peak;
	uint64_t whole;
	const struct ring *ring;
	enum trend trend;
};

/** enum column_format - how a figure is written */
enum column_format {
	FORMAT_COUNT,
	FORMAT_BYTES,
	FORMAT_SIGNED,
	FORMAT_DURATION,  /* ns; "-" for 0 */
	FORMAT_RATE,	  /* so many a second */
	FORMAT_BYTE_RATE, /* so many bytes a second */
	FORMAT_CPU_SHARE, /* ns of the interval, as a share of one CPU */
	FORMAT_PERCENT,	  /* of the metric's whole */
};

/**
 * struct column - a column
 * @title: its title
 * @width: columns it needs
 * @grow: may become wider by this much
 * @rank: those with the highest go first where there is no room; 0 stays
 * @right: the title is right-aligned
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
struct column {
	const char *title;
	unsigned int width;
	unsigned int grow;
	unsigned int rank;
	bool right;
	const char *metric;
	enum column_format format;
	bool session;
	bool least_first;
	enum style (*style)(const struct scene *scene, int64_t value);
	void (*get)(const struct scene *scene, const struct row *row,
		    struct content *cell);
	uint64_t (*number)(const struct scene *scene, const struct row *row);
	const char *(*name)(const struct row *row);
};

/**
 * struct place - a column that is shown
 * @column: which
 * @metric: its figure; NULL = none
 * @x: where
 * @width: how wide
 */
struct place {
	unsigned int column;
	const struct field *metric;
	unsigned int x;
	unsigned int width;
};

/** scene_total_area() - the same area with the counters of the session */
const struct area *scene_total_area(const struct scene *scene,
				    const struct pool *pool,
				    const struct area *area);

/** scene_total_device() - the same device with the counters of the session */
const struct device *scene_total_device(const struct scene *scene,
					const struct device *device);

/* Contents of a cell, for the getters of columns; unknown durations are "-". */
void content_text(struct content *cell, const char *text);
void content_number(struct content *cell, const char *text);
void content_count(struct content *cell, uint64_t count);
void content_duration(struct content *cell, bool known, uint64_t ns);

/**
 * content_fit() - write a number that is too wide with "k" or "M"
 * @cell: the cell
 * @width: columns there are
 */
void content_fit(struct content *cell, unsigned int width);

/** column_metric() - the metric that a column names, or NULL */
const struct field *column_metric(const struct column *column);

/**
 * column_content() - content of a column in a row
 * @column: the column
 * @metric: its metric, or NULL
 * @scene: the scene
 * @row: the row
 * @cell: zeroed; filled in
 */
void column_content(const struct column *column, const struct field *metric,
		    const struct scene *scene, const struct row *row,
		    struct content *cell);

/**
 * column_subject() - what the figure of a column is a figure of
 * @column: a column with a metric
 */
struct subject column_subject(const struct column *column,
			      const struct scene *scene, const struct row *row);

/** column_number() - what a row is sorted by, the largest first */
uint64_t column_number(const struct column *column, const struct field *metric,
		       const struct scene *scene, const struct row *row);

/** trend_style() - style of a column of a trend, by its height */
enum style trend_style(enum trend trend, unsigned int height,
		       unsigned int steps);

/**
 * table_place() - which columns fit, and where
 * @columns: the table's
 * @width: columns of the screen
 * @places: MAX_COLUMNS; filled in
 * @left_out: set to the number of columns that do not fit
 *
 * Return: how many are shown.
 */
unsigned int table_place(const struct column *columns, unsigned int width,
			 struct place *places, unsigned int *left_out);

/**
 * struct table_titles - how titles are drawn
 * @style: their style
 * @sorted: the column that rows are sorted by; -1 = as they come
 * @reverse: in descending order
 */
struct table_titles {
	enum style style;
	int sorted;
	bool reverse;
};

/** table_draw_titles() - draw the line of titles: as table_draw_row() */
void table_draw_titles(const struct table_titles *titles,
		       const struct column *columns, const struct place *places,
		       unsigned int count, struct canvas *canvas,
		       unsigned int x, int y);

/**
 * table_draw_row() - draw a row
 * @scene: the scene
 * @row: the row
 * @columns: the table's
 * @places: where they are
 * @count: how many
 * @canvas: where to
 * @x: first column of the table
 * @y: the line
 */
void table_draw_row(const struct scene *scene, const struct row *row,
		    const struct column *columns, const struct place *places,
		    unsigned int count, struct canvas *canvas, unsigned int x,
		    int y);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_GRID_H
#define VIEWS_TUI_GRID_H

/*
 * A screen as plain cells: what the monitor draws on. A terminal shows it, a
 * log gets it as text, a test reads it. Whatever does not fit is cut with a
 * mark, and nothing is ever written outside.
 *
 * Positions are in columns and lines from 0; those beyond the grid, and
 * negative lines, are ignored.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** enum grid_style - what a cell is, not how it looks */
enum grid_style {
	GRID_PLAIN,
	GRID_TITLE,
	GRID_DIM,
	GRID_GOOD,
	GRID_WARNING,
	GRID_ERROR,
	GRID_ACCENT, /* what is chosen: a tab, the sorted column */
	GRID_TREND,  /* sparklines */
	GRID_FRAME,  /* the first and the last line */
	GRID_FRAME_STRONG,
	GRID_STYLES,
};

/* Added to a style: the cell belongs to the selected row. */
#define GRID_SELECTED 0x40

/**
 * struct cell - one place of the grid
 * @character: Unicode, one column wide
 * @style: enum grid_style, and GRID_SELECTED
 */
struct cell {
	uint32_t character;
	uint8_t style;
};

/**
 * struct grid - the whole
 * @width: columns
 * @height: lines
 * @cells: @width times @height, line by line
 * @room: cells there is memory for
 */
struct grid {
	unsigned int width;
	unsigned int height;
	struct cell *cells;
	size_t room;
};

/**
 * grid_resize() - give a grid its size, and empty it
 * @grid: zeroed, or used before; ended with grid_release()
 *
 * Return: 0, or -ENOMEM and the grid is as it was.
 */
int grid_resize(struct grid *grid, unsigned int width, unsigned int height);

/** grid_release() - free the cells and make it empty */
void grid_release(struct grid *grid);

/** grid_clear() - fill it with spaces */
void grid_clear(struct grid *grid);

/** grid_columns() - how many columns @text takes */
unsigned int grid_columns(const char *text);

/**
 * grid_put() - write text
 * @grid: the grid
 * @x: first column
 * @y: line
 * @columns: at most this many; a longer text is cut and marked
 * @style: its style
 * @text: UTF-8; whatever could move a cursor becomes '?'
 *
 * Return: the columns written.
 */
unsigned int grid_put(struct grid *grid, unsigned int x, int y,
		      unsigned int columns, enum grid_style style,
		      const char *text);

/** grid_put_right() - the same, ending at the last of @columns */
void grid_put_right(struct grid *grid, unsigned int x, int y,
		    unsigned int columns, enum grid_style style,
		    const char *text);

/** grid_fill() - the same character @columns times */
void grid_fill(struct grid *grid, unsigned int x, int y, unsigned int columns,
	       enum grid_style style, uint32_t character);

/** grid_bar() - a bar: @part of @whole, and lighter up to @peak */
void grid_bar(struct grid *grid, unsigned int x, int y, unsigned int columns,
	      enum grid_style style, uint64_t part, uint64_t peak,
	      uint64_t whole);

/** grid_level() - a cell filled to @eighths from below; 0 leaves a dot */
void grid_level(struct grid *grid, unsigned int x, int y, enum grid_style style,
		unsigned int eighths);

/** grid_select() - mark a line as the selected row */
void grid_select(struct grid *grid, int y);

/** grid_ascii() - what stands for a character where there is no UTF-8 */
char grid_ascii(uint32_t character);

/**
 * grid_utf8() - a character as bytes
 * @bytes: 5 or more; ended with 0
 *
 * Return: @bytes.
 */
char *grid_utf8(uint32_t character, char *bytes);

/** grid_write() - lines of text, without the spaces at their ends */
void grid_write(const struct grid *grid, FILE *stream, bool utf8);

#endif

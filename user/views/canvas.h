/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_CANVAS_H
#define VIEWS_CANVAS_H

/*
 * Text as plain cells: what everything that is read by people is drawn on. A
 * terminal shows it, a file gets it as text, a test reads it. Whatever does
 * not fit is cut with a mark, nothing is ever written outside, and nothing
 * that a name contains can move the cursor.
 *
 * Positions are in columns and lines from 0; those beyond the canvas, and
 * negative lines, are ignored.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** enum style - meaning of a cell; the terminal chooses colours for it */
enum style {
	STYLE_PLAIN,
	STYLE_TITLE,
	STYLE_DIM,
	STYLE_GOOD,
	STYLE_WARNING,
	STYLE_ERROR,
	STYLE_ACCENT, /* what is chosen: a tab, the sorted column */
	STYLE_TREND,  /* sparklines */
	STYLE_FRAME,  /* the first and the last line */
	STYLE_FRAME_STRONG,
	STYLE_COUNT,
};

/* Added to a style: the cell belongs to the selected row. */
#define STYLE_SELECTED 0x40

/* The second column of a wide character. */
#define CELL_CONTINUED 0

/**
 * struct cell - one place of the canvas
 * @character: Unicode, or CELL_CONTINUED
 * @style: enum style, and STYLE_SELECTED
 */
struct cell {
	uint32_t character;
	uint8_t style;
};

/**
 * struct canvas - the whole
 * @width: columns
 * @height: lines
 * @grows: canvas_reach() makes it higher
 * @cells: @width times @height, line by line
 * @room: cells there is memory for
 */
struct canvas {
	unsigned int width;
	unsigned int height;
	bool grows;
	struct cell *cells;
	size_t room;
};

/**
 * canvas_resize() - give a canvas its size, and empty it
 * @canvas: zeroed, or used before; ended with canvas_release()
 *
 * Return: 0, or -ENOMEM and the canvas is as it was.
 */
int canvas_resize(struct canvas *canvas, unsigned int width,
		  unsigned int height);

/** canvas_reach() - make a canvas that grows have line @y, if there is memory
 */
void canvas_reach(struct canvas *canvas, int y);

/** canvas_release() - free the cells and make it empty */
void canvas_release(struct canvas *canvas);

/** canvas_clear() - fill it with spaces */
void canvas_clear(struct canvas *canvas);

/** canvas_columns() - width of @text in columns */
unsigned int canvas_columns(const char *text);

/**
 * canvas_put() - write text
 * @canvas: the canvas
 * @x: first column
 * @y: line
 * @columns: at most this many; a longer text is cut and marked
 * @style: its style
 * @text: UTF-8; whatever could move a cursor becomes '?'
 *
 * Return: the columns written.
 */
unsigned int canvas_put(struct canvas *canvas, unsigned int x, int y,
			unsigned int columns, enum style style,
			const char *text);

/** canvas_put_right() - the same, ending at the last of @columns */
void canvas_put_right(struct canvas *canvas, unsigned int x, int y,
		      unsigned int columns, enum style style, const char *text);

/** canvas_cut() - mark that a text did not fit in front of column @x */
void canvas_cut(struct canvas *canvas, unsigned int x, int y);

/** canvas_fill() - the same character @columns times */
void canvas_fill(struct canvas *canvas, unsigned int x, int y,
		 unsigned int columns, enum style style, uint32_t character);

/** canvas_bar() - a bar: @part of @whole, and lighter up to @peak */
void canvas_bar(struct canvas *canvas, unsigned int x, int y,
		unsigned int columns, enum style style, uint64_t part,
		uint64_t peak, uint64_t whole);

/** canvas_level() - a cell filled to @eighths from below; 0 leaves a dot */
void canvas_level(struct canvas *canvas, unsigned int x, int y,
		  enum style style, unsigned int eighths);

/** canvas_select() - mark a line as the selected row */
void canvas_select(struct canvas *canvas, int y);

/** canvas_ascii() - replacement of a character on outputs without UTF-8 */
char canvas_ascii(uint32_t character);

/**
 * canvas_utf8() - a character as bytes
 * @bytes: 5 or more; ended with 0
 *
 * Return: @bytes.
 */
char *canvas_utf8(uint32_t character, char *bytes);

/**
 * canvas_write() - lines of text, without the spaces at their ends
 * @canvas: the canvas
 * @stream: where to
 * @utf8: characters beyond ASCII may be written
 * @color: styles may be written as escape sequences
 */
void canvas_write(const struct canvas *canvas, FILE *stream, bool utf8,
		  bool color);

#endif

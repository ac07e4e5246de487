/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_PANE_H
#define VIEWS_PANE_H

/*
 * Lines of text in a part of a canvas: the report is one pane, each part of
 * the monitor's screen another. No line is wider than its pane; what is cut
 * is marked.
 */

#include "model/histogram.h"
#include "views/canvas.h"

/** enum align - where a cell is filled up */
enum align { ALIGN_LEFT, ALIGN_RIGHT };

/**
 * struct pane - a part of a canvas, and where in it the next text goes
 * @canvas: the canvas; an empty one only counts lines
 * @x: its first column
 * @width: its columns
 * @line: the current line of the canvas; outside of @top and @bottom it is
 *	out of sight
 * @top: its first line
 * @bottom: one below its last line
 * @column: columns of the current line that are written
 */
struct pane {
	struct canvas *canvas;
	unsigned int x;
	unsigned int width;
	int line;
	int top;
	int bottom;
	unsigned int column;
};

/**
 * struct page - a canvas as long as its text, for a stream
 * @canvas: its lines
 * @pane: all of it, for views
 * @stream: where it is written
 * @utf8: characters beyond ASCII may be written
 * @color: colours may be written
 */
struct page {
	struct canvas canvas;
	struct pane pane;
	FILE *stream;
	bool utf8;
	bool color;
};

/**
 * page_init() - a page that suits its reader
 * @page: filled in; to be ended with page_write()
 * @stream: where it goes
 * @terminal: the terminal behind it, or -1: 100 columns, no colour
 *
 * UTF-8 is a matter of the locale; NO_COLOR and TERM=dumb are respected.
 */
void page_init(struct page *page, FILE *stream, int terminal);

/**
 * page_write() - write the page and free it
 *
 * Return: 0, or -ENOMEM when there was no memory for all of its lines; those
 * that there are have been written. Errors of the stream stay with it.
 */
int page_write(struct page *page);

/** pane_next() - end a line; its number, or -1 when it is out of sight */
int pane_next(struct pane *pane);

/** pane_left() - lines that are left, 0 when full */
unsigned int pane_left(const struct pane *pane);

/** pane_put() - add to the line */
void pane_put(struct pane *pane, enum style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** pane_cell() - add a cell of just @columns columns and a space after it */
void pane_cell(struct pane *pane, enum style style, enum align align,
	       unsigned int columns, const char *text);

/** pane_bar() - add a bar and a space: see canvas_bar() */
void pane_bar(struct pane *pane, enum style style, unsigned int columns,
	      uint64_t part, uint64_t peak, uint64_t whole);

/** pane_end() - end the line */
void pane_end(struct pane *pane);

/** pane_line() - the rest of a line, and its end */
void pane_line(struct pane *pane, enum style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** pane_title() - an empty line and a heading; the first has no empty line */
void pane_title(struct pane *pane, const char *title);

/**
 * pane_wrap() - add text, wrapped over several lines
 * @pane: the pane; its line may have been begun
 * @style: of the text
 * @indent: where further lines begin
 * @text: the text
 *
 * Ends the line.
 */
void pane_wrap(struct pane *pane, enum style style, unsigned int indent,
	       const char *text);

/**
 * pane_histogram() - a line for each bucket from the first to the last in use
 * @pane: the pane; each line begins at its current column
 * @histogram: what of; nothing is drawn when it is empty
 * @bytes: its values are bytes, else ns
 * @max_bar: columns of a bar, if there is room
 * @lines: at most this many; lower buckets are then added up in one
 */
void pane_histogram(struct pane *pane, const struct histogram *histogram,
		    bool bytes, unsigned int max_bar, unsigned int lines);

#endif

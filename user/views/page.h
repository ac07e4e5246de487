/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_PAGE_H
#define VIEWS_PAGE_H

/*
 * Lines of text for people: no line is wider than the page, what is cut is
 * marked, nothing that a name contains can move the cursor, and where there
 * is no UTF-8 or no colour the same text comes out without.
 *
 * Widths are in columns, one for each character.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PAGE_LINE_LEN 4096

/** enum style - what a piece of text is, not how it looks */
enum style {
	STYLE_PLAIN,
	STYLE_TITLE,
	STYLE_DIM,
	STYLE_GOOD,
	STYLE_WARNING,
	STYLE_ERROR,
};

/** enum align - where a cell is filled up */
enum align { ALIGN_LEFT, ALIGN_RIGHT };

/**
 * struct page - where lines go
 * @stream: the stream
 * @width: columns
 * @utf8: characters beyond ASCII may be written
 * @color: colours may be written
 * @line: the line being put together
 * @len: bytes in it
 */
struct page {
	FILE *stream;
	unsigned int width;
	bool utf8;
	bool color;
	char line[PAGE_LINE_LEN];
	size_t len;
};

/**
 * page_init() - a page that suits its reader
 * @page: the page
 * @stream: where lines go
 * @terminal: the terminal behind it, or -1: 100 columns, no colour
 *
 * UTF-8 is a matter of the locale; NO_COLOR and TERM=dumb are respected.
 */
void page_init(struct page *page, FILE *stream, int terminal);

/** page_put() - add to the line */
void page_put(struct page *page, enum style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** page_cell() - add a cell of just @columns columns and a space after it */
void page_cell(struct page *page, enum style style, enum align align,
	       unsigned int columns, const char *text);

/** page_bar() - add a bar: @part of @whole, and lighter up to @peak */
void page_bar(struct page *page, enum style style, unsigned int columns,
	      uint64_t part, uint64_t peak, uint64_t whole);

/** page_end() - end the line, cutting it where it is too wide */
void page_end(struct page *page);

/** page_line() - a whole line */
void page_line(struct page *page, enum style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * page_wrap() - add @text, over as many lines as it takes
 * @page: the page; its line may have been begun
 * @style: of the text
 * @indent: where the further lines begin
 * @text: the text
 *
 * Ends the line.
 */
void page_wrap(struct page *page, enum style style, unsigned int indent,
	       const char *text);

#endif

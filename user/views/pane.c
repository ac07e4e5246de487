/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/pane.h"

#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "util/units.h"
#include "views/phrases.h"

#define PANE_TEXT_LEN 4096

#define DEFAULT_WIDTH 100
#define MIN_WIDTH     40
#define MAX_WIDTH     140

#define MIN_BAR 18

/*
 * Pages
 */

void page_init(struct page *page, FILE *stream, int terminal)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	unsigned int width = DEFAULT_WIDTH;
	struct winsize size;

	if (terminal >= 0 && !ioctl(terminal, TIOCGWINSZ, &size) && size.ws_col)
		width = size.ws_col < MIN_WIDTH	  ? MIN_WIDTH
			: size.ws_col > MAX_WIDTH ? MAX_WIDTH
						  : size.ws_col;
	*page = (struct page){
		.canvas = { .width = width, .grows = true },
		.pane = { .canvas = &page->canvas,
			  .width = width,
			  .bottom = INT_MAX },
		.stream = stream,
		.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8"),
		.color = terminal >= 0 && !(no_color && *no_color) && term &&
			 strcmp(term, "dumb"),
	};
}

int page_write(struct page *page)
{
	bool complete = page->canvas.height == (unsigned int)page->pane.line;

	canvas_write(&page->canvas, page->stream, page->utf8, page->color);
	canvas_release(&page->canvas);
	return complete ? 0 : -ENOMEM;
}

/*
 * Lines
 */

/* The current line where it is in sight, else -1. */
static int visible_line(const struct pane *pane)
{
	return pane->line < pane->top || pane->line >= pane->bottom
		       ? -1
		       : pane->line;
}

int pane_next(struct pane *pane)
{
	int y = visible_line(pane);

	canvas_reach(pane->canvas, y);
	pane->line++;
	pane->column = 0;
	return y;
}

unsigned int pane_left(const struct pane *pane)
{
	return pane->line < pane->bottom
		       ? (unsigned int)(pane->bottom - pane->line)
		       : 0;
}

/*
 * At most @columns of @text. Spaces at its ends only move the place of what
 * follows: they are no reason for a mark.
 */
static void put_text(struct pane *pane, enum style style, unsigned int columns,
		     const char *text)
{
	size_t blank = strspn(text, " "), len = strlen(text);
	int y = visible_line(pane);
	char part[PANE_TEXT_LEN];
	unsigned int room;

	pane->column += (unsigned int)blank;
	if (blank == len)
		return;
	while (text[len - 1] == ' ')
		len--;
	snprintf(part, sizeof(part), "%.*s", (int)(len - blank), text + blank);
	room = pane->column < pane->width ? pane->width - pane->column : 0;
	canvas_reach(pane->canvas, y);
	if (room)
		canvas_put(pane->canvas, pane->x + pane->column, y,
			   columns < room ? columns : room, style, part);
	else
		canvas_cut(pane->canvas, pane->x + pane->width, y);
	pane->column += canvas_columns(part) + (unsigned int)strlen(text + len);
}

__attribute__((format(printf, 3, 0))) static void put_format(struct pane *pane,
							     enum style style,
							     const char *format,
							     va_list args)
{
	char text[PANE_TEXT_LEN];

	vsnprintf(text, sizeof(text), format, args);
	put_text(pane, style, pane->width, text);
}

void pane_put(struct pane *pane, enum style style, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_format(pane, style, format, args);
	va_end(args);
}

void pane_cell(struct pane *pane, enum style style, enum align align,
	       unsigned int columns, const char *text)
{
	unsigned int needed = canvas_columns(text), start = pane->column;

	if (align == ALIGN_RIGHT && needed < columns)
		pane->column += columns - needed;
	put_text(pane, style, columns, text);
	pane->column = start + columns + 1;
}

void pane_bar(struct pane *pane, enum style style, unsigned int columns,
	      uint64_t part, uint64_t peak, uint64_t whole)
{
	canvas_reach(pane->canvas, visible_line(pane));
	canvas_bar(pane->canvas, pane->x + pane->column, visible_line(pane),
		   columns, style, part, peak, whole);
	pane->column += columns + 1;
}

void pane_end(struct pane *pane)
{
	pane_next(pane);
}

void pane_line(struct pane *pane, enum style style, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_format(pane, style, format, args);
	va_end(args);
	pane_end(pane);
}

void pane_title(struct pane *pane, const char *title)
{
	if (pane->line > pane->top)
		pane_end(pane);
	pane_line(pane, STYLE_TITLE, "%s", title);
}

void pane_wrap(struct pane *pane, enum style style, unsigned int indent,
	       const char *text)
{
	char word[PANE_TEXT_LEN];

	while (*text) {
		size_t len = strcspn(text, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		if (pane->column > indent &&
		    pane->column + canvas_columns(word) > pane->width) {
			pane_end(pane);
			pane->column = indent;
		}
		put_text(pane, style, pane->width, word);
		pane->column++;
		text += len;
		text += strspn(text, " ");
	}
	pane_end(pane);
}

/*
 * Histograms
 */

/* What labels and figures leave of the line, and some space on the right. */
static unsigned int bar_columns(const struct pane *pane, unsigned int max)
{
	unsigned int others = pane->column + 31;

	if (pane->width < others + MIN_BAR)
		return MIN_BAR;
	return pane->width - others < max ? pane->width - others : max;
}

void pane_histogram(struct pane *pane, const struct histogram *histogram,
		    bool bytes, unsigned int max_bar, unsigned int lines)
{
	struct histogram h = *histogram;
	uint64_t total = histogram_total(&h), most = 0;
	unsigned int first, last;
	unsigned int indent = pane->column;
	unsigned int bar = bar_columns(pane, max_bar);

	if (!lines || !histogram_used(&h, &first, &last))
		return;
	for (; last - first >= lines; first++)
		h.count[first + 1] += h.count[first];
	for (unsigned int i = first; i <= last; i++)
		if (h.count[i] > most)
			most = h.count[i];
	for (unsigned int i = first; i <= last; i++) {
		char label[UNIT_TEXT_LEN + 2];

		pane->column = indent;
		bucket_text(i, bytes, label, sizeof(label));
		pane_cell(pane, STYLE_PLAIN, ALIGN_RIGHT, 11, label);
		pane_bar(pane, STYLE_WARNING, bar, h.count[i], 0, most);
		pane_cell(pane, STYLE_PLAIN, ALIGN_RIGHT, 9, COUNT(h.count[i]));
		pane_cell(pane, STYLE_DIM, ALIGN_RIGHT, 4,
			  h.count[i] ? PERCENT(h.count[i], total) : "");
		pane_end(pane);
	}
}

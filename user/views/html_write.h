/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_HTML_WRITE_H
#define VIEWS_HTML_WRITE_H

/*
 * Markup, text and tables of a page. Text is escaped here and nowhere else:
 * names come from drivers and users. The page is well-formed XML as well.
 */

#include "model/interval.h"
#include "model/timeline.h"
#include "views/table.h"

#define HTML_REASONS 4

/**
 * struct html - a page that is being written
 * @stream: where it goes; errors stay with the stream
 * @snap: the figures
 * @findings: what they mean
 * @timeline: their course; NULL = unknown
 * @scene: the figures, for columns
 * @tables: so many tables and charts have been written: numbers of their ids
 * @reasons: why figures of the table are unknown, without repetition
 * @nr_reasons: how many
 * @no_memory: something is missing for lack of memory
 */
struct html {
	FILE *stream;
	const struct snapshot *snap;
	const struct findings *findings;
	const struct timeline *timeline;
	struct scene scene;
	unsigned int tables;
	const char *reasons[HTML_REASONS];
	unsigned int nr_reasons;
	bool no_memory;
};

/** html_put() - markup; what it contains needs no escaping */
void html_put(struct html *h, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** html_text() - text, escaped; '?' for what is no visible character */
void html_text(struct html *h, const char *text);

/** html_say() - the same, formatted */
void html_say(struct html *h, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** html_line() - a paragraph of a class, "" = none */
void html_line(struct html *h, const char *class, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** html_unknown() - a paragraph that says why something is not there */
void html_unknown(struct html *h, const char *reason);

/** html_style_class() - name of the class for a style, "" = plain */
const char *html_style_class(enum style style);

/** html_section() - begin a section; id is a word, the title the heading */
void html_section(struct html *h, const char *id, const char *title);
void html_section_end(struct html *h);

/**
 * html_table() - begin a table, with a row of titles
 * @h: the page
 * @about: what it is about, a word of the schema such as "areas"; the test of
 *	the figures finds it by that
 * @columns: its columns
 * @format: its caption
 *
 * Wide tables scroll by themselves. The reason is below the table why figures
 * of it are unknown.
 */
void html_table(struct html *h, const char *about, const struct column *columns,
		const char *format, ...) __attribute__((format(printf, 4, 5)));
void html_row(struct html *h, const struct column *columns,
	      const struct row *row);
void html_table_end(struct html *h);

/**
 * html_figures() - a list of figures, each with its name and what it is
 * @h: the page
 * @label: of the list
 * @metrics: names of figures of the system, ended by NULL
 *
 * Unknown ones say why.
 */
void html_figures(struct html *h, const char *label,
		  const char *const *metrics);

/** html_stack() - a stack, folded; that there is none where it has no frames */
void html_stack(struct html *h, const struct stack *stack);

/** html_row_note() - a sentence of a class as a row, below the one it is about
 */
void html_row_note(struct html *h, const struct column *columns,
		   const char *class, const char *text);

/** html_row_stack() - the same as a row of a table, below the one it is of */
void html_row_stack(struct html *h, const struct column *columns,
		    const struct stack *stack);

#endif

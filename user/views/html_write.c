/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/html_write.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model/metrics.h"
#include "model/places.h"
#include "util/utf8.h"
#include "views/values.h"

/* Columns that may grow so far have sentences. */
#define PROSE 100

/* Functions of a stack that are seen while it is folded. */
#define CHAIN 4

/*
 * Text
 */

void html_put(struct html *h, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(h->stream, format, arguments);
	va_end(arguments);
}

/* Neither controls, nor marks that turn the direction of what follows. */
static bool is_visible(uint32_t c)
{
	return c >= 0x20 && !(c >= 0x7f && c < 0xa0) &&
	       !(c >= 0x200b && c < 0x2010) && !(c >= 0x2028 && c < 0x202f) &&
	       !(c >= 0x2060 && c < 0x2070) && !(c >= 0xd800 && c < 0xe000) &&
	       c != 0xfeff && c < 0xfff0;
}

static void put_character(FILE *stream, uint32_t character)
{
	char bytes[5];

	switch (character) {
	case '&':
		fputs("&amp;", stream);
		break;
	case '<':
		fputs("&lt;", stream);
		break;
	case '>':
		fputs("&gt;", stream);
		break;
	case '"':
		fputs("&quot;", stream);
		break;
	case '\'':
		fputs("&#39;", stream);
		break;
	default:
		fputs(canvas_utf8(is_visible(character) ? character : '?',
				  bytes),
		      stream);
	}
}

void html_text(struct html *h, const char *text)
{
	while (*text) {
		uint32_t character = '?';
		size_t len = utf8_character(text, &character);

		put_character(h->stream, len ? character : '?');
		text += len ? len : 1;
	}
}

__attribute__((format(printf, 2, 0))) static void
say(struct html *h, const char *format, va_list arguments)
{
	char *text;

	if (vasprintf(&text, format, arguments) < 0) {
		h->no_memory = true;
		return;
	}
	html_text(h, text);
	free(text);
}

void html_say(struct html *h, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(h, format, arguments);
	va_end(arguments);
}

void html_line(struct html *h, const char *class, const char *format, ...)
{
	va_list arguments;

	html_put(h, *class ? "<p class=\"%s\">" : "<p>", class);
	va_start(arguments, format);
	say(h, format, arguments);
	va_end(arguments);
	html_put(h, "</p>\n");
}

void html_unknown(struct html *h, const char *reason)
{
	html_line(h, "unknown", "Unknown: %s", reason);
}

const char *html_style_class(enum style style)
{
	switch (style) {
	case STYLE_GOOD:
		return "good";
	case STYLE_WARNING:
		return "warning";
	case STYLE_ERROR:
		return "error";
	case STYLE_DIM:
		return "dim";
	default:
		return "";
	}
}

void html_section(struct html *h, const char *id, const char *title)
{
	html_put(h,
		 "<section id=\"%s\" aria-labelledby=\"%s-title\">\n"
		 "<h2 id=\"%s-title\">%s</h2>\n",
		 id, id, id, title);
}

void html_section_end(struct html *h)
{
	html_put(h, "</section>\n");
}

/*
 * Tables
 */

static void put_title(struct html *h, const struct column *column)
{
	const struct field *metric = column_metric(column);

	if (!*column->title) {
		html_put(h, "<td></td>");
		return;
	}
	html_put(h, "<th scope=\"col\"%s", column->right ? " class=\"n\"" : "");
	if (!metric) {
		html_put(h, ">%s</th>", column->title);
		return;
	}
	html_put(h, " data-metric=\"%s\"><abbr title=\"", metric->metric);
	html_say(h, "%s: %s", metric->metric, metric->help);
	html_put(h, "\">%s</abbr></th>", column->title);
}

void html_table(struct html *h, const char *about, const struct column *columns,
		const char *format, ...)
{
	unsigned int id = ++h->tables;
	va_list arguments;

	html_put(h,
		 "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
		 "aria-labelledby=\"t%u\">\n<table data-about=\"%s\">\n"
		 "<caption id=\"t%u\">",
		 id, about, id);
	va_start(arguments, format);
	say(h, format, arguments);
	va_end(arguments);
	h->nr_reasons = 0;
	html_put(h, "</caption>\n<thead><tr>");
	for (; columns->title; columns++)
		put_title(h, columns);
	html_put(h, "</tr></thead>\n<tbody>\n");
}

static unsigned int per_mille(uint64_t part, uint64_t whole)
{
	if (!whole)
		return 0;
	return part >= whole
		       ? 1000
		       : (unsigned int)((double)part * 1e3 / (double)whole);
}

/* The columns beside it have its figures. */
static void put_bar(struct html *h, const struct content *cell)
{
	html_put(h,
		 "<td><svg class=\"bar\" viewBox=\"0 0 1000 10\" "
		 "preserveAspectRatio=\"none\" aria-hidden=\"true\">"
		 "<rect class=\"whole\" width=\"1000\" height=\"10\"/>"
		 "<rect class=\"peak\" width=\"%u\" height=\"10\"/>"
		 "<rect class=\"part %s\" width=\"%u\" height=\"10\"/>"
		 "</svg></td>",
		 per_mille(cell->peak, cell->whole),
		 html_style_class(cell->style),
		 per_mille(cell->part, cell->whole));
}

/* Colour is never all: a bad figure is bold as well. */
static void put_cell_text(struct html *h, const struct content *cell)
{
	const char *class = html_style_class(cell->style);

	if (*class)
		html_put(h, "<span class=\"%s\">", class);
	html_text(h, cell->text);
	if (*class)
		html_put(h, "</span>");
}

static void note_reason(struct html *h, const char *reason)
{
	for (unsigned int i = 0; i < h->nr_reasons; i++)
		if (!strcmp(h->reasons[i], reason))
			return;
	if (h->nr_reasons < HTML_REASONS)
		h->reasons[h->nr_reasons++] = reason;
}

static void put_figure(struct html *h, const struct field *metric,
		       const struct subject *subject,
		       const struct content *cell)
{
	int64_t value;

	if (field_value(metric, subject, &value)) {
		html_put(h, "<td class=\"n\" data-v=\"%" PRId64 "\">", value);
		put_cell_text(h, cell);
	} else {
		const char *reason = field_unknown_reason(metric, subject);

		html_put(h, "<td class=\"n unknown\"><abbr title=\"unknown: ");
		html_text(h, reason);
		html_put(h, "\">%s</abbr>", UNKNOWN_TEXT);
		note_reason(h, reason);
	}
	html_put(h, "</td>");
}

static void put_cell(struct html *h, const struct column *column,
		     const struct row *row, bool first)
{
	const struct field *metric = column_metric(column);
	const char *end = first ? "th" : "td";
	struct content cell = { 0 };
	struct subject subject;

	column_content(column, metric, &h->scene, row, &cell);
	if (cell.kind == CONTENT_BAR) {
		put_bar(h, &cell);
	} else if (metric) {
		subject = column_subject(column, &h->scene, row);
		put_figure(h, metric, &subject, &cell);
	} else {
		html_put(h, "<%s%s%s", end, first ? " scope=\"row\"" : "",
			 column->right		 ? " class=\"n\""
			 : column->grow >= PROSE ? " class=\"wide\""
						 : "");
		if (column->number)
			html_put(h, " data-v=\"%" PRIu64 "\"",
				 column->number(&h->scene, row));
		html_put(h, ">");
		put_cell_text(h, &cell);
		html_put(h, "</%s>", end);
	}
}

void html_row(struct html *h, const struct column *columns,
	      const struct row *row)
{
	html_put(h, "<tr>");
	for (size_t i = 0; columns[i].title; i++)
		put_cell(h, &columns[i], row, !i);
	html_put(h, "</tr>\n");
}

void html_table_end(struct html *h)
{
	html_put(h, "</tbody>\n</table>\n</div>\n");
	for (unsigned int i = 0; i < h->nr_reasons; i++)
		html_line(h, "note", "%s: unknown: %s", UNKNOWN_TEXT,
			  h->reasons[i]);
}

/*
 * Lists
 */

static void put_listed(struct html *h, const struct field *metric)
{
	const struct subject system = { .snap = h->snap };
	char text[UNIT_TEXT_LEN];
	int64_t value;

	html_put(h, "<div><dt>");
	html_text(h, metric->help);
	html_put(h, " <code>%s</code></dt>", metric->metric);
	if (field_value(metric, &system, &value)) {
		html_put(h, "<dd data-metric=\"%s\" data-v=\"%" PRId64 "\">",
			 metric->metric, value);
		html_text(h, metric_text(metric, (double)value, text,
					 sizeof(text)));
	} else {
		html_put(h,
			 "<dd data-metric=\"%s\" class=\"unknown\">unknown "
			 "<small>",
			 metric->metric);
		html_text(h, field_unknown_reason(metric, &system));
		html_put(h, "</small>");
	}
	html_put(h, "</dd></div>\n");
}

void html_figures(struct html *h, const char *label, const char *const *metrics)
{
	html_put(h, "<dl class=\"figures\" aria-label=\"%s\">\n", label);
	for (; *metrics; metrics++)
		put_listed(h, metric_find(*metrics));
	html_put(h, "</dl>\n");
}

/* The innermost functions, without offsets, for who leaves it folded. */
static void put_chain(struct html *h, const struct stack *stack)
{
	for (unsigned int i = 0; i < stack->depth && i < CHAIN; i++) {
		const char *name = place_name(h->snap, stack->addr[i]);

		html_say(h, "%s%.*s", i ? " \xe2\x86\x90 " : "",
			 (int)strcspn(name, "+"), name);
	}
	if (stack->depth > CHAIN)
		html_say(h, " \xe2\x86\x90 ...");
}

void html_stack(struct html *h, const struct stack *stack)
{
	if (!stack->depth) {
		html_line(h, "dim", "stack not recorded");
		return;
	}
	html_put(h, "<details><summary>");
	put_chain(h, stack);
	html_put(h, "</summary>\n<ol class=\"stack\">");
	for (unsigned int i = 0; i < stack->depth && i < STACK_DEPTH; i++) {
		html_put(h, "<li>");
		html_text(h, place_name(h->snap, stack->addr[i]));
		html_put(h, "</li>");
	}
	html_put(h, "</ol></details>\n");
}

/* A row that belongs to the one above it: a cell across all columns. */
static void begin_more(struct html *h, const struct column *columns)
{
	unsigned int count = 0;

	while (columns[count].title)
		count++;
	html_put(h, "<tr class=\"more\"><td colspan=\"%u\">", count);
}

static void end_more(struct html *h)
{
	html_put(h, "</td></tr>\n");
}

void html_row_note(struct html *h, const struct column *columns,
		   const char *class, const char *text)
{
	begin_more(h, columns);
	html_line(h, class, "%s", text);
	end_more(h);
}

void html_row_stack(struct html *h, const struct column *columns,
		    const struct stack *stack)
{
	begin_more(h, columns);
	html_stack(h, stack);
	end_more(h);
}

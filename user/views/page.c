/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/page.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define DEFAULT_WIDTH 100
#define MIN_WIDTH     40
#define MAX_WIDTH     140

/* In a line, a byte of 1 + enum style begins a style; names have none. */
#define STYLE_MARK(style) ((char)(1 + (style)))

static const char *const style_escapes[] = {
	[STYLE_PLAIN] = "\033[0m",    [STYLE_TITLE] = "\033[1m",
	[STYLE_DIM] = "\033[2m",      [STYLE_GOOD] = "\033[32m",
	[STYLE_WARNING] = "\033[33m", [STYLE_ERROR] = "\033[1;31m",
};

/** struct substitute - what stands for a character where there is no UTF-8 */
struct substitute {
	const char *utf8;
	char ascii;
};

static const struct substitute substitutes[] = {
	{ "\xe2\x96\x88", '#' }, /* full block */
	{ "\xe2\x96\x89", '#' }, /* seven eighths, and so on */
	{ "\xe2\x96\x8a", '#' }, { "\xe2\x96\x8b", '#' },
	{ "\xe2\x96\x8c", '=' }, { "\xe2\x96\x8d", '=' },
	{ "\xe2\x96\x8e", '-' }, { "\xe2\x96\x8f", '-' },
	{ "\xe2\x96\x91", '-' }, /* light shade */
	{ "\xc2\xb7", '.' },	 /* middle dot */
	{ "\xe2\x80\xa6", '~' }, /* ellipsis */
};

void page_init(struct page *page, FILE *stream, int terminal)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize size;

	page->stream = stream;
	page->len = 0;
	page->width = DEFAULT_WIDTH;
	if (terminal >= 0 && !ioctl(terminal, TIOCGWINSZ, &size) && size.ws_col)
		page->width = size.ws_col < MIN_WIDTH	? MIN_WIDTH
			      : size.ws_col > MAX_WIDTH ? MAX_WIDTH
							: size.ws_col;
	page->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	page->color = terminal >= 0 && !(no_color && *no_color) && term &&
		      strcmp(term, "dumb");
}

/* Bytes of the character at @c; 0 when it is no UTF-8. */
static size_t character_len(const char *c)
{
	unsigned char first = (unsigned char)*c;
	size_t len = first < 0x80		     ? 1
		     : first >= 0xc2 && first < 0xe0 ? 2
		     : first >= 0xe0 && first < 0xf0 ? 3
		     : first >= 0xf0 && first < 0xf5 ? 4
						     : 0;

	for (size_t i = 1; i < len; i++)
		if (((unsigned char)c[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static size_t step(const char *c)
{
	size_t len = character_len(c);

	return len ? len : 1;
}

static bool is_mark(char c)
{
	return c >= STYLE_MARK(STYLE_PLAIN) && c <= STYLE_MARK(STYLE_ERROR);
}

static unsigned int count_columns(const char *text)
{
	unsigned int columns = 0;

	for (; *text; text += step(text))
		if (!is_mark(*text))
			columns++;
	return columns;
}

static void append_bytes(struct page *page, const char *bytes, size_t len)
{
	if (len > PAGE_LINE_LEN - 1 - page->len)
		len = PAGE_LINE_LEN - 1 - page->len;
	memcpy(page->line + page->len, bytes, len);
	page->len += len;
	page->line[page->len] = '\0';
}

static void append_mark(struct page *page, enum style style)
{
	char mark = STYLE_MARK(style);

	append_bytes(page, &mark, 1);
}

/* Of ASCII, and the ones from U+0080 to U+009F. */
static bool is_control(const char *text)
{
	unsigned char first = (unsigned char)text[0];

	return first < ' ' || first == 0x7f ||
	       (first == 0xc2 && ((unsigned char)text[1] & 0xe0) == 0x80);
}

/* Control characters of a name must not reach the terminal. */
static void append_clean(struct page *page, enum style style, const char *text)
{
	if (style != STYLE_PLAIN)
		append_mark(page, style);
	for (; *text; text += step(text)) {
		if (is_control(text))
			append_bytes(page, "?", 1);
		else
			append_bytes(page, text, step(text));
	}
	if (style != STYLE_PLAIN)
		append_mark(page, STYLE_PLAIN);
}

void page_put(struct page *page, enum style style, const char *format, ...)
{
	char text[PAGE_LINE_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	append_clean(page, style, text);
}

static void append_spaces(struct page *page, unsigned int count)
{
	while (count--)
		append_bytes(page, " ", 1);
}

void page_cell(struct page *page, enum style style, enum align align,
	       unsigned int columns, const char *text)
{
	unsigned int needed = count_columns(text);
	const char *end = text;
	char cut[256];

	if (needed > columns && columns) {
		for (unsigned int i = 1; i < columns; i++)
			end += step(end);
		snprintf(cut, sizeof(cut), "%.*s\xe2\x80\xa6",
			 (int)(end - text), text);
		text = cut;
		needed = columns;
	}
	if (align == ALIGN_RIGHT)
		append_spaces(page, columns - needed);
	append_clean(page, style, text);
	if (align == ALIGN_LEFT)
		append_spaces(page, columns - needed);
	append_spaces(page, 1);
}

/* Eighths of a column that @part of @whole fills, and one for a trace. */
static uint64_t bar_eighths(unsigned int columns, uint64_t part, uint64_t whole)
{
	uint64_t eighths;

	if (!whole || !part)
		return 0;
	if (part >= whole)
		return columns * 8ull;
	eighths = (uint64_t)((double)part / (double)whole * columns * 8);
	return eighths ? eighths : 1;
}

void page_bar(struct page *page, enum style style, unsigned int columns,
	      uint64_t part, uint64_t peak, uint64_t whole)
{
	uint64_t eighths = bar_eighths(columns, part, whole);
	uint64_t peak_columns = (bar_eighths(columns, peak, whole) + 7) / 8;
	unsigned int drawn = 0;
	char block[4] = "\xe2\x96\x88";

	append_mark(page, style);
	for (; drawn < eighths / 8; drawn++)
		append_bytes(page, block, 3);
	if (eighths % 8) {
		block[2] = (char)(0x90 - eighths % 8);
		append_bytes(page, block, 3);
		drawn++;
	}
	append_mark(page, STYLE_DIM);
	for (; drawn < peak_columns; drawn++)
		append_bytes(page, "\xe2\x96\x91", 3);
	for (; drawn < columns; drawn++)
		append_bytes(page, "\xc2\xb7", 2);
	append_mark(page, STYLE_PLAIN);
	append_spaces(page, 1);
}

static void write_ascii(struct page *page, const char *c, size_t len)
{
	if (len == 1 && (unsigned char)*c < 0x80) {
		fputc(*c, page->stream);
		return;
	}
	for (size_t i = 0; i < sizeof(substitutes) / sizeof(*substitutes);
	     i++) {
		if (strlen(substitutes[i].utf8) == len &&
		    !strncmp(substitutes[i].utf8, c, len)) {
			fputc(substitutes[i].ascii, page->stream);
			return;
		}
	}
	fputc('?', page->stream);
}

static void write_character(struct page *page, const char *c)
{
	size_t len = character_len(c);

	if (!len)
		fputc('?', page->stream);
	else if (page->utf8)
		fwrite(c, 1, len, page->stream);
	else
		write_ascii(page, c, len);
}

/* A line may end in spaces that only filled up a cell. */
static void trim(struct page *page)
{
	while (page->len && page->line[page->len - 1] == ' ')
		page->len--;
	page->line[page->len] = '\0';
}

void page_end(struct page *page)
{
	unsigned int columns = 0, needed;
	bool styled = false;

	trim(page);
	needed = count_columns(page->line);
	for (const char *c = page->line; *c; c += step(c)) {
		if (is_mark(*c)) {
			styled = *c != STYLE_MARK(STYLE_PLAIN);
			if (page->color)
				fputs(style_escapes[*c - 1], page->stream);
			continue;
		}
		if (++columns == page->width && needed > page->width) {
			write_character(page, "\xe2\x80\xa6");
			break;
		}
		write_character(page, c);
	}
	if (styled && page->color)
		fputs(style_escapes[STYLE_PLAIN], page->stream);
	fputc('\n', page->stream);
	page->len = 0;
	page->line[0] = '\0';
}

void page_line(struct page *page, enum style style, const char *format, ...)
{
	char text[PAGE_LINE_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	append_clean(page, style, text);
	page_end(page);
}

void page_wrap(struct page *page, enum style style, unsigned int indent,
	       const char *text)
{
	unsigned int column;
	char word[PAGE_LINE_LEN];

	page->line[page->len] = '\0';
	column = count_columns(page->line);
	while (*text) {
		size_t len = strcspn(text, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		if (column > indent &&
		    column + count_columns(word) > page->width) {
			page_end(page);
			append_spaces(page, indent);
			column = indent;
		}
		append_clean(page, style, word);
		append_spaces(page, 1);
		column += count_columns(word) + 1;
		text += len;
		text += strspn(text, " ");
	}
	page_end(page);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/canvas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define ELLIPSIS     0x2026u
#define FULL_BLOCK   0x2588u /* those with fewer eighths follow it */
#define LOWER_EIGHTH 0x2581u /* those with more follow it */
#define LIGHT_SHADE  0x2591u
#define MIDDLE_DOT   0xb7u

static int make_room(struct canvas *canvas, size_t needed)
{
	struct cell *cells;

	if (needed <= canvas->room)
		return 0;
	cells = reallocarray(canvas->cells, needed, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	canvas->cells = cells;
	canvas->room = needed;
	return 0;
}

static void clear_lines(struct canvas *canvas, unsigned int first)
{
	size_t count = (size_t)canvas->width * canvas->height;

	for (size_t i = (size_t)canvas->width * first; i < count; i++)
		canvas->cells[i] = (struct cell){ ' ', STYLE_PLAIN };
}

int canvas_resize(struct canvas *canvas, unsigned int width,
		  unsigned int height)
{
	int err = make_room(canvas, (size_t)width * height);

	if (err)
		return err;
	canvas->width = width;
	canvas->height = height;
	canvas_clear(canvas);
	return 0;
}

void canvas_reach(struct canvas *canvas, int y)
{
	unsigned int old = canvas->height, height = (unsigned int)y + 1;
	size_t needed = (size_t)canvas->width * height;

	if (!canvas->grows || y < 0 || height <= old)
		return;
	/* Twice as much each time, so that growing costs little in sum. */
	if (needed > canvas->room && make_room(canvas, 2 * needed))
		return;
	canvas->height = height;
	clear_lines(canvas, old);
}

void canvas_release(struct canvas *canvas)
{
	free(canvas->cells);
	memset(canvas, 0, sizeof(*canvas));
}

void canvas_clear(struct canvas *canvas)
{
	clear_lines(canvas, 0);
}

static struct cell *cell_at(struct canvas *canvas, unsigned int x, int y)
{
	if (x >= canvas->width || y < 0 || (unsigned int)y >= canvas->height)
		return NULL;
	return &canvas->cells[(size_t)y * canvas->width + x];
}

/* Overwriting half of a wide character erases the other half. */
static void set_cell(struct canvas *canvas, unsigned int x, int y,
		     enum style style, uint32_t character)
{
	struct cell *cell = cell_at(canvas, x, y);

	if (!cell)
		return;
	if (cell->character == CELL_CONTINUED && character != CELL_CONTINUED)
		cell[-1].character = ' ';
	if (x + 1 < canvas->width && cell[1].character == CELL_CONTINUED)
		cell[1].character = ' ';
	*cell = (struct cell){ character, (uint8_t)style };
}

/*
 * Width of a character in columns; 0 = it cannot be shown. Characters that the
 * tool itself draws have width 1 in every locale.
 */
static unsigned int width_of(uint32_t c)
{
	int width;

	if ((c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c < 0x300) ||
	    (c >= 0x2010 && c < 0x2028) || (c >= 0x2190 && c < 0x2400) ||
	    (c >= 0x2500 && c < 0x25d0))
		return 1;
	width = wcwidth((wchar_t)c);
	return width > 0 ? (unsigned int)width : 0;
}

/* Decode one UTF-8 character; '?' for an invalid byte. */
static uint32_t decode(const char **text)
{
	const unsigned char *c = (const unsigned char *)*text;
	unsigned int more = *c >= 0xf0 ? 3 : *c >= 0xe0 ? 2 : *c >= 0xc0;
	uint32_t character = *c & (more ? 0x3fu >> more : 0x7fu);

	for (unsigned int i = 1; i <= more; i++) {
		if ((c[i] & 0xc0) != 0x80) {
			*text += 1;
			return '?';
		}
		character = character << 6 | (c[i] & 0x3f);
	}
	*text += more + 1;
	return *c >= 0x80 && !more ? '?' : character;
}

/* Takes one character off @text; '?' for what cannot be shown. */
static uint32_t next_character(const char **text, unsigned int *columns)
{
	uint32_t character = decode(text);

	*columns = width_of(character);
	if (*columns)
		return character;
	*columns = 1;
	return '?';
}

unsigned int canvas_columns(const char *text)
{
	unsigned int sum = 0, columns;

	while (*text) {
		next_character(&text, &columns);
		sum += columns;
	}
	return sum;
}

unsigned int canvas_put(struct canvas *canvas, unsigned int x, int y,
			unsigned int columns, enum style style,
			const char *text)
{
	unsigned int written = 0;

	if (x >= canvas->width)
		return 0;
	if (columns > canvas->width - x)
		columns = canvas->width - x;
	while (*text && written < columns) {
		unsigned int width;
		uint32_t character = next_character(&text, &width);
		unsigned int left = columns - written;

		if (width > left || (width == left && *text)) {
			character = ELLIPSIS;
			width = 1;
			columns = written + 1;
		}
		set_cell(canvas, x + written++, y, style, character);
		if (width > 1)
			set_cell(canvas, x + written++, y, style,
				 CELL_CONTINUED);
	}
	return written;
}

void canvas_cut(struct canvas *canvas, unsigned int x, int y)
{
	struct cell *cell = x ? cell_at(canvas, x - 1, y) : NULL;

	if (cell)
		set_cell(canvas, x - 1, y, cell->style, ELLIPSIS);
}

void canvas_put_right(struct canvas *canvas, unsigned int x, int y,
		      unsigned int columns, enum style style, const char *text)
{
	unsigned int needed = canvas_columns(text);

	if (needed < columns)
		x += columns - needed;
	canvas_put(canvas, x, y, needed < columns ? needed : columns, style,
		   text);
}

void canvas_fill(struct canvas *canvas, unsigned int x, int y,
		 unsigned int columns, enum style style, uint32_t character)
{
	for (unsigned int i = 0; i < columns && x + i < canvas->width; i++)
		set_cell(canvas, x + i, y, style, character);
}

/* Eighths of a column that @part of @whole fills; one for a trace. */
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

void canvas_bar(struct canvas *canvas, unsigned int x, int y,
		unsigned int columns, enum style style, uint64_t part,
		uint64_t peak, uint64_t whole)
{
	uint64_t eighths = bar_eighths(columns, part, whole);
	uint64_t peak_columns = (bar_eighths(columns, peak, whole) + 7) / 8;

	for (unsigned int i = 0; i < columns; i++) {
		if (eighths >= 8 * (i + 1ull))
			set_cell(canvas, x + i, y, style, FULL_BLOCK);
		else if (eighths > 8ull * i)
			set_cell(canvas, x + i, y, style,
				 FULL_BLOCK + 8 - (uint32_t)(eighths % 8));
		else if (i < peak_columns)
			set_cell(canvas, x + i, y, STYLE_DIM, LIGHT_SHADE);
		else
			set_cell(canvas, x + i, y, STYLE_DIM, MIDDLE_DOT);
	}
}

void canvas_level(struct canvas *canvas, unsigned int x, int y,
		  enum style style, unsigned int eighths)
{
	if (!eighths)
		set_cell(canvas, x, y, STYLE_DIM, MIDDLE_DOT);
	else
		set_cell(canvas, x, y, style,
			 LOWER_EIGHTH + (eighths < 8 ? eighths : 8) - 1);
}

void canvas_select(struct canvas *canvas, int y)
{
	for (unsigned int x = 0; x < canvas->width; x++) {
		struct cell *cell = cell_at(canvas, x, y);

		if (cell)
			cell->style |= STYLE_SELECTED;
	}
}

char canvas_ascii(uint32_t c)
{
	if (c == CELL_CONTINUED)
		return '?';
	if (c < 0x80)
		return (char)c;
	if (c >= LOWER_EIGHTH && c < LOWER_EIGHTH + 8)
		return "_,-=+*%#"[c - LOWER_EIGHTH];
	if (c > FULL_BLOCK && c < FULL_BLOCK + 8)
		return "##+==--"[c - FULL_BLOCK - 1];
	switch (c) {
	case LIGHT_SHADE:
		return ':';
	case MIDDLE_DOT:
		return '.';
	case ELLIPSIS:
		return '~';
	case 0xb5: /* micro */
		return 'u';
	case 0xd7: /* times */
		return 'x';
	case 0xbb: /* there are more columns */
		return '>';
	case 0x2191: /* arrows */
		return '^';
	case 0x2193:
		return 'v';
	case 0x2192:
		return '>';
	case 0x2013:
	case 0x2014:
	case 0x2500:
		return '-';
	case 0x2502:
		return '|';
	}
	return '?';
}

char *canvas_utf8(uint32_t c, char *bytes)
{
	unsigned int len = 0;

	if (c < 0x80) {
		bytes[len++] = (char)c;
	} else if (c < 0x800) {
		bytes[len++] = (char)(0xc0 | c >> 6);
		bytes[len++] = (char)(0x80 | (c & 0x3f));
	} else {
		if (c >= 0x10000) {
			bytes[len++] = (char)(0xf0 | c >> 18);
			bytes[len++] = (char)(0x80 | (c >> 12 & 0x3f));
		} else {
			bytes[len++] = (char)(0xe0 | c >> 12);
		}
		bytes[len++] = (char)(0x80 | (c >> 6 & 0x3f));
		bytes[len++] = (char)(0x80 | (c & 0x3f));
	}
	bytes[len] = '\0';
	return bytes;
}

static const char *escape(uint8_t style)
{
	static const char *const escapes[STYLE_COUNT] = {
		[STYLE_PLAIN] = "\033[0m",
		[STYLE_TITLE] = "\033[0;1m",
		[STYLE_DIM] = "\033[0;2m",
		[STYLE_GOOD] = "\033[0;32m",
		[STYLE_WARNING] = "\033[0;33m",
		[STYLE_ERROR] = "\033[0;1;31m",
		[STYLE_ACCENT] = "\033[0;1;4;36m",
		[STYLE_TREND] = "\033[0;36m",
		[STYLE_FRAME] = "\033[0;7m",
		[STYLE_FRAME_STRONG] = "\033[0;1;7m",
	};

	return escapes[style & ~STYLE_SELECTED];
}

static void write_character(uint32_t character, FILE *stream, bool utf8)
{
	char bytes[5];

	if (utf8)
		fputs(canvas_utf8(character, bytes), stream);
	else
		fputc(canvas_ascii(character), stream);
}

static void write_line(const struct cell *cells, unsigned int columns,
		       FILE *stream, bool utf8, bool color)
{
	uint8_t style = STYLE_PLAIN;

	while (columns && cells[columns - 1].character == ' ')
		columns--;
	for (unsigned int x = 0; x < columns; x++) {
		if (color && cells[x].style != style)
			fputs(escape(cells[x].style), stream);
		style = cells[x].style;
		if (cells[x].character != CELL_CONTINUED || !utf8)
			write_character(cells[x].character, stream, utf8);
	}
	if (color && style != STYLE_PLAIN)
		fputs(escape(STYLE_PLAIN), stream);
	fputc('\n', stream);
}

void canvas_write(const struct canvas *canvas, FILE *stream, bool utf8,
		  bool color)
{
	for (unsigned int y = 0; y < canvas->height; y++)
		write_line(&canvas->cells[(size_t)y * canvas->width],
			   canvas->width, stream, utf8, color);
}

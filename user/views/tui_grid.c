/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_grid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ELLIPSIS     0x2026u
#define FULL_BLOCK   0x2588u /* those with fewer eighths follow it */
#define LOWER_EIGHTH 0x2581u /* those with more follow it */
#define LIGHT_SHADE  0x2591u
#define MIDDLE_DOT   0xb7u

int grid_resize(struct grid *grid, unsigned int width, unsigned int height)
{
	size_t needed = (size_t)width * height;

	if (needed > grid->room) {
		struct cell *cells = calloc(needed, sizeof(*cells));

		if (!cells)
			return -ENOMEM;
		free(grid->cells);
		grid->cells = cells;
		grid->room = needed;
	}
	grid->width = width;
	grid->height = height;
	grid_clear(grid);
	return 0;
}

void grid_release(struct grid *grid)
{
	free(grid->cells);
	memset(grid, 0, sizeof(*grid));
}

void grid_clear(struct grid *grid)
{
	size_t count = (size_t)grid->width * grid->height;

	for (size_t i = 0; i < count; i++)
		grid->cells[i] = (struct cell){ ' ', GRID_PLAIN };
}

static struct cell *cell_at(struct grid *grid, unsigned int x, int y)
{
	if (x >= grid->width || y < 0 || (unsigned int)y >= grid->height)
		return NULL;
	return &grid->cells[(size_t)y * grid->width + x];
}

static void set_cell(struct grid *grid, unsigned int x, int y,
		     enum grid_style style, uint32_t character)
{
	struct cell *cell = cell_at(grid, x, y);

	if (cell)
		*cell = (struct cell){ character, (uint8_t)style };
}

/* One column wide in every terminal, and harmless. */
static bool is_simple(uint32_t c)
{
	return (c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c < 0x300) ||
	       (c >= 0x2010 && c < 0x2028) || (c >= 0x2190 && c < 0x2400) ||
	       (c >= 0x2500 && c < 0x25d0);
}

/* Takes one character off @text; '?' for what is no UTF-8, or not simple. */
static uint32_t next_character(const char **text)
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
	if (*c >= 0x80 && !more)
		return '?';
	return is_simple(character) ? character : '?';
}

unsigned int grid_columns(const char *text)
{
	unsigned int columns = 0;

	while (*text) {
		next_character(&text);
		columns++;
	}
	return columns;
}

unsigned int grid_put(struct grid *grid, unsigned int x, int y,
		      unsigned int columns, enum grid_style style,
		      const char *text)
{
	unsigned int written = 0;

	if (x >= grid->width)
		return 0;
	if (columns > grid->width - x)
		columns = grid->width - x;
	while (*text && written < columns) {
		uint32_t character = next_character(&text);

		if (written + 1 == columns && *text)
			character = ELLIPSIS;
		set_cell(grid, x + written++, y, style, character);
	}
	return written;
}

void grid_put_right(struct grid *grid, unsigned int x, int y,
		    unsigned int columns, enum grid_style style,
		    const char *text)
{
	unsigned int needed = grid_columns(text);

	if (needed < columns)
		x += columns - needed;
	grid_put(grid, x, y, needed < columns ? needed : columns, style, text);
}

void grid_fill(struct grid *grid, unsigned int x, int y, unsigned int columns,
	       enum grid_style style, uint32_t character)
{
	for (unsigned int i = 0; i < columns && x + i < grid->width; i++)
		set_cell(grid, x + i, y, style, character);
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

void grid_bar(struct grid *grid, unsigned int x, int y, unsigned int columns,
	      enum grid_style style, uint64_t part, uint64_t peak,
	      uint64_t whole)
{
	uint64_t eighths = bar_eighths(columns, part, whole);
	uint64_t peak_columns = (bar_eighths(columns, peak, whole) + 7) / 8;

	for (unsigned int i = 0; i < columns; i++) {
		if (eighths >= 8 * (i + 1ull))
			set_cell(grid, x + i, y, style, FULL_BLOCK);
		else if (eighths > 8ull * i)
			set_cell(grid, x + i, y, style,
				 FULL_BLOCK + 8 - (uint32_t)(eighths % 8));
		else if (i < peak_columns)
			set_cell(grid, x + i, y, GRID_DIM, LIGHT_SHADE);
		else
			set_cell(grid, x + i, y, GRID_DIM, MIDDLE_DOT);
	}
}

void grid_level(struct grid *grid, unsigned int x, int y, enum grid_style style,
		unsigned int eighths)
{
	if (!eighths)
		set_cell(grid, x, y, GRID_DIM, MIDDLE_DOT);
	else
		set_cell(grid, x, y, style,
			 LOWER_EIGHTH + (eighths < 8 ? eighths : 8) - 1);
}

void grid_select(struct grid *grid, int y)
{
	for (unsigned int x = 0; x < grid->width; x++) {
		struct cell *cell = cell_at(grid, x, y);

		if (cell)
			cell->style |= GRID_SELECTED;
	}
}

char grid_ascii(uint32_t c)
{
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

char *grid_utf8(uint32_t c, char *bytes)
{
	unsigned int len = 0;

	if (c < 0x80) {
		bytes[len++] = (char)c;
	} else if (c < 0x800) {
		bytes[len++] = (char)(0xc0 | c >> 6);
		bytes[len++] = (char)(0x80 | (c & 0x3f));
	} else {
		bytes[len++] = (char)(0xe0 | c >> 12);
		bytes[len++] = (char)(0x80 | (c >> 6 & 0x3f));
		bytes[len++] = (char)(0x80 | (c & 0x3f));
	}
	bytes[len] = '\0';
	return bytes;
}

static void write_line(const struct cell *cells, unsigned int columns,
		       FILE *stream, bool utf8)
{
	char bytes[5];

	while (columns && cells[columns - 1].character == ' ')
		columns--;
	for (unsigned int x = 0; x < columns; x++) {
		if (utf8)
			fputs(grid_utf8(cells[x].character, bytes), stream);
		else
			fputc(grid_ascii(cells[x].character), stream);
	}
	fputc('\n', stream);
}

void grid_write(const struct grid *grid, FILE *stream, bool utf8)
{
	for (unsigned int y = 0; y < grid->height; y++)
		write_line(&grid->cells[(size_t)y * grid->width], grid->width,
			   stream, utf8);
}

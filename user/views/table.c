/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/table.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/metrics.h"
#include "views/values.h"

/*
 * Filling cells
 */

void content_text(struct content *cell, const char *text)
{
	cell->kind = CONTENT_TEXT;
	snprintf(cell->text, sizeof(cell->text), "%s", text);
}

void content_number(struct content *cell, const char *text)
{
	cell->kind = CONTENT_NUMBER;
	snprintf(cell->text, sizeof(cell->text), "%s", text);
}

void content_count(struct content *cell, uint64_t count)
{
	cell->kind = CONTENT_NUMBER;
	cell->part = count;
	format_count(cell->text, sizeof(cell->text), count);
}

void content_duration(struct content *cell, bool known, uint64_t ns)
{
	content_number(cell, UNKNOWN_TEXT);
	if (known)
		format_duration(cell->text, sizeof(cell->text), ns);
}

/*
 * Figures: the metric says what they are
 */

const struct area *scene_total_area(const struct scene *scene,
				    const struct pool *pool,
				    const struct area *area)
{
	const struct snapshot *total = scene->total;
	const struct snapshot *interval = scene->interval;

	/* snapshot_delta() keeps the places of what it copies. */
	return &total->pools[pool - interval->pools].areas[area - pool->areas];
}

const struct device *scene_total_device(const struct scene *scene,
					const struct device *device)
{
	return &scene->total->devices[device - scene->interval->devices];
}

struct subject column_subject(const struct column *column,
			      const struct scene *scene, const struct row *row)
{
	struct subject subject = {
		.snap = scene->interval,
		.pool = row->pool,
		.area = row->area,
		.device = row->device,
	};

	if (!column->session)
		return subject;
	subject.snap = scene->total;
	if (row->area)
		subject.area = scene_total_area(scene, row->pool, row->area);
	if (row->device)
		subject.device = scene_total_device(scene, row->device);
	return subject;
}

static uint64_t per_second(const struct snapshot *snap, uint64_t count)
{
	uint64_t ns = snap->window.duration_ns;

	return ns ? (uint64_t)((double)count * 1e9 / (double)ns) : 0;
}

static void format_figure(const struct column *column,
			  const struct subject *subject,
			  const struct field *metric, int64_t value,
			  struct content *cell)
{
	size_t len = sizeof(cell->text);
	uint64_t count = (uint64_t)value;
	int64_t whole = 0;

	switch (column->format) {
	case FORMAT_COUNT:
		content_count(cell, count);
		break;
	case FORMAT_BYTES:
		format_bytes(cell->text, len, count);
		break;
	case FORMAT_SIGNED:
		snprintf(cell->text, len, "%" PRId64, value);
		break;
	case FORMAT_DURATION:
		/* No wait, no hold, no mapping takes no time. */
		if (value)
			format_duration(cell->text, len, count);
		break;
	case FORMAT_RATE:
		format_rate(cell->text, len, subject->snap, count);
		break;
	case FORMAT_BYTE_RATE:
		format_bytes(cell->text, len, per_second(subject->snap, count));
		break;
	case FORMAT_CPU_SHARE:
		format_share(cell->text, len, wait_share(subject->snap, count));
		break;
	case FORMAT_PERCENT:
		if (metric->whole && metric->whole(subject, &whole))
			format_percent(cell->text, len, count, (uint64_t)whole);
		break;
	}
}

const struct field *column_metric(const struct column *column)
{
	return column->metric ? metric_find(column->metric) : NULL;
}

void column_content(const struct column *column, const struct field *metric,
		    const struct scene *scene, const struct row *row,
		    struct content *cell)
{
	struct subject subject;
	int64_t value;

	if (!metric) {
		column->get(scene, row, cell);
		return;
	}
	subject = column_subject(column, scene, row);
	content_number(cell, UNKNOWN_TEXT);
	if (!field_value(metric, &subject, &value))
		return;
	format_figure(column, &subject, metric, value, cell);
	if (column->style)
		cell->style = column->style(scene, value);
}

uint64_t column_number(const struct column *column, const struct field *metric,
		       const struct scene *scene, const struct row *row)
{
	struct subject subject;
	int64_t value, whole = 0;

	if (!metric)
		return column->number ? column->number(scene, row) : 0;
	subject = column_subject(column, scene, row);
	if (!field_value(metric, &subject, &value))
		return 0;
	if (column->format == FORMAT_PERCENT && metric->whole &&
	    metric->whole(&subject, &whole) && whole)
		return (uint64_t)((double)value * 1e9 / (double)whole);
	return column->least_first ? UINT64_MAX - (uint64_t)value
				   : (uint64_t)value;
}

static char *format_short(char *text, size_t len, uint64_t count)
{
	if (count < 10000)
		return format_count(text, len, count);
	if (count < 9999500)
		snprintf(text, len, "%.0fk", (double)count / 1e3);
	else
		snprintf(text, len, "%.0fM", (double)count / 1e6);
	return text;
}

void content_fit(struct content *cell, unsigned int width)
{
	char part[UNIT_TEXT_LEN], whole[UNIT_TEXT_LEN];

	if (cell->kind != CONTENT_NUMBER || !cell->part ||
	    canvas_columns(cell->text) <= width)
		return;
	format_short(part, sizeof(part), cell->part);
	if (cell->whole)
		snprintf(cell->text, sizeof(cell->text), "%s/%s", part,
			 format_short(whole, sizeof(whole), cell->whole));
	else
		snprintf(cell->text, sizeof(cell->text), "%s", part);
}

/*
 * Which columns fit
 */

static bool worst_rank(const struct column *columns, uint32_t shown,
		       unsigned int *worst)
{
	unsigned int rank = 0;

	for (unsigned int i = 0; columns[i].title; i++) {
		if (shown >> i & 1 && columns[i].rank > rank) {
			rank = columns[i].rank;
			*worst = i;
		}
	}
	return rank;
}

/* Left-aligned text after a number needs a gap of more than one space. */
static unsigned int gap(const struct column *before,
			const struct column *column)
{
	return before && before->right && !column->right ? 2 : 1;
}

static unsigned int width_of(const struct column *columns, uint32_t shown)
{
	const struct column *before = NULL;
	unsigned int width = 0;

	for (unsigned int i = 0; columns[i].title; i++) {
		if (!(shown >> i & 1))
			continue;
		width += columns[i].width + gap(before, &columns[i]);
		before = &columns[i];
	}
	return width;
}

/* A column at a time to each that may grow, so that they grow alike. */
static void grow(const struct column *columns, struct place *places,
		 unsigned int count, unsigned int spare)
{
	bool grown = true;

	while (spare && grown) {
		grown = false;
		for (unsigned int i = 0; i < count && spare; i++) {
			const struct column *column =
				&columns[places[i].column];

			if (places[i].width >= column->width + column->grow)
				continue;
			places[i].width++;
			spare--;
			grown = true;
		}
	}
}

unsigned int table_place(const struct column *columns, unsigned int width,
			 struct place *places, unsigned int *left_out)
{
	const struct column *before = NULL;
	unsigned int count = 0, x = 0, worst = 0;
	uint32_t shown = 0;

	*left_out = 0;
	for (unsigned int i = 0; columns[i].title; i++)
		shown |= 1u << i;
	while (width_of(columns, shown) > width &&
	       worst_rank(columns, shown, &worst)) {
		shown &= ~(1u << worst);
		(*left_out)++;
	}
	for (unsigned int i = 0; columns[i].title; i++)
		if (shown >> i & 1)
			places[count++] =
				(struct place){ i, column_metric(&columns[i]),
						0, columns[i].width };
	if (width > width_of(columns, shown))
		grow(columns, places, count, width - width_of(columns, shown));
	for (unsigned int i = 0; i < count; i++) {
		x += gap(before, &columns[places[i].column]);
		places[i].x = x;
		x += places[i].width;
		before = &columns[places[i].column];
	}
	return count;
}

/*
 * Drawing
 */

enum style trend_style(enum trend trend, unsigned int height,
		       unsigned int steps)
{
	if (trend == TREND_USED)
		return fill_style(height, steps);
	/* Of three decades: red from 10 % of a CPU. */
	return height * 3 > steps * 2 ? STYLE_ERROR
	       : height > steps / 8   ? STYLE_WARNING
				      : STYLE_TREND;
}

static void draw_spark(const struct scene *scene, struct canvas *canvas,
		       const struct place *place, int y,
		       const struct content *cell)
{
	for (unsigned int i = 0; cell->ring && i < place->width; i++) {
		unsigned int eighths =
			history_height(scene->history, cell->ring, cell->trend,
				       i, place->width, 8);

		if (eighths != HISTORY_UNKNOWN)
			canvas_level(canvas, place->x + i, y,
				     trend_style(cell->trend, eighths, 8),
				     eighths);
	}
}

static void draw_cell(const struct scene *scene, struct canvas *canvas,
		      const struct place *place, int y, struct content *cell)
{
	content_fit(cell, place->width);
	switch (cell->kind) {
	case CONTENT_TEXT:
		canvas_put(canvas, place->x, y, place->width, cell->style,
			   cell->text);
		break;
	case CONTENT_NUMBER:
		canvas_put_right(canvas, place->x, y, place->width, cell->style,
				 cell->text);
		break;
	case CONTENT_BAR:
		canvas_bar(canvas, place->x, y, place->width, cell->style,
			   cell->part, cell->peak, cell->whole);
		break;
	case CONTENT_SPARK:
		draw_spark(scene, canvas, place, y, cell);
		break;
	}
}

void table_draw_row(const struct scene *scene, const struct row *row,
		    const struct column *columns, const struct place *places,
		    unsigned int count, struct canvas *canvas, unsigned int x,
		    int y)
{
	for (unsigned int i = 0; i < count; i++) {
		struct place place = places[i];
		struct content cell = { 0 };

		column_content(&columns[place.column], place.metric, scene, row,
			       &cell);
		place.x += x;
		draw_cell(scene, canvas, &place, y, &cell);
	}
}

void table_draw_titles(const struct table_titles *titles,
		       const struct column *columns, const struct place *places,
		       unsigned int count, struct canvas *canvas,
		       unsigned int x, int y)
{
	for (unsigned int i = 0; i < count; i++) {
		const struct column *column = &columns[places[i].column];
		bool sorted = titles->sorted == (int)places[i].column;
		enum style style = sorted ? STYLE_ACCENT : titles->style;
		unsigned int len = canvas_columns(column->title);
		unsigned int start = x + places[i].x;

		if (column->right)
			start += places[i].width - len;
		canvas_put(canvas, start, y, len, style, column->title);
		/* Numbers come largest first, names from A to Z. */
		if (sorted)
			canvas_put(canvas,
				   column->right ? start - 1 : start + len, y,
				   1, STYLE_ACCENT,
				   titles->reverse == !column->name
					   ? "\xe2\x86\x91"
					   : "\xe2\x86\x93");
	}
}

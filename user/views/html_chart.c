/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/html_chart.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "util/units.h"

/* In units of the drawing. A screen shows them as pixels. */
#define WIDTH	    760
#define LEFT	    76
#define RIGHT	    (WIDTH - 16)
#define TOP	    10
#define LINE_HEIGHT 130
#define AXIS_HEIGHT 24

/* Of a heat map: shades from nothing to the highest value. */
#define SHADES 7
#define NONE   SHADES

#define TEXT_LEN 96

/* From here on the axis of time has times of day. */
#define MANY_SECONDS (60 * NS_PER_SEC)

bool chart_possible(const struct html *h)
{
	return h->timeline && h->timeline->nr_points > 1;
}

void chart_pool_name(const struct html *h, const void *context, size_t row,
		     char *text, size_t len)
{
	const struct pool *pool = context;

	(void)h;
	(void)row;
	snprintf(text, len, "pool %s", pool->name);
}

void chart_area_name(const struct html *h, const void *context, size_t row,
		     char *text, size_t len)
{
	const struct pool *pool = context;

	(void)h;
	snprintf(text, len, "area %u", pool->areas[row].index);
}

/*
 * Time
 */

static uint64_t time_at(const struct html *h, size_t point)
{
	const struct timeline_point *points = h->timeline->points;

	return points[point].taken_ns - points[0].taken_ns;
}

static uint64_t duration(const struct html *h)
{
	return time_at(h, h->timeline->nr_points - 1);
}

static double x_of(const struct html *h, uint64_t ns)
{
	uint64_t all = duration(h);

	return LEFT + (RIGHT - LEFT) * (all ? (double)ns / (double)all : 0);
}

/* Local time, as --window reads it; false = unknown. */
static bool clock_text(uint64_t realtime_ns, char *text, size_t len)
{
	time_t seconds = (time_t)(realtime_ns / NS_PER_SEC);
	struct tm tm;

	return realtime_ns && localtime_r(&seconds, &tm) &&
	       strftime(text, len, "%T", &tm);
}

/* To a tenth of a second; the time since the start if that is unknown. */
static const char *point_time(const struct html *h, size_t point, char *text,
			      size_t len)
{
	uint64_t ns = h->timeline->points[point].realtime_ns;
	char clock[16];

	if (!clock_text(ns, clock, sizeof(clock)))
		return format_duration(text, len, time_at(h, point));
	snprintf(text, len, "%s.%u", clock,
		 (unsigned int)(ns % NS_PER_SEC / (NS_PER_SEC / 10)));
	return text;
}

/* Of the axis: a short time is easier to read from its start. */
static const char *axis_time(const struct html *h, uint64_t ns, char *text,
			     size_t len)
{
	uint64_t begin = h->timeline->points[0].realtime_ns;

	if (duration(h) < MANY_SECONDS || !begin ||
	    !clock_text(begin + ns, text, len))
		return ns ? format_duration(text, len, ns) : "0";
	return text;
}

static void put_time_axis(struct html *h, int y)
{
	static const char *const anchors[] = { "start", "middle", "middle",
					       "end" };

	for (unsigned int i = 0; i < 4; i++) {
		double x = x_of(h, duration(h) / 3 * i);
		char text[UNIT_TEXT_LEN];

		html_put(h,
			 "<path class=\"tick\" d=\"M%.1f %dv4\"/>"
			 "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s"
			 "</text>\n",
			 x, y, x, y + 17, anchors[i],
			 axis_time(h, duration(h) / 3 * i, text, sizeof(text)));
	}
}

/*
 * What lines and heat maps share
 */

double chart_highest(const struct html *h, const struct chart *chart)
{
	double highest = 0, value;

	for (size_t row = 0; row < chart->rows; row++)
		for (size_t i = 0; i < h->timeline->nr_points; i++)
			if (chart->value(h, chart->context, row, i, &value) &&
			    value > highest)
				highest = value;
	return highest;
}

static const char *value_text(const struct html *h, const struct chart *chart,
			      size_t row, size_t point, char *text, size_t len)
{
	double value;

	if (!chart->value(h, chart->context, row, point, &value))
		return "unknown";
	return chart->text(h, chart->context, value, text, len);
}

/* For those who do not see the chart: what it comes to. */
static void put_description(struct html *h, const struct chart *chart)
{
	char text[TEXT_LEN], when[TEXT_LEN];
	double highest = -1, value;
	size_t best_row = 0, best = 0;

	for (size_t row = 0; row < chart->rows; row++) {
		for (size_t i = 0; i < h->timeline->nr_points; i++) {
			if (!chart->value(h, chart->context, row, i, &value) ||
			    value <= highest)
				continue;
			highest = value;
			best_row = row;
			best = i;
		}
	}
	if (highest < 0) {
		html_text(h, "no value is known");
		return;
	}
	html_say(h, "%zu points in %s; highest ", h->timeline->nr_points,
		 DURATION(duration(h)));
	html_text(h, value_text(h, chart, best_row, best, text, sizeof(text)));
	if (chart->rows > 1) {
		chart->name(h, chart->context, best_row, text, sizeof(text));
		html_say(h, " in %s", text);
	}
	html_say(h, " at %s", point_time(h, best, when, sizeof(when)));
	if (chart->rows == 1)
		html_say(h, ", at the end %s",
			 value_text(h, chart, 0, h->timeline->nr_points - 1,
				    text, sizeof(text)));
}

static void begin_chart(struct html *h, const struct chart *chart, int height)
{
	unsigned int id = ++h->tables;
	char text[TEXT_LEN];

	html_put(h, "<figure>\n<figcaption>");
	html_text(h, chart->title);
	html_put(h,
		 "</figcaption>\n<div class=\"scroll\" tabindex=\"0\" "
		 "role=\"group\" aria-labelledby=\"c%u\">\n"
		 "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 %d %d\" "
		 "aria-labelledby=\"c%u d%u\" data-x=\"",
		 id, WIDTH, height, id, id);
	for (size_t i = 0; i < h->timeline->nr_points; i++)
		html_put(h, "%s%.0f", i ? " " : "", x_of(h, time_at(h, i)));
	html_put(h, "\" data-t=\"");
	for (size_t i = 0; i < h->timeline->nr_points; i++)
		html_put(h, "%s%s", i ? "|" : "",
			 point_time(h, i, text, sizeof(text)));
	html_put(h, "\">\n<title id=\"c%u\">", id);
	html_text(h, chart->title);
	html_put(h, "</title>\n<desc id=\"d%u\">", id);
	put_description(h, chart);
	html_put(h, "</desc>\n");
}

static void end_chart(struct html *h)
{
	html_put(h, "<path class=\"cursor\" d=\"\"/>\n</svg>\n</div>\n");
}

/* Where the pointer finds a row, and what the script shows of it. */
static void put_row_texts(struct html *h, const struct chart *chart, size_t row,
			  double y, double height)
{
	char text[TEXT_LEN];

	chart->name(h, chart->context, row, text, sizeof(text));
	html_put(h,
		 "<rect class=\"hit\" x=\"%d\" y=\"%.1f\" width=\"%d\" "
		 "height=\"%.1f\" data-name=\"",
		 LEFT, y, RIGHT - LEFT, height);
	html_text(h, text);
	html_put(h, "\" data-v=\"");
	for (size_t i = 0; i < h->timeline->nr_points; i++) {
		if (i)
			html_put(h, "|");
		html_text(h, value_text(h, chart, row, i, text, sizeof(text)));
	}
	html_put(h, "\"/>\n");
}

/*
 * A line
 */

static double y_of(const struct chart *chart, double value)
{
	double part = chart->top > 0 ? value / chart->top : 0;

	return TOP + LINE_HEIGHT * (1 - (part > 1 ? 1 : part));
}

static void put_value_axis(struct html *h, const struct chart *chart)
{
	for (int i = 0; i <= 2; i++) {
		double value = chart->top / 2 * i, y = y_of(chart, value);
		char text[UNIT_TEXT_LEN];

		html_put(h,
			 "<path class=\"grid\" d=\"M%d %.1fH%d\"/>"
			 "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
			 LEFT, y, RIGHT, LEFT - 8, y + 4);
		html_text(h, chart->axis(text, sizeof(text), (uint64_t)value));
		html_put(h, "</text>\n");
	}
}

static void put_peak(struct html *h, const struct chart *chart)
{
	double y = y_of(chart, chart->peak);
	bool below = y < TOP + 16;
	char text[TEXT_LEN];

	if (chart->peak < 0)
		return;
	html_put(h,
		 "<path class=\"peak\" d=\"M%d %.1fH%d\"/><text class=\"peak\" "
		 "x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
		 LEFT, y, RIGHT, RIGHT, below ? y + 14 : y - 5);
	html_say(h, "%s %s", chart->peak_name,
		 chart->text(h, chart->context, chart->peak, text,
			     sizeof(text)));
	html_put(h, "</text>\n");
}

/* An isolated point is a dot, because the ends of strokes are round. */
static void put_line(struct html *h, const struct chart *chart)
{
	bool drawn = false;
	double value;

	html_put(h, "<path class=\"line\" d=\"");
	for (size_t i = 0; i < h->timeline->nr_points; i++) {
		if (!chart->value(h, chart->context, 0, i, &value)) {
			drawn = false;
			continue;
		}
		if (h->timeline->points[i].broken)
			drawn = false;
		html_put(h, drawn ? "L%.1f %.1f" : "M%.1f %.1fh0",
			 x_of(h, time_at(h, i)), y_of(chart, value));
		drawn = true;
	}
	html_put(h, "\"/>\n");
}

void chart_line(struct html *h, const struct chart *chart)
{
	begin_chart(h, chart, TOP + LINE_HEIGHT + AXIS_HEIGHT);
	put_value_axis(h, chart);
	put_time_axis(h, TOP + LINE_HEIGHT);
	put_peak(h, chart);
	put_line(h, chart);
	put_row_texts(h, chart, 0, TOP, LINE_HEIGHT);
	end_chart(h);
	html_put(h, "</figure>\n");
}

/*
 * A heat map
 */

static unsigned int shade_of(const struct html *h, const struct chart *chart,
			     size_t row, size_t point)
{
	double value, part;

	if (!chart->value(h, chart->context, row, point, &value))
		return NONE;
	if (value <= 0 || chart->top <= 0)
		return 0;
	part = value / chart->top * (SHADES - 1);
	return part >= SHADES - 2 ? SHADES - 1 : 1 + (unsigned int)part;
}

/* A cell reaches to the middle between its point and the next. */
static double edge(const struct html *h, size_t point)
{
	if (!point)
		return LEFT;
	if (point == h->timeline->nr_points)
		return RIGHT;
	return x_of(h, (time_at(h, point - 1) + time_at(h, point)) / 2);
}

/* All cells of one shade are one path, neighbours in a row one rectangle. */
static void put_shade(struct html *h, const struct chart *chart,
		      unsigned int shade, double row_height)
{
	double gap = row_height > 8 ? 1 : 0;

	html_put(h, "<path class=\"h%u\" d=\"", shade);
	for (size_t row = 0; row < chart->rows; row++) {
		for (size_t i = 0; i < h->timeline->nr_points; i++) {
			size_t begin = i;

			while (i < h->timeline->nr_points &&
			       shade_of(h, chart, row, i) == shade)
				i++;
			if (i == begin)
				continue;
			html_put(h, "M%.1f %.1fH%.1fv%.1fH%.1fz",
				 edge(h, begin), TOP + row_height * (double)row,
				 edge(h, i), row_height - gap, edge(h, begin));
		}
	}
	html_put(h, "\"/>\n");
}

/* Labels of rows, so far apart that they can be read. */
static void put_row_names(struct html *h, const struct chart *chart,
			  double row_height)
{
	size_t step = 1;
	char text[TEXT_LEN];

	while ((double)step * row_height < 13)
		step *= 2;
	for (size_t row = 0; row < chart->rows; row += step) {
		chart->name(h, chart->context, row, text, sizeof(text));
		html_put(h, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
			 LEFT - 8, TOP + row_height * ((double)row + 0.5) + 4);
		html_text(h, text);
		html_put(h, "</text>\n");
	}
}

static void put_legend(struct html *h, const struct chart *chart)
{
	html_put(h, "<ul class=\"legend\">");
	for (unsigned int i = 0; i < SHADES; i++) {
		double from = chart->top * (i ? i - 1 : 0) / (SHADES - 1);
		char text[TEXT_LEN];

		html_put(h,
			 "<li><svg viewBox=\"0 0 16 12\" aria-hidden=\"true\">"
			 "<rect class=\"h%u\" width=\"16\" height=\"12\"/>"
			 "</svg>",
			 i);
		if (i == 0)
			html_text(h, "0");
		else if (i == 1)
			html_text(h, "more");
		else
			html_say(h, "from %s",
				 chart->axis(text, sizeof(text),
					     (uint64_t)from));
		html_put(h, "</li>");
	}
	html_put(h, "<li>blank: unknown</li></ul>\n");
}

static double height_of_row(size_t rows)
{
	return rows <= 4 ? 26 : rows <= 16 ? 16 : rows <= 32 ? 11 : 7;
}

void chart_heat(struct html *h, const struct chart *chart)
{
	double row_height = height_of_row(chart->rows);
	int height = (int)(row_height * (double)chart->rows);

	begin_chart(h, chart, TOP + height + AXIS_HEIGHT);
	put_row_names(h, chart, row_height);
	for (unsigned int shade = 0; shade < SHADES; shade++)
		put_shade(h, chart, shade, row_height);
	put_time_axis(h, TOP + height);
	for (size_t row = 0; row < chart->rows; row++)
		put_row_texts(h, chart, row, TOP + row_height * (double)row,
			      row_height);
	end_chart(h);
	put_legend(h, chart);
	html_put(h, "</figure>\n");
}

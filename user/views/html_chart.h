/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_HTML_CHART_H
#define VIEWS_HTML_CHART_H

/*
 * Charts as inline SVG: a figure over time, and a heat map. Each has a title
 * and a description for those who do not see it, and the texts of its points
 * for the script that shows them.
 */

#include "views/html_write.h"

/* Of a heat map: more rows cannot be distinguished. */
#define CHART_MAX_ROWS 128

/**
 * struct chart - what is drawn
 * @title: its name; escaped when written
 * @rows: of a heat map; a line has one
 * @top: a line: the value at the upper edge; a heat map: that of the darkest
 * @peak: the highest value, also between the points; a line is drawn there;
 *	negative = none
 * @peak_name: what it is
 * @value: the value at a point of the timeline; false = unknown
 * @name: of a row
 * @text: a value as people read it
 * @axis: the same, short
 * @context: for these
 */
struct chart {
	const char *title;
	size_t rows;
	double top;
	double peak;
	const char *peak_name;
	bool (*value)(const struct html *h, const void *context, size_t row,
		      size_t point, double *value);
	void (*name)(const struct html *h, const void *context, size_t row,
		     char *text, size_t len);
	char *(*text)(const struct html *h, const void *context, double value,
		      char *text, size_t len);
	char *(*axis)(char *text, size_t len, uint64_t value);
	const void *context;
};

/** chart_possible() - the timeline has the points that a chart takes */
bool chart_possible(const struct html *h);

/** chart_highest() - the highest value of all rows; 0 when all are unknown */
double chart_highest(const struct html *h, const struct chart *chart);

/* Names of rows, where the context is a pool. */
void chart_pool_name(const struct html *h, const void *context, size_t row,
		     char *text, size_t len);
void chart_area_name(const struct html *h, const void *context, size_t row,
		     char *text, size_t len);

/** chart_line() - a figure over time */
void chart_line(struct html *h, const struct chart *chart);

/** chart_heat() - a row an area, darker where the value is higher */
void chart_heat(struct html *h, const struct chart *chart);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_METRICS_H
#define MODEL_METRICS_H

/* The rows of the schema that assertions can name. */

#include "model/schema.h"

/**
 * metric_next() - one metric after the other
 * @metric: the one before; NULL for the first
 *
 * Return: the next one, or NULL after the last.
 */
const struct field *metric_next(const struct field *metric);

#define for_each_metric(metric)                                                \
	for (const struct field *metric = metric_next(NULL); metric;           \
	     metric = metric_next(metric))

/** metric_find() - the metric of that name, or NULL */
const struct field *metric_find(const char *name);

/**
 * metric_part() - the metric whose figures this one's is made of
 *
 * Return: such as "area.used" for "pool.used", "device.maps" for "map.maps";
 * NULL when there is none.
 */
const struct field *metric_part(const struct field *metric);

/**
 * subject_text() - who a figure is of
 * @metric: the figure's metric
 * @subject: whose it is
 *
 * Return: @text, such as "pool default, area 3"; "" for the system.
 */
char *subject_text(const struct field *metric, const struct subject *subject,
		   char *text, size_t len);

/** metric_text() - a value with its unit, as people read it; returns @text */
char *metric_text(const struct field *metric, double value, char *text,
		  size_t len);

#endif

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

#endif

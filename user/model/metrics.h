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

/**
 * typedef subject_visitor - called for each entity that has metrics
 * @scope: what it is
 * @subject: it
 * @data: the caller's
 *
 * Return: 0, or negative errno to end the visit.
 */
typedef int (*subject_visitor)(enum scope scope, const struct subject *subject,
			       void *data);

/**
 * subjects_visit() - visit all entities of a snapshot that have metrics
 * @snap: the snapshot
 * @visit: called for the system, each pool with its areas, and each device
 * @data: passed to it
 *
 * Return: 0, or what @visit ended it with.
 */
int subjects_visit(const struct snapshot *snap, subject_visitor visit,
		   void *data);

/**
 * subject_in() - the same entity in another sample of its session
 * @scope: what it is
 * @subject: it
 * @snap: the other sample
 * @found: set to it
 *
 * Return: false when it is not there.
 */
bool subject_in(enum scope scope, const struct subject *subject,
		const struct snapshot *snap, struct subject *found);

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

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_SCHEMA_H
#define MODEL_SCHEMA_H

/*
 * Every member of every entity of a snapshot has one row here, and every figure
 * that is derived from them. How snapshots are copied, released and subtracted,
 * the JSON report, assertions, the man page and --list-metrics are made from
 * it. Rows are in the order of the report.
 */

#include "model/field.h"

/* Names of what is written as JSON: docs/report.schema.json, check.schema.json.
 */
#define REPORT_SCHEMA "swiotlb-report/1"
#define CHECK_SCHEMA  "swiotlb-check/1"

/**
 * struct entity - a struct of the snapshot
 * @name: what users call it
 * @size: of the struct
 * @fields: its rows
 * @nr_fields: how many
 * @idle: nothing was counted of an item, which a report leaves out then; NULL =
 *	it has all items
 */
struct entity {
	const char *name;
	size_t size;
	const struct field *fields;
	size_t nr_fields;
	bool (*idle)(const void *item);
};

/* By enum scope. */
extern const struct entity entity_table[SCOPES];

#define for_each_field(row, scope)                                             \
	for (const struct field *row = entity_table[scope].fields;             \
	     row < entity_table[scope].fields + entity_table[scope].nr_fields; \
	     row++)

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_METRICS_H
#define MODEL_METRICS_H

/*
 * Every figure of the tool stands here once. The JSON report, assertions, the
 * man page and --list-metrics are made from this table.
 */

#include "model/basis.h"
#include "model/subject.h"

/** enum metric_scope - what a figure is a figure of */
enum metric_scope { SCOPE_SYSTEM, SCOPE_POOL, SCOPE_AREA, SCOPE_DEVICE };

/** enum metric_unit - how its value is to be read and printed */
enum metric_unit { UNIT_COUNT, UNIT_SLOTS, UNIT_BYTES, UNIT_NS };

/** enum metric_kind - how it moves */
enum metric_kind { KIND_GAUGE, KIND_COUNTER, KIND_PEAK };

/**
 * struct metric - one row of the table
 * @name: in assertions and --list-metrics, such as "lock.wait.p99"
 * @path: where it stands in the JSON object of its scope, such as
 *	"lock.wait_ns.p99"; for SCOPE_SYSTEM from the root of the report
 * @scope: what it is a figure of
 * @unit: its unit
 * @kind: gauge, counter or peak
 * @basis: what it rests on
 * @help: one line
 * @get: stores the value and returns true, or returns false for unknown
 * @unknown: why @get returns false
 * @whole: stores what the value is a part of, so that a percentage has a
 *	meaning; NULL where it has none
 */
struct metric {
	const char *name;
	const char *path;
	enum metric_scope scope;
	enum metric_unit unit;
	enum metric_kind kind;
	enum basis_id basis;
	const char *help;
	bool (*get)(const struct subject *subject, int64_t *value);
	const char *unknown;
	bool (*whole)(const struct subject *subject, int64_t *value);
};

extern const struct metric metric_table[];
extern const size_t metric_count;

/** metric_scope_name() - "system", "pool", "area", "device" */
const char *metric_scope_name(enum metric_scope scope);

/** metric_unit_name() - "count", "slots", "bytes", "ns" */
const char *metric_unit_name(enum metric_unit unit);

/** metric_kind_name() - "gauge", "counter", "peak" */
const char *metric_kind_name(enum metric_kind kind);

/** metric_levels() - the levels without which it is unknown; 0 = state alone */
unsigned int metric_levels(const struct metric *metric);

/** metric_find() - the metric of that name, or NULL */
const struct metric *metric_find(const char *name);

/**
 * metric_part() - the metric whose figures this one's is made of
 *
 * Return: such as "area.used" for "pool.used", "device.maps" for "map.maps";
 * NULL when there is none.
 */
const struct metric *metric_part(const struct metric *metric);

/**
 * metric_value() - a metric's value, when it is known
 *
 * Checks the levels before it asks the getter.
 *
 * Return: true and @value set, or false: unknown.
 */
bool metric_value(const struct metric *metric, const struct subject *subject,
		  int64_t *value);

/**
 * metric_unknown_reason() - why metric_value() said unknown, for users
 *
 * Return: a static string, or a hook's reason that lives as long as the
 * snapshot.
 */
const char *metric_unknown_reason(const struct metric *metric,
				  const struct subject *subject);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/json_baseline.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "model/schema.h"
#include "util/log.h"
#include "util/units.h"

/* The value at a dotted path, NULL when there is none. */
static const json_t *at_path(const json_t *object, const char *path)
{
	const char *dot;
	char key[64];

	while ((dot = strchr(path, '.'))) {
		*(char *)mempcpy(key, path, (size_t)(dot - path)) = '\0';
		object = json_object_get(object, key);
		path = dot + 1;
	}
	return json_object_get(object, path);
}

static bool read_seconds(const json_t *json, int64_t *value)
{
	double ns = json_number_value(json) * (double)NS_PER_SEC;

	if (!json_is_number(json) || ns < 0 || ns >= (double)INT64_MAX)
		return false;
	*value = (int64_t)(ns + 0.5);
	return true;
}

/* As metrics are written. */
static bool read_number(const struct field *field, const json_t *json,
			int64_t *value)
{
	if (field->notation == AS_SECONDS)
		return read_seconds(json, value);
	*value = field->type == TYPE_BOOL ? json_is_true(json)
					  : json_integer_value(json);
	return field->type == TYPE_BOOL ? json_is_boolean(json)
					: json_is_integer(json);
}

static int read_scope(enum scope scope, const json_t *object,
		      struct figure *figure, struct baseline *baseline)
{
	int err = 0;

	for_each_field (field, scope) {
		figure->metric = field;
		if (!err && field->metric &&
		    read_number(field, at_path(object, field->path),
				&figure->value))
			err = baseline_add(baseline, figure);
	}
	return err;
}

static void read_name(const json_t *object, struct figure *figure)
{
	const char *name = json_string_value(json_object_get(object, "name"));

	snprintf(figure->name, sizeof(figure->name), "%s", name ? name : "");
}

static int read_pool(const json_t *pool, struct baseline *baseline)
{
	struct figure figure = { 0 };
	const json_t *area;
	size_t index;
	int err;

	read_name(pool, &figure);
	err = read_scope(SCOPE_POOL, pool, &figure, baseline);
	json_array_foreach (json_object_get(pool, "areas"), index, area) {
		figure.area = (uint32_t)json_integer_value(
			json_object_get(area, "index"));
		if (!err)
			err = read_scope(SCOPE_AREA, area, &figure, baseline);
	}
	return err;
}

static int read_report(const json_t *report, struct baseline *baseline)
{
	struct figure figure = { 0 };
	const json_t *item;
	size_t index;
	int err;

	err = read_scope(SCOPE_SYSTEM, report, &figure, baseline);
	json_array_foreach (json_object_get(report, "pools"), index, item) {
		if (!err)
			err = read_pool(item, baseline);
	}
	json_array_foreach (json_object_get(report, "devices"), index, item) {
		read_name(item, &figure);
		if (!err)
			err = read_scope(SCOPE_DEVICE, item, &figure, baseline);
	}
	return err;
}

/* The report itself, or the one in a check; NULL when it is neither. */
static const json_t *find_report(const json_t *root)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));

	if (schema && !strcmp(schema, CHECK_SCHEMA))
		return find_report(json_object_get(root, "report"));
	return schema && !strcmp(schema, REPORT_SCHEMA) ? root : NULL;
}

/* The report in a file, which belongs to @root, or NULL with a message. */
static const json_t *load(const char *path, json_t **root)
{
	FILE *file = fopen(path, "re");
	const json_t *report;
	json_error_t why;

	*root = NULL;
	if (!file) {
		log_error("cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	*root = json_loadf(file, JSON_REJECT_DUPLICATES, &why);
	fclose(file);
	report = find_report(*root);
	if (!*root)
		log_error("%s:%d:%d: not JSON: %s", path, why.line, why.column,
			  why.text);
	else if (!report)
		log_error("%s is neither a report nor a check; make one with "
			  "'swiotlb report --format json -o %s'",
			  path, path);
	return report;
}

int json_read_baseline(const char *path, struct baseline *baseline)
{
	json_t *root;
	const json_t *report = load(path, &root);
	int err = report ? read_report(report, baseline) : -EINVAL;

	if (err == -ENOMEM)
		log_error("cannot read %s: %s", path, strerror(ENOMEM));
	json_decref(root);
	if (err)
		baseline_release(baseline);
	return err;
}

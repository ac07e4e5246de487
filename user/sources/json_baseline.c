/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/json_baseline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sources/json_read.h"
#include "util/log.h"

static int read_scope(enum scope scope, const json_t *object,
		      struct figure *figure, struct baseline *baseline)
{
	int err = 0;

	for_each_field (field, scope) {
		figure->metric = field;
		if (!err && field->metric &&
		    json_number(field, json_at_path(object, field->path),
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

int json_read_baseline(const char *path, struct baseline *baseline)
{
	json_t *root;
	const json_t *report = json_load(path, &root);
	int err = report ? read_report(report, baseline) : -EINVAL;

	if (err == -ENOMEM)
		log_error("cannot read %s: %s", path, strerror(ENOMEM));
	json_decref(root);
	if (err)
		baseline_release(baseline);
	return err;
}

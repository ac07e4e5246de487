/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/metrics.h"

#include <stdio.h>
#include <string.h>

#include "util/units.h"

/* The entities that have metrics, in the order in which these are listed. */
static const enum scope scopes[] = { SCOPE_POOL, SCOPE_AREA, SCOPE_SYSTEM,
				     SCOPE_DEVICE };

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

const struct field *metric_next(const struct field *metric)
{
	size_t i = 0;

	while (metric && scopes[i] != metric->scope)
		i++;
	for (; i < LENGTH(scopes); i++) {
		const struct entity *entity = &entity_table[scopes[i]];

		metric = metric ? metric + 1 : entity->fields;
		for (; metric < entity->fields + entity->nr_fields; metric++)
			if (metric->metric)
				return metric;
		metric = NULL;
	}
	return NULL;
}

static int visit_pool(const struct snapshot *snap, const struct pool *pool,
		      subject_visitor visit, void *data)
{
	struct subject subject = { .snap = snap, .pool = pool };
	int err = visit(SCOPE_POOL, &subject, data);

	for (unsigned int i = 0; !err && i < pool->nr_areas; i++) {
		subject.area = &pool->areas[i];
		err = visit(SCOPE_AREA, &subject, data);
	}
	return err;
}

int subjects_visit(const struct snapshot *snap, subject_visitor visit,
		   void *data)
{
	struct subject subject = { .snap = snap };
	int err = visit(SCOPE_SYSTEM, &subject, data);

	for (size_t i = 0; !err && i < snap->nr_pools; i++)
		err = visit_pool(snap, &snap->pools[i], visit, data);
	for (size_t i = 0; !err && i < snap->nr_devices; i++) {
		subject.device = &snap->devices[i];
		err = visit(SCOPE_DEVICE, &subject, data);
	}
	return err;
}

static const struct device *same_device(const struct device *device,
					const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_devices; i++)
		if (snap->devices[i].id == device->id &&
		    !strcmp(snap->devices[i].name, device->name))
			return &snap->devices[i];
	return NULL;
}

static const struct area *same_area(const struct area *area,
				    const struct pool *pool)
{
	/* Areas are in order, unless a file says otherwise. */
	if (area->index < pool->nr_areas &&
	    pool->areas[area->index].index == area->index)
		return &pool->areas[area->index];
	return NULL;
}

bool subject_in(enum scope scope, const struct subject *subject,
		const struct snapshot *snap, struct subject *found)
{
	*found = (struct subject){ .snap = snap };
	if (scope == SCOPE_SYSTEM)
		return true;
	if (scope == SCOPE_DEVICE) {
		found->device = same_device(subject->device, snap);
		return found->device;
	}
	found->pool = snapshot_pool(snap, subject->pool->id);
	if (scope == SCOPE_AREA && found->pool)
		found->area = same_area(subject->area, found->pool);
	return scope == SCOPE_AREA ? found->area != NULL : found->pool != NULL;
}

const struct field *metric_find(const char *name)
{
	for_each_metric (metric)
		if (!strcmp(metric->metric, name))
			return metric;
	return NULL;
}

const struct field *metric_part(const struct field *metric)
{
	static const char *const beginnings[][2] = {
		{ "block.live", "area.blocks.allocated" },
		{ "block.", "area.blocks." },
		{ "map.", "device." },
		{ "pool.", "area." },
	};
	char name[64];

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
		const struct field *part;
		size_t len = strlen(beginnings[i][0]);

		if (strncmp(metric->metric, beginnings[i][0], len))
			continue;
		snprintf(name, sizeof(name), "%s%s", beginnings[i][1],
			 metric->metric + len);
		part = metric_find(name);
		if (part)
			return part;
	}
	return NULL;
}

char *subject_text(const struct field *metric, const struct subject *subject,
		   char *text, size_t len)
{
	*text = '\0';
	if (metric->scope == SCOPE_POOL)
		snprintf(text, len, "pool %s", subject->pool->name);
	else if (metric->scope == SCOPE_AREA)
		snprintf(text, len, "pool %s, area %u", subject->pool->name,
			 subject->area->index);
	else if (metric->scope == SCOPE_DEVICE)
		snprintf(text, len, "device %s%s", subject->device->name,
			 subject->device->gone ? " (gone)" : "");
	return text;
}

char *metric_text(const struct field *metric, double value, char *text,
		  size_t len)
{
	const char *unit = metric->unit == UNIT_SLOTS ? " slots" : "";

	if (metric->unit == UNIT_NS && value >= 0)
		return format_duration(text, len, (uint64_t)value);
	if (metric->unit == UNIT_BYTES && value >= 0)
		return format_bytes(text, len, (uint64_t)value);
	/* A share of a whole need not be whole itself. */
	snprintf(text, len, "%.*f%s", value != (double)(int64_t)value, value,
		 unit);
	return text;
}

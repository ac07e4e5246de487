/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/metrics.h"

#include <stdio.h>
#include <string.h>

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

/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/baseline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int baseline_add(struct baseline *baseline, const struct figure *figure)
{
	struct figure *grown;

	grown = reallocarray(baseline->figures, baseline->count + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	baseline->figures = grown;
	grown[baseline->count++] = *figure;
	return 0;
}

static bool is_of(const struct figure *figure, const struct subject *subject)
{
	switch (figure->metric->scope) {
	case SCOPE_POOL:
		return !strcmp(figure->name, subject->pool->name);
	case SCOPE_AREA:
		return !strcmp(figure->name, subject->pool->name) &&
		       figure->area == subject->area->index;
	case SCOPE_DEVICE:
		return !strcmp(figure->name, subject->device->name);
	default:
		return true;
	}
}

const struct figure *baseline_find(const struct baseline *baseline,
				   const struct field *metric,
				   const struct subject *subject)
{
	for (size_t i = 0; i < baseline->count; i++)
		if (baseline->figures[i].metric == metric &&
		    is_of(&baseline->figures[i], subject))
			return &baseline->figures[i];
	return NULL;
}

void baseline_release(struct baseline *baseline)
{
	free(baseline->figures);
	memset(baseline, 0, sizeof(*baseline));
}

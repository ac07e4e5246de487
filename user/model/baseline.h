/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_BASELINE_H
#define MODEL_BASELINE_H

/* The figures of an earlier run, to compare with. */

#include "model/metrics.h"

/**
 * struct figure - one figure of one subject
 * @metric: which
 * @value: in the metric's unit
 * @area: index of the area; 0 but for SCOPE_AREA
 * @name: name of the pool (SCOPE_POOL, SCOPE_AREA) or device, else ""
 */
struct figure {
	const struct field *metric;
	int64_t value;
	uint32_t area;
	char name[NAME_LEN];
};

/**
 * struct baseline - all of them; what was unknown then is missing
 * @figures: the figures
 * @count: how many
 */
struct baseline {
	struct figure *figures;
	size_t count;
};

/** baseline_add() - add a copy of @figure; 0 or -ENOMEM */
int baseline_add(struct baseline *baseline, const struct figure *figure);

/**
 * baseline_find() - the earlier figure of @subject
 *
 * Pools and devices match by name, because nothing else outlives a boot.
 *
 * Return: NULL if it was unknown or absent.
 */
const struct figure *baseline_find(const struct baseline *baseline,
				   const struct field *metric,
				   const struct subject *subject);

/** baseline_release() - free it and make it empty */
void baseline_release(struct baseline *baseline);

#endif

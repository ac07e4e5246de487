/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_SUBJECT_H
#define MODEL_SUBJECT_H

#include "model/snapshot.h"

/**
 * struct subject - what a figure is a figure of
 * @snap: always set
 * @pool: set for SCOPE_POOL and SCOPE_AREA
 * @area: set for SCOPE_AREA
 * @device: set for SCOPE_DEVICE
 */
struct subject {
	const struct snapshot *snap;
	const struct pool *pool;
	const struct area *area;
	const struct device *device;
};

#endif

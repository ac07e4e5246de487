/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_SUBJECT_H
#define MODEL_SUBJECT_H

#include "model/snapshot.h"

/**
 * enum scope - the entities of a snapshot
 *
 * The first four have metrics.
 */
enum scope {
	SCOPE_SYSTEM, /* the snapshot itself */
	SCOPE_POOL,
	SCOPE_AREA,
	SCOPE_DEVICE,
	SCOPE_CPU_WAITS,
	SCOPE_CPU_HOLDS,
	SCOPE_OWNER,
	SCOPE_GROUP,
	SCOPE_WRONG_UNMAP,
	SCOPE_REFUSAL,
	SCOPE_BOUNCE_DEVICE,
	SCOPE_AUDIT,
	SCOPE_TRACE_DEVICE,
	SCOPE_TRACE_POOL,
	SCOPE_TRACE_AREA,
	SCOPE_TRACE_RUN,
	SCOPE_REQUEST,
	SCOPE_CALLER,
	SCOPE_LOG_ENTRY,
	SCOPE_FIRED,
	SCOPE_HOOK,
	SCOPE_LOSS,
	SCOPE_TABLE,
	SCOPE_PLACE,
	SCOPES,
};

/**
 * struct subject - what a figure is a figure of
 * @snap: always set
 * @pool: set for SCOPE_POOL and SCOPE_AREA
 * @area: set for SCOPE_AREA
 * @device: set for SCOPE_DEVICE
 * @item: set for all other entities; beside @pool and @area when it is in these
 */
struct subject {
	const struct snapshot *snap;
	const struct pool *pool;
	const struct area *area;
	const struct device *device;
	const void *item;
};

/** subject_entity() - the struct that it is about */
static inline const void *subject_entity(const struct subject *subject,
					 enum scope scope)
{
	switch (scope) {
	case SCOPE_SYSTEM:
		return subject->snap;
	case SCOPE_POOL:
		return subject->pool;
	case SCOPE_AREA:
		return subject->area;
	case SCOPE_DEVICE:
		return subject->device;
	default:
		return subject->item;
	}
}

/** subject_of_item() - the same for an item in a list of @parent's */
static inline struct subject subject_of_item(const struct subject *parent,
					     enum scope scope, const void *item)
{
	struct subject subject = *parent;

	switch (scope) {
	case SCOPE_POOL:
		subject.pool = item;
		break;
	case SCOPE_AREA:
		subject.area = item;
		break;
	case SCOPE_DEVICE:
		subject.device = item;
		break;
	default:
		subject.item = item;
		break;
	}
	return subject;
}

#endif

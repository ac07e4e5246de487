/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_GONE_DEVICES_H
#define MODEL_GONE_DEVICES_H

/*
 * One row for all devices that are gone, for who keeps samples for long and
 * does not tell these devices apart.
 */

#include "model/snapshot.h"

/* Key and number of that row; no device has them. */
#define GONE_DEVICES_KEY UINT64_MAX
#define GONE_DEVICES_ID	 UINT32_MAX

/**
 * gone_devices_fold() - have one row for all devices that are gone
 *
 * Its counters and gauges are sums, ages are the highest one. Without such a
 * device there is no row. The rows are moved to less memory.
 */
void gone_devices_fold(struct snapshot *snap);

/**
 * gone_devices_before() - fold an earlier sample as a later one is folded
 * @before: a shallow copy of the earlier sample; gets rows of its own, which
 *	the caller frees, if @to has been folded
 * @to: the later one
 *
 * A device that went in between then counts as gone in both, so that the
 * difference has only what happened in between.
 *
 * Return: 0 or -ENOMEM.
 */
int gone_devices_before(struct snapshot *before, const struct snapshot *to);

#endif

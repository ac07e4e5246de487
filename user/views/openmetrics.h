/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_OPENMETRICS_H
#define VIEWS_OPENMETRICS_H

/*
 * The metrics of the schema as OpenMetrics 1.0. All points of a series stand
 * behind each other there, so many samples are kept in a file until the end,
 * and memory holds a few points of each series. Of one sample no file is made.
 *
 * Names follow from the metrics': "lock.wait.total" in ns is
 * swiotlb_lock_wait_seconds_total. Slots are bytes, and ns seconds.
 */

#include <stdio.h>

#include "model/interval.h"

struct openmetrics;

/**
 * openmetrics_new() - no samples so far
 * @timestamps: samples have their times, as those of a recording; else what is
 *	written is as of now, and has one sample
 *
 * Return: to be freed with openmetrics_free(), or NULL without memory.
 */
struct openmetrics *openmetrics_new(bool timestamps);

/** openmetrics_free() - NULL is fine */
void openmetrics_free(struct openmetrics *metrics);

/**
 * openmetrics_add() - take in a sample
 * @metrics: what there is
 * @sample: what happened since its session began; kept by the caller
 *
 * Return: 0, -ERANGE when it is not later than the one before, and so cannot
 * be taken in, or negative errno.
 */
int openmetrics_add(struct openmetrics *metrics, const struct interval *sample);

/**
 * openmetrics_write() - write all samples, up to "# EOF"
 *
 * Return: 0 or negative errno.
 */
int openmetrics_write(struct openmetrics *metrics, FILE *stream);

#endif

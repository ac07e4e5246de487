/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_JSON_BASELINE_H
#define SOURCES_JSON_BASELINE_H

/* The one place that reads JSON. */

#include "model/baseline.h"

/**
 * json_read_baseline() - take the figures of a report or of a check
 * @path: a file that report or check wrote with --format json
 * @baseline: zeroed or released; to be released by the caller
 *
 * Logs why when it fails.
 *
 * Return: 0 or negative errno.
 */
int json_read_baseline(const char *path, struct baseline *baseline);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_RECORDED_H
#define COMMANDS_RECORDED_H

/* The time that report and check speak of, when it was recorded. */

#include "model/interval.h"
#include "model/timeline.h"

/**
 * recorded_read() - what happened in a recording, or in a part of it
 * @path: a recording, or JSON of report, check or top
 * @part: "A..B" (times.h), NULL = all of it
 * @interval: zeroed or released; to be released by the caller
 * @timeline: takes in all samples of that time, for charts; NULL = none is
 * wanted
 *
 * It is between the first and the last sample of that time. Counters end with
 * the recorder, so that of several sessions, such as reports one behind the
 * other, the last one counts. Warns of what is missing. Logs why when it fails.
 *
 * Return: 0 or negative errno.
 */
int recorded_read(const char *path, const char *part, struct interval *interval,
		  struct timeline *timeline);

#endif

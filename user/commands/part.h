/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_PART_H
#define COMMANDS_PART_H

/* A part of the time of a recording (--window). */

#include "sources/source.h"
#include "util/times.h"

/**
 * part_go() - go to the first sample of a part
 * @source: a recording, at its begin
 * @path: its name, for messages
 * @part: "A..B" (times.h)
 * @all: set to the time of the whole recording
 * @span: set to the part
 *
 * Logs why when it fails.
 *
 * Return: 0, -ENODATA when there is no sample, or negative errno.
 */
int part_go(struct source *source, const char *path, const char *part,
	    struct time_span *all, struct time_span *span);

#endif

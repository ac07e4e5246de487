/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_DIFF_H
#define VIEWS_DIFF_H

/* What `swiotlb diff` shows. */

#include <stdio.h>

#include "model/changes.h"
#include "views/pane.h"

/**
 * struct diff - two intervals
 * @changes: what differs
 * @path: where each was read from
 * @all: show as well what differs by no more than noise
 */
struct diff {
	const struct changes *changes;
	const char *path[SIDES];
	bool all;
};

/** diff_text() - show it to people */
void diff_text(const struct diff *diff, struct pane *pane);

/**
 * diff_json() - write it as JSON, schema swiotlb-diff/1
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int diff_json(const struct diff *diff, FILE *stream);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TEXT_H
#define VIEWS_TEXT_H

#include "model/interval.h"
#include "views/pane.h"

/**
 * struct text_options - what the report shows
 * @stacks: show where blocks and mappings came from
 */
struct text_options {
	bool stacks;
};

/**
 * text_report() - the report that people read, the verdict first
 * @interval: what it is about
 * @options: what to show
 * @pane: where to
 *
 * Return: 0 or -ENOMEM.
 */
int text_report(const struct interval *interval,
		const struct text_options *options, struct pane *pane);

/** text_hooks() - the table of what is attached, and why what is not */
void text_hooks(const struct snapshot *snap, struct pane *pane);

/**
 * text_bouncing() - which devices can bounce, and why
 * @snap: what is shown
 * @most: devices to show at most
 * @pane: where to
 */
void text_bouncing(const struct snapshot *snap, size_t most, struct pane *pane);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_HTML_H
#define VIEWS_HTML_H

#include <stdio.h>

#include "model/interval.h"
#include "model/timeline.h"

/**
 * html_report() - the report as a self-contained page
 * @interval: what it is about
 * @timeline: the course of its figures; NULL = unknown
 * @stream: where to; errors stay with it
 *
 * Return: 0 or -ENOMEM.
 */
int html_report(const struct interval *interval,
		const struct timeline *timeline, FILE *stream);

#endif

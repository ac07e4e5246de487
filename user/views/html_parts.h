/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_HTML_PARTS_H
#define VIEWS_HTML_PARTS_H

/*
 * The sections of the page: html_CONCERN.c has those of a concern, html.c
 * their order. Each says why it is empty.
 */

#include "views/html_chart.h"

void html_pools(struct html *h);
void html_areas(struct html *h);
void html_waits(struct html *h);
void html_devices(struct html *h);
void html_bouncing(struct html *h);
void html_blocks(struct html *h);
void html_leaks(struct html *h);
void html_audit(struct html *h);
void html_trace(struct html *h);

/* The style sheet, and the script that shows the texts of charts. */
extern const char html_style[];
extern const char html_script[];

/* SHA-256 of the script, in base64: the page allows no other. */
extern const char html_script_hash[];

#endif

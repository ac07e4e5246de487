/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_REFUSAL_TEXT_H
#define VIEWS_REFUSAL_TEXT_H

/* Sentences about mappings that failed. */

#include "model/snapshot.h"

/**
 * failures_text() - such as "3 oversize, 20 exhausted", or "none"
 *
 * Return: @text.
 */
char *failures_text(const struct mapping_totals *totals, char *text,
		    size_t len);

/**
 * refusal_sizes_text() - such as "12 of 512 KiB", "7 of 64 KiB to 128 KiB"
 *
 * Return: @text.
 */
char *refusal_sizes_text(const struct refusal *refusal, char *text, size_t len);

/**
 * refusal_limits_text() - what of the device is in the way: its largest
 *	mapping, its masks, or how far it reaches
 *
 * Return: @text; "" where it is not about the device.
 */
char *refusal_limits_text(const struct refusal *refusal, char *text,
			  size_t len);

/**
 * refusal_text() - all of it in a line
 *
 * Return: @text.
 */
char *refusal_text(const struct refusal *refusal, char *text, size_t len);

#endif

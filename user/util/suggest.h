/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_SUGGEST_H
#define UTIL_SUGGEST_H

#include <stddef.h>

/**
 * struct suggestion - the nearest name so far to what was typed
 * @typed: what was typed
 * @len: how long that is
 * @nearest: the most similar name so far, NULL if none is similar enough
 * @distance: how far it is off
 */
struct suggestion {
	const char *typed;
	size_t len;
	const char *nearest;
	unsigned int distance;
};

/** suggestion_init() - begin a search for names similar to @typed */
void suggestion_init(struct suggestion *suggestion, const char *typed,
		     size_t len);

/** suggestion_offer() - a name that would have been right; it is kept */
void suggestion_offer(struct suggestion *suggestion, const char *name);

/**
 * suggestion_text() - "; did you mean 'report'?", or "" when nothing is near
 *
 * Return: @text.
 */
char *suggestion_text(const struct suggestion *suggestion, char *text,
		      size_t len);

#endif

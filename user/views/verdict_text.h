/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_VERDICT_TEXT_H
#define VIEWS_VERDICT_TEXT_H

/* Why an assertion cannot be judged, or who violates it. */

#include "model/verdict.h"

#define CULPRIT_TEXT_LEN 256
#define DOUBT_TEXT_LEN	 400

/**
 * doubt_text() - why an assertion cannot be judged
 * @verdict: of the assertion
 * @snap: the snapshot that it was judged by
 * @text: DOUBT_TEXT_LEN bytes; set to "" when it can be judged
 *
 * Return: @text.
 */
char *doubt_text(const struct verdict *verdict, const struct snapshot *snap,
		 char *text);

/**
 * culprit_text() - who it is, and how much of the figure it has
 * @culprit: the culprit
 * @snap: the snapshot that it was judged by
 * @text: CULPRIT_TEXT_LEN bytes
 *
 * Return: @text.
 */
char *culprit_text(const struct culprit *culprit, const struct snapshot *snap,
		   char *text);

#endif

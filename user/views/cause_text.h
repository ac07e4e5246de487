/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_CAUSE_TEXT_H
#define VIEWS_CAUSE_TEXT_H

/* Sentences about messages of the kernel. */

#include "model/digest.h"

#define LOG_NOTE_LEN 256

/**
 * struct cause_text - what a cause means
 * @title: a few words
 * @proves: what is certain when the line is there
 * @open: what the line leaves open; "" = nothing
 * @advice: what to do; "" = nothing
 */
struct cause_text {
	const char *title;
	const char *proves;
	const char *open;
	const char *advice;
};

/** cause_text() - what @cause means */
const struct cause_text *cause_text(enum message_cause cause);

/**
 * log_group_note() - what the figures of a group add to its cause
 * @group: the group
 * @text: LOG_NOTE_LEN bytes; set to sentences, or to ""
 *
 * Return: @text.
 */
char *log_group_note(const struct log_group *group, char *text);

#endif

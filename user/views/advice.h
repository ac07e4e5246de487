/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_ADVICE_H
#define VIEWS_ADVICE_H

/* What `swiotlb advise` shows. */

#include <stdio.h>

#include "model/advice.h"
#include "views/pane.h"

#define ADVICE_TEXT_LEN 1280

/** advice_text() - show it to people */
void advice_text(const struct advice *advice, struct pane *pane);

/**
 * advice_json() - write it as JSON, schema swiotlb-advice/1
 *
 * Return: 0 or -EIO.
 */
int advice_json(const struct advice *advice, FILE *stream);

/*
 * Sentences of both. Those with an index return NULL behind the last; @text has
 * ADVICE_TEXT_LEN bytes.
 */

/** advice_verdict() - what to do, or why there is no advice */
char *advice_verdict(const struct advice *advice, char *text);

/** advice_goal() - what the pool has to do */
char *advice_goal(const struct advice *advice, char *text);

/** advice_ground() - what the advice rests on */
char *advice_ground(const struct advice *advice, size_t index, char *text);

/** advice_doubt() - what would prove it wrong */
char *advice_doubt(const struct advice *advice, size_t index, char *text);

/** advice_check() - the command that shows after a boot whether it holds */
char *advice_check(const struct advice *advice, char *text);

/** advice_shows() - the setting is shown; not one that is as it is already */
bool advice_shows(const struct advice *advice, const struct advice_row *row);

#endif

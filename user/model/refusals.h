/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_REFUSALS_H
#define MODEL_REFUSALS_H

/* Requests that were refused: by whom, why, and how large. */

#include "model/snapshot.h"

/** failure_cause_name() - the word that users see, such as "oversize" */
const char *failure_cause_name(enum failure_cause cause);

/** refusal_same() - they are of one device, cause and order of size */
bool refusal_same(const struct refusal *a, const struct refusal *b);

#endif

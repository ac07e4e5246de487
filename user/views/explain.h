/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_EXPLAIN_H
#define VIEWS_EXPLAIN_H

/* What a log says, and what that means. */

#include <stdio.h>

#include "model/digest.h"
#include "views/pane.h"

/* The schema is docs/explain.schema.json. */
#define EXPLAIN_SCHEMA "swiotlb-explain/1"

/** explain_text() - for people */
void explain_text(const struct digest *digest, struct pane *pane);

/** explain_json() - as JSON; 0, -ENOMEM or -EIO */
int explain_json(const struct digest *digest, FILE *stream);

#endif

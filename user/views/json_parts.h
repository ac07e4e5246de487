/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_JSON_PARTS_H
#define VIEWS_JSON_PARTS_H

/*
 * What the JSON views share. Values are new references, NULL when there is no
 * memory; jansson's setters and json_pack() take that as a failure of theirs.
 */

#include <jansson.h>

#include "views/json.h"

/** json_text() - a string, with '?' for bytes that are no UTF-8 */
json_t *json_text(const char *string);

/** json_text_or_null() - the same, null when it is empty */
json_t *json_text_or_null(const char *string);

/** json_time() - ns of CLOCK_REALTIME as RFC 3339 has it, to the microsecond */
json_t *json_time(uint64_t ns);

/** json_seconds() - ns as seconds */
json_t *json_seconds(uint64_t ns);

/** json_stack() - an array of the names of its places */
json_t *json_stack(const struct stack *stack, const struct snapshot *snap);

/** json_tool() - who wrote it */
json_t *json_tool(void);

/** json_report_root() - the report as one object */
json_t *json_report_root(const struct interval *interval);

/** json_write() - write @root and drop it; 0, -ENOMEM when NULL, or -EIO */
int json_write(json_t *root, enum json_style style, FILE *stream);

#endif

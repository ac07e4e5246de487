/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_JSON_READ_H
#define SOURCES_JSON_READ_H

#include <jansson.h>

#include "model/field.h"

/**
 * json_find_report() - the report itself, or the one in a check
 *
 * Return: the report, which belongs to @root, or NULL when it is neither.
 */
const json_t *json_find_report(const json_t *root);

/**
 * json_load() - the report in a file that report or check wrote
 * @path: the file
 * @root: set to what is to be dropped in the end
 *
 * Logs why when it fails.
 *
 * Return: the report, which belongs to @root, or NULL.
 */
const json_t *json_load(const char *path, json_t **root);

/** json_at_path() - the value at a dotted path, NULL when there is none */
const json_t *json_at_path(const json_t *object, const char *path);

/** json_number() - a number as @field writes it; false when it is none */
bool json_number(const struct field *field, const json_t *json, int64_t *value);

/**
 * json_read_report() - the sample that a report was made from
 * @report: the report
 * @snap: zeroed or released; to be released by the caller
 *
 * What a report does not have is as if it had not been seen: addresses of
 * pools, waits of single CPUs by length. What is missing in the report of an
 * earlier version is unknown, or 0 where it cannot be. Logs why when it fails.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int json_read_report(const json_t *report, struct snapshot *snap);

#endif

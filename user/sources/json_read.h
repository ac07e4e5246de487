/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_JSON_READ_H
#define SOURCES_JSON_READ_H

#include <stddef.h>

#include "model/snapshot.h"

/**
 * struct json_reader - reads reports, with what it has learned about their
 *	members
 */
struct json_reader;

/** json_reader_new() - a reader, or NULL without memory */
struct json_reader *json_reader_new(void);

/** json_reader_free() - free it; NULL is fine */
void json_reader_free(struct json_reader *reader);

/**
 * json_read_report() - the sample that a report was made from
 * @reader: the reader
 * @text: a report, or a check, which has one
 * @len: its length
 * @snap: zeroed or released; to be released by the caller
 *
 * What a report does not have is as if it had not been seen: addresses of
 * pools, waits of single CPUs by length. What is missing in the report of an
 * earlier version is unknown, or 0 where it cannot be. Nothing is in memory but
 * the sample.
 *
 * Return: 0, -EBADMSG when the text is no JSON, -ENOMSG when it is neither a
 * report nor a check, -EINVAL when something in it cannot be read, or -ENOMEM;
 * @snap is empty then.
 */
int json_read_report(struct json_reader *reader, const char *text, size_t len,
		     struct snapshot *snap);

/** json_reader_why() - of the last report: why it is no JSON, or what of it
 * cannot be read
 */
const char *json_reader_why(const struct json_reader *reader);

/** json_reader_line() - in which line that is, from 1 */
unsigned int json_reader_line(const struct json_reader *reader);

#endif

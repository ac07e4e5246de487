/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_JSON_OUT_H
#define VIEWS_JSON_OUT_H

/*
 * JSON, written as it is gone through: a sample is written each second, and
 * a tree of it took most of the recorder's time. Each value has a key in an
 * object, and NULL in an array. Errors are those of the stream.
 */

#include <stdbool.h>

#include "views/json.h"

#define JSON_OUT_LEN 4096

/**
 * struct json_out - a document in the making
 * @stream: where to; it has all of it after json_end()
 * @style: how it is laid out
 * @depth: objects and arrays that are open
 * @filled: the innermost one has a member
 * @len: bytes of @text
 * @text: what the stream does not have so far: values are short, and a call of
 *	the stream for each part of them took half of the time
 */
struct json_out {
	FILE *stream;
	enum json_style style;
	unsigned int depth;
	bool filled;
	size_t len;
	char text[JSON_OUT_LEN];
};

/** json_open() - begin an object ('{') or an array ('[') */
void json_open(struct json_out *out, const char *key, char bracket);

/** json_close() - end it, with '}' or ']' */
void json_close(struct json_out *out, char bracket);

/** json_put_null() - null */
void json_put_null(struct json_out *out, const char *key);

/** json_put_bool() - true or false */
void json_put_bool(struct json_out *out, const char *key, bool value);

/** json_put_int() - a whole number */
void json_put_int(struct json_out *out, const char *key, int64_t value);

/** json_put_count() - a counter; INT64_MAX if it is above that */
void json_put_count(struct json_out *out, const char *key, uint64_t value);

/** json_begin_column() - a string of numbers follows */
void json_begin_column(struct json_out *out, const char *key);

/** json_put_step() - a number in it; @first = nothing is before it */
void json_put_step(struct json_out *out, int64_t value, bool first);

/** json_end_column() - the end of the string */
void json_end_column(struct json_out *out);

/** json_put_real() - a number that is finite */
void json_put_real(struct json_out *out, const char *key, double value);

/** json_put_seconds() - ns as seconds */
void json_put_seconds(struct json_out *out, const char *key, uint64_t ns);

/** json_put_time() - ns of CLOCK_REALTIME as RFC 3339 has it, to the
 *	microsecond
 */
void json_put_time(struct json_out *out, const char *key, uint64_t ns);

/** json_put_text() - a string, with '?' for bytes that are no UTF-8 */
void json_put_text(struct json_out *out, const char *key, const char *text);

/** json_put_text_or_null() - the same, null when it is empty or NULL */
void json_put_text_or_null(struct json_out *out, const char *key,
			   const char *text);

/** json_put_stack() - an array of the names of its places */
void json_put_stack(struct json_out *out, const char *key,
		    const struct stack *stack, const struct snapshot *snap);

/** json_put_tool() - who wrote it */
void json_put_tool(struct json_out *out, const char *key);

/** json_put_report() - the report as one object; 0 or -ENOMEM */
int json_put_report(struct json_out *out, const char *key,
		    const struct interval *interval);

/** json_end() - end the document; 0 or -EIO */
int json_end(struct json_out *out);

#endif

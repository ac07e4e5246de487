/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_JSON_IN_H
#define SOURCES_JSON_IN_H

/*
 * Reads JSON as it is gone through, without a tree in memory. A text that is no
 * JSON ends the reading: whatever is asked for afterwards is not there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct json_in - a text, and a place in it
 * @begin: its begin
 * @at: the place
 * @end: its end
 * @fresh: the object or array that was entered has given nothing so far
 * @why: why the text is no JSON; NULL = it is, so far
 * @text: the latest string, ended by '\0'; owned
 * @len: its length
 * @room: size of @text
 *
 * Zeroed, or used before; ended with json_in_release().
 */
struct json_in {
	const char *begin;
	const char *at;
	const char *end;
	bool fresh;
	const char *why;
	char *text;
	size_t len;
	size_t room;
};

/** json_in_start() - go to the begin of a text, which stays the caller's */
void json_in_start(struct json_in *in, const char *text, size_t len);

/** json_in_release() - free what it has */
void json_in_release(struct json_in *in);

/** json_in_fail() - the text is no JSON for that reason; always false */
bool json_in_fail(struct json_in *in, const char *why);

/** json_in_line() - the line of the place, from 1, for messages */
unsigned int json_in_line(const struct json_in *in);

/** json_in_peek() - what the next value begins with; '\0' at the end */
char json_in_peek(struct json_in *in);

/**
 * json_in_enter() - into the object '{' or array '[' that is next
 *
 * Return: false where something else is, which stays; so do all below.
 */
bool json_in_enter(struct json_in *in, char bracket);

/**
 * json_in_more() - there is another member of the object or array
 * @close: '}' or ']'; passed over where there is none
 */
bool json_in_more(struct json_in *in, char close);

/** json_in_key() - the key of the next member, which must be there, as the
 * latest string
 */
bool json_in_key(struct json_in *in);

/** json_in_string() - the string that is next, as the latest one */
bool json_in_string(struct json_in *in);

/** json_in_integer() - the whole number that is next */
bool json_in_integer(struct json_in *in, int64_t *value);

/** json_in_real() - the number that is next, whole or not */
bool json_in_real(struct json_in *in, double *value);

/** json_in_word() - pass over null, true or false, if that is next */
bool json_in_word(struct json_in *in, const char *word);

/** json_in_skip() - pass over a value, whatever it is */
void json_in_skip(struct json_in *in);

/** json_in_ends() - nothing follows, and the text was JSON */
bool json_in_ends(struct json_in *in);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/json_in.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/utf8.h"

/* Of values in values that are passed over; reports have eight. */
#define DEPTH_MAX 200

/* No number that means anything is longer. */
#define NUMBER_LEN 64

void json_in_start(struct json_in *in, const char *text, size_t len)
{
	in->begin = in->at = text;
	in->end = text + len;
	in->fresh = false;
	in->why = NULL;
}

void json_in_release(struct json_in *in)
{
	free(in->text);
	*in = (struct json_in){ 0 };
}

unsigned int json_in_line(const struct json_in *in)
{
	unsigned int line = 1;

	for (const char *at = in->begin; at < in->at; at++)
		line += *at == '\n';
	return line;
}

bool json_in_fail(struct json_in *in, const char *why)
{
	if (!in->why)
		in->why = why;
	return false;
}

/* Of what was expected, something else is there, or nothing. */
static bool fail_here(struct json_in *in, const char *why)
{
	return json_in_fail(in, in->at == in->end ? "it ends too early" : why);
}

char json_in_peek(struct json_in *in)
{
	while (in->at < in->end && (*in->at == ' ' || *in->at == '\n' ||
				    *in->at == '\r' || *in->at == '\t'))
		in->at++;
	return in->why || in->at == in->end ? '\0' : *in->at;
}

static bool pass(struct json_in *in, char c, const char *why)
{
	if (json_in_peek(in) != c)
		return fail_here(in, why);
	in->at++;
	return true;
}

bool json_in_enter(struct json_in *in, char bracket)
{
	if (json_in_peek(in) != bracket)
		return false;
	in->at++;
	in->fresh = true;
	return true;
}

bool json_in_more(struct json_in *in, char close)
{
	bool first = in->fresh;

	in->fresh = false;
	if (json_in_peek(in) == close) {
		in->at++;
		return false;
	}
	return first ? !in->why
		     : pass(in, ',', "neither a comma nor a bracket");
}

/*
 * Strings
 */

static bool reserve(struct json_in *in, size_t len)
{
	char *grown;

	if (len < in->room)
		return true;
	grown = realloc(in->text, len * 2 + 64);
	if (!grown)
		return json_in_fail(in, "there is no memory for it");
	in->text = grown;
	in->room = len * 2 + 64;
	return true;
}

static bool append(struct json_in *in, const char *text, size_t len)
{
	if (!reserve(in, in->len + len))
		return false;
	memcpy(in->text + in->len, text, len);
	in->len += len;
	return true;
}

static bool append_character(struct json_in *in, uint32_t c)
{
	char text[4];
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (len == 1)
		text[0] = (char)c;
	for (size_t i = len; len > 1 && i-- > 0; c >>= 6)
		text[i] = (char)(i ? 0x80 | (c & 0x3f)
				   : ((0xf00 >> len) & 0xff) | c);
	return append(in, text, len);
}

/* Four hexadecimal digits; what is none of these gives UINT32_MAX. */
static uint32_t read_hex(struct json_in *in)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t value = 0;

	if (in->end - in->at < 4)
		return UINT32_MAX;
	for (unsigned int i = 0; i < 4; i++) {
		char c = *in->at++;
		const char *digit = c ? strchr(digits, c | 0x20) : NULL;

		if (!digit)
			return UINT32_MAX;
		value = value << 4 | (uint32_t)(digit - digits);
	}
	return value;
}

/* Behind "\u"; characters beyond 16 bits come as two. */
static bool read_code(struct json_in *in)
{
	uint32_t high = read_hex(in), low;

	if (!high || high == UINT32_MAX || (high >= 0xdc00 && high < 0xe000))
		return json_in_fail(in, "an escape that is no character");
	if (high < 0xd800 || high >= 0xe000)
		return append_character(in, high);
	if (in->end - in->at < 2 || in->at[0] != '\\' || in->at[1] != 'u')
		return json_in_fail(in, "an escape that is half a character");
	in->at += 2;
	low = read_hex(in);
	if (low < 0xdc00 || low >= 0xe000)
		return json_in_fail(in, "an escape that is half a character");
	return append_character(in, 0x10000 + ((high - 0xd800) << 10) +
					    (low - 0xdc00));
}

static bool read_escape(struct json_in *in)
{
	static const char pairs[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

	if (in->at == in->end)
		return fail_here(in, "");
	for (const char *pair = pairs; *pair; pair += 2) {
		if (*in->at != *pair)
			continue;
		in->at++;
		return append(in, pair + 1, 1);
	}
	if (*in->at++ != 'u')
		return json_in_fail(in, "an escape that does not exist");
	return read_code(in);
}

/* A character of several bytes at the place; 0 = these are none. */
static size_t foreign_len(const struct json_in *in)
{
	size_t left = (size_t)(in->end - in->at);
	char copy[5] = { 0 };

	memcpy(copy, in->at, left < 4 ? left : 4);
	return utf8_character(copy, NULL);
}

/* What needs no change, up to a quote or a backslash. */
static bool read_plain(struct json_in *in)
{
	const char *from = in->at;

	while (in->at < in->end && *in->at != '"' && *in->at != '\\') {
		size_t len = 1;

		if ((unsigned char)*in->at < ' ')
			return json_in_fail(in,
					    "a control character in a string");
		if ((unsigned char)*in->at >= 0x80)
			len = foreign_len(in);
		if (!len)
			return json_in_fail(in, "a string that is no UTF-8");
		in->at += len;
	}
	return append(in, from, (size_t)(in->at - from));
}

bool json_in_string(struct json_in *in)
{
	in->len = 0;
	if (json_in_peek(in) != '"')
		return false;
	in->at++;
	if (!read_plain(in))
		return false;
	while (in->at < in->end && *in->at == '\\') {
		in->at++;
		if (!read_escape(in) || !read_plain(in))
			return false;
	}
	if (in->at == in->end)
		return fail_here(in, "");
	in->at++;
	in->text[in->len] = '\0';
	return true;
}

bool json_in_key(struct json_in *in)
{
	if (!json_in_string(in))
		return fail_here(in, "a key is missing");
	return pass(in, ':', "a colon is missing");
}

/*
 * Numbers
 */

static size_t skip_digits(const struct json_in *in, size_t at)
{
	while (in->at + at < in->end && in->at[at] >= '0' && in->at[at] <= '9')
		at++;
	return at;
}

static bool has(const struct json_in *in, size_t at, const char *some)
{
	return in->at + at < in->end && in->at[at] && strchr(some, in->at[at]);
}

/*
 * Length of the number at the place; 0 = there is none.
 * @whole: length of its whole part
 */
static size_t number_len(struct json_in *in, size_t *whole)
{
	size_t sign = json_in_peek(in) == '-', at = skip_digits(in, sign), from;

	*whole = at;
	if (in->why || at == sign || (in->at[sign] == '0' && at > sign + 1))
		return 0;
	if (has(in, at, ".")) {
		from = at + 1;
		at = skip_digits(in, from);
		if (at == from)
			return 0;
	}
	if (has(in, at, "eE")) {
		from = at + 1 + has(in, at + 1, "+-");
		at = skip_digits(in, from);
		if (at == from)
			return 0;
	}
	return at < NUMBER_LEN ? at : 0;
}

static bool parse_whole(const char *text, size_t len, int64_t *value)
{
	bool negative = *text == '-';

	*value = 0;
	for (size_t i = negative; i < len; i++) {
		int digit = text[i] - '0';

		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, negative ? -digit : digit,
					   value))
			return false;
	}
	return true;
}

bool json_in_integer(struct json_in *in, int64_t *value)
{
	size_t whole, len = number_len(in, &whole);

	if (!len || len != whole)
		return false;
	if (!parse_whole(in->at, len, value))
		return json_in_fail(in, "a number that is too large");
	in->at += len;
	return true;
}

bool json_in_real(struct json_in *in, double *value)
{
	char text[NUMBER_LEN];
	size_t whole, len = number_len(in, &whole);

	if (!len)
		return false;
	*(char *)mempcpy(text, in->at, len) = '\0';
	*value = strtod(text, NULL);
	if (!isfinite(*value))
		return json_in_fail(in, "a number that is too large");
	in->at += len;
	return true;
}

/*
 * Anything
 */

bool json_in_word(struct json_in *in, const char *word)
{
	size_t len = strlen(word);

	if (json_in_peek(in) != *word || (size_t)(in->end - in->at) < len ||
	    memcmp(in->at, word, len) != 0)
		return false;
	in->at += len;
	return true;
}

static bool skip_number(struct json_in *in)
{
	size_t whole, len = number_len(in, &whole);
	int64_t integer;
	double real;

	return len && len == whole ? json_in_integer(in, &integer)
				   : json_in_real(in, &real);
}

static void skip(struct json_in *in, unsigned int depth)
{
	char c = json_in_peek(in), close = c == '{' ? '}' : ']';

	if (c == '"') {
		json_in_string(in);
		return;
	}
	if (c != '{' && c != '[') {
		if (!json_in_word(in, "null") && !json_in_word(in, "true") &&
		    !json_in_word(in, "false") && !skip_number(in))
			fail_here(in, "what is there is no value");
		return;
	}
	if (!depth) {
		json_in_fail(in, "it is nested too deeply");
		return;
	}
	json_in_enter(in, c);
	while (json_in_more(in, close))
		if (c == '[' || json_in_key(in))
			skip(in, depth - 1);
}

void json_in_skip(struct json_in *in)
{
	skip(in, DEPTH_MAX);
}

bool json_in_ends(struct json_in *in)
{
	if (json_in_peek(in))
		json_in_fail(in, "something follows it");
	return !in->why;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/json_out.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "model/places.h"
#include "util/units.h"
#include "util/utf8.h"

#define INDENT 2

static void flush(struct json_out *out)
{
	fwrite(out->text, 1, out->len, out->stream);
	out->len = 0;
}

static void put(struct json_out *out, const char *text, size_t len)
{
	if (len > JSON_OUT_LEN - out->len)
		flush(out);
	if (len > JSON_OUT_LEN) {
		fwrite(text, 1, len, out->stream);
		return;
	}
	memcpy(out->text + out->len, text, len);
	out->len += len;
}

static void put_char(struct json_out *out, char c)
{
	if (out->len == JSON_OUT_LEN)
		flush(out);
	out->text[out->len++] = c;
}

static void begin_line(struct json_out *out)
{
	if (out->style == JSON_LINE)
		return;
	put_char(out, '\n');
	for (unsigned int i = 0; i < out->depth * INDENT; i++)
		put_char(out, ' ');
}

/* A character below ' ', a quote or a backslash. */
static void put_escaped(struct json_out *out, char c)
{
	static const char short_ones[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	char code[8];

	for (const char *pair = short_ones; *pair; pair += 2) {
		if (c == *pair) {
			put_char(out, '\\');
			put_char(out, pair[1]);
			return;
		}
	}
	put(out, code,
	    (size_t)snprintf(code, sizeof(code), "\\u%04X", (unsigned char)c));
}

static bool is_utf8(const char *text)
{
	while (*text) {
		size_t len = utf8_character(text, NULL);

		if (!len)
			return false;
		text += len;
	}
	return true;
}

static void put_string(struct json_out *out, const char *text)
{
	bool whole = is_utf8(text);
	const char *from = text;

	put_char(out, '"');
	for (; *text; text++) {
		bool foreign = !whole && (unsigned char)*text >= 0x80;

		if (!foreign && (unsigned char)*text >= ' ' && *text != '"' &&
		    *text != '\\')
			continue;
		put(out, from, (size_t)(text - from));
		from = text + 1;
		if (foreign)
			put_char(out, '?');
		else
			put_escaped(out, *text);
	}
	put(out, from, (size_t)(text - from));
	put_char(out, '"');
}

/* Most values are written so. */
static void begin_member(struct json_out *out, const char *key)
{
	const size_t len = strlen(key);
	char *at;

	if (len + sizeof(",\"\":") > JSON_OUT_LEN - out->len)
		flush(out);
	at = out->text + out->len;
	if (out->filled)
		*at++ = ',';
	*at++ = '"';
	at = mempcpy(at, key, len);
	*at++ = '"';
	*at++ = ':';
	out->len = (size_t)(at - out->text);
	out->filled = true;
}

/*
 * Whatever comes before a value. Keys are ours: they need no escape, and are
 * short.
 */
static void begin(struct json_out *out, const char *key)
{
	if (key && out->style == JSON_LINE) {
		begin_member(out, key);
		return;
	}
	if (out->filled)
		put_char(out, ',');
	if (out->depth)
		begin_line(out);
	out->filled = true;
	if (!key)
		return;
	put_char(out, '"');
	put(out, key, strlen(key));
	put(out, "\": ", 3);
}

void json_open(struct json_out *out, const char *key, char bracket)
{
	begin(out, key);
	put_char(out, bracket);
	out->depth++;
	out->filled = false;
}

void json_close(struct json_out *out, char bracket)
{
	out->depth--;
	if (out->filled)
		begin_line(out);
	put_char(out, bracket);
	out->filled = true;
}

void json_put_null(struct json_out *out, const char *key)
{
	begin(out, key);
	put(out, "null", 4);
}

void json_put_bool(struct json_out *out, const char *key, bool value)
{
	begin(out, key);
	put(out, value ? "true" : "false", value ? 4 : 5);
}

static void put_digits(struct json_out *out, int64_t value)
{
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char digits[24], *at = digits + sizeof(digits);

	/* Most are 0. */
	if (left < 10 && value >= 0) {
		put_char(out, (char)('0' + left));
		return;
	}
	do {
		*--at = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (value < 0)
		*--at = '-';
	put(out, at, (size_t)(digits + sizeof(digits) - at));
}

void json_put_int(struct json_out *out, const char *key, int64_t value)
{
	begin(out, key);
	put_digits(out, value);
}

void json_begin_column(struct json_out *out, const char *key)
{
	begin(out, key);
	put_char(out, '"');
}

void json_put_step(struct json_out *out, int64_t value, bool first)
{
	if (!first)
		put_char(out, ' ');
	put_digits(out, value);
}

void json_end_column(struct json_out *out)
{
	put_char(out, '"');
}

void json_put_count(struct json_out *out, const char *key, uint64_t value)
{
	json_put_int(out, key, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

/* "1e-05" is 1e-5, and 3 is 3.0: a reader must take it for no whole number. */
void json_put_real(struct json_out *out, const char *key, double value)
{
	char text[40], *exponent;

	snprintf(text, sizeof(text), "%.17g", value);
	begin(out, key);
	exponent = strchr(text, 'e');
	if (!exponent) {
		put(out, text, strlen(text));
		if (!strchr(text, '.'))
			put(out, ".0", 2);
		return;
	}
	put(out, text, (size_t)(exponent - text) + 1);
	exponent++;
	if (*exponent == '-')
		put_char(out, '-');
	exponent += strspn(exponent, "+-0");
	put(out, exponent, strlen(exponent));
}

void json_put_seconds(struct json_out *out, const char *key, uint64_t ns)
{
	json_put_real(out, key, (double)ns / (double)NS_PER_SEC);
}

void json_put_time(struct json_out *out, const char *key, uint64_t ns)
{
	time_t whole = (time_t)(ns / NS_PER_SEC);
	char date[32], full[64];
	struct tm tm;

	gmtime_r(&whole, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(full, sizeof(full), "%s.%06uZ", date,
		 (unsigned int)(ns % NS_PER_SEC / NS_PER_US));
	json_put_text(out, key, full);
}

void json_put_text(struct json_out *out, const char *key, const char *text)
{
	begin(out, key);
	put_string(out, text);
}

void json_put_text_or_null(struct json_out *out, const char *key,
			   const char *text)
{
	if (text && *text)
		json_put_text(out, key, text);
	else
		json_put_null(out, key);
}

void json_put_stack(struct json_out *out, const char *key,
		    const struct stack *stack, const struct snapshot *snap)
{
	json_open(out, key, '[');
	for (unsigned int i = 0; i < stack->depth && i < STACK_DEPTH; i++)
		json_put_text(out, NULL, place_name(snap, stack->addr[i]));
	json_close(out, ']');
}

void json_put_tool(struct json_out *out, const char *key)
{
	json_open(out, key, '{');
	json_put_text(out, "name", "swiotlb");
	json_put_text(out, "version", SWIOTLB_VERSION);
	json_close(out, '}');
}

int json_end(struct json_out *out)
{
	put_char(out, '\n');
	flush(out);
	return ferror(out->stream) ? -EIO : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/log_line.h"
#include "util/units.h"

/* ---- cleaning -------------------------------------------------------------
 */

/* The bytes of an escape sequence, ECMA-48, at @raw; 0 if it is none. */
static size_t escape_len(const char *raw, size_t len)
{
	size_t i = 2;

	if (len < 2 || raw[0] != '\033')
		return 0;
	if (raw[1] != '[')
		return 2;
	while (i < len && (unsigned char)raw[i] >= 0x20 &&
	       (unsigned char)raw[i] < 0x40)
		i++;
	return i < len ? i + 1 : i;
}

static size_t blank_len(const char *raw, size_t len)
{
	const unsigned char c = raw[0];

	if (len >= 2 && !memcmp(raw, "\xc2\xa0", 2))
		return 2;
	return c <= ' ' || c == 0x7f;
}

void log_line_clean(const char *raw, size_t len, char *line)
{
	size_t out = 0;

	for (size_t i = 0; i < len;) {
		const size_t escape = escape_len(raw + i, len - i);
		const size_t blank = blank_len(raw + i, len - i);

		if (!escape && !blank)
			line[out++] = raw[i];
		else if (!escape && out && line[out - 1] != ' ')
			line[out++] = ' ';
		i += escape ? escape : blank ? blank : 1;
	}
	while (out && line[out - 1] == ' ')
		out--;
	line[out] = '\0';
}

const char *log_line_unquoted(const char *line)
{
	return line + strspn(line, "> |");
}

/* ---- numbers and times ----------------------------------------------------
 */

/* "12.345678" of a text that ends at @end: nanoseconds, and what follows. */
static const char *read_seconds(const char *text, const char *end, uint64_t *ns)
{
	uint64_t unit = NS_PER_SEC;
	const char *at = text;

	*ns = 0;
	for (; at < end && isdigit((unsigned char)*at); at++)
		if (__builtin_mul_overflow(*ns, 10, ns) ||
		    __builtin_add_overflow(*ns, *at - '0', ns))
			return NULL;
	if (at == text || at == end || *at != '.' ||
	    __builtin_mul_overflow(*ns, NS_PER_SEC, ns))
		return NULL;
	for (at++; at < end && isdigit((unsigned char)*at); at++) {
		unit /= 10;
		if (__builtin_add_overflow(*ns, unit * (*at - '0'), ns))
			return NULL;
	}
	return at;
}

static void set_text(struct stamp *stamp, const char *text, size_t len)
{
	snprintf(stamp->text, sizeof(stamp->text), "%.*s", (int)len, text);
}

static void set_boot(struct stamp *stamp, uint64_t ns)
{
	stamp->boot_known = true;
	stamp->boot_ns = ns;
}

/* Microseconds since the epoch, as the journal has them. */
static void set_epoch(struct stamp *stamp, uint64_t us)
{
	const time_t seconds = us / 1000000;
	char text[STAMP_LEN];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		set_text(stamp, text, strlen(text));
}

/* ---- times beside a message -----------------------------------------------
 */

/* "[   12.345678]", "[   12.345678 <    0.000012>]", "[    5.123456@0]" */
static bool read_boot(const char *open, const char *end, struct stamp *stamp)
{
	const char *after;
	uint64_t ns;

	open++;
	while (open < end && *open == ' ')
		open++;
	after = read_seconds(open, end, &ns);
	if (!after || after == end || !strchr("] @", *after))
		return false;
	set_boot(stamp, ns);
	return true;
}

/* "[Thu Nov 26 08:48:44 2026]" of -T, "[Nov26 08:48]" of -H */
static bool read_day(const char *open, const char *end, struct stamp *stamp)
{
	const size_t room = end - open;
	const char *close = memchr(open, ']', room < 40 ? room : 40);

	if (!close || !isalpha((unsigned char)open[1]) ||
	    !memchr(open, ':', close - open))
		return false;
	set_text(stamp, open + 1, close - open - 1);
	return true;
}

static bool read_bracket(const char *open, const char *end,
			 const struct log_stamps *stamps, struct stamp *stamp)
{
	if (end - open > 2 && (open[1] == '+' || open[2] == '+')) {
		*stamp = stamps->day;
		return *stamp->text;
	}
	return read_boot(open, end, stamp) || read_day(open, end, stamp);
}

static bool shaped(const char *text, const char *end, const char *shape)
{
	for (; *shape; shape++, text++) {
		if (text == end)
			return false;
		if (*shape == '0'   ? !isdigit((unsigned char)*text)
		    : *shape == 'a' ? !isalpha((unsigned char)*text)
				    : *text != *shape)
			return false;
	}
	return true;
}

/* Where the date before the time at @clock begins: "Nov 26 ", "2026-11-26T" */
static const char *date_start(const char *text, const char *clock,
			      const char *end)
{
	static const char *const shapes[] = { "0000-00-00T", "0000-00-00 ",
					      "aaa 00 ", "aaa 0 " };

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const size_t len = strlen(shapes[i]);

		if ((size_t)(clock - text) >= len &&
		    shaped(clock - len, end, shapes[i]))
			return clock - len;
	}
	return clock;
}

/* "Nov 26 08:48:44", "2026-11-26T08:48:44.123456+00:00", "08:48:44" */
static bool read_clock(const char *text, const char *end, struct stamp *stamp)
{
	const char *start;

	for (const char *at = text; at < end; at++) {
		if (!shaped(at, end, "00:00:00") ||
		    (at > text && isdigit((unsigned char)at[-1])))
			continue;
		start = date_start(text, at, end);
		at += strlen("00:00:00");
		while (at < end && *at && strchr("0123456789.,+-:Z", *at))
			at++;
		while (at > start && strchr(".,:-+", at[-1]))
			at--;
		set_text(stamp, start, at - start);
		return true;
	}
	return false;
}

/* "4,1234,12345678,-;" of /dev/kmsg: Documentation/ABI/testing/dev-kmsg */
static bool read_kmsg(const char *text, const char *end, struct stamp *stamp)
{
	uint64_t us;
	int used = 0;

	if (!memchr(text, ';', end - text) ||
	    sscanf(text, "%*[0-9],%*[0-9],%19" SCNu64 ",%n", &us, &used) != 1 ||
	    !used || us > UINT64_MAX / NS_PER_US)
		return false;
	set_boot(stamp, us * NS_PER_US);
	return true;
}

/* "1700000000.123456 " of journalctl --output=short-unix */
static bool read_unix(const char *text, const char *end, struct stamp *stamp)
{
	uint64_t ns;
	const char *after = read_seconds(text, end, &ns);

	if (!after || after == end || *after != ' ' || after - text < 16)
		return false;
	set_text(stamp, text, after - text);
	return true;
}

void log_line_stamp(const char *text, size_t len,
		    const struct log_stamps *stamps, struct stamp *stamp)
{
	const char *end = text + len;
	const char *open;

	*stamp = (struct stamp){ 0 };
	if (memmem(text, len, "MESSAGE", 7) ||
	    memmem(text, len, "\"msg\"", 5)) {
		*stamp = stamps->record;
		return;
	}
	if (read_kmsg(text, end, stamp) || read_unix(text, end, stamp))
		return;
	for (open = text; (open = memchr(open, '[', end - open)); open++)
		if (read_bracket(open, end, stamps, stamp))
			break;
	if (!*stamp->text)
		read_clock(text, end, stamp);
}

/* ---- times in lines of their own ------------------------------------------
 */

/* The number behind a key: "KEY=1", "KEY":"1", "KEY" : "1" */
static bool read_key(const char *line, const char *key, const char **number)
{
	const char *found = strstr(line, key);

	if (!found)
		return false;
	found += strlen(key);
	*number = found + strspn(found, "\"=: ");
	return *number > found && isdigit((unsigned char)**number);
}

/* A record's fields have no order in JSON, so none passes to the next one. */
static void notice_record(const char *line, struct stamp *record)
{
	const char *number;
	uint64_t ns;

	if (!*line || *line == '{' || !strncmp(line, "},", 2))
		*record = (struct stamp){ 0 };
	if (read_key(line, "__REALTIME_TIMESTAMP", &number))
		set_epoch(record, strtoull(number, NULL, 10));
	if (read_key(line, "__MONOTONIC_TIMESTAMP", &number))
		set_boot(record, strtoull(number, NULL, 10) * NS_PER_US);
	if (read_key(line, "_SOURCE_MONOTONIC_TIMESTAMP", &number))
		set_boot(record, strtoull(number, NULL, 10) * NS_PER_US);
	if (read_key(line, "\"time\"", &number) &&
	    read_seconds(number, number + strlen(number), &ns))
		set_boot(record, ns);
	if (strstr(line, " [s=")) {
		*record = (struct stamp){ 0 };
		read_clock(line, line + strlen(line), record);
	}
}

void log_line_notice(const char *line, struct log_stamps *stamps)
{
	const char *open = log_line_unquoted(line);

	notice_record(line, &stamps->record);
	if (*open == '[')
		read_day(open, open + strlen(open), &stamps->day);
}

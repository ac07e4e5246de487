/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/times.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/units.h"

#define DAY_NS	 (24 * 3600 * NS_PER_SEC)
#define TEXT_LEN 64

/* Fewer digits are no seconds since 1970 that anybody means. */
#define EPOCH_DIGITS 9

/* What strptime() left, when it is a fraction of a second. */
static int read_fraction(const char **text, uint64_t *ns)
{
	uint64_t unit = NS_PER_SEC / 10;

	*ns = 0;
	if (**text != '.')
		return 0;
	if (!isdigit((unsigned char)*++*text))
		return -EINVAL;
	for (; isdigit((unsigned char)**text); ++*text, unit /= 10)
		*ns += unit * (uint64_t)(**text - '0');
	return 0;
}

static const char *read_clock(const char *text, struct tm *tm)
{
	const char *rest = strptime(text, "%H:%M:%S", tm);

	if (rest)
		return rest;
	tm->tm_sec = 0;
	return strptime(text, "%H:%M", tm);
}

static int to_ns(time_t seconds, uint64_t fraction, uint64_t *ns)
{
	if (seconds < 0 ||
	    (uint64_t)seconds >= (uint64_t)INT64_MAX / NS_PER_SEC)
		return -EINVAL;
	*ns = (uint64_t)seconds * NS_PER_SEC + fraction;
	return 0;
}

/* The zone behind a date: none is the local one. */
static int with_zone(const char *zone, struct tm *tm, uint64_t fraction,
		     uint64_t *ns)
{
	unsigned int hours, minutes;
	int offset, end = 0;

	tm->tm_isdst = -1;
	if (!*zone)
		return to_ns(mktime(tm), fraction, ns);
	if (!strcmp(zone, "Z"))
		return to_ns(timegm(tm), fraction, ns);
	if (sscanf(zone + 1, "%2u:%2u%n", &hours, &minutes, &end) != 2 ||
	    zone[1 + end] || (*zone != '+' && *zone != '-'))
		return -EINVAL;
	offset = (int)(hours * 3600 + minutes * 60);
	return to_ns(timegm(tm) - (*zone == '+' ? offset : -offset), fraction,
		     ns);
}

static int read_date(const char *text, uint64_t *ns)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%d", &tm);
	uint64_t fraction = 0;

	if (!rest || (*rest && *rest != 'T' && *rest != ' '))
		return -EINVAL;
	if (*rest)
		rest = read_clock(rest + 1, &tm);
	if (!rest || read_fraction(&rest, &fraction))
		return -EINVAL;
	return with_zone(rest, &tm, fraction, ns);
}

/* @day days behind that of @at_ns. */
static int on_day(uint64_t at_ns, int day, const struct tm *clock,
		  uint64_t fraction, uint64_t *ns)
{
	time_t seconds = (time_t)(at_ns / NS_PER_SEC);
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		return -EINVAL;
	tm.tm_hour = clock->tm_hour;
	tm.tm_min = clock->tm_min;
	tm.tm_sec = clock->tm_sec;
	tm.tm_mday += day;
	tm.tm_isdst = -1;
	return to_ns(mktime(&tm), fraction, ns);
}

static int read_time_of_day(const char *text, const struct time_span *within,
			    uint64_t *ns)
{
	struct tm tm = { 0 };
	const char *rest = read_clock(text, &tm);
	uint64_t fraction;

	if (!rest || read_fraction(&rest, &fraction) || *rest)
		return -EINVAL;
	if (on_day(within->end_ns, 0, &tm, fraction, ns))
		return -EINVAL;
	/* Behind the end it is yesterday's, if that is there. */
	if (*ns > within->end_ns && *ns >= within->begin_ns + DAY_NS)
		return on_day(within->end_ns, -1, &tm, fraction, ns);
	return 0;
}

static int read_epoch(const char *text, uint64_t *ns)
{
	size_t digits = strspn(text, "0123456789");
	const char *rest = text + digits;
	uint64_t fraction;

	if (digits < EPOCH_DIGITS || digits > EPOCH_DIGITS + 2 ||
	    read_fraction(&rest, &fraction) || *rest)
		return -EINVAL;
	return to_ns((time_t)strtoll(text, NULL, 10), fraction, ns);
}

/* "10m" as well, and days. */
static int read_ago(const char *text, const struct time_span *within,
		    uint64_t *ns)
{
	size_t len = strlen(text);
	char number[TEXT_LEN];
	uint64_t ago, factor = 1;

	if (len < 2 || len + 2 >= sizeof(number))
		return -EINVAL;
	snprintf(number, sizeof(number), "%s", text);
	if (isdigit((unsigned char)text[len - 2]) && text[len - 1] == 'm')
		strcat(number, "in");
	if (text[len - 1] == 'd') {
		number[len - 1] = 'h';
		factor = 24;
	}
	if (parse_duration(number, 0, &ago) || ago > within->end_ns / factor)
		return -EINVAL;
	*ns = within->end_ns - ago * factor;
	return 0;
}

int parse_time(const char *text, const struct time_span *within, uint64_t *ns)
{
	if (!read_date(text, ns) || !read_time_of_day(text, within, ns) ||
	    !read_epoch(text, ns))
		return 0;
	return read_ago(text, within, ns);
}

static int parse_end(const char *text, const struct time_span *within,
		     struct time_span *span)
{
	struct time_span after = { span->begin_ns, within->end_ns };
	int err = parse_time(text, &after, &span->end_ns);

	/* The days are whole, but where clocks are put forward or back. */
	while (!err && span->end_ns < span->begin_ns && strchr(text, ':') &&
	       !strchr(text, '-'))
		span->end_ns += DAY_NS;
	return err;
}

int parse_span(const char *text, const struct time_span *within,
	       struct time_span *span)
{
	const char *dots = strstr(text, "..");
	char begin[TEXT_LEN];
	int err = 0;

	*span = *within;
	if (!dots || dots - text >= (long)sizeof(begin))
		return -EINVAL;
	snprintf(begin, sizeof(begin), "%.*s", (int)(dots - text), text);
	if (*begin)
		err = parse_time(begin, within, &span->begin_ns);
	if (!err && dots[2])
		err = parse_end(dots + 2, within, span);
	if (!err && span->end_ns <= span->begin_ns)
		err = -EINVAL;
	return err;
}

char *format_time(char *text, size_t len, uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_SEC);
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || !strftime(text, len, "%F %T", &tm))
		snprintf(text, len, "%s", UNKNOWN_TEXT);
	return text;
}

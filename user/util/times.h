/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_TIMES_H
#define UTIL_TIMES_H

/* Points in time as people write them, in the local time zone. */

#include <stddef.h>
#include <stdint.h>

/**
 * struct time_span - a part of time, in ns of CLOCK_REALTIME
 * @begin_ns: its begin
 * @end_ns: its end
 */
struct time_span {
	uint64_t begin_ns;
	uint64_t end_ns;
};

/**
 * parse_time() - read a point in time
 * @text: "14:05" or "14:05:30" (the last one before the end of @within, or the
 *	only one in it), "2026-11-26 14:05", "2026-11-26T14:05:30Z" or with
 *	"+01:00", seconds since 1970, or "10m" before the end of @within
 * @within: what is there
 * @ns: set to the time
 *
 * Return: 0 or -EINVAL.
 */
int parse_time(const char *text, const struct time_span *within, uint64_t *ns);

/** format_time() - local time, as parse_time() reads it; returns @text */
char *format_time(char *text, size_t len, uint64_t ns);

/* The same in a buffer of its own, for an argument list. */
#define TIME_TEXT_LEN 32
#define FORMAT_TIME(ns)                                                        \
	format_time((char[TIME_TEXT_LEN]){ 0 }, TIME_TEXT_LEN, ns)

/**
 * parse_span() - read "A..B"
 * @text: two points in time; A or B may be left out. Of times of day B is the
 *	first one behind A.
 * @within: what is there, in which they lie
 * @span: set to the part
 *
 * Return: 0, or -EINVAL: it is none, or B is not behind A.
 */
int parse_span(const char *text, const struct time_span *within,
	       struct time_span *span);

#endif

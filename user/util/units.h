/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_UNITS_H
#define UTIL_UNITS_H

/*
 * Numbers with units, in and out. Parsing is strict: anything that is not
 * wholly a number of that kind, is negative, or does not fit is refused.
 */

#include <stddef.h>
#include <stdint.h>

#define NS_PER_US  1000ull
#define NS_PER_MS  1000000ull
#define NS_PER_SEC 1000000000ull

/* What people see where a figure is unknown. */
#define UNKNOWN_TEXT "-"

/* Enough for every format_ function. */
#define UNIT_TEXT_LEN 32

/**
 * parse_duration() - read "50us", "1.5 ms" or "2"
 * @text: a number, a fraction if wanted, and ns, us, ms, s, min or h
 * @bare_ns: what a number without unit is counted in; 0 = a unit is required
 * @ns: set to nanoseconds, rounded down
 *
 * Return: 0 or -EINVAL.
 */
int parse_duration(const char *text, uint64_t bare_ns, uint64_t *ns);

/** parse_bytes() - read "4096", "64KiB", "1.5 GiB"; 0 or -EINVAL */
int parse_bytes(const char *text, uint64_t *bytes);

/** parse_count() - read a whole number; 0 or -EINVAL */
int parse_count(const char *text, uint64_t *count);

/**
 * parse_percent() - read "80%" or "12.5 %"
 * @text: a number and a per cent sign
 * @basis_points: set to hundredths of a per cent, rounded down
 *
 * Return: 0 or -EINVAL.
 */
int parse_percent(const char *text, uint64_t *basis_points);

/** parse_factor() - read "1.10" as billionths; 0 or -EINVAL */
int parse_factor(const char *text, uint64_t *billionths);

/*
 * Each writes three significant digits and a unit to @text and returns it, so
 * that it can be used in an argument list.
 */

/** format_duration() - "812 ns", "1.23 ms", "16.7 min"; 8 columns at most */
char *format_duration(char *text, size_t len, uint64_t ns);

/** format_bytes() - "512 B", "64 MiB", "1.50 GiB" */
char *format_bytes(char *text, size_t len, uint64_t bytes);

/** format_count() - all digits, as figures are compared to the last one */
char *format_count(char *text, size_t len, uint64_t count);

/**
 * format_percent() - "12%"
 *
 * Never "0%" for a part that is there, never "100%" while one is missing, and
 * "-" of nothing.
 */
char *format_percent(char *text, size_t len, uint64_t part, uint64_t whole);

/* The same, each in a buffer of its own, for an argument list. */
#define DURATION(ns)                                                           \
	format_duration((char[UNIT_TEXT_LEN]){ 0 }, UNIT_TEXT_LEN, ns)
#define BYTES(bytes)                                                           \
	format_bytes((char[UNIT_TEXT_LEN]){ 0 }, UNIT_TEXT_LEN, bytes)
#define COUNT(count)                                                           \
	format_count((char[UNIT_TEXT_LEN]){ 0 }, UNIT_TEXT_LEN, count)
#define PERCENT(part, whole)                                                   \
	format_percent((char[UNIT_TEXT_LEN]){ 0 }, UNIT_TEXT_LEN, part, whole)

/** plural() - what a word gets behind so many */
static inline const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

#endif

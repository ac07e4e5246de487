/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Wide enough for every 64-bit number times a unit. */
__extension__ typedef unsigned __int128 wide;

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit duration_units[] = {
	{ "ns", 1 },
	{ "us", NS_PER_US },
	{ "\xc2\xb5s", NS_PER_US },
	{ "ms", NS_PER_MS },
	{ "s", NS_PER_SEC },
	{ "min", 60 * NS_PER_SEC },
	{ "h", 3600 * NS_PER_SEC },
	{ NULL, 0 },
};

static const struct unit byte_units[] = {
	{ "", 1 },
	{ "B", 1 },
	{ "KiB", 1ull << 10 },
	{ "MiB", 1ull << 20 },
	{ "GiB", 1ull << 30 },
	{ "TiB", 1ull << 40 },
	{ NULL, 0 },
};

static const struct unit percent_units[] = { { "%", 100 }, { NULL, 0 } };

static const struct unit count_units[] = { { "", 1 }, { NULL, 0 } };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Reads digits, and after a point up to nine more, as @whole plus @part
 * billionths. No sign, no space in front, no exponent, unlike strtod().
 */
static int parse_decimal(const char **text, uint64_t *whole, uint64_t *part)
{
	const char *c = *text;
	uint64_t place = NS_PER_SEC;

	*whole = 0;
	*part = 0;
	if (!is_digit(*c))
		return -EINVAL;
	for (; is_digit(*c); c++)
		if (__builtin_mul_overflow(*whole, 10, whole) ||
		    __builtin_add_overflow(*whole, *c - '0', whole))
			return -EINVAL;
	if (*c == '.') {
		if (!is_digit(*++c))
			return -EINVAL;
		for (; is_digit(*c); c++) {
			place /= 10;
			if (!place)
				return -EINVAL;
			*part += (*c - '0') * place;
		}
	}
	*text = c;
	return 0;
}

static int parse_with_unit(const char *text, const struct unit *units,
			   uint64_t bare, uint64_t *value)
{
	uint64_t whole, part, factor = bare;
	wide result;

	if (parse_decimal(&text, &whole, &part))
		return -EINVAL;
	if (*text == ' ' && text[1])
		text++;
	if (*text || !bare) {
		while (units->name && strcmp(units->name, text))
			units++;
		if (!units->name)
			return -EINVAL;
		factor = units->factor;
	}
	result = (wide)whole * factor + (wide)part * factor / NS_PER_SEC;
	if (result > UINT64_MAX)
		return -EINVAL;
	*value = (uint64_t)result;
	return 0;
}

int parse_duration(const char *text, uint64_t bare_ns, uint64_t *ns)
{
	return parse_with_unit(text, duration_units, bare_ns, ns);
}

int parse_bytes(const char *text, uint64_t *bytes)
{
	return parse_with_unit(text, byte_units, 1, bytes);
}

int parse_count(const char *text, uint64_t *count)
{
	if (strchr(text, '.'))
		return -EINVAL;
	return parse_with_unit(text, count_units, 1, count);
}

int parse_percent(const char *text, uint64_t *basis_points)
{
	return parse_with_unit(text, percent_units, 0, basis_points);
}

int parse_factor(const char *text, uint64_t *billionths)
{
	static const struct unit units[] = { { NULL, 0 } };

	return parse_with_unit(text, units, NS_PER_SEC, billionths);
}

/* The largest unit of which there is at least one after rounding. */
static const struct unit *choose_unit(const struct unit *units, uint64_t value)
{
	while (units[1].name &&
	       (wide)value * 2000 >= (wide)units[1].factor * 1999)
		units++;
	return units;
}

static char *format_scaled(char *text, size_t len, uint64_t value,
			   const struct unit *unit)
{
	double scaled = (double)value / (double)unit->factor;
	int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;

	if (unit->factor == 1)
		decimals = 0;
	snprintf(text, len, "%.*f %s", decimals, scaled, unit->name);
	return text;
}

char *format_duration(char *text, size_t len, uint64_t ns)
{
	static const struct unit units[] = {
		{ "ns", 1 },
		{ "us", NS_PER_US },
		{ "ms", NS_PER_MS },
		{ "s", NS_PER_SEC },
		{ "min", 100 * NS_PER_SEC }, /* from 100 s on */
		{ "h", 7200 * NS_PER_SEC },
		{ "d", 172800 * NS_PER_SEC },
		{ NULL, 0 },
	};
	static const uint64_t per_second[] = { 60, 3600, 86400 };
	const struct unit *unit = choose_unit(units, ns);
	size_t index = (size_t)(unit - units);
	struct unit shown = *unit;

	/* These start later than at one, as "90 s" reads better than 1.5 min */
	if (index >= 4)
		shown.factor = per_second[index - 4] * NS_PER_SEC;
	return format_scaled(text, len, ns, &shown);
}

char *format_bytes(char *text, size_t len, uint64_t bytes)
{
	const struct unit *unit = choose_unit(byte_units + 1, bytes);

	if (bytes % unit->factor)
		return format_scaled(text, len, bytes, unit);
	snprintf(text, len, "%" PRIu64 " %s", bytes / unit->factor, unit->name);
	return text;
}

char *format_count(char *text, size_t len, uint64_t count)
{
	snprintf(text, len, "%" PRIu64, count);
	return text;
}

char *format_percent(char *text, size_t len, uint64_t part, uint64_t whole)
{
	uint64_t percent;

	if (!whole) {
		snprintf(text, len, UNKNOWN_TEXT);
		return text;
	}
	percent = (uint64_t)((wide)part * 100 / whole);
	if (part && !percent)
		snprintf(text, len, "<1%%");
	else
		snprintf(text, len, "%" PRIu64 "%%", percent);
	return text;
}

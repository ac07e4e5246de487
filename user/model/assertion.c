/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/assertion.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/suggest.h"
#include "util/units.h"

#define SPACES " \t\r\n"
#define DIGITS "0123456789"

/* Beyond it the arithmetic on bounds would have to be wider. */
#define FACTOR_MAX 1000000

/**
 * struct parser - where reading has come to
 * @text: the whole
 * @at: what is next
 * @assertion: what has been read
 * @error: where to say what is wrong
 */
struct parser {
	const char *text;
	const char *at;
	struct assertion *assertion;
	struct assertion_error *error;
};

static const char *const filter_names[FILTERS] = { "pool", "area", "device" };

static const char *const comparisons[] = {
	[COMPARE_LESS] = "<",	 [COMPARE_AT_MOST] = "<=",
	[COMPARE_GREATER] = ">", [COMPARE_AT_LEAST] = ">=",
	[COMPARE_EQUAL] = "==",	 [COMPARE_UNEQUAL] = "!=",
};

#define NR_COMPARISONS (sizeof(comparisons) / sizeof(comparisons[0]))

/* What each unit of a metric may be written in; the list is for messages. */
static const char *const unit_lists[] = {
	[UNIT_COUNT] = "a whole number",
	[UNIT_SLOTS] = "slots, B, KiB, MiB, GiB, TiB",
	[UNIT_BYTES] = "B, KiB, MiB, GiB, TiB",
	[UNIT_NS] = "ns, us, ms, s, min, h",
};

static const char *const unit_names[][8] = {
	[UNIT_COUNT] = { NULL },
	[UNIT_SLOTS] = { "slots", "B", "KiB", "MiB", "GiB", "TiB", NULL },
	[UNIT_BYTES] = { "B", "KiB", "MiB", "GiB", "TiB", NULL },
	[UNIT_NS] = { "ns", "us", "ms", "s", "min", "h", NULL },
};

const char *comparison_text(enum comparison comparison)
{
	return comparisons[comparison];
}

__attribute__((format(printf, 3, 4))) static int
refuse(struct parser *p, const char *where, const char *format, ...)
{
	va_list args;

	p->error->column = 1;
	for (const char *c = p->text; c < where; c++)
		p->error->column += ((unsigned char)*c & 0xc0) != 0x80;
	va_start(args, format);
	vsnprintf(p->error->text, sizeof(p->error->text), format, args);
	va_end(args);
	return -EINVAL;
}

static void skip_spaces(struct parser *p)
{
	p->at += strspn(p->at, SPACES);
}

/* No more of a long word than a message has room for. */
static int shown(size_t len)
{
	return len > 64 ? 64 : (int)len;
}

/*
 * The metric
 */

static int parse_metric(struct parser *p)
{
	const char *word = p->at;
	size_t len = strcspn(word, SPACES "{}<>=!");
	struct suggestion suggestion;
	char name[64], hint[128];

	if (!len)
		return refuse(p, word,
			      "a metric is missing; see 'swiotlb "
			      "check --list-metrics'");
	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	p->assertion->metric = len < sizeof(name) ? metric_find(name) : NULL;
	p->at += len;
	if (p->assertion->metric)
		return 0;
	suggestion_init(&suggestion, word, len);
	for_each_metric (metric)
		suggestion_offer(&suggestion, metric->metric);
	suggestion_text(&suggestion, hint, sizeof(hint));
	return refuse(p, word, "unknown metric '%.*s'%s", shown(len), word,
		      *hint ? hint : "; see 'swiotlb check --list-metrics'");
}

/*
 * Filters
 */

static bool filter_applies(const struct field *metric, enum filter filter)
{
	switch (metric->scope) {
	case SCOPE_POOL:
	case SCOPE_DEVICE:
		return filter != FILTER_AREA;
	case SCOPE_AREA:
		return true;
	default:
		return false;
	}
}

static int parse_filter_name(struct parser *p, enum filter *filter)
{
	const struct field *metric = p->assertion->metric, *part;
	const char *word = p->at;
	size_t len = strcspn(word, SPACES "{}<>=!,");
	struct suggestion suggestion;
	char hint[128];

	suggestion_init(&suggestion, word, len);
	for (*filter = 0; *filter < FILTERS; (*filter)++) {
		suggestion_offer(&suggestion, filter_names[*filter]);
		if (strlen(filter_names[*filter]) == len &&
		    !strncmp(filter_names[*filter], word, len))
			break;
	}
	suggestion_text(&suggestion, hint, sizeof(hint));
	if (!len)
		return refuse(p, word,
			      "a filter is missing: pool=, area= or "
			      "device=");
	if (*filter == FILTERS)
		return refuse(p, word,
			      "unknown filter '%.*s'%s; filters are pool, "
			      "area, device",
			      shown(len), word, hint);
	if (p->assertion->patterns[*filter])
		return refuse(p, word, "a second filter '%.*s'", (int)len,
			      word);
	part = metric_part(metric);
	if (!filter_applies(metric, *filter))
		return refuse(p, word,
			      "'%.*s' cannot narrow %s, a figure of the %s%s%s",
			      (int)len, word, metric->metric,
			      entity_table[metric->scope].name,
			      part ? "; there is " : "",
			      part ? part->metric : "");
	p->at += len;
	return 0;
}

static int parse_pattern(struct parser *p, char **pattern)
{
	const char *begin = p->at, *end;

	if (*begin == '"') {
		end = strchr(++begin, '"');
		if (!end)
			return refuse(p, p->at, "the closing '\"' is missing");
		p->at = end + 1;
	} else {
		end = begin + strcspn(begin, ",}\"");
		p->at = end;
		while (end > begin && strchr(SPACES, end[-1]))
			end--;
	}
	if (end == begin)
		return refuse(p, begin,
			      "a name or pattern is missing; '*' "
			      "matches every one");
	*pattern = strndup(begin, (size_t)(end - begin));
	return *pattern ? 0 : -ENOMEM;
}

static int parse_filter(struct parser *p)
{
	enum filter filter;
	int err;

	skip_spaces(p);
	err = parse_filter_name(p, &filter);
	if (err)
		return err;
	skip_spaces(p);
	if (*p->at != '=')
		return refuse(p, p->at, "'=' is missing after '%s'",
			      filter_names[filter]);
	p->at++;
	skip_spaces(p);
	err = parse_pattern(p, &p->assertion->patterns[filter]);
	skip_spaces(p);
	return err;
}

static int parse_filters(struct parser *p)
{
	int err;

	if (*p->at != '{')
		return 0;
	do {
		p->at++;
		err = parse_filter(p);
	} while (!err && *p->at == ',');
	if (err)
		return err;
	if (*p->at != '}')
		return refuse(p, p->at, "'}' or ',' is missing");
	p->at++;
	return 0;
}

/*
 * The bound
 */

static int parse_comparison(struct parser *p)
{
	size_t len = strspn(p->at, "<>=!");

	for (size_t i = 0; i < NR_COMPARISONS; i++) {
		if (strlen(comparisons[i]) != len ||
		    strncmp(comparisons[i], p->at, len))
			continue;
		p->assertion->comparison = (enum comparison)i;
		p->at += len;
		return 0;
	}
	if (len)
		return refuse(p, p->at,
			      "unknown operator '%.*s'; operators are < <= > "
			      ">= == !=",
			      shown(len), p->at);
	return refuse(p, p->at, "an operator is missing: < <= > >= == or !=");
}

static int refuse_unit(struct parser *p, const char *where, size_t len)
{
	const struct field *metric = p->assertion->metric;
	const char *const *names = unit_names[metric->unit];
	struct suggestion suggestion;
	char hint[128];

	if (len == 1 && *where == '%')
		return refuse(p, where, "%s is not part of a whole: give %s",
			      metric->metric, unit_lists[metric->unit]);
	suggestion_init(&suggestion, where, len);
	while (*names)
		suggestion_offer(&suggestion, *names++);
	suggestion_text(&suggestion, hint, sizeof(hint));
	if (!len)
		return refuse(p, where, "%s needs a unit: %s", metric->metric,
			      unit_lists[metric->unit]);
	return refuse(p, where, "'%.*s' is no unit of %s%s%s%s", shown(len),
		      where, metric->metric, hint,
		      *hint ? " It takes " : ": give ",
		      unit_lists[metric->unit]);
}

/**
 * struct literal - a number and its unit, as written
 * @number: where it begins
 * @number_len: its length
 * @unit: where the unit begins
 * @unit_len: its length, 0 = none
 * @negative: a minus stands before it
 */
struct literal {
	const char *number;
	size_t number_len;
	const char *unit;
	size_t unit_len;
	bool negative;
};

static int scan_literal(struct parser *p, struct literal *literal)
{
	*literal = (struct literal){ .negative = *p->at == '-' };
	p->at += literal->negative;
	literal->number = p->at;
	literal->number_len = strspn(p->at, DIGITS ".");
	if (!literal->number_len)
		return refuse(p, p->at, "a number is missing%s",
			      p->assertion->bound.kind == BOUND_BASELINE
				      ? ""
				      : ", or 'baseline'");
	if (literal->number_len > 40)
		return refuse(p, p->at, "too many digits");
	p->at += literal->number_len;
	skip_spaces(p);
	literal->unit = p->at;
	literal->unit_len = strcspn(p->at, SPACES DIGITS "{}<>=!,+-*");
	p->at += literal->unit_len;
	return 0;
}

static bool unit_is(const struct literal *literal, const char *name)
{
	return strlen(name) == literal->unit_len &&
	       !strncmp(literal->unit, name, literal->unit_len);
}

static int convert(const struct field *metric, const struct literal *literal,
		   const char *text, uint64_t *value)
{
	switch (metric->unit) {
	case UNIT_COUNT:
		return parse_count(text, value);
	case UNIT_SLOTS:
	case UNIT_BYTES:
		return literal->unit_len ? parse_bytes(text, value)
					 : parse_count(text, value);
	case UNIT_NS:
		return parse_duration(text, NS_PER_SEC, value);
	}
	return -EINVAL;
}

/* Whether a metric can be written with that unit, or without one. */
static bool unit_fits(const struct field *metric, const struct literal *literal)
{
	const char *const *names = unit_names[metric->unit];

	if (!literal->unit_len)
		return metric->unit != UNIT_NS ||
		       strspn(literal->number, "0.") >= literal->number_len;
	if (metric->unit == UNIT_NS && unit_is(literal, "\xc2\xb5s"))
		return true;
	for (; *names; names++)
		if (unit_is(literal, *names))
			return true;
	return false;
}

static int parse_value(struct parser *p, const struct literal *literal,
		       int64_t *result)
{
	const struct field *metric = p->assertion->metric;
	bool slots = unit_is(literal, "slots");
	bool bytes = metric->unit == UNIT_SLOTS && literal->unit_len && !slots;
	char text[64];
	uint64_t value;

	if (!unit_fits(metric, literal))
		return refuse_unit(p, literal->unit, literal->unit_len);
	/* Only differences and drifts fall below 0. */
	if (literal->negative && metric->unit != UNIT_SLOTS &&
	    p->assertion->bound.kind != BOUND_BASELINE)
		return refuse(p, literal->number - 1, "%s is never below 0",
			      metric->metric);
	snprintf(text, sizeof(text), "%.*s%.*s", (int)literal->number_len,
		 literal->number, slots ? 0 : (int)literal->unit_len,
		 literal->unit);
	if (slots ? parse_count(text, &value)
		  : convert(metric, literal, text, &value))
		return refuse(p, literal->number,
			      "'%.*s' is no %snumber, or too large",
			      (int)literal->number_len, literal->number,
			      metric->unit == UNIT_NS ? "" : "whole ");
	if (bytes && value % SLOT_BYTES)
		return refuse(p, literal->number,
			      "not a whole number of slots (%u B each)",
			      SLOT_BYTES);
	if (bytes)
		value /= SLOT_BYTES;
	if (value > INT64_MAX)
		return refuse(p, literal->number, "the number is too large");
	*result = literal->negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

static int parse_share(struct parser *p, const struct literal *literal,
		       uint64_t most, uint64_t *basis_points)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*s%%", (int)literal->number_len,
		 literal->number);
	if (parse_percent(text, basis_points))
		return refuse(p, literal->number, "'%.*s' is no number",
			      (int)literal->number_len, literal->number);
	if (literal->negative || *basis_points > most)
		return refuse(p, literal->number,
			      "a percentage from 0%% to %u%% is needed",
			      (unsigned int)(most / 100));
	return 0;
}

static int parse_factor_of(struct parser *p)
{
	struct bound *bound = &p->assertion->bound;
	struct literal literal;
	char text[64];
	int err;

	err = scan_literal(p, &literal);
	if (err)
		return err;
	if (literal.unit_len)
		return refuse(p, literal.unit, "a factor has no unit");
	snprintf(text, sizeof(text), "%.*s", (int)literal.number_len,
		 literal.number);
	if (literal.negative || parse_factor(text, &bound->factor) ||
	    bound->factor > FACTOR_MAX * NS_PER_SEC)
		return refuse(p, literal.number,
			      "a factor from 0 to %d is needed", FACTOR_MAX);
	return 0;
}

static int parse_difference(struct parser *p, bool minus)
{
	struct bound *bound = &p->assertion->bound;
	struct literal literal;
	uint64_t share;
	int err;

	err = scan_literal(p, &literal);
	if (err)
		return err;
	if (literal.negative)
		return refuse(p, literal.number - 1, "one sign is enough");
	if (!unit_is(&literal, "%")) {
		err = parse_value(p, &literal, &bound->value);
		if (minus)
			bound->value = -bound->value;
		return err;
	}
	/* Of the baseline: "+ 10%" is "* 1.10". */
	err = parse_share(p, &literal, minus ? 10000 : FACTOR_MAX * 100ull,
			  &share);
	if (err)
		return err;
	share *= NS_PER_SEC / 10000;
	bound->factor += minus ? -share : share;
	return 0;
}

static int parse_baseline(struct parser *p)
{
	struct bound *bound = &p->assertion->bound;
	char sign;

	bound->kind = BOUND_BASELINE;
	bound->factor = NS_PER_SEC;
	skip_spaces(p);
	sign = *p->at;
	if (!sign)
		return 0;
	if (!strchr("*+-", sign))
		return refuse(p, p->at,
			      "after 'baseline' comes *, + or -, or "
			      "nothing");
	p->at++;
	skip_spaces(p);
	return sign == '*' ? parse_factor_of(p)
			   : parse_difference(p, sign == '-');
}

static int parse_bound(struct parser *p)
{
	struct bound *bound = &p->assertion->bound;
	size_t len = strcspn(p->at, SPACES "{}<>=!,+-*");
	struct literal literal;
	struct suggestion suggestion;
	uint64_t share;
	int err;

	if (len == 8 && !strncmp(p->at, "baseline", len)) {
		p->at += len;
		return parse_baseline(p);
	}
	suggestion_init(&suggestion, p->at, len);
	suggestion_offer(&suggestion, "baseline");
	if (suggestion.nearest)
		return refuse(p, p->at,
			      "unknown word '%.*s'; did you mean 'baseline'?",
			      shown(len), p->at);
	err = scan_literal(p, &literal);
	if (err)
		return err;
	if (!unit_is(&literal, "%") || !p->assertion->metric->whole)
		return parse_value(p, &literal, &bound->value);
	bound->kind = BOUND_PERCENT;
	err = parse_share(p, &literal, 10000, &share);
	bound->value = (int64_t)share;
	return err;
}

static int parse_all(struct parser *p)
{
	int err;

	if (strlen(p->text) > ASSERTION_LEN)
		return refuse(p, p->text + ASSERTION_LEN,
			      "an assertion has at most %d bytes",
			      ASSERTION_LEN);
	err = parse_metric(p);
	skip_spaces(p);
	if (!err)
		err = parse_filters(p);
	skip_spaces(p);
	if (!err)
		err = parse_comparison(p);
	skip_spaces(p);
	if (!err)
		err = parse_bound(p);
	if (err)
		return err;
	skip_spaces(p);
	if (*p->at)
		return refuse(p, p->at, "unexpected '%.*s' after the bound",
			      shown(strcspn(p->at, SPACES)), p->at);
	return 0;
}

static char *trimmed(const char *text)
{
	size_t len;

	text += strspn(text, SPACES);
	len = strlen(text);
	while (len && strchr(SPACES, text[len - 1]))
		len--;
	return strndup(text, len);
}

int assertion_parse(const char *text, struct assertion *assertion,
		    struct assertion_error *error)
{
	struct parser parser = {
		.text = text,
		.at = text,
		.assertion = assertion,
		.error = error,
	};
	int err;

	memset(assertion, 0, sizeof(*assertion));
	skip_spaces(&parser);
	err = parse_all(&parser);
	if (!err) {
		assertion->text = trimmed(text);
		if (!assertion->text)
			err = -ENOMEM;
	}
	if (err)
		assertion_release(assertion);
	return err;
}

void assertion_negate(struct assertion *assertion)
{
	static const enum comparison opposites[] = {
		[COMPARE_LESS] = COMPARE_AT_LEAST,
		[COMPARE_AT_MOST] = COMPARE_GREATER,
		[COMPARE_GREATER] = COMPARE_AT_MOST,
		[COMPARE_AT_LEAST] = COMPARE_LESS,
		[COMPARE_EQUAL] = COMPARE_UNEQUAL,
		[COMPARE_UNEQUAL] = COMPARE_EQUAL,
	};

	assertion->comparison = opposites[assertion->comparison];
}

void assertion_release(struct assertion *assertion)
{
	for (int i = 0; i < FILTERS; i++)
		free(assertion->patterns[i]);
	free(assertion->text);
	memset(assertion, 0, sizeof(*assertion));
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/exposition.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "util/units.h"
#include "util/utf8.h"

/*
 * Content types
 */

const char *exposition_content_type(enum exposition_form form)
{
	return form == EXPOSITION_OPENMETRICS
		       ? "application/openmetrics-text; version=1.0.0; "
			 "charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}

/* Skips a separator and the blanks around it. */
static const char *skip(const char *text, const char *characters)
{
	return text + strspn(text, characters);
}

/*
 * A weight "1", "0.75" of RFC 9110 in thousandths; 1000 when it is none. Digits
 * beyond the third are not allowed, and not read.
 */
static unsigned int weight_of(const char *text)
{
	unsigned int weight = 0, unit = 100;

	if (*text != '0')
		return 1000;
	if (text[1] != '.')
		return 0;
	for (text += 2; *text >= '0' && *text <= '9' && unit; text++) {
		weight += unit * (unsigned int)(*text - '0');
		unit /= 10;
	}
	return weight;
}

/**
 * struct media - an entry of the header Accept
 * @type: such as "text/plain"; not ended
 * @type_len: its length
 * @version: its parameter of that name; NULL = it has none; not ended
 * @version_len: its length
 * @weight: how much it is wanted, in thousandths
 */
struct media {
	const char *type;
	size_t type_len;
	const char *version;
	size_t version_len;
	unsigned int weight;
};

/* Return: what comes behind the entry */
static const char *parse_media(const char *text, struct media *media)
{
	*media = (struct media){ .type = text, .weight = 1000 };
	media->type_len = strcspn(text, "; \t,");
	text = skip(text + media->type_len, " \t");
	while (*text == ';') {
		size_t len;

		text = skip(text, "; \t");
		len = strcspn(text, "; \t,");
		if (len > 8 && !strncasecmp(text, "version=", 8)) {
			media->version = text + 8;
			media->version_len = len - 8;
		} else if (len > 2 && !strncasecmp(text, "q=", 2)) {
			media->weight = weight_of(text + 2);
		}
		text = skip(text + len, " \t");
	}
	return text + strcspn(text, ",");
}

static bool has_type(const struct media *media, const char *type)
{
	return media->type_len == strlen(type) &&
	       !strncasecmp(media->type, type, media->type_len);
}

/* Without a version any one will do; others than ours will not. */
static bool has_version(const struct media *media, const char *version)
{
	return !media->version ||
	       (media->version_len == strlen(version) &&
		!strncmp(media->version, version, media->version_len));
}

enum exposition_form exposition_accepted(const char *accept)
{
	unsigned int classic = 0, openmetrics = 0;
	struct media media;

	for (accept = accept ? skip(accept, ", \t") : ""; *accept;
	     accept = skip(accept, ", \t")) {
		accept = parse_media(accept, &media);
		if (has_type(&media, "application/openmetrics-text") &&
		    has_version(&media, "1.0.0") && media.weight > openmetrics)
			openmetrics = media.weight;
		if (has_type(&media, "text/plain") &&
		    has_version(&media, "0.0.4") && media.weight > classic)
			classic = media.weight;
	}
	return openmetrics && openmetrics >= classic ? EXPOSITION_OPENMETRICS
						     : EXPOSITION_CLASSIC;
}

/*
 * Families
 */

static const char *name_end(enum family_type type)
{
	switch (type) {
	case FAMILY_COUNTER:
		return "_total";
	case FAMILY_INFO:
		return "_info";
	default:
		return "";
	}
}

/* The classic form has no type for an info. */
static const char *type_name(enum exposition_form form, enum family_type type)
{
	switch (type) {
	case FAMILY_COUNTER:
		return "counter";
	case FAMILY_HISTOGRAM:
		return "histogram";
	case FAMILY_INFO:
		return form == EXPOSITION_OPENMETRICS ? "info" : "gauge";
	default:
		return "gauge";
	}
}

static void put_words(FILE *stream, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fputs_unlocked(words[i], stream);
}

#define PUT(stream, ...)                                                       \
	put_words(stream, (const char *const[]){ __VA_ARGS__ },                \
		  sizeof((const char *const[]){ __VA_ARGS__ }) /               \
			  sizeof(const char *))

static void put_help(FILE *stream, enum exposition_form form, const char *help)
{
	const char *escaped = form == EXPOSITION_OPENMETRICS ? "\\\"" : "\\";
	size_t len;

	while (help[len = strcspn(help, escaped)]) {
		fwrite_unlocked(help, 1, len, stream);
		putc_unlocked('\\', stream);
		putc_unlocked(help[len], stream);
		help += len + 1;
	}
	PUT(stream, help, "\n");
}

/* The classic form calls a family what its samples are called. */
void exposition_family(FILE *stream, enum exposition_form form,
		       const struct family *family)
{
	const char *end =
		form == EXPOSITION_OPENMETRICS ? "" : name_end(family->type);

	PUT(stream, "# TYPE ", family->name, end, " ",
	    type_name(form, family->type), "\n");
	if (family->unit && form == EXPOSITION_OPENMETRICS)
		PUT(stream, "# UNIT ", family->name, " ", family->unit, "\n");
	PUT(stream, "# HELP ", family->name, end, " ");
	put_help(stream, form, family->help);
}

void exposition_end(FILE *stream, enum exposition_form form)
{
	if (form == EXPOSITION_OPENMETRICS)
		fputs("# EOF\n", stream);
}

/*
 * Labels
 */

/* Most values have nothing that is not written as it is. */
static bool is_plain(const char *value)
{
	for (const unsigned char *c = (const unsigned char *)value; *c; c++)
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			return false;
	return true;
}

/* Return: how long @labels is then; a value that has no room is cut. */
static size_t append_escaped(char *labels, size_t len, const char *value)
{
	char clean[LABELS_LEN / 2];

	utf8_clean(clean, sizeof(clean), value);
	for (const char *c = clean; *c && len + 4 < LABELS_LEN; c++) {
		if (*c == '\n' || *c == '"' || *c == '\\')
			labels[len++] = '\\';
		labels[len++] = *c == '\n' ? 'n' : *c;
	}
	return len;
}

void exposition_label(char *labels, const char *name, const char *value)
{
	size_t len = strlen(labels), value_len = strlen(value);

	if (len + strlen(name) + 8 > LABELS_LEN)
		return;
	if (len)
		labels[len++] = ',';
	len = (size_t)(stpcpy(stpcpy(labels + len, name), "=\"") - labels);
	if (is_plain(value) && len + value_len + 4 < LABELS_LEN)
		len = (size_t)(stpcpy(labels + len, value) - labels);
	else
		len = append_escaped(labels, len, value);
	stpcpy(labels + len, "\"");
}

void exposition_label_number(char *labels, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	exposition_label(labels, name, text);
}

/*
 * Samples: there are many, so nothing is formatted that need not be.
 */

static void put_number(FILE *stream, uint64_t value)
{
	char text[24], *digit = text + sizeof(text);

	*--digit = '\0';
	do {
		*--digit = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	fputs_unlocked(digit, stream);
}

static void put_signed(FILE *stream, int64_t value)
{
	if (value < 0)
		putc_unlocked('-', stream);
	put_number(stream, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static void put_seconds(FILE *stream, uint64_t ns)
{
	char fraction[] = ".000000000";

	for (uint64_t rest = ns % NS_PER_SEC, i = 9; i; i--, rest /= 10)
		fraction[i] = (char)('0' + rest % 10);
	put_number(stream, ns / NS_PER_SEC);
	fputs_unlocked(fraction, stream);
}

static void put_name(FILE *stream, const struct family *family, const char *end,
		     const char *labels, const char *more)
{
	fputs_unlocked(family->name, stream);
	fputs_unlocked(end, stream);
	if (*labels || *more) {
		putc_unlocked('{', stream);
		fputs_unlocked(labels, stream);
		if (*labels && *more)
			putc_unlocked(',', stream);
		fputs_unlocked(more, stream);
		putc_unlocked('}', stream);
	}
	putc_unlocked(' ', stream);
}

void exposition_name(FILE *stream, const struct family *family,
		     const char *labels)
{
	put_name(stream, family, name_end(family->type), labels, "");
}

void exposition_value(FILE *stream, enum unit unit, int64_t value)
{
	if (unit == UNIT_NS)
		put_seconds(stream, (uint64_t)value);
	else if (unit == UNIT_SLOTS)
		put_signed(stream, value * (int64_t)SLOT_BYTES);
	else
		put_signed(stream, value);
}

void exposition_sample(FILE *stream, const struct family *family,
		       const char *labels, enum unit unit, int64_t value)
{
	exposition_name(stream, family, labels);
	exposition_value(stream, unit, value);
	putc_unlocked('\n', stream);
}

/*
 * As Go writes floats, which is the canonical form. A bound has ten digits at
 * most, so that it is exact, and is never a whole number.
 */
static const char *bound(unsigned int bucket)
{
	static char bounds[HISTOGRAM_BUCKETS][24];
	char *text = bounds[bucket];

	if (*text)
		return text;
	if (bucket == HISTOGRAM_BUCKETS - 1)
		snprintf(text, sizeof(bounds[0]), "le=\"+Inf\"");
	else
		snprintf(text, sizeof(bounds[0]), "le=\"%.10g\"",
			 (double)histogram_bucket_top(bucket) / 1e9);
	return text;
}

void exposition_histogram(FILE *stream, const struct family *family,
			  const char *labels, const struct histogram *histogram,
			  uint64_t sum_ns)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		count += histogram->count[i];
		put_name(stream, family, "_bucket", labels, bound(i));
		put_number(stream, count);
		putc_unlocked('\n', stream);
	}
	put_name(stream, family, "_sum", labels, "");
	put_seconds(stream, sum_ns);
	putc_unlocked('\n', stream);
	put_name(stream, family, "_count", labels, "");
	put_number(stream, count);
	putc_unlocked('\n', stream);
}

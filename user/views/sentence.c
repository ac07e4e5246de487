/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/sentence.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"
#include "util/units.h"
#include "views/phrases.h"

void say_plain(struct sentence *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_append_args(s->text, s->len, format, args);
	va_end(args);
}

unsigned int say_parts(struct sentence *s, const char *before,
		       const char *between, unsigned int most,
		       void (*part)(struct sentence *s,
				    const struct fact *part))
{
	unsigned int named = 0;

	for (size_t i = 0; i < s->finding->nr_evidence; i++) {
		if (s->finding->evidence[i].kind != FACT_PART)
			continue;
		if (named == most) {
			say_plain(s, " and others");
			break;
		}
		say_plain(s, "%s", named++ ? between : before);
		part(s, &s->finding->evidence[i]);
	}
	return named;
}

int64_t sentence_figure(const struct sentence *s, const char *name)
{
	const struct fact *fact = finding_fact(s->finding, name);

	if (!strcmp(name, "window"))
		return (int64_t)s->snap->window.duration_ns;
	return fact ? fact->value : 0;
}

static void say_value(struct sentence *s, enum unit unit, int64_t value)
{
	s->count = value;
	if (unit == UNIT_NS)
		say_plain(s, "%s", DURATION((uint64_t)value));
	else if (unit == UNIT_BYTES)
		say_plain(s, "%s", BYTES((uint64_t)value));
	else
		say_plain(s, "%" PRId64, value);
}

static void say_fact(struct sentence *s, const char *name)
{
	const struct fact *fact = finding_fact(s->finding, name);
	const char *subject = s->finding->subject;

	if (!strcmp(name, "window"))
		say_value(s, UNIT_NS, sentence_figure(s, name));
	else if (!strcmp(name, "subject"))
		say_plain(s, "%s", device_or_unknown(subject));
	else if (!fact)
		say_plain(s, "%s", UNKNOWN_TEXT);
	else if (fact->kind == FACT_WORD)
		say_plain(s, "%s", fact->text);
	else
		say_value(s, fact->unit, fact->value);
}

/* Write what a name in braces refers to. */
static void say_name(struct sentence *s, const char *name)
{
	const char *plural = strchr(name, '|');
	char figure[32] = "", whole[32] = "";

	if (plural) {
		say_plain(s, "%.*s", s->count == 1 ? (int)(plural - name) : -1,
			  s->count == 1 ? name : plural + 1);
		return;
	}
	if (sscanf(name, "bytes of %31s", figure) == 1)
		say_value(s, UNIT_BYTES,
			  sentence_figure(s, figure) * SLOT_BYTES);
	else if (sscanf(name, "%31[^%]%% of %31s", figure, whole) == 2)
		say_plain(s, "%s",
			  PERCENT((uint64_t)sentence_figure(s, figure),
				  (uint64_t)sentence_figure(s, whole)));
	else if (sscanf(name, "+%31s", figure) == 1)
		say_plain(s, "%+" PRId64, sentence_figure(s, figure));
	else if (sscanf(name, "%31[^?]%1[?]", figure, whole) == 1)
		say_fact(s, figure);
	if (!finding_fact(s->finding, figure) && strcmp(figure, "subject") &&
	    strcmp(figure, "window"))
		s->lacking = true;
}

/* Write a template up to @end; no brackets in brackets. */
static void say_range(struct sentence *s, const char *at, const char *end)
{
	while (at < end) {
		size_t used = strlen(s->text), plain = strcspn(at, "{[]");
		const char *close;
		char name[64];

		if (plain) {
			plain = at + plain > end ? (size_t)(end - at) : plain;
			say_plain(s, "%.*s", (int)plain, at);
			at += plain;
			continue;
		}
		close = strchr(at, *at == '{' ? '}' : ']');
		if (*at == '{') {
			snprintf(name, sizeof(name), "%.*s",
				 (int)(close - at - 1), at + 1);
			say_name(s, name);
		} else {
			s->lacking = false;
			say_range(s, at + 1, close);
			if (s->lacking)
				s->text[used] = '\0';
		}
		at = close + 1;
	}
}

void say(struct sentence *s, const char *pattern)
{
	say_range(s, pattern, pattern + strlen(pattern));
}

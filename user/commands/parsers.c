/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "commands/command.h"

#include <errno.h>
#include <string.h>

#include "commands/pace.h"
#include "model/level.h"
#include "util/suggest.h"

static void append_name(char *text, size_t len, const char *name)
{
	size_t used = strlen(text);

	snprintf(text + used, len - used, ", %s", name);
}

int option_levels(const char *text, void *value, char *why, size_t why_len)
{
	struct suggestion suggestion;
	const char *bad;
	char hint[128] = "; levels are state";
	int bad_len, err;

	err = levels_parse(text, value, &bad, &bad_len);
	if (!err)
		return 0;
	suggestion_init(&suggestion, bad, (size_t)bad_len);
	suggestion_offer(&suggestion, "state");
	for (unsigned int i = 0; i < level_count; i++)
		suggestion_offer(&suggestion, level_table[i].name);
	if (suggestion.nearest)
		suggestion_text(&suggestion, hint, sizeof(hint));
	for (unsigned int i = 0; i < level_count && !suggestion.nearest; i++)
		append_name(hint, sizeof(hint), level_table[i].name);
	snprintf(why, why_len, "unknown level '%.*s'%s", bad_len, bad, hint);
	return err;
}

int option_format(const char *text, void *value, char *why, size_t why_len)
{
	enum format *format = value;

	if (!strcmp(text, "text")) {
		*format = FORMAT_TEXT;
	} else if (!strcmp(text, "json")) {
		*format = FORMAT_JSON;
	} else {
		snprintf(why, why_len, "unknown format; give text or json");
		return -EINVAL;
	}
	return 0;
}

int option_report_format(const char *text, void *value, char *why,
			 size_t why_len)
{
	enum format *format = value;

	if (!strcmp(text, "html")) {
		*format = FORMAT_HTML;
		return 0;
	}
	if (!option_format(text, value, why, why_len))
		return 0;
	snprintf(why, why_len, "unknown format; give text, json or html");
	return -EINVAL;
}

int option_interval(const char *text, void *value, char *why, size_t why_len)
{
	uint64_t *interval = value;
	int err = option_seconds(text, value, why, why_len);

	if (!err && *interval < MIN_INTERVAL_NS) {
		snprintf(why, why_len, "an interval is at least 0.1 seconds");
		err = -EINVAL;
	}
	return err;
}

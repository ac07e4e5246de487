/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands/command.h"
#include "commands/pace.h"
#include "model/level.h"
#include "model/metrics.h"

/*
 * Words
 */

static const char *nth_level(unsigned int index)
{
	if (!index)
		return "state";
	return index <= level_count ? level_table[index - 1].name : NULL;
}

const struct words level_words = { "level", WORDS_LIST, nth_level };

static const char *const formats[] = {
	[FORMAT_TEXT] = "text",
	[FORMAT_JSON] = "json",
	[FORMAT_HTML] = "html",
};

static const char *nth_report_format(unsigned int index)
{
	return index <= FORMAT_HTML ? formats[index] : NULL;
}

static const char *nth_format(unsigned int index)
{
	return index <= FORMAT_JSON ? formats[index] : NULL;
}

const struct words format_words = { "format", WORDS_ONE, nth_format };
const struct words report_format_words = { "format", WORDS_ONE,
					   nth_report_format };

static const char *nth_metric(unsigned int index)
{
	const struct field *metric = metric_next(NULL);

	while (metric && index--)
		metric = metric_next(metric);
	return metric ? metric->metric : NULL;
}

const struct words metric_words = { "metric", WORDS_FIRST, nth_metric };

/*
 * Parsers
 */

int option_levels(const char *text, void *value, char *why, size_t why_len)
{
	const char *bad;
	int bad_len, err;

	err = levels_parse(text, value, &bad, &bad_len);
	if (err)
		words_refuse(&level_words, bad, (size_t)bad_len, why, why_len);
	return err;
}

static int find_format(const struct words *words, const char *text, void *value,
		       char *why, size_t why_len)
{
	int found = words_find(words, text, strlen(text), why, why_len);

	if (found < 0)
		return found;
	*(enum format *)value = (enum format)found;
	return 0;
}

int option_format(const char *text, void *value, char *why, size_t why_len)
{
	return find_format(&format_words, text, value, why, why_len);
}

int option_report_format(const char *text, void *value, char *why,
			 size_t why_len)
{
	return find_format(&report_format_words, text, value, why, why_len);
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

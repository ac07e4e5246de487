/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_INTERVAL_TEXT_H
#define TESTS_INTERVAL_TEXT_H

/* What views make of an interval, as strings; to be freed by the caller. */

#include "unit.h"

#include <stdio.h>

#include "views/json.h"
#include "views/text.h"

static inline char *json_of(const struct interval *interval)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	assert_int_equal(json_report(interval, JSON_LINE, stream), 0);
	fclose(stream);
	return text;
}

static inline char *text_of(const struct interval *interval)
{
	const struct text_options options = { .stacks = true };
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	struct page page;

	page_init(&page, stream, -1);
	assert_int_equal(text_report(interval, &options, &page.pane), 0);
	assert_int_equal(page_write(&page), 0);
	fclose(stream);
	return text;
}

#endif

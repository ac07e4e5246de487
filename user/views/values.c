/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/values.h"

#include <stdio.h>

enum style fill_style(uint64_t used, uint64_t slots)
{
	return used >= slots - slots / 10  ? STYLE_ERROR
	       : used >= slots - slots / 4 ? STYLE_WARNING
					   : STYLE_GOOD;
}

enum style severity_style(enum severity severity)
{
	return severity == SEVERITY_ERROR     ? STYLE_ERROR
	       : severity == SEVERITY_WARNING ? STYLE_WARNING
					      : STYLE_GOOD;
}

uint64_t mappings_refused(const struct mapping_totals *totals)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < FAILURE_CAUSES; i++)
		sum += totals->failures[i];
	return sum;
}

uint64_t wait_share(const struct snapshot *interval, uint64_t ns)
{
	uint64_t duration = interval->window.duration_ns;
	uint64_t ppm;

	if (!duration)
		return 0;
	ppm = (uint64_t)((double)ns * 1e6 / (double)duration);
	/* A value above 0 must be visible. */
	return ns && !ppm ? 1 : ppm;
}

char *format_rate(char *text, size_t len, const struct snapshot *interval,
		  uint64_t count)
{
	uint64_t duration = interval->window.duration_ns;
	double rate = duration ? (double)count * 1e9 / (double)duration : 0;

	if (!count || !duration)
		snprintf(text, len, "%s", duration ? "0" : UNKNOWN_TEXT);
	else if (rate < 10)
		snprintf(text, len, "%.1f", rate < 0.1 ? 0.1 : rate);
	else if (rate < 99999.5)
		snprintf(text, len, "%.0f", rate);
	else if (rate < 9999.5e3)
		snprintf(text, len, "%.0fk", rate / 1e3);
	else
		snprintf(text, len, "%.0fM", rate / 1e6);
	return text;
}

char *format_share(char *text, size_t len, uint64_t ppm)
{
	if (!ppm)
		snprintf(text, len, "0%%");
	else if (ppm < 100)
		snprintf(text, len, "<0.01%%");
	else if (ppm < 99950)
		snprintf(text, len, "%.2f%%", (double)ppm / 1e4);
	else if (ppm < 999500)
		snprintf(text, len, "%.1f%%", (double)ppm / 1e4);
	else
		snprintf(text, len, "%.0f%%", (double)ppm / 1e4);
	return text;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/results.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "util/units.h"
#include "util/utf8.h"

/* Bytes of the character at @c, 0 when XML 1.0 has no such character. */
static size_t character_len(const char *c)
{
	uint32_t code;
	size_t len = utf8_character(c, &code);

	if (!len || code == 0x7f || code == 0xfffe || code == 0xffff)
		return 0;
	return code >= ' ' || code == '\t' || code == '\n' ? len : 0;
}

static void put_escaped(FILE *stream, const char *text)
{
	static const char special[] = "&<>\"'";
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;",
						"&quot;", "&#39;" };

	while (*text) {
		const char *found = strchr(special, *text);
		size_t len = character_len(text);

		if (found)
			fputs(entities[found - special], stream);
		else if (len)
			fwrite(text, 1, len, stream);
		else
			fputc('?', stream);
		text += len ? len : 1;
	}
}

static void put_attribute(FILE *stream, const char *name, const char *value)
{
	fprintf(stream, " %s=\"", name);
	put_escaped(stream, value);
	fputc('"', stream);
}

static void put_culprit(FILE *stream, unsigned int depth, const char *text)
{
	fprintf(stream, "\n%*s", 2 * (int)depth, "");
	put_escaped(stream, text);
}

static void put_case(const struct results *results, size_t index, FILE *stream)
{
	struct result result;

	results_line(results, index, &result);
	fputs("    <testcase classname=\"swiotlb.check\"", stream);
	put_attribute(stream, "name", result.name);
	fputs(" time=\"0\">\n", stream);
	if (result.outcome == OUTCOME_UNDECIDED) {
		fputs("      <skipped", stream);
		put_attribute(stream, "message", result.text);
		fputs("/>\n", stream);
	} else if (result.outcome == OUTCOME_VIOLATED) {
		fputs("      <failure type=\"violated\"", stream);
		put_attribute(stream, "message", result.text);
		fputc('>', stream);
		put_escaped(stream, result.text);
		result_culprits(results, &result, put_culprit, stream);
		fputs("</failure>\n", stream);
	} else {
		fputs("      <system-out>", stream);
		put_escaped(stream, result.text);
		fputs("</system-out>\n", stream);
	}
	fputs("    </testcase>\n", stream);
}

static void put_counts(const struct results *results, FILE *stream)
{
	size_t outcomes[OUTCOMES];

	results_outcomes(results, outcomes);
	fprintf(stream,
		" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" "
		"time=\"%.3f\"",
		results_count(results), outcomes[OUTCOME_VIOLATED],
		outcomes[OUTCOME_UNDECIDED],
		(double)results->interval->figures.window.duration_ns /
			(double)NS_PER_SEC);
}

static void put_timestamp(const struct results *results, FILE *stream)
{
	time_t start = (time_t)(results->interval->figures.window.start_ns /
				NS_PER_SEC);
	char date[32];
	struct tm tm;

	gmtime_r(&start, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	put_attribute(stream, "timestamp", date);
}

static void put_property(FILE *stream, const char *name, const char *value)
{
	fputs("      <property", stream);
	put_attribute(stream, "name", name);
	put_attribute(stream, "value", value);
	fputs("/>\n", stream);
}

int check_junit(const struct results *results, FILE *stream)
{
	const struct kernel_info *kernel = &results->interval->figures.kernel;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites",
	      stream);
	put_counts(results, stream);
	fputs(">\n  <testsuite name=\"swiotlb check\"", stream);
	put_counts(results, stream);
	put_timestamp(results, stream);
	fputs(">\n    <properties>\n", stream);
	put_property(stream, "kernel", kernel->release);
	put_property(stream, "arch", kernel->arch);
	put_property(stream, "boot_args", kernel->boot_args);
	fputs("    </properties>\n", stream);
	for (size_t i = 0; i < results_count(results); i++)
		put_case(results, i, stream);
	fputs("  </testsuite>\n</testsuites>\n", stream);
	return ferror(stream) ? -EIO : 0;
}

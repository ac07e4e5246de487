/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/results.h"

#include <errno.h>
#include <string.h>

/*
 * Annotations are workflow commands: lines of the job's log such as
 * "::error title=TITLE::MESSAGE". Whatever could end one, or begin another, is
 * written as "%XX".
 */
static void put_escaped(FILE *stream, const char *text, const char *special)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == '%' || strchr(special, c))
			fprintf(stream, "%%%02X", c);
		else
			fputc(c, stream);
	}
}

static void put_culprit(FILE *stream, unsigned int depth, const char *text)
{
	fprintf(stream, "%%0A%*s", 2 * (int)depth, "");
	put_escaped(stream, text, "");
}

static void put_result(const struct results *results, size_t index,
		       FILE *stream)
{
	struct result result;

	results_line(results, index, &result);
	if (result.outcome == OUTCOME_HOLDS)
		return;
	fprintf(stream, "::%s title=",
		result.outcome == OUTCOME_VIOLATED ? "error" : "warning");
	put_escaped(stream, result.name, ":,");
	fprintf(stream, "::%s",
		result.outcome == OUTCOME_VIOLATED ? "" : "cannot judge: ");
	put_escaped(stream, result.text, "");
	result_culprits(results, &result, put_culprit, stream);
	fputc('\n', stream);
}

int check_github(const struct results *results, FILE *stream)
{
	char summary[160];

	for (size_t i = 0; i < results_count(results); i++)
		put_result(results, i, stream);
	fprintf(stream, "swiotlb check: %s\n",
		results_summary(results, summary, sizeof(summary)));
	return ferror(stream) ? -EIO : 0;
}

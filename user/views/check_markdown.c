/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/results.h"

#include <errno.h>
#include <string.h>

#include "util/units.h"

/* Markdown, HTML and the lines of a table give meaning to these. */
static void put_escaped(FILE *stream, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (strchr("&<>|*_`[]\\#~$@", c))
			fprintf(stream, "&#%u;", c);
		else
			fputc(c < ' ' ? ' ' : c, stream);
	}
}

static void put_row(const struct results *results, size_t index, FILE *stream)
{
	static const char *const words[OUTCOMES] = {
		[OUTCOME_HOLDS] = "holds",
		[OUTCOME_UNDECIDED] = "cannot be judged",
		[OUTCOME_VIOLATED] = "**violated**",
	};
	struct result result;

	results_line(results, index, &result);
	fprintf(stream, "| %s | ", words[result.outcome]);
	put_escaped(stream, result.name);
	fputs(" | ", stream);
	put_escaped(stream, result.text);
	fputs(" |\n", stream);
}

static void put_culprit(FILE *stream, unsigned int depth, const char *text)
{
	fprintf(stream, "%*s- ", 2 * (int)(depth - 1), "");
	put_escaped(stream, text);
	fputc('\n', stream);
}

static void put_culprits(const struct results *results, size_t index,
			 FILE *stream)
{
	struct result result;

	results_line(results, index, &result);
	if (!result.nr_culprits)
		return;
	fputs("\n<details><summary>", stream);
	put_escaped(stream, result.name);
	fputs("</summary>\n\n", stream);
	result_culprits(results, &result, put_culprit, stream);
	fputs("\n</details>\n", stream);
}

int check_markdown(const struct results *results, FILE *stream)
{
	const struct snapshot *figures = &results->interval->figures;
	char summary[160], duration[UNIT_TEXT_LEN];

	fprintf(stream, "### swiotlb check: %s\n\n",
		results_summary(results, summary, sizeof(summary)));
	fputs("Linux ", stream);
	put_escaped(stream, figures->kernel.release);
	fprintf(stream, " %s, watched for %s%s\n\n", figures->kernel.arch,
		format_duration(duration, sizeof(duration),
				figures->window.duration_ns),
		figures->window.interrupted ? " (interrupted)" : "");
	fputs("| | assertion | measured |\n|---|---|---|\n", stream);
	for (size_t i = 0; i < results_count(results); i++)
		put_row(results, i, stream);
	for (size_t i = 0; i < results_count(results); i++)
		put_culprits(results, i, stream);
	return ferror(stream) ? -EIO : 0;
}

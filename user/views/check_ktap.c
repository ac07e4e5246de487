/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/results.h"

#include <errno.h>

#include "model/places.h"

/* A '#' would begin a directive, a newline another line. */
static void put_name(FILE *stream, const char *name)
{
	for (; *name; name++)
		fputc((unsigned char)*name < ' ' ? ' '
		      : *name == '#'		 ? '?'
						 : *name,
		      stream);
}

static void put_diagnostic(FILE *stream, const char *indent, const char *text)
{
	fprintf(stream, "# %s", indent);
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' ? ' ' : *text, stream);
	fputc('\n', stream);
}

static void put_culprits(const struct results *results,
			 const struct result *result, FILE *stream)
{
	for (size_t i = 0; i < result->nr_culprits; i++) {
		const struct stack *stack = result->culprits[i].stack;

		put_diagnostic(stream, "  ", result->culprits[i].text);
		for (unsigned int j = 0; stack && j < stack->depth; j++)
			put_diagnostic(stream, "    ",
				       place_name(&results->interval->figures,
						  stack->addr[j]));
	}
}

/* What is said of a test stands before its result. */
static void put_result(const struct results *results, size_t index,
		       FILE *stream)
{
	struct result result;

	results_line(results, index, &result);
	if (result.outcome != OUTCOME_UNDECIDED)
		put_diagnostic(stream, "", result.text);
	put_culprits(results, &result, stream);
	fprintf(stream, "%s %zu - ",
		result.outcome == OUTCOME_VIOLATED ? "not ok" : "ok",
		index + 1);
	put_name(stream, result.name);
	if (result.outcome == OUTCOME_UNDECIDED) {
		fputs(" # SKIP cannot judge: ", stream);
		put_name(stream, result.text);
	}
	fputc('\n', stream);
}

int check_ktap(const struct results *results, FILE *stream)
{
	char summary[160];
	size_t count = results_count(results);

	fprintf(stream, "KTAP version 1\n1..%zu\n", count);
	for (size_t i = 0; i < count; i++)
		put_result(results, i, stream);
	results_summary(results, summary, sizeof(summary));
	put_diagnostic(stream, "swiotlb check: ", summary);
	return ferror(stream) ? -EIO : 0;
}

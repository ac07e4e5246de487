/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/results.h"

#include <errno.h>
#include <string.h>

/**
 * struct dialect - how TAP and KTAP differ
 * @version: the first line
 * @hash: what stands for a '#' in a name, where it would begin a directive
 * @backslash: what stands for a '\\' there
 */
struct dialect {
	const char *version;
	const char *hash;
	const char *backslash;
};

/* KTAP has no way to quote (Documentation/dev-tools/ktap.rst). */
static const struct dialect ktap = { "KTAP version 1", "?", "\\" };
static const struct dialect tap = { "TAP version 13", "\\#", "\\\\" };

static void put_name(FILE *stream, const struct dialect *dialect,
		     const char *name)
{
	for (; *name; name++) {
		if (*name == '#')
			fputs(dialect->hash, stream);
		else if (*name == '\\')
			fputs(dialect->backslash, stream);
		else
			fputc((unsigned char)*name < ' ' ? ' ' : *name, stream);
	}
}

static void put_diagnostic(FILE *stream, unsigned int depth, const char *text)
{
	fprintf(stream, "# %*s", 2 * (int)depth, "");
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' ? ' ' : *text, stream);
	fputc('\n', stream);
}

/* Diagnostics of a test come before its result. */
static void put_result(const struct results *results, size_t index,
		       const struct dialect *dialect, FILE *stream)
{
	struct result result;

	results_line(results, index, &result);
	if (result.outcome != OUTCOME_UNDECIDED)
		put_diagnostic(stream, 0, result.text);
	result_culprits(results, &result, put_diagnostic, stream);
	fprintf(stream, "%s %zu - ",
		result.outcome == OUTCOME_VIOLATED ? "not ok" : "ok",
		index + 1);
	put_name(stream, dialect, result.name);
	if (result.outcome == OUTCOME_UNDECIDED) {
		fputs(" # SKIP cannot judge: ", stream);
		put_name(stream, dialect, result.text);
	}
	fputc('\n', stream);
}

static int put_results(const struct results *results,
		       const struct dialect *dialect, FILE *stream)
{
	char summary[160] = "swiotlb check: ";
	size_t count = results_count(results), len = strlen(summary);

	fprintf(stream, "%s\n1..%zu\n", dialect->version, count);
	for (size_t i = 0; i < count; i++)
		put_result(results, i, dialect, stream);
	results_summary(results, summary + len, sizeof(summary) - len);
	put_diagnostic(stream, 0, summary);
	return ferror(stream) ? -EIO : 0;
}

int check_ktap(const struct results *results, FILE *stream)
{
	return put_results(results, &ktap, stream);
}

int check_tap(const struct results *results, FILE *stream)
{
	return put_results(results, &tap, stream);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "commands/command.h"
#include "commands/recorded.h"
#include "util/log.h"
#include "util/output.h"
#include "views/diff.h"

/**
 * struct diff_options - the command line
 * @window: --window-a and --window-b, NULL = all of it
 * @format: --format
 * @all: --all
 * @path: -o, NULL for stdout
 * @from: A and B
 */
struct diff_options {
	const char *window[SIDES];
	enum format format;
	bool all;
	const char *path;
	char **from;
};

#define OFFSET(field) offsetof(struct diff_options, field)

static const struct option_row rows[] = {
	{ "window-a", 0, "A..B",
	  "only this time of A, such as 14:05..14:10 or 10m..", option_text,
	  OFFSET(window[SIDE_A]) },
	{ "window-b", 0, "A..B", "likewise of B", option_text,
	  OFFSET(window[SIDE_B]) },
	{ "all", 'a', NULL, "also show differences within the noise",
	  option_flag, OFFSET(all) },
	FORMAT_ROW(format),
	OUTPUT_ROW(path),
	{ NULL },
};

static const char *const synopses[] = {
	"[OPTIONS] A B",
	"--window-a A..B --window-b A..B [OPTIONS] FILE FILE",
	NULL,
};

static const struct option_table table = {
	.command = "diff",
	.summary = "Show what changed between two reports or recordings.",
	.synopses = synopses,
	.rows = rows,
	.operands = OPERANDS_PAIR,
	.notes =
		"A and B are recordings, or JSON of report, check or top; '-' "
		"is standard input.\nCounters are compared by their rates, and "
		"must differ by more than noise to have changed.\n",
};

static int show(const struct diff_options *options,
		const struct changes *changes, struct output *output)
{
	const struct diff diff = {
		.changes = changes,
		.path = { options->from[SIDE_A], options->from[SIDE_B] },
		.all = options->all,
	};
	FILE *stream = output_stream(output);
	struct page page;

	if (options->format == FORMAT_JSON)
		return diff_json(&diff, stream);
	page_init(&page, stream, output_terminal(output));
	diff_text(&diff, &page.pane);
	return page_write(&page);
}

static int compare(const struct diff_options *options,
		   const struct interval interval[SIDES], struct output *output)
{
	struct changes changes;
	int err = changes_find(&interval[SIDE_A], &interval[SIDE_B], &changes);

	if (!err)
		err = show(options, &changes, output);
	if (err)
		log_error("cannot compare: %s", strerror(-err));
	changes_release(&changes);
	return err;
}

static int diff(const struct diff_options *options)
{
	struct interval interval[SIDES] = { 0 };
	struct output *output;
	int err = output_open(&output, options->path);

	if (err)
		return EXIT_ERROR;
	for (enum side side = SIDE_A; !err && side < SIDES; side++)
		err = recorded_read(options->from[side], options->window[side],
				    &interval[side], NULL);
	if (!err)
		err = compare(options, interval, output);
	for (enum side side = SIDE_A; side < SIDES; side++)
		interval_release(&interval[side]);
	return output_end(output, err) ? EXIT_ERROR : EXIT_FINE;
}

static int run(int argc, char **argv)
{
	struct diff_options options = { 0 };
	enum options_result result;

	result = options_parse(&table, argc, argv, &options, &options.from);
	if (result != OPTIONS_RUN)
		return result == OPTIONS_HELP ? EXIT_FINE : EXIT_ERROR;
	return diff(&options);
}

const struct command diff_command = { .options = &table, .run = run };

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "commands/command.h"
#include "commands/recorded.h"
#include "commands/window.h"
#include "model/level.h"
#include "util/log.h"
#include "util/output.h"
#include "util/symbols.h"
#include "util/units.h"
#include "views/html.h"
#include "views/json.h"
#include "views/text.h"

#define DEFAULT_NS (5 * NS_PER_SEC)

/* No bits of levels: --level was not given. */
#define LEVELS_UNSET UINT_MAX

/**
 * struct report_options - the command line
 * @duration_ns: -t, 0 when not given
 * @levels: --level
 * @stacks: --stacks
 * @format: --format
 * @from: --from, NULL to watch
 * @window: --window, NULL for all of it
 * @path: -o, NULL for stdout
 * @command: what follows "--", NULL for none
 */
struct report_options {
	uint64_t duration_ns;
	unsigned int levels;
	bool stacks;
	enum format format;
	const char *from;
	const char *window;
	const char *path;
	char **command;
};

#define OFFSET(field) offsetof(struct report_options, field)

static const struct option_row rows[] = {
	{ "time", 't', "SEC", "watch for SEC seconds (default 5)",
	  option_seconds, OFFSET(duration_ns) },
	LEVEL_ROW(levels),
	{ "stacks", 's', NULL,
	  "show where blocks, mappings and waits came from", option_flag,
	  OFFSET(stacks) },
	{ "format", 'f', "FORMAT", "text (default), json or html",
	  option_report_format, OFFSET(format), &report_format_words },
	{ "from", 0, "FILE",
	  "report what was recorded or saved as JSON, without watching",
	  option_text, OFFSET(from) },
	WINDOW_ROW(window),
	OUTPUT_ROW(path),
	{ NULL },
};

static const char *const synopses[] = {
	"[-t SEC] [OPTIONS]",
	"[OPTIONS] -- COMMAND [ARGUMENT...]",
	"--from FILE [--window A..B] [OPTIONS]",
	NULL,
};

static const struct option_table table = {
	.command = "report",
	.summary = "Watch for a while, or while COMMAND runs, and report.",
	.synopses = synopses,
	.rows = rows,
	.operands = OPERANDS_COMMAND,
	.notes =
		"Each level can be attached alone. --level locks,blocks has no overhead on\n"
		"mappings, but shows no failures, no owners and no leaks of them:\n"
		"  state        attach nothing; state is always read\n"
		"  locks        waits for area locks\n"
		"  blocks       allocations and frees of device blocks\n"
		"  mappings     every map and unmap: owners, failures, leaks\n"
		"  bounces      mappings, and syncs and what copies cost: "
		"overhead on each copy\n"
		"  callers      locks, and which device and code waits: "
		"overhead on each map\n"
		"  holds        how long area locks are held, and by which CPU: "
		"overhead on\n"
		"               each irq-safe spinlock of the whole system\n"
		"  tracepoints  lock:contention_begin, for comparison\n"
		"  audit        whether the allocator's own data contradicts "
		"itself\n"
		"  trace        each map and unmap by itself; here they are "
		"counted only,\n"
		"               swiotlb record keeps them\n",
};

static int show(const struct report_options *options,
		const struct interval *interval,
		const struct timeline *timeline, struct output *output)
{
	FILE *stream = output_stream(output);
	int err;

	/* Unmaps that were wrong are shown with their stacks in any case. */
	if (!options->from &&
	    (options->stacks || interval->figures.nr_wrong_unmaps))
		symbols_warn();
	if (options->format == FORMAT_JSON) {
		err = json_report(interval, JSON_INDENTED, stream);
	} else if (options->format == FORMAT_HTML) {
		err = html_report(interval, timeline, stream);
	} else {
		const struct text_options text = {
			.stacks = options->stacks,
		};
		struct page page;

		page_init(&page, stream, output_terminal(output));
		err = text_report(interval, &text, &page.pane);
		if (page_write(&page))
			err = -ENOMEM;
	}
	if (err)
		log_error("cannot make the report: %s", strerror(-err));
	return err;
}

static int report(const struct report_options *options)
{
	struct timeline *timeline = NULL, room = { 0 };
	struct window_options window = {
		.levels = options->levels,
		.stacks = options->stacks,
		.duration_ns = options->duration_ns,
		.command = options->command,
	};
	struct interval interval = { 0 };
	struct output *output;
	int err;

	if (output_open(&output, options->path))
		return EXIT_ERROR;
	/* The page alone has charts over time. */
	if (options->format == FORMAT_HTML)
		timeline = &room;
	window.timeline = timeline;
	err = options->from ? recorded_read(options->from, options->window,
					    &interval, timeline)
			    : window_observe(&window, &interval);
	if (!err)
		err = show(options, &interval, timeline, output);
	interval_release(&interval);
	timeline_release(&room);
	return output_end(output, err) ? EXIT_ERROR : EXIT_FINE;
}

/* Return: which valid options contradict each other, or NULL. */
static const char *contradiction(const struct report_options *options)
{
	if (options->from && (options->command || options->duration_ns ||
			      options->levels != LEVELS_UNSET))
		return "--from reports what was seen: it takes no time, level "
		       "or command";
	if (options->window && !options->from)
		return "--window is a part of what was recorded: give --from "
		       "as well";
	if (options->command && options->duration_ns)
		return "give a time (-t) or a command, not both";
	return NULL;
}

static int run(int argc, char **argv)
{
	struct report_options options = { .levels = LEVELS_UNSET };
	enum options_result result;
	const char *problem;

	result = options_parse(&table, argc, argv, &options, &options.command);
	if (result != OPTIONS_RUN)
		return result == OPTIONS_HELP ? EXIT_FINE : EXIT_ERROR;
	problem = contradiction(&options);
	if (problem) {
		log_error("report: %s", problem);
		return EXIT_ERROR;
	}
	if (options.levels == LEVELS_UNSET)
		options.levels = LEVELS_DEFAULT;
	if (!options.command && !options.duration_ns)
		options.duration_ns = DEFAULT_NS;
	return report(&options);
}

const struct command report_command = { .options = &table, .run = run };

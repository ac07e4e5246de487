/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "commands/command.h"
#include "commands/recorded.h"
#include "commands/window.h"
#include "model/advice.h"
#include "model/level.h"
#include "util/log.h"
#include "util/output.h"
#include "util/units.h"
#include "views/advice.h"

#define DEFAULT_NS (5 * NS_PER_SEC)

/* No bits of levels: --level was not given. */
#define LEVELS_UNSET UINT_MAX

/* Shares are hundredths of a per cent. */
#define WHOLE 10000u

/**
 * struct advise_options - the command line
 * @duration_ns: -t, 0 when not given
 * @levels: --level
 * @goal: --goal
 * @from: --from, NULL to watch
 * @format: --format
 * @path: -o, NULL for stdout
 * @command: what follows "--", NULL for none
 */
struct advise_options {
	uint64_t duration_ns;
	unsigned int levels;
	struct goal goal;
	const char *from;
	enum format format;
	const char *path;
	char **command;
};

/*
 * The command line
 */

static int parse_refusals(const char *text, struct goal *goal)
{
	return parse_count(text, &goal->refusals);
}

static int parse_wait(const char *text, struct goal *goal)
{
	return parse_percent(text, &goal->wait_share);
}

static int parse_spare(const char *text, struct goal *goal)
{
	int err = parse_percent(text, &goal->spare_share);

	return err ? err : goal->spare_share < WHOLE ? 0 : -EINVAL;
}

/**
 * struct goal_word - a part of --goal
 * @name: what comes before the "="
 * @parse: of what comes behind it; 0 or -EINVAL
 * @takes: what that is, for messages
 */
struct goal_word {
	const char *name;
	int (*parse)(const char *text, struct goal *goal);
	const char *takes;
};

static const struct goal_word goal_words[] = {
	{ "refusals", parse_refusals, "a number" },
	{ "wait", parse_wait, "per cent of a CPU, such as 1%" },
	{ "spare", parse_spare, "per cent of the slots, below 100%" },
};

#define NR_GOAL_WORDS (sizeof(goal_words) / sizeof(*goal_words))

static int parse_goal_part(const char *part, struct goal *goal, char *why,
			   size_t why_len)
{
	const size_t len = strcspn(part, "=");

	for (size_t i = 0; i < NR_GOAL_WORDS; i++) {
		const struct goal_word *word = &goal_words[i];

		if (len != strlen(word->name) || strncmp(part, word->name, len))
			continue;
		if (part[len] && !word->parse(part + len + 1, goal))
			return 0;
		snprintf(why, why_len, "%s= takes %s", word->name, word->takes);
		return -EINVAL;
	}
	snprintf(why, why_len,
		 "'%.32s' is no part of a goal; give refusals=N, wait=N%% or "
		 "spare=N%%",
		 part);
	return -EINVAL;
}

static int option_goal(const char *text, void *value, char *why, size_t why_len)
{
	char *parts = strdup(text), *rest = parts, *part;
	int err = parts ? 0 : -ENOMEM;

	if (err)
		snprintf(why, why_len, "%s", strerror(-err));
	while (!err && (part = strsep(&rest, ",")))
		err = parse_goal_part(part, value, why, why_len);
	free(parts);
	return err;
}

#define OFFSET(field) offsetof(struct advise_options, field)

static const struct option_row rows[] = {
	{ "time", 't', "SEC", "watch for SEC seconds (default 5)",
	  option_seconds, OFFSET(duration_ns) },
	LEVEL_ROW(levels),
	{ "from", 0, "FILE",
	  "advise on what was recorded or saved as JSON, without watching",
	  option_text, OFFSET(from) },
	{ "goal", 'g', "GOAL",
	  "what the pool has to do (default refusals=0,wait=1%,spare=20%)",
	  option_goal, OFFSET(goal) },
	FORMAT_ROW(format),
	OUTPUT_ROW(path),
	{ NULL },
};

static const char *const synopses[] = {
	"[-t SEC] [OPTIONS]",
	"[OPTIONS] -- COMMAND [ARGUMENT...]",
	"--from FILE [OPTIONS]",
	NULL,
};

static const struct option_table table = {
	.command = "advise",
	.summary = "Advise on the size and the areas of the default pool.",
	.synopses = synopses,
	.rows = rows,
	.operands = OPERANDS_COMMAND,
	.notes = "GOAL: refusals=N,wait=N%,spare=N%, each part optional\n"
		 "  refusals  mappings that may be refused, of those that a "
		 "larger pool serves\n"
		 "  wait      of a CPU's time that may be waited for locks\n"
		 "  spare     of the slots that are free at the peak\n\n"
		 "Exit status: 0 advice that meets the goal, 1 nothing meets "
		 "it, 2 usage or error,\n4 cannot judge, such as while a leak "
		 "takes slots.\n",
};

/*
 * The run
 */

static int observe(const struct advise_options *options,
		   struct interval *interval)
{
	const struct window_options window = {
		.levels = options->levels,
		.duration_ns = options->duration_ns,
		.command = options->command,
	};

	return window_observe(&window, interval);
}

static int show(const struct advise_options *options,
		const struct advice *advice, struct output *output)
{
	FILE *stream = output_stream(output);
	struct page page;
	int err;

	if (options->format == FORMAT_JSON) {
		err = advice_json(advice, stream);
	} else {
		page_init(&page, stream, output_terminal(output));
		advice_text(advice, &page.pane);
		err = page_write(&page);
	}
	if (err)
		log_error("cannot show the advice: %s", strerror(-err));
	return err;
}

static int advise(const struct advise_options *options,
		  const struct interval *interval, struct output *output,
		  int *status)
{
	static const int statuses[] = {
		[ADVICE_NONE] = EXIT_UNDECIDED,
		[ADVICE_KEEP] = EXIT_FINE,
		[ADVICE_CHANGE] = EXIT_FINE,
		[ADVICE_UNMET] = EXIT_VIOLATED,
	};
	struct advice *advice = malloc(sizeof(*advice));
	int err;

	if (!advice) {
		log_error("cannot advise: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	advice_begin(advice, interval, &options->goal, NULL, 0);
	if (!advice->obstacle)
		advice_by_figures(advice);
	err = show(options, advice, output);
	*status = statuses[advice->state];
	free(advice);
	return err;
}

static int watch_and_advise(const struct advise_options *options)
{
	struct interval interval = { 0 };
	int err, status = EXIT_ERROR;
	struct output *output;

	if (output_open(&output, options->path))
		return EXIT_ERROR;
	err = options->from
		      ? recorded_read(options->from, NULL, &interval, NULL)
		      : observe(options, &interval);
	if (!err)
		err = advise(options, &interval, output, &status);
	interval_release(&interval);
	return output_end(output, err) ? EXIT_ERROR : status;
}

/* Return: which valid options contradict each other, or NULL. */
static const char *contradiction(const struct advise_options *options)
{
	if (options->from && (options->command || options->duration_ns ||
			      options->levels != LEVELS_UNSET))
		return "--from advises on what was seen: it takes no time, "
		       "level or command";
	if (options->command && options->duration_ns)
		return "give a time (-t) or a command, not both";
	return NULL;
}

static int run(int argc, char **argv)
{
	struct advise_options options = {
		.levels = LEVELS_UNSET,
		.goal = GOAL_DEFAULT,
	};
	enum options_result result;
	const char *problem;

	result = options_parse(&table, argc, argv, &options, &options.command);
	if (result != OPTIONS_RUN)
		return result == OPTIONS_HELP ? EXIT_FINE : EXIT_ERROR;
	problem = contradiction(&options);
	if (problem) {
		log_error("advise: %s", problem);
		return EXIT_ERROR;
	}
	if (options.levels == LEVELS_UNSET)
		options.levels = LEVELS_DEFAULT;
	if (!options.command && !options.duration_ns)
		options.duration_ns = DEFAULT_NS;
	return watch_and_advise(&options);
}

const struct command advise_command = { .options = &table, .run = run };

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands/assertions.h"
#include "commands/check_outputs.h"
#include "commands/command.h"
#include "commands/recorded.h"
#include "commands/window.h"
#include "model/level.h"
#include "model/verdict.h"
#include "sources/json_baseline.h"
#include "util/log.h"
#include "util/symbols.h"
#include "util/units.h"
#include "views/results.h"

#define DEFAULT_NS (5 * NS_PER_SEC)

/* What `git bisect run` takes as "this commit cannot be judged". */
#define EXIT_SKIP 125

/**
 * struct check_options - the command line
 * @assertions: -a and -f
 * @duration_ns: -t, 0 when not given
 * @settle_ns: --settle
 * @require_exit_0: the command must exit with 0
 * @baseline_path: --baseline
 * @fail_fast: --fail-fast
 * @list_metrics: --list-metrics
 * @bisect: --bisect
 * @from: --from, NULL to watch
 * @window: --window, NULL for all of it
 * @outputs: --format and -o
 * @command: what follows "--", NULL for none
 */
struct check_options {
	struct assertions assertions;
	uint64_t duration_ns;
	uint64_t settle_ns;
	bool require_exit_0;
	const char *baseline_path;
	bool fail_fast;
	bool list_metrics;
	bool bisect;
	const char *from;
	const char *window;
	struct check_outputs outputs;
	char **command;
};

/**
 * struct check - a check that runs
 * @options: the command line
 * @baseline: figures of --baseline
 * @stopped: --fail-fast has ended the window
 * @seen: then, what decided it: a pool that was in the way may be gone since
 */
struct check {
	const struct check_options *options;
	struct baseline baseline;
	bool stopped;
	struct snapshot seen;
};

/*
 * The command line
 */

/* A comment begins at the start of a line or after a space. */
static void cut_comment(char *line)
{
	for (char *c = line; *c; c++) {
		if (*c == '#' && (c == line || strchr(" \t", c[-1]))) {
			*c = '\0';
			return;
		}
	}
}

static int add_line(struct assertions *assertions, char *line, size_t len,
		    struct assertion_error *error)
{
	if (strlen(line) != len) {
		error->column = (unsigned int)strlen(line) + 1;
		snprintf(error->text, sizeof(error->text),
			 "a NUL byte: this is no text");
		return -EINVAL;
	}
	cut_comment(line);
	if (!line[strspn(line, " \t\r\n")])
		return 0;
	return assertions_add(assertions, line, error);
}

static int add_lines(struct assertions *assertions, FILE *file, char *why,
		     size_t why_len)
{
	struct assertion_error error;
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int read_error, err = 0;

	while (!err && (len = getline(&line, &size, file)) >= 0) {
		number++;
		err = add_line(assertions, line, (size_t)len, &error);
	}
	read_error = errno;
	if (err == -EINVAL)
		snprintf(why, why_len, "line %u, column %u: %s", number,
			 error.column, error.text);
	else if (!err && ferror(file))
		err = -read_error;
	if (err && err != -EINVAL)
		snprintf(why, why_len, "cannot read it: %s", strerror(-err));
	free(line);
	return err;
}

static int option_file(const char *text, void *value, char *why, size_t why_len)
{
	bool standard = !strcmp(text, "-");
	FILE *file = standard ? stdin : fopen(text, "re");
	int err;

	if (!file) {
		err = -errno;
		snprintf(why, why_len, "cannot read it: %s", strerror(-err));
		return err;
	}
	err = add_lines(value, file, why, why_len);
	if (!standard)
		fclose(file);
	return err;
}

static int option_no_flag(const char *text, void *value, char *why,
			  size_t why_len)
{
	(void)text;
	(void)why;
	(void)why_len;
	*(bool *)value = false;
	return 0;
}

#define OFFSET(field) offsetof(struct check_options, field)

static const struct option_row rows[] = {
	{ "assert", 'a', "ASSERTION",
	  "assertion, such as 'block.leaked == 0'; repeatable",
	  option_assertion, OFFSET(assertions), &metric_words },
	{ "file", 'f', "FILE", "read assertions from FILE, one per line",
	  option_file, OFFSET(assertions) },
	{ "list-metrics", 0, NULL, "list the metrics", option_flag,
	  OFFSET(list_metrics) },
	{ "time", 't', "SEC", "watch for SEC seconds (default 5)",
	  option_seconds, OFFSET(duration_ns) },
	{ "settle", 0, "SEC", "keep watching for SEC seconds after COMMAND",
	  option_seconds, OFFSET(settle_ns) },
	{ "require-exit-0", 0, NULL,
	  "COMMAND must exit with 0, too (the default)", option_flag,
	  OFFSET(require_exit_0) },
	{ "no-require-exit-0", 0, NULL, "COMMAND may exit with any status",
	  option_no_flag, OFFSET(require_exit_0) },
	{ "baseline", 'b', "FILE",
	  "JSON of an earlier report or check, to compare with", option_text,
	  OFFSET(baseline_path) },
	{ "fail-fast", 0, NULL, "end at the first violation that is final",
	  option_flag, OFFSET(fail_fast) },
	{ "format", 0, "FORMAT",
	  "text (default), ktap, tap, junit, github, markdown or json; "
	  "repeatable",
	  option_check_format, OFFSET(outputs), &check_format_words },
	{ "from", 0, "FILE",
	  "judge what was recorded or saved as JSON, without watching",
	  option_text, OFFSET(from) },
	WINDOW_ROW(window),
	{ "output", 'o', "FILE", "write to FILE, whole or not at all",
	  option_check_path, OFFSET(outputs) },
	{ "bisect", 0, NULL, "exit with 125 if it cannot be judged",
	  option_flag, OFFSET(bisect) },
	{ NULL },
};

static const char *const synopses[] = {
	"-a ASSERTION... [-t SEC] [OPTIONS]",
	"-a ASSERTION... [OPTIONS] -- COMMAND [ARGUMENT...]",
	"-a ASSERTION... --from FILE [--window A..B] [OPTIONS]",
	"--list-metrics",
	NULL,
};

static const struct option_table table = {
	.command = "check",
	.summary = "Watch for a while, or while COMMAND runs, and judge "
		   "assertions.",
	.synopses = synopses,
	.rows = rows,
	.operands = OPERANDS_COMMAND,
	.notes = "ASSERTION: METRIC[{pool=NAME,area=N,device=NAME}] OPERATOR "
		 "BOUND\n"
		 "  OPERATOR: < <= > >= == !=\n"
		 "  BOUND: 50us, 64MiB, 80%, 12; baseline, baseline * 1.10, "
		 "baseline + 5\n"
		 "  NAME may be a pattern; the worst value that matches is "
		 "judged.\n\n"
		 "Exit status: 0 all hold, 1 violated, 2 usage or error, "
		 "4 cannot judge.\n",
};

/*
 * --list-metrics
 */

static int list_metrics(const char *path)
{
	struct output *output;
	char levels[64];
	FILE *stream;

	if (output_open(&output, path))
		return EXIT_ERROR;
	stream = output_stream(output);
	fprintf(stream, "%-24s %-7s %-7s %-6s %-15s %s\n", "METRIC", "OF",
		"TYPE", "UNIT", "LEVEL", "WHAT IT IS");
	for_each_metric (metric) {
		levels_format(field_levels(metric), levels, sizeof(levels));
		fprintf(stream, "%-24s %-7s %-7s %-6s %-15s %s%s\n",
			metric->metric, entity_table[metric->scope].name,
			kind_name(metric->kind), unit_name(metric->unit),
			levels, metric->help,
			metric->whole ? " (takes %)" : "");
	}
	return output_commit(output) ? EXIT_ERROR : EXIT_FINE;
}

/*
 * The run
 */

static bool enough(const struct interval *interval, void *context)
{
	struct check *check = context;
	const struct assertions *assertions = &check->options->assertions;
	const struct evidence evidence = {
		.snap = &interval->figures,
		.baseline = &check->baseline,
		.open = true,
		.open_reason = "",
	};
	struct verdict verdict;

	for (size_t i = 0; !check->stopped && i < assertions->count; i++) {
		if (verdict_judge(&assertions->list[i], &evidence, &verdict))
			return false;
		/* Without memory the watch continues: slower, and just as
		 * correct. */
		check->stopped =
			verdict.outcome == OUTCOME_VIOLATED &&
			!snapshot_copy(&check->seen, &interval->figures);
		verdict_release(&verdict);
	}
	return check->stopped;
}

static int observe(struct check *check, struct interval *interval)
{
	const struct check_options *options = check->options;
	const struct window_options window = {
		.levels = assertions_levels(&options->assertions),
		.duration_ns = options->duration_ns,
		.settle_ns = options->settle_ns,
		.command = options->command,
		.enough = options->fail_fast ? enough : NULL,
		.context = check,
	};
	struct interval seen;
	int err = window_observe(&window, interval);

	if (err || !check->stopped)
		return err;
	err = interval_make(NULL, &check->seen, &interval->figures.window,
			    &seen);
	interval_release(interval);
	*interval = seen;
	return err;
}

static void worsen(struct results *results, enum outcome outcome)
{
	if (outcome > results->outcome)
		results->outcome = outcome;
}

/* A command that we ended ourselves has not failed. */
static void judge_command(const struct check *check, struct results *results)
{
	const struct window *window = &results->interval->figures.window;

	results->command_judged =
		check->options->command && check->options->require_exit_0;
	if (!results->command_judged)
		return;
	results->command = !window->exit_status ? OUTCOME_HOLDS
			   : window->interrupted || check->stopped
				   ? OUTCOME_UNDECIDED
				   : OUTCOME_VIOLATED;
	worsen(results, results->command);
}

static int judge(const struct check *check, struct verdict *verdicts,
		 struct results *results)
{
	const int statuses[OUTCOMES] = {
		[OUTCOME_HOLDS] = EXIT_FINE,
		[OUTCOME_UNDECIDED] =
			check->options->bisect ? EXIT_SKIP : EXIT_UNDECIDED,
		[OUTCOME_VIOLATED] = EXIT_VIOLATED,
	};
	const struct assertions *assertions = &check->options->assertions;
	const struct evidence evidence = {
		.snap = &results->interval->figures,
		.baseline = &check->baseline,
		.open = check->stopped ||
			results->interval->figures.window.interrupted,
		.open_reason = check->stopped
				       ? "ended early at another's violation"
				       : "the window was cut short by a signal",
	};

	for (size_t i = 0; i < assertions->count; i++) {
		int err = verdict_judge(&assertions->list[i], &evidence,
					&verdicts[i]);

		if (err)
			return err;
		results->count++;
		worsen(results, verdicts[i].outcome);
	}
	judge_command(check, results);
	results->exit_status = statuses[results->outcome];
	return 0;
}

static bool shows_stacks(const struct results *results)
{
	bool shown = false;

	for (size_t i = 0; i < results->count; i++)
		for (size_t j = 0; j < results->verdicts[i].nr_culprits; j++)
			shown |= results->verdicts[i].culprits[j].stack != NULL;
	return shown;
}

static int judge_and_show(const struct check *check,
			  const struct interval *interval, int *status)
{
	size_t count = check->options->assertions.count;
	struct verdict *verdicts = calloc(count, sizeof(*verdicts));
	struct results results = { .interval = interval, .verdicts = verdicts };
	int err;

	err = verdicts ? judge(check, verdicts, &results) : -ENOMEM;
	if (err)
		log_error("cannot judge: %s", strerror(-err));
	else if (!check->options->from && shows_stacks(&results))
		symbols_warn();
	if (!err)
		err = check_outputs_write(&check->options->outputs, &results);
	*status = results.exit_status;
	for (size_t i = 0; verdicts && i < count; i++)
		verdict_release(&verdicts[i]);
	free(verdicts);
	return err;
}

static int check_run(struct check_options *options)
{
	struct check check = { .options = options };
	struct interval interval = { 0 };
	int status = EXIT_ERROR, err = 0;

	if (options->baseline_path)
		err = json_read_baseline(options->baseline_path,
					 &check.baseline);
	if (!err)
		err = check_outputs_open(&options->outputs);
	if (err)
		goto out;
	err = options->from ? recorded_read(options->from, options->window,
					    &interval, NULL)
			    : observe(&check, &interval);
	if (!err)
		err = judge_and_show(&check, &interval, &status);
	err = check_outputs_end(&options->outputs, err);
out:
	interval_release(&interval);
	snapshot_release(&check.seen);
	baseline_release(&check.baseline);
	return !err ? status : options->bisect ? EXIT_SKIP : EXIT_ERROR;
}

/* Return: which valid options contradict each other, or NULL. */
static const char *contradiction(const struct check_options *options)
{
	const struct assertions *assertions = &options->assertions;

	if (!assertions->count)
		return "nothing to check: give an assertion (-a 'METRIC "
		       "OPERATOR BOUND') or --list-metrics";
	if (options->from &&
	    (options->command || options->duration_ns || options->fail_fast))
		return "--from judges what was seen: it takes no time or "
		       "command, and does not fail fast";
	if (options->window && !options->from)
		return "--window is a part of what was recorded: give --from "
		       "as well";
	if (options->command && options->duration_ns)
		return "give a time (-t) or a command, not both; --settle "
		       "goes on after a command";
	if (options->settle_ns && !options->command)
		return "--settle needs a command";
	if (!options->baseline_path && assertions_need_baseline(assertions))
		return "an assertion compares with a baseline: give one "
		       "(--baseline FILE)";
	return check_outputs_problem(&options->outputs);
}

static int run_options(struct check_options *options)
{
	const char *problem;

	if (options->list_metrics)
		return list_metrics(options->outputs.list[0].path);
	problem = contradiction(options);
	if (problem) {
		log_error("check: %s", problem);
		return EXIT_ERROR;
	}
	if (!options->command && !options->duration_ns)
		options->duration_ns = DEFAULT_NS;
	return check_run(options);
}

static int run(int argc, char **argv)
{
	struct check_options options = { .require_exit_0 = true };
	enum options_result result;
	int status = EXIT_ERROR;

	result = options_parse(&table, argc, argv, &options, &options.command);
	if (result == OPTIONS_HELP)
		status = EXIT_FINE;
	else if (result == OPTIONS_RUN)
		status = run_options(&options);
	assertions_release(&options.assertions);
	return status;
}

const struct command check_command = { .options = &table, .run = run };

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/advise_parts.h"
#include "commands/command.h"
#include "commands/recorded.h"
#include "commands/tape.h"
#include "commands/window.h"
#include "model/advice.h"
#include "model/level.h"
#include "util/log.h"
#include "util/output.h"
#include "util/units.h"
#include "views/advice.h"

#define DEFAULT_NS (5 * NS_PER_SEC)

/* Passes with the pool as it is that fit the time for which locks are held, at
 * most.
 */
#define FITS 5

/* What a trace is compared with, and what may be an obstacle, as well. */
#define LEVELS_ADVISE (LEVELS_DEFAULT | LEVEL_TRACE)

/* No bits of levels: --level was not given. */
#define LEVELS_UNSET UINT_MAX

/**
 * struct advise_options - the command line
 * @duration_ns: -t, 0 when not given
 * @levels: --level
 * @goal: --goal
 * @whatifs: --what-if
 * @from: --from, NULL to watch
 * @format: --format
 * @path: -o, NULL for stdout
 * @command: what follows "--", NULL for none
 */
struct advise_options {
	uint64_t duration_ns;
	unsigned int levels;
	struct goal goal;
	struct whatifs whatifs;
	const char *from;
	enum format format;
	const char *path;
	char **command;
};

#define OFFSET(field) offsetof(struct advise_options, field)

static const struct option_row rows[] = {
	{ "time", 't', "SEC", "watch for SEC seconds (default 5)",
	  option_seconds, OFFSET(duration_ns) },
	{ "level", 'l', "LIST",
	  "what to attach (default locks,blocks,mappings,trace)", option_levels,
	  OFFSET(levels), &level_words },
	{ "from", 0, "FILE",
	  "advise on what was recorded or saved as JSON, without watching",
	  option_text, OFFSET(from) },
	{ "goal", 'g', "GOAL",
	  "what the pool has to do (default refusals=0,wait=1%,spare=20%)",
	  option_goal, OFFSET(goal) },
	{ "what-if", 'w', "SETTING",
	  "predict this as well, such as slots=8192,areas=4; repeatable",
	  option_whatif, OFFSET(whatifs) },
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

static int take(struct snapshot *sample, void *context)
{
	struct tape *tape = context;
	int full = tape_keep(tape, sample);

	if (full > 0)
		log_warn("there is room for no more than %s of requests: the "
			 "window ends here; what is recorded has no such limit",
			 BYTES(TAPE_BYTES));
	return full;
}

static int observe(const struct advise_options *options,
		   struct interval *interval, struct tape *tape)
{
	const struct window_options window = {
		.levels = options->levels,
		.duration_ns = options->duration_ns,
		.command = options->command,
		.take = take,
		.context = tape,
	};

	return window_observe(&window, interval);
}

static int read_recorded(const struct advise_options *options,
			 struct interval *interval, struct tape *tape)
{
	int err = recorded_read(options->from, NULL, interval, NULL);

	if (err || snapshot_level_missing(&interval->figures, LEVEL_TRACE))
		return err;
	return tape_open(tape, options->from, interval);
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

/*
 * The simulation
 */

/**
 * struct pass - a pass over the trace
 * @advice: whose rows are simulated
 * @whatif: by this
 * @note: what parts lack is noted
 */
struct pass {
	struct advice *advice;
	struct whatif *whatif;
	bool note;
};

static int simulate_part(const struct trace *part, void *context)
{
	struct pass *pass = context;

	if (pass->note)
		advice_note(pass->advice, part);
	return whatif_add(pass->whatif, part);
}

/* The first @nr rows. */
static int simulate(struct tape *tape, struct advice *advice, size_t nr,
		    bool note)
{
	struct setting settings[ADVICE_ROWS] = { 0 };
	struct pass pass = { .advice = advice, .note = note };
	int err;

	for (size_t i = 0; i < nr; i++)
		settings[i] = advice->rows[i].setting;
	pass.whatif = whatif_new(&advice->basis, settings, nr);
	if (!pass.whatif)
		return -ENOMEM;
	err = tape_play(tape, simulate_part, &pass);
	for (size_t i = 0; !err && i < nr; i++)
		whatif_outcome(pass.whatif, i, &advice->rows[i].outcome);
	whatif_free(pass.whatif);
	return err;
}

/* swiotlb_search_pool_area() came with struct io_tlb_pool (6.6). */
static enum search search_of(const struct kernel_info *kernel)
{
	return strncmp(kernel->layout, "io_tlb_pool", 11) ? SEARCH_6_1
							  : SEARCH_6_12;
}

static int advise_by_trace(struct advice *advice, struct tape *tape)
{
	int err;

	advice->basis.search = search_of(&advice->interval->figures.kernel);
	advice->basis.page_bytes = (uint32_t)sysconf(_SC_PAGESIZE);
	advice_sizes(advice);
	err = simulate(tape, advice, advice->nr, true);
	if (err || !advice_areas(advice))
		return err;
	for (unsigned int i = 0; !err && i < FITS; i++) {
		err = simulate(tape, advice, 1, false);
		if (advice_fit(advice))
			break;
	}
	if (!err)
		err = simulate(tape, advice, advice->nr, false);
	if (!err)
		advice_conclude(advice);
	return err;
}

/* Return: 0, or -ENODATA where there is nothing to simulate with. */
static int advise_by_figures(const struct advise_options *options,
			     struct advice *advice, const char *missing)
{
	if (!options->whatifs.nr) {
		advice_by_figures(advice);
		return 0;
	}
	if (options->from)
		log_error("%s has no trace of requests, which --what-if is "
			  "given to: record it with 'swiotlb record --level "
			  "locks,blocks,mappings,trace'",
			  options->from);
	else
		log_error("there is no trace of requests, which --what-if is "
			  "given to: %s",
			  missing);
	return -ENODATA;
}

static int advise(const struct advise_options *options,
		  const struct interval *interval, struct tape *tape,
		  struct advice *advice)
{
	const char *missing =
		snapshot_level_missing(&interval->figures, LEVEL_TRACE);
	int err;

	advice_begin(advice, interval, &options->goal, options->whatifs.list,
		     options->whatifs.nr);
	if (advice->obstacle)
		return 0;
	if (missing)
		return advise_by_figures(options, advice, missing);
	err = advise_by_trace(advice, tape);
	if (err)
		log_error("cannot simulate the requests: %s", strerror(-err));
	return err;
}

static int advise_and_show(const struct advise_options *options,
			   const struct interval *interval, struct tape *tape,
			   struct output *output, int *status)
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
	err = advise(options, interval, tape, advice);
	if (!err)
		err = show(options, advice, output);
	*status = statuses[advice->state];
	free(advice);
	return err;
}

static int watch_and_advise(const struct advise_options *options)
{
	struct interval interval = { 0 };
	int err, status = EXIT_ERROR;
	struct tape tape = { 0 };
	struct output *output;

	if (output_open(&output, options->path))
		return EXIT_ERROR;
	err = options->from ? read_recorded(options, &interval, &tape)
			    : observe(options, &interval, &tape);
	if (!err)
		err = advise_and_show(options, &interval, &tape, output,
				      &status);
	tape_release(&tape);
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
		options.levels = LEVELS_ADVISE;
	if (!options.command && !options.duration_ns)
		options.duration_ns = DEFAULT_NS;
	return watch_and_advise(&options);
}

const struct command advise_command = { .options = &table, .run = run };

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands/command.h"
#include "commands/exporter.h"
#include "commands/pace.h"
#include "model/level.h"
#include "util/child.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/output.h"

#define DELAY_NS (10 * NS_PER_SEC)

/**
 * struct export_options - the command line
 * @textfile: --textfile, NULL when not given
 * @interval_ns: -d
 * @levels: --level
 * @per_area: --per-area
 */
struct export_options {
	const char *textfile;
	uint64_t interval_ns;
	unsigned int levels;
	bool per_area;
};

#define OFFSET(field) offsetof(struct export_options, field)

static const struct option_row rows[] = {
	{ "textfile", 't', "FILE",
	  "write FILE with each sample, for node_exporter's textfile collector",
	  option_text, OFFSET(textfile) },
	{ "delay", 'd', "SEC", "time between two samples (default 10)",
	  option_interval, OFFSET(interval_ns) },
	LEVEL_ROW(levels),
	{ "per-area", 0, NULL, "histograms of each area as well", option_flag,
	  OFFSET(per_area) },
	{ NULL },
};

static const char *const synopses[] = {
	"--textfile FILE [-d SEC] [OPTIONS]",
	NULL,
};

static const struct option_table table = {
	.command = "export",
	.summary = "Show the latest sample to Prometheus.",
	.synopses = synopses,
	.rows = rows,
	.notes = "Ends with Ctrl-C or SIGTERM, and removes FILE then.\n",
};

/**
 * struct exporting - an export
 * @options: what was asked for
 * @exporter: samples
 * @textfile: the file; NULL = there is none
 * @failing: it could not be written the last time
 * @next_ns: when the next sample is due, CLOCK_MONOTONIC
 */
struct exporting {
	const struct export_options *options;
	struct exporter exporter;
	struct output *textfile;
	bool failing;
	uint64_t next_ns;
};

/*
 * The file
 */

/* Said once, and once more when it is over: a full disk may stay full. */
static void tell(struct exporting *exporting, int err)
{
	const char *path = exporting->options->textfile;

	if (err && !exporting->failing)
		log_warn("cannot write %s: %s; this is tried again with each "
			 "sample",
			 path, strerror(-err));
	else if (!err && exporting->failing)
		log_note("%s is written again", path);
	exporting->failing = err;
}

/* A file that cannot be written ends no exporter: its age tells. */
static int publish(struct exporting *exporting)
{
	int err;

	if (!exporting->textfile)
		return 0;
	err = exporter_write(&exporting->exporter, EXPOSITION_CLASSIC, true,
			     output_stream(exporting->textfile));
	if (err)
		return err;
	err = output_publish(exporting->textfile);
	exporting->exporter.own.write_errors += err != 0;
	tell(exporting, err);
	return output_stream(exporting->textfile) ? 0 : -ENOMEM;
}

/*
 * Samples
 */

static int take_sample(struct exporting *exporting)
{
	int err = exporter_sample(&exporting->exporter);

	return err ? err : publish(exporting);
}

static int tick(void *context)
{
	struct exporting *exporting = context;
	uint64_t now = monotonic_ns();

	if (!pace_due(exporting->next_ns, now))
		return exporter_poll(&exporting->exporter);
	exporting->next_ns = pace_next(exporting->next_ns, now,
				       exporting->options->interval_ns);
	return take_sample(exporting);
}

static int export_all(struct exporting *exporting)
{
	const struct export_options *options = exporting->options;
	const struct watch_options watching = {
		.interval_ns = pace_poll(options->interval_ns),
		.tick = tick,
		.context = exporting,
	};
	struct watch_result watched;
	int err = take_sample(exporting);

	exporting->next_ns = monotonic_ns() + options->interval_ns;
	return err ? err : watch(&watching, &watched);
}

static int export_from(struct exporting *exporting)
{
	const struct live_options wanted = {
		.levels = exporting->options->levels,
	};
	int err = exporter_open(&exporting->exporter, &wanted);

	if (err)
		return err;
	err = export_all(exporting);
	exporter_close(&exporting->exporter);
	return err;
}

static bool named_prom(const char *path)
{
	const size_t len = strlen(path);

	return len > 5 && !strcmp(path + len - 5, ".prom");
}

static int export_metrics(const struct export_options *options)
{
	struct exporting exporting = {
		.options = options,
		.exporter.per_area = options->per_area,
	};
	int err = output_open(&exporting.textfile, options->textfile);

	if (err)
		return EXIT_ERROR;
	if (!named_prom(options->textfile))
		log_warn("node_exporter reads no file but those named *.prom, "
			 "and %s is not",
			 options->textfile);
	err = export_from(&exporting);
	output_withdraw(exporting.textfile);
	return err ? EXIT_ERROR : EXIT_FINE;
}

static int run_options(struct export_options *options)
{
	if (!options->textfile) {
		log_error("export: give a file (--textfile)");
		return EXIT_ERROR;
	}
	return export_metrics(options);
}

static int run(int argc, char **argv)
{
	struct export_options options = {
		.interval_ns = DELAY_NS,
		.levels = LEVELS_DEFAULT,
	};
	enum options_result result;
	char **operands;

	result = options_parse(&table, argc, argv, &options, &operands);
	if (result == OPTIONS_HELP)
		return EXIT_FINE;
	return result == OPTIONS_RUN ? run_options(&options) : EXIT_ERROR;
}

const struct command export_command = { .options = &table, .run = run };

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/command.h"
#include "commands/pace.h"
#include "commands/sampler.h"
#include "commands/window.h"
#include "model/level.h"
#include "sources/live.h"
#include "sources/recorder.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/symbols.h"
#include "views/json.h"

/* Less could not hold several files of several samples each. */
#define KEEP_BYTES_MIN (1ull << 20)
#define KEEP_NS_MIN    (60 * NS_PER_SEC)

/**
 * struct keep - --keep, one of both
 * @bytes: a size, 0 = without a limit
 * @ns: a time, likewise
 */
struct keep {
	uint64_t bytes;
	uint64_t ns;
};

/**
 * struct record_options - the command line
 * @interval_ns: -d
 * @levels: --level
 * @stacks: --stacks
 * @keep: --keep
 * @path: -o, NULL when not given
 * @command: what follows "--", NULL for none
 */
struct record_options {
	uint64_t interval_ns;
	unsigned int levels;
	bool stacks;
	struct keep keep;
	const char *path;
	char **command;
};

static int option_keep(const char *text, void *value, char *why, size_t why_len)
{
	struct keep *keep = value;

	*keep = (struct keep){ 0 };
	if (!parse_duration(text, 0, &keep->ns) && keep->ns >= KEEP_NS_MIN)
		return 0;
	keep->ns = 0;
	if (!parse_bytes(text, &keep->bytes) && keep->bytes >= KEEP_BYTES_MIN)
		return 0;
	snprintf(why, why_len,
		 "give a size or a time, such as 1GiB or 24h; at least 1MiB or "
		 "1min");
	return -EINVAL;
}

#define OFFSET(field) offsetof(struct record_options, field)

static const struct option_row rows[] = {
	{ "delay", 'd', "SEC", "time between two samples (default 1)",
	  option_interval, OFFSET(interval_ns) },
	{ "level", 'l', "LIST",
	  "what to attach (default locks,blocks,mappings)", option_levels,
	  OFFSET(levels) },
	{ "stacks", 's', NULL, "record where mappings come from as well",
	  option_flag, OFFSET(stacks) },
	{ "keep", 'k', "LIMIT",
	  "remove the oldest files of DIR beyond a size or an age", option_keep,
	  OFFSET(keep) },
	{ "output", 'o', "FILE|DIR",
	  "where to; an earlier recording is added to", option_text,
	  OFFSET(path) },
	{ NULL },
};

static const char *const synopses[] = {
	"[-d SEC] [OPTIONS] -o FILE",
	"[-d SEC] [OPTIONS] [--keep SIZE|TIME] -o DIR",
	"[OPTIONS] -o FILE -- COMMAND [ARGUMENT...]",
	NULL,
};

static const struct option_table table = {
	.command = "record",
	.summary = "Record samples, for report, check and top --from.",
	.synopses = synopses,
	.rows = rows,
	.operands = OPERANDS_COMMAND,
	.notes =
		"Ends with Ctrl-C, or with COMMAND. 'zstdcat FILE | jq' reads a "
		"recording, too:\na report of what happened since the begin "
		"a line.\n",
};

/**
 * struct recording - a recording in the making
 * @options: what was asked for
 * @sampler: what is attached
 * @recorder: where samples go
 * @next_ns: when the next one is due, CLOCK_MONOTONIC
 * @progress: standard error is a terminal
 */
struct recording {
	const struct record_options *options;
	struct sampler sampler;
	struct recorder *recorder;
	uint64_t next_ns;
	bool progress;
};

static void clear_progress(const struct recording *recording)
{
	if (recording->progress)
		fputs("\r\033[K", stderr);
}

static void show_progress(const struct recording *recording)
{
	const struct recorder_counts *counts =
		recorder_counts(recording->recorder);
	uint64_t since_ns = monotonic_ns() - recording->sampler.opened_ns;
	char lost[UNIT_TEXT_LEN + 16] = "";

	if (!recording->progress)
		return;
	if (counts->lost)
		snprintf(lost, sizeof(lost), ", %" PRIu64 " lost",
			 counts->lost);
	fprintf(stderr, "%s: %" PRIu64 " sample%s, %s, %s%s; Ctrl-C ends",
		recording->options->path, counts->written,
		plural(counts->written), DURATION(since_ns),
		BYTES(counts->bytes), lost);
}

/* The sample as a report of all that happened since the begin. */
static int write_sample(struct recording *recording,
			const struct snapshot *sample,
			const struct window *window)
{
	struct interval interval = { 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *stream;
	int err = interval_make(NULL, sample, window, &interval);

	if (err)
		return err;
	stream = open_memstream(&text, &len);
	err = stream ? json_report(&interval, JSON_LINE, stream) : -ENOMEM;
	if (stream && fclose(stream) && !err)
		err = -ENOMEM;
	interval_release(&interval);
	if (!err)
		recorder_add(recording->recorder, text, len);
	free(text);
	return err;
}

/* Peaks are those since the sample before. */
static int record_sample(struct recording *recording)
{
	struct snapshot sample = { 0 };
	int err = sampler_take(&recording->sampler, &sample);

	clear_progress(recording);
	if (!err)
		err = write_sample(recording, &sample, NULL);
	snapshot_release(&sample);
	if (!err)
		err = source_reset_peaks(recording->sampler.source);
	show_progress(recording);
	return err;
}

static int tick(void *context)
{
	struct recording *recording = context;
	uint64_t now = monotonic_ns();

	if (!pace_due(recording->next_ns, now))
		return sampler_poll(&recording->sampler);
	recording->next_ns = pace_next(recording->next_ns, now,
				       recording->options->interval_ns);
	return record_sample(recording);
}

/* A recording ends with the state in which its command has left the kernel. */
static int record_last(struct recording *recording,
		       const struct watch_result *watched)
{
	const struct record_options *options = recording->options;
	struct window window = window_of(options->command, watched);
	struct snapshot sample = { 0 };
	int err = sampler_take_last(&recording->sampler, &sample);

	clear_progress(recording);
	window.start_ns = sample.window.start_ns;
	window.duration_ns = sample.window.duration_ns;
	if (!err)
		err = write_sample(recording, &sample,
				   options->command ? &window : NULL);
	snapshot_release(&sample);
	return err;
}

static int record_all(struct recording *recording)
{
	const struct record_options *options = recording->options;
	const struct watch_options watching = {
		.command = options->command,
		.interval_ns = pace_poll(options->interval_ns),
		.tick = tick,
		.context = recording,
	};
	struct watch_result watched;
	int err = record_sample(recording);

	recording->next_ns = monotonic_ns() + options->interval_ns;
	if (!err)
		err = watch(&watching, &watched);
	if (!err)
		err = record_last(recording, &watched);
	clear_progress(recording);
	return err;
}

static int record_to(struct recording *recording)
{
	const struct record_options *options = recording->options;
	const struct live_options wanted = {
		.levels = options->levels,
		.stacks = options->stacks,
	};
	struct source *source;
	int err = live_open(&source, &wanted);

	if (err)
		return err;
	if (options->stacks)
		symbols_warn();
	sampler_open(&recording->sampler, source);
	err = record_all(recording);
	sampler_close(&recording->sampler);
	return err;
}

static int record(const struct record_options *options)
{
	const struct recorder_options where = {
		.path = options->path,
		.keep_bytes = options->keep.bytes,
		.keep_ns = options->keep.ns,
	};
	struct recording recording = {
		.options = options,
		.progress = isatty(STDERR_FILENO),
	};
	int err, error;

	if (recorder_open(&recording.recorder, &where))
		return EXIT_ERROR;
	err = record_to(&recording);
	error = recorder_close(recording.recorder);
	return err || error ? EXIT_ERROR : EXIT_FINE;
}

static int run(int argc, char **argv)
{
	struct record_options options = {
		.interval_ns = NS_PER_SEC,
		.levels = LEVELS_DEFAULT,
	};
	enum options_result result;

	result = options_parse(&table, argc, argv, &options, &options.command);
	if (result != OPTIONS_RUN)
		return result == OPTIONS_HELP ? EXIT_FINE : EXIT_ERROR;
	if (!options.path) {
		log_error("record: give a file or a directory (-o)");
		return EXIT_ERROR;
	}
	return record(&options);
}

const struct command record_command = { .options = &table, .run = run };

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/assertions.h"
#include "commands/command.h"
#include "commands/journaling.h"
#include "commands/pace.h"
#include "commands/sampler.h"
#include "commands/triggers.h"
#include "commands/window.h"
#include "model/level.h"
#include "sources/live.h"
#include "sources/past.h"
#include "sources/recorder.h"
#include "util/clock.h"
#include "util/confine.h"
#include "util/log.h"
#include "util/signals.h"
#include "util/symbols.h"
#include "views/json.h"

/* Less could not hold several files of several samples each. */
#define KEEP_BYTES_MIN (1ull << 20)
#define KEEP_NS_MIN    (60 * NS_PER_SEC)

/* Before a trigger fires, and after. */
#define AROUND_NS (60 * NS_PER_SEC)

#define DELAY_NS	 NS_PER_SEC
#define TRIGGER_DELAY_NS (100 * NS_PER_MS)

/* A sample has a limited number of requests. */
#define TRACE_DELAY_NS (250 * NS_PER_MS)

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
 * @interval_ns: -d, 0 when not given
 * @levels: --level
 * @stacks: --stacks
 * @triggers: --trigger
 * @keep: --keep
 * @journal: --journal
 * @path: -o, NULL when not given
 * @command: what follows "--", NULL for none
 */
struct record_options {
	uint64_t interval_ns;
	unsigned int levels;
	bool stacks;
	struct assertions triggers;
	struct keep keep;
	bool journal;
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
	{ "delay", 'd', "SEC",
	  "time between two samples (default 1; 0.1 with --trigger, 0.25 with --level trace)",
	  option_interval, OFFSET(interval_ns) },
	LEVEL_ROW(levels),
	{ "stacks", 's', NULL, "record where mappings come from as well",
	  option_flag, OFFSET(stacks) },
	{ "trigger", 0, "ASSERTION",
	  "write only the minute before and after it begins to hold, such as "
	  "'map.failures > 0'; repeatable",
	  option_assertion, OFFSET(triggers), &metric_words },
	{ "keep", 'k', "LIMIT",
	  "remove the oldest files of DIR beyond a size or an age", option_keep,
	  OFFSET(keep) },
	{ "journal", 0, NULL,
	  "tell the systemd journal when a finding begins or ends", option_flag,
	  OFFSET(journal) },
	{ "output", 'o', "FILE|DIR",
	  "where to; an earlier recording is added to", option_text,
	  OFFSET(path) },
	{ NULL },
};

static const char *const synopses[] = {
	"[-d SEC] [OPTIONS] -o FILE",
	"[-d SEC] [OPTIONS] [--keep SIZE|TIME] -o DIR",
	"--trigger ASSERTION... [OPTIONS] -o FILE|DIR",
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
		"a line. ASSERTION is one of swiotlb check,\njudged by what "
		"happened since the sample before.\n",
};

/**
 * struct line - a sample as text
 * @stream: writes it; the next sample is written over the one before, in the
 *	same memory
 * @text: the text; set when @stream is flushed
 * @len: likewise
 */
struct line {
	FILE *stream;
	char *text;
	size_t len;
};

/**
 * struct recording - a recording in the making
 * @options: what was asked for
 * @sampler: what is attached
 * @recorder: where samples go
 * @line: the latest one
 * @triggers: when they go there; else they are kept in @past for a while
 * @past: NULL = there are no triggers, and all are written
 * @journaling: findings so far, with --journal
 * @until_ns: CLOCK_MONOTONIC; samples until then are written
 * @writing: so was the latest one
 * @fired: how often triggers have fired
 * @next_ns: when the next one is due, CLOCK_MONOTONIC
 * @progress: standard error is a terminal
 */
struct recording {
	const struct record_options *options;
	struct sampler sampler;
	struct recorder *recorder;
	struct line line;
	struct triggers triggers;
	struct past *past;
	struct journaling journaling;
	uint64_t until_ns;
	bool writing;
	uint64_t fired;
	uint64_t next_ns;
	bool progress;
};

/*
 * What is told
 */

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
	char lost[UNIT_TEXT_LEN + 16] = "", armed[128] = "";

	if (!recording->progress)
		return;
	if (counts->lost)
		snprintf(lost, sizeof(lost), ", %" PRIu64 " lost",
			 counts->lost);
	if (recording->past)
		snprintf(armed, sizeof(armed),
			 ", triggers fired %" PRIu64 " time%s, %s",
			 recording->fired, plural(recording->fired),
			 recording->writing ? "writing" : "waiting");
	fprintf(stderr, "%s: %" PRIu64 " sample%s, %s, %s%s%s; Ctrl-C ends",
		recording->options->path, counts->written,
		plural(counts->written), DURATION(since_ns),
		BYTES(counts->bytes), lost, armed);
}

static void tell_fired(const struct recording *recording,
		       const struct fired *fired, uint64_t before_ns)
{
	char what[64] = "a minute more is written";

	if (!recording->writing && before_ns)
		snprintf(what, sizeof(what),
			 "the %s before and a minute after are written",
			 DURATION(before_ns));
	else if (!recording->writing)
		snprintf(what, sizeof(what), "a minute is written");
	log_note("%s: trigger '%s' fired%s%s: %s", recording->options->path,
		 fired->assertion, *fired->subject ? " by " : "",
		 fired->subject, what);
}

/*
 * Triggers
 */

/* Where it is written already, what comes before it has been as well. */
static void start_writing(struct recording *recording,
			  const struct snapshot *sample)
{
	uint64_t begin_ns = past_begin_ns(recording->past);

	for (size_t i = 0; i < sample->nr_fired; i++)
		tell_fired(recording, &sample->fired[i],
			   begin_ns ? sample->taken_ns - begin_ns : 0);
	past_write(recording->past, recording->recorder);
	recording->fired += sample->nr_fired;
	recording->until_ns = sample->taken_ns + AROUND_NS;
	recording->writing = true;
}

static int judge(struct recording *recording, struct snapshot *sample)
{
	int err;

	if (!recording->past)
		return 0;
	err = triggers_judge(&recording->triggers, sample);
	if (!err && sample->nr_fired)
		start_writing(recording, sample);
	if (recording->writing && sample->taken_ns > recording->until_ns) {
		recorder_pause(recording->recorder);
		recording->writing = false;
	}
	return err;
}

static void keep(struct recording *recording, const struct snapshot *sample,
		 const char *text, size_t len)
{
	int err;

	if (!recording->past || recording->writing) {
		recorder_add(recording->recorder, text, len);
		return;
	}
	err = past_add(recording->past, text, len, sample->taken_ns);
	if (err)
		recorder_lose(recording->recorder, err);
}

/*
 * Samples
 */

static int write_line(struct line *line, const struct interval *interval)
{
	int err;

	rewind(line->stream);
	err = json_report(interval, JSON_LINE, line->stream);
	if (fflush(line->stream) && !err)
		err = -ENOMEM;
	return err;
}

/* The sample as a report of all that happened since the begin. */
static int write_sample(struct recording *recording, struct snapshot *sample,
			const struct window *window)
{
	const struct window own = sample->window;
	struct line *line = &recording->line;
	struct interval interval;
	int err;

	if (window)
		sample->window = *window;
	err = interval_take(sample, &interval);
	if (!err) {
		err = write_line(line, &interval);
		interval_give_back(&interval, sample);
	}
	sample->window = own;
	if (!err)
		keep(recording, sample, line->text, line->len);
	return err;
}

/* Takes over the sample. */
static int take_in(struct recording *recording, struct snapshot *sample,
		   const struct window *window)
{
	int err;

	clear_progress(recording);
	err = judge(recording, sample);
	if (!err && recording->options->journal)
		err = journaling_follow(&recording->journaling, sample);
	if (!err)
		err = write_sample(recording, sample, window);
	if (recording->past)
		triggers_follow(&recording->triggers, sample);
	snapshot_release(sample);
	return err;
}

/* Peaks are those since the sample before. */
static int record_sample(struct recording *recording)
{
	struct snapshot sample = { 0 };
	int err = sampler_take(&recording->sampler, &sample);

	if (!err)
		err = take_in(recording, &sample, NULL);
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

	if (err)
		return err;
	window.start_ns = sample.window.start_ns;
	window.duration_ns = sample.window.duration_ns;
	return take_in(recording, &sample, options->command ? &window : NULL);
}

/*
 * All is open and attached. With a command nothing is given up: it would have
 * to do with what is left, and could no longer be ended, nor what it starts.
 */
static void give_up_privileges(const struct recording *recording)
{
	struct confine_place places[RECORDER_PLACES];
	const struct confine_needs needs = {
		.places = places,
		.nr_places = recorder_places(recording->recorder, places),
		.datagrams = recording->options->journal,
	};
	struct confinement done;

	if (!recording->options->command)
		confine(&needs, &done);
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
		give_up_privileges(recording);
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
		.levels =
			options->levels | assertions_levels(&options->triggers),
		.stacks = options->stacks || recording->past,
	};
	struct source *source;
	int err = live_open(&source, &wanted);

	if (err)
		return err;
	if (wanted.stacks)
		symbols_warn();
	sampler_open(&recording->sampler, source);
	err = record_all(recording);
	sampler_close(&recording->sampler);
	if (!err && recording->past && !recording->fired)
		log_note("no trigger fired: nothing was written to %s",
			 options->path);
	return err;
}

static int line_open(struct line *line)
{
	line->stream = open_memstream(&line->text, &line->len);
	return line->stream ? 0 : -ENOMEM;
}

static void line_close(struct line *line)
{
	if (line->stream)
		fclose(line->stream);
	free(line->text);
}

static int arm(struct recording *recording, struct record_options *options)
{
	int err;

	if (!options->triggers.count)
		return 0;
	err = triggers_open(&recording->triggers, &options->triggers);
	if (!err)
		recording->past = past_new(AROUND_NS);
	return !err && recording->past ? 0 : -ENOMEM;
}

static int record(struct record_options *options)
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
	int err = options->journal ? journaling_open() : 0, error;

	signals_hold();
	if (!err)
		err = line_open(&recording.line);
	if (!err)
		err = arm(&recording, options);
	if (!err)
		err = recorder_open(&recording.recorder, &where);
	if (!err)
		err = record_to(&recording);
	error = recorder_close(recording.recorder);
	signals_release();
	line_close(&recording.line);
	past_free(recording.past);
	journaling_release(&recording.journaling);
	triggers_close(&recording.triggers);
	return err || error ? EXIT_ERROR : EXIT_FINE;
}

static uint64_t default_delay(const struct record_options *options)
{
	if (options->triggers.count)
		return TRIGGER_DELAY_NS;
	return options->levels & LEVEL_TRACE ? TRACE_DELAY_NS : DELAY_NS;
}

static int run_options(struct record_options *options)
{
	if (!options->path) {
		log_error("record: give a file or a directory (-o)");
		return EXIT_ERROR;
	}
	if (assertions_need_baseline(&options->triggers)) {
		log_error("record: a trigger has no baseline: compare with a "
			  "value");
		return EXIT_ERROR;
	}
	if (!options->interval_ns)
		options->interval_ns = default_delay(options);
	return record(options);
}

static int run(int argc, char **argv)
{
	struct record_options options = { .levels = LEVELS_DEFAULT };
	enum options_result result;
	int status = EXIT_ERROR;

	result = options_parse(&table, argc, argv, &options, &options.command);
	if (result == OPTIONS_HELP)
		status = EXIT_FINE;
	else if (result == OPTIONS_RUN)
		status = run_options(&options);
	assertions_release(&options.triggers);
	return status;
}

const struct command record_command = { .options = &table, .run = run };

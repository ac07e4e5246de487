/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands/command.h"
#include "commands/part.h"
#include "sources/recording.h"
#include "util/log.h"
#include "util/output.h"
#include "util/words.h"
#include "views/conversion.h"

static const struct conversion *const conversions[] = {
	&perfetto_conversion,	 &csv_conversion,    &jsonl_conversion,
	&openmetrics_conversion, &stacks_conversion, &leaks_conversion,
};

#define NR_CONVERSIONS (sizeof(conversions) / sizeof(*conversions))

/**
 * struct convert_options - the command line
 * @to: --to, NULL when not given
 * @window: --window, NULL for all of it
 * @path: -o, NULL for stdout
 * @from: the recording; NULL when not given
 */
struct convert_options {
	const struct conversion *to;
	const char *window;
	const char *path;
	const char *from;
};

static const char *nth_conversion(unsigned int index)
{
	return index < NR_CONVERSIONS ? conversions[index]->name : NULL;
}

static const struct words conversion_words = { "format", WORDS_ONE,
					       nth_conversion };

static int option_conversion(const char *text, void *value, char *why,
			     size_t why_len)
{
	int found =
		words_find(&conversion_words, text, strlen(text), why, why_len);

	if (found < 0)
		return found;
	*(const struct conversion **)value = conversions[found];
	return 0;
}

#define OFFSET(field) offsetof(struct convert_options, field)

static const struct option_row rows[] = {
	{ "to", 0, "FORMAT", "format to write, one of those below",
	  option_conversion, OFFSET(to), &conversion_words },
	{ "window", 0, "A..B", "only that time, such as 14:05..14:10 or 10m..",
	  option_text, OFFSET(window) },
	OUTPUT_ROW(path),
	{ NULL },
};

static const char *const synopses[] = {
	"--to FORMAT [--window A..B] [-o FILE] RECORDING",
	NULL,
};

static const struct option_table table = {
	.command = "convert",
	.summary = "Convert a recording to a format of other tools.",
	.synopses = synopses,
	.rows = rows,
	.operands = OPERANDS_FILE,
	.notes =
		"Formats:\n"
		"  perfetto     a trace for ui.perfetto.dev: counters, waits, "
		"events\n"
		"  csv          a table with a row for each sample and entity\n"
		"  jsonl        one report per line, as in the recording\n"
		"  openmetrics  with times, for example for 'promtool tsdb "
		"create-blocks-from'\n"
		"  stacks       who waits: collapsed stacks, weighted by ns\n"
		"  leak-stacks  what is leaked: the same, weighted by bytes\n",
};

/**
 * struct reading - a recording that is converted
 * @from: its name, for messages
 * @to: the format
 * @state: its state
 * @sample: the latest sample, as the recording has it; empty before the first
 * @step: what happened since the one before, where the format asks for it
 * @usual_ns: shortest time between two samples of the session
 */
struct reading {
	const char *from;
	const struct conversion *to;
	void *state;
	struct interval sample;
	struct interval step;
	uint64_t usual_ns;
};

/* Whether the sample follows the one before in its session. */
static bool follows(struct reading *reading, const struct snapshot *sample,
		    struct gap_info *gap)
{
	const struct snapshot *before = &reading->sample.figures;
	uint64_t step = sample->taken_ns - before->taken_ns;

	*gap = (struct gap_info){ GAP_NONE, 0 };
	if (!before->taken_ns)
		return false;
	*gap = gap_between(before, sample, reading->usual_ns);
	if (gap_ends_session(gap->gap))
		reading->usual_ns = 0;
	else if (!reading->usual_ns || step < reading->usual_ns)
		reading->usual_ns = step;
	return !gap_ends_session(gap->gap);
}

static int convert_sample(struct reading *reading,
			  const struct snapshot *sample)
{
	struct interval now = { 0 }, step = { 0 };
	struct moment moment = { .sample = &now };
	bool follow = follows(reading, sample, &moment.gap);
	int err = interval_make(NULL, sample, NULL, &now);

	/* Of the first sample of a session only the state is known. */
	if (!err && reading->to->steps)
		err = interval_make(follow ? &reading->sample.figures : sample,
				    sample, NULL, &step);
	if (follow)
		moment.before = &reading->sample;
	if (reading->to->steps)
		moment.step = &step;
	if (reading->to->steps && follow)
		moment.step_before = &reading->step;
	if (!err)
		err = reading->to->add(reading->state, &moment);
	interval_release(&reading->sample);
	interval_release(&reading->step);
	reading->sample = now;
	reading->step = step;
	return err;
}

/* The source has logged what it could not read. */
static int convert_samples(struct reading *reading, struct source *source,
			   uint64_t end_ns)
{
	uint64_t count = 0;
	struct snapshot sample;
	int err = 0, broken = 0;

	while (!broken && !(err = source_next(source, &sample))) {
		bool behind = sample.realtime_ns > end_ns;

		if (!behind)
			broken = convert_sample(reading, &sample);
		snapshot_release(&sample);
		if (behind)
			break;
		count++;
	}
	if (broken)
		log_error("cannot convert %s: %s", reading->from,
			  strerror(-broken));
	else if (!count && (!err || err == -ENODATA))
		log_error("%s has no sample%s", reading->from,
			  end_ns == UINT64_MAX ? "" : " in that time");
	if (broken || !count)
		return broken ? broken : -ENODATA;
	return err == -ENODATA ? 0 : err;
}

static int convert_source(const struct convert_options *options,
			  struct source *source, struct reading *reading)
{
	struct time_span all, part = { 0, UINT64_MAX };
	int err = 0;

	if (options->window)
		err = part_go(source, options->from, options->window, &all,
			      &part);
	return err ? err : convert_samples(reading, source, part.end_ns);
}

static int convert(const struct convert_options *options, FILE *stream)
{
	struct reading reading = { .to = options->to, .from = options->from };
	struct source *source;
	int err = recording_open(&source, options->from), begun, ended;

	if (err)
		return err;
	begun = reading.to->begin(&reading.state, stream);
	err = begun ? begun : convert_source(options, source, &reading);
	ended = reading.to->end(reading.state, err);
	if (begun || (!err && ended))
		log_error("cannot convert %s: %s", options->from,
			  strerror(-ended));
	interval_release(&reading.sample);
	interval_release(&reading.step);
	source_close(source);
	return ended;
}

static int run(int argc, char **argv)
{
	struct convert_options options = { 0 };
	enum options_result result;
	struct output *output;
	char **operands;
	int err;

	result = options_parse(&table, argc, argv, &options, &operands);
	if (result != OPTIONS_RUN)
		return result == OPTIONS_HELP ? EXIT_FINE : EXIT_ERROR;
	if (!operands || !options.to) {
		log_error("convert: give %s",
			  options.to ? "a recording" : "a format (--to)");
		return EXIT_ERROR;
	}
	options.from = *operands;
	if (output_open_large(&output, options.path))
		return EXIT_ERROR;
	err = convert(&options, output_stream(output));
	return output_end(output, err) ? EXIT_ERROR : EXIT_FINE;
}

const struct command convert_command = { .options = &table, .run = run };

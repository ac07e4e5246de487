/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands/command.h"
#include "commands/pace.h"
#include "commands/replay.h"
#include "commands/sampler.h"
#include "model/level.h"
#include "sources/live.h"
#include "sources/recording.h"
#include "util/child.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/output.h"
#include "util/signals.h"
#include "util/units.h"
#include "views/json.h"
#include "views/tui_draw.h"
#include "views/tui_events.h"
#include "views/tui_terminal.h"

#define FIRST_INTERVAL_NS (250 * NS_PER_MS)

#define LOG_WIDTH 120

/* No bits of levels: --level was not given. */
#define LEVELS_UNSET UINT_MAX

/**
 * struct top_options - the command line
 * @interval_ns: -d
 * @levels: --level
 * @device: --device, NULL for all
 * @batch: -b
 * @count: -n, 0 = without end
 * @format: --format
 * @snapshot: --snapshot, NULL for none
 * @from: --from, NULL to watch
 */
struct top_options {
	uint64_t interval_ns;
	unsigned int levels;
	const char *device;
	bool batch;
	uint64_t count;
	enum format format;
	const char *snapshot;
	const char *from;
};

#define OFFSET(field) offsetof(struct top_options, field)

static const struct option_row rows[] = {
	{ "delay", 'd', "SEC", "length of an interval (default 1)",
	  option_interval, OFFSET(interval_ns) },
	LEVEL_ROW(levels),
	{ "device", 0, "PATTERN", "show only devices and pools that match",
	  option_text, OFFSET(device) },
	{ "batch", 'b', NULL, "write lines for a log instead of a screen",
	  option_flag, OFFSET(batch) },
	{ "count", 'n', "N", "end after N intervals", option_count,
	  OFFSET(count) },
	{ "format", 'f', "FORMAT",
	  "text (default), or json: one report per line; implies -b",
	  option_format, OFFSET(format), &format_words },
	{ "snapshot", 0, "FILE",
	  "keep a JSON report of the interval shown in FILE", option_text,
	  OFFSET(snapshot) },
	{ "from", 0, "FILE", "show what was recorded, without watching",
	  option_text, OFFSET(from) },
	{ NULL },
};

static const char *const synopses[] = {
	"[-d SEC] [OPTIONS]",
	"-b [-n N] [--format text|json] [OPTIONS]",
	"--from FILE [OPTIONS]",
	NULL,
};

static const struct option_table table = {
	.command = "top",
	.summary = "Watch pools, areas, locks, devices and blocks live.",
	.synopses = synopses,
	.rows = rows,
	.notes =
		"Press h for the keys. swiotlb-top(8) explains the columns.\n"
		"--level locks,blocks has no overhead on mappings, but shows no "
		"failures and\nno owners of them.\n",
};

static bool counted_out(const struct sampler *sampler,
			const struct top_options *options)
{
	return options->count && sampler->intervals >= options->count;
}

static int save(const struct sampler *sampler,
		const struct top_options *options)
{
	struct output *output;
	int err;

	if (!options->snapshot)
		return 0;
	err = output_open(&output, options->snapshot);
	if (err)
		return err;
	err = json_report(&sampler->interval, JSON_INDENTED,
			  output_stream(output));
	return output_end(output, err);
}

static struct tui_model model_of(const struct sampler *sampler)
{
	return (struct tui_model){
		.total = &sampler->total,
		.interval = &sampler->interval.figures,
		.findings = &sampler->interval.findings,
		.overhead = &sampler->interval.overhead,
	};
}

/*
 * Lines for a log
 */

/**
 * struct logging - the batch mode
 * @options: the command line
 * @sampler: what is measured
 * @model: the same for the views
 * @state: what of it is written
 * @canvas: where it is drawn
 * @width: columns
 * @next_ns: when the interval ends, CLOCK_MONOTONIC
 * @closed: nobody reads any more
 */
struct logging {
	const struct top_options *options;
	struct sampler *sampler;
	struct tui_model model;
	struct tui_state *state;
	struct canvas canvas;
	unsigned int width;
	uint64_t next_ns;
	bool closed;
};

static int write_text(struct logging *log)
{
	int err;

	err = tui_interval(log->state, &log->model);
	if (!err)
		err = tui_draw_log(log->state, &log->canvas, log->width);
	if (!err)
		canvas_write(&log->canvas, stdout,
			     !strcmp(nl_langinfo(CODESET), "UTF-8"), false);
	return err;
}

static int write_interval(struct logging *log)
{
	int err;

	if (log->options->format == FORMAT_JSON)
		err = json_report(&log->sampler->interval, JSON_LINE, stdout);
	else
		err = write_text(log);
	/* Each interval reaches its reader at once. */
	errno = 0;
	if (fflush(stdout) || ferror(stdout)) {
		log->closed = errno == EPIPE;
		if (!log->closed)
			log_error("cannot write standard output: %s",
				  strerror(errno));
		return log->closed ? -ECANCELED : -EIO;
	}
	if (err)
		log_error("cannot show the interval: %s", strerror(-err));
	return err;
}

static int log_interval(struct logging *log)
{
	int err = sampler_end(log->sampler);

	if (!err)
		err = save(log->sampler, log->options);
	if (!log->options->from)
		sampler_measure(log->sampler);
	if (!err)
		err = write_interval(log);
	return !err && counted_out(log->sampler, log->options) ? -ECANCELED
							       : err;
}

static int log_tick(void *context)
{
	struct logging *log = context;
	uint64_t now = monotonic_ns();

	if (!pace_due(log->next_ns, now))
		return sampler_poll(log->sampler);
	log->next_ns = pace_next(log->next_ns, now, log->options->interval_ns);
	return log_interval(log);
}

/* A recording is written as fast as it is read. */
static int log_recording(struct logging *log)
{
	int err = sampler_begin(log->sampler);

	while (!err)
		err = log_interval(log);
	if (err != -ENODATA)
		return err;
	if (log->sampler->intervals)
		return 0;
	log_error("%s has less than two samples: there is no interval",
		  log->options->from);
	return -EINVAL;
}

static unsigned int log_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return LOG_WIDTH;
	return size.ws_col < TUI_MIN_WIDTH ? TUI_MIN_WIDTH : size.ws_col;
}

static int run_log(const struct top_options *options, struct sampler *sampler,
		   struct tui_state *state)
{
	const uint64_t interval = options->interval_ns;
	struct logging log = {
		.options = options,
		.sampler = sampler,
		.model = model_of(sampler),
		.state = state,
		.width = log_width(),
		.next_ns = monotonic_ns() + interval,
	};
	const struct watch_options watching = {
		.interval_ns = pace_poll(interval),
		.tick = log_tick,
		.context = &log,
	};
	struct watch_result result;
	int err =
		options->from ? log_recording(&log) : watch(&watching, &result);

	canvas_release(&log.canvas);
	return err == -ECANCELED ? 0 : err;
}

/*
 * On a terminal
 */

/**
 * struct screen - the live mode
 * @options: the command line
 * @sampler: what is measured
 * @model: the same for the views
 * @state: what of it is shown
 * @replay: the recording, where it is one
 * @canvas: where it is drawn
 * @next_ns: when the interval ends, CLOCK_MONOTONIC
 * @sample_ns: when to sample, the same clock
 * @timing: run times of BPF programs are to be measured
 * @changed: to be drawn
 * @done: to end
 */
struct screen {
	const struct top_options *options;
	struct sampler *sampler;
	struct tui_model model;
	struct tui_state *state;
	struct replay replay;
	struct canvas canvas;
	uint64_t next_ns;
	uint64_t sample_ns;
	bool timing;
	bool changed;
	bool done;
};

static void toggle_level(struct screen *screen)
{
	struct sampler *sampler = screen->sampler;
	unsigned int levels =
		sampler->interval.figures.levels ^ screen->state->toggle;

	levels = levels_complete(levels);
	tui_levels_changed(screen->state);
	/* Its message is read from standard error and shown. */
	if (sampler_set_levels(sampler, levels))
		screen->state->measuring = TUI_MEASURE_NOTHING;
}

static void time_programs(struct screen *screen)
{
	bool wanted = tui_wants_cost(screen->state);

	if (wanted == screen->timing)
		return;
	screen->timing = wanted;
	sampler_time_programs(screen->sampler, wanted);
}

/*
 * The interval on the screen shows it at once, and so does what is kept of it.
 */
static void reset_peaks(struct screen *screen)
{
	if (sampler_reset_peaks(screen->sampler) || !screen->sampler->intervals)
		return;
	tui_refresh(screen->state);
	save(screen->sampler, screen->options);
}

static void serve(struct screen *screen)
{
	struct tui_state *state = screen->state;
	unsigned int requests = state->requests;
	uint64_t now = monotonic_ns();

	state->requests = 0;
	if (requests & TUI_QUIT)
		screen->done = true;
	if (requests & TUI_TOGGLE)
		toggle_level(screen);
	if (requests & TUI_RESET_PEAKS)
		reset_peaks(screen);
	if (requests & TUI_INTERVAL)
		screen->next_ns = now + state->interval_ns;
	if (requests & TUI_PAUSE && !state->paused) {
		if (!state->replay)
			sampler_begin(screen->sampler);
		screen->next_ns = now + state->interval_ns;
	}
	if (requests & TUI_SUSPEND)
		terminal_suspend();
	if (requests & TUI_REPAINT)
		terminal_repaint();
	if (state->replay)
		replay_serve(&screen->replay, requests);
	else
		time_programs(screen);
}

static void wake_up(struct screen *screen, unsigned int wake)
{
	struct tui_event event;
	char text[TUI_MESSAGE_LEN];

	if (wake & (WAKE_END | WAKE_HANGUP))
		screen->done = true;
	if (screen->done)
		return;
	if (wake & WAKE_SUSPEND)
		terminal_suspend();
	if (wake & WAKE_REPAINT)
		terminal_repaint();
	while (wake & WAKE_INPUT && terminal_event(&event)) {
		tui_event(screen->state, &event);
		serve(screen);
	}
	if (wake & WAKE_MESSAGE && terminal_message(text, sizeof(text)))
		tui_say(screen->state, "%s", text);
	if (wake)
		screen->changed = true;
}

static void pass_time(struct screen *screen)
{
	struct tui_state *state = screen->state;
	uint64_t now = monotonic_ns();
	bool measured = false;

	if (!state->paused && now >= screen->next_ns) {
		screen->next_ns =
			pace_next(screen->next_ns, now, state->interval_ns);
		if (!sampler_end(screen->sampler)) {
			tui_interval(state, &screen->model);
			save(screen->sampler, screen->options);
		}
		screen->changed = true;
		screen->done |= counted_out(screen->sampler, screen->options);
		screen->sample_ns = now + POLL_EVERY_NS;
		measured = sampler_measure(screen->sampler);
	} else if (now >= screen->sample_ns) {
		sampler_poll(screen->sampler);
		screen->sample_ns = now + POLL_EVERY_NS;
		measured = screen->timing && sampler_measure(screen->sampler);
	}
	if (measured && screen->timing) {
		tui_cost_measured(state);
		screen->changed = true;
		serve(screen);
	}
}

/* For a recording: play, and search it for marks meanwhile. */
static void pass_recorded_time(struct screen *screen)
{
	struct tui_state *state = screen->state;
	uint64_t now = monotonic_ns();

	if (!state->paused && now >= screen->next_ns) {
		screen->next_ns =
			pace_next(screen->next_ns, now, state->interval_ns);
		replay_step(&screen->replay);
		save(screen->sampler, screen->options);
		screen->changed = true;
		screen->done |= counted_out(screen->sampler, screen->options);
	}
	if (!state->replay->surveyed) {
		replay_survey(&screen->replay);
		screen->changed = true;
	}
}

static void show(struct screen *screen)
{
	struct tui_state *state = screen->state;

	if (!screen->changed)
		return;
	screen->changed = false;
	if (canvas_resize(&screen->canvas, state->width, state->height))
		return;
	tui_draw(state, &screen->canvas);
	terminal_draw(&screen->canvas);
}

static uint64_t time_left(const struct screen *screen)
{
	uint64_t now = monotonic_ns(), next = screen->sample_ns;

	if (screen->state->replay) {
		if (!screen->state->replay->surveyed)
			return 0;
		next = now + NS_PER_SEC;
	}
	if (!screen->state->paused && screen->next_ns < next)
		next = screen->next_ns;
	return next > now ? next - now : 0;
}

static void run_events(struct screen *screen)
{
	struct tui_event size = { .kind = TUI_EVENT_RESIZE };

	terminal_size(&size.x, &size.y);
	tui_event(screen->state, &size);
	while (!screen->done) {
		show(screen);
		wake_up(screen, terminal_wait(time_left(screen)));
		if (screen->done)
			break;
		if (screen->state->replay)
			pass_recorded_time(screen);
		else
			pass_time(screen);
	}
}

static int run_screen(const struct top_options *options,
		      struct sampler *sampler, struct tui_state *state)
{
	uint64_t now = monotonic_ns();
	struct screen screen = {
		.options = options,
		.sampler = sampler,
		.model = model_of(sampler),
		.state = state,
		.next_ns = now + (state->interval_ns < FIRST_INTERVAL_NS
					  ? state->interval_ns
					  : FIRST_INTERVAL_NS),
		.sample_ns = now + POLL_EVERY_NS,
		.changed = true,
	};
	int err = 0;

	if (options->from)
		err = replay_open(&screen.replay, options->from, sampler, state,
				  &screen.model);
	if (!err)
		err = terminal_open();
	if (!err) {
		run_events(&screen);
		terminal_close();
	}
	if (options->from)
		replay_close(&screen.replay);
	canvas_release(&screen.canvas);
	return err;
}

/* Found out before the run, not after the first interval. */
static int check_snapshot(const struct top_options *options)
{
	struct output *output;
	int err;

	if (!options->snapshot)
		return 0;
	err = output_open(&output, options->snapshot);
	if (!err)
		output_discard(output);
	return err;
}

static int show_all(const struct top_options *options, struct sampler *sampler)
{
	bool live = !options->batch && options->format == FORMAT_TEXT &&
		    isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
		    terminal_can_draw();
	struct tui_state state;
	int err;

	tui_init(&state, options->interval_ns);
	if (options->device)
		snprintf(state.filter, sizeof(state.filter), "%s",
			 options->device);
	err = live ? run_screen(options, sampler, &state)
		   : run_log(options, sampler, &state);
	tui_release(&state);
	return err;
}

static int open_source(const struct top_options *options,
		       struct source **source)
{
	const struct live_options wanted = {
		.levels = options->levels,
		.counts_only = true,
	};

	return options->from ? recording_open(source, options->from)
			     : live_open(source, &wanted);
}

static int show_source(const struct top_options *options)
{
	struct sampler sampler;
	struct source *source;
	int err = 0;

	if (open_source(options, &source))
		return EXIT_ERROR;
	sampler_open(&sampler, source);
	if (!options->from)
		err = sampler_begin(&sampler);
	if (!err)
		err = show_all(options, &sampler);
	if (err == -ENODATA)
		log_error("%s has no sample", options->from);
	sampler_close(&sampler);
	return err ? EXIT_ERROR : EXIT_FINE;
}

/* Reading a recording can be ended like any program. */
static int top(const struct top_options *options)
{
	int status;

	if (check_snapshot(options))
		return EXIT_ERROR;
	if (options->from)
		return show_source(options);
	signals_hold();
	status = show_source(options);
	signals_release();
	return status;
}

static int run(int argc, char **argv)
{
	struct top_options options = {
		.interval_ns = NS_PER_SEC,
		.levels = LEVELS_UNSET,
	};
	enum options_result result;
	char **operands;

	result = options_parse(&table, argc, argv, &options, &operands);
	if (result != OPTIONS_RUN)
		return result == OPTIONS_HELP ? EXIT_FINE : EXIT_ERROR;
	if (options.from && options.levels != LEVELS_UNSET) {
		log_error("top: --from shows what was seen: it takes no level");
		return EXIT_ERROR;
	}
	if (options.levels == LEVELS_UNSET)
		options.levels = LEVELS_DEFAULT;
	if (options.device && strlen(options.device) >= TUI_FILTER_LEN) {
		log_error("top: --device: at most %d characters",
			  TUI_FILTER_LEN - 1);
		return EXIT_ERROR;
	}
	return top(&options);
}

const struct command top_command = { .options = &table, .run = run };

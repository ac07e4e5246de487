/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "commands/command.h"
#include "model/delta.h"
#include "model/level.h"
#include "model/stacks.h"
#include "probes/session.h"
#include "util/child.h"
#include "util/cost.h"
#include "util/log.h"
#include "util/output.h"
#include "util/units.h"
#include "views/json.h"
#include "views/tui_draw.h"
#include "views/tui_state.h"
#include "views/tui_terminal.h"

#define MIN_INTERVAL_NS	  (100 * NS_PER_MS)
#define FIRST_INTERVAL_NS (250 * NS_PER_MS)

/* Peaks between two intervals come from samples. */
#define SAMPLE_NS (250 * NS_PER_MS)

/* More often the cost is not worth its own. */
#define COST_NS NS_PER_SEC

#define LOG_WIDTH 120

enum format { FORMAT_TEXT, FORMAT_JSON };

/**
 * struct top_options - the command line
 * @interval_ns: -d
 * @levels: --level
 * @device: --device, NULL for all
 * @batch: -b
 * @count: -n, 0 = without end
 * @format: --format
 * @snapshot: --snapshot, NULL for none
 */
struct top_options {
	uint64_t interval_ns;
	unsigned int levels;
	const char *device;
	bool batch;
	uint64_t count;
	enum format format;
	const char *snapshot;
};

/**
 * struct monitor - what is measured
 * @options: the command line
 * @session: the probes
 * @start_ns: CLOCK_REALTIME when it began
 * @opened_ns: CLOCK_MONOTONIC then
 * @baseline: what the interval that runs is compared with, when that is not
 *	@total; empty else
 * @total: the snapshot at the end of the latest interval
 * @interval: since the one before it
 * @findings: of @interval
 * @spent: what the tool had cost when that was last compared
 * @timed: run times of BPF programs are measured for us
 * @model: for the views
 * @intervals: how many there were
 */
struct monitor {
	const struct top_options *options;
	struct session *session;
	uint64_t start_ns;
	uint64_t opened_ns;
	struct snapshot baseline;
	struct snapshot total;
	struct snapshot interval;
	struct findings findings;
	struct cost spent;
	bool timed;
	struct tui_model model;
	uint64_t intervals;
};

static int option_format(const char *text, void *value, char *why,
			 size_t why_len)
{
	enum format *format = value;

	if (!strcmp(text, "text")) {
		*format = FORMAT_TEXT;
	} else if (!strcmp(text, "json")) {
		*format = FORMAT_JSON;
	} else {
		snprintf(why, why_len, "unknown format; give text or json");
		return -EINVAL;
	}
	return 0;
}

static int option_interval(const char *text, void *value, char *why,
			   size_t why_len)
{
	uint64_t *interval = value;
	int err = option_seconds(text, value, why, why_len);

	if (!err && *interval < MIN_INTERVAL_NS) {
		snprintf(why, why_len, "an interval is at least 0.1 seconds");
		err = -EINVAL;
	}
	return err;
}

#define OFFSET(field) offsetof(struct top_options, field)

static const struct option_row rows[] = {
	{ "delay", 'd', "SEC", "time between two intervals (default 1)",
	  option_interval, OFFSET(interval_ns) },
	{ "level", 'l', "LIST", "what to attach (default locks,blocks)",
	  option_levels, OFFSET(levels) },
	{ "device", 0, "PATTERN", "show only devices and pools that match",
	  option_text, OFFSET(device) },
	{ "batch", 'b', NULL, "write lines for a log, as without a terminal",
	  option_flag, OFFSET(batch) },
	{ "count", 'n', "N", "end after N intervals", option_count,
	  OFFSET(count) },
	{ "format", 'f', "FORMAT",
	  "text (default), or json: a report a line; implies -b", option_format,
	  OFFSET(format) },
	{ "snapshot", 0, "FILE",
	  "keep the interval that is shown in FILE, as "
	  "JSON",
	  option_text, OFFSET(snapshot) },
	{ NULL },
};

static const char *const synopses[] = {
	"[-d SEC] [OPTIONS]",
	"-b [-n N] [--format text|json] [OPTIONS]",
	NULL,
};

static const struct option_table table = {
	.command = "top",
	.summary = "Watch pools, areas, locks, devices and blocks live.",
	.synopses = synopses,
	.rows = rows,
	.notes = "Press h for the keys. swiotlb-top(8) says how to read it.\n",
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
}

/*
 * Measuring
 */

static int take_snapshot(struct monitor *monitor, struct snapshot *snap)
{
	int err = session_snapshot(monitor->session, snap);

	if (err)
		return err;
	if (!snap->taken_ns)
		snap->taken_ns = clock_ns(CLOCK_MONOTONIC);
	snap->window = (struct window){
		.start_ns = monitor->start_ns,
		.duration_ns = snap->taken_ns - monitor->opened_ns,
		.exit_status = -1,
	};
	return 0;
}

/* The interval begins now, and not where the one before ended. */
static int begin_interval(struct monitor *monitor)
{
	struct snapshot snap = { 0 };
	int err = take_snapshot(monitor, &snap);

	if (err)
		return err;
	snapshot_release(&monitor->baseline);
	monitor->baseline = snap;
	return 0;
}

/* Returns whether the model has a new one. */
static bool measure_cost(struct monitor *monitor)
{
	struct tui_cost *shown = &monitor->model.cost;
	struct cost now;
	double elapsed;

	if (monitor->spent.at_ns &&
	    clock_ns(CLOCK_MONOTONIC) - monitor->spent.at_ns < COST_NS &&
	    shown->known)
		return false;
	cost_read(&now, monitor->timed);
	elapsed = (double)(now.at_ns - monitor->spent.at_ns);
	*shown = (struct tui_cost){
		.known = monitor->spent.at_ns != 0,
		.cpu_ppm = (uint64_t)((double)(now.cpu_ns -
					       monitor->spent.cpu_ns) *
				      1e6 / elapsed),
		.bpf_known = now.bpf_known && monitor->spent.bpf_known,
	};
	/* What is detached takes its time with it. */
	if (now.bpf_ns > monitor->spent.bpf_ns)
		shown->bpf_ppm = (uint64_t)((double)(now.bpf_ns -
						     monitor->spent.bpf_ns) *
					    1e6 / elapsed);
	monitor->spent = now;
	return true;
}

static int evaluate(struct monitor *monitor, struct snapshot *next)
{
	const struct snapshot *from = monitor->baseline.taken_ns
					      ? &monitor->baseline
					      : &monitor->total;
	struct snapshot interval = { 0 };
	struct findings findings;
	int err = snapshot_delta(from, next, &interval);

	if (err)
		return err;
	err = findings_evaluate(&interval, &findings);
	if (err) {
		snapshot_release(&interval);
		return err;
	}
	snapshot_release(&monitor->baseline);
	snapshot_release(&monitor->total);
	snapshot_release(&monitor->interval);
	findings_release(&monitor->findings);
	monitor->total = *next;
	monitor->interval = interval;
	monitor->findings = findings;
	monitor->model.symbols = snapshot_symbols(&monitor->total);
	return 0;
}

static int save_snapshot(const struct monitor *monitor)
{
	struct output *output;
	int err;

	if (!monitor->options->snapshot)
		return 0;
	err = output_open(&output, monitor->options->snapshot);
	if (err)
		return err;
	err = json_report(&monitor->interval, monitor->model.symbols,
			  JSON_INDENTED, output_stream(output));
	if (!err)
		return output_commit(output);
	output_discard(output);
	return err;
}

/*
 * The interval is over: make the model of it. When that fails the model is as
 * it was, and a message says why.
 */
static int end_interval(struct monitor *monitor)
{
	struct snapshot next = { 0 };
	int err = take_snapshot(monitor, &next);

	if (err)
		return err;
	err = evaluate(monitor, &next);
	if (err) {
		snapshot_release(&next);
		log_error("cannot compare with the interval before: %s",
			  strerror(-err));
		return err;
	}
	monitor->intervals++;
	return 0;
}

static void monitor_close(struct monitor *monitor)
{
	session_close(monitor->session);
	snapshot_release(&monitor->baseline);
	snapshot_release(&monitor->total);
	snapshot_release(&monitor->interval);
	findings_release(&monitor->findings);
}

static int monitor_open(struct monitor *monitor,
			const struct top_options *options)
{
	const struct session_options wanted = { .levels = options->levels };
	int err;

	memset(monitor, 0, sizeof(*monitor));
	monitor->options = options;
	monitor->model.total = &monitor->total;
	monitor->model.interval = &monitor->interval;
	monitor->model.findings = &monitor->findings;
	err = session_open(&monitor->session, &wanted);
	if (err)
		return err;
	monitor->start_ns = clock_ns(CLOCK_REALTIME);
	monitor->opened_ns = clock_ns(CLOCK_MONOTONIC);
	cost_read(&monitor->spent, false);
	err = begin_interval(monitor);
	if (err)
		monitor_close(monitor);
	return err;
}

/* Late intervals are left out, not made up for by short ones. */
static uint64_t next_end(uint64_t end_ns, uint64_t now, uint64_t interval_ns)
{
	end_ns += interval_ns;
	return end_ns < now + interval_ns - interval_ns / 8 ? now + interval_ns
							    : end_ns;
}

static bool counted_out(const struct monitor *monitor)
{
	return monitor->options->count &&
	       monitor->intervals >= monitor->options->count;
}

/*
 * Lines for a log
 */

/**
 * struct logging - the batch mode
 * @monitor: what is measured
 * @state: what of it is written
 * @grid: where it is drawn
 * @width: columns
 * @next_ns: when the interval ends, CLOCK_MONOTONIC
 * @closed: nobody reads any more
 */
struct logging {
	struct monitor *monitor;
	struct tui_state *state;
	struct grid grid;
	unsigned int width;
	uint64_t next_ns;
	bool closed;
};

static int write_text(struct logging *log)
{
	int err;

	err = tui_interval(log->state, &log->monitor->model);
	if (!err)
		err = tui_draw_log(log->state, &log->grid, log->width);
	if (!err)
		grid_write(&log->grid, stdout,
			   !strcmp(nl_langinfo(CODESET), "UTF-8"));
	return err;
}

static int write_interval(struct logging *log)
{
	int err;

	if (log->monitor->options->format == FORMAT_JSON)
		err = json_report(&log->monitor->interval,
				  log->monitor->model.symbols, JSON_LINE,
				  stdout);
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

static int log_tick(void *context)
{
	struct logging *log = context;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	int err;

	/* A tick may come a little early for an interval it belongs to. */
	if (now + MIN_INTERVAL_NS / 2 < log->next_ns)
		return session_sample(log->monitor->session);
	log->next_ns =
		next_end(log->next_ns, now, log->monitor->options->interval_ns);
	err = end_interval(log->monitor);
	if (!err)
		err = save_snapshot(log->monitor);
	measure_cost(log->monitor);
	if (!err)
		err = write_interval(log);
	return !err && counted_out(log->monitor) ? -ECANCELED : err;
}

static unsigned int log_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return LOG_WIDTH;
	return size.ws_col < TUI_MIN_WIDTH ? TUI_MIN_WIDTH : size.ws_col;
}

static uint64_t sample_ns(uint64_t interval_ns)
{
	uint64_t parts = (interval_ns + SAMPLE_NS - 1) / SAMPLE_NS;

	return interval_ns / parts;
}

static int run_log(struct monitor *monitor, struct tui_state *state)
{
	const uint64_t interval = monitor->options->interval_ns;
	struct logging log = {
		.monitor = monitor,
		.state = state,
		.width = log_width(),
		.next_ns = clock_ns(CLOCK_MONOTONIC) + interval,
	};
	const struct watch_options watching = {
		.interval_ns = sample_ns(interval),
		.tick = log_tick,
		.context = &log,
	};
	struct watch_result result;
	int err = watch(&watching, &result);

	grid_release(&log.grid);
	return err == -ECANCELED ? 0 : err;
}

/*
 * On a terminal
 */

/**
 * struct screen - the live mode
 * @monitor: what is measured
 * @state: what of it is shown
 * @grid: where it is drawn
 * @next_ns: when the interval ends, CLOCK_MONOTONIC
 * @sample_ns: when to sample, the same clock
 * @timing: measuring what BPF programs take was asked for
 * @changed: to be drawn
 * @done: to end
 */
struct screen {
	struct monitor *monitor;
	struct tui_state *state;
	struct grid grid;
	uint64_t next_ns;
	uint64_t sample_ns;
	bool timing;
	bool changed;
	bool done;
};

static void toggle_level(struct screen *screen)
{
	struct monitor *monitor = screen->monitor;
	unsigned int levels = monitor->interval.levels ^ screen->state->toggle;

	if (levels & LEVEL_CALLERS)
		levels |= LEVEL_LOCKS;

	tui_levels_changed(screen->state);
	/* Its message is read from standard error and shown. */
	if (session_set_levels(monitor->session, levels))
		screen->state->measuring = TUI_MEASURE_NOTHING;
	/* What attaching costs is not what being attached costs. */
	cost_read(&monitor->spent, monitor->timed);
}

static void time_programs(struct screen *screen)
{
	struct monitor *monitor = screen->monitor;
	bool wanted = tui_wants_cost(screen->state);

	if (wanted == screen->timing)
		return;
	screen->timing = wanted;
	monitor->timed =
		!session_time_programs(monitor->session, wanted) && wanted;
	cost_read(&monitor->spent, monitor->timed);
}

/*
 * The interval on the screen shows it at once, and so does what is kept of it.
 * When it fails, a message says why.
 */
static void reset_peaks(struct screen *screen)
{
	struct monitor *monitor = screen->monitor;
	struct findings findings;

	if (session_reset_peaks(monitor->session) || !monitor->intervals)
		return;
	snapshot_reset_peaks(&monitor->interval);
	if (!findings_evaluate(&monitor->interval, &findings)) {
		findings_release(&monitor->findings);
		monitor->findings = findings;
	}
	tui_refresh(screen->state);
	save_snapshot(monitor);
}

static void serve(struct screen *screen)
{
	struct tui_state *state = screen->state;
	unsigned int requests = state->requests;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

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
		begin_interval(screen->monitor);
		screen->next_ns = now + state->interval_ns;
	}
	if (requests & TUI_SUSPEND)
		terminal_suspend();
	if (requests & TUI_REPAINT)
		terminal_repaint();
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
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	bool measured = false;

	if (!state->paused && now >= screen->next_ns) {
		screen->next_ns =
			next_end(screen->next_ns, now, state->interval_ns);
		if (!end_interval(screen->monitor)) {
			tui_interval(state, &screen->monitor->model);
			save_snapshot(screen->monitor);
		}
		screen->changed = true;
		screen->done |= counted_out(screen->monitor);
		screen->sample_ns = now + SAMPLE_NS;
		measured = measure_cost(screen->monitor);
	} else if (now >= screen->sample_ns) {
		session_sample(screen->monitor->session);
		screen->sample_ns = now + SAMPLE_NS;
		measured = screen->timing && measure_cost(screen->monitor);
	}
	if (measured && screen->timing) {
		tui_cost_measured(state);
		screen->changed = true;
		serve(screen);
	}
}

static void show(struct screen *screen)
{
	struct tui_state *state = screen->state;

	if (!screen->changed)
		return;
	screen->changed = false;
	if (grid_resize(&screen->grid, state->width, state->height))
		return;
	tui_draw(state, &screen->grid);
	terminal_draw(&screen->grid);
}

static uint64_t time_left(const struct screen *screen)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), next = screen->sample_ns;

	if (!screen->state->paused && screen->next_ns < next)
		next = screen->next_ns;
	return next > now ? next - now : 0;
}

static int run_screen(struct monitor *monitor, struct tui_state *state)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct screen screen = {
		.monitor = monitor,
		.state = state,
		.next_ns = now + (state->interval_ns < FIRST_INTERVAL_NS
					  ? state->interval_ns
					  : FIRST_INTERVAL_NS),
		.sample_ns = now + SAMPLE_NS,
		.changed = true,
	};
	struct tui_event size = { .kind = TUI_EVENT_RESIZE };
	int err = terminal_open();

	if (err)
		return err;
	terminal_size(&size.x, &size.y);
	tui_event(state, &size);
	while (!screen.done) {
		show(&screen);
		wake_up(&screen, terminal_wait(time_left(&screen)));
		if (!screen.done)
			pass_time(&screen);
	}
	terminal_close();
	grid_release(&screen.grid);
	return 0;
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

static int top(const struct top_options *options)
{
	bool live = !options->batch && options->format == FORMAT_TEXT &&
		    isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
		    terminal_can_draw();
	struct tui_state state;
	struct monitor monitor;
	int err;

	if (check_snapshot(options) || monitor_open(&monitor, options))
		return EXIT_ERROR;
	tui_init(&state, options->interval_ns);
	if (options->device)
		snprintf(state.filter, sizeof(state.filter), "%s",
			 options->device);
	err = live ? run_screen(&monitor, &state) : run_log(&monitor, &state);
	tui_release(&state);
	monitor_close(&monitor);
	return err ? EXIT_ERROR : EXIT_FINE;
}

static int run(int argc, char **argv)
{
	struct top_options options = {
		.interval_ns = NS_PER_SEC,
		.levels = LEVELS_DEFAULT,
	};
	enum options_result result;
	char **operands;

	result = options_parse(&table, argc, argv, &options, &operands);
	if (result != OPTIONS_RUN)
		return result == OPTIONS_HELP ? EXIT_FINE : EXIT_ERROR;
	if (options.device && strlen(options.device) >= TUI_FILTER_LEN) {
		log_error("top: --device: at most %d characters",
			  TUI_FILTER_LEN - 1);
		return EXIT_ERROR;
	}
	return top(&options);
}

const struct command top_command = { .options = &table, .run = run };

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it takes to open a recording in top and to go to any time of it.
 *
 *   replay make SAMPLES RECORDING COUNT
 *   replay time RECORDING JUMPS
 *
 * The first repeats the samples of a recording, one each second, until there
 * are so many. The second prints JSON with nanoseconds of processor time.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/replay.h"
#include "sources/frames_write.h"
#include "sources/recording.h"
#include "util/units.h"
#include "views/json.h"
#include "views/tui_events.h"

static uint64_t processor_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

/*
 * Making a recording
 */

static void set_time(struct snapshot *sample, const struct snapshot *first,
		     uint64_t number)
{
	sample->window.start_ns = first->window.start_ns;
	sample->taken_ns = first->taken_ns + number * NS_PER_SEC;
	sample->realtime_ns = first->realtime_ns + number * NS_PER_SEC;
	sample->boottime_ns = first->boottime_ns + number * NS_PER_SEC;
}

static int write_sample(struct frame_writer *writer,
			const struct snapshot *sample)
{
	struct interval interval = {};
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	int error = interval_make(NULL, sample, NULL, &interval);

	if (!error)
		error = json_report(&interval, JSON_LINE, stream);
	fclose(stream);
	if (!error)
		error = frame_write(writer, text, len);
	interval_release(&interval);
	free(text);
	return error;
}

/* The next sample; after the last one the first again. */
static int next_sample(struct source *source, struct snapshot *sample)
{
	int error = source_next(source, sample);

	if (error == -ENODATA)
		error = source_seek(source, 0);
	else
		return error;
	return error ? error : source_next(source, sample);
}

static int repeat(struct source *source, struct frame_writer *writer,
		  uint64_t count)
{
	struct snapshot sample, first = {};
	int error = 0;

	for (uint64_t i = 0; !error && i < count; i++) {
		error = next_sample(source, &sample);
		if (error)
			break;
		if (!i)
			error = snapshot_copy(&first, &sample);
		set_time(&sample, &first, i);
		if (!error)
			error = write_sample(writer, &sample);
		snapshot_release(&sample);
	}
	snapshot_release(&first);
	return error ? error : frame_end(writer);
}

static int make(const char *from, const char *to, uint64_t count)
{
	struct frame_writer *writer = frame_writer_new();
	struct source *source = NULL;
	int fd = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int error = fd < 0 ? -errno : writer ? 0 : -ENOMEM;

	if (!error)
		error = recording_open(&source, from);
	if (!error) {
		frame_writer_begin(writer, fd, 0);
		error = repeat(source, writer, count);
	}
	source_close(source);
	frame_writer_free(writer);
	if (fd >= 0)
		close(fd);
	return error;
}

/*
 * Replaying it
 */

/**
 * struct shown - a recording in top
 * @sampler: where it is
 * @model: what is shown of it
 * @state: the screen
 * @replay: the recording
 */
struct shown {
	struct sampler sampler;
	struct tui_model model;
	struct tui_state state;
	struct replay replay;
};

static int show(struct shown *shown, const char *path)
{
	const struct interval *interval = &shown->sampler.interval;
	struct source *source;
	int error = recording_open(&source, path);

	if (error)
		return error;
	sampler_open(&shown->sampler, source);
	tui_init(&shown->state, NS_PER_SEC);
	shown->model = (struct tui_model){
		.total = &shown->sampler.total,
		.interval = &interval->figures,
		.findings = &interval->findings,
		.overhead = &interval->overhead,
	};
	return replay_open(&shown->replay, path, &shown->sampler, &shown->state,
			   &shown->model);
}

static void jump(struct shown *shown, uint64_t seconds)
{
	snprintf(shown->state.jump, sizeof(shown->state.jump), "%" PRIu64,
		 seconds);
	replay_serve(&shown->replay, TUI_JUMP);
}

static int measure(const char *path, unsigned long jumps)
{
	static struct shown shown;
	uint64_t begin = processor_ns(), worst = 0, sum = 0, opened, first;
	int error = show(&shown, path);

	opened = processor_ns() - begin;
	if (error)
		return error;
	first = shown.replay.view.begin_ns / NS_PER_SEC + 1;
	for (unsigned long i = 0; i < jumps; i++) {
		/* Everywhere, and each time far from where we are. */
		uint64_t all = shown.replay.view.end_ns / NS_PER_SEC - first;
		uint64_t ns;

		begin = processor_ns();
		jump(&shown, first + (i * 2654435761u) % (all + 1));
		ns = processor_ns() - begin;
		sum += ns;
		if (ns > worst)
			worst = ns;
	}
	printf("{\"open_ns\":%" PRIu64 ",\"jump_ns\":%" PRIu64
	       ",\"longest_jump_ns\":%" PRIu64 "}\n",
	       opened, jumps ? sum / jumps : 0, worst);
	replay_close(&shown.replay);
	tui_release(&shown.state);
	sampler_close(&shown.sampler);
	return 0;
}

int main(int argc, char **argv)
{
	int error;

	if (argc == 5 && !strcmp(argv[1], "make")) {
		error = make(argv[2], argv[3], strtoull(argv[4], NULL, 10));
	} else if (argc == 4 && !strcmp(argv[1], "time")) {
		error = measure(argv[2], strtoul(argv[3], NULL, 10));
	} else {
		fputs("usage: replay make SAMPLES RECORDING COUNT\n"
		      "       replay time RECORDING JUMPS\n",
		      stderr);
		return 2;
	}
	if (error)
		fprintf(stderr, "replay: failed: %s\n", strerror(-error));
	return error ? 1 : 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it takes to open a recording in top and to go to any time of it.
 *
 *   replay make RECORDING COUNT <SAMPLES
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

#define CLOCKS 3

/**
 * struct lines - the samples that are repeated
 * @list: them, as JSON
 * @count: how many
 * @begin_ns: the clocks of the first one
 */
struct lines {
	char *list[1000];
	size_t count;
	uint64_t begin_ns[CLOCKS];
};

/* In the order of a report. */
static const char *const clocks[CLOCKS] = {
	"\"monotonic_ns\":", "\"realtime_ns\":", "\"boottime_ns\":"
};

static const char *find_clock(const char *text, unsigned int clock)
{
	const char *found = strstr(text, clocks[clock]);

	return found ? found + strlen(clocks[clock]) : NULL;
}

static int read_lines(struct lines *lines, FILE *stream)
{
	size_t room = 0;

	while (lines->count < sizeof(lines->list) / sizeof(*lines->list) &&
	       getline(&lines->list[lines->count], &room, stream) > 0) {
		lines->count++;
		room = 0;
	}
	for (unsigned int i = 0; lines->count && i < CLOCKS; i++) {
		const char *found = find_clock(lines->list[0], i);

		if (!found)
			return -EINVAL;
		lines->begin_ns[i] = strtoull(found, NULL, 10);
	}
	return lines->count ? 0 : -ENODATA;
}

/* A line with other times. */
static void put_line(FILE *stream, const struct lines *lines, uint64_t number)
{
	const char *at = lines->list[number % lines->count];

	for (unsigned int i = 0; i < CLOCKS; i++) {
		const char *found = find_clock(at, i);
		char *end;

		if (!found)
			continue;
		strtoull(found, &end, 10);
		fwrite(at, 1, (size_t)(found - at), stream);
		fprintf(stream, "%llu",
			lines->begin_ns[i] + number * NS_PER_SEC);
		at = end;
	}
	fputs(at, stream);
}

static int write_lines(const struct lines *lines, struct frame_writer *writer,
		       uint64_t count)
{
	int error = 0;

	for (uint64_t i = 0; !error && i < count; i++) {
		char *text = NULL;
		size_t len = 0;
		FILE *stream = open_memstream(&text, &len);

		put_line(stream, lines, i);
		fclose(stream);
		error = frame_write(writer, text, len);
		free(text);
	}
	return error ? error : frame_end(writer);
}

static int make(const char *path, uint64_t count)
{
	static struct lines lines;
	struct frame_writer *writer = frame_writer_new();
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int error = fd < 0   ? -errno
		    : writer ? read_lines(&lines, stdin)
			     : -ENOMEM;

	if (!error) {
		frame_writer_begin(writer, fd, 0);
		error = write_lines(&lines, writer, count);
	}
	frame_writer_free(writer);
	for (size_t i = 0; i < lines.count; i++)
		free(lines.list[i]);
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

	if (argc == 4 && !strcmp(argv[1], "make")) {
		error = make(argv[2], strtoull(argv[3], NULL, 10));
	} else if (argc == 4 && !strcmp(argv[1], "time")) {
		error = measure(argv[2], strtoul(argv[3], NULL, 10));
	} else {
		fputs("usage: replay make RECORDING COUNT <SAMPLES\n"
		      "       replay time RECORDING JUMPS\n",
		      stderr);
		return 2;
	}
	if (error)
		fprintf(stderr, "replay: failed: %s\n", strerror(-error));
	return error ? 1 : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/tape.h"

#include <errno.h>
#include <stdlib.h>

#include "sources/recording.h"

int tape_keep(struct tape *tape, struct snapshot *sample)
{
	struct snapshot *grown;

	if (!sample->trace.known)
		return 0;
	grown = reallocarray(tape->parts, tape->nr + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	tape->parts = grown;
	tape->parts[tape->nr++] = (struct snapshot){ .trace = sample->trace };
	tape->bytes += sample->trace.nr_requests * sizeof(struct request);
	sample->trace = (struct trace){ 0 };
	return tape->bytes >= TAPE_BYTES;
}

int tape_open(struct tape *tape, const char *path,
	      const struct interval *interval)
{
	const struct snapshot *figures = &interval->figures;

	*tape = (struct tape){
		.begin_ns = figures->window.start_ns,
		.end_ns = figures->realtime_ns,
	};
	return recording_open(&tape->source, path);
}

/* The state of the areas is in the first sample, with what it has seen. */
static bool counts(const struct tape *tape, const struct snapshot *sample)
{
	return sample->trace.known && sample->realtime_ns >= tape->begin_ns &&
	       sample->realtime_ns <= tape->end_ns;
}

static int play_recording(struct tape *tape,
			  int (*take)(const struct trace *part, void *context),
			  void *context)
{
	struct snapshot sample;
	int taken = 0, err = source_seek(tape->source, 0);

	while (!err && !taken && !(err = source_next(tape->source, &sample))) {
		if (counts(tape, &sample))
			taken = take(&sample.trace, context);
		snapshot_release(&sample);
	}
	return taken ? taken : err == -ENODATA ? 0 : err;
}

int tape_play(struct tape *tape,
	      int (*take)(const struct trace *part, void *context),
	      void *context)
{
	int taken = 0;

	if (tape->source)
		return play_recording(tape, take, context);
	for (size_t i = 0; !taken && i < tape->nr; i++)
		taken = take(&tape->parts[i].trace, context);
	return taken;
}

void tape_release(struct tape *tape)
{
	for (size_t i = 0; i < tape->nr; i++)
		snapshot_release(&tape->parts[i]);
	free(tape->parts);
	source_close(tape->source);
	*tape = (struct tape){ 0 };
}

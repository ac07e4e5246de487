/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_TAPE_H
#define COMMANDS_TAPE_H

/*
 * A trace of requests that is gone through more than once: kept in memory while
 * it is seen, or read from its recording each time.
 */

#include "model/interval.h"
#include "sources/source.h"

/* What is kept of a watch at most: some ten million requests. */
#define TAPE_BYTES (512ull << 20)

/**
 * struct tape - the parts of a trace
 * @parts: samples that have nothing but their trace
 * @nr: how many
 * @bytes: of their requests
 * @source: the recording; NULL = they are kept
 * @begin_ns: CLOCK_REALTIME of the first sample of the recording that counts
 * @end_ns: of the last
 */
struct tape {
	struct snapshot *parts;
	size_t nr;
	uint64_t bytes;
	struct source *source;
	uint64_t begin_ns;
	uint64_t end_ns;
};

/**
 * tape_keep() - keep the trace of a sample
 * @tape: zeroed at first; to be ended with tape_release()
 * @sample: its trace is taken from it
 *
 * Return: 0, 1 when there is no room for more, or -ENOMEM.
 */
int tape_keep(struct tape *tape, struct snapshot *sample);

/**
 * tape_open() - the trace of a recording
 * @tape: filled in; to be ended with tape_release()
 * @path: the recording, which can be read again: no standard input
 * @interval: the time that counts
 *
 * Logs why when it fails. Return: 0 or negative errno.
 */
int tape_open(struct tape *tape, const char *path,
	      const struct interval *interval);

/**
 * tape_play() - go through all parts
 * @tape: the tape
 * @take: gets each; not 0 ends it
 * @context: for @take
 *
 * Return: 0, what @take gave, or negative errno.
 */
int tape_play(struct tape *tape,
	      int (*take)(const struct trace *part, void *context),
	      void *context);

/** tape_release() - free everything */
void tape_release(struct tape *tape);

#endif

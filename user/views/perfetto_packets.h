/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_PERFETTO_PACKETS_H
#define VIEWS_PERFETTO_PACKETS_H

/* The packets of a Perfetto trace (perfetto.proto), one after the other. */

#include <stdint.h>
#include <stdio.h>

#include "model/field.h"

/* Numbers of clocks in a trace. */
#define PERFETTO_REALTIME  1
#define PERFETTO_MONOTONIC 3
#define PERFETTO_BOOTTIME  6 /* that of a trace unless a packet says other */

struct packets;

/**
 * packets_open() - begin a trace
 * @stream: where to
 *
 * After an error, further calls do nothing; packets_close() returns it. Texts
 * need not be UTF-8.
 *
 * Return: it, to be ended with packets_close(), or NULL without memory.
 */
struct packets *packets_open(FILE *stream);

/** packets_close() - end it; 0, or -ENOMEM when packets are missing */
int packets_close(struct packets *packets);

/**
 * packets_clocks() - what the clocks said at one time, and which one counts
 * @packets: the trace
 * @clock: the clock of all times that follow, a number as above
 * @snap: has the clocks; one that is 0 is unknown and left out
 */
void packets_clocks(struct packets *packets, uint32_t clock,
		    const struct snapshot *snap);

/** packets_track() - a track below another one, or, with 0, below none */
void packets_track(struct packets *packets, uint64_t track, uint64_t parent,
		   const char *name);

/** packets_counter_track() - the same for a counter */
void packets_counter_track(struct packets *packets, uint64_t track,
			   uint64_t parent, const char *name, enum unit unit);

/** packets_count() - a value of a counter, from a time on */
void packets_count(struct packets *packets, uint64_t at_ns, uint64_t track,
		   int64_t value);

/**
 * struct note - a named value of a slice or an instant
 * @name: its name
 * @text: it; NULL = it is a number
 * @value: else it
 */
struct note {
	const char *name;
	const char *text;
	int64_t value;
};

#define NOTES_MAX 24

/**
 * struct trace_event - a slice or an instant
 * @track: where
 * @name: what
 * @notes: what is known of it
 * @nr_notes: how many
 */
struct trace_event {
	uint64_t track;
	const char *name;
	struct note notes[NOTES_MAX];
	size_t nr_notes;
};

/** event_note() - add a number; beyond NOTES_MAX it is left out */
void event_note(struct trace_event *event, const char *name, int64_t value);

/** event_text() - add a text, which is kept by the caller */
void event_text(struct trace_event *event, const char *name, const char *text);

/** packets_begin() - a slice begins; slices of a track lie in each other */
void packets_begin(struct packets *packets, uint64_t at_ns,
		   const struct trace_event *event);

/** packets_end() - the slice of the track that began last ends */
void packets_end(struct packets *packets, uint64_t at_ns, uint64_t track);

/** packets_instant() - something at one time */
void packets_instant(struct packets *packets, uint64_t at_ns,
		     const struct trace_event *event);

#endif

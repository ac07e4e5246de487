/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include <stddef.h>

/**
 * enum event - kinds of events, which cannot be read from state later, so that
 *	a figure may depend on all of them having been seen; bits
 */
enum event {
	EVENT_POOL = 1u << 0,	    /* a pool, and which device has it */
	EVENT_WAIT = 1u << 1,	    /* a wait for an area's lock */
	EVENT_HOLD = 1u << 2,	    /* a hold of an area's lock */
	EVENT_CALLER = 1u << 3,	    /* for whom a CPU waited */
	EVENT_TRACEPOINT = 1u << 4, /* lock:contention_begin */
	EVENT_BLOCK = 1u << 5,	    /* allocations and frees of device blocks */
	EVENT_OWNER = 1u << 6,	    /* by whom, when and where from */
	EVENT_MAP = 1u << 7,	    /* a mapping made or refused */
	EVENT_UNMAP = 1u << 8,	    /* a mapping ended */
	EVENT_CAUSE = 1u << 9,	    /* why a mapping was refused */
	EVENT_DEVICE = 1u << 10,    /* which device mapped or unmapped */
	EVENT_GONE = 1u << 11,	    /* that a device has gone */
	EVENT_COPY = 1u << 12,	    /* a sync or a copy */
	EVENT_REQUEST = 1u << 13,   /* a map or an unmap, by itself */
	/* Each missed event may hide any number of these. */
	EVENT_UNCOUNTED = 1u << 31,
};

/** events_of_levels() - the events that levels (enum level) see */
unsigned int events_of_levels(unsigned int levels);

/**
 * event_word() - the word that a report has for an event
 * @place: 0 for the first, and so on
 * @event: set to it
 *
 * Return: such as "map"; NULL after the last.
 */
const char *event_word(unsigned int place, unsigned int *event);

/**
 * events_format() - such as "maps, unmaps"
 *
 * Return: @text.
 */
char *events_format(unsigned int events, char *text, size_t len);

#endif

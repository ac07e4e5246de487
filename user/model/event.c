/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/event.h"

#include <stdio.h>

#include "model/level.h"

/**
 * struct event_info - one row of the table of events
 * @event: the event
 * @level: the level that sees it; 0 = state
 * @word: in a report
 * @name: what users see, in the plural
 */
struct event_info {
	enum event event;
	unsigned int level;
	const char *word;
	const char *name;
};

static const struct event_info event_table[] = {
	{ EVENT_POOL, 0, "pool", "pools" },
	{ EVENT_WAIT, LEVEL_LOCKS, "wait", "waits" },
	{ EVENT_HOLD, LEVEL_HOLDS, "hold", "holds" },
	{ EVENT_CALLER, LEVEL_CALLERS, "caller", "callers of waits" },
	{ EVENT_TRACEPOINT, LEVEL_TRACEPOINTS, "tracepoint",
	  "firings of the tracepoint" },
	{ EVENT_BLOCK, LEVEL_BLOCKS, "block", "blocks taken and given back" },
	{ EVENT_OWNER, LEVEL_BLOCKS, "owner", "owners of blocks" },
	{ EVENT_MAP, LEVEL_MAPPINGS, "map", "maps" },
	{ EVENT_UNMAP, LEVEL_MAPPINGS, "unmap", "unmaps" },
	{ EVENT_CAUSE, LEVEL_MAPPINGS, "cause", "causes of failures" },
	{ EVENT_DEVICE, LEVEL_MAPPINGS, "device", "devices of mappings" },
	{ EVENT_GONE, LEVEL_MAPPINGS, "gone", "devices that go" },
	{ EVENT_COPY, LEVEL_BOUNCES, "copy", "syncs and copies" },
	{ EVENT_REQUEST, LEVEL_TRACE, "request", "requests of a trace" },
};

#define EVENTS (sizeof(event_table) / sizeof(event_table[0]))

unsigned int events_of_levels(unsigned int levels)
{
	unsigned int events = 0;

	for (size_t i = 0; i < EVENTS; i++)
		if (event_table[i].level & levels)
			events |= event_table[i].event;
	return events;
}

const char *event_word(unsigned int place, unsigned int *event)
{
	if (place > EVENTS)
		return NULL;
	*event = place < EVENTS ? event_table[place].event : EVENT_UNCOUNTED;
	return place < EVENTS ? event_table[place].word : "uncounted";
}

char *events_format(unsigned int events, char *text, size_t len)
{
	size_t used = 0;

	snprintf(text, len, "nothing");
	for (size_t i = 0; i < EVENTS; i++) {
		if (!(events & event_table[i].event) || used >= len)
			continue;
		used += (size_t)snprintf(text + used, len - used, "%s%s",
					 used ? ", " : "", event_table[i].name);
	}
	return text;
}

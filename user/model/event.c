/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/event.h"

#include <stdio.h>

#include "model/level.h"

/**
 * struct event_info - one row of the table of events
 * @event: the event
 * @level: the level that tells of it; 0 = state
 * @name: what users see, in the plural
 */
struct event_info {
	enum event event;
	unsigned int level;
	const char *name;
};

static const struct event_info event_table[] = {
	{ EVENT_POOL, 0, "pools" },
	{ EVENT_WAIT, LEVEL_LOCKS, "waits" },
	{ EVENT_HOLD, LEVEL_HOLDS, "holds" },
	{ EVENT_CALLER, LEVEL_CALLERS, "callers of waits" },
	{ EVENT_TRACEPOINT, LEVEL_TRACEPOINTS, "firings of the tracepoint" },
	{ EVENT_BLOCK, LEVEL_BLOCKS, "blocks taken and given back" },
	{ EVENT_OWNER, LEVEL_BLOCKS, "owners of blocks" },
	{ EVENT_MAP, LEVEL_MAPPINGS, "maps" },
	{ EVENT_UNMAP, LEVEL_MAPPINGS, "unmaps" },
	{ EVENT_CAUSE, LEVEL_MAPPINGS, "causes of failures" },
	{ EVENT_DEVICE, LEVEL_MAPPINGS, "devices of mappings" },
	{ EVENT_GONE, LEVEL_MAPPINGS, "devices that go" },
	{ EVENT_COPY, LEVEL_BOUNCES, "syncs and copies" },
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

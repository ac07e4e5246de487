/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/level.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct level_info level_table[] = {
	{ LEVEL_LOCKS, "locks",
	  "waits for area locks; no overhead while nobody waits",
	  "none while nobody waits, about 300 instructions a wait",
	  "locks.wait", "not attached: needs --level locks" },
	{ LEVEL_BLOCKS, "blocks",
	  "allocations and frees of device blocks; rare events",
	  "none but on these rare events", "blocks.allocate",
	  "not attached: needs --level blocks" },
	{ LEVEL_MAPPINGS, "mappings",
	  "every map and unmap: owners, sizes, failures, leaks",
	  "about 500 instructions on each pair of map and unmap, 1,200 with probes instead of trampolines",
	  "mappings.map mappings.unmap",
	  "not attached: needs --level mappings" },
	{ LEVEL_BOUNCES, "bounces",
	  "syncs and copies: direction, bytes, time, and which are redundant; overhead on each of them",
	  "about 2,400 instructions on each pair of map and unmap", "bounces.",
	  "not attached: needs --level bounces" },
	{ LEVEL_HOLDS, "holds",
	  "how long area locks are held, and by which CPU; overhead on every irq-safe spinlock of the system",
	  "about 2,200 instructions on each pair of map and unmap, 300 on each irq-safe spinlock",
	  "holds.lock", "not attached: needs --level holds" },
	{ LEVEL_CALLERS, "callers",
	  "which device and code waits; overhead on every map and unmap, and a stack on every wait",
	  "about 800 instructions on each pair of map and unmap, and a stack on each wait",
	  "callers.", "not attached: needs --level callers" },
	{ LEVEL_TRACEPOINTS, "tracepoints",
	  "lock:contention_begin, for comparison with locks",
	  "that of the tracepoint, when it fires", "locks.tracepoint",
	  "not attached: needs --level tracepoints" },
	{ LEVEL_AUDIT, "audit",
	  "whether the allocator's own data contradicts itself, slot by slot; attaches nothing",
	  "none but that of reading each slot", "pools.state",
	  "not read: needs --level audit" },
	{ LEVEL_TRACE, "trace",
	  "every map and unmap by itself, in the order of the area locks, for recordings; overhead on each, and on every irq-safe spinlock of the system",
	  "about 1,900 instructions on each pair of map and unmap, 140 on each irq-safe spinlock",
	  "trace.map trace.unmap", "not attached: needs --level trace" },
};

const unsigned int level_count = sizeof(level_table) / sizeof(level_table[0]);

static int level_find(const char *word, size_t len, unsigned int *level)
{
	if (len == 5 && !strncmp(word, "state", 5)) {
		*level = 0;
		return 0;
	}
	for (unsigned int i = 0; i < level_count; i++) {
		if (strlen(level_table[i].name) == len &&
		    !strncmp(level_table[i].name, word, len)) {
			*level = level_table[i].level;
			return 0;
		}
	}
	return -EINVAL;
}

int levels_parse(const char *text, unsigned int *levels, const char **bad,
		 int *bad_len)
{
	unsigned int found = 0, level = 0;

	for (;;) {
		size_t len = strcspn(text, ",");

		if (level_find(text, len, &level)) {
			*bad = text;
			*bad_len = (int)len;
			return -EINVAL;
		}
		found |= level;
		if (!text[len])
			break;
		text += len + 1;
	}
	*levels = levels_complete(found);
	return 0;
}

unsigned int levels_complete(unsigned int levels)
{
	if (levels & LEVEL_CALLERS)
		levels |= LEVEL_LOCKS;
	if (levels & LEVEL_BOUNCES)
		levels |= LEVEL_MAPPINGS;
	return levels;
}

char *levels_format(unsigned int levels, char *text, size_t len)
{
	size_t used = 0;

	snprintf(text, len, "state");
	for (unsigned int i = 0; i < level_count; i++) {
		if (!(levels & level_table[i].level) || used >= len)
			continue;
		used += (size_t)snprintf(text + used, len - used, "%s%s",
					 used ? "," : "", level_table[i].name);
	}
	return text;
}

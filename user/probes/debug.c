// SPDX-License-Identifier: GPL-2.0-only
#include "probes/debug.h"

#include <stdlib.h>
#include <string.h>

static bool names(const char *word, size_t len, const char *hook)
{
	return !strncmp(word, hook, len) &&
	       (hook[len] == '.' || hook[len] == '\0');
}

bool debug_forbids(const char *hook)
{
	const char *list = secure_getenv("SWIOTLB_FORBID");

	while (list && *list) {
		size_t len = strcspn(list, ",");

		if (len && names(list, len, hook))
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

uint32_t debug_table(uint32_t entries)
{
	const char *text = secure_getenv("SWIOTLB_TABLE");
	unsigned long limit = text ? strtoul(text, NULL, 10) : 0;

	return limit && limit < entries ? limit : entries;
}

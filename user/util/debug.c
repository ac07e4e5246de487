/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/debug.h"

#include <stdlib.h>
#include <string.h>

static bool names(const char *word, size_t len, const char *name)
{
	return !strncmp(word, name, len) &&
	       (name[len] == '.' || name[len] == '\0');
}

bool debug_forbids(const char *name)
{
	const char *list = secure_getenv("SWIOTLB_FORBID");

	while (list && *list) {
		size_t len = strcspn(list, ",");

		if (len && names(list, len, name))
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

static unsigned long number(const char *variable)
{
	const char *text = secure_getenv(variable);

	return text ? strtoul(text, NULL, 10) : 0;
}

uint32_t debug_table(uint32_t entries)
{
	unsigned long limit = number("SWIOTLB_TABLE");

	return limit && limit < entries ? limit : entries;
}

unsigned long debug_attaches(void)
{
	unsigned long attaches = number("SWIOTLB_ATTACHES");

	return attaches ? attaches : 1;
}

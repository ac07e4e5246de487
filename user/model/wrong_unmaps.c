// SPDX-License-Identifier: GPL-2.0-only
#include "model/wrong_unmaps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/units.h"

const char *unmap_fault_name(enum unmap_fault fault)
{
	static const char *const names[] = {
		[UNMAP_WRONG_DEVICE] = "wrong_device",
		[UNMAP_TWICE] = "unmapped_twice",
		[UNMAP_WRONG_SIZE] = "wrong_size",
	};

	return names[fault];
}

uint64_t wrong_unmaps_total(const struct mapping_totals *totals)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < UNMAP_FAULTS; i++)
		sum += totals->wrong[i];
	return sum;
}

bool wrong_unmap_same(const struct wrong_unmap *a, const struct wrong_unmap *b)
{
	return a->fault == b->fault && !strcmp(a->device, b->device) &&
	       !strcmp(a->mapped_by, b->mapped_by) &&
	       stack_same(&a->stack, &b->stack);
}

static const char *name_or(const char *name, const char *otherwise)
{
	return *name ? name : otherwise;
}

/* What was unmapped, in words that follow the number of unmaps. */
static const char *what_text(const struct wrong_unmap *wrong, char *text,
			     size_t len)
{
	switch (wrong->fault) {
	case UNMAP_WRONG_DEVICE:
		snprintf(text, len, "of what %s had mapped",
			 name_or(wrong->mapped_by, "an unknown device"));
		break;
	case UNMAP_TWICE:
		snprintf(text, len, "where nothing was mapped any more");
		break;
	case UNMAP_WRONG_SIZE:
		snprintf(text, len,
			 "of another size, as %" PRIu64 " for %" PRIu64
			 " bytes",
			 wrong->unmapped_bytes, wrong->mapped_bytes);
		break;
	case UNMAP_FAULTS:
		break;
	}
	return text;
}

void wrong_unmap_text(const struct snapshot *snap,
		      const struct wrong_unmap *wrong, char *text, size_t len)
{
	const struct pool *pool = snapshot_pool(snap, wrong->pool_id);
	char what[NAME_LEN + 64] = "", where[NAME_LEN + 64] = "";

	if (pool)
		snprintf(where, sizeof(where), "; first in %s, slot %" PRIu64,
			 pool->name, wrong->slot);
	snprintf(text, len, "%s: %" PRIu64 " unmap%s %s%s",
		 name_or(wrong->device, "an unknown device"), wrong->count,
		 plural(wrong->count), what_text(wrong, what, sizeof(what)),
		 where);
}

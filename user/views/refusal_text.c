// SPDX-License-Identifier: GPL-2.0-only
#include "views/refusal_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "util/units.h"
#include "views/phrases.h"

/* For people, after a number. */
static const char *const cause_words[FAILURE_CAUSES] = {
	[FAILURE_OVERSIZE] = "oversize",
	[FAILURE_ALIGNMENT] = "alignment",
	[FAILURE_FRAGMENTED] = "fragmented",
	[FAILURE_EXHAUSTED] = "exhausted",
	[FAILURE_REACH] = "out of reach",
	[FAILURE_KIND] = "wrong kind of memory",
	[FAILURE_NO_POOL] = "without a pool",
	[FAILURE_DISABLED] = "disabled pool",
};

char *failures_text(const struct mapping_totals *totals, char *text, size_t len)
{
	size_t used = 0;

	snprintf(text, len, "none");
	for (unsigned int i = 0; i < FAILURE_CAUSES; i++)
		if (totals->failures[i] && used < len)
			used += snprintf(text + used, len - used,
					 "%s%" PRIu64 " %s", used ? ", " : "",
					 totals->failures[i], cause_words[i]);
	return text;
}

char *refusal_sizes_text(const struct refusal *refusal, char *text, size_t len)
{
	if (refusal->differing)
		snprintf(text, len, "%" PRIu64 " of %s to %s", refusal->count,
			 BYTES(refusal->from_bytes),
			 BYTES(refusal->from_bytes * 2 - 1));
	else
		snprintf(text, len, "%" PRIu64 " of %s", refusal->count,
			 BYTES(refusal->size));
	return text;
}

/* "min_align_mask 0xfff, alignment 0x1000, boundary 64 KiB" */
static void masks_text(const struct refusal *refusal, char *text, size_t len)
{
	const char *separator = "";
	size_t used = 0;

	text[0] = 0;
	if (refusal->min_align_mask) {
		used += snprintf(text, len, "min_align_mask %#" PRIx64,
				 refusal->min_align_mask);
		separator = ", ";
	}
	if (refusal->alloc_align_mask &&
	    refusal->alloc_align_mask != ALLOC_ALIGN_NOT_KNOWN && used < len) {
		used += snprintf(text + used, len - used,
				 "%salloc_align_mask %#" PRIx64, separator,
				 refusal->alloc_align_mask);
		separator = ", ";
	}
	if (refusal->boundary_mask && used < len)
		snprintf(text + used, len - used, "%sno mapping across %s",
			 separator, BYTES(refusal->boundary_mask + 1));
}

/* And which queue lets such a request through. */
static void size_text(const struct refusal *refusal, char *text, size_t len)
{
	int used = snprintf(text, len, "it can map %s at once",
			    BYTES(refusal->limit));

	if (refusal->queue_limit > refusal->limit && used < (int)len)
		snprintf(text + used, len - used,
			 ", the queue of %s allows %s (max_hw_sectors_kb)",
			 refusal->queue, BYTES(refusal->queue_limit));
}

char *refusal_limits_text(const struct refusal *refusal, char *text, size_t len)
{
	text[0] = 0;
	if (refusal->cause == FAILURE_OVERSIZE)
		size_text(refusal, text, len);
	else if (refusal->cause == FAILURE_ALIGNMENT)
		masks_text(refusal, text, len);
	else if (refusal->cause == FAILURE_REACH && refusal->reach)
		snprintf(text, len, "it reaches %s", BYTES(refusal->reach + 1));
	return text;
}

char *refusal_text(const struct refusal *refusal, char *text, size_t len)
{
	char sizes[64], limits[128];

	refusal_limits_text(refusal, limits, sizeof(limits));
	snprintf(text, len, "%s: %s %s%s%s", device_or_unknown(refusal->device),
		 refusal_sizes_text(refusal, sizes, sizeof(sizes)),
		 cause_words[refusal->cause], *limits ? "; " : "", limits);
	return text;
}

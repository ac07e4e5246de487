// SPDX-License-Identifier: GPL-2.0-only
#include "model/refusals.h"

#include <string.h>

const char *failure_cause_name(enum failure_cause cause)
{
	static const char *const names[FAILURE_CAUSES] = {
		[FAILURE_OVERSIZE] = "oversize",
		[FAILURE_ALIGNMENT] = "alignment",
		[FAILURE_FRAGMENTED] = "fragmented",
		[FAILURE_EXHAUSTED] = "exhausted",
		[FAILURE_REACH] = "reach",
		[FAILURE_KIND] = "kind",
		[FAILURE_NO_POOL] = "no_pool",
		[FAILURE_DISABLED] = "disabled",
	};

	return names[cause];
}

bool refusal_same(const struct refusal *a, const struct refusal *b)
{
	return a->cause == b->cause && a->from_bytes == b->from_bytes &&
	       !strcmp(a->device, b->device);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "model/level.h"
#include "views/html_parts.h"

void html_trace(struct html *h)
{
	const char *missing = snapshot_level_missing(h->snap, LEVEL_TRACE);
	const struct trace_totals *traced = &h->snap->traced;

	html_section(h, "trace", "Trace");
	if (missing || !traced->counted) {
		html_unknown(h, missing ? missing
					: "requests were not seen: see what is "
					  "attached");
		html_section_end(h);
		return;
	}
	html_line(h, "",
		  "%" PRIu64 " maps, %" PRIu64 " unmaps and %" PRIu64
		  " refused requests.",
		  traced->maps, traced->unmaps, traced->refused);
	html_line(h, traced->lost || traced->unordered ? "warning" : "",
		  "%" PRIu64 " were lost, and %" PRIu64
		  " have no place in the order of the area's lock.",
		  traced->lost, traced->unordered);
	html_section_end(h);
}

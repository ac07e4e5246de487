/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "model/level.h"
#include "views/text_parts.h"

void show_trace(const struct report *r)
{
	const char *missing = snapshot_level_missing(r->snap, LEVEL_TRACE);
	const struct trace_totals *traced = &r->snap->traced;

	if (!(r->snap->levels & LEVEL_TRACE))
		return;
	show_title(r, "TRACE");
	pane_end(r->pane);
	if (missing || !traced->counted) {
		pane_line(r->pane, STYLE_WARNING, "  %s",
			  missing ? missing
				  : "requests were not seen: see ATTACHED");
		return;
	}
	pane_line(r->pane, STYLE_PLAIN,
		  "  requests: %" PRIu64 " maps, %" PRIu64 " unmaps, %" PRIu64
		  " refused",
		  traced->maps, traced->unmaps, traced->refused);
	pane_line(r->pane,
		  traced->lost || traced->unordered ? STYLE_WARNING
						    : STYLE_PLAIN,
		  "  %" PRIu64 " lost, %" PRIu64 " without their place in the "
		  "order of the area's lock",
		  traced->lost, traced->unordered);
}

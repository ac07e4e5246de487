/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/text_parts.h"

#include <inttypes.h>

#include "util/units.h"

static void show_entry(const struct log_entry *entry, struct pane *pane)
{
	pane_put(pane, STYLE_WARNING, "  %" PRIu64 " %s", entry->requests,
		 entry->cause);
	if (*entry->device)
		pane_put(pane, STYLE_PLAIN, " by %s", entry->device);
	if (entry->size_max)
		pane_put(pane, STYLE_PLAIN, ", %s", BYTES(entry->size_min));
	if (entry->size_max > entry->size_min)
		pane_put(pane, STYLE_PLAIN, " to %s", BYTES(entry->size_max));
	if (entry->requests > 1)
		pane_put(pane, STYLE_PLAIN, ", first %s ago, last",
			 DURATION(entry->first_ago_ns));
	else
		pane_put(pane, STYLE_PLAIN, ",");
	pane_line(pane, STYLE_PLAIN, " %s ago", DURATION(entry->last_ago_ns));
}

void show_kernel_log(const struct report *r)
{
	const struct log_totals *log = &r->snap->log;

	show_title(r, "KERNEL LOG");
	if (!log->known) {
		pane_put(r->pane, STYLE_WARNING, "  unknown: ");
		pane_wrap(r->pane, STYLE_PLAIN, 4, log->reason);
		return;
	}
	if (log->requests)
		pane_put(r->pane, STYLE_WARNING,
			 "  at least %" PRIu64 " failed request%s",
			 log->requests, plural(log->requests));
	else
		pane_put(r->pane, STYLE_GOOD, "  no failed request");
	pane_put(r->pane, STYLE_PLAIN, " since %s",
		 log->since_boot ? "boot" : "the log begins");
	if (log->suppressed)
		pane_put(r->pane, STYLE_PLAIN,
			 ", %" PRIu64 " line%s suppressed", log->suppressed,
			 plural(log->suppressed));
	pane_end(r->pane);
	for (size_t i = 0; i < r->snap->nr_log_entries; i++)
		show_entry(&r->snap->log_entries[i], r->pane);
}

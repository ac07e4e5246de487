/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/text_parts.h"

#include "views/phrases.h"

void show_kernel_log(const struct report *r)
{
	const struct log_totals *log = &r->snap->log;
	char text[PHRASE_LEN];

	show_title(r, "KERNEL LOG");
	if (!log->known) {
		pane_put(r->pane, STYLE_WARNING, "  unknown: ");
		pane_wrap(r->pane, STYLE_PLAIN, 4, log->reason);
		return;
	}
	pane_line(r->pane, log->requests ? STYLE_WARNING : STYLE_GOOD, "  %s",
		  log_totals_text(log, text, sizeof(text)));
	for (size_t i = 0; i < r->snap->nr_log_entries; i++)
		pane_line(r->pane, STYLE_PLAIN, "  %s",
			  log_entry_text(&r->snap->log_entries[i], text,
					 sizeof(text)));
}

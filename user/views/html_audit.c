/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "model/audit.h"
#include "model/level.h"
#include "views/html_parts.h"
#include "views/phrases.h"

static void put_invariant(struct html *h, const struct audit_result *row)
{
	const struct audit_info *info = &audit_table[row->rule];
	char place[PHRASE_LEN];

	html_put(h, "<li%s>", row->errors ? " class=\"error\"" : "");
	if (!row->known)
		html_say(h, "%s: unknown: %s", info->name, row->reason);
	else if (row->errors)
		html_say(h, "%s: %" PRIu64 " errors, the first in %s: %s",
			 info->name, row->errors,
			 audit_place_text(h->snap, row, place, sizeof(place)),
			 info->holds);
	else
		html_say(h, "%s: no error: %s", info->name, info->holds);
	html_put(h, "</li>\n");
}

void html_audit(struct html *h)
{
	const char *missing = snapshot_level_missing(h->snap, LEVEL_AUDIT);

	html_section(h, "audit", "Audit");
	if (missing) {
		html_unknown(h, missing);
		html_section_end(h);
		return;
	}
	html_line(h, "",
		  "What always holds of the allocator's own data, and "
		  "how often it does not:");
	html_put(h, "<ul>\n");
	for (size_t i = 0; i < h->snap->nr_audit; i++)
		put_invariant(h, &h->snap->audit[i]);
	html_put(h, "</ul>\n");
	html_section_end(h);
}

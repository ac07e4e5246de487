/* SPDX-License-Identifier: GPL-2.0-only */
/* Which devices can bounce, and why: for the report and for doctor. */
#include "views/columns.h"
#include "views/phrases.h"
#include "views/text_parts.h"

static void show_device(const struct report *r, const struct drawn_table *table,
			const struct bounce_device *device)
{
	char text[PHRASE_LEN];

	show_row(r, table, &(struct row){ .bouncing = device });
	if (!unreached_text(r->snap, device, text, sizeof(text)))
		return;
	pane_put(r->pane, STYLE_PLAIN, "    ");
	pane_line(r->pane, STYLE_WARNING, "%s", text);
}

static void show_devices(const struct report *r, size_t count)
{
	struct drawn_table table;

	if (!count)
		return;
	begin_table(r, bouncing_columns, &table);
	for (size_t i = 0; i < count; i++)
		show_device(r, &table, &r->snap->bounce_devices[i]);
}

void text_bouncing(const struct snapshot *snap, size_t most, struct pane *pane)
{
	const struct bounce_totals *totals = &snap->bounces;
	const struct report report = {
		.snap = snap,
		.pane = pane,
		.scene = { .interval = snap, .total = snap },
	};
	size_t shown = snap->nr_bounce_devices;
	char text[PHRASE_LEN];

	if (totals->known)
		pane_line(pane, STYLE_PLAIN, "  %s",
			  bouncing_text(snap, text, sizeof(text)));
	if (*totals->reason) {
		pane_put(pane, STYLE_PLAIN, "  ");
		pane_put(pane, STYLE_WARNING, "unknown: ");
		pane_wrap(pane, STYLE_WARNING, 11, totals->reason);
	}
	if (shown > most)
		shown = most;
	show_devices(&report, shown);
	if (shown < snap->nr_bounce_devices)
		pane_line(pane, STYLE_DIM,
			  "  %zu more; report --format json has them",
			  snap->nr_bounce_devices - shown);
}

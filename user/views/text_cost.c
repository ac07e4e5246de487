/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/text_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/derived.h"
#include "model/level.h"
#include "model/metrics.h"
#include "views/columns.h"
#include "views/values.h"

#define MAX_DEVICES 32 /* JSON has all */

/* A figure of the whole system; why it is unknown where it is. */
static const char *figure(const struct report *r, const char *name,
			  char *(*format)(char *, size_t, uint64_t), char *text,
			  size_t len)
{
	const struct field *metric = metric_find(name);
	const struct subject subject = { .snap = r->snap };
	int64_t value;

	if (field_value(metric, &subject, &value))
		format(text, len, (uint64_t)value);
	else
		snprintf(text, len, "unknown: %s",
			 field_unknown_reason(metric, &subject));
	return text;
}

static void show_share(const struct report *r, uint64_t ns)
{
	pane_put(r->pane, STYLE_PLAIN, ", %s, %s of a CPU", DURATION(ns),
		 SHARE(wait_share(r->snap, ns)));
	pane_end(r->pane);
}

static void show_copies(const struct report *r, const char *what,
			const struct copies *copies)
{
	pane_put(r->pane, STYLE_PLAIN, "  %s: %" PRIu64 " cop%s, %s", what,
		 copies->count, copies->count == 1 ? "y" : "ies",
		 BYTES(copies->bytes));
	show_share(r, copies->ns);
}

static struct waits all_waits(const struct snapshot *snap)
{
	struct waits sum = snap->gone_waits;

	for (size_t i = 0; i < snap->nr_pools; i++)
		for (unsigned int a = 0; a < snap->pools[i].nr_areas; a++)
			waits_add(&sum, &snap->pools[i].areas[a].locks);
	return sum;
}

static void show_all_waits(const struct report *r)
{
	struct waits waits;

	if (r->no_locks) {
		pane_line(r->pane, STYLE_DIM, "  waits for area locks: %s",
			  r->no_locks);
		return;
	}
	waits = all_waits(r->snap);
	pane_put(r->pane, STYLE_PLAIN, "  waits for area locks: %" PRIu64,
		 waits.contended);
	show_share(r, waits.total_ns);
}

static void show_cost_of_devices(const struct report *r)
{
	struct drawn_table table;
	unsigned int shown = 0;

	begin_table(r, cost_columns, &table);
	for (size_t i = 0; i < r->snap->nr_devices; i++) {
		const struct device *device = &r->snap->devices[i];

		if (!device->totals.bounce_ns)
			continue;
		if (shown++ == MAX_DEVICES) {
			pane_line(r->pane, STYLE_DIM,
				  "  more; --format json has them all");
			break;
		}
		show_row(r, &table, &(struct row){ .device = device });
	}
}

void show_cost(const struct report *r)
{
	const struct subject system = { .snap = r->snap };
	const struct mapping_totals *m = &r->snap->mappings;
	char syncs[256], copies[256];

	if (!(r->snap->levels & LEVEL_BOUNCES))
		return;
	show_title(r, "COST OF BOUNCING");
	pane_end(r->pane);
	pane_line(r->pane, STYLE_PLAIN, "  syncs: %s; time spent copying: %s",
		  figure(r, "map.syncs", format_count, syncs, sizeof(syncs)),
		  figure(r, "map.bounce", format_duration, copies,
			 sizeof(copies)));
	if (!m->counted || !copies_known(&system))
		return;
	show_copies(r, "to the slots, at map", &m->copies[COPIES_AT_MAP]);
	show_copies(r, "  of these redundant", &m->redundant);
	show_copies(r, "to the slots, at sync", &m->copies[COPIES_AT_SYNC]);
	show_copies(r, "from the slots", &m->copies[COPIES_FROM_DEVICE]);
	show_all_waits(r);
	pane_line(r->pane, STYLE_PLAIN, "  requests refused: %" PRIu64,
		  mappings_refused(m));
	if (m->bounce_ns)
		show_cost_of_devices(r);
}

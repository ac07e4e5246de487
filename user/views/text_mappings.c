/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/text_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/level.h"
#include "model/wrong_unmaps.h"
#include "views/columns.h"
#include "views/phrases.h"
#include "views/refusal_text.h"
#include "views/values.h"

#define MAX_DEVICES  32 /* JSON has all */
#define MAX_REFUSALS 16

static void show_devices(const struct report *r)
{
	struct drawn_table table;
	size_t shown = r->snap->nr_devices;

	if (!shown)
		return;
	if (shown > MAX_DEVICES)
		shown = MAX_DEVICES;
	begin_table(r, report_device_columns, &table);
	for (size_t i = 0; i < shown; i++)
		show_row(r, &table,
			 &(struct row){ .device = &r->snap->devices[i] });
	if (shown < r->snap->nr_devices)
		pane_line(r->pane, STYLE_DIM, "  %zu more",
			  r->snap->nr_devices - shown);
}

static void show_groups(const struct report *r)
{
	char text[PHRASE_LEN];

	for (size_t i = 0; i < r->snap->nr_live_groups; i++) {
		const struct mapping_group *group = &r->snap->live_groups[i];

		if (!group->leak && !group->unsynced && !r->options->stacks)
			continue;
		pane_line(r->pane, group->leak ? STYLE_ERROR : STYLE_PLAIN,
			  "  %s", group_text(group, text, sizeof(text)));
		show_stack(r, &group->stack);
	}
}

static void show_refusals(const struct report *r)
{
	const struct snapshot *snap = r->snap;
	char text[256];

	pane_line(r->pane,
		  mappings_refused(&snap->mappings) ? STYLE_WARNING
						    : STYLE_PLAIN,
		  "  failures: %s",
		  failures_text(&snap->mappings, text, sizeof(text)));
	for (size_t i = 0, shown = 0; i < snap->nr_refusals; i++) {
		if (!snap->refusals[i].count)
			continue;
		if (shown++ == MAX_REFUSALS) {
			pane_line(r->pane, STYLE_DIM,
				  "    more; --format json has them all");
			break;
		}
		pane_put(r->pane, STYLE_PLAIN, "    ");
		pane_wrap(r->pane, STYLE_PLAIN, 6,
			  refusal_text(&snap->refusals[i], text, sizeof(text)));
	}
}

/* With their stacks in any case: they are few, and each is a fault. */
static void show_wrong_unmaps(const struct report *r)
{
	const struct snapshot *snap = r->snap;
	char text[PHRASE_LEN];

	if (!wrong_unmaps_total(&snap->mappings))
		return;
	pane_line(r->pane, STYLE_ERROR, "  %s",
		  wrong_unmaps_text(&snap->mappings, text, sizeof(text)));
	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++) {
		wrong_unmap_text(snap, &snap->wrong_unmaps[i], text,
				 sizeof(text));
		pane_put(r->pane, STYLE_ERROR, "    ");
		pane_wrap(r->pane, STYLE_ERROR, 6, text);
		show_frames(r, &snap->wrong_unmaps[i].stack);
	}
}

/* "less than 8 KiB": the bucket that a quantile falls into, by its edge. */
static const char *below(const struct histogram *h, unsigned int per_mille,
			 char *(*format)(char *, size_t, uint64_t), char *text,
			 size_t len)
{
	uint64_t top = histogram_quantile(h, per_mille, UINT64_MAX);
	char edge[UNIT_TEXT_LEN];

	if (top == UINT64_MAX)
		snprintf(text, len, "%s or more",
			 format(edge, sizeof(edge),
				histogram_bucket_top(HISTOGRAM_BUCKETS - 2) +
					1));
	else
		snprintf(text, len, "less than %s",
			 format(edge, sizeof(edge), top + 1));
	return text;
}

#define BELOW(h, per_mille, format)                                            \
	below(h, per_mille, format, (char[UNIT_TEXT_LEN + 16]){ 0 },           \
	      UNIT_TEXT_LEN + 16)

/* How large they are and how long they live, of all devices together. */
static void show_spread(const struct report *r)
{
	const struct mapping_totals *m = &r->snap->mappings;
	struct histogram size = { 0 }, lifetime = { 0 };

	for (size_t i = 0; i < r->snap->nr_devices; i++) {
		histogram_add(&size, &r->snap->devices[i].size);
		histogram_add(&lifetime, &r->snap->devices[i].lifetime);
	}
	if (histogram_total(&lifetime)) {
		pane_line(r->pane, STYLE_PLAIN,
			  "  sizes of those that ended: half %s, 99 in 100 %s",
			  BELOW(&size, 500, format_bytes),
			  BELOW(&size, 990, format_bytes));
		pane_line(r->pane, STYLE_PLAIN,
			  "  they lived: half %s, 99 in 100 %s",
			  BELOW(&lifetime, 500, format_duration),
			  BELOW(&lifetime, 990, format_duration));
	}
	if (m->oldest_ns)
		pane_line(r->pane, STYLE_PLAIN,
			  "  the oldest live one of known age: %s",
			  DURATION(m->oldest_ns));
}

void show_mappings(const struct report *r)
{
	const char *missing = snapshot_level_missing(r->snap, LEVEL_MAPPINGS);
	const struct mapping_totals *m = &r->snap->mappings;

	if (!(r->snap->levels & LEVEL_MAPPINGS))
		return;
	show_title(r, "MAPPINGS");
	pane_end(r->pane);
	if (missing) {
		pane_put(r->pane, STYLE_PLAIN, "  ");
		pane_put(r->pane, STYLE_WARNING, "unknown: ");
		pane_wrap(r->pane, STYLE_WARNING, 11, missing);
		return;
	}
	pane_line(r->pane, STYLE_PLAIN,
		  "  %" PRIu64 " live in %" PRIu64 " slots, %" PRIu64
		  " leaked, grown by %" PRIu64 ", %" PRIu64
		  " older than the window",
		  m->live, m->live_slots, m->leaked, m->grown, m->unknown_age);
	pane_line(r->pane, STYLE_PLAIN,
		  "  in the window: %" PRIu64 " made, %" PRIu64 " ended, %s",
		  m->maps, m->unmaps, BYTES(m->bytes));
	if (!m->freed_known)
		pane_line(r->pane, STYLE_DIM,
			  "  freed memory was not checked, so leaks of "
			  "devices that are not gone are unknown");
	show_refusals(r);
	show_wrong_unmaps(r);
	show_spread(r);
	show_devices(r);
	show_groups(r);
}

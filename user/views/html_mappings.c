/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/html_parts.h"

#include "model/level.h"
#include "model/wrong_unmaps.h"
#include "views/columns.h"
#include "views/phrases.h"
#include "views/refusal_text.h"
#include "views/values.h"

/*
 * Devices
 */

static void put_devices(struct html *h)
{
	if (!h->snap->nr_devices) {
		html_line(h, "", "No device mapped anything.");
		return;
	}
	html_table(h, "devices", report_device_columns,
		   "What each device mapped in the window, and what it has "
		   "mapped at its end");
	for (size_t i = 0; i < h->snap->nr_devices; i++)
		html_row(h, report_device_columns,
			 &(struct row){ .device = &h->snap->devices[i] });
	html_table_end(h);
}

static void put_cost(struct html *h)
{
	if (!(h->snap->levels & LEVEL_BOUNCES))
		return;
	html_put(h, "<h3>Cost of bouncing</h3>\n");
	html_table(h, "cost", cost_columns,
		   "Bytes copied by each device, and the time that took as a "
		   "share of one CPU");
	for (size_t i = 0; i < h->snap->nr_devices; i++)
		html_row(h, cost_columns,
			 &(struct row){ .device = &h->snap->devices[i] });
	html_table_end(h);
}

/* A counter: how many a second between two points. */
static bool failures_value(const struct html *h, const void *context,
			   size_t row, size_t point, double *value)
{
	const struct timeline_track *track =
		timeline_track(h->timeline, "map.failures", -1, 0);

	(void)context;
	(void)row;
	return track && timeline_value(h->timeline, track, point, value);
}

static void failures_name(const struct html *h, const void *context, size_t row,
			  char *text, size_t len)
{
	(void)h;
	(void)context;
	(void)row;
	snprintf(text, len, "all devices");
}

static char *failures_rate(const struct html *h, const void *context,
			   double value, char *text, size_t len)
{
	(void)h;
	(void)context;
	snprintf(text, len, "%.3g a second", value);
	return text;
}

static void put_failures_chart(struct html *h)
{
	struct chart chart = {
		.title = "Refused requests a second over time",
		.rows = 1,
		.peak = -1,
		.value = failures_value,
		.name = failures_name,
		.text = failures_rate,
		.axis = format_count,
	};

	if (!chart_possible(h))
		return;
	chart.top = chart_highest(h, &chart);
	/* The axis has whole numbers. */
	if (chart.top < 2)
		chart.top = 2;
	chart_line(h, &chart);
}

static void put_refusals(struct html *h)
{
	const struct snapshot *snap = h->snap;
	char text[PHRASE_LEN];

	html_put(h, "<h3>Refused requests</h3>\n");
	html_line(h, mappings_refused(&snap->mappings) ? "warning" : "",
		  "Failures: %s",
		  failures_text(&snap->mappings, text, sizeof(text)));
	if (!mappings_refused(&snap->mappings))
		return;
	html_put(h, "<ul>\n");
	for (size_t i = 0; i < snap->nr_refusals; i++) {
		if (!snap->refusals[i].count)
			continue;
		html_put(h, "<li>");
		html_text(h,
			  refusal_text(&snap->refusals[i], text, sizeof(text)));
		html_put(h, "</li>\n");
	}
	html_put(h, "</ul>\n");
	put_failures_chart(h);
}

static void put_wrong_unmaps(struct html *h)
{
	const struct snapshot *snap = h->snap;
	char text[PHRASE_LEN];

	if (!wrong_unmaps_total(&snap->mappings))
		return;
	html_put(h, "<h3>Wrong unmaps</h3>\n");
	html_line(h, "error", "%s",
		  wrong_unmaps_text(&snap->mappings, text, sizeof(text)));
	html_put(h, "<ul>\n");
	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++) {
		html_put(h, "<li>");
		wrong_unmap_text(snap, &snap->wrong_unmaps[i], text,
				 sizeof(text));
		html_text(h, text);
		html_stack(h, &snap->wrong_unmaps[i].stack);
		html_put(h, "</li>\n");
	}
	html_put(h, "</ul>\n");
}

void html_devices(struct html *h)
{
	static const char *const figures[] = {
		"map.maps",	"map.unmaps", "map.bytes",
		"map.failures", "map.live",   "map.live_slots",
		"map.grown",	"map.leaked", "map.unknown_age",
		"map.oldest",	NULL,
	};
	const char *missing = snapshot_level_missing(h->snap, LEVEL_MAPPINGS);

	html_section(h, "devices", "Devices and mappings");
	if (missing) {
		html_unknown(h, missing);
	} else {
		html_figures(h, "Mappings of all devices", figures);
		put_devices(h);
		put_cost(h);
		put_refusals(h);
		put_wrong_unmaps(h);
	}
	html_section_end(h);
}

/*
 * Why devices bounce
 */

static void put_bouncing(struct html *h, const struct bounce_device *device)
{
	char text[PHRASE_LEN];

	html_row(h, bouncing_columns, &(struct row){ .bouncing = device });
	if (unreached_text(h->snap, device, text, sizeof(text)))
		html_row_note(h, bouncing_columns, "warning", text);
}

void html_bouncing(struct html *h)
{
	const struct bounce_totals *totals = &h->snap->bounces;
	char text[PHRASE_LEN];

	html_section(h, "bouncing", "Why devices bounce");
	if (totals->known)
		html_line(h, "", "%s",
			  bouncing_text(h->snap, text, sizeof(text)));
	if (*totals->reason || !totals->known)
		html_unknown(h, *totals->reason ? totals->reason
						: "devices were not visited");
	if (totals->known && h->snap->nr_bounce_devices) {
		html_table(h, "bouncing", bouncing_columns,
			   "Devices that can bounce: why, the highest address "
			   "that each reaches, and its largest mapping");
		for (size_t i = 0; i < h->snap->nr_bounce_devices; i++)
			put_bouncing(h, &h->snap->bounce_devices[i]);
		html_table_end(h);
	}
	html_section_end(h);
}

/*
 * Blocks
 */

static void put_owners(struct html *h)
{
	const struct column *columns = report_block_columns;

	html_table(h, "blocks", columns,
		   "Who has blocks, and where they were allocated");
	for (size_t i = 0; i < h->snap->nr_owners; i++) {
		const struct block_owner *owner = &h->snap->owners[i];

		html_row(h, columns,
			 &(struct row){ .owner = owner,
					.pool = snapshot_pool(
						h->snap, owner->pool_id) });
		html_row_stack(h, columns, &owner->stack);
	}
	html_table_end(h);
}

void html_blocks(struct html *h)
{
	static const char *const figures[] = {
		"block.live",	     "block.leaked",	"block.unreclaimed",
		"block.list_errors", "block.allocated", "block.freed",
		"block.requests",    "block.failed",	NULL,
	};

	html_section(h, "blocks", "Blocks");
	if (!snapshot_blocks_known(h->snap)) {
		html_line(h, "unknown", "This kernel has no device blocks.");
	} else {
		html_figures(h, "Blocks", figures);
		if (h->snap->nr_owners)
			put_owners(h);
		else
			html_line(h, "", "No block is allocated.");
	}
	html_section_end(h);
}

/*
 * Leaks
 */

static void put_groups(struct html *h, bool leaked)
{
	char text[PHRASE_LEN];
	bool any = false;

	for (size_t i = 0; i < h->snap->nr_live_groups; i++) {
		const struct mapping_group *group = &h->snap->live_groups[i];

		if ((group->leak != LEAK_NONE) != leaked)
			continue;
		html_put(h, any ? "<li>" : "<ul>\n<li>");
		any = true;
		group_text(group, text, sizeof(text));
		html_put(h, leaked ? "<span class=\"error\">" : "<span>");
		html_text(h, text);
		html_put(h, "</span>");
		html_stack(h, &group->stack);
		html_put(h, "</li>\n");
	}
	if (any)
		html_put(h, "</ul>\n");
	else
		html_line(h, "",
			  leaked ? "No mapping is known to be leaked."
				 : "Nothing else is mapped.");
}

static bool any_stack(const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_live_groups; i++)
		if (snap->live_groups[i].stack.depth)
			return true;
	return false;
}

void html_leaks(struct html *h)
{
	const char *missing = snapshot_level_missing(h->snap, LEVEL_MAPPINGS);

	html_section(h, "leaks", "Leaked and live mappings");
	if (missing) {
		html_unknown(h, missing);
		html_section_end(h);
		return;
	}
	if (!h->snap->mappings.freed_known)
		html_line(h, "note",
			  "Freed memory was not checked, so leaks of "
			  "devices that are not gone are unknown.");
	put_groups(h, true);
	html_put(h, "<h3>Still mapped</h3>\n");
	put_groups(h, false);
	if (!any_stack(h->snap))
		html_line(h, "note",
			  "Stacks of mappings are recorded with --stacks "
			  "alone.");
	html_section_end(h);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Which devices can bounce, and why: for the report and for doctor. */
#include <inttypes.h>

#include "util/units.h"
#include "views/text.h"
#include "views/values.h"

#define DEVICE_COLUMNS 18
#define DRIVER_COLUMNS 11
#define REASON_COLUMNS 28
#define REACH_COLUMNS  8

static void show_titles(struct pane *pane)
{
	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, STYLE_DIM, ALIGN_LEFT, DEVICE_COLUMNS, "device");
	pane_cell(pane, STYLE_DIM, ALIGN_LEFT, DRIVER_COLUMNS, "driver");
	pane_cell(pane, STYLE_DIM, ALIGN_LEFT, REASON_COLUMNS, "bounces");
	pane_cell(pane, STYLE_DIM, ALIGN_RIGHT, REACH_COLUMNS, "reaches");
	pane_line(pane, STYLE_DIM, "at most");
}

/* What it cannot reach fails, whatever is free. */
static void show_unreached(const struct snapshot *snap,
			   const struct bounce_device *device,
			   struct pane *pane)
{
	const struct pool *pool = snapshot_pool(snap, device->pool_id);
	uint64_t slots = device->bounce.unreached_slots;

	if (!slots || !pool)
		return;
	pane_put(pane, STYLE_PLAIN, "    ");
	pane_line(pane, STYLE_WARNING,
		  "cannot reach %s of pool %s, from %s to %s",
		  slots < pool->slots ? "a part" : "any slot", pool->name,
		  BYTES(pool->start), BYTES(pool->end));
}

static void show_device(const struct snapshot *snap,
			const struct bounce_device *device, struct pane *pane)
{
	uint64_t most = bounce_max_mapping(&device->bounce);
	char text[64];

	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, STYLE_PLAIN, ALIGN_LEFT, DEVICE_COLUMNS, device->name);
	pane_cell(pane, STYLE_PLAIN, ALIGN_LEFT, DRIVER_COLUMNS,
		  *device->driver ? device->driver : UNKNOWN_TEXT);
	pane_cell(pane, STYLE_PLAIN, ALIGN_LEFT, REASON_COLUMNS,
		  bounce_text(&device->bounce, text, sizeof(text)));
	pane_cell(pane, STYLE_PLAIN, ALIGN_RIGHT, REACH_COLUMNS,
		  bounce_reach_text(&device->bounce, text, sizeof(text)));
	pane_line(pane, STYLE_PLAIN, "%s", most ? BYTES(most) : UNKNOWN_TEXT);
	show_unreached(snap, device, pane);
}

static void show_sum(const struct snapshot *snap, struct pane *pane)
{
	const struct bounce_totals *totals = &snap->bounces;
	uint64_t can = snap->nr_bounce_devices + totals->untold;

	pane_line(
		pane, STYLE_PLAIN,
		"  %" PRIu64 " device%s can bounce, %" PRIu64
		" never do%s; memory ends at %s",
		can, plural(can), totals->never, totals->never == 1 ? "es" : "",
		totals->memory_end ? BYTES(totals->memory_end) : UNKNOWN_TEXT);
}

void text_bouncing(const struct snapshot *snap, size_t most, struct pane *pane)
{
	const struct bounce_totals *totals = &snap->bounces;
	size_t shown = snap->nr_bounce_devices;

	if (totals->known)
		show_sum(snap, pane);
	if (*totals->reason) {
		pane_put(pane, STYLE_PLAIN, "  ");
		pane_put(pane, STYLE_WARNING, "unknown: ");
		pane_wrap(pane, STYLE_WARNING, 11, totals->reason);
	}
	if (shown > most)
		shown = most;
	if (shown)
		show_titles(pane);
	for (size_t i = 0; i < shown; i++)
		show_device(snap, &snap->bounce_devices[i], pane);
	if (shown < snap->nr_bounce_devices)
		pane_line(pane, STYLE_DIM,
			  "  %zu more; report --format json has them",
			  snap->nr_bounce_devices - shown);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"

#include "model/event.h"
#include "model/level.h"

/* Copies that take as much of a CPU, in thousandths, are worth a warning. */
#define COST_PER_MILLE 50

/* A device whose part is smaller is not named, in thousandths. */
#define PART_PER_MILLE 100

static uint64_t to_device_ns(const struct mapping_totals *totals)
{
	return totals->copies[COPIES_AT_MAP].ns +
	       totals->copies[COPIES_AT_SYNC].ns;
}

bool check_bounce_cost(const struct subject *s, struct finding *f)
{
	const struct mapping_totals *all = &s->snap->mappings;
	const uint64_t window = s->snap->window.duration_ns;

	if (!(s->snap->levels & LEVEL_BOUNCES) || !window ||
	    all->bounce_ns <= window / 1000 * COST_PER_MILLE)
		return false;
	add_figure(f, "time", UNIT_NS, all->bounce_ns);
	add_figure(f, "available", UNIT_NS, window);
	if (all->redundant.ns)
		add_figure(f, "redundant", UNIT_NS, all->redundant.ns);
	for (size_t i = 0; i < s->snap->nr_devices; i++) {
		const struct device *device = &s->snap->devices[i];

		if (device->totals.bounce_ns >
		    all->bounce_ns / 1000 * PART_PER_MILLE)
			add_part(f, "copies_ns",
				 (int64_t)device->totals.bounce_ns,
				 device->name, i);
	}
	add_figure(f, "to_device", UNIT_NS, to_device_ns(all));
	add_figure(f, "from_device", UNIT_NS,
		   all->copies[COPIES_FROM_DEVICE].ns);
	return true;
}

/* If a sync was missed, its mapping seems never to have been synced. */
static bool copies_missed(const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_losses; i++)
		if (snap->losses[i].count &&
		    snap->losses[i].events & (EVENT_COPY | EVENT_MAP))
			return true;
	return false;
}

bool check_never_synced(const struct subject *s, struct finding *f)
{
	const struct mapping_totals *totals = &s->device->totals;

	add_figure(f, "unsynced", UNIT_COUNT, totals->unsynced);
	add_figure(f, "live", UNIT_COUNT, totals->live);
	for (size_t i = 0; i < s->snap->nr_live_groups; i++) {
		const struct mapping_group *group = &s->snap->live_groups[i];

		if (group->unsynced && group->device_key == s->device->key)
			add_part(f, "mappings", (int64_t)group->count,
				 s->device->name, i);
	}
	return s->snap->levels & LEVEL_BOUNCES && totals->unsynced &&
	       !copies_missed(s->snap);
}

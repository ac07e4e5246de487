/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/metrics.h"
#include "model/rules.h"

/* Requests that failed in the window, by the hooks; 0 = unknown. */
static uint64_t failures_counted(const struct snapshot *snap)
{
	const struct subject subject = { .snap = snap };
	int64_t value = 0;

	field_value(metric_find("map.failures"), &subject, &value);
	return (uint64_t)value;
}

/*
 * The rules for failures report what hooks have counted. Not where the
 * log has more: some failures no hook sees.
 */
static bool hooks_saw_window(const struct snapshot *snap)
{
	uint64_t logged = 0;

	for (size_t i = 0; i < snap->nr_log_entries; i++)
		if (snap->log_entries[i].in_window)
			logged += snap->log_entries[i].requests;
	return logged <= failures_counted(snap);
}

bool check_refused_before(const struct subject *s, struct finding *f)
{
	const struct snapshot *snap = s->snap;
	const bool window_told = hooks_saw_window(snap);
	uint64_t requests = 0;

	for (size_t i = 0; i < snap->nr_log_entries; i++) {
		const struct log_entry *entry = &snap->log_entries[i];

		if (entry->in_window && window_told)
			continue;
		requests += entry->requests;
		add_part(f, "requests", entry->requests, entry->device, i);
	}
	add_figure(f, "requests", UNIT_COUNT, requests);
	return requests;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"

#include <errno.h>
#include <inttypes.h>

#include "model/metrics.h"
#include "util/units.h"

#define MAX_NAMED 3

/* Requests that failed in the window, by the hooks; 0 where they are unknown.
 */
static uint64_t failures_counted(const struct snapshot *snap)
{
	const struct subject subject = { .snap = snap };
	int64_t value = 0;

	field_value(metric_find("map.failures"), &subject, &value);
	return (uint64_t)value;
}

/*
 * What the hooks have counted is told by the rules for failures. Not where the
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

static void append_entry(const struct log_entry *entry, unsigned int named,
			 char *text)
{
	if (named == MAX_NAMED)
		append_text(text, " and others");
	if (named >= MAX_NAMED)
		return;
	append_text(text, "%s%" PRIu64 " %s", named ? "; " : ": ",
		    entry->requests, entry->cause);
	if (*entry->device)
		append_text(text, " by %s", entry->device);
	append_text(text, ", %s%s ago", entry->requests > 1 ? "last " : "",
		    DURATION(entry->last_ago_ns));
}

int check_refused_before(const struct snapshot *snap, struct findings *findings)
{
	const bool window_told = hooks_saw_window(snap);
	char entries[FINDING_TEXT_LEN] = "";
	unsigned int named = 0;
	uint64_t requests = 0;
	struct finding *f;

	for (size_t i = 0; i < snap->nr_log_entries; i++) {
		const struct log_entry *entry = &snap->log_entries[i];

		if (entry->in_window && window_told)
			continue;
		requests += entry->requests;
		append_entry(entry, named++, entries);
	}
	if (!requests)
		return 0;
	f = add_finding(findings, "refused-before", SEVERITY_WARNING, -1);
	if (!f)
		return -ENOMEM;
	append_text(f->text,
		    "the kernel's log has %" PRIu64 " failed request%s%s",
		    requests, plural(requests), entries);
	append_text(f->advice,
		    "'swiotlb explain /dev/kmsg' says what each line proves "
		    "and what to do; the log has fewer lines than requests "
		    "failed; those before a 'dmesg --clear' do not count");
	return 0;
}

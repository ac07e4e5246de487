/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/quiet.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/metrics.h"
#include "util/units.h"
#include "views/sentence.h"

/**
 * struct question - something that must be checked before all is quiet
 * @what: follows "no" where nothing was found
 * @metric: a figure that is known if it was checked
 */
struct question {
	const char *what;
	const char *metric;
};

static const struct question questions[] = {
	{ "failures", "map.failures" },
	{ "waits", "lock.contended" },
	{ "leaked mappings", "map.leaked" },
	{ "leaked blocks", "block.leaked" },
	{ "refusals in the kernel's log", "kernel_log.refused" },
	{ "full pools", "pool.used_peak" },
};

#define QUESTIONS (sizeof(questions) / sizeof(*questions))

/* Why it is unknown for a subject; NULL = it is known. */
static const char *unknown_of(const struct field *metric,
			      const struct subject *subject)
{
	int64_t value;

	return field_value(metric, subject, &value)
		       ? NULL
		       : field_unknown_reason(metric, subject);
}

static const char *unknown_of_pools(const struct field *metric,
				    const struct snapshot *snap)
{
	const char *reason = NULL;

	for (size_t i = 0; i < snap->nr_pools && !reason; i++) {
		const struct subject subject = {
			.snap = snap,
			.pool = &snap->pools[i],
		};

		reason = unknown_of(metric, &subject);
	}
	return snap->nr_pools ? reason : "no pool could be read";
}

/* A partial hook leaves the questions of its level open. */
static const char *seen_in_part(const struct field *metric,
				const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_hooks; i++) {
		const struct hook *hook = &snap->hooks[i];

		if (hook->partial && hook->level & field_levels(metric))
			return hook->reason;
	}
	return NULL;
}

/* Why it was not checked; NULL = it was. */
static const char *open_reason(const struct question *question,
			       const struct snapshot *snap)
{
	const struct field *metric = metric_find(question->metric);
	const struct subject subject = { .snap = snap };
	const char *reason = NULL;

	if (metric->scope == SCOPE_SYSTEM)
		reason = unknown_of(metric, &subject);
	else if (metric->scope == SCOPE_POOL)
		reason = unknown_of_pools(metric, snap);
	else
		reason = field_missing(metric, snap);
	if (reason && !snap->log.known &&
	    !strcmp(question->metric, "kernel_log.refused"))
		return snap->log.reason;
	return reason ? reason : seen_in_part(metric, snap);
}

/* Stock kernels have no blocks that could leak. */
static bool is_asked(const struct question *question,
		     const struct snapshot *snap)
{
	return strcmp(question->metric, "block.leaked") ||
	       snapshot_blocks_known(snap);
}

static void say_answers(struct sentence *s, const char *const *reasons)
{
	const struct snapshot *snap = s->snap;
	uint64_t slots = 0, used = 0;

	for (size_t i = 0; i < QUESTIONS; i++)
		if (is_asked(&questions[i], snap) && !reasons[i])
			say_plain(s, "no %s, ", questions[i].what);
	for (size_t i = 0; i < snap->nr_pools; i++) {
		slots += snap->pools[i].slots;
		if (counter_known(snap->pools[i].used))
			used += snap->pools[i].used;
	}
	say_plain(s, "%" PRIu64 " of %" PRIu64 " slots used in %zu pool%s",
		  used, slots, snap->nr_pools, plural(snap->nr_pools));
}

/* Open questions, grouped by reason. */
static void say_open(struct sentence *s, const char *const *reasons)
{
	const struct snapshot *snap = s->snap;
	bool told[QUESTIONS] = { false };

	say_plain(s, "; not checked: ");
	for (size_t i = 0, groups = 0; i < QUESTIONS; i++) {
		if (told[i] || !reasons[i] || !is_asked(&questions[i], snap))
			continue;
		say_plain(s, "%s%s", groups++ ? "; " : "", questions[i].what);
		for (size_t j = i + 1; j < QUESTIONS; j++) {
			if (!reasons[j] || strcmp(reasons[i], reasons[j]) ||
			    !is_asked(&questions[j], snap))
				continue;
			say_plain(s, ", %s", questions[j].what);
			told[j] = true;
		}
		say_plain(s, " (%s)", reasons[i]);
	}
}

void quiet_text(const struct snapshot *snap, char *text, size_t len)
{
	struct sentence s = { .text = text, .len = len, .snap = snap };
	const char *reasons[QUESTIONS];
	bool open = false;

	for (size_t i = 0; i < QUESTIONS; i++) {
		reasons[i] = open_reason(&questions[i], snap);
		open |= reasons[i] && is_asked(&questions[i], snap);
	}
	snprintf(text, len, "%s in %s: ", open ? "nothing found" : "all quiet",
		 DURATION(snap->window.duration_ns));
	say_answers(&s, reasons);
	if (open)
		say_open(&s, reasons);
}

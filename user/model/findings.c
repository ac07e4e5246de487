/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/findings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/level.h"
#include "model/rules.h"

#define ROW(name, how, of, function, ...)                                      \
	{                                                                      \
		.id = (name), .severity = SEVERITY_##how, .about = ABOUT_##of, \
		.check = check_##function, __VA_ARGS__                         \
	}

/* Within a severity, refused requests come first: somebody lost data by them.
 */
const struct rule rule_table[] = {
	ROW("block-leak", ERROR, SYSTEM, block_leak, .which = BLOCKS_ORPHANED),
	ROW("block-leak", WARNING, SYSTEM, block_leak, .which = BLOCKS_KEPT),
	ROW("mapping-leak", ERROR, SYSTEM, mapping_leak),
	ROW("mapping-leak", ERROR, DEVICE, leak_goes_on),
	ROW("unmap-twice", ERROR, SYSTEM, wrong_unmaps, .which = UNMAP_TWICE),
	ROW("unmap-wrong-device", ERROR, SYSTEM, wrong_unmaps,
	    .which = UNMAP_WRONG_DEVICE),
	ROW("unmap-wrong-size", ERROR, SYSTEM, wrong_unmaps,
	    .which = UNMAP_WRONG_SIZE),
	ROW("unreclaimed-blocks", ERROR, SYSTEM, unreclaimed),
	ROW("list-errors", ERROR, POOL, list_errors),
	ROW("stale-pool", WARNING, POOL, stale_pool),
	ROW("used-drift", ERROR, POOL, used_drift),
	ROW("audit-error", ERROR, SYSTEM, audit_error),
	ROW("refusal-storm", ERROR, REFUSAL, storm),
	ROW("oversize-requests", WARNING, SYSTEM, failures,
	    .which = FAILURE_OVERSIZE),
	ROW("out-of-reach", WARNING, SYSTEM, out_of_reach,
	    .which = FAILURE_REACH),
	ROW("pool-out-of-reach", WARNING, POOL, unreached),
	ROW("wrong-kind-of-pool", WARNING, SYSTEM, failures,
	    .which = FAILURE_KIND),
	ROW("no-pool", WARNING, SYSTEM, failures, .which = FAILURE_NO_POOL),
	ROW("disabled-pool", WARNING, SYSTEM, failures,
	    .which = FAILURE_DISABLED),
	ROW("misaligned-requests", WARNING, SYSTEM, failures,
	    .which = FAILURE_ALIGNMENT),
	ROW("fragmented-requests", WARNING, SYSTEM, failures,
	    .which = FAILURE_FRAGMENTED),
	ROW("exhausted-by-leak", WARNING, SYSTEM, exhausted_by_leak,
	    .which = FAILURE_EXHAUSTED),
	ROW("exhausted", WARNING, SYSTEM, exhausted,
	    .which = FAILURE_EXHAUSTED),
	ROW("refused-before", WARNING, SYSTEM, refused_before),
	ROW("never-synced", WARNING, DEVICE, never_synced),
	ROW("block-failed-with-room", WARNING, SYSTEM, failed_with_room),
	ROW("block-failed", WARNING, SYSTEM, block_failed),
	ROW("contended-area", NOTE, POOL, contended),
	ROW("area-stolen", NOTE, POOL, stolen),
	ROW("pool-nearly-full", WARNING, POOL, nearly_full),
	ROW("bounce-cost", WARNING, SYSTEM, bounce_cost),
	ROW("boot-ignored", WARNING, BOOT, boot_ignored),
	ROW("boot-reduced", WARNING, POOL, boot_reduced),
	ROW("boot-rounded", NOTE, POOL, boot_rounded),
	ROW("pool-grown", NOTE, SYSTEM, grown),
	ROW("fragmented-area", WARNING, POOL, fragmented),
	ROW("crowded-area", NOTE, POOL, crowded),
	ROW("oversized-pool", NOTE, POOL, oversized),
	ROW("mapping-growth", WARNING, DEVICE, mapping_growth),
	ROW("not-attached", WARNING, LEVEL, not_attached),
	ROW("tracing-loss", WARNING, SYSTEM, loss),
};

const size_t rule_count = sizeof(rule_table) / sizeof(rule_table[0]);

static const char *subject_name(const struct subject *subject, enum about about)
{
	switch (about) {
	case ABOUT_POOL:
		return subject->pool->name;
	case ABOUT_DEVICE:
		return subject->device->name;
	case ABOUT_REFUSAL:
		return ((const struct refusal *)subject->item)->device;
	case ABOUT_LEVEL:
		return ((const struct level_info *)subject->item)->name;
	default:
		return "";
	}
}

static int append(struct findings *findings, const struct finding *finding)
{
	struct finding *list;

	list = reallocarray(findings->list, findings->count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	findings->list = list;
	list[findings->count++] = *finding;
	return 0;
}

static int apply(const struct rule *rule, const struct subject *subject,
		 struct findings *findings)
{
	struct finding finding = {
		.rule = rule,
		.severity = rule->severity,
		.pool_id = subject->pool ? subject->pool->id : -1,
	};
	bool applies = rule->check(subject, &finding);
	int err = finding.failed ? -ENOMEM : 0;

	snprintf(finding.subject, sizeof(finding.subject), "%s",
		 subject_name(subject, rule->about));
	if (applies && !err)
		err = append(findings, &finding);
	if (!applies || err)
		free(finding.evidence);
	return err;
}

/* Return: false behind the last subject */
static bool find_subject(const struct snapshot *snap, enum about about,
			 size_t i, struct subject *subject)
{
	*subject = (struct subject){ .snap = snap };
	switch (about) {
	case ABOUT_POOL:
		subject->pool = i < snap->nr_pools ? &snap->pools[i] : NULL;
		return subject->pool;
	case ABOUT_DEVICE:
		subject->device =
			i < snap->nr_devices ? &snap->devices[i] : NULL;
		return subject->device;
	case ABOUT_REFUSAL:
		subject->item =
			i < snap->nr_refusals ? &snap->refusals[i] : NULL;
		return subject->item;
	case ABOUT_LEVEL:
		subject->item = i < level_count ? &level_table[i] : NULL;
		return subject->item;
	default:
		return i < 1;
	}
}

/* Worst first, else in the order of the rules: few enough for insertion. */
static void sort_findings(struct findings *findings)
{
	for (size_t i = 1; i < findings->count; i++) {
		struct finding moving = findings->list[i];
		size_t j = i;

		for (; j && findings->list[j - 1].severity > moving.severity;
		     j--)
			findings->list[j] = findings->list[j - 1];
		findings->list[j] = moving;
	}
}

int findings_evaluate(const struct snapshot *snap, struct findings *findings)
{
	int err = 0;

	*findings = (struct findings){ 0 };
	for (size_t i = 0; i < rule_count && !err; i++) {
		const struct rule *rule = &rule_table[i];
		struct subject subject;

		for (size_t j = 0;
		     !err && find_subject(snap, rule->about, j, &subject); j++)
			err = apply(rule, &subject, findings);
	}
	if (err)
		findings_release(findings);
	sort_findings(findings);
	return err;
}

bool findings_have(const struct findings *findings,
		   const struct finding *finding)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *other = &findings->list[i];

		if (!strcmp(other->rule->id, finding->rule->id) &&
		    other->pool_id == finding->pool_id &&
		    !strcmp(other->subject, finding->subject))
			return true;
	}
	return false;
}

void findings_release(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		free(findings->list[i].evidence);
	free(findings->list);
	*findings = (struct findings){ 0 };
}

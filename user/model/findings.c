/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/findings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/quiet.h"
#include "model/rules.h"
#include "util/units.h"

/* Of one severity what was refused comes first: it has cost somebody data. */
const struct rule rule_table[] = {
	{ "block-leak", check_block_leak },
	{ "mapping-leak", check_mapping_leak },
	{ "mapping-leak", check_leak_goes_on },
	{ "unmap-twice", check_unmapped_twice },
	{ "unmap-wrong-device", check_wrong_device },
	{ "unmap-wrong-size", check_wrong_size },
	{ "unreclaimed-blocks", check_unreclaimed },
	{ "list-errors", check_list_errors },
	{ "stale-pool", check_stale_pool },
	{ "used-drift", check_used_drift },
	{ "refusal-storm", check_storm },
	{ "oversize-requests", check_oversize },
	{ "out-of-reach", check_out_of_reach },
	{ "wrong-kind-of-pool", check_wrong_kind },
	{ "no-pool", check_no_pool },
	{ "disabled-pool", check_disabled_pool },
	{ "misaligned-requests", check_misaligned },
	{ "fragmented-requests", check_fragmented_requests },
	{ "exhausted-by-leak", check_exhausted_by_leak },
	{ "exhausted", check_exhausted },
	{ "refused-before", check_refused_before },
	{ "block-failed-with-room", check_failed_with_room },
	{ "block-failed", check_block_failed },
	{ "contended-area", check_contended },
	{ "area-stolen", check_stolen },
	{ "pool-nearly-full", check_nearly_full },
	{ "boot-ignored", check_boot_ignored },
	{ "boot-reduced", check_boot_reduced },
	{ "boot-rounded", check_boot_rounded },
	{ "pool-grown", check_grown },
	{ "fragmented-area", check_fragmented },
	{ "mapping-growth", check_mapping_growth },
	{ "not-attached", check_not_attached },
	{ "tracing-loss", check_loss },
};

const size_t rule_count = sizeof(rule_table) / sizeof(rule_table[0]);

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
	*findings = (struct findings){ 0 };
	for (size_t i = 0; i < rule_count; i++) {
		if (rule_table[i].check(snap, findings)) {
			findings_release(findings);
			return -ENOMEM;
		}
	}
	sort_findings(findings);
	return 0;
}

void findings_release(struct findings *findings)
{
	free(findings->list);
	*findings = (struct findings){ 0 };
}

/* What the tool missed says nothing of the machine. */
static bool of_the_machine(const struct finding *finding)
{
	return strcmp(finding->id, "tracing-loss") &&
	       strcmp(finding->id, "not-attached");
}

enum severity findings_verdict(const struct snapshot *snap,
			       const struct findings *findings, char *text,
			       size_t len)
{
	char line[FINDING_TEXT_LEN] = "";
	enum severity worst = SEVERITY_NOTE;
	size_t shown = 0, same = 0, about = 0;

	if (findings->count)
		worst = findings->list[0].severity;
	for (size_t i = 0; i < findings->count; i++)
		about += of_the_machine(&findings->list[i]);
	if (!about)
		quiet_text(snap, line, sizeof(line));
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->list[i].severity != worst)
			break;
		same++;
		if (shown == 2)
			continue;
		append_text(line, "%s%s", *line ? "; " : "",
			    findings->list[i].text);
		shown++;
	}
	if (same > shown)
		append_text(line, "; and %zu more", same - shown);
	snprintf(text, len, "%s", line);
	return worst;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = { "error", "warning", "note" };

	return names[severity];
}

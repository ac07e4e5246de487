/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/diff.h"
#include "views/finding_text.h"
#include "views/json_out.h"

#define DIFF_SCHEMA "swiotlb-diff/1"

static void put_side(struct json_out *out, const char *key,
		     const struct diff *diff, enum side side)
{
	const struct snapshot *snap = &diff->changes->interval[side]->figures;

	json_open(out, key, '{');
	json_put_text(out, "path", diff->path[side]);
	json_put_text(out, "kernel", snap->kernel.release);
	json_put_time(out, "start", snap->window.start_ns);
	json_put_seconds(out, "seconds", snap->window.duration_ns);
	json_close(out, '}');
}

static void put_finding(struct json_out *out, const struct snapshot *snap,
			const struct finding *finding)
{
	char text[FINDING_TEXT_LEN];

	json_open(out, NULL, '{');
	json_put_text(out, "id", finding->rule->id);
	json_put_text(out, "severity", severity_name(finding->severity));
	json_put_text_or_null(out, "subject", finding->subject);
	json_put_text(out, "text", finding_text(finding, snap, text));
	json_close(out, '}');
}

static void put_findings(struct json_out *out, const char *key,
			 const struct changes *changes, enum side side)
{
	const struct interval *interval = changes->interval[side];

	json_open(out, key, '[');
	for (size_t i = 0; i < interval->findings.count; i++) {
		const struct finding *finding = finding_lone(changes, side, i);

		if (finding)
			put_finding(out, &interval->figures, finding);
	}
	json_close(out, ']');
}

static void put_subject(struct json_out *out, const char *key,
			const struct field *metric,
			const struct subject *subject)
{
	char text[4 * NAME_LEN];

	json_put_text_or_null(
		out, key, subject_text(metric, subject, text, sizeof(text)));
}

static void put_value(struct json_out *out, const char *key,
		      const struct change *change, enum side side)
{
	json_open(out, key, '{');
	if (change->known[side])
		json_put_int(out, "value", change->value[side]);
	else
		json_put_null(out, "value");
	if (change->metric->kind == KIND_COUNTER &&
	    change->kind != CHANGE_UNKNOWN)
		json_put_real(out, "per_second", change->rate[side]);
	else
		json_put_null(out, "per_second");
	json_close(out, '}');
}

static void put_change(struct json_out *out, const struct change *change)
{
	const struct field *metric = change->metric;

	json_open(out, NULL, '{');
	json_put_text(out, "metric", metric->metric);
	put_subject(out, "subject", metric, &change->subject[SIDE_A]);
	json_put_text(out, "unit", unit_name(metric->unit));
	json_put_text(out, "kind", kind_name(metric->kind));
	json_put_text(out, "outcome", change_kind_name(change->kind));
	put_value(out, "a", change, SIDE_A);
	put_value(out, "b", change, SIDE_B);
	if (change->kind == CHANGE_UNKNOWN)
		json_put_text(out, "reason", change->reason);
	else
		json_put_null(out, "reason");
	json_close(out, '}');
}

static void put_lone(struct json_out *out, const char *key,
		     const struct changes *changes, enum side side)
{
	json_open(out, key, '[');
	for (size_t i = 0; i < changes->nr_lone; i++) {
		const struct lone *lone = &changes->lone[i];
		const struct field scope = { .scope = lone->scope };

		if (lone->side == side)
			put_subject(out, NULL, &scope, &lone->subject);
	}
	json_close(out, ']');
}

int diff_json(const struct diff *diff, FILE *stream)
{
	const struct changes *changes = diff->changes;
	struct json_out out = { .stream = stream };

	json_open(&out, NULL, '{');
	json_put_text(&out, "schema", DIFF_SCHEMA);
	json_put_tool(&out, "tool");
	put_side(&out, "a", diff, SIDE_A);
	put_side(&out, "b", diff, SIDE_B);
	json_open(&out, "findings", '{');
	put_findings(&out, "new", changes, SIDE_B);
	put_findings(&out, "gone", changes, SIDE_A);
	json_close(&out, '}');
	json_open(&out, "figures", '[');
	for (size_t i = 0; i < changes->count; i++)
		put_change(&out, &changes->list[i]);
	json_close(&out, ']');
	json_put_count(&out, "equal", changes->equal);
	put_lone(&out, "only_in_a", changes, SIDE_A);
	put_lone(&out, "only_in_b", changes, SIDE_B);
	json_close(&out, '}');
	return json_end(&out);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/diff.h"
#include "views/finding_text.h"
#include "views/json_parts.h"

#define DIFF_SCHEMA "swiotlb-diff/1"

/* Takes @value, whatever comes of it; no memory anywhere makes @array NULL. */
static json_t *append(json_t *array, json_t *value)
{
	if (!json_array_append_new(array, value))
		return array;
	json_decref(array);
	return NULL;
}

static json_t *side_json(const struct diff *diff, enum side side)
{
	const struct snapshot *snap = &diff->changes->interval[side]->figures;

	return json_pack("{s:o, s:o, s:o, s:o}", "path",
			 json_text(diff->path[side]), "kernel",
			 json_text(snap->kernel.release), "start",
			 json_time(snap->window.start_ns), "seconds",
			 json_seconds(snap->window.duration_ns));
}

static json_t *finding_json(const struct diff *diff, enum side side,
			    const struct finding *finding)
{
	const struct snapshot *snap = &diff->changes->interval[side]->figures;
	char text[FINDING_TEXT_LEN];

	return json_pack("{s:s, s:s, s:o, s:o}", "id", finding->rule->id,
			 "severity", severity_name(finding->severity),
			 "subject", json_text_or_null(finding->subject), "text",
			 json_text(finding_text(finding, snap, text)));
}

static json_t *findings_json(const struct diff *diff, enum side side)
{
	const size_t count = diff->changes->interval[side]->findings.count;
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct finding *finding =
			finding_lone(diff->changes, side, i);

		if (finding)
			array = append(array,
				       finding_json(diff, side, finding));
	}
	return array;
}

static json_t *subject_json(const struct field *metric,
			    const struct subject *subject)
{
	char text[4 * NAME_LEN];

	return json_text_or_null(
		subject_text(metric, subject, text, sizeof(text)));
}

static json_t *value_json(const struct change *change, enum side side)
{
	bool rated = change->metric->kind == KIND_COUNTER &&
		     change->kind != CHANGE_UNKNOWN;

	return json_pack("{s:o, s:o}", "value",
			 change->known[side] ? json_integer(change->value[side])
					     : json_null(),
			 "per_second",
			 rated ? json_real(change->rate[side]) : json_null());
}

static json_t *change_json(const struct change *change)
{
	const struct field *metric = change->metric;

	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o}", "metric",
			 metric->metric, "subject",
			 subject_json(metric, &change->subject[SIDE_A]), "unit",
			 unit_name(metric->unit), "kind",
			 kind_name(metric->kind), "outcome",
			 change_kind_name(change->kind), "a",
			 value_json(change, SIDE_A), "b",
			 value_json(change, SIDE_B), "reason",
			 change->kind == CHANGE_UNKNOWN
				 ? json_text(change->reason)
				 : json_null());
}

static json_t *changes_json(const struct changes *changes)
{
	json_t *array = json_array();

	for (size_t i = 0; i < changes->count; i++)
		array = append(array, change_json(&changes->list[i]));
	return array;
}

static json_t *lone_json(const struct changes *changes, enum side side)
{
	json_t *array = json_array();

	for (size_t i = 0; i < changes->nr_lone; i++) {
		const struct lone *lone = &changes->lone[i];
		const struct field scope = { .scope = lone->scope };

		if (lone->side == side)
			array = append(array,
				       subject_json(&scope, &lone->subject));
	}
	return array;
}

int diff_json(const struct diff *diff, FILE *stream)
{
	const struct changes *changes = diff->changes;
	json_t *root = json_pack(
		"{s:s, s:o, s:o, s:o, s:{s:o, s:o}, s:o, s:I, s:o, s:o}",
		"schema", DIFF_SCHEMA, "tool", json_tool(), "a",
		side_json(diff, SIDE_A), "b", side_json(diff, SIDE_B),
		"findings", "new", findings_json(diff, SIDE_B), "gone",
		findings_json(diff, SIDE_A), "figures", changes_json(changes),
		"equal", (json_int_t)changes->equal, "only_in_a",
		lone_json(changes, SIDE_A), "only_in_b",
		lone_json(changes, SIDE_B));

	return json_write(root, JSON_INDENTED, stream);
}

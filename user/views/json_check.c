/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/json_parts.h"
#include "views/results.h"

static json_t *culprits_json(const struct results *results,
			     const struct verdict *verdict)
{
	json_t *array = json_array();

	for (size_t i = 0; i < verdict->nr_culprits; i++) {
		const struct culprit *culprit = &verdict->culprits[i];
		json_t *stack;

		stack = culprit->stack ? json_stack(culprit->stack,
						    &results->interval->figures)
				       : json_array();
		if (json_array_append_new(array,
					  json_pack("{s:o, s:o}", "text",
						    json_text(culprit->text),
						    "stack", stack))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* Whose the worst value is: null for what does not apply. */
static json_t *subject_json(const struct verdict *verdict)
{
	const struct subject *worst = &verdict->worst;

	return json_pack(
		"{s:o, s:o, s:o}", "pool",
		worst->pool ? json_text(worst->pool->name) : json_null(),
		"area",
		worst->area ? json_integer(worst->area->index) : json_null(),
		"device",
		worst->device ? json_text(worst->device->name) : json_null());
}

static json_t *verdict_json(const struct results *results,
			    const struct verdict *verdict)
{
	const struct assertion *assertion = verdict->assertion;
	const struct field *metric = assertion->metric;
	bool measured = verdict->measured;

	return json_pack(
		"{s:o, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:o}",
		"assertion", json_text(assertion->text), "metric",
		metric->metric, "unit", unit_name(metric->unit), "operator",
		comparison_text(assertion->comparison), "outcome",
		outcome_name(verdict->outcome), "value",
		measured ? json_integer(verdict->value) : json_null(), "bound",
		measured ? json_real(verdict->bound) : json_null(), "worst",
		measured ? subject_json(verdict) : json_null(), "subjects",
		(json_int_t)verdict->subjects, "violations",
		(json_int_t)verdict->violations, "reason",
		json_text_or_null(verdict->reason), "culprits",
		culprits_json(results, verdict));
}

static json_t *verdicts_json(const struct results *results)
{
	json_t *array = json_array();

	for (size_t i = 0; i < results->count; i++) {
		if (json_array_append_new(
			    array,
			    verdict_json(results, &results->verdicts[i]))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *command_json(const struct results *results)
{
	if (!results->command_judged)
		return json_null();
	return json_pack("{s:s, s:i}", "outcome",
			 outcome_name(results->command), "exit_status",
			 results->interval->figures.window.exit_status);
}

int check_json(const struct results *results, FILE *stream)
{
	char summary[160];
	json_t *root;

	results_summary(results, summary, sizeof(summary));
	root = json_pack("{s:s, s:o, s:s, s:i, s:s, s:o, s:o, s:o}", "schema",
			 CHECK_SCHEMA, "tool", json_tool(), "outcome",
			 outcome_name(results->outcome), "exit_status",
			 results->exit_status, "summary", summary, "assertions",
			 verdicts_json(results), "command",
			 command_json(results), "report",
			 json_report_root(results->interval));
	return json_write(root, JSON_INDENTED, stream);
}

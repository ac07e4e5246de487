/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/json_out.h"
#include "views/results.h"
#include "views/verdict_text.h"

static void put_culprit(struct json_out *out, const struct snapshot *snap,
			const struct culprit *culprit)
{
	static const struct stack none;
	char text[CULPRIT_TEXT_LEN];

	json_open(out, NULL, '{');
	json_put_text(out, "text", culprit_text(culprit, snap, text));
	json_put_stack(out, "stack", culprit->stack ? culprit->stack : &none,
		       snap);
	json_close(out, '}');
}

static void put_name(struct json_out *out, const char *key, const char *name)
{
	if (name)
		json_put_text(out, key, name);
	else
		json_put_null(out, key);
}

/* Whose the worst value is: null for what does not apply. */
static void put_subject(struct json_out *out, const struct subject *worst)
{
	json_open(out, "worst", '{');
	put_name(out, "pool", worst->pool ? worst->pool->name : NULL);
	if (worst->area)
		json_put_int(out, "area", worst->area->index);
	else
		json_put_null(out, "area");
	put_name(out, "device", worst->device ? worst->device->name : NULL);
	json_close(out, '}');
}

static void put_value(struct json_out *out, const struct verdict *verdict)
{
	if (verdict->measured) {
		json_put_int(out, "value", verdict->value);
		json_put_real(out, "bound", verdict->bound);
		put_subject(out, &verdict->worst);
	} else {
		json_put_null(out, "value");
		json_put_null(out, "bound");
		json_put_null(out, "worst");
	}
}

static void put_verdict(struct json_out *out, const struct snapshot *snap,
			const struct verdict *verdict)
{
	const struct assertion *assertion = verdict->assertion;
	const struct field *metric = assertion->metric;
	char doubt[DOUBT_TEXT_LEN];

	json_open(out, NULL, '{');
	json_put_text(out, "assertion", assertion->text);
	json_put_text(out, "metric", metric->metric);
	json_put_text(out, "unit", unit_name(metric->unit));
	json_put_text(out, "operator", comparison_text(assertion->comparison));
	json_put_text(out, "outcome", outcome_name(verdict->outcome));
	put_value(out, verdict);
	json_put_count(out, "subjects", verdict->subjects);
	json_put_count(out, "violations", verdict->violations);
	json_put_text_or_null(out, "reason", doubt_text(verdict, snap, doubt));
	json_open(out, "culprits", '[');
	for (size_t i = 0; i < verdict->nr_culprits; i++)
		put_culprit(out, snap, &verdict->culprits[i]);
	json_close(out, ']');
	json_close(out, '}');
}

static void put_command(struct json_out *out, const struct results *results)
{
	const int status = results->interval->figures.window.exit_status;

	if (!results->command_judged) {
		json_put_null(out, "command");
		return;
	}
	json_open(out, "command", '{');
	json_put_text(out, "outcome", outcome_name(results->command));
	if (status < 0)
		json_put_null(out, "exit_status");
	else
		json_put_int(out, "exit_status", status);
	json_close(out, '}');
}

int check_json(const struct results *results, FILE *stream)
{
	struct json_out out = { .stream = stream };
	char summary[160];
	int err;

	results_summary(results, summary, sizeof(summary));
	json_open(&out, NULL, '{');
	json_put_text(&out, "schema", CHECK_SCHEMA);
	json_put_tool(&out, "tool");
	json_put_text(&out, "outcome", outcome_name(results->outcome));
	json_put_int(&out, "exit_status", results->exit_status);
	json_put_text(&out, "summary", summary);
	json_open(&out, "assertions", '[');
	for (size_t i = 0; i < results->count; i++)
		put_verdict(&out, &results->interval->figures,
			    &results->verdicts[i]);
	json_close(&out, ']');
	put_command(&out, results);
	err = json_put_report(&out, "report", results->interval);
	json_close(&out, '}');
	return err ? err : json_end(&out);
}

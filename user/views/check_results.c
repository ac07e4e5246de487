/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/results.h"

#include <string.h>

#include "model/places.h"
#include "util/text.h"
#include "views/verdict_text.h"

size_t results_count(const struct results *results)
{
	return results->count + results->command_judged;
}

void results_outcomes(const struct results *results, size_t *outcomes)
{
	memset(outcomes, 0, OUTCOMES * sizeof(*outcomes));
	for (size_t i = 0; i < results->count; i++)
		outcomes[results->verdicts[i].outcome]++;
	if (results->command_judged)
		outcomes[results->command]++;
}

static void describe_measured(const struct verdict *verdict, char *text,
			      size_t len)
{
	const struct field *metric = verdict->assertion->metric;
	char value[64], who[2 * NAME_LEN + 32];

	if (!verdict->measured)
		return;
	metric_text(metric, (double)verdict->value, value, sizeof(value));
	subject_text(metric, &verdict->worst, who, sizeof(who));
	text_append(text, len, "%s%s%s", value, *who ? " in " : "", who);
	metric_text(metric, verdict->bound, value, sizeof(value));
	if (verdict->outcome == OUTCOME_VIOLATED)
		text_append(text, len, ", must be %s %s",
			    comparison_text(verdict->assertion->comparison),
			    value);
	else if (verdict->assertion->bound.kind != BOUND_VALUE)
		text_append(text, len, ", against %s", value);
	if (verdict->violations > 1)
		text_append(text, len, "; violated by %zu of %zu %ss",
			    verdict->violations, verdict->subjects,
			    entity_table[metric->scope].name);
}

static void describe_verdict(const struct results *results, size_t index,
			     struct result *result)
{
	const struct verdict *verdict = &results->verdicts[index];
	char doubt[DOUBT_TEXT_LEN];

	snprintf(result->name, sizeof(result->name), "%s",
		 verdict->assertion->text);
	result->outcome = verdict->outcome;
	result->text[0] = '\0';
	describe_measured(verdict, result->text, sizeof(result->text));
	if (*doubt_text(verdict, &results->interval->figures, doubt))
		text_append(result->text, sizeof(result->text), "%s%s",
			    *result->text ? "; " : "", doubt);
	result->culprits = verdict->culprits;
	result->nr_culprits = verdict->nr_culprits;
}

static void describe_command(const struct results *results,
			     struct result *result)
{
	const struct window *window = &results->interval->figures.window;

	snprintf(result->name, sizeof(result->name), "%.128s exits with 0",
		 window->command ? window->command[0] : "the command");
	result->outcome = results->command;
	if (window->exit_status < 0)
		snprintf(result->text, sizeof(result->text),
			 "it was not started, as a signal came before");
	else if (results->command == OUTCOME_UNDECIDED)
		snprintf(result->text, sizeof(result->text),
			 "it was ended early, and exited with %d",
			 window->exit_status);
	else if (window->exit_status > 128)
		snprintf(result->text, sizeof(result->text),
			 "it exited with %d: as signal %d ends it",
			 window->exit_status, window->exit_status - 128);
	else
		snprintf(result->text, sizeof(result->text),
			 "it exited with %d", window->exit_status);
	result->culprits = NULL;
	result->nr_culprits = 0;
}

void results_line(const struct results *results, size_t index,
		  struct result *result)
{
	if (index < results->count)
		describe_verdict(results, index, result);
	else
		describe_command(results, result);
}

void result_culprits(const struct results *results, const struct result *result,
		     culprit_writer write, FILE *stream)
{
	const struct snapshot *snap = &results->interval->figures;

	for (size_t i = 0; i < result->nr_culprits; i++) {
		const struct culprit *culprit = &result->culprits[i];
		const struct stack *stack = culprit->stack;
		char text[CULPRIT_TEXT_LEN];

		write(stream, 1, culprit_text(culprit, snap, text));
		for (unsigned int j = 0; stack && j < stack->depth; j++)
			write(stream, 2, place_name(snap, stack->addr[j]));
	}
}

char *results_summary(const struct results *results, char *text, size_t len)
{
	size_t outcomes[OUTCOMES], count = results_count(results);

	results_outcomes(results, outcomes);
	*text = '\0';
	if (outcomes[OUTCOME_VIOLATED])
		text_append(text, len, "%zu of %zu violated",
			    outcomes[OUTCOME_VIOLATED], count);
	if (outcomes[OUTCOME_UNDECIDED])
		text_append(text, len, "%s%zu of %zu cannot be judged",
			    *text ? ", " : "", outcomes[OUTCOME_UNDECIDED],
			    count);
	if (!*text)
		text_append(text, len, "%s%zu hold%s", count > 1 ? "all " : "",
			    count, count == 1 ? "s" : "");
	return text;
}

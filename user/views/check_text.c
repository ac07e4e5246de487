/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/places.h"
#include "util/units.h"
#include "views/results.h"
#include "views/verdict_text.h"

/* Longer lists nobody reads; JSON has them all. */
#define MAX_CULPRITS 32

#define NAME_COLUMNS 12
#define INDENT	     (2 + NAME_COLUMNS + 1)

static const char *const outcome_words[] = { "ok", "cannot judge", "not ok" };

static enum style outcome_style(enum outcome outcome)
{
	return outcome == OUTCOME_HOLDS	      ? STYLE_GOOD
	       : outcome == OUTCOME_UNDECIDED ? STYLE_WARNING
					      : STYLE_ERROR;
}

static void show_stack(const struct results *results, const struct stack *stack,
		       struct pane *pane)
{
	for (unsigned int i = 0; i < stack->depth && i < STACK_DEPTH; i++)
		pane_line(pane, STYLE_DIM, "%*s  %s", INDENT + 2, "",
			  place_name(&results->interval->figures,
				     stack->addr[i]));
}

static void show_culprits(const struct results *results,
			  const struct result *result, struct pane *pane)
{
	for (size_t i = 0; i < result->nr_culprits; i++) {
		const struct culprit *culprit = &result->culprits[i];
		char text[CULPRIT_TEXT_LEN];

		if (i == MAX_CULPRITS) {
			pane_line(pane, STYLE_DIM, "%*sand %zu more", INDENT,
				  "", result->nr_culprits - i);
			return;
		}
		pane_put(pane, STYLE_PLAIN, "%*s", INDENT, "");
		pane_wrap(pane, STYLE_PLAIN, INDENT + 2,
			  culprit_text(culprit, &results->interval->figures,
				       text));
		if (culprit->stack)
			show_stack(results, culprit->stack, pane);
	}
}

static void show_result(const struct results *results, size_t index,
			struct pane *pane)
{
	struct result result;

	results_line(results, index, &result);
	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, outcome_style(result.outcome), ALIGN_LEFT, NAME_COLUMNS,
		  outcome_words[result.outcome]);
	pane_wrap(pane, STYLE_PLAIN, INDENT + 2, result.name);
	pane_put(pane, STYLE_DIM, "%*s", INDENT, "");
	pane_wrap(pane, STYLE_DIM, INDENT + 2, result.text);
	show_culprits(results, &result, pane);
}

void check_text(const struct results *results, struct pane *pane)
{
	const struct window *window = &results->interval->figures.window;
	char summary[160], duration[UNIT_TEXT_LEN];

	pane_put(pane, STYLE_TITLE, "swiotlb check");
	pane_put(pane, STYLE_PLAIN, ": ");
	pane_put(pane, outcome_style(results->outcome), "%s",
		 results_summary(results, summary, sizeof(summary)));
	pane_end(pane);
	pane_line(pane, STYLE_DIM, "Linux %s %s, watched for %s%s",
		  results->interval->figures.kernel.release,
		  results->interval->figures.kernel.arch,
		  format_duration(duration, sizeof(duration),
				  window->duration_ns),
		  window->interrupted ? " (interrupted)" : "");
	pane_end(pane);
	for (size_t i = 0; i < results_count(results); i++)
		show_result(results, i, pane);
}

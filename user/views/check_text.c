/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/units.h"
#include "views/results.h"

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
		       struct page *page)
{
	char name[256];

	for (unsigned int i = 0; i < stack->depth && i < STACK_DEPTH; i++)
		page_line(page, STYLE_DIM, "%*s  %s", INDENT + 2, "",
			  symbols_name(results->symbols, stack->addr[i], name,
				       sizeof(name)));
}

static void show_culprits(const struct results *results,
			  const struct result *result, struct page *page)
{
	for (size_t i = 0; i < result->nr_culprits; i++) {
		const struct culprit *culprit = &result->culprits[i];

		if (i == MAX_CULPRITS) {
			page_line(page, STYLE_DIM, "%*sand %zu more", INDENT,
				  "", result->nr_culprits - i);
			return;
		}
		page_put(page, STYLE_PLAIN, "%*s", INDENT, "");
		page_wrap(page, STYLE_PLAIN, INDENT + 2, culprit->text);
		if (culprit->stack)
			show_stack(results, culprit->stack, page);
	}
}

static void show_result(const struct results *results, size_t index,
			struct page *page)
{
	struct result result;

	results_line(results, index, &result);
	page_put(page, STYLE_PLAIN, "  ");
	page_cell(page, outcome_style(result.outcome), ALIGN_LEFT, NAME_COLUMNS,
		  outcome_words[result.outcome]);
	page_wrap(page, STYLE_PLAIN, INDENT + 2, result.name);
	page_put(page, STYLE_DIM, "%*s", INDENT, "");
	page_wrap(page, STYLE_DIM, INDENT + 2, result.text);
	show_culprits(results, &result, page);
}

void check_text(const struct results *results, struct page *page)
{
	const struct window *window = &results->snap->window;
	char summary[160], duration[UNIT_TEXT_LEN];

	page_put(page, STYLE_TITLE, "swiotlb check");
	page_put(page, STYLE_PLAIN, ": ");
	page_put(page, outcome_style(results->outcome), "%s",
		 results_summary(results, summary, sizeof(summary)));
	page_end(page);
	page_line(page, STYLE_DIM, "Linux %s %s, watched for %s%s",
		  results->snap->kernel.release, results->snap->kernel.arch,
		  format_duration(duration, sizeof(duration),
				  window->duration_ns),
		  window->interrupted ? " (interrupted)" : "");
	page_end(page);
	for (size_t i = 0; i < results_count(results); i++)
		show_result(results, i, page);
}

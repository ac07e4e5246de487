/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "util/times.h"
#include "views/diff.h"
#include "views/finding_text.h"
#include "views/values.h"

#define METRIC_COLUMNS 30
#define VALUE_COLUMNS  12
#define CHANGE_COLUMNS 11
#define OF_COLUMN                                                              \
	(2 + METRIC_COLUMNS + 1 + 2 * (VALUE_COLUMNS + 1) + CHANGE_COLUMNS + 1)

static const char side_letters[SIDES] = { 'A', 'B' };

static void show_side(const struct diff *diff, enum side side,
		      struct pane *pane)
{
	const struct snapshot *snap = &diff->changes->interval[side]->figures;

	pane_line(pane, STYLE_PLAIN, "  %c: %s: Linux %s %s, %s from %s",
		  side_letters[side], diff->path[side], snap->kernel.release,
		  snap->kernel.arch, DURATION(snap->window.duration_ns),
		  FORMAT_TIME(snap->window.start_ns));
}

/*
 * Findings
 */

static size_t show_lone_findings(const struct diff *diff, enum side side,
				 struct pane *pane)
{
	const struct interval *interval = diff->changes->interval[side];
	char text[FINDING_TEXT_LEN];
	size_t shown = 0;

	for (size_t i = 0; i < interval->findings.count; i++) {
		const struct finding *finding =
			finding_lone(diff->changes, side, i);

		if (!finding)
			continue;
		pane_put(pane, STYLE_PLAIN, "  ");
		pane_cell(pane, STYLE_PLAIN, ALIGN_LEFT, 4,
			  side == SIDE_A ? "gone" : "new");
		pane_cell(pane, severity_style(finding->severity), ALIGN_LEFT,
			  7, severity_name(finding->severity));
		pane_put(pane, STYLE_TITLE, "%s ", finding->rule->id);
		pane_wrap(pane, STYLE_PLAIN, 15,
			  finding_text(finding, &interval->figures, text));
		shown++;
	}
	return shown;
}

static void show_findings(const struct diff *diff, struct pane *pane)
{
	size_t shown;

	pane_title(pane, "FINDINGS");
	shown = show_lone_findings(diff, SIDE_B, pane);
	shown += show_lone_findings(diff, SIDE_A, pane);
	if (!shown)
		pane_line(pane, STYLE_DIM, "  the same on both sides");
}

/*
 * Figures
 */

/* As many digits as a rate is worth. */
static void rate_text(const struct change *change, enum side side, char *text,
		      size_t len)
{
	double rate = change->rate[side];
	char number[UNIT_TEXT_LEN];

	if (change->metric->unit == UNIT_COUNT)
		snprintf(text, len, rate < 1000 ? "%.3g/s" : "%.0f/s", rate);
	else
		snprintf(text, len, "%s/s",
			 metric_text(change->metric, (double)(int64_t)rate,
				     number, sizeof(number)));
}

static void value_text(const struct change *change, enum side side, char *text,
		       size_t len)
{
	if (!change->known[side])
		snprintf(text, len, "%s", UNKNOWN_TEXT);
	else if (change->metric->kind == KIND_COUNTER &&
		 change->kind != CHANGE_UNKNOWN)
		rate_text(change, side, text, len);
	else
		metric_text(change->metric, (double)change->value[side], text,
			    len);
}

static void change_text(const struct change *change, char *text, size_t len)
{
	bool counter = change->metric->kind == KIND_COUNTER;
	double a =
		counter ? change->rate[SIDE_A] : (double)change->value[SIDE_A];
	double b =
		counter ? change->rate[SIDE_B] : (double)change->value[SIDE_B];
	char number[UNIT_TEXT_LEN];

	if (change->kind == CHANGE_UNKNOWN)
		snprintf(text, len, "%s", UNKNOWN_TEXT);
	else if (counter && a > 0 && b > 10 * a)
		snprintf(text, len, "x %.3g", b / a);
	else if (counter && a > 0)
		snprintf(text, len, "%+.0f%%", (b - a) / a * 100);
	else if (counter)
		snprintf(text, len, "from 0");
	else
		snprintf(text, len, "%c%s", b < a ? '-' : '+',
			 metric_text(change->metric, b < a ? a - b : b - a,
				     number, sizeof(number)));
}

static void show_change(const struct change *change, struct pane *pane)
{
	char text[UNIT_TEXT_LEN + 16], who[4 * NAME_LEN];

	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, STYLE_PLAIN, ALIGN_LEFT, METRIC_COLUMNS,
		  change->metric->metric);
	for (enum side side = SIDE_A; side < SIDES; side++) {
		value_text(change, side, text, sizeof(text));
		pane_cell(pane, STYLE_PLAIN, ALIGN_RIGHT, VALUE_COLUMNS, text);
	}
	change_text(change, text, sizeof(text));
	pane_cell(pane, STYLE_TITLE, ALIGN_RIGHT, CHANGE_COLUMNS, text);
	subject_text(change->metric, &change->subject[SIDE_A], who,
		     sizeof(who));
	pane_wrap(pane, STYLE_PLAIN, OF_COLUMN, who);
}

/* Of figures that are unknown for one reason the first one has it before it. */
static void show_reason(const struct change *change,
			const struct change *before, struct pane *pane)
{
	enum side side = change->known[SIDE_A] ? SIDE_B : SIDE_A;

	if (before && before->known[SIDE_A] == change->known[SIDE_A] &&
	    !strcmp(before->reason, change->reason))
		return;
	pane_put(pane, STYLE_DIM, "  ");
	if (!change->known[side])
		pane_put(pane, STYLE_DIM, "in %c: ", side_letters[side]);
	pane_wrap(pane, STYLE_DIM, 4, change->reason);
}

static void show_columns(struct pane *pane)
{
	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, STYLE_DIM, ALIGN_LEFT, METRIC_COLUMNS, "METRIC");
	for (enum side side = SIDE_A; side < SIDES; side++)
		pane_cell(pane, STYLE_DIM, ALIGN_RIGHT, VALUE_COLUMNS,
			  (char[]){ side_letters[side], '\0' });
	pane_cell(pane, STYLE_DIM, ALIGN_RIGHT, CHANGE_COLUMNS, "CHANGE");
	pane_put(pane, STYLE_DIM, "OF");
	pane_end(pane);
}

static void show_kind(const struct diff *diff, enum change_kind kind,
		      const char *title, struct pane *pane)
{
	const struct changes *changes = diff->changes;
	const struct change *before = NULL;

	if (!changes_of_kind(changes, kind))
		return;
	pane_title(pane, title);
	show_columns(pane);
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->list[i];

		if (change->kind != kind)
			continue;
		if (kind == CHANGE_UNKNOWN)
			show_reason(change, before, pane);
		show_change(change, pane);
		before = change;
	}
}

static void show_lone(const struct diff *diff, struct pane *pane)
{
	const struct changes *changes = diff->changes;

	if (!changes->nr_lone)
		return;
	pane_title(pane, "ONLY ON ONE SIDE");
	for (size_t i = 0; i < changes->nr_lone; i++) {
		const struct lone *lone = &changes->lone[i];
		const struct field scope = { .scope = lone->scope };
		char who[4 * NAME_LEN];

		pane_line(pane, STYLE_PLAIN, "  only in %c: %s",
			  side_letters[lone->side],
			  subject_text(&scope, &lone->subject, who,
				       sizeof(who)));
	}
}

static void show_rest(const struct diff *diff, struct pane *pane)
{
	size_t noise = changes_of_kind(diff->changes, CHANGE_NOISE);
	size_t equal = diff->changes->equal;

	pane_end(pane);
	pane_line(pane, STYLE_DIM,
		  "%zu figure%s the same, and %zu differ%s by no more than "
		  "noise%s",
		  equal, equal == 1 ? " is" : "s are", noise,
		  noise == 1 ? "s" : "",
		  noise && !diff->all ? " (--all shows them)" : "");
}

void diff_text(const struct diff *diff, struct pane *pane)
{
	pane_put(pane, STYLE_TITLE, "swiotlb diff");
	pane_line(pane, STYLE_PLAIN, ": what is in B and not in A is new");
	for (enum side side = SIDE_A; side < SIDES; side++)
		show_side(diff, side, pane);
	show_findings(diff, pane);
	if (!changes_of_kind(diff->changes, CHANGE_REAL)) {
		pane_title(pane, "CHANGED");
		pane_line(pane, STYLE_DIM, "  nothing");
	}
	show_kind(diff, CHANGE_REAL, "CHANGED", pane);
	if (diff->all)
		show_kind(diff, CHANGE_NOISE, "NOISE", pane);
	show_kind(diff, CHANGE_UNKNOWN, "UNKNOWN ON ONE SIDE", pane);
	show_lone(diff, pane);
	show_rest(diff, pane);
}

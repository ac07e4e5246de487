/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "model/level.h"
#include "views/columns.h"
#include "views/finding_text.h"
#include "views/phrases.h"
#include "views/text_parts.h"
#include "views/values.h"

#define MAX_BOUNCING 8 /* doctor and JSON have more */
#define MAX_FIRED    5 /* likewise */

static void show_fired(const struct report *r)
{
	const struct snapshot *snap = r->snap;

	for (size_t i = 0; i < snap->nr_fired && i < MAX_FIRED; i++) {
		char text[PHRASE_LEN];

		pane_line(r->pane, STYLE_WARNING, "trigger: %s",
			  fired_text(&snap->fired[i], text, sizeof(text)));
	}
	if (snap->nr_fired > MAX_FIRED)
		pane_line(r->pane, STYLE_DIM, "and %zu more times",
			  snap->nr_fired - MAX_FIRED);
}

static void show_heading(const struct report *r)
{
	const struct kernel_info *kernel = &r->snap->kernel;
	const char *preemption = preemption_name(kernel->preemption);
	const struct window *window = &r->snap->window;
	struct pane *pane = r->pane;

	pane_put(pane, STYLE_TITLE, "swiotlb report");
	pane_line(pane, STYLE_PLAIN,
		  ": Linux %s %s, %u CPU%s, watched for %s%s", kernel->release,
		  kernel->arch, kernel->cpus, plural(kernel->cpus),
		  DURATION(window->duration_ns),
		  window->interrupted ? " (interrupted)" : "");
	if (*kernel->layout || *kernel->boot_args)
		pane_line(pane, STYLE_DIM, "layout: %s; boot arguments: %s",
			  *kernel->layout ? kernel->layout : UNKNOWN_TEXT,
			  *kernel->boot_args ? kernel->boot_args
					     : "none about swiotlb");
	if (preemption)
		pane_line(pane, STYLE_DIM, "preemption: %s", preemption);
	show_fired(r);
	if (!window->command)
		return;
	pane_put(pane, STYLE_DIM, "command:");
	for (char **word = window->command; *word; word++)
		pane_put(pane, STYLE_DIM, " %s", *word);
	pane_end(pane);
	if (window->exit_status >= 0)
		pane_line(pane, window->exit_status ? STYLE_WARNING : STYLE_DIM,
			  "its exit status: %d", window->exit_status);
}

static void show_verdict(const struct report *r,
			 const struct findings *findings)
{
	char verdict[FINDING_TEXT_LEN];
	enum severity severity;

	severity =
		findings_verdict(r->snap, findings, verdict, sizeof(verdict));
	show_title(r, "VERDICT");
	pane_put(r->pane, STYLE_PLAIN, "  ");
	pane_wrap(r->pane, severity_style(severity), 9, verdict);
}

/*
 * Findings, hooks, losses
 */

static void show_findings(const struct report *r,
			  const struct findings *findings)
{
	char text[FINDING_TEXT_LEN];

	show_title(r, "FINDINGS");
	if (!findings->count)
		pane_put(r->pane, STYLE_GOOD, "  none");
	pane_end(r->pane);
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *f = &findings->list[i];

		pane_put(r->pane, STYLE_PLAIN, "  ");
		pane_cell(r->pane, severity_style(f->severity), ALIGN_LEFT, 7,
			  severity_name(f->severity));
		pane_put(r->pane, STYLE_TITLE, "%s", f->rule->id);
		pane_put(r->pane, STYLE_PLAIN, " ");
		pane_wrap(r->pane, STYLE_PLAIN, 10,
			  finding_text(f, r->snap, text));
		pane_put(r->pane, STYLE_PLAIN, "          ");
		pane_wrap(r->pane, STYLE_DIM, 10,
			  finding_advice(f, r->snap, text));
	}
}

/* How many hooks are absent for the same reason as this one. */
static unsigned int absent_alike(const struct snapshot *snap,
				 const struct hook *hook, size_t count)
{
	unsigned int alike = 0;

	for (size_t i = 0; i < count; i++)
		alike += snap->hooks[i].state == HOOK_ABSENT &&
			 !strcmp(snap->hooks[i].reason, hook->reason);
	return alike;
}

static void show_hook(const struct hook *hook, const char *name,
		      struct pane *pane)
{
	bool absent = hook->state == HOOK_ABSENT;

	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, STYLE_PLAIN, ALIGN_LEFT, 23, name);
	pane_cell(pane, absent ? STYLE_WARNING : STYLE_GOOD, ALIGN_LEFT, 15,
		  hook_state_name(hook->state));
}

/* Hooks that are absent for one reason are a line. */
static void show_absent(const struct snapshot *snap, size_t index,
			struct pane *pane)
{
	const struct hook *hook = &snap->hooks[index];
	unsigned int alike = absent_alike(snap, hook, snap->nr_hooks);
	char name[NAME_LEN];

	if (absent_alike(snap, hook, index))
		return;
	snprintf(name, sizeof(name), "%u hooks", alike);
	show_hook(hook, alike > 1 ? name : hook->name, pane);
	pane_wrap(pane, STYLE_DIM, 42, hook->reason);
}

void text_hooks(const struct snapshot *snap, struct pane *pane)
{
	for (size_t i = 0; i < snap->nr_hooks; i++) {
		const struct hook *hook = &snap->hooks[i];

		if (hook->state == HOOK_ABSENT) {
			show_absent(snap, i, pane);
			continue;
		}
		show_hook(hook, hook->name, pane);
		pane_put(pane, STYLE_PLAIN, "%s", hook->target);
		pane_end(pane);
		if (!*hook->reason)
			continue;
		pane_put(pane, STYLE_PLAIN, "%26s", "");
		pane_wrap(pane, STYLE_DIM, 26, hook->reason);
	}
	if (!snap->nr_hooks)
		pane_line(pane, STYLE_DIM, "  nothing");
}

static void show_losses(const struct report *r)
{
	show_title(r, "LOSSES");
	if (!snapshot_loss_total(r->snap))
		pane_put(r->pane, STYLE_GOOD, "  none");
	pane_end(r->pane);
	for (size_t i = 0; i < r->snap->nr_losses; i++) {
		const struct loss *loss = &r->snap->losses[i];

		if (!loss->count)
			continue;
		pane_put(r->pane, STYLE_WARNING,
			 "  %" PRIu64 " %s: ", loss->count, loss->cause);
		pane_wrap(r->pane, STYLE_PLAIN, 4, loss->help);
	}
}

/* Attached probes cost other programs time. */
static void show_overhead(const struct report *r)
{
	for (unsigned int i = 0; i < level_count; i++) {
		const struct level_info *level = &level_table[i];

		if (!(r->snap->levels & level->level) ||
		    snapshot_level_missing(r->snap, level->level))
			continue;
		pane_put(r->pane, STYLE_PLAIN, "  ");
		pane_cell(r->pane, STYLE_PLAIN, ALIGN_LEFT, 23, level->name);
		pane_cell(r->pane, STYLE_DIM, ALIGN_LEFT, 10, "overhead");
		pane_wrap(r->pane, STYLE_DIM, 37, level->overhead);
	}
}

static void show_bouncing(const struct report *r)
{
	if (!r->snap->bounces.known && !*r->snap->bounces.reason)
		return;
	show_title(r, "BOUNCING");
	pane_end(r->pane);
	text_bouncing(r->snap, MAX_BOUNCING, r->pane);
}

int text_report(const struct interval *interval,
		const struct text_options *options, struct pane *pane)
{
	const struct snapshot *snap = &interval->figures;
	const struct report report = {
		.snap = snap,
		.options = options,
		.pane = pane,
		.no_locks = snapshot_level_missing(snap, LEVEL_LOCKS),
		.scene = { .interval = snap, .total = snap },
	};
	int err;

	show_heading(&report);
	show_verdict(&report, &interval->findings);
	err = show_pools(&report);
	show_lock_waits(&report);
	if (show_callers(&report))
		err = -ENOMEM;
	show_holds(&report);
	show_blocks(&report);
	show_mappings(&report);
	show_bouncing(&report);
	show_cost(&report);
	show_audit(&report);
	show_trace(&report);
	show_kernel_log(&report);
	show_findings(&report, &interval->findings);
	show_title(&report, "ATTACHED");
	pane_end(pane);
	text_hooks(snap, pane);
	show_overhead(&report);
	show_losses(&report);
	return err;
}

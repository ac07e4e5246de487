/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/event.h"
#include "model/level.h"
#include "model/places.h"
#include "model/refusals.h"
#include "views/phrases.h"
#include "views/refusal_text.h"
#include "views/tui_pane.h"
#include "views/tui_table.h"
#include "views/values.h"

#define RATE(snap, n) format_rate((char[16]){ 0 }, 16, snap, n)

#define HISTOGRAM_LINES 16
#define TREND_LINES	4

static void fact(struct pane *pane, enum style style, const char *name,
		 const char *value)
{
	pane_cell(pane, STYLE_DIM, ALIGN_LEFT, 18, name);
	pane_line(pane, style, "%s", value);
}

#define FACT(pane, style, name, ...)                                           \
	do {                                                                   \
		char fact_text[512];                                           \
                                                                               \
		snprintf(fact_text, sizeof(fact_text), __VA_ARGS__);           \
		fact(pane, style, name, fact_text);                            \
	} while (0)

static enum style alarm_style(uint64_t count)
{
	return count ? STYLE_ERROR : STYLE_PLAIN;
}

static void show_stack(struct pane *pane, const struct tui_state *state,
		       const struct stack *stack)
{
	for (unsigned int i = 0; i < stack->depth && i < STACK_DEPTH; i++)
		pane_line(pane, STYLE_PLAIN, "  %s",
			  place_name(state->model->interval, stack->addr[i]));
	if (!stack->depth)
		pane_line(pane, STYLE_DIM, "  stack not recorded");
}

/*
 * Waits
 */

static void wait_line(struct pane *pane, const char *name,
		      const struct waits *waits)
{
	if (!waits->contended) {
		fact(pane, STYLE_PLAIN, name, "none");
		return;
	}
	FACT(pane, waits->contended ? STYLE_WARNING : STYLE_PLAIN, name,
	     "%" PRIu64 ", total %s, p50 %s, p99 %s, max %s", waits->contended,
	     DURATION(waits->total_ns),
	     DURATION(histogram_quantile(&waits->wait, 500, waits->max_ns)),
	     DURATION(histogram_quantile(&waits->wait, 990, waits->max_ns)),
	     DURATION(waits->max_ns));
}

static void show_waits(struct pane *pane, const struct tui_state *state,
		       const struct waits *interval, const struct waits *total)
{
	const struct snapshot *snap = state->model->interval;
	const char *missing = snapshot_level_missing(snap, LEVEL_LOCKS);

	pane_title(pane, "WAITS");
	if (missing) {
		pane_wrap(pane, STYLE_DIM, 0, missing);
		return;
	}
	wait_line(pane, "last interval", interval);
	if (interval->contended)
		FACT(pane, STYLE_PLAIN, "", "%s/s, %s of a CPU",
		     RATE(snap, interval->contended),
		     SHARE(wait_share(snap, interval->total_ns)));
	wait_line(pane, "session", total);
	pane_histogram(pane, &total->wait, false, TUI_MAX_BAR, HISTOGRAM_LINES);
}

static void show_cpus(struct pane *pane, const struct area *area)
{
	bool any = false;

	for (unsigned int i = 0; i < area->nr_cpu_waits; i++) {
		const struct cpu_waits *cpu = &area->cpu_waits[i];
		char name[UNIT_TEXT_LEN];

		if (!cpu->waits.contended)
			continue;
		if (!any)
			pane_title(pane, "CPUS THAT WAITED (SESSION)");
		any = true;
		snprintf(name, sizeof(name), "CPU %u", cpu->cpu);
		wait_line(pane, name, &cpu->waits);
	}
}

/* The next caller of an area in order of the time it waited. */
static const struct wait_caller *next_caller(const struct snapshot *snap,
					     const struct pool *pool,
					     const struct area *area,
					     const struct wait_caller *last)
{
	const struct wait_caller *next = NULL;

	for (size_t i = 0; i < snap->nr_callers; i++) {
		const struct wait_caller *c = &snap->callers[i];

		if (c->pool_id != pool->id || c->area != area->index ||
		    !c->waits.contended)
			continue;
		if (last &&
		    (c->waits.total_ns > last->waits.total_ns ||
		     (c->waits.total_ns == last->waits.total_ns && c <= last)))
			continue;
		if (!next || c->waits.total_ns > next->waits.total_ns)
			next = c;
	}
	return next;
}

static void caller_line(struct pane *pane, const struct tui_state *state,
			const struct wait_caller *caller)
{
	const char *device = *caller->device ? caller->device : "unknown";
	pane_line(pane, STYLE_PLAIN,
		  "%-18s %-5s %7" PRIu64 " waits, total %8s, max %8s  %s",
		  device, wait_op_name(caller->op), caller->waits.contended,
		  DURATION(caller->waits.total_ns),
		  DURATION(caller->waits.max_ns),
		  /* The caller of the locking functions. */
		  caller_name(state->model->interval, &caller->stack,
			      "spin_lock"));
}

void pane_callers(struct pane *pane, const struct tui_state *state,
		  const struct pool *pool, const struct area *area,
		  unsigned int most)
{
	const struct snapshot *snap = state->model->total;
	const struct wait_caller *caller = next_caller(snap, pool, area, NULL);

	if (!caller)
		return;
	pane_title(pane, "WHO WAITED (SESSION)");
	for (unsigned int i = 0; caller && (!most || i < most); i++) {
		caller_line(pane, state, caller);
		if (!most)
			show_stack(pane, state, &caller->stack);
		caller = next_caller(snap, pool, area, caller);
	}
	if (caller)
		pane_line(pane, STYLE_DIM, "\xe2\x80\xa6 and more: Enter");
	pane_next(pane);
}

static void hold_line(struct pane *pane, const char *name,
		      const struct holds *holds)
{
	FACT(pane, STYLE_PLAIN, name,
	     "%" PRIu64 ", total %s, p50 %s, p99 %s, max %s",
	     holds->acquisitions, DURATION(holds->total_ns),
	     DURATION(histogram_quantile(&holds->hold, 500, holds->max_ns)),
	     DURATION(histogram_quantile(&holds->hold, 990, holds->max_ns)),
	     DURATION(holds->max_ns));
}

static void show_holds(struct pane *pane, const struct tui_state *state,
		       const struct holds *interval, const struct holds *total)
{
	if (snapshot_level_missing(state->model->interval, LEVEL_HOLDS))
		return;
	pane_title(pane, "TIMES THE LOCK WAS HELD");
	hold_line(pane, "last interval", interval);
	hold_line(pane, "session", total);
	pane_histogram(pane, &total->hold, false, TUI_MAX_BAR, HISTOGRAM_LINES);
}

/*
 * An area
 */

static void show_pool(struct pane *pane, const struct tui_state *state,
		      const struct pool *pool)
{
	const struct pool *parent =
		snapshot_pool(state->model->interval, pool->parent_id);
	char kind[NAME_LEN + 64] = "";

	if (pool->kind != POOL_DEFAULT)
		snprintf(kind, sizeof(kind), " (%s%s%s%s)",
			 pool_kind_name(pool->kind), parent ? " of " : "",
			 parent ? parent->name : "",
			 pool->stale ? ", given back" : "");
	FACT(pane, STYLE_PLAIN, "pool",
	     "%s%s: %" PRIu64 " slots (%s) in %u area%s", pool->name, kind,
	     pool->slots, BYTES(pool->slots * SLOT_BYTES), pool->nr_areas,
	     plural(pool->nr_areas));
	if (*pool->device)
		FACT(pane, STYLE_PLAIN, "device", "%s", pool->device);
	FACT(pane, STYLE_PLAIN, "pool used", "%s (%s), peak %s",
	     SLOTS(pool->used),
	     counter_known(pool->used) ? PERCENT(pool->used, pool->slots)
				       : UNKNOWN_TEXT,
	     counter_known(pool->used) ? SLOTS(pool->used_peak) : UNKNOWN_TEXT);
	if (counter_known(pool->used_hiwater))
		FACT(pane, STYLE_PLAIN, "since boot", "peak %" PRIu64 " (%s)",
		     pool->used_hiwater,
		     PERCENT(pool->used_hiwater, pool->slots));
}

static void show_slots(struct pane *pane, const struct area *area)
{
	bool known = counter_known(area->used);

	FACT(pane, STYLE_PLAIN, "slots", "%" PRIu64 " (%s)", area->slots,
	     BYTES(area->slots * SLOT_BYTES));
	FACT(pane, STYLE_PLAIN, "used", "%s (%s), peak %s", SLOTS(area->used),
	     known ? PERCENT(area->used, area->slots) : UNKNOWN_TEXT,
	     known ? SLOTS(area->used_peak) : UNKNOWN_TEXT);
	if (area->drift_known)
		FACT(pane, alarm_style((uint64_t)area->drift), "counted",
		     "%" PRIu64 " slots taken, the counter differs by %" PRId64,
		     area->busy, area->drift);
	else
		FACT(pane, STYLE_PLAIN, "counted",
		     "%" PRIu64
		     " slots taken; changing too fast to compare with the "
		     "counter, or locked",
		     area->busy);
	if (area->long_run) {
		FACT(pane, STYLE_WARNING, "longest free run",
		     "unknown: segments of this kernel are not of %u slots",
		     SEGMENT_SLOTS);
	} else {
		FACT(pane, area->largest_free ? STYLE_PLAIN : STYLE_ERROR,
		     "longest free run", "%u slots (%s)", area->largest_free,
		     BYTES((uint64_t)area->largest_free * SLOT_BYTES));
		FACT(pane, alarm_style(area->list_errors), "list errors", "%u",
		     area->list_errors);
	}
}

static void show_area_blocks(struct pane *pane, const struct area_blocks *b)
{
	pane_title(pane, "BLOCKS");
	FACT(pane, STYLE_PLAIN, "blocks", "%u: %u free, %u allocated", b->total,
	     b->free, b->allocated);
	FACT(pane, alarm_style(b->orphaned), "of gone devices", "%u",
	     b->orphaned);
	FACT(pane, alarm_style(b->unreclaimed), "unreclaimed", "%u",
	     b->unreclaimed);
	FACT(pane, alarm_style(b->list_errors), "list errors", "%u",
	     b->list_errors);
}

static void show_area(struct pane *pane, const struct tui_state *state,
		      const struct row *row)
{
	const struct scene scene = tui_scene(state);
	const struct area *total =
		scene_total_area(&scene, row->pool, row->area);

	show_pool(pane, state, row->pool);
	show_slots(pane, row->area);
	pane_next(pane);
	pane_trends(pane, state, row->pool, row->area, TREND_LINES);
	show_waits(pane, state, &row->area->locks, &total->locks);
	show_cpus(pane, total);
	pane_callers(pane, state, row->pool, row->area, 0);
	show_holds(pane, state, &row->area->holds, &total->holds);
	if (row->pool->blocks_known)
		show_area_blocks(pane, &row->area->blocks);
}

/*
 * A device
 */

static void show_failures(struct pane *pane, const struct mapping_totals *since,
			  const struct mapping_totals *total)
{
	pane_title(pane, "REFUSED");
	if (!mappings_refused(total))
		pane_line(pane, STYLE_PLAIN, "none");
	for (unsigned int i = 0; i < FAILURE_CAUSES; i++)
		if (total->failures[i])
			FACT(pane, STYLE_ERROR, failure_cause_name(i),
			     "%" PRIu64 " in the last interval, %" PRIu64
			     " in the session",
			     since->failures[i], total->failures[i]);
}

static void show_refusals(struct pane *pane, const struct tui_state *state,
			  const char *device)
{
	const struct snapshot *snap = state->model->total;
	char text[256];

	for (size_t i = 0; i < snap->nr_refusals; i++) {
		const struct refusal *refusal = &snap->refusals[i];

		if (!strcmp(refusal->device, device) && refusal->count)
			pane_wrap(pane, STYLE_PLAIN, 2,
				  refusal_text(refusal, text, sizeof(text)));
	}
}

static void show_wrong_unmaps(struct pane *pane, const struct tui_state *state,
			      const char *device)
{
	const struct snapshot *snap = state->model->total;
	bool any = false;
	char text[256];

	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++) {
		const struct wrong_unmap *wrong = &snap->wrong_unmaps[i];

		if (strcmp(wrong->device, device))
			continue;
		if (!any)
			pane_title(pane, "WRONG UNMAPS (SESSION)");
		any = true;
		wrong_unmap_text(snap, wrong, text, sizeof(text));
		pane_wrap(pane, STYLE_ERROR, 2, text);
		show_stack(pane, state, &wrong->stack);
	}
}

static void show_groups(struct pane *pane, const struct tui_state *state,
			const char *device)
{
	const struct snapshot *snap = state->model->interval;
	bool any = false;

	for (size_t i = 0; i < snap->nr_live_groups; i++) {
		const struct mapping_group *group = &snap->live_groups[i];

		if (strcmp(group->device, device))
			continue;
		if (!any)
			pane_title(pane, "LIVE MAPPINGS");
		any = true;
		pane_line(pane, group->leak ? STYLE_ERROR : STYLE_PLAIN,
			  "%" PRIu64 " %s, %s, oldest %s", group->count,
			  group->leak ? "leaked" : "live", BYTES(group->bytes),
			  group->age_known ? DURATION(group->oldest_ns)
					   : "of unknown age");
		show_stack(pane, state, &group->stack);
	}
}

static void show_bounce(struct pane *pane, const struct bounce *bounce)
{
	uint64_t most = bounce_max_mapping(bounce);
	char text[64];

	if (!bounce->known)
		return;
	FACT(pane, STYLE_PLAIN, "bounces", "%s",
	     bounce_text(bounce, text, sizeof(text)));
	FACT(pane, STYLE_PLAIN, "reaches", "%s",
	     bounce_reach_text(bounce, text, sizeof(text)));
	if (bounce->unreached_slots)
		FACT(pane, STYLE_ERROR, "out of its reach",
		     "%" PRIu64 " slots of its pool", bounce->unreached_slots);
	FACT(pane, STYLE_PLAIN, "largest mapping",
	     "%s, min_align_mask %#" PRIx64, most ? BYTES(most) : "not limited",
	     bounce->min_align_mask);
}

static void show_device(struct pane *pane, const struct tui_state *state,
			const struct row *row)
{
	const struct snapshot *snap = state->model->interval;
	const struct device *device = row->device;
	const struct scene scene = tui_scene(state);
	const struct device *total = scene_total_device(&scene, device);
	const struct mapping_totals *t = &device->totals;

	if (row->pool)
		show_pool(pane, state, row->pool);
	FACT(pane, STYLE_PLAIN, "maps", "%s/s, %" PRIu64 " in the session",
	     RATE(snap, t->maps), total->totals.maps);
	FACT(pane, STYLE_PLAIN, "unmaps", "%s/s, %" PRIu64 " in the session",
	     RATE(snap, t->unmaps), total->totals.unmaps);
	FACT(pane, STYLE_PLAIN, "bytes",
	     "%s in the interval, %s in the session", BYTES(t->bytes),
	     BYTES(total->totals.bytes));
	FACT(pane, STYLE_PLAIN, "live", "%" PRIu64 " in %" PRIu64 " slots",
	     t->live, t->live_slots);
	FACT(pane, STYLE_PLAIN, "of unknown age", "%" PRIu64, t->unknown_age);
	FACT(pane, STYLE_PLAIN, "grown by", "%" PRIu64 " in %s", t->grown,
	     DURATION(device->growth.over_ns));
	FACT(pane, alarm_style(t->leaked), "leaked", "%" PRIu64, t->leaked);
	FACT(pane, STYLE_PLAIN, "oldest", "%s",
	     t->oldest_ns ? DURATION(t->oldest_ns) : UNKNOWN_TEXT);
	show_bounce(pane, &device->bounce);
	show_failures(pane, t, &total->totals);
	show_refusals(pane, state, device->name);
	show_wrong_unmaps(pane, state, device->name);
	show_waits(pane, state, &device->waits, &total->waits);
	if (histogram_total(&total->lifetime))
		pane_title(pane, "HOW LONG MAPPINGS LIVED (SESSION)");
	pane_histogram(pane, &total->lifetime, false, TUI_MAX_BAR,
		       HISTOGRAM_LINES);
	if (histogram_total(&total->size))
		pane_title(pane, "HOW LARGE MAPPINGS WERE (SESSION)");
	pane_histogram(pane, &total->size, true, TUI_MAX_BAR, HISTOGRAM_LINES);
	show_groups(pane, state, device->name);
}

/*
 * The rest
 */

static void show_owner(struct pane *pane, const struct tui_state *state,
		       const struct row *row)
{
	const struct block_owner *o = row->owner;

	FACT(pane, STYLE_PLAIN, "device", "%s",
	     *o->device ? o->device : "unknown: taken before this session");
	FACT(pane, o->device_gone ? STYLE_ERROR : STYLE_GOOD, "state", "%s",
	     o->device_gone ? "leaked: no living device's pool covers them"
			    : "live");
	FACT(pane, STYLE_PLAIN, "from pool", "%s, area %u",
	     row->pool ? row->pool->name : UNKNOWN_TEXT, o->area);
	FACT(pane, STYLE_PLAIN, "blocks", "%u from %u on (%s)", o->blocks,
	     o->first_block,
	     BYTES((uint64_t)o->blocks * BLOCK_SLOTS * SLOT_BYTES));
	if (o->areas)
		FACT(pane, STYLE_PLAIN, "areas of its pool", "%u", o->areas);
	FACT(pane, STYLE_PLAIN, "age", "%s",
	     o->age_known ? DURATION(o->age_ns)
			  : "unknown: taken before this session");
	pane_title(pane, "TAKEN BY");
	show_stack(pane, state, &o->stack);
}

static void show_finding(struct pane *pane, const struct tui_state *state,
			 const struct finding *finding)
{
	const struct snapshot *snap = state->model->interval;
	char text[FINDING_TEXT_LEN];

	FACT(pane, severity_style(finding->severity), "severity", "%s",
	     severity_name(finding->severity));
	pane_title(pane, "WHAT WAS SEEN");
	pane_wrap(pane, STYLE_PLAIN, 0, finding_text(finding, snap, text));
	pane_title(pane, "WHAT TO DO");
	pane_wrap(pane, STYLE_PLAIN, 0, finding_advice(finding, snap, text));
}

static void show_hook(struct pane *pane, const struct hook *hook)
{
	char levels[96];

	FACT(pane, hook->state == HOOK_ABSENT ? STYLE_WARNING : STYLE_GOOD,
	     "state", "%s", hook_state_name(hook->state));
	FACT(pane, STYLE_PLAIN, "attached to", "%s",
	     *hook->target ? hook->target : "nothing");
	FACT(pane, STYLE_PLAIN, "level", "%s",
	     levels_format(hook->level, levels, sizeof(levels)));
	if (!*hook->reason)
		return;
	pane_title(pane, "WHY IT IS NOT BETTER");
	pane_wrap(pane, STYLE_PLAIN, 0, hook->reason);
}

static void show_loss(struct pane *pane, const struct loss *loss)
{
	char events[256];

	FACT(pane, loss->count ? STYLE_WARNING : STYLE_PLAIN, "lost",
	     "%" PRIu64 " times in the session", loss->count);
	FACT(pane, STYLE_PLAIN, "bears on", "%s",
	     events_format(loss->events, events, sizeof(events)));
	pane_title(pane, "WHAT THAT MEANS");
	pane_wrap(pane, STYLE_PLAIN, 0, loss->help);
}

void pane_detail(struct pane *pane, const struct tui_state *state)
{
	const struct row *row = tui_selected(state);
	char title[TUI_TITLE_LEN];

	if (!row)
		return;
	row_title(row, title, sizeof(title));
	pane_line(pane, STYLE_TITLE, "%s", title);
	pane_next(pane);
	if (row->area)
		show_area(pane, state, row);
	else if (row->device)
		show_device(pane, state, row);
	else if (row->owner)
		show_owner(pane, state, row);
	else if (row->finding)
		show_finding(pane, state, row->finding);
	else if (row->hook)
		show_hook(pane, row->hook);
	else
		show_loss(pane, row->loss);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/doctor.h"

#include <inttypes.h>
#include <string.h>

#include "model/level.h"
#include "util/units.h"
#include "views/text.h"

#define CHECK_NAME_COLUMNS 14
#define CHECK_INDENT	   (2 + CHECK_NAME_COLUMNS + 1 + 7)

#define MAX_BOUNCING 48 /* JSON has all */

static const char *const state_names[] = { "ok", "limited", "unknown",
					   "failed" };

static enum style state_style(enum check_state state)
{
	return state == CHECK_GOOD    ? STYLE_GOOD
	       : state == CHECK_FATAL ? STYLE_ERROR
				      : STYLE_WARNING;
}

static void show_check(const struct check *check, struct pane *pane)
{
	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, STYLE_PLAIN, ALIGN_LEFT, CHECK_NAME_COLUMNS,
		  check->name);
	pane_cell(pane, state_style(check->state), ALIGN_LEFT, 7,
		  state_names[check->state]);
	pane_wrap(pane, STYLE_PLAIN, CHECK_INDENT, check->text);
	if (!*check->remedy)
		return;
	pane_put(pane, STYLE_PLAIN, "%*s", CHECK_INDENT + 1, "");
	pane_wrap(pane, STYLE_DIM, CHECK_INDENT + 1, check->remedy);
}

static void show_pool(const struct pool *pool, struct pane *pane)
{
	char bytes[UNIT_TEXT_LEN];

	pane_line(pane, STYLE_PLAIN,
		  "  %s (%s): %" PRIu64 " slots (%s) in %u area%s, %s",
		  pool->name, pool_kind_name(pool->kind), pool->slots,
		  format_bytes(bytes, sizeof(bytes), pool->slots * SLOT_BYTES),
		  pool->nr_areas, plural(pool->nr_areas),
		  pool->blocks_known ? "with block lists" : "no block lists");
}

static void show_pools(const struct snapshot *snap, struct pane *pane)
{
	unsigned int transient = 0;

	for (size_t i = 0; i < snap->nr_pools; i++) {
		if (snap->pools[i].kind == POOL_TRANSIENT)
			transient++;
		else
			show_pool(&snap->pools[i], pane);
	}
	if (transient)
		pane_line(pane, STYLE_PLAIN,
			  "  transient: %u pool%s, made for one mapping each",
			  transient, plural(transient));
}

static void show_level(const struct snapshot *snap,
		       const struct level_info *info, struct pane *pane)
{
	const char *missing = snapshot_level_missing(snap, info->level);

	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, missing ? STYLE_WARNING : STYLE_GOOD, ALIGN_LEFT, 12,
		  info->name);
	pane_wrap(pane, STYLE_PLAIN, 15, missing ? missing : info->help);
}

static void show_memory(const char *what, uint64_t now, uint64_t later,
			struct pane *pane)
{
	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, STYLE_PLAIN, ALIGN_LEFT, 12, what);
	if (later)
		pane_line(pane, STYLE_PLAIN,
			  "%s, and up to %s more as tables fill", BYTES(now),
			  BYTES(later));
	else
		pane_line(pane, STYLE_PLAIN, "%s", BYTES(now));
}

/* The tables of the concern that the table at @first is of, unless shown. */
static void show_tables_of(const struct snapshot *snap, size_t first,
			   struct pane *pane)
{
	const char *concern = snap->tables[first].concern;
	uint64_t bytes[2] = { 0 };

	for (size_t i = 0; i < snap->nr_tables; i++) {
		const struct table *table = &snap->tables[i];

		if (strcmp(table->concern, concern) != 0)
			continue;
		if (i < first)
			return;
		bytes[table->grows] += table->bytes;
	}
	show_memory(concern, bytes[0], bytes[1], pane);
}

/* All levels are attached here; a report says what its own take. */
static void show_tables(const struct snapshot *snap, struct pane *pane)
{
	pane_end(pane);
	pane_line(pane, STYLE_TITLE, "MEMORY");
	for (size_t i = 0; i < snap->nr_tables; i++)
		show_tables_of(snap, i, pane);
	show_memory("all levels", snapshot_table_bytes(snap, false),
		    snapshot_table_bytes(snap, true), pane);
	pane_line(
		pane, STYLE_DIM,
		"  report --format json lists the tables of the levels it attaches");
}

void doctor_view(const struct snapshot *snap, const struct check *checks,
		 size_t nr_checks, struct pane *pane)
{
	pane_line(pane, STYLE_TITLE, "MACHINE");
	for (size_t i = 0; i < nr_checks; i++)
		show_check(&checks[i], pane);
	if (*snap->kernel.layout)
		pane_line(pane, STYLE_PLAIN, "  layout: %s",
			  snap->kernel.layout);
	if (*snap->kernel.boot_args)
		pane_line(pane, STYLE_PLAIN, "  boot arguments: %s",
			  snap->kernel.boot_args);
	if (snap->nr_pools) {
		pane_end(pane);
		pane_line(pane, STYLE_TITLE, "POOLS");
	}
	show_pools(snap, pane);
	if (snap->bounces.known || *snap->bounces.reason) {
		pane_end(pane);
		pane_line(pane, STYLE_TITLE, "BOUNCING");
		text_bouncing(snap, MAX_BOUNCING, pane);
	}
	if (!snap->nr_hooks)
		return;
	pane_end(pane);
	pane_line(pane, STYLE_TITLE, "LEVELS");
	for (unsigned int i = 0; i < level_count; i++)
		if (snap->levels & level_table[i].level)
			show_level(snap, &level_table[i], pane);
	pane_end(pane);
	pane_line(pane, STYLE_TITLE, "HOOKS");
	text_hooks(snap, pane);
	if (snap->nr_tables)
		show_tables(snap, pane);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_table.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "model/level.h"
#include "util/search.h"

/*
 * Rows
 */

static bool text_matches(const char *filter, const char *text)
{
	char pattern[TUI_FILTER_LEN + 2];

	if (!strpbrk(filter, "*?["))
		return strcasestr(text, filter);
	snprintf(pattern, sizeof(pattern), "%s", filter);
	return !fnmatch(pattern, text, FNM_CASEFOLD);
}

static bool row_matches(const struct tui_state *state, const struct row *row)
{
	const char *filter = state->filter;
	char text[FINDING_TEXT_LEN];

	if (!*filter)
		return true;
	if (row->pool && (text_matches(filter, row->pool->name) ||
			  text_matches(filter, row->pool->device)))
		return true;
	if (row->device)
		return text_matches(filter, row->device->name);
	if (row->owner)
		return text_matches(filter, row_owner(row));
	if (row->finding)
		return text_matches(filter, row->finding->rule->id) ||
		       text_matches(filter,
				    finding_text(row->finding,
						 state->model->interval, text));
	if (row->hook || row->loss)
		return text_matches(filter, row_hook(row));
	return false;
}

static int add_row(struct tui_state *state, const struct row *row)
{
	struct row *grown;

	if (!row_matches(state, row)) {
		state->hidden++;
		return 0;
	}
	if (state->nr_rows == state->room) {
		size_t room = state->room ? state->room * 2 : 64;

		grown = reallocarray(state->rows, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		state->rows = grown;
		state->room = room;
	}
	state->rows[state->nr_rows] = *row;
	state->rows[state->nr_rows].order = state->nr_rows;
	state->nr_rows++;
	return 0;
}

static int add_areas(struct tui_state *state)
{
	const struct snapshot *snap = state->model->interval;
	int err = 0;

	for (size_t i = 0; i < snap->nr_pools && !err; i++) {
		const struct pool *pool = &snap->pools[i];

		for (unsigned int j = 0; j < pool->nr_areas && !err; j++)
			err = add_row(state,
				      &(struct row){
					      .key = { (uint64_t)pool->id, j },
					      .pool = pool,
					      .area = &pool->areas[j],
				      });
	}
	return err;
}

static int add_devices(struct tui_state *state)
{
	const struct snapshot *snap = state->model->interval;
	int err = 0;

	for (size_t i = 0; i < snap->nr_devices && !err; i++) {
		const struct device *device = &snap->devices[i];

		err = add_row(
			state,
			&(struct row){
				.key = { device->id, hash_text(device->name) },
				.device = device,
				.pool = snapshot_pool(snap, device->pool_id),
			});
	}
	return err;
}

static int add_owners(struct tui_state *state)
{
	const struct snapshot *snap = state->model->interval;
	int err = 0;

	for (size_t i = 0; i < snap->nr_owners && !err; i++) {
		const struct block_owner *owner = &snap->owners[i];

		err = add_row(state, &(struct row){
					     .key = { (uint64_t)owner->pool_id,
						      owner->first_block },
					     .owner = owner,
					     .pool = snapshot_pool(
						     snap, owner->pool_id),
				     });
	}
	return err;
}

static int add_findings(struct tui_state *state)
{
	const struct findings *findings = state->model->findings;
	int err = 0;

	for (size_t i = 0; i < findings->count && !err; i++) {
		const struct finding *finding = &findings->list[i];

		err = add_row(
			state,
			&(struct row){
				.key = { hash_text(finding->rule->id),
					 hash_text(finding->subject) },
				.finding = finding,
				.pool = snapshot_pool(state->model->interval,
						      finding->pool_id),
			});
	}
	return err;
}

static int add_hooks(struct tui_state *state)
{
	/* What was lost counts for the whole session. */
	const struct snapshot *snap = state->model->total;
	int err = 0;

	for (size_t i = 0; i < snap->nr_hooks && !err; i++)
		err = add_row(
			state,
			&(struct row){
				.key = { hash_text(snap->hooks[i].name), 0 },
				.hook = &snap->hooks[i],
			});
	for (size_t i = 0; i < snap->nr_losses && !err; i++)
		err = add_row(
			state,
			&(struct row){
				.key = { hash_text(snap->losses[i].cause), 1 },
				.loss = &snap->losses[i],
			});
	return err;
}

static const char *no_areas(const struct tui_state *state)
{
	return state->model->interval->nr_pools
		       ? "no areas"
		       : "this kernel has no swiotlb pool any more";
}

static const char *no_devices(const struct tui_state *state)
{
	const char *missing =
		snapshot_level_missing(state->model->interval, LEVEL_MAPPINGS);

	if (!(state->model->interval->levels & LEVEL_MAPPINGS))
		return "devices are seen at the mappings level: press m to "
		       "attach it";
	return missing ? missing : "no device has mapped anything yet";
}

static const char *no_owners(const struct tui_state *state)
{
	return snapshot_blocks_known(state->model->interval)
		       ? "no block is taken"
		       : "this kernel has no device blocks";
}

static const char *no_findings(const struct tui_state *state)
{
	(void)state;
	return "nothing amiss in the last interval";
}

static const char *no_hooks(const struct tui_state *state)
{
	(void)state;
	return "nothing is attached";
}

static const struct tui_table tables[] = {
	[TUI_OVERVIEW] = { overview_columns, add_areas, no_areas, -1 },
	[TUI_AREAS] = { area_columns, add_areas, no_areas, -1 },
	[TUI_LOCKS] = { lock_columns, add_areas, no_areas, 3 },
	[TUI_DEVICES] = { device_columns, add_devices, no_devices, 3 },
	[TUI_BLOCKS] = { block_columns, add_owners, no_owners, -1 },
	[TUI_FINDINGS] = { finding_columns, add_findings, no_findings, -1 },
	[TUI_DOCTOR] = { doctor_columns, add_hooks, no_hooks, -1 },
};

const struct tui_table *tui_table(enum tui_screen screen)
{
	return &tables[screen];
}

/*
 * Sorting and selecting
 */

static int compare_rows(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	int order;

	if (left->name && right->name) {
		order = strcmp(left->name, right->name);
		if (order)
			return order;
	}
	if (left->number != right->number)
		return left->number > right->number ? -1 : 1;
	return left->order < right->order ? -1 : 1;
}

static void sort_rows(struct tui_state *state)
{
	const struct tui_list *list = &state->lists[state->screen];
	const struct column *columns = tui_table(state->screen)->columns;

	if (list->sort >= 0 && state->nr_rows) {
		const struct column *column = &columns[list->sort];
		const struct field *metric = column_metric(column);
		const struct scene scene = tui_scene(state);

		for (size_t i = 0; i < state->nr_rows; i++) {
			struct row *row = &state->rows[i];

			row->number =
				column_number(column, metric, &scene, row);
			row->name = column->name ? column->name(row) : NULL;
		}
		qsort(state->rows, state->nr_rows, sizeof(*state->rows),
		      compare_rows);
	}
	if (!list->reverse)
		return;
	for (size_t i = 0, j = state->nr_rows; i + 1 < j; i++) {
		struct row moving = state->rows[i];

		state->rows[i] = state->rows[--j];
		state->rows[j] = moving;
	}
}

static void follow_selection(struct tui_state *state)
{
	struct tui_list *list = &state->lists[state->screen];

	if (!state->nr_rows) {
		list->selected = 0;
		return;
	}
	for (size_t i = 0; list->chosen && i < state->nr_rows; i++) {
		if (!memcmp(state->rows[i].key, list->key, sizeof(list->key))) {
			list->selected = i;
			return;
		}
	}
	if (list->selected >= state->nr_rows)
		list->selected = state->nr_rows - 1;
	memcpy(list->key, state->rows[list->selected].key, sizeof(list->key));
}

int tui_table_build(struct tui_state *state)
{
	int err;

	state->nr_rows = 0;
	state->hidden = 0;
	if (!state->model)
		return 0;
	err = tui_table(state->screen)->add(state);
	sort_rows(state);
	follow_selection(state);
	return err;
}

char *row_title(const struct row *row, char *text, size_t len)
{
	if (row->area)
		snprintf(text, len, "pool %s, area %u", row->pool->name,
			 row->area->index);
	else if (row->device)
		snprintf(text, len, "device %s", row->device->name);
	else if (row->owner)
		snprintf(text, len, "blocks %u to %u of pool %s",
			 row->owner->first_block,
			 row->owner->first_block + row->owner->blocks - 1,
			 row_pool(row));
	else if (row->finding)
		snprintf(text, len, "finding %s", row->finding->rule->id);
	else if (row->hook)
		snprintf(text, len, "hook %s", row->hook->name);
	else
		snprintf(text, len, "loss %s", row->loss->cause);
	return text;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/verdict_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "util/text.h"
#include "util/units.h"
#include "views/phrases.h"

/*
 * Doubts
 */

static const struct field *metric_of(const struct verdict *verdict)
{
	return verdict->assertion->metric;
}

/* The figure of a subject, which is unknown or has nothing to compare with. */
static void write_figure(const struct verdict *verdict, char *text)
{
	char who[2 * NAME_LEN + 32];

	subject_text(metric_of(verdict), &verdict->doubt.of, who, sizeof(who));
	snprintf(text, DOUBT_TEXT_LEN, "%s%s%s ", metric_of(verdict)->metric,
		 *who ? " of " : "", who);
}

static void write_nothing(const struct verdict *verdict, char *text)
{
	static const char *const nothing[] = {
		[SCOPE_SYSTEM] = "nothing to judge",
		[SCOPE_POOL] = "no pool matches the filter",
		[SCOPE_AREA] = "no area matches the filter",
		[SCOPE_DEVICE] = "no device matches the filter",
	};
	bool filtered = false;

	for (int i = 0; i < FILTERS; i++)
		filtered |= verdict->assertion->patterns[i] != NULL;
	text_append(text, DOUBT_TEXT_LEN, "%s",
		    filtered ? nothing[metric_of(verdict)->scope]
			     : "there is nothing that has this figure");
}

static void write_range(const struct verdict *verdict, char *text)
{
	const struct range *range = &verdict->doubt.range;
	char low[UNIT_TEXT_LEN], high[UNIT_TEXT_LEN];

	metric_text(metric_of(verdict), (double)range->low, low, sizeof(low));
	metric_text(metric_of(verdict), (double)range->high, high,
		    sizeof(high));
	if (range->low == INT64_MIN || range->high < range->low)
		text_append(text, DOUBT_TEXT_LEN,
			    "the true value is not known: ");
	else if (range->high == INT64_MAX)
		text_append(text, DOUBT_TEXT_LEN, "it is %s or more: ", low);
	else
		text_append(text, DOUBT_TEXT_LEN,
			    "it is between %s and %s: ", low, high);
}

/* The events that were missed, of those that the figure rests on. */
static void write_missed(const struct verdict *verdict,
			 const struct snapshot *snap, char *text)
{
	const struct basis *basis = &basis_table[metric_of(verdict)->basis];
	const char *separator = "";

	for (size_t i = 0; i < snap->nr_losses; i++) {
		const struct loss *loss = &snap->losses[i];

		if (!basis_loss(basis, loss))
			continue;
		text_append(text, DOUBT_TEXT_LEN,
			    "%s%" PRIu64 " missed (%s: %s)", separator,
			    loss->count, loss->cause, loss->help);
		separator = ", ";
	}
	for (size_t i = 0; i < snap->nr_hooks; i++) {
		const struct hook *hook = &snap->hooks[i];

		if (!basis_hook(basis, hook))
			continue;
		text_append(text, DOUBT_TEXT_LEN,
			    "%snot everything is seen (%s, %s: %s)", separator,
			    hook->name, hook_state_name(hook->state),
			    hook->reason);
		separator = ", ";
	}
}

char *doubt_text(const struct verdict *verdict, const struct snapshot *snap,
		 char *text)
{
	const struct doubt *doubt = &verdict->doubt;

	*text = '\0';
	switch (doubt->kind) {
	case DOUBT_NONE:
		break;
	case DOUBT_NO_SUBJECT:
		write_nothing(verdict, text);
		break;
	case DOUBT_LEVEL:
		text_append(text, DOUBT_TEXT_LEN, "%s is unknown: %s",
			    metric_of(verdict)->metric, doubt->why);
		break;
	case DOUBT_UNKNOWN:
		write_figure(verdict, text);
		text_append(text, DOUBT_TEXT_LEN, "is unknown: %s", doubt->why);
		break;
	case DOUBT_BASELINE:
		write_figure(verdict, text);
		text_append(text, DOUBT_TEXT_LEN,
			    "cannot be compared: the baseline has no such "
			    "figure");
		break;
	case DOUBT_OPEN:
		text_append(text, DOUBT_TEXT_LEN, "%s", doubt->why);
		break;
	case DOUBT_RANGE:
		write_range(verdict, text);
		write_missed(verdict, snap, text);
		break;
	case DOUBT_HIDDEN:
		text_append(text, DOUBT_TEXT_LEN,
			    "not every %s may have been found: ",
			    entity_table[metric_of(verdict)->scope].name);
		write_missed(verdict, snap, text);
		break;
	}
	return text;
}

/*
 * Culprits
 */

static const char *pool_name(const struct snapshot *snap, int id)
{
	const struct pool *pool = snapshot_pool(snap, id);

	return pool ? pool->name : "unknown";
}

static void write_owner(const struct block_owner *owner,
			const struct snapshot *snap, char *text)
{
	snprintf(text, CULPRIT_TEXT_LEN,
		 "%s%s: %u block%s (%s) of pool %s, area %u, from block %u",
		 device_or_unknown(owner->device),
		 owner->device_gone ? " (gone)" : "", owner->blocks,
		 plural(owner->blocks), BYTES(owner->blocks * BLOCK_BYTES),
		 pool_name(snap, owner->pool_id), owner->area,
		 owner->first_block);
	if (owner->age_known)
		text_append(text, CULPRIT_TEXT_LEN, ", for %s",
			    DURATION(owner->age_ns));
}

static void write_group(const struct mapping_group *group,
			const struct snapshot *snap, char *text)
{
	snprintf(text, CULPRIT_TEXT_LEN,
		 "%s: %" PRIu64 " mapping%s (%s) in pool %s",
		 device_or_unknown(group->device), group->count,
		 plural(group->count), BYTES(group->bytes),
		 pool_name(snap, group->pool_id));
	if (group->age_known)
		text_append(text, CULPRIT_TEXT_LEN, ", oldest %s",
			    DURATION(group->oldest_ns));
}

static void write_stale_pool(const struct pool *pool,
			     const struct snapshot *snap, char *text)
{
	snprintf(text, CULPRIT_TEXT_LEN,
		 "%s: pool of %s, from pool %s, given back", pool->device,
		 BYTES(pool->slots * SLOT_BYTES),
		 pool_name(snap, pool->parent_id));
}

static void write_part(const struct culprit *culprit, char *text)
{
	char who[2 * NAME_LEN + 32], figure[UNIT_TEXT_LEN];
	const struct field *part = culprit->part.figure;

	snprintf(text, CULPRIT_TEXT_LEN, "%s: %s",
		 subject_text(part, &culprit->part.of, who, sizeof(who)),
		 metric_text(part, (double)culprit->part.value, figure,
			     sizeof(figure)));
}

char *culprit_text(const struct culprit *culprit, const struct snapshot *snap,
		   char *text)
{
	switch (culprit->kind) {
	case CULPRIT_OWNER:
		write_owner(culprit->owner, snap, text);
		break;
	case CULPRIT_GROUP:
		write_group(culprit->group, snap, text);
		break;
	case CULPRIT_UNMAP:
		wrong_unmap_text(snap, culprit->unmap, text, CULPRIT_TEXT_LEN);
		break;
	case CULPRIT_STALE_POOL:
		write_stale_pool(culprit->pool, snap, text);
		break;
	case CULPRIT_PART:
		write_part(culprit, text);
		break;
	}
	return text;
}

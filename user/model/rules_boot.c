/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdio.h>

#include "model/rules.h"

/* An argument as it can be passed at boot. */
static void add_argument(struct finding *f, const char *name, uint64_t slots,
			 uint64_t areas, bool force)
{
	char argument[BOOT_TEXT_LEN];

	snprintf(argument, sizeof(argument),
		 "swiotlb=%" PRIu64 ",%" PRIu64 "%s", slots, areas,
		 force ? ",force" : "");
	add_word(f, name, argument);
}

static void add_slots(struct finding *f, const char *name, uint64_t slots)
{
	add_figure(f, name, UNIT_SLOTS, slots);
}

bool check_boot_ignored(const struct subject *s, struct finding *f)
{
	const struct boot_request *boot = &s->snap->boot;
	char argument[BOOT_TEXT_LEN + 16];

	boot_advice(boot, argument, sizeof(argument));
	add_word(f, "asked", boot->asked);
	add_word(f, "ignored", boot->ignored);
	add_word(f, "argument", argument);
	if (boot->asked_slots)
		add_slots(f, "asked_slots", boot->asked_slots);
	return *boot->ignored;
}

bool check_boot_reduced(const struct subject *s, struct finding *f)
{
	const struct boot_request *boot = &s->snap->boot;
	const struct pool *pool = s->pool;

	add_slots(f, "asked_slots", boot->slots);
	add_slots(f, "slots", pool->slots);
	add_argument(f, "argument", pool->slots, pool->nr_areas, boot->force);
	return pool == snapshot_default_pool(s->snap) && boot->asked_slots &&
	       pool->slots < boot->slots;
}

/* The largest power of two that is not above a number. */
static uint64_t rounded_down(uint64_t number)
{
	uint64_t power = 1;

	while (power <= number / 2)
		power *= 2;
	return power;
}

/* An argument for no more slots than asked for. */
static void add_fewer(struct finding *f, const struct boot_request *boot)
{
	const uint64_t slots = rounded_down(boot->asked_slots);
	uint64_t areas = slots / SEGMENT_SLOTS;

	if (boot->areas < areas)
		areas = boot->areas;
	add_slots(f, "asked_slots", boot->asked_slots);
	add_argument(f, "smaller_argument", slots, areas, false);
}

bool check_boot_rounded(const struct subject *s, struct finding *f)
{
	const struct boot_request *boot = &s->snap->boot;
	const struct pool *pool = s->pool;
	const bool slots =
		boot->asked_slots && boot->asked_slots != boot->slots;
	const bool areas =
		boot->asked_areas && boot->asked_areas != boot->areas;

	add_word(f, "asked", boot->asked);
	add_slots(f, "slots", pool->slots);
	add_figure(f, "areas", UNIT_COUNT, pool->nr_areas);
	add_argument(f, "argument", boot->slots, boot->areas, false);
	if (boot->areas && boot->asked_slots >= SEGMENT_SLOTS &&
	    boot->asked_slots < boot->slots)
		add_fewer(f, boot);
	return pool == snapshot_default_pool(s->snap) &&
	       pool->slots >= boot->slots && (slots || areas);
}

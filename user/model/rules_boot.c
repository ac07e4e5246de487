/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"

#include <errno.h>
#include <inttypes.h>

#include "util/units.h"

#define SLOTS_TEXT(slots) (slots), BYTES((slots)*SLOT_BYTES)

int check_boot_ignored(const struct snapshot *snap, struct findings *findings)
{
	const struct boot_request *boot = &snap->boot;
	char argument[BOOT_TEXT_LEN + 16];
	struct finding *f;

	if (!*boot->ignored)
		return 0;
	f = add_finding(findings, "boot-ignored", SEVERITY_WARNING, -1);
	if (!f)
		return -ENOMEM;
	append_text(f->text,
		    "of the boot argument swiotlb=%s the kernel ignored \"%s\"",
		    boot->asked, boot->ignored);
	if (boot->asked_slots)
		append_text(f->text, ", so it asked for %" PRIu64 " slots (%s)",
			    SLOTS_TEXT(boot->asked_slots));
	boot_advice(boot, argument, sizeof(argument));
	append_text(f->advice,
		    "write %s: slots of 2 KiB, not bytes; then the areas; then "
		    "force or noforce",
		    argument);
	return 0;
}

int check_boot_reduced(const struct snapshot *snap, struct findings *findings)
{
	const struct boot_request *boot = &snap->boot;
	const struct pool *pool = snapshot_default_pool(snap);
	struct finding *f;

	if (!pool || !boot->asked_slots || pool->slots >= boot->slots)
		return 0;
	f = add_finding(findings, "boot-reduced", SEVERITY_WARNING, pool->id);
	if (!f)
		return -ENOMEM;
	append_text(f->text,
		    "%" PRIu64 " slots (%s) were asked for at boot, and the "
		    "pool has %" PRIu64 " (%s)",
		    SLOTS_TEXT(boot->slots), SLOTS_TEXT(pool->slots));
	append_text(f->text,
		    ": no larger piece of memory was free below 4 GiB");
	append_text(f->advice,
		    "write swiotlb=%" PRIu64
		    ",%u%s for what there is room for; "
		    "more takes memory below 4 GiB that is free at boot "
		    "(crashkernel=, cma= and hugepages= take it)",
		    pool->slots, pool->nr_areas, boot->force ? ",force" : "");
	return 0;
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
static void advise_fewer(const struct boot_request *boot, char *advice)
{
	const uint64_t slots = rounded_down(boot->asked_slots);
	uint64_t areas = slots / SEGMENT_SLOTS;

	if (boot->areas < areas)
		areas = boot->areas;
	append_text(advice,
		    "; for %" PRIu64 " slots (%s) at most: swiotlb=%" PRIu64
		    ",%" PRIu64,
		    SLOTS_TEXT(boot->asked_slots), slots, areas);
}

int check_boot_rounded(const struct snapshot *snap, struct findings *findings)
{
	const struct boot_request *boot = &snap->boot;
	const struct pool *pool = snapshot_default_pool(snap);
	const bool slots =
		boot->asked_slots && boot->asked_slots != boot->slots;
	const bool areas =
		boot->asked_areas && boot->asked_areas != boot->areas;
	struct finding *f;

	if (!pool || pool->slots < boot->slots || (!slots && !areas))
		return 0;
	f = add_finding(findings, "boot-rounded", SEVERITY_NOTE, pool->id);
	if (!f)
		return -ENOMEM;
	append_text(f->text,
		    "swiotlb=%s was rounded at boot: to %" PRIu64
		    " slots (%s) in %u area%s; both become powers of two, and "
		    "an area has 128 slots at least",
		    boot->asked, SLOTS_TEXT(pool->slots), pool->nr_areas,
		    plural(pool->nr_areas));
	append_text(f->advice, "write swiotlb=%" PRIu64 ",%u for the same",
		    boot->slots, boot->areas);
	if (boot->areas && boot->asked_slots >= SEGMENT_SLOTS &&
	    boot->asked_slots < boot->slots)
		advise_fewer(boot, f->advice);
	return 0;
}

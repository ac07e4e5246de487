/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"

#include <errno.h>
#include <inttypes.h>

#include "util/units.h"

/* A request of half a segment or more no longer fits. */
#define FRAGMENTED_RUN (SEGMENT_SLOTS / 2)

int check_stale_pool(const struct snapshot *snap, struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];
		const struct pool *parent =
			snapshot_pool(snap, pool->parent_id);
		bool mapped = counter_known(pool->used) && pool->used;
		struct finding *f;

		if (!pool->stale)
			continue;
		f = add_finding(findings, "stale-pool",
				mapped ? SEVERITY_ERROR : SEVERITY_WARNING,
				pool->id);
		if (!f)
			return -ENOMEM;
		append_text(
			f->text,
			"pool %s: given back to pool %s, but its device still "
			"has it%s",
			pool->name, parent ? parent->name : "unknown",
			mapped ? " and bounces through memory that others "
				 "may get"
			       : "");
		append_text(
			f->advice,
			"a kernel fault: swiotlb_device_free() must give the "
			"device its former pool again; until then it must not "
			"map");
	}
	return 0;
}

static int add_list_errors(const struct pool *pool, struct findings *findings)
{
	uint64_t slots = 0, blocks = 0;
	struct finding *f;

	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		slots += pool->areas[i].list_errors;
		blocks += pool->areas[i].blocks.list_errors;
	}
	if (!slots && !blocks)
		return 0;
	f = add_finding(findings, "list-errors", SEVERITY_ERROR, pool->id);
	if (!f)
		return -ENOMEM;
	append_text(f->text,
		    "pool %s: run lengths contradict their neighbours: ",
		    pool->name);
	if (blocks)
		append_text(f->text, "%" PRIu64 " in the block list%s", blocks,
			    slots ? ", " : "");
	if (slots)
		append_text(f->text, "%" PRIu64 " in the slot list", slots);
	append_text(
		f->advice,
		"a kernel fault: memory in use may be handed out a second time; "
		"stop the workload and look at what frees blocks and slots");
	return 0;
}

int check_list_errors(const struct snapshot *snap, struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_pools; i++)
		if (add_list_errors(&snap->pools[i], findings))
			return -ENOMEM;
	return 0;
}

int check_used_drift(const struct snapshot *snap, struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];
		unsigned int areas = 0;
		int64_t sum = 0;
		struct finding *f;

		for (unsigned int j = 0; j < pool->nr_areas; j++) {
			const struct area *area = &pool->areas[j];

			if (!area->drift_known || !area->drift)
				continue;
			areas++;
			sum += area->drift;
		}
		if (!areas)
			continue;
		f = add_finding(findings, "used-drift", SEVERITY_ERROR,
				pool->id);
		if (!f)
			return -ENOMEM;
		append_text(
			f->text,
			"pool %s: the kernel's used counter of %u area%s "
			"differs from the slots taken, in total by %+" PRId64,
			pool->name, areas, plural(areas), sum);
		append_text(
			f->advice,
			"a kernel fault: io_tlb_used in debugfs is wrong by as "
			"much; the slots counted one by one are the truth");
	}
	return 0;
}

/* The kernel makes room in a full pool itself, as check_grown() says. */
bool pool_grows(const struct snapshot *snap, const struct pool *pool)
{
	return snap->kernel.pools_grow &&
	       (pool->kind == POOL_DEFAULT || pool->kind == POOL_DYNAMIC);
}

int check_nearly_full(const struct snapshot *snap, struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];
		struct finding *f;

		if (pool->kind == POOL_TRANSIENT || pool_grows(snap, pool) ||
		    !pool->slots || !counter_known(pool->used) ||
		    !counter_known(pool->used_peak) ||
		    pool->used_peak < pool->slots * NEARLY_FULL_PERCENT / 100)
			continue;
		f = add_finding(findings, "pool-nearly-full", SEVERITY_WARNING,
				pool->id);
		if (!f)
			return -ENOMEM;
		append_text(f->text,
			    "pool %s was %s full: %" PRIu64 " of %" PRIu64
			    " slots at its peak, %" PRIu64 " now",
			    pool->name, PERCENT(pool->used_peak, pool->slots),
			    pool->used_peak, pool->slots, pool->used);
		append_text(
			f->advice,
			pool->kind == POOL_DEFAULT
				? "boot with a larger pool (swiotlb=SLOTS), "
				  "unless a leak fills it"
				: "give the device a larger pool, unless a leak "
				  "fills it");
	}
	return 0;
}

/**
 * struct pool_growth - what the kernel has added to the default pool
 * @slots: of the default pool
 * @dynamic: pools added
 * @dynamic_slots: their slots
 * @transient: pools made for one mapping and live now
 * @transient_slots: their slots
 */
struct pool_growth {
	uint64_t slots;
	unsigned int dynamic;
	uint64_t dynamic_slots;
	unsigned int transient;
	uint64_t transient_slots;
};

static void sum_growth(const struct snapshot *snap, struct pool_growth *g)
{
	*g = (struct pool_growth){ 0 };
	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];

		if (pool->kind == POOL_DEFAULT) {
			g->slots += pool->slots;
		} else if (pool->kind == POOL_DYNAMIC) {
			g->dynamic++;
			g->dynamic_slots += pool->slots;
		} else if (pool->kind == POOL_TRANSIENT) {
			g->transient++;
			g->transient_slots += pool->slots;
		}
	}
}

int check_grown(const struct snapshot *snap, struct findings *findings)
{
	struct pool_growth g;
	struct finding *f;

	sum_growth(snap, &g);
	if (!g.dynamic && !g.transient)
		return 0;
	f = add_finding(findings, "pool-grown", SEVERITY_NOTE, -1);
	if (!f)
		return -ENOMEM;
	append_text(f->text, "the default pool of %" PRIu64 " slots was full: ",
		    g.slots);
	if (g.dynamic)
		append_text(f->text,
			    "the kernel added %u pool%s of %" PRIu64
			    " slots in total",
			    g.dynamic, plural(g.dynamic), g.dynamic_slots);
	if (g.transient)
		append_text(f->text,
			    "%s%u mapping%s a pool of %s own (%" PRIu64
			    " slots)",
			    g.dynamic ? ", and " : "", g.transient,
			    g.transient == 1 ? " has" : "s have",
			    g.transient == 1 ? "its" : "their",
			    g.transient_slots);
	append_text(f->advice,
		    "a mapping that finds no free slot allocates memory first, "
		    "which is slow and can fail: boot with swiotlb=%" PRIu64
		    " or more, unless a leak fills the pools",
		    g.slots + g.dynamic_slots + g.transient_slots);
	return 0;
}

static bool is_fragmented(const struct area *area)
{
	return area->busy < area->slots &&
	       area->slots - area->busy >= SEGMENT_SLOTS && !area->long_run &&
	       area->largest_free < FRAGMENTED_RUN;
}

int check_fragmented(const struct snapshot *snap, struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];
		const struct area *worst = NULL;
		unsigned int areas = 0;
		struct finding *f;

		for (unsigned int j = 0; j < pool->nr_areas; j++) {
			const struct area *area = &pool->areas[j];

			if (!is_fragmented(area))
				continue;
			areas++;
			if (!worst || area->largest_free < worst->largest_free)
				worst = area;
		}
		if (!worst)
			continue;
		f = add_finding(findings, "fragmented-area", SEVERITY_WARNING,
				pool->id);
		if (!f)
			return -ENOMEM;
		append_text(
			f->text,
			"pool %s: %u of %u areas fragmented: area %u has %" PRIu64
			" free slots, but a mapping can take %u at most (%s)",
			pool->name, areas, pool->nr_areas, worst->index,
			worst->slots - worst->busy, worst->largest_free,
			BYTES((uint64_t)worst->largest_free * SLOT_BYTES));
		append_text(
			f->advice,
			"many small, long-lived mappings break up the segments: "
			"find their device (--level mappings) and give it, or "
			"those that map large buffers, a pool of their own");
	}
	return 0;
}

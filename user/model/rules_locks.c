/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

#include "model/rules.h"
#include "util/units.h"

/* Contention below both is worth a note, not a warning. */
#define CONTENDED_PER_MILLE 10 /* of one CPU's time */
#define CONTENDED_P99_NS    (50 * NS_PER_US)

/* The waits took a share of the window that is worth a warning. */
static bool take_time(const struct waits *waits, const struct snapshot *snap)
{
	return waits->total_ns >=
	       snap->window.duration_ns / 1000 * CONTENDED_PER_MILLE;
}

static void add_waits(struct finding *f, const struct waits *waits)
{
	add_figure(f, "waits", UNIT_COUNT, waits->contended);
	add_figure(f, "total", UNIT_NS, waits->total_ns);
}

bool check_contended(const struct subject *s, struct finding *f)
{
	const struct pool *pool = s->pool;
	const struct area *worst = NULL;
	struct waits sum = { 0 };
	unsigned int areas = 0;
	uint64_t p99;

	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		const struct area *area = &pool->areas[i];

		if (!area->locks.contended)
			continue;
		areas++;
		waits_add(&sum, &area->locks);
		if (!worst || area->locks.total_ns > worst->locks.total_ns)
			worst = area;
	}
	if (!worst)
		return false;
	p99 = histogram_quantile(&sum.wait, 990, sum.max_ns);
	if (p99 >= CONTENDED_P99_NS || take_time(&sum, s->snap))
		f->severity = SEVERITY_WARNING;
	add_worst_area(f, pool, areas, worst);
	add_waits(f, &sum);
	add_figure(f, "p99", UNIT_NS, p99);
	add_figure(f, "max", UNIT_NS, sum.max_ns);
	if (pool->kind != POOL_RESTRICTED &&
	    pool->nr_areas < s->snap->kernel.cpus)
		add_figure(f, "cpus", UNIT_COUNT, s->snap->kernel.cpus);
	return true;
}

/* Fewer than one in so many waits by others is how things are. */
#define STOLEN_SHARE 10

static bool was_full(const struct area *area)
{
	return counter_known(area->used_peak) &&
	       area->used_peak >= area->slots * NEARLY_FULL_PERCENT / 100;
}

/* The CPUs with another home that waited, and one of their homes if full. */
static void add_thieves(struct finding *f, const struct pool *pool,
			const struct area *area)
{
	const struct area *full = NULL;

	for (unsigned int i = 0; i < area->nr_cpu_waits; i++) {
		const struct cpu_waits *cpu = &area->cpu_waits[i];
		const struct area *home;
		char name[16];

		if (!cpu->waits.contended || area_is_home(pool, area, cpu->cpu))
			continue;
		snprintf(name, sizeof(name), "CPU %u", cpu->cpu);
		add_part(f, "waits", cpu->waits.contended, name, cpu->cpu);
		home = &pool->areas[cpu->cpu & (pool->nr_areas - 1)];
		if (was_full(home))
			full = home;
	}
	if (!full)
		return;
	add_figure(f, "home_area", UNIT_COUNT, full->index);
	add_figure(f, "home_peak", UNIT_SLOTS, full->used_peak);
	add_figure(f, "home_slots", UNIT_SLOTS, full->slots);
}

bool check_stolen(const struct subject *s, struct finding *f)
{
	const struct pool *pool = s->pool;
	const struct area *worst = NULL;
	struct waits foreign, most = { 0 };
	unsigned int areas = 0;
	struct holds holds;

	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		const struct area *area = &pool->areas[i];

		if (!area_foreign_waits(pool, area, &foreign) ||
		    !foreign.contended ||
		    foreign.contended < area->locks.contended / STOLEN_SHARE)
			continue;
		areas++;
		if (!worst || foreign.total_ns > most.total_ns) {
			worst = area;
			most = foreign;
		}
	}
	if (!worst)
		return false;
	if (take_time(&most, s->snap))
		f->severity = SEVERITY_WARNING;
	add_worst_area(f, pool, areas, worst);
	add_waits(f, &most);
	add_figure(f, "all_waits", UNIT_COUNT, worst->locks.contended);
	add_thieves(f, pool, worst);
	if (area_foreign_holds(pool, worst, &holds)) {
		add_figure(f, "holds", UNIT_COUNT, holds.acquisitions);
		add_figure(f, "all_holds", UNIT_COUNT,
			   worst->holds.acquisitions);
	}
	return true;
}

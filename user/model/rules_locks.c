/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"

#include <errno.h>
#include <inttypes.h>

#include "util/units.h"

/* Contention below both is worth a note, not a warning. */
#define CONTENDED_PER_MILLE 10 /* of one CPU's time */
#define CONTENDED_P99_NS    (50 * NS_PER_US)

/**
 * struct contention - the waits of a pool
 * @sum: of all areas
 * @areas: how many of them were waited for
 * @worst: the one waited for longest
 */
struct contention {
	struct waits sum;
	unsigned int areas;
	const struct area *worst;
};

static void sum_contention(const struct pool *pool, struct contention *c)
{
	*c = (struct contention){ 0 };
	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		const struct area *area = &pool->areas[i];

		if (!area->locks.contended)
			continue;
		c->areas++;
		waits_add(&c->sum, &area->locks);
		if (!c->worst ||
		    area->locks.total_ns > c->worst->locks.total_ns)
			c->worst = area;
	}
}

static void advise_contended(const struct snapshot *snap,
			     const struct pool *pool, char *advice)
{
	if (pool->kind == POOL_RESTRICTED)
		append_text(advice,
			    "a restricted pool has one area: only fewer or "
			    "larger mappings, or a pool for each of the "
			    "devices that share it, help");
	else if (pool->nr_areas < snap->kernel.cpus)
		append_text(
			advice,
			"%u CPUs share %u area%s: give the pool as many areas "
			"as CPUs use it (boot with swiotlb=SLOTS,%u)%s",
			snap->kernel.cpus, pool->nr_areas,
			plural(pool->nr_areas), snap->kernel.cpus,
			snapshot_blocks_known(snap) &&
					pool->kind == POOL_DEFAULT
				? ", or give the busiest device a pool of its "
				  "own with swiotlb_device_allocate()"
				: "");
	else
		append_text(advice,
			    "there are areas for all CPUs: look for devices "
			    "whose interrupts and queues sit on few CPUs, "
			    "and for areas so full that others' requests "
			    "move in");
}

int check_contended(const struct snapshot *snap, struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];
		struct contention c;
		struct finding *f;
		uint64_t p99;
		bool heavy;

		sum_contention(pool, &c);
		if (!c.areas)
			continue;
		p99 = histogram_quantile(&c.sum.wait, 990, c.sum.max_ns);
		heavy = p99 >= CONTENDED_P99_NS ||
			c.sum.total_ns >= snap->window.duration_ns / 1000 *
						  CONTENDED_PER_MILLE;
		f = add_finding(findings, "contended-area",
				heavy ? SEVERITY_WARNING : SEVERITY_NOTE,
				pool->id);
		if (!f)
			return -ENOMEM;
		append_text(f->text,
			    "pool %s: %u of %u areas contended: %" PRIu64
			    " wait%s, total %s (%s of one CPU), p99 %s, "
			    "max %s; most in area %u",
			    pool->name, c.areas, pool->nr_areas,
			    c.sum.contended, plural(c.sum.contended),
			    DURATION(c.sum.total_ns),
			    PERCENT(c.sum.total_ns, snap->window.duration_ns),
			    DURATION(p99), DURATION(c.sum.max_ns),
			    c.worst->index);
		advise_contended(snap, pool, f->advice);
	}
	return 0;
}

/* Fewer than one in so many waits by others is how things are. */
#define STOLEN_SHARE 10

/**
 * struct theft - waits for an area's lock by CPUs with another home
 * @area: the area
 * @waits: the waits
 * @full: a home area of these CPUs that was full, NULL when all had room
 */
struct theft {
	const struct area *area;
	struct waits waits;
	const struct area *full;
};

static bool was_full(const struct area *area)
{
	return counter_known(area->used_peak) &&
	       area->used_peak >= area->slots * NEARLY_FULL_PERCENT / 100;
}

static void find_full_home(const struct pool *pool, struct theft *theft)
{
	for (unsigned int i = 0; i < theft->area->nr_cpu_waits; i++) {
		const struct cpu_waits *cpu = &theft->area->cpu_waits[i];
		const struct area *home;

		if (!cpu->waits.contended ||
		    area_is_home(pool, theft->area, cpu->cpu))
			continue;
		home = &pool->areas[cpu->cpu & (pool->nr_areas - 1)];
		if (was_full(home))
			theft->full = home;
	}
}

/* Return: how many areas; the worst of them in @worst. */
static unsigned int find_thefts(const struct pool *pool, struct theft *worst)
{
	unsigned int areas = 0;

	*worst = (struct theft){ 0 };
	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		const struct area *area = &pool->areas[i];
		struct waits foreign;

		if (!area_foreign_waits(pool, area, &foreign) ||
		    !foreign.contended ||
		    foreign.contended < area->locks.contended / STOLEN_SHARE)
			continue;
		areas++;
		if (!worst->area || foreign.total_ns > worst->waits.total_ns)
			*worst = (struct theft){
				.area = area,
				.waits = foreign,
			};
	}
	if (worst->area)
		find_full_home(pool, worst);
	return areas;
}

static void append_thieves(const struct pool *pool, const struct area *area,
			   char *text)
{
	unsigned int named = 0;

	for (unsigned int i = 0; i < area->nr_cpu_waits; i++) {
		const struct cpu_waits *cpu = &area->cpu_waits[i];

		if (area_is_home(pool, area, cpu->cpu) || !cpu->waits.contended)
			continue;
		if (++named > 4) {
			append_text(text, " and others");
			break;
		}
		append_text(text, "%s%u (%" PRIu64 ")",
			    named == 1 ? ": CPU " : ", ", cpu->cpu,
			    cpu->waits.contended);
	}
}

static void advise_stolen(const struct theft *theft, char *advice)
{
	if (theft->full)
		append_text(
			advice,
			"area %u, their own, was full (%s at its peak), so that "
			"their mappings move in: boot with a larger pool, or "
			"find what fills that area (--level mappings)",
			theft->full->index,
			PERCENT(theft->full->used_peak, theft->full->slots));
	else
		append_text(
			advice,
			"their own areas had room, so they unmap here what "
			"other CPUs mapped: let each queue's interrupts come to "
			"the CPUs that fill the queue; --level callers tells "
			"the device and the code");
}

int check_stolen(const struct snapshot *snap, struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];
		struct theft worst;
		unsigned int areas = find_thefts(pool, &worst);
		struct holds holds;
		struct finding *f;
		bool heavy;

		if (!areas)
			continue;
		heavy = worst.waits.total_ns >=
			snap->window.duration_ns / 1000 * CONTENDED_PER_MILLE;
		f = add_finding(findings, "area-stolen",
				heavy ? SEVERITY_WARNING : SEVERITY_NOTE,
				pool->id);
		if (!f)
			return -ENOMEM;
		append_text(
			f->text,
			"pool %s: in %u of %u areas other areas' CPUs wait; "
			"most in area %u, %" PRIu64 " of %" PRIu64
			" waits, total %s",
			pool->name, areas, pool->nr_areas, worst.area->index,
			worst.waits.contended, worst.area->locks.contended,
			DURATION(worst.waits.total_ns));
		append_thieves(pool, worst.area, f->text);
		if (area_foreign_holds(pool, worst.area, &holds))
			append_text(f->text,
				    "; they took %" PRIu64 " of %" PRIu64
				    " times its lock",
				    holds.acquisitions,
				    worst.area->holds.acquisitions);
		advise_stolen(&worst, f->advice);
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/findings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/level.h"
#include "util/units.h"

/* Contention below both is worth a note, not a warning. */
#define CONTENDED_PER_MILLE 10 /* of one CPU's time */
#define CONTENDED_P99_NS    (50 * NS_PER_US)

#define NEARLY_FULL_PERCENT 90
/* Leaked mappings that take that much of a pool are why it is exhausted. */
#define LEAK_EXHAUSTS_PERCENT 25

/* A request of half a segment or more no longer fits. */
#define FRAGMENTED_RUN (SEGMENT_SLOTS / 2)

static struct finding *add_finding(struct findings *findings, const char *id,
				   enum severity severity, int pool_id)
{
	struct finding *list, *finding;

	list = realloc(findings->list, (findings->count + 1) * sizeof(*list));
	if (!list)
		return NULL;
	findings->list = list;
	finding = &list[findings->count++];
	*finding = (struct finding){
		.id = id,
		.severity = severity,
		.pool_id = pool_id,
	};
	return finding;
}

__attribute__((format(printf, 2, 3))) static void
append(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, FINDING_TEXT_LEN - used, format, args);
	va_end(args);
}

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
		append(advice, "a restricted pool has one area: only fewer or "
			       "larger mappings, or a pool for each of the "
			       "devices that share it, help");
	else if (pool->nr_areas < snap->kernel.cpus)
		append(advice,
		       "%u CPUs share %u area%s: give the pool as many areas "
		       "as CPUs use it (boot with swiotlb=SLOTS,%u)%s",
		       snap->kernel.cpus, pool->nr_areas,
		       plural(pool->nr_areas), snap->kernel.cpus,
		       snapshot_blocks_known(snap) && pool->kind == POOL_DEFAULT
			       ? ", or give the busiest device a pool of its "
				 "own with swiotlb_device_allocate()"
			       : "");
	else
		append(advice, "there are areas for all CPUs: look for devices "
			       "whose interrupts and queues sit on few CPUs, "
			       "and for areas so full that others' requests "
			       "move in");
}

static int check_contended(const struct snapshot *snap,
			   struct findings *findings)
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
		append(f->text,
		       "pool %s: %u of %u areas contended: %" PRIu64
		       " wait%s, %s in sum (%s of one CPU), p99 %s, "
		       "longest %s; most in area %u",
		       pool->name, c.areas, pool->nr_areas, c.sum.contended,
		       plural(c.sum.contended), DURATION(c.sum.total_ns),
		       PERCENT(c.sum.total_ns, snap->window.duration_ns),
		       DURATION(p99), DURATION(c.sum.max_ns), c.worst->index);
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
			append(text, " and others");
			break;
		}
		append(text, "%s%u (%" PRIu64 ")", named == 1 ? ": CPU " : ", ",
		       cpu->cpu, cpu->waits.contended);
	}
}

static void advise_stolen(const struct theft *theft, char *advice)
{
	if (theft->full)
		append(advice,
		       "area %u, their own, was full (%s at its peak), so that "
		       "their mappings move in: boot with a larger pool, or "
		       "find what fills that area (--level mappings)",
		       theft->full->index,
		       PERCENT(theft->full->used_peak, theft->full->slots));
	else
		append(advice,
		       "their own areas had room, so they unmap here what "
		       "other CPUs mapped: let each queue's interrupts come to "
		       "the CPUs that fill the queue; --level callers tells "
		       "the device and the code");
}

static int check_stolen(const struct snapshot *snap, struct findings *findings)
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
		append(f->text,
		       "pool %s: in %u of %u areas other areas' CPUs wait; "
		       "most in area %u, %" PRIu64 " of %" PRIu64
		       " waits, %s in sum",
		       pool->name, areas, pool->nr_areas, worst.area->index,
		       worst.waits.contended, worst.area->locks.contended,
		       DURATION(worst.waits.total_ns));
		append_thieves(pool, worst.area, f->text);
		if (area_foreign_holds(pool, worst.area, &holds))
			append(f->text,
			       "; they took %" PRIu64 " of %" PRIu64
			       " times its lock",
			       holds.acquisitions,
			       worst.area->holds.acquisitions);
		advise_stolen(&worst, f->advice);
	}
	return 0;
}

static bool owner_leaks(const struct snapshot *snap,
			const struct block_owner *owner)
{
	return owner->device_gone || (snap->window.ended && owner->in_window);
}

static bool same_device(const struct block_owner *a,
			const struct block_owner *b)
{
	return a->device_gone == b->device_gone &&
	       !strcmp(a->device, b->device);
}

/*
 * Return: blocks that the device of an owner leaks; 0 when it leaks none, or an
 * owner before it is of the same device
 */
static unsigned int leaks_to_tell(const struct snapshot *snap, size_t owner)
{
	const struct block_owner *this = &snap->owners[owner];
	unsigned int blocks = 0;

	if (!owner_leaks(snap, this))
		return 0;
	for (size_t i = 0; i < snap->nr_owners; i++) {
		const struct block_owner *other = &snap->owners[i];

		if (!owner_leaks(snap, other) || !same_device(this, other))
			continue;
		if (i < owner)
			return 0;
		blocks += other->blocks;
	}
	return blocks;
}

static void append_leak_owners(const struct snapshot *snap, bool gone,
			       char *text)
{
	unsigned int named = 0;

	for (size_t i = 0; i < snap->nr_owners; i++) {
		const struct block_owner *owner = &snap->owners[i];
		unsigned int blocks = leaks_to_tell(snap, i);

		if (!blocks || owner->device_gone != gone)
			continue;
		if (++named > 3) {
			append(text, " and others");
			break;
		}
		append(text, "%s%u by %s%s", named == 1 ? ": " : ", ", blocks,
		       *owner->device ? owner->device
		       : blocks == 1  ? "an unknown device"
				      : "unknown devices",
		       owner->device_gone ? " (gone)" : "");
	}
}

static int add_block_leak(const struct snapshot *snap, bool gone,
			  uint64_t leaked, struct findings *findings)
{
	struct finding *f;

	if (!leaked)
		return 0;
	f = add_finding(findings, "block-leak",
			gone ? SEVERITY_ERROR : SEVERITY_WARNING, -1);
	if (!f)
		return -ENOMEM;
	append(f->text, "%" PRIu64 " block%s (%s) leaked", leaked,
	       plural(leaked), BYTES(leaked * BLOCK_BYTES));
	append_leak_owners(snap, gone, f->text);
	append(f->advice, "%s; --stacks shows where the blocks were allocated",
	       gone ? "the driver must call swiotlb_device_free() before its "
		      "device goes away"
		    : "taken in the window and kept after it: a leak unless "
		      "the driver keeps its pool for the device's life");
	return 0;
}

/* What a device that is gone had, nobody can give back any more. */
static int check_block_leak(const struct snapshot *snap,
			    struct findings *findings)
{
	uint64_t gone = snapshot_orphaned_blocks(snap);
	int err = add_block_leak(snap, true, gone, findings);

	return err ? err
		   : add_block_leak(snap, false, snap->blocks.leaked - gone,
				    findings);
}

static int check_unreclaimed(const struct snapshot *snap,
			     struct findings *findings)
{
	uint64_t blocks = snap->blocks.unreclaimed;
	struct finding *f;

	if (!blocks)
		return 0;
	f = add_finding(findings, "unreclaimed-blocks", SEVERITY_ERROR, -1);
	if (!f)
		return -ENOMEM;
	append(f->text,
	       "%" PRIu64 " block%s (%s) listed free, but their slots are "
	       "still taken",
	       blocks, plural(blocks), BYTES(blocks * BLOCK_BYTES));
	append(f->advice,
	       "a kernel fault: freeing a block does not give its slots back, "
	       "so the pool shrinks with every free; only a reboot helps now");
	return 0;
}

static int check_stale_pool(const struct snapshot *snap,
			    struct findings *findings)
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
		append(f->text,
		       "pool %s: given back to pool %s, but its device still "
		       "has it%s",
		       pool->name, parent ? parent->name : "unknown",
		       mapped ? " and bounces through memory that others "
				"may get"
			      : "");
		append(f->advice,
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
	append(f->text, "pool %s: run lengths contradict their neighbours: ",
	       pool->name);
	if (blocks)
		append(f->text, "%" PRIu64 " in the block list%s", blocks,
		       slots ? ", " : "");
	if (slots)
		append(f->text, "%" PRIu64 " in the slot list", slots);
	append(f->advice,
	       "a kernel fault: memory in use may be handed out a second time; "
	       "stop the workload and look at what frees blocks and slots");
	return 0;
}

static int check_list_errors(const struct snapshot *snap,
			     struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_pools; i++)
		if (add_list_errors(&snap->pools[i], findings))
			return -ENOMEM;
	return 0;
}

static int check_used_drift(const struct snapshot *snap,
			    struct findings *findings)
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
		append(f->text,
		       "pool %s: the kernel's used counter of %u area%s "
		       "differs from the slots taken, by %+" PRId64 " in sum",
		       pool->name, areas, plural(areas), sum);
		append(f->advice,
		       "a kernel fault: io_tlb_used in debugfs is wrong by as "
		       "much; the slots counted one by one are the truth");
	}
	return 0;
}

static int check_block_failed(const struct snapshot *snap,
			      struct findings *findings)
{
	const struct block_totals *b = &snap->blocks;
	uint64_t full = b->failed - b->failed_with_room;
	struct finding *f;

	if (!b->counted || b->failed <= b->failed_with_room)
		return 0;
	f = add_finding(findings, "block-failed", SEVERITY_WARNING, -1);
	if (!f)
		return -ENOMEM;
	append(f->text,
	       "%" PRIu64 " device allocation%s failed: no area had a long "
	       "enough run of free blocks",
	       full, plural(full));
	append(f->advice, "boot with a larger pool (swiotlb=SLOTS), ask for "
			  "less, or free the pools of idle devices");
	return 0;
}

static int check_failed_with_room(const struct snapshot *snap,
				  struct findings *findings)
{
	uint64_t failed = snap->blocks.failed_with_room;
	struct finding *f;

	if (!snap->blocks.counted || !failed)
		return 0;
	f = add_finding(findings, "block-failed-with-room", SEVERITY_WARNING,
			-1);
	if (!f)
		return -ENOMEM;
	append(f->text,
	       "%" PRIu64 " device allocation%s failed while an area had "
	       "enough free blocks in a row",
	       failed, plural(failed));
	append(f->advice,
	       "a kernel fault: its search does not look at every area; a "
	       "larger pool helps little");
	return 0;
}

/* The kernel makes room in a full pool itself, as check_grown() says. */
static bool grows(const struct snapshot *snap, const struct pool *pool)
{
	return snap->kernel.pools_grow &&
	       (pool->kind == POOL_DEFAULT || pool->kind == POOL_DYNAMIC);
}

static int check_nearly_full(const struct snapshot *snap,
			     struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];
		struct finding *f;

		if (pool->kind == POOL_TRANSIENT || grows(snap, pool) ||
		    !pool->slots || !counter_known(pool->used) ||
		    !counter_known(pool->used_peak) ||
		    pool->used_peak < pool->slots * NEARLY_FULL_PERCENT / 100)
			continue;
		f = add_finding(findings, "pool-nearly-full", SEVERITY_WARNING,
				pool->id);
		if (!f)
			return -ENOMEM;
		append(f->text,
		       "pool %s was %s full: %" PRIu64 " of %" PRIu64
		       " slots at its peak, %" PRIu64 " now",
		       pool->name, PERCENT(pool->used_peak, pool->slots),
		       pool->used_peak, pool->slots, pool->used);
		append(f->advice,
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

static int check_grown(const struct snapshot *snap, struct findings *findings)
{
	struct pool_growth g;
	struct finding *f;

	sum_growth(snap, &g);
	if (!g.dynamic && !g.transient)
		return 0;
	f = add_finding(findings, "pool-grown", SEVERITY_NOTE, -1);
	if (!f)
		return -ENOMEM;
	append(f->text,
	       "the default pool of %" PRIu64 " slots was full: ", g.slots);
	if (g.dynamic)
		append(f->text,
		       "the kernel added %u pool%s of %" PRIu64 " slots in sum",
		       g.dynamic, plural(g.dynamic), g.dynamic_slots);
	if (g.transient)
		append(f->text,
		       "%s%u mapping%s a pool of %s own (%" PRIu64 " slots)",
		       g.dynamic ? ", and " : "", g.transient,
		       g.transient == 1 ? " has" : "s have",
		       g.transient == 1 ? "its" : "their", g.transient_slots);
	append(f->advice,
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

static int check_fragmented(const struct snapshot *snap,
			    struct findings *findings)
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
		append(f->text,
		       "pool %s: %u of %u areas fragmented: area %u has %" PRIu64
		       " free slots, but a mapping can take %u at most (%s)",
		       pool->name, areas, pool->nr_areas, worst->index,
		       worst->slots - worst->busy, worst->largest_free,
		       BYTES((uint64_t)worst->largest_free * SLOT_BYTES));
		append(f->advice,
		       "many small, long-lived mappings break up the segments: "
		       "find their device (--level mappings) and give it, or "
		       "those that map large buffers, a pool of their own");
	}
	return 0;
}

/**
 * struct failure_rule - what to say of one cause of failed mappings
 * @cause: the cause
 * @id: name of the finding
 * @what: follows "N mappings refused: "
 * @advice: what helps, and what does not; NULL = the rule finds its own words
 */
struct failure_rule {
	enum failure_cause cause;
	const char *id;
	const char *what;
	const char *advice;
};

/* Return: the device with most failures of this cause; NULL = not known */
static const struct device *most_refused(const struct snapshot *snap,
					 enum failure_cause cause)
{
	const struct device *worst = NULL;
	uint64_t most = 0;

	for (size_t i = 0; i < snap->nr_devices; i++) {
		const struct device *device = &snap->devices[i];

		if (device->totals.failures[cause] <= most)
			continue;
		most = device->totals.failures[cause];
		worst = device;
	}
	return worst;
}

/* *@added is NULL when nothing failed for this cause. */
static int add_failure(const struct snapshot *snap,
		       const struct failure_rule *rule,
		       struct findings *findings, struct finding **added)
{
	const struct device *worst = most_refused(snap, rule->cause);
	uint64_t failures = snap->mappings.failures[rule->cause];
	struct finding *f;

	*added = NULL;
	if (!snap->mappings.counted || !failures)
		return 0;
	f = add_finding(findings, rule->id, SEVERITY_WARNING, -1);
	if (!f)
		return -ENOMEM;
	append(f->text, "%" PRIu64 " mapping%s refused: %s", failures,
	       plural(failures), rule->what);
	if (worst)
		append(f->text, " (most by %s)", worst->name);
	if (rule->advice)
		append(f->advice, "%s", rule->advice);
	*added = f;
	return 0;
}

static int check_oversize(const struct snapshot *snap,
			  struct findings *findings)
{
	static const struct failure_rule rule = {
		FAILURE_OVERSIZE, "oversize-requests",
		"larger than their device can ever map at once",
		"a larger pool does not help: the driver must respect "
		"dma_max_mapping_size() (256 KiB, less with min_align_mask)"
	};
	struct finding *f;

	return add_failure(snap, &rule, findings, &f);
}

static int check_misaligned(const struct snapshot *snap,
			    struct findings *findings)
{
	static const struct failure_rule rule = {
		FAILURE_ALIGNMENT, "misaligned-requests",
		"long enough runs were free, none aligned as asked",
		"a larger pool hardly helps: look at the device's "
		"min_align_mask and the alignment its driver asks for"
	};
	struct finding *f;

	return add_failure(snap, &rule, findings, &f);
}

static int check_fragmented_requests(const struct snapshot *snap,
				     struct findings *findings)
{
	static const struct failure_rule rule = {
		FAILURE_FRAGMENTED, "fragmented-requests",
		"enough slots were free, but not in a row",
		"a larger pool helps; so does giving devices with many small "
		"mappings a pool of their own"
	};
	struct finding *f;

	return add_failure(snap, &rule, findings, &f);
}

/* The pool of the device that was refused most. */
static const struct pool *exhausted_pool(const struct snapshot *snap)
{
	const struct device *worst = most_refused(snap, FAILURE_EXHAUSTED);
	const struct pool *pool =
		worst ? snapshot_pool(snap, worst->pool_id) : NULL;

	return pool || !snap->nr_pools ? pool : &snap->pools[0];
}

static bool is_shared(const struct pool *pool)
{
	return pool->kind == POOL_DEFAULT || pool->kind == POOL_DYNAMIC;
}

/* A pool that the kernel adds to is full when all of its parts are. */
static bool fills(const struct pool *part, const struct pool *pool)
{
	return part->id == pool->id || (is_shared(part) && is_shared(pool));
}

/*
 * Growth that goes on is a leak where the device's other mappings come and go:
 * those that ended lived a much shorter time than what is left of the first
 * parts of the window. Of a slow ring nothing so young ends.
 */
static bool leak_goes_on(const struct device *device)
{
	uint64_t part = device->growth.over_ns / GROWTH_PARTS;

	return growth_goes_on(&device->growth) &&
	       histogram_total(&device->lifetime) > device->growth.grown &&
	       histogram_quantile(&device->lifetime, 500, UINT64_MAX) < part;
}

/* Slots that such a leak takes, as far as it was seen. */
static uint64_t growing_slots(const struct device *device)
{
	const struct mapping_totals *totals = &device->totals;

	if (!leak_goes_on(device) || !totals->live)
		return 0;
	return totals->grown * totals->live_slots / totals->live;
}

/* Slots of a pool that nobody will give back. */
static uint64_t leaked_slots_in(const struct snapshot *snap,
				const struct pool *pool)
{
	uint64_t blocks = 0, slots = 0;

	for (unsigned int i = 0; i < pool->nr_areas; i++)
		blocks += pool->areas[i].blocks.orphaned +
			  pool->areas[i].blocks.unreclaimed;
	for (size_t i = 0; i < snap->nr_owners; i++)
		if (snap->owners[i].pool_id == pool->id &&
		    !snap->owners[i].device_gone &&
		    owner_leaks(snap, &snap->owners[i]))
			blocks += snap->owners[i].blocks;
	for (size_t i = 0; i < snap->nr_live_groups; i++)
		if (snap->live_groups[i].pool_id == pool->id &&
		    snap->live_groups[i].leak)
			slots += snap->live_groups[i].slots;
	for (size_t i = 0; i < snap->nr_devices; i++)
		if (snap->devices[i].pool_id == pool->id)
			slots += growing_slots(&snap->devices[i]);
	return slots + blocks * BLOCK_SLOTS;
}

/**
 * struct leakage - how much of what was exhausted has leaked
 * @slots: slots in all
 * @leaked: of these
 */
struct leakage {
	uint64_t slots;
	uint64_t leaked;
};

/* Return: whether a leak is why a pool was exhausted */
static bool leak_exhausts(const struct snapshot *snap, struct leakage *leakage)
{
	const struct pool *pool = exhausted_pool(snap);

	*leakage = (struct leakage){ 0 };
	for (size_t i = 0; pool && i < snap->nr_pools; i++) {
		const struct pool *part = &snap->pools[i];

		if (!fills(part, pool))
			continue;
		leakage->slots += part->slots;
		leakage->leaked += leaked_slots_in(snap, part);
	}
	return leakage->leaked &&
	       leakage->leaked >= leakage->slots * LEAK_EXHAUSTS_PERCENT / 100;
}

static int check_exhausted_by_leak(const struct snapshot *snap,
				   struct findings *findings)
{
	static const struct failure_rule rule = { FAILURE_EXHAUSTED,
						  "exhausted-by-leak",
						  "what leaked takes the slots",
						  NULL };
	struct leakage leakage;
	struct finding *f;
	int error;

	if (!leak_exhausts(snap, &leakage))
		return 0;
	error = add_failure(snap, &rule, findings, &f);
	if (!error && f)
		append(f->advice,
		       "a larger pool only delays it: %" PRIu64 " of %" PRIu64
		       " slots (%s) have leaked, and the findings about leaks "
		       "name whose they are",
		       leakage.leaked, leakage.slots,
		       BYTES(leakage.leaked * SLOT_BYTES));
	return error;
}

/* Who holds most of a pool; NULL when none of known owner is in it. */
static const struct device *largest_holder(const struct snapshot *snap,
					   const struct pool *pool)
{
	const struct device *holder = NULL;

	for (size_t i = 0; pool && i < snap->nr_devices; i++) {
		const struct device *device = &snap->devices[i];

		if (device->pool_id == pool->id && device->totals.live_slots &&
		    (!holder ||
		     device->totals.live_slots > holder->totals.live_slots))
			holder = device;
	}
	return holder;
}

static void append_holder(const struct snapshot *snap, const struct pool *pool,
			  char *text)
{
	const struct device *holder = largest_holder(snap, pool);

	if (holder)
		append(text,
		       "; %s holds %s of pool %s, in %" PRIu64
		       " mapping%s, the oldest for %s",
		       holder->name,
		       PERCENT(holder->totals.live_slots, pool->slots),
		       pool->name, holder->totals.live,
		       plural(holder->totals.live),
		       DURATION(holder->totals.oldest_ns));
}

static int check_exhausted(const struct snapshot *snap,
			   struct findings *findings)
{
	static const struct failure_rule rule = {
		FAILURE_EXHAUSTED, "exhausted", "too few slots were free", NULL
	};
	const struct device *worst = most_refused(snap, FAILURE_EXHAUSTED);
	const struct pool *pool = exhausted_pool(snap);
	struct leakage leakage;
	struct finding *f;
	int error;

	if (leak_exhausts(snap, &leakage))
		return 0;
	error = add_failure(snap, &rule, findings, &f);
	if (error || !f)
		return error;
	append_holder(snap, pool, f->text);
	if (worst && pool && pool->kind != POOL_DEFAULT)
		append(f->advice,
		       "give %s a larger pool than %s (%s), or find what "
		       "holds it",
		       worst->name, pool->name,
		       BYTES(pool->slots * SLOT_BYTES));
	else
		append(f->advice, "boot with a larger pool (swiotlb=SLOTS), or "
				  "find what holds it");
	return 0;
}

static bool same_leak(const struct mapping_group *a,
		      const struct mapping_group *b)
{
	return a->leak == b->leak && a->device_key == b->device_key &&
	       !strcmp(a->device, b->device);
}

/*
 * Return: mappings that a device leaks for the reason of a group; 0 when it
 * leaks none, or a group before it is of the same device and reason
 */
static uint64_t leaked_mappings_to_tell(const struct snapshot *snap,
					size_t group)
{
	const struct mapping_group *this = &snap->live_groups[group];
	uint64_t count = 0;

	for (size_t i = 0; this->leak && i < snap->nr_live_groups; i++) {
		const struct mapping_group *other = &snap->live_groups[i];

		if (!same_leak(this, other))
			continue;
		if (i < group)
			return 0;
		count += other->count;
	}
	return count;
}

static void append_leak_devices(const struct snapshot *snap, char *text)
{
	unsigned int named = 0;

	for (size_t i = 0; i < snap->nr_live_groups; i++) {
		const struct mapping_group *group = &snap->live_groups[i];
		uint64_t count = leaked_mappings_to_tell(snap, i);

		if (!count)
			continue;
		if (++named > 3) {
			append(text, " and others");
			break;
		}
		append(text, "%s%" PRIu64 " by %s%s", named == 1 ? ": " : ", ",
		       count,
		       *group->device ? group->device : "an unknown device",
		       leak_reason_text(group->leak));
	}
}

static int check_mapping_leak(const struct snapshot *snap,
			      struct findings *findings)
{
	uint64_t leaked = snap->mappings.leaked;
	struct finding *f;

	if (!snap->mappings.counted || !leaked)
		return 0;
	f = add_finding(findings, "mapping-leak", SEVERITY_ERROR, -1);
	if (!f)
		return -ENOMEM;
	append(f->text, "%" PRIu64 " mapping%s leaked", leaked, plural(leaked));
	append_leak_devices(snap, f->text);
	append(f->advice,
	       "each dma_map needs its dma_unmap, on error paths too, before "
	       "the memory is freed or the device goes; --stacks shows where "
	       "those that were made while the tool ran come from");
	return 0;
}

/**
 * struct unmap_rule - what is said of unmaps that are wrong in one way
 * @id: of the finding
 * @what: what was seen, after their number
 * @advice: what it means and what to do
 */
struct unmap_rule {
	const char *id;
	const char *what;
	const char *advice;
};

static const struct unmap_rule unmap_rules[UNMAP_FAULTS] = {
	[UNMAP_WRONG_DEVICE] = {
		.id = "unmap-wrong-device",
		.what = "of what another device had mapped",
		.advice = "a buffer that a device may still use was given back, "
			  "and is soon somebody else's: data is corrupted; "
			  "dma_map and dma_unmap need the same device",
	},
	[UNMAP_TWICE] = {
		.id = "unmap-twice",
		.what = "of slots where nothing was mapped any more",
		.advice = "each dma_map needs just one dma_unmap: one too many "
			  "frees the buffer of whoever has the slot by then, "
			  "whose data is corrupted",
	},
	[UNMAP_WRONG_SIZE] = {
		.id = "unmap-wrong-size",
		.what = "of another size than had been mapped",
		.advice = "what the device wrote is copied back in part only, "
			  "or too much is asked for; dma_unmap needs the size "
			  "of its dma_map",
	},
};

/* Which devices did that most often, and what the first time was like. */
static void append_wrong_unmaps(const struct snapshot *snap,
				enum unmap_fault fault, char *text)
{
	unsigned int named = 0;

	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++) {
		const struct wrong_unmap *wrong = &snap->wrong_unmaps[i];

		if (wrong->fault != fault || !wrong->count)
			continue;
		if (++named > 3) {
			append(text, " and others");
			break;
		}
		append(text, "%s%" PRIu64 " by %s", named == 1 ? ": " : ", ",
		       wrong->count,
		       *wrong->device ? wrong->device : "an unknown device");
		if (fault == UNMAP_WRONG_DEVICE && *wrong->mapped_by)
			append(text, ", mapped by %s", wrong->mapped_by);
		if (fault == UNMAP_WRONG_SIZE)
			append(text,
			       ", such as %" PRIu64 " instead of %" PRIu64
			       " bytes",
			       wrong->unmapped_bytes, wrong->mapped_bytes);
	}
}

static int check_wrong_unmaps(const struct snapshot *snap,
			      struct findings *findings, enum unmap_fault fault)
{
	uint64_t count = snap->mappings.wrong[fault];
	const struct unmap_rule *rule = &unmap_rules[fault];
	struct finding *f;

	if (!snap->mappings.counted || !count)
		return 0;
	f = add_finding(findings, rule->id, SEVERITY_ERROR, -1);
	if (!f)
		return -ENOMEM;
	append(f->text, "%" PRIu64 " unmap%s %s", count, plural(count),
	       rule->what);
	append_wrong_unmaps(snap, fault, f->text);
	append(f->advice, "%s; the report has the stacks", rule->advice);
	return 0;
}

static int check_wrong_device(const struct snapshot *snap,
			      struct findings *findings)
{
	return check_wrong_unmaps(snap, findings, UNMAP_WRONG_DEVICE);
}

static int check_unmapped_twice(const struct snapshot *snap,
				struct findings *findings)
{
	return check_wrong_unmaps(snap, findings, UNMAP_TWICE);
}

static int check_wrong_size(const struct snapshot *snap,
			    struct findings *findings)
{
	return check_wrong_unmaps(snap, findings, UNMAP_WRONG_SIZE);
}

static const char *rate_text(char *text, size_t len,
			     const struct growth *growth)
{
	uint64_t per_hour = growth_per_hour(growth);

	if (per_hour >= 2 * 3600)
		snprintf(text, len, "%" PRIu64 " a second", per_hour / 3600);
	else if (per_hour >= 2 * 60)
		snprintf(text, len, "%" PRIu64 " a minute", per_hour / 60);
	else
		snprintf(text, len, "%" PRIu64 " an hour", per_hour);
	return text;
}

/* When the device's pool is full, if its mappings go on to grow as they did. */
static void append_time_left(const struct snapshot *snap,
			     const struct device *device, char *text)
{
	const struct pool *pool = snapshot_pool(snap, device->pool_id);
	uint64_t per_hour = growth_per_hour(&device->growth);
	uint64_t slots, left;

	if (!pool || !counter_known(pool->used) || !device->totals.live ||
	    !per_hour || pool->used >= pool->slots)
		return;
	slots = (device->totals.live_slots + device->totals.live - 1) /
		device->totals.live;
	left = (pool->slots - pool->used) / slots;
	append(text, "; pool %s is full in %s%s", pool->name,
	       DURATION(left * 3600 / per_hour * NS_PER_SEC),
	       grows(snap, pool) ? ", and grows then" : "");
}

static int check_leak_goes_on(const struct snapshot *snap,
			      struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_devices; i++) {
		const struct device *device = &snap->devices[i];
		char rate[64];
		struct finding *f;

		if (!leak_goes_on(device))
			continue;
		f = add_finding(findings, "mapping-leak", SEVERITY_ERROR, -1);
		if (!f)
			return -ENOMEM;
		append(f->text,
		       "%s leaks %s: %" PRIu64 " mapping%s more than %s "
		       "before, all the time, while others of it come and go",
		       device->name,
		       rate_text(rate, sizeof(rate), &device->growth),
		       device->totals.grown, plural(device->totals.grown),
		       DURATION(device->growth.over_ns));
		append_time_left(snap, device, f->text);
		append(f->advice,
		       "each dma_map needs its dma_unmap, on error paths too; "
		       "--stacks shows where what is live comes from");
	}
	return 0;
}

/*
 * Mappings that stay, of a device of which none ended since, or which are about
 * as many as it grew by. Else it is a queue that was filled: a ring has many
 * that stay for long, and its level stays as well.
 */
static bool is_growth(const struct device *device)
{
	const struct growth *growth = &device->growth;
	uint64_t kept = 0;

	if (!growth->grown || leak_goes_on(device))
		return false;
	for (unsigned int i = 0; i + 1 < GROWTH_PARTS; i++)
		kept += growth->kept[i];
	return !growth->late_ends ||
	       (!growth->flat && kept && growth->grown >= kept / 2);
}

static int check_mapping_growth(const struct snapshot *snap,
				struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_devices; i++) {
		const struct device *device = &snap->devices[i];
		struct finding *f;

		if (!is_growth(device))
			continue;
		f = add_finding(findings, "mapping-growth", SEVERITY_WARNING,
				-1);
		if (!f)
			return -ENOMEM;
		append(f->text,
		       "%s has %" PRIu64 " mapping%s more than %s before, "
		       "%" PRIu64 " in all",
		       device->name, device->totals.grown,
		       plural(device->totals.grown),
		       DURATION(device->growth.over_ns), device->totals.live);
		append(f->advice,
		       "buffers that a driver keeps for its life, or a leak: "
		       "look again in a while, or unload the driver and see "
		       "what has leaked then");
	}
	return 0;
}

static int check_not_attached(const struct snapshot *snap,
			      struct findings *findings)
{
	for (unsigned int i = 0; i < level_count; i++) {
		unsigned int level = level_table[i].level;
		const char *reason = snapshot_level_missing(snap, level);
		struct finding *f;

		/* Stock kernels have no block functions: nothing is amiss. */
		if (!(snap->levels & level) || !reason ||
		    (level == LEVEL_BLOCKS && !snapshot_blocks_known(snap)))
			continue;
		f = add_finding(findings, "not-attached", SEVERITY_WARNING, -1);
		if (!f)
			return -ENOMEM;
		append(f->text, "nothing of level %s is attached: %s",
		       level_table[i].name, reason);
		append(f->advice, "its figures are unknown, not zero; "
				  "'swiotlb doctor' says more");
	}
	return 0;
}

static int check_loss(const struct snapshot *snap, struct findings *findings)
{
	uint64_t total = snapshot_loss_total(snap);
	struct finding *f;

	if (!total)
		return 0;
	f = add_finding(findings, "tracing-loss", SEVERITY_WARNING, -1);
	if (!f)
		return -ENOMEM;
	append(f->text, "%" PRIu64 " event%s missed while tracing", total,
	       plural(total));
	for (size_t i = 0; i < snap->nr_losses; i++)
		if (snap->losses[i].count)
			append(f->text, "; %s %" PRIu64, snap->losses[i].cause,
			       snap->losses[i].count);
	append(f->advice,
	       "waits, owners and ages may be incomplete by as many; "
	       "figures read from the kernel's state are not");
	return 0;
}

/* Of one severity what was refused comes first: it has cost somebody data. */
const struct rule rule_table[] = {
	{ "block-leak", check_block_leak },
	{ "mapping-leak", check_mapping_leak },
	{ "mapping-leak", check_leak_goes_on },
	{ "unmap-twice", check_unmapped_twice },
	{ "unmap-wrong-device", check_wrong_device },
	{ "unmap-wrong-size", check_wrong_size },
	{ "unreclaimed-blocks", check_unreclaimed },
	{ "list-errors", check_list_errors },
	{ "stale-pool", check_stale_pool },
	{ "used-drift", check_used_drift },
	{ "oversize-requests", check_oversize },
	{ "misaligned-requests", check_misaligned },
	{ "fragmented-requests", check_fragmented_requests },
	{ "exhausted-by-leak", check_exhausted_by_leak },
	{ "exhausted", check_exhausted },
	{ "block-failed-with-room", check_failed_with_room },
	{ "block-failed", check_block_failed },
	{ "contended-area", check_contended },
	{ "area-stolen", check_stolen },
	{ "pool-nearly-full", check_nearly_full },
	{ "pool-grown", check_grown },
	{ "fragmented-area", check_fragmented },
	{ "mapping-growth", check_mapping_growth },
	{ "not-attached", check_not_attached },
	{ "tracing-loss", check_loss },
};

const size_t rule_count = sizeof(rule_table) / sizeof(rule_table[0]);

/* Worst first, else in the order of the rules: few enough for insertion. */
static void sort_findings(struct findings *findings)
{
	for (size_t i = 1; i < findings->count; i++) {
		struct finding moving = findings->list[i];
		size_t j = i;

		for (; j && findings->list[j - 1].severity > moving.severity;
		     j--)
			findings->list[j] = findings->list[j - 1];
		findings->list[j] = moving;
	}
}

int findings_evaluate(const struct snapshot *snap, struct findings *findings)
{
	*findings = (struct findings){ 0 };
	for (size_t i = 0; i < rule_count; i++) {
		if (rule_table[i].check(snap, findings)) {
			findings_release(findings);
			return -ENOMEM;
		}
	}
	sort_findings(findings);
	return 0;
}

void findings_release(struct findings *findings)
{
	free(findings->list);
	*findings = (struct findings){ 0 };
}

/* "No leaks seen" is worth as much as what was looked at. */
static void all_quiet(const struct snapshot *snap, char *text)
{
	uint64_t slots = 0, used = 0;
	const char *no_locks = snapshot_level_missing(snap, LEVEL_LOCKS);

	for (size_t i = 0; i < snap->nr_pools; i++) {
		slots += snap->pools[i].slots;
		if (counter_known(snap->pools[i].used))
			used += snap->pools[i].used;
	}
	append(text, "%s, no leaks seen: ",
	       no_locks ? "contention not measured" : "no contention");
	append(text, "%" PRIu64 " of %" PRIu64 " slots used in %zu pool%s",
	       used, slots, snap->nr_pools, plural(snap->nr_pools));
	if (!no_locks)
		append(text, ", 0 waits in %s",
		       DURATION(snap->window.duration_ns));
	if (snapshot_blocks_known(snap))
		append(text, ", %" PRIu64 " block%s live, 0 leaked",
		       snap->blocks.live, plural(snap->blocks.live));
	if (!snapshot_level_missing(snap, LEVEL_MAPPINGS))
		append(text, ", %" PRIu64 " mapping%s live, 0 leaked",
		       snap->mappings.live, plural(snap->mappings.live));
	else if (snap->levels & LEVEL_MAPPINGS)
		append(text, ", mappings unknown");
	else
		append(text, ", mappings not watched (--level mappings)");
}

/* What the tool missed says nothing of the machine. */
static bool of_the_machine(const struct finding *finding)
{
	return strcmp(finding->id, "tracing-loss") &&
	       strcmp(finding->id, "not-attached");
}

enum severity findings_verdict(const struct snapshot *snap,
			       const struct findings *findings, char *text,
			       size_t len)
{
	char line[FINDING_TEXT_LEN] = "";
	enum severity worst = SEVERITY_NOTE;
	size_t shown = 0, same = 0, about = 0;

	if (findings->count)
		worst = findings->list[0].severity;
	for (size_t i = 0; i < findings->count; i++)
		about += of_the_machine(&findings->list[i]);
	if (!about)
		all_quiet(snap, line);
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->list[i].severity != worst)
			break;
		same++;
		if (shown == 2)
			continue;
		append(line, "%s%s", *line ? "; " : "", findings->list[i].text);
		shown++;
	}
	if (same > shown)
		append(line, "; and %zu more", same - shown);
	snprintf(text, len, "%s", line);
	return worst;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = { "error", "warning", "note" };

	return names[severity];
}

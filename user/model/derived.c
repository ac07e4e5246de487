/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/derived.h"

#include "model/audit.h"
#include "model/basis.h"
#include "model/boot.h"
#include "model/sizing.h"

/*
 * What is known only under a condition
 */

bool pool_used_known(const struct subject *s)
{
	return counter_known(s->pool->used);
}

bool area_used_known(const struct subject *s)
{
	return counter_known(s->area->used);
}

bool segments_known(const struct subject *s)
{
	return !s->area->long_run;
}

bool pool_has_blocks(const struct subject *s)
{
	return s->pool->blocks_known;
}

bool blocks_known(const struct subject *s)
{
	return snapshot_blocks_known(s->snap);
}

/* The same figures for the system and for a device. */
static const struct mapping_totals *totals_of(const struct subject *s)
{
	return s->device ? &s->device->totals : &s->snap->mappings;
}

/* If freed memory could not be searched for, finding no leak proves nothing. */
bool leaks_known(const struct subject *s)
{
	return s->snap->mappings.freed_known || totals_of(s)->leaked;
}

static bool attached(const struct subject *s, const char *name)
{
	const struct hook *hook = snapshot_hook(s->snap, name);

	return hook && hook->state != HOOK_ABSENT;
}

bool syncs_known(const struct subject *s)
{
	return attached(s, "bounces.sync_for_device") &&
	       attached(s, "bounces.sync_for_cpu");
}

bool copies_known(const struct subject *s)
{
	return attached(s, "bounces.copy");
}

bool has_command(const struct subject *s)
{
	return s->snap->window.command;
}

bool wrong_unmap_placed(const struct subject *s)
{
	const struct wrong_unmap *wrong = s->item;

	return wrong->pool_id >= 0;
}

bool refusal_align_known(const struct subject *s)
{
	const struct refusal *refusal = s->item;

	return refusal->alloc_align_mask != ALLOC_ALIGN_NOT_KNOWN;
}

bool pool_of_caller_known(const struct subject *s)
{
	const struct wait_caller *caller = s->item;

	return caller->pool_id >= 0;
}

/*
 * Derived figures
 */

static bool store(int64_t *value, uint64_t figure)
{
	*value = figure_limit(figure);
	return true;
}

/* A getter whose name says what it gets. */
#define DERIVE(name, expression)                                               \
	bool name(const struct subject *s, int64_t *value)                     \
	{                                                                      \
		return store(value, expression);                               \
	}

bool slot_bytes(const struct subject *s, int64_t *value)
{
	(void)s;
	return store(value, SLOT_BYTES);
}

DERIVE(pool_slots, s->pool->slots)
DERIVE(area_slots, s->area->slots)

bool pool_busy(const struct subject *s, int64_t *value)
{
	uint64_t busy = 0;

	for (unsigned int i = 0; i < s->pool->nr_areas; i++)
		busy += s->pool->areas[i].busy;
	return s->pool->nr_areas && store(value, busy);
}

bool pool_largest_free(const struct subject *s, int64_t *value)
{
	uint32_t largest = 0, long_run = 0;

	for (unsigned int i = 0; i < s->pool->nr_areas; i++) {
		long_run |= s->pool->areas[i].long_run;
		if (s->pool->areas[i].largest_free > largest)
			largest = s->pool->areas[i].largest_free;
	}
	return s->pool->nr_areas && !long_run && store(value, largest);
}

DERIVE(pool_memory, pool_bytes(s->pool, s->pool->slots))

bool pool_enough_slots(const struct subject *s, int64_t *value)
{
	struct sizing sizing;

	return sizing_of(s->snap, s->pool, &sizing) &&
	       store(value, sizing.enough);
}

/* Without waits there is no quantile: 0, since no wait was longer. */
static bool lock_quantile(const struct subject *s, unsigned int per_mille,
			  int64_t *value)
{
	const struct waits *locks = &s->area->locks;

	return store(value, histogram_quantile(&locks->wait, per_mille,
					       locks->max_ns));
}

bool lock_wait_p50(const struct subject *s, int64_t *value)
{
	return lock_quantile(s, 500, value);
}

bool lock_wait_p90(const struct subject *s, int64_t *value)
{
	return lock_quantile(s, 900, value);
}

bool lock_wait_p99(const struct subject *s, int64_t *value)
{
	return lock_quantile(s, 990, value);
}

bool foreign_contended(const struct subject *s, int64_t *value)
{
	struct waits waits;

	return area_foreign_waits(s->pool, s->area, &waits) &&
	       store(value, waits.contended);
}

bool foreign_wait_total(const struct subject *s, int64_t *value)
{
	struct waits waits;

	return area_foreign_waits(s->pool, s->area, &waits) &&
	       store(value, waits.total_ns);
}

bool lock_hold_p99(const struct subject *s, int64_t *value)
{
	const struct holds *holds = &s->area->holds;

	return store(value,
		     histogram_quantile(&holds->hold, 990, holds->max_ns));
}

bool foreign_acquisitions(const struct subject *s, int64_t *value)
{
	struct holds holds;

	return area_foreign_holds(s->pool, s->area, &holds) &&
	       store(value, holds.acquisitions);
}

/* The CPU of both lists is their first member. */
bool cpu_is_home(const struct subject *s, int64_t *value)
{
	const unsigned int *cpu = s->item;

	return store(value, area_is_home(s->pool, s->area, *cpu));
}

bool owner_bytes(const struct subject *s, int64_t *value)
{
	const struct block_owner *owner = s->item;

	return store(value, owner->blocks * BLOCK_BYTES);
}

bool group_leaked(const struct subject *s, int64_t *value)
{
	const struct mapping_group *group = s->item;

	return store(value, group->leak != LEAK_NONE);
}

bool map_failures(const struct subject *s, int64_t *value)
{
	const struct mapping_totals *totals = totals_of(s);
	uint64_t sum = 0;

	for (unsigned int i = 0; i < FAILURE_CAUSES; i++)
		sum += totals->failures[i];
	return store(value, sum);
}

/* Of a device with counters, or of one of those that can bounce. */
bool largest_mapping(const struct subject *s, int64_t *value)
{
	const struct bounce_device *device = s->item;
	uint64_t most = bounce_max_mapping(s->device ? &s->device->bounce
						     : &device->bounce);

	return most && store(value, most);
}

DERIVE(window_time, s->snap->window.duration_ns)
DERIVE(block_orphaned, snapshot_orphaned_blocks(s->snap))
DERIVE(block_stale, snapshot_stale_blocks(s->snap))
bool got_slots(const struct subject *s, int64_t *value)
{
	const struct pool *pool = snapshot_default_pool(s->snap);

	return pool && store(value, pool->slots);
}

bool got_areas(const struct subject *s, int64_t *value)
{
	const struct pool *pool = snapshot_default_pool(s->snap);

	return pool && store(value, pool->nr_areas);
}

bool default_used_hiwater(const struct subject *s, int64_t *value)
{
	const struct pool *pool = snapshot_default_pool(s->snap);

	return pool && counter_known(pool->used_hiwater) &&
	       store(value, pool->used_hiwater);
}

/*
 * The kernel's peak has the slots of dynamic and transient pools in it
 * (inc_used_and_hiwater(), kernel/dma/swiotlb.c), but not those of requests
 * that failed. Where pools were made though the default one had room for the
 * peak, its runs were too short, and no size follows from the peak.
 */
bool growth_size(const struct subject *s, int64_t *value)
{
	const struct pool *pool = snapshot_default_pool(s->snap);
	const struct pool_makings *growth = &s->snap->growth;
	uint64_t size;

	if (!pool || !counter_known(pool->used_hiwater) ||
	    growth->transient.failed)
		return false;
	size = boot_rounded_slots(pool->used_hiwater, pool->nr_areas);
	if (size <= pool->slots &&
	    (growth->transient.made || growth->dynamic.made))
		return false;
	return store(value, size);
}

bool all_audit_errors(const struct subject *s, int64_t *value)
{
	uint64_t errors;

	return audit_errors(s->snap, &errors) && store(value, errors);
}

DERIVE(loss_total, snapshot_loss_total(s->snap))
DERIVE(all_tables_bytes, snapshot_table_bytes(s->snap, false))
DERIVE(all_tables_bytes_full, snapshot_table_bytes(s->snap, true))

bool cpu_never_waited(const void *item)
{
	const struct cpu_waits *cpu = item;

	return !cpu->waits.contended;
}

bool cpu_never_held(const void *item)
{
	const struct cpu_holds *cpu = item;

	return !cpu->holds.acquisitions && !cpu->holds.waiters;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/metrics.h"

#include <stdio.h>
#include <string.h>

#include "model/level.h"

static bool store(int64_t *value, uint64_t figure)
{
	*value = figure > INT64_MAX ? INT64_MAX : (int64_t)figure;
	return true;
}

static bool store_counter(int64_t *value, uint64_t slots)
{
	return counter_known(slots) && store(value, slots);
}

/* A getter of one field: its name says which. */
#define FIELD(name, expression)                                                \
	static bool name(const struct subject *s, int64_t *value)              \
	{                                                                      \
		return store(value, expression);                               \
	}

/* The same, known only under a condition. */
#define FIELD_IF(name, condition, expression)                                  \
	static bool name(const struct subject *s, int64_t *value)              \
	{                                                                      \
		return (condition) && store(value, expression);                \
	}

FIELD(pool_slots, s->pool->slots)

static bool pool_used(const struct subject *s, int64_t *value)
{
	return store_counter(value, s->pool->used);
}

static bool pool_used_peak(const struct subject *s, int64_t *value)
{
	return counter_known(s->pool->used) &&
	       store_counter(value, s->pool->used_peak);
}

static bool pool_busy(const struct subject *s, int64_t *value)
{
	uint64_t busy = 0;

	for (unsigned int i = 0; i < s->pool->nr_areas; i++)
		busy += s->pool->areas[i].busy;
	return s->pool->nr_areas && store(value, busy);
}

static bool pool_largest_free(const struct subject *s, int64_t *value)
{
	uint32_t largest = 0, long_run = 0;

	for (unsigned int i = 0; i < s->pool->nr_areas; i++) {
		long_run |= s->pool->areas[i].long_run;
		if (s->pool->areas[i].largest_free > largest)
			largest = s->pool->areas[i].largest_free;
	}
	return s->pool->nr_areas && !long_run && store(value, largest);
}

FIELD(area_slots, s->area->slots)
FIELD(area_busy, s->area->busy)
FIELD_IF(area_largest_free, !s->area->long_run, s->area->largest_free)
FIELD_IF(area_list_errors, !s->area->long_run, s->area->list_errors)

static bool area_used(const struct subject *s, int64_t *value)
{
	return store_counter(value, s->area->used);
}

static bool area_used_peak(const struct subject *s, int64_t *value)
{
	return counter_known(s->area->used) &&
	       store_counter(value, s->area->used_peak);
}

static bool area_used_drift(const struct subject *s, int64_t *value)
{
	*value = s->area->drift;
	return s->area->drift_known;
}

FIELD(lock_contended, s->area->locks.contended)
FIELD(lock_wait_total, s->area->locks.total_ns)
FIELD(lock_wait_max, s->area->locks.max_ns)
FIELD(lock_tracepoint, s->area->locks.tracepoint)

/* Of no waits there is no quantile: 0, as no wait was longer. */
static bool lock_quantile(const struct subject *s, unsigned int per_mille,
			  int64_t *value)
{
	const struct waits *locks = &s->area->locks;

	return store(value, histogram_quantile(&locks->wait, per_mille,
					       locks->max_ns));
}

static bool lock_wait_p50(const struct subject *s, int64_t *value)
{
	return lock_quantile(s, 500, value);
}

static bool lock_wait_p90(const struct subject *s, int64_t *value)
{
	return lock_quantile(s, 900, value);
}

static bool lock_wait_p99(const struct subject *s, int64_t *value)
{
	return lock_quantile(s, 990, value);
}

static bool foreign_contended(const struct subject *s, int64_t *value)
{
	struct waits waits;

	return area_foreign_waits(s->pool, s->area, &waits) &&
	       store(value, waits.contended);
}

static bool foreign_wait_total(const struct subject *s, int64_t *value)
{
	struct waits waits;

	return area_foreign_waits(s->pool, s->area, &waits) &&
	       store(value, waits.total_ns);
}

FIELD(lock_acquisitions, s->area->holds.acquisitions)
FIELD(lock_hold_total, s->area->holds.total_ns)
FIELD(lock_hold_max, s->area->holds.max_ns)

static bool lock_hold_p99(const struct subject *s, int64_t *value)
{
	const struct holds *holds = &s->area->holds;

	return store(value,
		     histogram_quantile(&holds->hold, 990, holds->max_ns));
}

static bool foreign_acquisitions(const struct subject *s, int64_t *value)
{
	struct holds holds;

	return area_foreign_holds(s->pool, s->area, &holds) &&
	       store(value, holds.acquisitions);
}

FIELD(gone_contended, s->snap->gone_waits.contended)
FIELD(gone_wait_total, s->snap->gone_waits.total_ns)
FIELD(gone_wait_max, s->snap->gone_waits.max_ns)
FIELD(gone_acquisitions, s->snap->gone_holds.acquisitions)
FIELD(gone_hold_total, s->snap->gone_holds.total_ns)
FIELD(gone_hold_max, s->snap->gone_holds.max_ns)

FIELD_IF(area_blocks_total, s->pool->blocks_known, s->area->blocks.total)
FIELD_IF(area_blocks_free, s->pool->blocks_known, s->area->blocks.free)
FIELD_IF(area_blocks_allocated, s->pool->blocks_known,
	 s->area->blocks.allocated)
FIELD_IF(area_blocks_orphaned, s->pool->blocks_known, s->area->blocks.orphaned)
FIELD_IF(area_blocks_unreclaimed, s->pool->blocks_known,
	 s->area->blocks.unreclaimed)
FIELD_IF(area_blocks_list_errors, s->pool->blocks_known,
	 s->area->blocks.list_errors)

FIELD_IF(block_live, snapshot_blocks_known(s->snap), s->snap->blocks.live)
FIELD_IF(block_leaked, snapshot_blocks_known(s->snap), s->snap->blocks.leaked)
FIELD_IF(block_unreclaimed, snapshot_blocks_known(s->snap),
	 s->snap->blocks.unreclaimed)
FIELD_IF(block_list_errors, snapshot_blocks_known(s->snap),
	 s->snap->blocks.list_errors)

FIELD_IF(block_orphaned, snapshot_blocks_known(s->snap),
	 snapshot_orphaned_blocks(s->snap))
FIELD_IF(block_stale, snapshot_blocks_known(s->snap),
	 snapshot_stale_blocks(s->snap))

FIELD_IF(block_requests, s->snap->blocks.counted, s->snap->blocks.requests)
FIELD_IF(block_releases, s->snap->blocks.counted, s->snap->blocks.releases)
FIELD_IF(block_allocated, s->snap->blocks.counted, s->snap->blocks.allocated)
FIELD_IF(block_freed, s->snap->blocks.counted, s->snap->blocks.freed)
FIELD_IF(block_failed, s->snap->blocks.counted, s->snap->blocks.failed)
FIELD_IF(block_failed_with_room, s->snap->blocks.counted,
	 s->snap->blocks.failed_with_room)

/* The same figures for the system and for a device. */
static const struct mapping_totals *totals_of(const struct subject *s)
{
	return s->device ? &s->device->totals : &s->snap->mappings;
}

#define MAPPING_FIELD(name, field)                                             \
	FIELD_IF(name, totals_of(s)->counted, totals_of(s)->field)

MAPPING_FIELD(map_maps, maps)
MAPPING_FIELD(map_unmaps, unmaps)
MAPPING_FIELD(map_bytes, bytes)
MAPPING_FIELD(map_live, live)
MAPPING_FIELD(map_live_slots, live_slots)
MAPPING_FIELD(map_grown, grown)
MAPPING_FIELD(map_unknown_age, unknown_age)
MAPPING_FIELD(map_oldest, oldest_ns)
MAPPING_FIELD(map_oversize, failures[FAILURE_OVERSIZE])
MAPPING_FIELD(map_alignment, failures[FAILURE_ALIGNMENT])
MAPPING_FIELD(map_fragmented, failures[FAILURE_FRAGMENTED])
MAPPING_FIELD(map_exhausted, failures[FAILURE_EXHAUSTED])

/* Where freed memory was not looked for, that no leak was found proves nothing.
 */
FIELD_IF(map_leaked,
	 totals_of(s)->counted &&
		 (s->snap->mappings.freed_known || totals_of(s)->leaked),
	 totals_of(s)->leaked)

static bool attached(const struct subject *s, const char *name)
{
	const struct hook *hook = snapshot_hook(s->snap, name);

	return hook && hook->state != HOOK_ABSENT;
}

FIELD_IF(map_syncs,
	 totals_of(s)->counted &&attached(s, "bounces.sync_for_device") &&
		 attached(s, "bounces.sync_for_cpu"),
	 totals_of(s)->syncs)
FIELD_IF(map_bounce, totals_of(s)->counted &&attached(s, "bounces.copy"),
	 totals_of(s)->bounce_ns)

static bool map_failures(const struct subject *s, int64_t *value)
{
	const struct mapping_totals *totals = totals_of(s);
	uint64_t sum = 0;

	for (unsigned int i = 0; i < FAILURE_CAUSES; i++)
		sum += totals->failures[i];
	return totals->counted && store(value, sum);
}

FIELD(device_wait_contended, s->device->waits.contended)
FIELD(device_wait_total, s->device->waits.total_ns)
FIELD(loss_total, snapshot_loss_total(s->snap))
FIELD(table_bytes, snapshot_table_bytes(s->snap, false))
FIELD(table_bytes_full, snapshot_table_bytes(s->snap, true))

#define WRAPPED	       "the kernel's counter has run below 0"
#define CHANGING       "the area changed too fast to compare"
#define OTHER_SEGMENTS "segments of this kernel are not of 128 slots"
#define NO_LISTS       "this kernel keeps no lists of device blocks"
#define NO_BLOCK_CALLS "no block function of this kernel could be attached"
#define NO_MAP_CALLS   "no map function of this kernel could be attached"
#define NO_PAGES                                                               \
	"no device that has mappings is gone, and freed memory was not "       \
	"looked for: the kernel does not tell where its pages are described "  \
	"(mem_section); needs CONFIG_KALLSYMS_ALL, and the sysctl "            \
	"kernel.kptr_restrict below 2"
#define NO_SYNCS     "no hook on all syncs; swiotlb doctor says why"
#define NO_COPIES    "no hook on copies; swiotlb doctor says why"
#define NO_CPU_WAITS "not recorded by CPU"
#define NO_AREAS     "the pool's areas could not be read"

/* A row whose values are parts of a whole. */
#define PART(whole_, scope_, unit_, kind_, basis_, name_, path_, get_,         \
	     unknown_, help_)                                                  \
	{                                                                      \
		.name = name_, .path = path_, .scope = SCOPE_##scope_,         \
		.unit = UNIT_##unit_, .kind = KIND_##kind_,                    \
		.basis = BASIS_##basis_, .help = help_, .get = get_,           \
		.unknown = unknown_, .whole = whole_                           \
	}

#define ROW(...) PART(NULL, __VA_ARGS__)

/* clang-format off: a table is read in columns */
const struct metric metric_table[] = {
	ROW(POOL, SLOTS, GAUGE, PLACES, "pool.slots", "slots", pool_slots, NULL,
	    "slots in the pool"),
	PART(pool_slots, POOL, SLOTS, GAUGE, PLACES, "pool.used", "used",
	     pool_used, WRAPPED, "slots taken, by the kernel's counters"),
	PART(pool_slots, POOL, SLOTS, PEAK, PLACES, "pool.used_peak",
	     "used_peak", pool_used_peak, WRAPPED,
	     "most slots taken in one sample of the window"),
	PART(pool_slots, POOL, SLOTS, GAUGE, PLACES, "pool.busy", "busy",
	     pool_busy, NO_AREAS, "slots taken, counted one by one"),
	ROW(POOL, SLOTS, GAUGE, PLACES, "pool.largest_free", "largest_free",
	    pool_largest_free, OTHER_SEGMENTS,
	    "longest free run of any area, at most a segment"),

	ROW(AREA, SLOTS, GAUGE, PLACES, "area.slots", "slots", area_slots, NULL,
	    "slots in the area"),
	PART(area_slots, AREA, SLOTS, GAUGE, PLACES, "area.used", "used",
	     area_used, WRAPPED, "slots taken, by the kernel's counter"),
	PART(area_slots, AREA, SLOTS, PEAK, PLACES, "area.used_peak",
	     "used_peak", area_used_peak, WRAPPED,
	     "most slots taken in one sample of the window"),
	PART(area_slots, AREA, SLOTS, GAUGE, PLACES, "area.busy", "busy",
	     area_busy, NULL, "slots taken, counted one by one"),
	ROW(AREA, SLOTS, GAUGE, PLACES, "area.largest_free", "largest_free",
	    area_largest_free, OTHER_SEGMENTS,
	    "longest free run, at most a segment"),
	ROW(AREA, COUNT, GAUGE, PLACES, "area.list_errors", "list_errors",
	    area_list_errors, OTHER_SEGMENTS,
	    "run lengths of slots that contradict their neighbours"),
	ROW(AREA, SLOTS, GAUGE, PLACES, "area.used_drift", "used_drift",
	    area_used_drift, CHANGING,
	    "the kernel's counter minus the slots counted; 0 when sound"),
	ROW(AREA, COUNT, GAUGE, PLACES, "area.blocks.total", "blocks.total",
	    area_blocks_total, NO_LISTS, "blocks in the area"),
	ROW(AREA, COUNT, GAUGE, PLACES, "area.blocks.free", "blocks.free",
	    area_blocks_free, NO_LISTS, "blocks listed free"),
	ROW(AREA, COUNT, GAUGE, PLACES, "area.blocks.allocated",
	    "blocks.allocated", area_blocks_allocated, NO_LISTS,
	    "blocks listed allocated"),
	ROW(AREA, COUNT, GAUGE, HOLDINGS, "area.blocks.orphaned",
	    "blocks.orphaned", area_blocks_orphaned, NO_LISTS,
	    "allocated blocks that no living device holds"),
	ROW(AREA, COUNT, GAUGE, HOLDINGS, "area.blocks.unreclaimed",
	    "blocks.unreclaimed", area_blocks_unreclaimed, NO_LISTS,
	    "blocks listed free whose slots are still taken"),
	ROW(AREA, COUNT, GAUGE, HOLDINGS, "area.blocks.list_errors",
	    "blocks.list_errors", area_blocks_list_errors, NO_LISTS,
	    "run lengths of blocks that contradict their neighbours"),

	ROW(AREA, COUNT, COUNTER, WAITS, "lock.contended", "lock.contended",
	    lock_contended, NULL, "waits for the area's lock"),
	ROW(AREA, NS, COUNTER, WAITS, "lock.wait.total", "lock.wait_ns.total",
	    lock_wait_total, NULL, "time waited for the area's lock"),
	ROW(AREA, NS, PEAK, WAITS, "lock.wait.max", "lock.wait_ns.max",
	    lock_wait_max, NULL, "longest wait"),
	ROW(AREA, NS, GAUGE, WAIT_P50, "lock.wait.p50", "lock.wait_ns.p50",
	    lock_wait_p50, NULL,
	    "half of the waits were not longer (rounded up to a power of two)"),
	ROW(AREA, NS, GAUGE, WAIT_P90, "lock.wait.p90", "lock.wait_ns.p90",
	    lock_wait_p90, NULL,
	    "nine in ten waits were not longer (rounded up likewise)"),
	ROW(AREA, NS, GAUGE, WAIT_P99, "lock.wait.p99", "lock.wait_ns.p99",
	    lock_wait_p99, NULL,
	    "99 in 100 waits were not longer (rounded up likewise)"),
	ROW(AREA, COUNT, COUNTER, TRACEPOINTS, "lock.contention_begin",
	    "lock.contention_begin", lock_tracepoint, NULL,
	    "times the tracepoint lock:contention_begin fired for the lock"),

	ROW(AREA, COUNT, COUNTER, WAITS, "lock.foreign.contended",
	    "lock.foreign.contended", foreign_contended, NO_CPU_WAITS,
	    "waits for it of CPUs whose home is another area"),
	ROW(AREA, NS, COUNTER, WAITS, "lock.foreign.wait.total",
	    "lock.foreign.wait_ns.total", foreign_wait_total, NO_CPU_WAITS,
	    "time that CPUs whose home is another area waited for it"),
	ROW(AREA, COUNT, COUNTER, HOLDS, "lock.acquisitions",
	    "lock.acquisitions", lock_acquisitions, NULL,
	    "times the area's lock was taken and released"),
	ROW(AREA, COUNT, COUNTER, HOLDS, "lock.foreign.acquisitions",
	    "lock.foreign.acquisitions", foreign_acquisitions, NO_CPU_WAITS,
	    "times CPUs whose home is another area took it"),
	ROW(AREA, NS, COUNTER, HOLDS, "lock.hold.total", "lock.hold_ns.total",
	    lock_hold_total, NULL, "time the area's lock was held"),
	ROW(AREA, NS, PEAK, HOLDS, "lock.hold.max", "lock.hold_ns.max",
	    lock_hold_max, NULL, "longest time it was held without a break"),
	ROW(AREA, NS, GAUGE, HOLD_P99, "lock.hold.p99", "lock.hold_ns.p99",
	    lock_hold_p99, NULL,
	    "99 in 100 holds were not longer (rounded up to a power of two)"),

	ROW(SYSTEM, COUNT, COUNTER, WAITS, "gone.contended",
	    "gone_pools.lock.contended", gone_contended, NULL,
	    "waits for locks of pools that are gone"),
	ROW(SYSTEM, NS, COUNTER, WAITS, "gone.wait.total",
	    "gone_pools.lock.wait_ns.total", gone_wait_total, NULL,
	    "time waited for them"),
	ROW(SYSTEM, NS, PEAK, WAITS, "gone.wait.max",
	    "gone_pools.lock.wait_ns.max", gone_wait_max, NULL,
	    "longest of these waits"),
	ROW(SYSTEM, COUNT, COUNTER, HOLDS, "gone.acquisitions",
	    "gone_pools.lock.acquisitions", gone_acquisitions, NULL,
	    "times that locks of pools that are gone were taken and released"),
	ROW(SYSTEM, NS, COUNTER, HOLDS, "gone.hold.total",
	    "gone_pools.lock.hold_ns.total", gone_hold_total, NULL,
	    "time they were held"),
	ROW(SYSTEM, NS, PEAK, HOLDS, "gone.hold.max",
	    "gone_pools.lock.hold_ns.max", gone_hold_max, NULL,
	    "longest time one of them was held without a break"),

	ROW(SYSTEM, COUNT, GAUGE, BLOCK_LIVE, "block.live", "blocks.live",
	    block_live, NO_LISTS, "blocks allocated now"),
	ROW(SYSTEM, COUNT, GAUGE, BLOCK_LEAKS, "block.leaked", "blocks.leaked",
	    block_leaked, NO_LISTS,
	    "blocks whose device is gone, or taken in the window and live after it"),
	ROW(SYSTEM, COUNT, GAUGE, BLOCK_STATE, "block.orphaned",
	    "blocks.orphaned", block_orphaned, NO_LISTS,
	    "blocks whose device is gone"),
	ROW(SYSTEM, COUNT, GAUGE, BLOCK_STATE, "block.unreclaimed",
	    "blocks.unreclaimed", block_unreclaimed, NO_LISTS,
	    "blocks given back whose slots were not"),
	ROW(SYSTEM, COUNT, GAUGE, BLOCK_STATE, "block.list_errors",
	    "blocks.list_errors", block_list_errors, NO_LISTS,
	    "run lengths of blocks that contradict their neighbours"),
	ROW(SYSTEM, COUNT, GAUGE, BLOCK_STATE, "block.stale", "blocks.stale",
	    block_stale, NO_LISTS,
	    "blocks given back whose device still has them as its pool"),
	ROW(SYSTEM, COUNT, COUNTER, BLOCK_CALLS, "block.requests",
	    "blocks.requests", block_requests, NO_BLOCK_CALLS,
	    "device allocations that succeeded"),
	ROW(SYSTEM, COUNT, COUNTER, BLOCK_CALLS, "block.releases",
	    "blocks.releases", block_releases, NO_BLOCK_CALLS,
	    "device allocations given back"),
	ROW(SYSTEM, COUNT, COUNTER, BLOCK_CALLS, "block.allocated",
	    "blocks.allocated", block_allocated, NO_BLOCK_CALLS,
	    "blocks taken in the window"),
	ROW(SYSTEM, COUNT, COUNTER, BLOCK_CALLS, "block.freed", "blocks.freed",
	    block_freed, NO_BLOCK_CALLS, "blocks given back in the window"),
	ROW(SYSTEM, COUNT, COUNTER, BLOCK_CALLS, "block.failed",
	    "blocks.failed", block_failed, NO_BLOCK_CALLS,
	    "device allocations that failed"),
	ROW(SYSTEM, COUNT, COUNTER, BLOCK_CALLS, "block.failed_with_room",
	    "blocks.failed_with_room", block_failed_with_room, NO_BLOCK_CALLS,
	    "of these, while some area had room"),

	ROW(SYSTEM, COUNT, COUNTER, MAPS, "map.maps", "mappings.maps", map_maps,
	    NO_MAP_CALLS,
	    "mappings made, and coherent memory taken from restricted pools"),
	ROW(SYSTEM, COUNT, COUNTER, UNMAPS, "map.unmaps", "mappings.unmaps",
	    map_unmaps, NO_MAP_CALLS, "mappings ended"),
	ROW(SYSTEM, COUNT, COUNTER, COPIES, "map.syncs", "mappings.syncs",
	    map_syncs, NO_SYNCS,
	    "syncs for CPU or device; an unmap of dma_map_*() is one too"),
	ROW(SYSTEM, BYTES, COUNTER, MAPS, "map.bytes", "mappings.bytes",
	    map_bytes, NO_MAP_CALLS, "bytes mapped"),
	ROW(SYSTEM, NS, COUNTER, COPIES, "map.bounce", "mappings.bounce_ns",
	    map_bounce, NO_COPIES, "time spent copying"),
	ROW(SYSTEM, COUNT, GAUGE, LIVE, "map.live", "mappings.live", map_live,
	    NO_MAP_CALLS, "mappings now"),
	ROW(SYSTEM, SLOTS, GAUGE, LIVE, "map.live_slots", "mappings.live_slots",
	    map_live_slots, NO_MAP_CALLS, "slots they take"),
	ROW(SYSTEM, COUNT, GAUGE, LEAKS, "map.leaked", "mappings.leaked",
	    map_leaked, NO_PAGES,
	    "mappings that can never be given back: their device is gone, or the memory that they map has been freed"),
	ROW(SYSTEM, COUNT, GAUGE, AGES, "map.grown", "mappings.grown",
	    map_grown, NO_MAP_CALLS,
	    "by how many live mappings grew in the window, beyond what they fluctuate"),
	ROW(SYSTEM, COUNT, GAUGE, LIVE, "map.unknown_age",
	    "mappings.unknown_age", map_unknown_age, NO_MAP_CALLS,
	    "live mappings made before the window, or whose making was missed"),
	ROW(SYSTEM, NS, GAUGE, AGES, "map.oldest", "mappings.oldest_seconds",
	    map_oldest, NO_MAP_CALLS,
	    "age of the oldest live mapping of known age"),
	ROW(SYSTEM, COUNT, COUNTER, MAPS, "map.failures", "failures.total",
	    map_failures, NO_MAP_CALLS, "mappings refused"),
	ROW(SYSTEM, COUNT, COUNTER, MAPS, "map.failures.oversize",
	    "failures.oversize", map_oversize, NO_MAP_CALLS,
	    "of these, larger than the device can ever map at once"),
	ROW(SYSTEM, COUNT, COUNTER, CAUSES, "map.failures.alignment",
	    "failures.alignment", map_alignment, NO_MAP_CALLS,
	    "of these, with a long enough free run, none aligned as asked"),
	ROW(SYSTEM, COUNT, COUNTER, CAUSES, "map.failures.fragmented",
	    "failures.fragmented", map_fragmented, NO_MAP_CALLS,
	    "of these, with enough free slots, no run that long"),
	ROW(SYSTEM, COUNT, COUNTER, MAPS, "map.failures.exhausted",
	    "failures.exhausted", map_exhausted, NO_MAP_CALLS,
	    "of these, with too few free slots"),

	ROW(DEVICE, COUNT, COUNTER, DEVICE_MAPS, "device.maps", "maps",
	    map_maps, NO_MAP_CALLS, "mappings made for the device"),
	ROW(DEVICE, COUNT, COUNTER, DEVICE_UNMAPS, "device.unmaps", "unmaps",
	    map_unmaps, NO_MAP_CALLS, "mappings ended"),
	ROW(DEVICE, COUNT, COUNTER, DEVICE_COPIES, "device.syncs", "syncs",
	    map_syncs, NO_SYNCS,
	    "syncs for CPU or device; an unmap of dma_map_*() is one too"),
	ROW(DEVICE, BYTES, COUNTER, DEVICE_MAPS, "device.bytes", "bytes",
	    map_bytes, NO_MAP_CALLS, "bytes mapped"),
	ROW(DEVICE, NS, COUNTER, DEVICE_COPIES, "device.bounce", "bounce_ns",
	    map_bounce, NO_COPIES, "time spent copying"),
	ROW(DEVICE, COUNT, COUNTER, DEVICE_MAPS, "device.failures", "failures",
	    map_failures, NO_MAP_CALLS, "mappings refused"),
	ROW(DEVICE, COUNT, COUNTER, DEVICE_MAPS, "device.failures.oversize",
	    "failure_causes.oversize", map_oversize, NO_MAP_CALLS,
	    "of these, larger than the device can ever map at once"),
	ROW(DEVICE, COUNT, COUNTER, DEVICE_CAUSES, "device.failures.alignment",
	    "failure_causes.alignment", map_alignment, NO_MAP_CALLS,
	    "of these, with a long enough free run, none aligned as asked"),
	ROW(DEVICE, COUNT, COUNTER, DEVICE_CAUSES, "device.failures.fragmented",
	    "failure_causes.fragmented", map_fragmented, NO_MAP_CALLS,
	    "of these, with enough free slots, no run that long"),
	ROW(DEVICE, COUNT, COUNTER, DEVICE_MAPS, "device.failures.exhausted",
	    "failure_causes.exhausted", map_exhausted, NO_MAP_CALLS,
	    "of these, with too few free slots"),
	ROW(DEVICE, COUNT, GAUGE, DEVICE_LIVE, "device.live", "live", map_live,
	    NO_MAP_CALLS, "mappings now"),
	ROW(DEVICE, SLOTS, GAUGE, DEVICE_LIVE, "device.live_slots",
	    "live_slots", map_live_slots, NO_MAP_CALLS, "slots they take"),
	ROW(DEVICE, COUNT, GAUGE, DEVICE_LEAKS, "device.leaked", "leaked",
	    map_leaked, NO_PAGES,
	    "mappings of it that can never be given back"),
	ROW(DEVICE, COUNT, GAUGE, DEVICE_AGES, "device.grown", "grown",
	    map_grown, NO_MAP_CALLS,
	    "by how many its live mappings grew in the window, beyond what they fluctuate"),
	ROW(DEVICE, NS, GAUGE, DEVICE_AGES, "device.oldest", "oldest_seconds",
	    map_oldest, NO_MAP_CALLS,
	    "age of its oldest live mapping of known age"),
	ROW(DEVICE, COUNT, COUNTER, DEVICE_WAITS, "device.lock.contended",
	    "lock.contended", device_wait_contended, NULL,
	    "waits for area locks in its maps and unmaps"),
	ROW(DEVICE, NS, COUNTER, DEVICE_WAITS, "device.lock.wait.total",
	    "lock.wait_ns.total", device_wait_total, NULL,
	    "time it waited for them"),

	ROW(SYSTEM, COUNT, COUNTER, OWN, "loss.total", "loss.total", loss_total,
	    NULL, "events that were missed, all causes"),
	ROW(SYSTEM, BYTES, GAUGE, OWN, "table.bytes", "tables.bytes",
	    table_bytes, NULL, "kernel memory of the tool's own tables"),
	ROW(SYSTEM, BYTES, GAUGE, OWN, "table.bytes_full", "tables.bytes_full",
	    table_bytes_full, NULL,
	    "what tables that grow take beyond that once they are full"),
};
/* clang-format on */

const size_t metric_count = sizeof(metric_table) / sizeof(metric_table[0]);

const char *metric_scope_name(enum metric_scope scope)
{
	static const char *const names[] = { "system", "pool", "area",
					     "device" };

	return names[scope];
}

const char *metric_unit_name(enum metric_unit unit)
{
	static const char *const names[] = { "count", "slots", "bytes", "ns" };

	return names[unit];
}

const char *metric_kind_name(enum metric_kind kind)
{
	static const char *const names[] = { "gauge", "counter", "peak" };

	return names[kind];
}

unsigned int metric_levels(const struct metric *metric)
{
	return basis_table[metric->basis].levels;
}

const struct metric *metric_find(const char *name)
{
	for (size_t i = 0; i < metric_count; i++)
		if (!strcmp(metric_table[i].name, name))
			return &metric_table[i];
	return NULL;
}

const struct metric *metric_part(const struct metric *metric)
{
	static const char *const beginnings[][2] = {
		{ "block.live", "area.blocks.allocated" },
		{ "block.", "area.blocks." },
		{ "map.", "device." },
		{ "pool.", "area." },
	};
	char name[64];

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
		const struct metric *part;
		size_t len = strlen(beginnings[i][0]);

		if (strncmp(metric->name, beginnings[i][0], len))
			continue;
		snprintf(name, sizeof(name), "%s%s", beginnings[i][1],
			 metric->name + len);
		part = metric_find(name);
		if (part)
			return part;
	}
	return NULL;
}

/* The reason of the first level that is missing, NULL when none is. */
static const char *missing_level(const struct metric *metric,
				 const struct snapshot *snap)
{
	for (unsigned int i = 0; i < level_count; i++) {
		unsigned int level = level_table[i].level;
		const char *reason;

		if (!(metric_levels(metric) & level))
			continue;
		reason = snapshot_level_missing(snap, level);
		if (reason)
			return reason;
	}
	return NULL;
}

bool metric_value(const struct metric *metric, const struct subject *subject,
		  int64_t *value)
{
	int64_t figure;

	if (missing_level(metric, subject->snap))
		return false;
	if (!metric->get(subject, &figure))
		return false;
	*value = figure;
	return true;
}

const char *metric_unknown_reason(const struct metric *metric,
				  const struct subject *subject)
{
	const char *reason = missing_level(metric, subject->snap);

	if (reason)
		return reason;
	return metric->unknown ? metric->unknown : "not measured";
}

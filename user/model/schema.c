/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/schema.h"

#include <stddef.h>

#include "model/audit.h"
#include "model/bounce.h"
#include "model/derived.h"
#include "model/refusals.h"
#include "model/wrong_unmaps.h"

#define WRAPPED	       "the kernel's counter has run below 0"
#define CHANGING       "the area changed too fast to compare, or was locked"
#define OTHER_SEGMENTS "segments of this kernel are not of 128 slots"
#define NO_LISTS       "this kernel keeps no lists of device blocks"
#define NO_BLOCK_CALLS "no block function of this kernel could be attached"
#define NO_HIWATER                                                             \
	"the kernel keeps no total: that takes 6.4 or later with "             \
	"CONFIG_DEBUG_FS, and from 7.3 on swiotlb=SLOTS,AREAS,track_hiwater"
#define NO_TRANSIENT "this kernel does not count them"
#define NO_POOL	     "this kernel has no default pool"
#define NO_LOG	     "the kernel's log could not be read"
#define NO_MAP_CALLS "no map function of this kernel could be attached"
#define NO_PAGES                                                               \
	"no device that has mappings is gone, and freed memory was not "       \
	"checked: the kernel does not show where its pages are described "     \
	"(mem_section); needs CAP_SYS_ADMIN, or both CONFIG_KALLSYMS_ALL "     \
	"and the sysctl kernel.kptr_restrict below 2"
#define NO_GROWTH                                                              \
	"this kernel makes no pools at run time, or its functions for that could not be attached"
#define NO_SYNCS     "no hook on all syncs; swiotlb doctor says why"
#define NO_COPIES    "no hook on copies; swiotlb doctor says why"
#define NO_CPU_WAITS "not recorded by CPU"
#define NO_SIZING    "not the default pool, or the kernel adds to it"
#define NO_LIMIT     "swiotlb does not limit it, or it is not known"
#define NO_AREAS     "the pool's areas could not be read"
#define NO_TRACE     "no map or unmap function of this kernel could be attached"
#define NO_AUDIT                                                               \
	"an invariant could not be checked; the report's audit says why"

/*
 * What a row says of its member. ENTITY and SCOPE are those of the table that
 * it is in. A type that the schema does not know does not compile.
 */
#define TYPE_OF(m)                                                             \
	_Generic(((ENTITY *)0)->m, uint16_t: TYPE_U16, uint32_t: TYPE_U32, uint64_t: TYPE_U64,     \
		int: TYPE_S32, int64_t: TYPE_S64, bool: TYPE_BOOL,             \
		char *: TYPE_TEXT, char **: TYPE_WORDS, uint64_t *: TYPE_NUMBERS, int64_t *: TYPE_NUMBERS, struct histogram: TYPE_HISTOGRAM,         \
		struct stack: TYPE_STACK)
#define MEMBER(m)                                                              \
	.scope = SCOPE, .type = TYPE_OF(m), .offset = offsetof(ENTITY, m),     \
	.size = sizeof(((ENTITY *)0)->m)

/* Nothing but that it is there: not in a report. */
#define KEPT(m, ...)                                                           \
	{                                                                      \
		MEMBER(m), ##__VA_ARGS__                                       \
	}

/* What a report shows, and is no metric. */
#define SHOWN(m, path_, ...)                                                   \
	{                                                                      \
		MEMBER(m), .path = path_, ##__VA_ARGS__                        \
	}

/* A bool that says whether other members are known. */
#define FLAG(m)			   KEPT(m)
#define KNOWN_BY(m)		   .flag = offsetof(ENTITY, m)
#define KNOWN_IF(function, reason) .known = function, .unknown = reason
#define NAMES(function, count)	   .names = function, .nr_names = count

/* Counters that are reset together; @first shows that. */
#define SINCE(first)   .guard = offsetof(ENTITY, first)
#define COUNTED(first) .kind = KIND_COUNTER, SINCE(first)
#define MAX_OF(first, histogram)                                               \
	SINCE(first), .top_of = offsetof(ENTITY, histogram)

#define LEVELS_OF(basis_) .basis = BASIS_##basis_

/* A metric. */
#define FIGURE_AS(unit_, kind_, basis_, metric_, path_, help_)                 \
	.metric = metric_, .path = path_, .unit = UNIT_##unit_,                \
	.kind = KIND_##kind_, .basis = BASIS_##basis_, .help = help_
#define METRIC(m, unit_, kind_, basis_, metric_, path_, help_, ...)            \
	{                                                                      \
		MEMBER(m),                                                     \
			FIGURE_AS(unit_, kind_, basis_, metric_, path_,        \
				  help_),                                      \
			##__VA_ARGS__                                          \
	}
#define DERIVED(get_, unit_, kind_, basis_, metric_, path_, help_, ...)        \
	{                                                                      \
		.scope = SCOPE, .get = get_,                                   \
		FIGURE_AS(unit_, kind_, basis_, metric_, path_, help_),        \
		##__VA_ARGS__                                                  \
	}

/* What a report shows, and is derived and no metric. */
#define DERIVED_SHOWN(get_, path_, ...)                                        \
	{                                                                      \
		.scope = SCOPE, .get = get_, .path = path_, ##__VA_ARGS__      \
	}

#define LIST(m, count_, item_, type_, path_, ...)                              \
	{                                                                      \
		.scope = SCOPE,                                                \
		.type = _Generic(((ENTITY *)0)->m, type_ *                     \
				 : TYPE_LIST),                                 \
		.offset = offsetof(ENTITY, m), .size = sizeof(void *),         \
		.count = offsetof(ENTITY, count_),                             \
		.count_size = sizeof(((ENTITY *)0)->count_),                   \
		.item = SCOPE_##item_, .path = path_, ##__VA_ARGS__            \
	}

/* The rest of waits that a report has in part. */
#define KEPT_WAITS(m)                                                          \
	KEPT(m.wait, COUNTED(m.contended)),                                    \
		KEPT(m.tracepoint, COUNTED(m.contended))

#define ENTITY struct pool
#define SCOPE  SCOPE_POOL
static const struct field pool_fields[] = {
	SHOWN(id, "id", .key = true),
	KEPT(key),
	SHOWN(name, "name"),
	SHOWN(kind, "kind", NAMES(pool_kind_name, POOL_TRANSIENT + 1)),
	SHOWN(device, "device", .null = NULL_ZERO),
	SHOWN(parent_id, "parent", .null = NULL_NEGATIVE),
	KEPT(start),
	KEPT(end),
	DERIVED_SHOWN(slot_bytes, "slot_bytes"),
	SHOWN(blocks_known, "has_blocks"),
	SHOWN(stale, "stale"),
	METRIC(slots, SLOTS, GAUGE, PLACES, "pool.slots", "slots",
	       "slots in the pool"),
	METRIC(used, SLOTS, GAUGE, PLACES, "pool.used", "used",
	       "slots taken, by the kernel's counters", .null = NULL_WRAPPED,
	       .unknown = WRAPPED, .whole = pool_slots),
	METRIC(used_peak, SLOTS, PEAK, PLACES, "pool.used_peak", "used_peak",
	       "most slots taken in one sample of the window",
	       KNOWN_IF(pool_used_known, WRAPPED), .null = NULL_WRAPPED,
	       .whole = pool_slots),
	METRIC(total_used, SLOTS, GAUGE, PLACES, "pool.total_used",
	       "total_used",
	       "slots taken of the pool and those added to it, by the kernel's own count",
	       .null = NULL_WRAPPED, .unknown = NO_HIWATER),
	METRIC(used_hiwater, SLOTS, GAUGE, PLACES, "pool.used_hiwater",
	       "used_hiwater",
	       "most slots taken since boot, by the kernel's own count",
	       .null = NULL_WRAPPED, .unknown = NO_HIWATER,
	       .whole = pool_slots),
	METRIC(transient_slots, SLOTS, GAUGE, PLACES, "pool.transient_slots",
	       "transient_slots",
	       "slots of live pools that were made for one mapping each, by the kernel's own count",
	       .null = NULL_WRAPPED, .unknown = NO_TRANSIENT),
	DERIVED(pool_busy, SLOTS, GAUGE, PLACES, "pool.busy", "busy",
		"slots taken, counted one by one", .unknown = NO_AREAS,
		.whole = pool_slots),
	DERIVED(pool_largest_free, SLOTS, GAUGE, PLACES, "pool.largest_free",
		"largest_free",
		"longest free run of any area, at most a segment",
		.unknown = OTHER_SEGMENTS),
	SHOWN(lists_bytes, "lists_bytes", .unit = UNIT_BYTES,
	      .help = "kernel memory for its lists, beside that of the slots"),
	DERIVED_SHOWN(pool_memory, "memory_bytes", .unit = UNIT_BYTES,
		      .help = "kernel memory of slots and lists"),
	DERIVED_SHOWN(
		pool_enough_slots, "enough_slots", .unit = UNIT_SLOTS,
		.unknown = NO_SIZING,
		.help = "slots that would have done: twice used_hiwater, or twice used_peak where that is unknown, rounded up; null: not the default pool, or it grows"),
	LIST(areas, nr_areas, AREA, struct area, "areas"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct area
#define SCOPE  SCOPE_AREA

#define BLOCKS_KNOWN KNOWN_IF(pool_has_blocks, NO_LISTS)
static const struct field area_fields[] = {
	SHOWN(index, "index", .key = true),
	METRIC(slots, SLOTS, GAUGE, PLACES, "area.slots", "slots",
	       "slots in the area"),
	METRIC(used, SLOTS, GAUGE, PLACES, "area.used", "used",
	       "slots taken, by the kernel's counter", .null = NULL_WRAPPED,
	       .unknown = WRAPPED, .whole = area_slots),
	METRIC(used_peak, SLOTS, PEAK, PLACES, "area.used_peak", "used_peak",
	       "most slots taken in one sample of the window",
	       KNOWN_IF(area_used_known, WRAPPED), .null = NULL_WRAPPED,
	       .whole = area_slots),
	METRIC(busy, SLOTS, GAUGE, PLACES, "area.busy", "busy",
	       "slots taken, counted one by one", .whole = area_slots),
	METRIC(largest_free, SLOTS, GAUGE, PLACES, "area.largest_free",
	       "largest_free", "longest free run, at most a segment",
	       KNOWN_IF(segments_known, OTHER_SEGMENTS)),
	METRIC(list_errors, COUNT, GAUGE, PLACES, "area.list_errors",
	       "list_errors",
	       "run lengths of slots that contradict their neighbours",
	       KNOWN_IF(segments_known, OTHER_SEGMENTS)),
	SHOWN(long_run, "long_run", .null = NULL_ZERO, .unit = UNIT_SLOTS,
	      .help = "a run length that no segment of 128 slots has"),
	FLAG(drift_known),
	METRIC(drift, SLOTS, GAUGE, PLACES, "area.used_drift", "used_drift",
	       "the kernel's counter minus the slots counted; 0 when sound",
	       KNOWN_BY(drift_known), .unknown = CHANGING),
	METRIC(blocks.total, COUNT, GAUGE, PLACES, "area.blocks.total",
	       "blocks.total", "blocks in the area", BLOCKS_KNOWN),
	METRIC(blocks.free, COUNT, GAUGE, PLACES, "area.blocks.free",
	       "blocks.free", "blocks listed free", BLOCKS_KNOWN),
	METRIC(blocks.allocated, COUNT, GAUGE, PLACES, "area.blocks.allocated",
	       "blocks.allocated", "blocks listed allocated", BLOCKS_KNOWN),
	METRIC(blocks.orphaned, COUNT, GAUGE, HOLDINGS, "area.blocks.orphaned",
	       "blocks.orphaned",
	       "allocated blocks that no living device holds", BLOCKS_KNOWN),
	METRIC(blocks.unreclaimed, COUNT, GAUGE, HOLDINGS,
	       "area.blocks.unreclaimed", "blocks.unreclaimed",
	       "blocks listed free whose slots are still taken", BLOCKS_KNOWN),
	METRIC(blocks.list_errors, COUNT, GAUGE, HOLDINGS,
	       "area.blocks.list_errors", "blocks.list_errors",
	       "run lengths of blocks that contradict their neighbours",
	       BLOCKS_KNOWN),
	KEPT(blocks.run_errors),
	KEPT(blocks.held_free),

	METRIC(locks.contended, COUNT, COUNTER, WAITS, "lock.contended",
	       "lock.contended", "waits for the area's lock",
	       SINCE(locks.contended)),
	METRIC(locks.total_ns, NS, COUNTER, WAITS, "lock.wait.total",
	       "lock.wait_ns.total", "time waited for the area's lock",
	       SINCE(locks.contended)),
	METRIC(locks.max_ns, NS, PEAK, WAITS, "lock.wait.max",
	       "lock.wait_ns.max", "longest wait",
	       MAX_OF(locks.contended, locks.wait)),
	DERIVED(lock_wait_p50, NS, GAUGE, WAIT_P50, "lock.wait.p50",
		"lock.wait_ns.p50",
		"half of the waits were not longer (rounded up to a power of two)"),
	DERIVED(lock_wait_p90, NS, GAUGE, WAIT_P90, "lock.wait.p90",
		"lock.wait_ns.p90",
		"nine in ten waits were not longer (rounded up likewise)"),
	DERIVED(lock_wait_p99, NS, GAUGE, WAIT_P99, "lock.wait.p99",
		"lock.wait_ns.p99",
		"99 in 100 waits were not longer (rounded up likewise)"),
	SHOWN(locks.wait, "lock.wait_ns.histogram", LEVELS_OF(WAITS),
	      .unit = UNIT_NS, COUNTED(locks.contended)),
	METRIC(locks.tracepoint, COUNT, COUNTER, TRACEPOINTS,
	       "lock.contention_begin", "lock.contention_begin",
	       "times the tracepoint lock:contention_begin fired for the lock",
	       SINCE(locks.contended)),
	DERIVED(foreign_contended, COUNT, COUNTER, WAITS,
		"lock.foreign.contended", "lock.foreign.contended",
		"waits for it of CPUs whose home is another area",
		.unknown = NO_CPU_WAITS),
	DERIVED(foreign_wait_total, NS, COUNTER, WAITS,
		"lock.foreign.wait.total", "lock.foreign.wait_ns.total",
		"time that CPUs whose home is another area waited for it",
		.unknown = NO_CPU_WAITS),
	METRIC(holds.acquisitions, COUNT, COUNTER, HOLDS, "lock.acquisitions",
	       "lock.acquisitions",
	       "times the area's lock was taken and released",
	       SINCE(holds.acquisitions)),
	DERIVED(foreign_acquisitions, COUNT, COUNTER, HOLDS,
		"lock.foreign.acquisitions", "lock.foreign.acquisitions",
		"times CPUs whose home is another area took it",
		.unknown = NO_CPU_WAITS),
	METRIC(holds.total_ns, NS, COUNTER, HOLDS, "lock.hold.total",
	       "lock.hold_ns.total", "time the area's lock was held",
	       SINCE(holds.acquisitions)),
	METRIC(holds.max_ns, NS, PEAK, HOLDS, "lock.hold.max",
	       "lock.hold_ns.max", "longest time it was held without a break",
	       MAX_OF(holds.acquisitions, holds.hold)),
	DERIVED(lock_hold_p99, NS, GAUGE, HOLD_P99, "lock.hold.p99",
		"lock.hold_ns.p99",
		"99 in 100 holds were not longer (rounded up to a power of two)"),
	SHOWN(holds.hold, "lock.hold_ns.histogram", LEVELS_OF(HOLDS),
	      .unit = UNIT_NS, COUNTED(holds.acquisitions)),
	SHOWN(holds.waiters, "lock.waiters", LEVELS_OF(HOLDS),
	      COUNTED(holds.acquisitions),
	      .help = "waits that began while it was held"),
	SHOWN(holds.waited_ns, "lock.waited_ns", LEVELS_OF(HOLDS),
	      .unit = UNIT_NS, COUNTED(holds.acquisitions)),
	FLAG(waits_by_cpu),
	LIST(cpu_waits, nr_cpu_waits, CPU_WAITS, struct cpu_waits, "lock.cpus",
	     LEVELS_OF(WAITS), KNOWN_BY(waits_by_cpu)),
	FLAG(holds_by_cpu),
	LIST(cpu_holds, nr_cpu_holds, CPU_HOLDS, struct cpu_holds,
	     "lock.holders", LEVELS_OF(HOLDS), KNOWN_BY(holds_by_cpu)),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct cpu_waits
#define SCOPE  SCOPE_CPU_WAITS
static const struct field cpu_waits_fields[] = {
	SHOWN(cpu, "cpu", .key = true),
	DERIVED_SHOWN(cpu_is_home, "home", .type = TYPE_BOOL,
		      .help = "the CPU searches this area first"),
	SHOWN(waits.contended, "contended", COUNTED(waits.contended)),
	SHOWN(waits.total_ns, "total_ns", .unit = UNIT_NS,
	      COUNTED(waits.contended)),
	SHOWN(waits.max_ns, "max_ns", .unit = UNIT_NS, .kind = KIND_PEAK,
	      MAX_OF(waits.contended, waits.wait)),
	SHOWN(waits.wait, "histogram", .unit = UNIT_NS, .notation = AS_PAIRS,
	      COUNTED(waits.contended)),
	SHOWN(waits.tracepoint, "contention_begin", LEVELS_OF(TRACEPOINTS),
	      COUNTED(waits.contended)),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct cpu_holds
#define SCOPE  SCOPE_CPU_HOLDS
static const struct field cpu_holds_fields[] = {
	SHOWN(cpu, "cpu", .key = true),
	DERIVED_SHOWN(cpu_is_home, "home", .type = TYPE_BOOL),
	SHOWN(holds.acquisitions, "acquisitions", COUNTED(holds.acquisitions)),
	SHOWN(holds.total_ns, "total_ns", .unit = UNIT_NS,
	      COUNTED(holds.acquisitions)),
	SHOWN(holds.max_ns, "max_ns", .unit = UNIT_NS, .kind = KIND_PEAK,
	      MAX_OF(holds.acquisitions, holds.hold)),
	SHOWN(holds.waiters, "waiters", COUNTED(holds.acquisitions)),
	SHOWN(holds.waited_ns, "waited_ns", .unit = UNIT_NS,
	      COUNTED(holds.acquisitions)),
	SHOWN(holds.hold, "histogram", .unit = UNIT_NS, .notation = AS_PAIRS,
	      COUNTED(holds.acquisitions)),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct block_owner
#define SCOPE  SCOPE_OWNER
static const struct field owner_fields[] = {
	SHOWN(device, "device", .null = NULL_ZERO),
	SHOWN(device_gone, "device_gone"),
	SHOWN(in_window, "in_window"),
	SHOWN(pool_id, "pool", .null = NULL_NEGATIVE),
	SHOWN(area, "area"),
	SHOWN(first_block, "first_block"),
	SHOWN(blocks, "blocks"),
	SHOWN(areas, "areas", .null = NULL_ZERO),
	DERIVED_SHOWN(owner_bytes, "bytes", .unit = UNIT_BYTES),
	FLAG(age_known),
	SHOWN(age_ns, "age_seconds", .unit = UNIT_NS, .notation = AS_SECONDS,
	      KNOWN_BY(age_known)),
	SHOWN(stack, "stack"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct mapping_group
#define SCOPE  SCOPE_GROUP
static const struct field group_fields[] = {
	SHOWN(device, "device", .null = NULL_ZERO),
	SHOWN(pool_id, "pool", .null = NULL_NEGATIVE),
	SHOWN(count, "count"),
	SHOWN(bytes, "bytes", .unit = UNIT_BYTES),
	DERIVED_SHOWN(group_leaked, "leaked", .type = TYPE_BOOL),
	SHOWN(leak, "leak_reason",
	      NAMES(leak_reason_name, LEAK_MEMORY_FREED + 1),
	      .help = "why it can never be given back; null when it is not leaked"),
	SHOWN(unsynced, "unsynced",
	      .help = "written by the CPU or by the device, and never synced"),
	FLAG(age_known),
	SHOWN(oldest_ns, "oldest_seconds", .unit = UNIT_NS,
	      .notation = AS_SECONDS, KNOWN_BY(age_known)),
	SHOWN(stack, "stack"),
	SHOWN(slots, "slots", .unit = UNIT_SLOTS),
	SHOWN(device_key, "device_index", .notation = AS_DEVICE,
	      .help = "its place among the devices; null = unknown"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct wrong_unmap
#define SCOPE  SCOPE_WRONG_UNMAP
static const struct field wrong_unmap_fields[] = {
	SHOWN(fault, "fault", .key = true,
	      NAMES(unmap_fault_name, UNMAP_FAULTS)),
	SHOWN(device, "device", .key = true, .null = NULL_ZERO,
	      .help = "who unmapped"),
	SHOWN(mapped_by, "mapped_by", .key = true, .null = NULL_ZERO,
	      .help = "who had mapped; null when nothing was mapped"),
	SHOWN(count, "count", .kind = KIND_COUNTER),
	SHOWN(pool_id, "pool", .null = NULL_NEGATIVE,
	      .help = "of the first one, like all that follows"),
	SHOWN(slot, "slot", .known = wrong_unmap_placed),
	SHOWN(mapped_bytes, "mapped_bytes", .unit = UNIT_BYTES,
	      .null = NULL_ZERO),
	SHOWN(unmapped_bytes, "unmapped_bytes", .unit = UNIT_BYTES,
	      .null = NULL_ZERO),
	SHOWN(stack, "stack", .key = true),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct refusal
#define SCOPE  SCOPE_REFUSAL
static const struct field refusal_fields[] = {
	SHOWN(device, "device", .key = true, .null = NULL_ZERO),
	SHOWN(cause, "cause", .key = true,
	      NAMES(failure_cause_name, FAILURE_CAUSES)),
	SHOWN(from_bytes, "from_bytes", .key = true, .unit = UNIT_BYTES,
	      .help = "these are of so much, up to twice as much"),
	SHOWN(count, "count", .kind = KIND_COUNTER),
	SHOWN(differing, "differing", .kind = KIND_COUNTER,
	      .help = "of these, of another size than that of the first one"),
	SHOWN(size, "size", .unit = UNIT_BYTES,
	      .help = "that the first one asked for; all that follows is of it too"),
	SHOWN(limit, "limit", .unit = UNIT_BYTES,
	      .help = "the largest mapping that its device can have"),
	SHOWN(min_align_mask, "min_align_mask",
	      .help = "low bits of addresses that its device wants kept"),
	SHOWN(alloc_align_mask, "alloc_align_mask", .null = NULL_WRAPPED,
	      .known = refusal_align_known,
	      .help = "alignment that an IOMMU asked for, minus 1; null: the hook does not see it"),
	SHOWN(boundary_mask, "boundary_mask", .null = NULL_ZERO,
	      .help = "no mapping crosses a multiple of this plus 1; null: there is no boundary"),
	SHOWN(reach, "reach", .null = NULL_ZERO,
	      .help = "highest bus address that the device can use: its DMA mask, or its bus's limit; null: all can be used"),
	SHOWN(queue, "queue", .null = NULL_ZERO,
	      .help = "of cause oversize: the disk behind the device whose queue allows most"),
	SHOWN(queue_limit, "queue_limit", .null = NULL_ZERO, .unit = UNIT_BYTES,
	      .help = "max_hw_sectors_kb of this queue: above limit it lets such requests through"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct bounce_device
#define SCOPE  SCOPE_BOUNCE_DEVICE
static const struct field bounce_device_fields[] = {
	SHOWN(name, "name", .key = true),
	SHOWN(driver, "driver", .null = NULL_ZERO),
	SHOWN(pci, "pci", .help = "it is on a PCI bus"),
	SHOWN(pool_id, "pool", .null = NULL_NEGATIVE),
	FLAG(bounce.known),
	SHOWN(bounce.reason, "bounce.reason", KNOWN_BY(bounce.known),
	      NAMES(bounce_reason_name, BOUNCE_REASONS),
	      .help = "what of its mappings is bounced, and why; null: not known"),
	SHOWN(bounce.dma_mask, "bounce.dma_mask", .null = NULL_ZERO,
	      .help = "highest bus address that it can use; null: all of 64 bits, or not known"),
	SHOWN(bounce.bus_limit, "bounce.bus_limit", .null = NULL_ZERO,
	      .help = "highest bus address that its bus passes on; null: no limit, or not known"),
	DERIVED_SHOWN(
		largest_mapping, "bounce.max_mapping", .unit = UNIT_BYTES,
		.unknown = NO_LIMIT,
		.help = "largest mapping; null: swiotlb does not limit it, or not known"),
	SHOWN(bounce.min_align_mask, "bounce.min_align_mask",
	      KNOWN_BY(bounce.known),
	      .help = "low bits of addresses that it wants kept"),
	SHOWN(bounce.unreached_slots, "bounce.unreached_slots",
	      KNOWN_BY(bounce.known), .unit = UNIT_SLOTS,
	      .help = "slots of its pool that it cannot reach: a mapping that gets one of these fails"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct audit_result
#define SCOPE  SCOPE_AUDIT
static const struct field audit_fields[] = {
	SHOWN(rule, "invariant", .key = true, NAMES(audit_name, AUDIT_RULES)),
	FLAG(known),
	SHOWN(errors, "errors", KNOWN_BY(known),
	      .help = "how often it does not hold; null: not known"),
	SHOWN(pool_id, "pool", .null = NULL_NEGATIVE,
	      .help = "of the first error, like area and slot; null: there is none"),
	SHOWN(area, "area", .null = NULL_NEGATIVE),
	SHOWN(slot, "slot", .null = NULL_NEGATIVE, .help = "in the pool"),
	SHOWN(absent, "absent",
	      .help = "this kernel has nothing that could break it"),
	SHOWN(reason, "unknown", .null = NULL_ZERO,
	      .help = "why it is not known"),
};
#undef ENTITY
#undef SCOPE

/* Copies of one kind. */
#define COPIES(m, basis_, metric_, path_, what_, ...)                          \
	METRIC(m.count, COUNT, COUNTER, basis_, metric_ ".count",              \
	       path_ ".count", "copies " what_, ##__VA_ARGS__),                \
		METRIC(m.bytes, BYTES, COUNTER, basis_, metric_ ".bytes",      \
		       path_ ".bytes", "bytes copied " what_, ##__VA_ARGS__),  \
		METRIC(m.ns, NS, COUNTER, basis_, metric_ ".time",             \
		       path_ ".ns", "time spent copying " what_,               \
		       .whole = window_time, ##__VA_ARGS__)

/* Those of a device, or of the system. */
#define ALL_COPIES(m, basis_, metric_, path_, ...)                             \
	COPIES(m.copies[COPIES_AT_MAP], basis_, metric_ ".at_map",             \
	       path_ ".at_map", "to the slots at a map", ##__VA_ARGS__),       \
		COPIES(m.redundant, basis_, metric_ ".redundant",              \
		       path_ ".redundant",                                     \
		       "to the slots of mappings that the device only writes", \
		       ##__VA_ARGS__),                                         \
		COPIES(m.copies[COPIES_AT_SYNC], basis_, metric_ ".at_sync",   \
		       path_ ".at_sync", "to the slots at a sync",             \
		       ##__VA_ARGS__),                                         \
		COPIES(m.copies[COPIES_FROM_DEVICE], basis_,                   \
		       metric_ ".from_device", path_ ".from_device",           \
		       "from the slots, at a sync or an unmap", ##__VA_ARGS__)

#define ENTITY struct device
#define SCOPE  SCOPE_DEVICE

#define IF_COUNTED KNOWN_BY(totals.counted), .unknown = NO_MAP_CALLS
static const struct field device_fields[] = {
	SHOWN(id, "id", .key = true,
	      .help = "its own while the level is attached"),
	KEPT(key),
	SHOWN(name, "name", .key = true),
	SHOWN(gone, "gone"),
	SHOWN(pool_id, "pool", .null = NULL_NEGATIVE),
	FLAG(totals.counted),
	METRIC(totals.maps, COUNT, COUNTER, DEVICE_MAPS, "device.maps", "maps",
	       "mappings made for the device", IF_COUNTED, SINCE(totals.maps)),
	METRIC(totals.unmaps, COUNT, COUNTER, DEVICE_UNMAPS, "device.unmaps",
	       "unmaps", "mappings ended", IF_COUNTED, SINCE(totals.maps)),
	METRIC(totals.syncs, COUNT, COUNTER, DEVICE_COPIES, "device.syncs",
	       "syncs",
	       "syncs for CPU or device; an unmap of dma_map_*() is one too",
	       KNOWN_BY(totals.counted), KNOWN_IF(syncs_known, NO_SYNCS),
	       SINCE(totals.maps)),
	METRIC(totals.bytes, BYTES, COUNTER, DEVICE_MAPS, "device.bytes",
	       "bytes", "bytes mapped", IF_COUNTED, SINCE(totals.maps)),
	METRIC(totals.bounce_ns, NS, COUNTER, DEVICE_COPIES, "device.bounce",
	       "bounce_ns", "time spent copying", KNOWN_BY(totals.counted),
	       KNOWN_IF(copies_known, NO_COPIES), SINCE(totals.maps),
	       .whole = window_time),
	ALL_COPIES(totals, DEVICE_COPIES, "device.copies", "copies",
		   KNOWN_BY(totals.counted), KNOWN_IF(copies_known, NO_COPIES),
		   SINCE(totals.maps)),
	DERIVED(map_failures, COUNT, COUNTER, DEVICE_MAPS, "device.failures",
		"failures", "failed mappings", IF_COUNTED),
	METRIC(totals.failures[FAILURE_OVERSIZE], COUNT, COUNTER, DEVICE_MAPS,
	       "device.failures.oversize", "failure_causes.oversize",
	       "of these, larger than the device can ever map at once",
	       IF_COUNTED, SINCE(totals.maps)),
	METRIC(totals.failures[FAILURE_ALIGNMENT], COUNT, COUNTER,
	       DEVICE_CAUSES, "device.failures.alignment",
	       "failure_causes.alignment",
	       "of these, with a long enough free run, none aligned as asked",
	       IF_COUNTED, SINCE(totals.maps)),
	METRIC(totals.failures[FAILURE_FRAGMENTED], COUNT, COUNTER,
	       DEVICE_CAUSES, "device.failures.fragmented",
	       "failure_causes.fragmented",
	       "of these, with enough free slots, no run that long", IF_COUNTED,
	       SINCE(totals.maps)),
	METRIC(totals.failures[FAILURE_EXHAUSTED], COUNT, COUNTER, DEVICE_MAPS,
	       "device.failures.exhausted", "failure_causes.exhausted",
	       "of these, with too few free slots", IF_COUNTED,
	       SINCE(totals.maps)),
	METRIC(totals.failures[FAILURE_REACH], COUNT, COUNTER, DEVICE_CAUSES,
	       "device.failures.reach", "failure_causes.reach",
	       "of these, whose slots would have been beyond the device's DMA mask or its bus's limit",
	       IF_COUNTED, SINCE(totals.maps)),
	METRIC(totals.failures[FAILURE_KIND], COUNT, COUNTER, DEVICE_CAUSES,
	       "device.failures.kind", "failure_causes.kind",
	       "of these, that need memory which the host sees, or does not see, and the pool has the other kind",
	       IF_COUNTED, SINCE(totals.maps)),
	METRIC(totals.failures[FAILURE_NO_POOL], COUNT, COUNTER, DEVICE_MAPS,
	       "device.failures.no_pool", "failure_causes.no_pool",
	       "of these, without any pool", IF_COUNTED, SINCE(totals.maps)),
	METRIC(totals.failures[FAILURE_DISABLED], COUNT, COUNTER, DEVICE_MAPS,
	       "device.failures.disabled", "failure_causes.disabled",
	       "of these, from a pool whose memory the kernel could not decrypt",
	       IF_COUNTED, SINCE(totals.maps)),
	METRIC(totals.live, COUNT, GAUGE, DEVICE_LIVE, "device.live", "live",
	       "mappings now", IF_COUNTED),
	METRIC(totals.live_slots, SLOTS, GAUGE, DEVICE_LIVE,
	       "device.live_slots", "live_slots", "slots they take",
	       IF_COUNTED),
	METRIC(totals.leaked, COUNT, GAUGE, DEVICE_LEAKS, "device.leaked",
	       "leaked", "mappings of it that can never be given back",
	       KNOWN_BY(totals.counted), KNOWN_IF(leaks_known, NO_PAGES)),
	METRIC(totals.grown, COUNT, GAUGE, DEVICE_GROWTH, "device.grown",
	       "grown",
	       "by how many its live mappings grew in the window, beyond what they fluctuate",
	       IF_COUNTED),
	KEPT(totals.freed_known),
	KEPT(totals.unconfirmed),
	METRIC(totals.unsynced, COUNT, GAUGE, DEVICE_COPIES, "device.unsynced",
	       "unsynced",
	       "live mappings that were written on one side and never synced",
	       KNOWN_BY(totals.counted), KNOWN_IF(syncs_known, NO_SYNCS)),
	KEPT(totals.unknown_age),
	KEPT(totals.unowned),
	METRIC(totals.oldest_ns, NS, GAUGE, DEVICE_AGES, "device.oldest",
	       "oldest_seconds", "age of its oldest live mapping of known age",
	       IF_COUNTED, .notation = AS_SECONDS),
	METRIC(totals.wrong[UNMAP_WRONG_DEVICE], COUNT, COUNTER,
	       DEVICE_WRONG_UNMAPS, "device.wrong_device", "wrong_device",
	       "unmaps by it of what another device had mapped", IF_COUNTED,
	       SINCE(totals.maps)),
	METRIC(totals.wrong[UNMAP_TWICE], COUNT, COUNTER, DEVICE_DOUBLE_UNMAPS,
	       "device.unmapped_twice", "unmapped_twice",
	       "unmaps by it of slots where nothing was mapped any more",
	       IF_COUNTED, SINCE(totals.maps)),
	METRIC(totals.wrong[UNMAP_WRONG_SIZE], COUNT, COUNTER,
	       DEVICE_WRONG_UNMAPS, "device.wrong_size", "wrong_size",
	       "unmaps by it of another size than had been mapped", IF_COUNTED,
	       SINCE(totals.maps)),
	METRIC(waits.contended, COUNT, COUNTER, DEVICE_WAITS,
	       "device.lock.contended", "lock.contended",
	       "waits for area locks in its maps and unmaps",
	       SINCE(waits.contended)),
	METRIC(waits.total_ns, NS, COUNTER, DEVICE_WAITS,
	       "device.lock.wait.total", "lock.wait_ns.total",
	       "time it waited for them", SINCE(waits.contended)),
	KEPT(waits.max_ns, .kind = KIND_PEAK,
	     MAX_OF(waits.contended, waits.wait)),
	KEPT_WAITS(waits),
	SHOWN(lifetime, "lifetime_ns", .unit = UNIT_NS, COUNTED(totals.maps)),
	SHOWN(size, "size_bytes", .unit = UNIT_BYTES, COUNTED(totals.maps)),
	SHOWN(growth.over_ns, "growth.seconds", .unit = UNIT_NS,
	      .notation = AS_SECONDS,
	      .help = "time over which its live mappings were watched"),
	SHOWN(growth.grown, "growth.grown"),
	SHOWN(growth.fell, "growth.fell",
	      .help = "how far their number came down at most"),
	SHOWN(growth.flat, "growth.flat",
	      .help = "it has not grown in the second half"),
	SHOWN(growth.late_ends, "growth.late_ends",
	      .help = "mappings that ended in the second half"),
	SHOWN(growth.judged, "growth.judged",
	      .help = "there were samples enough for what follows"),
	SHOWN(growth.floor, "growth.floor",
	      .help = "the lowest balance in each part of that time"),
	SHOWN(growth.part_ns, "growth.part_ns", .unit = UNIT_NS,
	      .help = "when each part began"),
	SHOWN(growth.kept, "growth.kept",
	      .help = "mappings made in each part that are live"),
	FLAG(bounce.known),
	SHOWN(bounce.reason, "bounce.reason", KNOWN_BY(bounce.known),
	      NAMES(bounce_reason_name, BOUNCE_REASONS),
	      .help = "what of its mappings is bounced, and why; null: not known"),
	SHOWN(bounce.dma_mask, "bounce.dma_mask", .null = NULL_ZERO,
	      .help = "highest bus address that it can use; null: all of 64 bits, or not known"),
	SHOWN(bounce.bus_limit, "bounce.bus_limit", .null = NULL_ZERO,
	      .help = "highest bus address that its bus passes on; null: no limit, or not known"),
	DERIVED_SHOWN(
		largest_mapping, "bounce.max_mapping", .unit = UNIT_BYTES,
		.unknown = NO_LIMIT,
		.help = "largest mapping; null: swiotlb does not limit it, or not known"),
	SHOWN(bounce.min_align_mask, "bounce.min_align_mask",
	      KNOWN_BY(bounce.known),
	      .help = "low bits of addresses that it wants kept"),
	SHOWN(bounce.unreached_slots, "bounce.unreached_slots",
	      KNOWN_BY(bounce.known), .unit = UNIT_SLOTS,
	      .help = "slots of its pool that it cannot reach: a mapping that gets one of these fails"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct trace_device
#define SCOPE  SCOPE_TRACE_DEVICE
static const struct field trace_device_fields[] = {
	SHOWN(name, "name"),
	SHOWN(min_align_mask, "min_align_mask",
	      .help = "low bits of addresses that it wants kept"),
	SHOWN(boundary_mask, "boundary_mask",
	      .help = "no mapping crosses a multiple of it plus 1"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct trace_pool
#define SCOPE  SCOPE_TRACE_POOL
static const struct field trace_pool_fields[] = {
	SHOWN(id, "id", .help = "of the pool in pools; it may have gone"),
	SHOWN(bus_start, "bus_start",
	      .help = "lower 32 bits of the bus address of its first slot"),
	SHOWN(slots, "slots"),
	SHOWN(areas, "areas"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct trace_area
#define SCOPE  SCOPE_TRACE_AREA
static const struct field trace_area_fields[] = {
	SHOWN(pool, "pool", .help = "place in trace.part.pools"),
	SHOWN(area, "area", .help = "index in the pool"),
	SHOWN(index, "index",
	      .help = "slot of the area where its next search starts"),
	SHOWN(turn, "turn",
	      .help = "the state is that after this turn of the area; 0: before all"),
	SHOWN(first_run, "first_run",
	      .help = "place of the first run of its taken slots in trace.part.runs"),
	SHOWN(nr_runs, "runs", .help = "how many these are"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct trace_run
#define SCOPE  SCOPE_TRACE_RUN
static const struct field trace_run_fields[] = {
	SHOWN(slot, "slot", .help = "the first, counted from the pool's begin"),
	SHOWN(slots, "slots", .help = "how many"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct request
#define SCOPE  SCOPE_REQUEST
static const struct field request_fields[] = {
	SHOWN(at_ns, "at_ns", .notation = AS_STEPS,
	      .help = "CLOCK_MONOTONIC when the area's lock was released, or the map was refused; each as the difference to the one before"),
	SHOWN(turn, "turn", .notation = AS_STEPS,
	      .help = "which release of the area's lock it was, 0: not known; as differences likewise"),
	SHOWN(kind, "kind", .help = "0: map, 1: unmap"),
	SHOWN(cpu, "cpu"),
	SHOWN(device, "device", .help = "place in trace.part.devices"),
	SHOWN(pool, "pool", .help = "place in trace.part.pools"),
	SHOWN(slot, "slot", .null = NULL_WRAPPED,
	      .help = "of the address that was returned, counted from the pool's begin; -1: refused"),
	SHOWN(size, "size", .help = "bytes to map"),
	SHOWN(align, "align",
	      .help = "alignment that the caller requires, minus 1"),
	SHOWN(origin, "origin",
	      .help = "lower 32 bits of the address of the memory; 0 of an unmap"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct wait_caller
#define SCOPE  SCOPE_CALLER
static const struct field caller_fields[] = {
	SHOWN(pool_id, "pool", .null = NULL_NEGATIVE, .key = true,
	      .help = "id of the pool; null = it is gone"),
	SHOWN(area, "area", .key = true, .known = pool_of_caller_known),
	SHOWN(op, "op", .key = true, NAMES(wait_op_name, WAIT_UNMAP + 1)),
	SHOWN(device, "device", .key = true, .null = NULL_ZERO),
	SHOWN(waits.contended, "contended", COUNTED(waits.contended)),
	SHOWN(waits.total_ns, "wait_ns.total", .unit = UNIT_NS,
	      COUNTED(waits.contended)),
	SHOWN(waits.max_ns, "wait_ns.max", .unit = UNIT_NS, .kind = KIND_PEAK,
	      MAX_OF(waits.contended, waits.wait)),
	SHOWN(waits.wait, "wait_ns.histogram", .unit = UNIT_NS,
	      COUNTED(waits.contended)),
	KEPT(waits.tracepoint, COUNTED(waits.contended)),
	SHOWN(stack, "stack", .key = true),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct fired
#define SCOPE  SCOPE_FIRED
static const struct field fired_fields[] = {
	SHOWN(at_ns, "at", .notation = AS_TIME),
	SHOWN(assertion, "assertion"),
	SHOWN(subject, "subject", .null = NULL_ZERO,
	      .help = "of whom it held; null: the system"),
	SHOWN(value, "value", .help = "the figure then, in its unit"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct log_entry
#define SCOPE  SCOPE_LOG_ENTRY
static const struct field log_entry_fields[] = {
	SHOWN(cause, "cause", .key = true, .help = "see swiotlb-explain(8)"),
	SHOWN(device, "device", .key = true, .null = NULL_ZERO),
	SHOWN(driver, "driver", .null = NULL_ZERO),
	SHOWN(in_window, "in_window", .key = true,
	      .help = "printed while the tool ran; else before"),
	SHOWN(requests, "requests"),
	SHOWN(size_min, "size_min_bytes", .unit = UNIT_BYTES,
	      .null = NULL_ZERO),
	SHOWN(size_max, "size_max_bytes", .unit = UNIT_BYTES,
	      .null = NULL_ZERO),
	SHOWN(first_ago_ns, "first_seconds_ago", .unit = UNIT_NS,
	      .notation = AS_SECONDS),
	SHOWN(last_ago_ns, "last_seconds_ago", .unit = UNIT_NS,
	      .notation = AS_SECONDS),
	SHOWN(text, "text"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct hook
#define SCOPE  SCOPE_HOOK
static const struct field hook_fields[] = {
	SHOWN(name, "name"),
	SHOWN(target, "target", .null = NULL_ZERO),
	SHOWN(state, "state", NAMES(hook_state_name, HOOK_ABSENT + 1)),
	SHOWN(partial, "partial",
	      .help = "attached this way, or not at all, figures of its level may be too small: reason says why"),
	SHOWN(reason, "reason", .null = NULL_ZERO),
	SHOWN(level, "levels", .notation = AS_LEVELS),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct loss
#define SCOPE  SCOPE_LOSS
static const struct field loss_fields[] = {
	SHOWN(cause, "cause", .key = true),
	SHOWN(help, "help"),
	SHOWN(events, "events", .notation = AS_EVENTS,
	      .help = "what was missed"),
	SHOWN(count, "count", .kind = KIND_COUNTER),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct table
#define SCOPE  SCOPE_TABLE
static const struct field table_fields[] = {
	SHOWN(concern, "concern",
	      .help = "state, or the level or levels that it is for"),
	SHOWN(name, "name", .help = "of the table, or of a part of it"),
	SHOWN(bytes, "bytes", .unit = UNIT_BYTES, .help = "of keys and values"),
	SHOWN(grows, "grows",
	      .help = "it takes as much once it is full, and less before"),
};
#undef ENTITY
#undef SCOPE

#define ENTITY struct code_place
#define SCOPE  SCOPE_PLACE
static const struct field place_fields[] = {
	KEPT(id),
	KEPT(name),
};
#undef ENTITY
#undef SCOPE

/* Pools of one kind that were made at run time. */
#define POOLS_MADE(m, metric_, what_)                                          \
	METRIC(m.made, COUNT, COUNTER, MAPS, metric_ ".made", metric_ ".made", \
	       what_ " made in the window", KNOWN_BY(growth.counted),          \
	       .unknown = NO_GROWTH),                                          \
		METRIC(m.failed, COUNT, COUNTER, MAPS, metric_ ".failed",      \
		       metric_ ".failed",                                      \
		       "times that there was no memory for one",               \
		       KNOWN_BY(growth.counted), .unknown = NO_GROWTH),        \
		METRIC(m.bytes, BYTES, COUNTER, MAPS, metric_ ".bytes",        \
		       metric_ ".bytes", "memory of those made",               \
		       KNOWN_BY(growth.counted), .unknown = NO_GROWTH),        \
		METRIC(m.ns, NS, COUNTER, MAPS, metric_ ".time",               \
		       metric_ ".ns", "time that took, failures included",     \
		       KNOWN_BY(growth.counted), .unknown = NO_GROWTH,         \
		       .whole = window_time)

#define ENTITY struct snapshot
#define SCOPE  SCOPE_SYSTEM

#define LISTS KNOWN_IF(blocks_known, NO_LISTS)
#define CALLS KNOWN_BY(blocks.counted), .unknown = NO_BLOCK_CALLS
#undef IF_COUNTED
#define IF_COUNTED KNOWN_BY(mappings.counted), .unknown = NO_MAP_CALLS
#define TRACED	   KNOWN_BY(traced.counted), .unknown = NO_TRACE, SINCE(traced.maps)
#define PART	   LEVELS_OF(TRACE), KNOWN_BY(trace.known)
static const struct field system_fields[] = {
	SHOWN(kernel.release, "kernel.release"),
	SHOWN(kernel.arch, "kernel.arch"),
	SHOWN(kernel.layout, "kernel.layout"),
	SHOWN(kernel.cpus, "kernel.cpus"),
	SHOWN(kernel.boot_args, "kernel.boot_args"),
	SHOWN(kernel.preemption, "kernel.preemption",
	      NAMES(preemption_name, PREEMPTION_RT + 1),
	      .help = "how the kernel preempts tasks that run in it; null: nothing readable tells"),
	SHOWN(kernel.pools_grow, "kernel.pools_grow",
	      .help = "a full default pool gets further ones"),
	SHOWN(kernel.boot_id, "kernel.boot_id", .null = NULL_ZERO,
	      .help = "the same for all that was seen of one boot"),
	SHOWN(boot.asked, "kernel.swiotlb.asked", .null = NULL_ZERO,
	      .help = "value of the boot argument swiotlb=; null: there is none"),
	SHOWN(boot.ignored, "kernel.swiotlb.ignored", .null = NULL_ZERO,
	      .help = "its end that the kernel did not understand"),
	SHOWN(boot.asked_slots, "kernel.swiotlb.asked_slots", .null = NULL_ZERO,
	      .help = "as the kernel read it"),
	SHOWN(boot.asked_areas, "kernel.swiotlb.asked_areas",
	      .null = NULL_ZERO),
	SHOWN(boot.slots, "kernel.swiotlb.rounded_slots",
	      .help = "what the kernel tries to allocate first"),
	SHOWN(boot.areas, "kernel.swiotlb.rounded_areas", .null = NULL_ZERO),
	SHOWN(boot.force, "kernel.swiotlb.force"),
	SHOWN(boot.noforce, "kernel.swiotlb.noforce"),
	SHOWN(boot.track_hiwater, "kernel.swiotlb.track_hiwater"),
	DERIVED_SHOWN(got_slots, "kernel.swiotlb.got_slots", .unknown = NO_POOL,
		      .help = "slots of the default pool"),
	DERIVED_SHOWN(got_areas, "kernel.swiotlb.got_areas",
		      .unknown = NO_POOL),
	DERIVED_SHOWN(default_used_hiwater, "kernel.swiotlb.used_hiwater",
		      .unknown = NO_HIWATER, .help = "of the default pool"),
	SHOWN(window.start_ns, "window.start", .notation = AS_TIME),
	SHOWN(window.duration_ns, "window.seconds", .unit = UNIT_NS,
	      .notation = AS_SECONDS),
	SHOWN(window.ended, "window.ended",
	      .help = "what was allocated in it and is live after it counts as leaked"),
	SHOWN(window.interrupted, "window.interrupted"),
	SHOWN(window.command, "window.command"),
	SHOWN(window.exit_status, "window.exit_status", .null = NULL_NEGATIVE,
	      .known = has_command),
	SHOWN(levels, "levels", .notation = AS_LEVELS),
	SHOWN(taken_ns, "window.monotonic_ns", .unit = UNIT_NS,
	      .help = "CLOCK_MONOTONIC at its end"),
	SHOWN(realtime_ns, "window.realtime_ns", .unit = UNIT_NS,
	      .null = NULL_ZERO, .help = "CLOCK_REALTIME at its end"),
	SHOWN(boottime_ns, "window.boottime_ns", .unit = UNIT_NS,
	      .null = NULL_ZERO,
	      .help = "CLOCK_BOOTTIME at its end: it goes on while the machine sleeps"),
	LIST(fired, nr_fired, FIRED, struct fired, "window.triggers",
	     .help = "triggers of the recorder that fired; their assertions began to hold"),
	LIST(hooks, nr_hooks, HOOK, struct hook, "probes"),
	LIST(pools, nr_pools, POOL, struct pool, "pools"),

	FLAG(growth.counted),
	POOLS_MADE(growth.transient, "growth.transient",
		   "pools for one mapping each"),
	POOLS_MADE(growth.dynamic, "growth.dynamic",
		   "pools added to the default one"),
	DERIVED(growth_size, SLOTS, GAUGE, PLACES, "growth.size", "growth.size",
		"the swiotlb= that would have had room for all since boot, rounded as the kernel does",
		.unknown =
			"the kernel keeps no total, or requests failed, or the pool had the room in runs that were too short"),

	METRIC(gone_waits.contended, COUNT, COUNTER, WAITS, "gone.contended",
	       "gone_pools.lock.contended",
	       "waits for locks of pools that are gone",
	       SINCE(gone_waits.contended)),
	METRIC(gone_waits.total_ns, NS, COUNTER, WAITS, "gone.wait.total",
	       "gone_pools.lock.wait_ns.total", "time waited for them",
	       SINCE(gone_waits.contended)),
	METRIC(gone_waits.max_ns, NS, PEAK, WAITS, "gone.wait.max",
	       "gone_pools.lock.wait_ns.max", "longest of these waits",
	       MAX_OF(gone_waits.contended, gone_waits.wait)),
	METRIC(gone_holds.acquisitions, COUNT, COUNTER, HOLDS,
	       "gone.acquisitions", "gone_pools.lock.acquisitions",
	       "times that locks of pools that are gone were taken and released",
	       SINCE(gone_holds.acquisitions)),
	METRIC(gone_holds.total_ns, NS, COUNTER, HOLDS, "gone.hold.total",
	       "gone_pools.lock.hold_ns.total", "time they were held",
	       SINCE(gone_holds.acquisitions)),
	METRIC(gone_holds.max_ns, NS, PEAK, HOLDS, "gone.hold.max",
	       "gone_pools.lock.hold_ns.max",
	       "longest time one of them was held without a break",
	       MAX_OF(gone_holds.acquisitions, gone_holds.hold)),
	SHOWN(gone_waits.wait, "gone_pools.lock.wait_ns.histogram",
	      LEVELS_OF(WAITS), .unit = UNIT_NS, COUNTED(gone_waits.contended)),
	SHOWN(gone_waits.tracepoint, "gone_pools.lock.contention_begin",
	      LEVELS_OF(TRACEPOINTS), COUNTED(gone_waits.contended)),
	SHOWN(gone_holds.hold, "gone_pools.lock.hold_ns.histogram",
	      LEVELS_OF(HOLDS), .unit = UNIT_NS,
	      COUNTED(gone_holds.acquisitions)),
	SHOWN(gone_holds.waiters, "gone_pools.lock.waiters", LEVELS_OF(HOLDS),
	      COUNTED(gone_holds.acquisitions)),
	SHOWN(gone_holds.waited_ns, "gone_pools.lock.waited_ns",
	      LEVELS_OF(HOLDS), .unit = UNIT_NS,
	      COUNTED(gone_holds.acquisitions)),

	METRIC(blocks.live, COUNT, GAUGE, BLOCK_LIVE, "block.live",
	       "blocks.live", "blocks allocated now", LISTS),
	METRIC(blocks.leaked, COUNT, GAUGE, BLOCK_LEAKS, "block.leaked",
	       "blocks.leaked",
	       "blocks whose device is gone, or taken in the window and live after it",
	       LISTS),
	DERIVED(block_orphaned, COUNT, GAUGE, BLOCK_STATE, "block.orphaned",
		"blocks.orphaned", "blocks whose device is gone", LISTS),
	METRIC(blocks.unreclaimed, COUNT, GAUGE, BLOCK_STATE,
	       "block.unreclaimed", "blocks.unreclaimed",
	       "blocks given back whose slots were not", LISTS),
	METRIC(blocks.list_errors, COUNT, GAUGE, BLOCK_STATE,
	       "block.list_errors", "blocks.list_errors",
	       "run lengths of blocks that contradict their neighbours", LISTS),
	DERIVED(block_stale, COUNT, GAUGE, BLOCK_STATE, "block.stale",
		"blocks.stale",
		"blocks given back whose device still has them as its pool",
		LISTS),
	FLAG(blocks.counted),
	METRIC(blocks.requests, COUNT, COUNTER, BLOCK_CALLS, "block.requests",
	       "blocks.requests", "device allocations that succeeded", CALLS),
	METRIC(blocks.releases, COUNT, COUNTER, BLOCK_CALLS, "block.releases",
	       "blocks.releases", "device allocations given back", CALLS),
	METRIC(blocks.allocated, COUNT, COUNTER, BLOCK_CALLS, "block.allocated",
	       "blocks.allocated", "blocks taken in the window", CALLS),
	METRIC(blocks.freed, COUNT, COUNTER, BLOCK_CALLS, "block.freed",
	       "blocks.freed", "blocks given back in the window", CALLS),
	METRIC(blocks.failed, COUNT, COUNTER, BLOCK_CALLS, "block.failed",
	       "blocks.failed", "device allocations that failed", CALLS),
	METRIC(blocks.failed_with_room, COUNT, COUNTER, BLOCK_CALLS,
	       "block.failed_with_room", "blocks.failed_with_room",
	       "of these, while some area had room", CALLS),
	LIST(owners, nr_owners, OWNER, struct block_owner, "blocks.owners",
	     .known = blocks_known),

	FLAG(mappings.counted),
	METRIC(mappings.maps, COUNT, COUNTER, MAPS, "map.maps", "mappings.maps",
	       "mappings made, and coherent memory taken from restricted pools",
	       IF_COUNTED, SINCE(mappings.maps)),
	METRIC(mappings.unmaps, COUNT, COUNTER, UNMAPS, "map.unmaps",
	       "mappings.unmaps", "mappings ended", IF_COUNTED,
	       SINCE(mappings.maps)),
	METRIC(mappings.syncs, COUNT, COUNTER, COPIES, "map.syncs",
	       "mappings.syncs",
	       "syncs for CPU or device; an unmap of dma_map_*() is one too",
	       KNOWN_BY(mappings.counted), KNOWN_IF(syncs_known, NO_SYNCS),
	       SINCE(mappings.maps)),
	METRIC(mappings.bytes, BYTES, COUNTER, MAPS, "map.bytes",
	       "mappings.bytes", "bytes mapped", IF_COUNTED,
	       SINCE(mappings.maps)),
	METRIC(mappings.bounce_ns, NS, COUNTER, COPIES, "map.bounce",
	       "mappings.bounce_ns", "time spent copying",
	       KNOWN_BY(mappings.counted), KNOWN_IF(copies_known, NO_COPIES),
	       SINCE(mappings.maps), .whole = window_time),
	ALL_COPIES(mappings, COPIES, "map.copies", "mappings.copies",
		   KNOWN_BY(mappings.counted),
		   KNOWN_IF(copies_known, NO_COPIES), SINCE(mappings.maps)),
	METRIC(mappings.live, COUNT, GAUGE, LIVE, "map.live", "mappings.live",
	       "mappings now", IF_COUNTED),
	METRIC(mappings.live_slots, SLOTS, GAUGE, LIVE, "map.live_slots",
	       "mappings.live_slots", "slots they take", IF_COUNTED),
	METRIC(mappings.leaked, COUNT, GAUGE, LEAKS, "map.leaked",
	       "mappings.leaked",
	       "mappings that can never be given back: their device is gone, or the memory that they map has been freed",
	       KNOWN_BY(mappings.counted), KNOWN_IF(leaks_known, NO_PAGES)),
	METRIC(mappings.grown, COUNT, GAUGE, GROWTH, "map.grown",
	       "mappings.grown",
	       "by how many live mappings grew in the window, beyond what they fluctuate",
	       IF_COUNTED),
	SHOWN(mappings.freed_known, "mappings.freed_known",
	      KNOWN_BY(mappings.counted),
	      .help = "mappings were checked for freed memory"),
	SHOWN(mappings.unconfirmed, "mappings.unconfirmed",
	      KNOWN_BY(mappings.counted),
	      .help = "mappings found free, or out of sync, for the first time"),
	METRIC(mappings.unsynced, COUNT, GAUGE, COPIES, "map.unsynced",
	       "mappings.unsynced",
	       "live mappings that were written on one side and never synced",
	       KNOWN_BY(mappings.counted), KNOWN_IF(syncs_known, NO_SYNCS)),
	METRIC(mappings.unknown_age, COUNT, GAUGE, LIVE, "map.unknown_age",
	       "mappings.unknown_age",
	       "live mappings made before the window, or whose making was missed",
	       IF_COUNTED),
	SHOWN(mappings.unowned, "mappings.unowned", KNOWN_BY(mappings.counted),
	      .help = "live mappings whose making was missed"),
	METRIC(mappings.oldest_ns, NS, GAUGE, AGES, "map.oldest",
	       "mappings.oldest_seconds",
	       "age of the oldest live mapping of known age", IF_COUNTED,
	       .notation = AS_SECONDS),
	METRIC(mappings.wrong[UNMAP_WRONG_DEVICE], COUNT, COUNTER, WRONG_UNMAPS,
	       "map.wrong_device", "mappings.wrong_device",
	       "unmaps by another device than the one that had mapped",
	       IF_COUNTED, SINCE(mappings.maps)),
	METRIC(mappings.wrong[UNMAP_TWICE], COUNT, COUNTER, DOUBLE_UNMAPS,
	       "map.unmapped_twice", "mappings.unmapped_twice",
	       "unmaps of slots where nothing was mapped any more", IF_COUNTED,
	       SINCE(mappings.maps)),
	METRIC(mappings.wrong[UNMAP_WRONG_SIZE], COUNT, COUNTER, WRONG_UNMAPS,
	       "map.wrong_size", "mappings.wrong_size",
	       "unmaps of another size than had been mapped", IF_COUNTED,
	       SINCE(mappings.maps)),
	DERIVED(map_failures, COUNT, COUNTER, MAPS, "map.failures",
		"failures.total", "failed mappings", IF_COUNTED),
	METRIC(mappings.failures[FAILURE_OVERSIZE], COUNT, COUNTER, MAPS,
	       "map.failures.oversize", "failures.oversize",
	       "of these, larger than the device can ever map at once",
	       IF_COUNTED, SINCE(mappings.maps)),
	METRIC(mappings.failures[FAILURE_ALIGNMENT], COUNT, COUNTER, CAUSES,
	       "map.failures.alignment", "failures.alignment",
	       "of these, with a long enough free run, none aligned as asked",
	       IF_COUNTED, SINCE(mappings.maps)),
	METRIC(mappings.failures[FAILURE_FRAGMENTED], COUNT, COUNTER, CAUSES,
	       "map.failures.fragmented", "failures.fragmented",
	       "of these, with enough free slots, no run that long", IF_COUNTED,
	       SINCE(mappings.maps)),
	METRIC(mappings.failures[FAILURE_EXHAUSTED], COUNT, COUNTER, MAPS,
	       "map.failures.exhausted", "failures.exhausted",
	       "of these, with too few free slots", IF_COUNTED,
	       SINCE(mappings.maps)),
	METRIC(mappings.failures[FAILURE_REACH], COUNT, COUNTER, CAUSES,
	       "map.failures.reach", "failures.reach",
	       "of these, whose slots would have been beyond the device's DMA mask or its bus's limit",
	       IF_COUNTED, SINCE(mappings.maps)),
	METRIC(mappings.failures[FAILURE_KIND], COUNT, COUNTER, CAUSES,
	       "map.failures.kind", "failures.kind",
	       "of these, that need memory which the host sees, or does not see, and the pool has the other kind",
	       IF_COUNTED, SINCE(mappings.maps)),
	METRIC(mappings.failures[FAILURE_NO_POOL], COUNT, COUNTER, MAPS,
	       "map.failures.no_pool", "failures.no_pool",
	       "of these, without any pool", IF_COUNTED, SINCE(mappings.maps)),
	METRIC(mappings.failures[FAILURE_DISABLED], COUNT, COUNTER, MAPS,
	       "map.failures.disabled", "failures.disabled",
	       "of these, from a pool whose memory the kernel could not decrypt",
	       IF_COUNTED, SINCE(mappings.maps)),
	LIST(refusals, nr_refusals, REFUSAL, struct refusal, "failures.by_size",
	     KNOWN_BY(mappings.counted)),
	LIST(live_groups, nr_live_groups, GROUP, struct mapping_group,
	     "mappings.groups", KNOWN_BY(mappings.counted)),
	LIST(wrong_unmaps, nr_wrong_unmaps, WRONG_UNMAP, struct wrong_unmap,
	     "mappings.wrong_unmaps", KNOWN_BY(mappings.counted)),

	FLAG(bounces.known),
	SHOWN(bounces.memory_end, "bounce.memory_end", KNOWN_BY(bounces.known),
	      .null = NULL_ZERO, .unit = UNIT_BYTES,
	      .help = "one past the last physical address of the machine's memory"),
	SHOWN(bounces.never, "bounce.never", KNOWN_BY(bounces.known),
	      .help = "devices that can map and never bounce"),
	SHOWN(bounces.untold, "bounce.untold", KNOWN_BY(bounces.known),
	      .help = "devices that can bounce, beyond those of the list"),
	SHOWN(bounces.reason, "bounce.unknown", .null = NULL_ZERO,
	      .help = "why the devices, or some reasons, are unknown"),
	LIST(bounce_devices, nr_bounce_devices, BOUNCE_DEVICE,
	     struct bounce_device, "bounce.devices", KNOWN_BY(bounces.known)),

	DERIVED(all_audit_errors, COUNT, GAUGE, AUDIT, "audit.errors",
		"audit.errors",
		"what of the allocator's own data contradicts itself",
		.unknown = NO_AUDIT),
	LIST(audit, nr_audit, AUDIT, struct audit_result, "audit.invariants",
	     LEVELS_OF(AUDIT)),

	FLAG(traced.counted),
	METRIC(traced.maps, COUNT, COUNTER, TRACE, "trace.maps", "trace.maps",
	       "mappings made, while they were traced", TRACED),
	METRIC(traced.unmaps, COUNT, COUNTER, TRACE, "trace.unmaps",
	       "trace.unmaps", "mappings ended, likewise", TRACED),
	METRIC(traced.refused, COUNT, COUNTER, TRACE, "trace.refused",
	       "trace.refused", "maps that got no slot, likewise", TRACED),
	METRIC(traced.lost, COUNT, COUNTER, TRACE, "trace.lost", "trace.lost",
	       "of all these, requests that no trace has", TRACED),
	METRIC(traced.unordered, COUNT, COUNTER, TRACE, "trace.unordered",
	       "trace.unordered",
	       "requests in a trace that the area's lock has not put in order",
	       TRACED),
	FLAG(trace.known),
	SHOWN(trace.lost, "trace.part.lost", PART,
	      .help = "requests since the sample before that are missing in it"),
	SHOWN(trace.unordered, "trace.part.unordered", PART),
	LIST(trace.devices, trace.nr_devices, TRACE_DEVICE, struct trace_device,
	     "trace.part.devices", PART),
	LIST(trace.pools, trace.nr_pools, TRACE_POOL, struct trace_pool,
	     "trace.part.pools", PART),
	LIST(trace.areas, trace.nr_areas, TRACE_AREA, struct trace_area,
	     "trace.part.areas", PART, .notation = AS_COLUMNS,
	     .help = "state of areas, where it was read: all of them at the begin and after a loss"),
	LIST(trace.runs, trace.nr_runs, TRACE_RUN, struct trace_run,
	     "trace.part.runs", PART, .notation = AS_COLUMNS,
	     .help = "taken slots of these areas"),
	LIST(trace.requests, trace.nr_requests, REQUEST, struct request,
	     "trace.part.requests", PART, .notation = AS_COLUMNS,
	     .help = "requests since the sample before, in the order of the areas' locks"),

	FLAG(log.known),
	METRIC(log.requests, COUNT, GAUGE, OWN, "kernel_log.refused",
	       "kernel_log.requests",
	       "requests that the kernel's log says have failed, since the boot or its last clearing: a lower bound",
	       KNOWN_BY(log.known), .unknown = NO_LOG),
	METRIC(log.suppressed, COUNT, GAUGE, OWN, "kernel_log.suppressed",
	       "kernel_log.suppressed",
	       "lines about them that the kernel says it has suppressed",
	       KNOWN_BY(log.known), .unknown = NO_LOG),
	SHOWN(log.since_boot, "kernel_log.since_boot", KNOWN_BY(log.known),
	      .help = "nothing of it has been overwritten or cleared"),
	SHOWN(log.reason, "kernel_log.reason", .null = NULL_ZERO,
	      .help = "why it could not be read"),
	LIST(log_entries, nr_log_entries, LOG_ENTRY, struct log_entry,
	     "kernel_log.entries", KNOWN_BY(log.known)),

	DERIVED(loss_total, COUNT, COUNTER, OWN, "loss.total", "loss.total",
		"events that were missed, all causes"),
	LIST(losses, nr_losses, LOSS, struct loss, "loss.list"),
	DERIVED(all_tables_bytes, BYTES, GAUGE, OWN, "table.bytes",
		"tables.bytes", "kernel memory of the tool's own tables"),
	DERIVED(all_tables_bytes_full, BYTES, GAUGE, OWN, "table.bytes_full",
		"tables.bytes_full",
		"what tables that grow take beyond that once they are full"),
	LIST(tables, nr_tables, TABLE, struct table, "tables.list"),
	LIST(places, nr_places, PLACE, struct code_place, NULL),
	LIST(devices, nr_devices, DEVICE, struct device, "devices",
	     LEVELS_OF(MAPS)),
	LIST(callers, nr_callers, CALLER, struct wait_caller, "wait_callers",
	     LEVELS_OF(CALLERS)),
};
#undef ENTITY
#undef SCOPE

#define ROWS(fields_)                                                          \
	.fields = fields_, .nr_fields = sizeof(fields_) / sizeof(*fields_)

const struct entity entity_table[SCOPES] = {
	[SCOPE_SYSTEM] = { "system", sizeof(struct snapshot),
			   ROWS(system_fields) },
	[SCOPE_POOL] = { "pool", sizeof(struct pool), ROWS(pool_fields) },
	[SCOPE_AREA] = { "area", sizeof(struct area), ROWS(area_fields) },
	[SCOPE_DEVICE] = { "device", sizeof(struct device),
			   ROWS(device_fields) },
	[SCOPE_CPU_WAITS] = { "cpu_waits", sizeof(struct cpu_waits),
			      ROWS(cpu_waits_fields), cpu_never_waited },
	[SCOPE_CPU_HOLDS] = { "cpu_holds", sizeof(struct cpu_holds),
			      ROWS(cpu_holds_fields), cpu_never_held },
	[SCOPE_OWNER] = { "owner", sizeof(struct block_owner),
			  ROWS(owner_fields) },
	[SCOPE_GROUP] = { "group", sizeof(struct mapping_group),
			  ROWS(group_fields) },
	[SCOPE_WRONG_UNMAP] = { "wrong_unmap", sizeof(struct wrong_unmap),
				ROWS(wrong_unmap_fields) },
	[SCOPE_REFUSAL] = { "refusal", sizeof(struct refusal),
			    ROWS(refusal_fields) },
	[SCOPE_BOUNCE_DEVICE] = { "bounce_device", sizeof(struct bounce_device),
				  ROWS(bounce_device_fields) },
	[SCOPE_AUDIT] = { "audit", sizeof(struct audit_result),
			  ROWS(audit_fields) },
	[SCOPE_TRACE_DEVICE] = { "trace_device", sizeof(struct trace_device),
				 ROWS(trace_device_fields) },
	[SCOPE_TRACE_POOL] = { "trace_pool", sizeof(struct trace_pool),
			       ROWS(trace_pool_fields) },
	[SCOPE_TRACE_AREA] = { "trace_area", sizeof(struct trace_area),
			       ROWS(trace_area_fields) },
	[SCOPE_TRACE_RUN] = { "trace_run", sizeof(struct trace_run),
			      ROWS(trace_run_fields) },
	[SCOPE_REQUEST] = { "request", sizeof(struct request),
			    ROWS(request_fields) },
	[SCOPE_CALLER] = { "caller", sizeof(struct wait_caller),
			   ROWS(caller_fields) },
	[SCOPE_FIRED] = { "trigger", sizeof(struct fired), ROWS(fired_fields) },
	[SCOPE_LOG_ENTRY] = { "log_entry", sizeof(struct log_entry),
			      ROWS(log_entry_fields) },
	[SCOPE_HOOK] = { "hook", sizeof(struct hook), ROWS(hook_fields) },
	[SCOPE_LOSS] = { "loss", sizeof(struct loss), ROWS(loss_fields) },
	[SCOPE_TABLE] = { "table", sizeof(struct table), ROWS(table_fields) },
	[SCOPE_PLACE] = { "place", sizeof(struct code_place),
			  ROWS(place_fields) },
};

/* SPDX-License-Identifier: GPL-2.0-only */
#include "model_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/audit.h"
#include "model/event.h"
#include "util/units.h"

/* Running out of memory is not what these tests are about. */
static void *must_calloc(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		abort();
	return memory;
}

void fixture_wait(struct waits *waits, uint64_t ns)
{
	unsigned int bucket = 0;

	while (bucket + 1 < HISTOGRAM_BUCKETS && ns >> (bucket + 1))
		bucket++;
	waits->contended++;
	waits->total_ns += ns;
	waits->wait.count[bucket]++;
	if (ns > waits->max_ns)
		waits->max_ns = ns;
}

static void fill_areas(struct pool *pool, unsigned int areas, uint64_t slots)
{
	pool->areas = must_calloc(areas, sizeof(*pool->areas));
	pool->nr_areas = areas;
	for (unsigned int i = 0; i < areas; i++) {
		struct area *area = &pool->areas[i];

		area->index = i;
		area->slots = slots;
		area->largest_free = SEGMENT_SLOTS;
		area->drift_known = true;
		area->waits_by_cpu = true;
	}
}

static void fill_kernel(struct snapshot *snap)
{
	snap->log = (struct log_totals){ .known = true, .since_boot = true };
	snap->kernel = (struct kernel_info){
		.release = "6.1.0-test",
		.arch = "x86_64",
		.layout = "io_tlb_mem with nareas",
		.cpus = 4,
		.boot_args = "swiotlb=4096,2,force",
		.preemption = PREEMPTION_VOLUNTARY,
		.boot_id = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
	};
	snap->boot = (struct boot_request){
		.asked = "4096,2,force",
		.asked_slots = 4096,
		.asked_areas = 2,
		.slots = 4096,
		.areas = 2,
		.force = true,
	};
	snap->window = (struct window){
		.start_ns = 1700000000 * NS_PER_SEC + 250 * NS_PER_MS,
		.duration_ns = 5 * NS_PER_SEC,
		.ended = true,
		.exit_status = -1,
	};
	snap->taken_ns = 100 * NS_PER_SEC;
	snap->realtime_ns = snap->window.start_ns + snap->window.duration_ns;
	snap->levels = LEVEL_LOCKS | LEVEL_BLOCKS;
}

static void add_hook(struct snapshot *snap, const char *name,
		     unsigned int level, enum hook_state state,
		     const char *target, const char *reason)
{
	struct hook *hook = &snap->hooks[snap->nr_hooks++];

	snprintf(hook->name, sizeof(hook->name), "%s", name);
	hook->level = level;
	hook->state = state;
	snprintf(hook->target, sizeof(hook->target), "%s", target);
	snprintf(hook->reason, sizeof(hook->reason), "%s", reason);
}

static void fill_hooks(struct snapshot *snap, bool blocks)
{
	snap->hooks = must_calloc(10, sizeof(*snap->hooks));
	add_hook(snap, "pools.state", 0, HOOK_STATE, "io_tlb_default_mem", "");
	add_hook(snap, "locks.wait", LEVEL_LOCKS, HOOK_FENTRY,
		 "native_queued_spin_lock_slowpath", "");
	add_hook(snap, "locks.wait_pv", LEVEL_LOCKS, HOOK_ABSENT, "",
		 "this kernel does not use paravirtual spinlocks");
	add_hook(snap, "blocks.allocate", LEVEL_BLOCKS,
		 blocks ? HOOK_FEXIT : HOOK_ABSENT,
		 blocks ? "swiotlb_device_allocate" : "",
		 blocks ? "" : "the kernel has no swiotlb_device_allocate");
}

/* Two cards, one of which has to keep low bits, on a machine that forces. */
static void fill_bounces(struct snapshot *snap)
{
	struct bounce_device *devices = must_calloc(2, sizeof(*devices));

	devices[0] = (struct bounce_device){
		.name = "0000:00:03.0",
		.driver = "virtio-pci",
		.pci = true,
		.bounce = { .known = true, .reason = BOUNCE_FORCED },
	};
	devices[1] = (struct bounce_device){
		.name = "0000:00:04.0",
		.driver = "nvme",
		.pci = true,
		.bounce = { .known = true,
			    .reason = BOUNCE_FORCED,
			    .dma_mask = UINT32_MAX,
			    .min_align_mask = 4095 },
	};
	snap->bounces = (struct bounce_totals){
		.known = true,
		.memory_end = 2ull << 30,
		.never = 1,
	};
	snap->bounce_devices = devices;
	snap->nr_bounce_devices = 2;
}

void fixture_quiet(struct snapshot *snap)
{
	struct pool *pool;

	memset(snap, 0, sizeof(*snap));
	fill_kernel(snap);
	fill_hooks(snap, false);
	snap->pools = must_calloc(1, sizeof(*snap->pools));
	snap->nr_pools = 1;
	pool = snap->pools;
	pool->key = 0xffff0000;
	pool->parent_id = -1;
	pool->lists_bytes = 4096 * 24;
	pool->total_used = 12;
	pool->used_hiwater = 3000;
	pool->transient_slots = UINT64_MAX;
	snprintf(pool->name, sizeof(pool->name), "default");
	fill_areas(pool, 2, 2048);
	pool->areas[0].used = pool->areas[0].busy = 10;
	pool->areas[0].used_peak = 500;
	pool->areas[1].used = pool->areas[1].busy = 2;
	pool->areas[1].used_peak = 300;
	pool->used_peak = 700;
	fill_bounces(snap);
	snap->losses = must_calloc(2, sizeof(*snap->losses));
	snap->nr_losses = 2;
	snap->losses[0] = (struct loss){
		.cause = "locks.no_begin",
		.help = "a wait whose begin was not seen is not counted",
		.events = EVENT_WAIT,
	};
	snap->losses[1] = (struct loss){
		.cause = "blocks.table_full",
		.help = "owners are unknown",
		.events = EVENT_OWNER,
	};
	snap->tables = must_calloc(3, sizeof(*snap->tables));
	snap->nr_tables = 3;
	snap->tables[0] = (struct table){ "locks", "waits", 1 << 20, false };
	snap->tables[1] = (struct table){ "blocks", "owners", 123456, true };
	snap->tables[2] = (struct table){ "mappings", "shadow of pool default",
					  4096 * 24, false };
	snapshot_finish(snap);
}

static void fill_owner(struct block_owner *owner, const char *device,
		       unsigned int area, unsigned int first_block)
{
	*owner = (struct block_owner){
		.area = area,
		.first_block = first_block,
		.blocks = 1,
		.areas = 2,
		.age_known = true,
		.age_ns = 2500 * NS_PER_MS,
		.stack = {
			.addr = { 0xffffffff81000010, 0xffffffff81000230 },
			.depth = 2,
		},
	};
	snprintf(owner->device, sizeof(owner->device), "%s", device);
}

static void fill_busy_blocks(struct snapshot *snap)
{
	struct pool *pool = snap->pools;

	pool->blocks_known = true;
	for (unsigned int i = 0; i < 2; i++)
		pool->areas[i].blocks = (struct area_blocks){
			.total = 2,
			.free = 1,
			.allocated = 1,
			.orphaned = i == 0,
		};
	snap->blocks = (struct block_totals){
		.counted = true,
		.requests = 3,
		.releases = 2,
		.allocated = 3,
		.freed = 2,
	};
	snap->owners = must_calloc(2, sizeof(*snap->owners));
	snap->nr_owners = 2;
	fill_owner(&snap->owners[0], "", 0, 0);
	snap->owners[0].device_gone = true;
	snap->owners[0].age_known = false;
	fill_owner(&snap->owners[1], "swiotlb_stress.1", 1, 2);
	snap->owners[1].in_window = true;
}

struct pool *fixture_add_pool(struct snapshot *snap, enum pool_kind kind,
			      const char *name, unsigned int areas,
			      uint64_t slots)
{
	struct pool *pools = must_calloc(snap->nr_pools + 1, sizeof(*pools));
	struct pool *pool = &pools[snap->nr_pools];

	if (snap->nr_pools)
		memcpy(pools, snap->pools, snap->nr_pools * sizeof(*pools));
	free(snap->pools);
	snap->pools = pools;
	pool->id = (int)snap->nr_pools++;
	pool->key = 0xffff0000 + 0x1000 * (uint64_t)pool->id;
	pool->total_used = UINT64_MAX;
	pool->used_hiwater = UINT64_MAX;
	pool->transient_slots = UINT64_MAX;
	pool->kind = kind;
	snprintf(pool->name, sizeof(pool->name), "%s", name);
	snprintf(pool->device, sizeof(pool->device), "%s", name);
	fill_areas(pool, areas, slots);
	pool->slots = areas * slots;
	return pool;
}

static void fill_command(struct snapshot *snap)
{
	snap->window.command = must_calloc(3, sizeof(char *));
	snap->window.command[0] = strdup("fio");
	snap->window.command[1] = strdup("read.job");
	snap->window.exit_status = 0;
}

void fixture_busy(struct snapshot *snap)
{
	static const uint64_t waits[] = { 100, 1000, 40000 };

	fixture_quiet(snap);
	free(snap->hooks);
	snap->nr_hooks = 0;
	fill_hooks(snap, true);
	fixture_add_pool(snap, POOL_DEVICE, "swiotlb_stress.1", 2, 512);
	fill_busy_blocks(snap);
	fill_command(snap);
	for (unsigned int i = 0; i < 3; i++) {
		struct area *area = snap->pools[0].areas;

		fixture_wait(&area->locks, waits[i]);
		fixture_wait(area_cpu_waits(area, i), waits[i]);
	}
	for (unsigned int i = 0; i < 2; i++) {
		struct area *area = &snap->pools[0].areas[i];

		area->used = area->busy = BLOCK_SLOTS;
		area->used_peak = BLOCK_SLOTS + 100;
	}
	snap->pools[0].used_peak = 2 * BLOCK_SLOTS + 150;
	snap->losses[0].count = 1;
	snapshot_finish(snap);
}

static void fill_device(struct device *device, uint64_t key, const char *name)
{
	device->id = (uint32_t)key;
	device->key = key;
	snprintf(device->name, sizeof(device->name), "%s", name);
	device->totals = (struct mapping_totals){
		.counted = true,
		.maps = 1000,
		.unmaps = 990,
		.bytes = 64000,
		.live = 10,
		.live_slots = 10,
	};
}

void fixture_mappings(struct snapshot *snap)
{
	fixture_busy(snap);
	snap->levels |= LEVEL_MAPPINGS;
	add_hook(snap, "mappings.map", LEVEL_MAPPINGS, HOOK_FEXIT,
		 "swiotlb_tbl_map_single", "");
	add_hook(snap, "mappings.unmap", LEVEL_MAPPINGS, HOOK_FENTRY,
		 "swiotlb_tbl_unmap_single", "");
	snap->devices = must_calloc(2, sizeof(*snap->devices));
	snap->nr_devices = 2;
	fill_device(&snap->devices[0], 1, "0000:00:03.0");
	fill_device(&snap->devices[1], 2, "swiotlb_stress.0");
	snap->devices[0].bounce = snap->bounce_devices[0].bounce;
	snap->devices[1].totals.failures[FAILURE_OVERSIZE] = 4;
	snap->mappings = (struct mapping_totals){
		.counted = true,
		.maps = 2000,
		.unmaps = 1980,
		.bytes = 128000,
		.live = 20,
		.live_slots = 20,
		.freed_known = true,
		.unknown_age = 13,
		.oldest_ns = 1500 * NS_PER_MS,
	};
	snap->mappings.failures[FAILURE_OVERSIZE] = 4;
	snap->live_groups = must_calloc(2, sizeof(*snap->live_groups));
	snap->nr_live_groups = 2;
	snap->live_groups[0] = (struct mapping_group){
		.device_key = 2,
		.device = "swiotlb_stress.0",
		.count = 7,
		.bytes = 448,
		.leak = LEAK_MEMORY_FREED,
		.age_known = true,
		.oldest_ns = 1500 * NS_PER_MS,
	};
	snap->live_groups[1] = (struct mapping_group){
		.device_key = 1,
		.device = "0000:00:03.0",
		.count = 13,
		.bytes = 53248,
	};
	snapshot_finish(snap);
}

static void add_wrong_unmap(struct snapshot *snap, enum unmap_fault fault,
			    struct device *device, uint64_t count)
{
	struct wrong_unmap *wrong =
		&snap->wrong_unmaps[snap->nr_wrong_unmaps++];

	*wrong = (struct wrong_unmap){
		.fault = fault,
		.count = count,
		.slot = 256,
		.mapped_bytes = fault == UNMAP_TWICE ? 0 : 4096,
		.unmapped_bytes = fault == UNMAP_WRONG_SIZE ? 2048 : 4096,
		.stack = { .addr = { 0xffffffff81000300 }, .depth = 1 },
	};
	snprintf(wrong->device, sizeof(wrong->device), "%s", device->name);
	if (fault != UNMAP_TWICE)
		snprintf(wrong->mapped_by, sizeof(wrong->mapped_by), "%s",
			 "0000:00:03.0");
	device->totals.wrong[fault] += count;
	snap->mappings.wrong[fault] += count;
}

void fixture_wrong_unmaps(struct snapshot *snap)
{
	fixture_mappings(snap);
	snap->wrong_unmaps = must_calloc(4, sizeof(*snap->wrong_unmaps));
	add_wrong_unmap(snap, UNMAP_TWICE, &snap->devices[1], 9);
	add_wrong_unmap(snap, UNMAP_WRONG_DEVICE, &snap->devices[1], 5);
	add_wrong_unmap(snap, UNMAP_WRONG_SIZE, &snap->devices[0], 3);
	add_wrong_unmap(snap, UNMAP_WRONG_SIZE, &snap->devices[1], 1);
	snapshot_finish(snap);
}

static void add_refusal(struct snapshot *snap, struct device *device,
			const struct refusal *refusal)
{
	struct refusal *added = &snap->refusals[snap->nr_refusals++];

	*added = *refusal;
	snprintf(added->device, sizeof(added->device), "%s", device->name);
	for (added->from_bytes = 1; added->from_bytes * 2 <= added->size;)
		added->from_bytes *= 2;
	device->totals.failures[refusal->cause] += refusal->count;
	snap->mappings.failures[refusal->cause] += refusal->count;
}

void fixture_refusals(struct snapshot *snap)
{
	fixture_mappings(snap);
	snap->devices[1].totals.failures[FAILURE_OVERSIZE] = 0;
	snap->mappings.failures[FAILURE_OVERSIZE] = 0;
	snap->pools[0].start = 2ull << 30;
	snap->pools[0].end =
		snap->pools[0].start + snap->pools[0].slots * SLOT_BYTES;
	snap->refusals = must_calloc(4, sizeof(*snap->refusals));
	add_refusal(snap, &snap->devices[1],
		    &(struct refusal){ .cause = FAILURE_OVERSIZE,
				       .count = 99,
				       .size = 512 << 10,
				       .limit = 252 << 10,
				       .min_align_mask = 4095 });
	add_refusal(snap, &snap->devices[1],
		    &(struct refusal){ .cause = FAILURE_OVERSIZE,
				       .count = 4,
				       .differing = 1,
				       .size = 300 << 10,
				       .limit = 252 << 10,
				       .min_align_mask = 4095,
				       .queue = "sda",
				       .queue_limit = 1 << 20 });
	add_refusal(snap, &snap->devices[0],
		    &(struct refusal){ .cause = FAILURE_ALIGNMENT,
				       .count = 3,
				       .size = 64 << 10,
				       .limit = 252 << 10,
				       .min_align_mask = 0xfff,
				       .alloc_align_mask = 0xffff,
				       .boundary_mask = 0xffff });
	add_refusal(snap, &snap->devices[1],
		    &(struct refusal){ .cause = FAILURE_REACH,
				       .count = 2,
				       .size = 2048,
				       .limit = 256 << 10,
				       .alloc_align_mask =
					       ALLOC_ALIGN_NOT_KNOWN,
				       .reach = 0xffffff });
	snapshot_finish(snap);
}

static void fill_caller(struct wait_caller *caller, enum wait_op op,
			const char *device, uint64_t ns)
{
	caller->op = op;
	snprintf(caller->device, sizeof(caller->device), "%s", device);
	caller->stack.addr[0] = 0xffffffff81000010;
	caller->stack.addr[1] = 0xffffffff81000200 + op;
	caller->stack.depth = 2;
	fixture_wait(&caller->waits, ns);
}

static void fill_hold(struct area *area, unsigned int cpu, uint64_t ns)
{
	struct holds one = {
		.acquisitions = 1,
		.total_ns = ns,
		.max_ns = ns,
		.waiters = ns > 1000,
		.waited_ns = ns > 1000 ? ns : 0,
	};

	one.hold.count[ns > 1000 ? 11 : 8] = 1;
	area->holds_by_cpu = true;
	holds_add(area_cpu_holds(area, cpu), &one);
	holds_add(&area->holds, &one);
}

/* Sound, on a kernel without padding. */
static void fill_audit(struct snapshot *snap)
{
	snap->levels |= LEVEL_AUDIT;
	if (audit_begin(snap))
		abort();
	audit_figures(snap);
	audit_absent(&snap->audit[AUDIT_PADDING],
		     "this kernel keeps no padding of slots");
}

/* Two areas, of which one has a mapping from before; a map is refused. */
static void fill_trace(struct snapshot *snap)
{
	static const struct request requests[] = {
		{ 9000000000, 1, 0xfffff200, 3, 3584, 0, 0, 0, 1, REQUEST_MAP },
		{ 9000000100, 2, 0, 3, 3584, 0, 0, 0, 3, REQUEST_UNMAP },
		{ 9000000050, 0, 0x1000, REQUEST_REFUSED, 1 << 20, 4095, 1, 0,
		  0, REQUEST_MAP },
		{ 9000000200, 1, 0x2000, 2048, 2048, 2047, 1, 0, 0,
		  REQUEST_MAP },
	};
	static const struct trace_area areas[] = {
		{ 0, 0, 7, 0, 0, 1 },
		{ 0, 1, 2047, 3, 1, 0 },
	};
	struct trace *trace = &snap->trace;

	snap->levels |= LEVEL_TRACE;
	add_hook(snap, "trace.map", LEVEL_TRACE, HOOK_FEXIT,
		 "swiotlb_tbl_map_single", "");
	add_hook(snap, "trace.unmap", LEVEL_TRACE, HOOK_FEXIT,
		 "swiotlb_tbl_unmap_single", "");
	snap->traced = (struct trace_totals){
		.counted = true,
		.maps = 12,
		.unmaps = 7,
		.refused = 1,
		.lost = 16,
		.unordered = 3,
	};
	*trace = (struct trace){
		.known = true,
		.nr_requests = 4,
		.nr_devices = 2,
		.nr_pools = 1,
		.nr_areas = 2,
		.nr_runs = 1,
		.lost = 16,
		.unordered = 1,
	};
	trace->requests = must_calloc(4, sizeof(*trace->requests));
	trace->devices = must_calloc(2, sizeof(*trace->devices));
	trace->pools = must_calloc(1, sizeof(*trace->pools));
	trace->areas = must_calloc(2, sizeof(*trace->areas));
	trace->runs = must_calloc(1, sizeof(*trace->runs));
	memcpy(trace->requests, requests, sizeof(requests));
	memcpy(trace->areas, areas, sizeof(areas));
	trace->devices[0] =
		(struct trace_device){ "0000:00:03.0", 4095, UINT32_MAX };
	trace->devices[1] =
		(struct trace_device){ "swiotlb_stress.0", 0, UINT64_MAX };
	trace->pools[0] = (struct trace_pool){ 0, 0x7c000000, 4096, 2 };
	trace->runs[0] = (struct trace_run){ 5, 2 };
}

void fixture_attributed(struct snapshot *snap)
{
	struct area *area;

	fixture_mappings(snap);
	snap->levels |= LEVEL_CALLERS | LEVEL_HOLDS;
	add_hook(snap, "callers.map", LEVEL_CALLERS, HOOK_FEXIT,
		 "swiotlb_tbl_map_single", "");
	add_hook(snap, "holds.lock", LEVEL_HOLDS, HOOK_FEXIT,
		 "_raw_spin_lock_irqsave", "");
	snap->callers = must_calloc(3, sizeof(*snap->callers));
	snap->nr_callers = 3;
	fill_caller(&snap->callers[0], WAIT_UNMAP, "0000:00:03.0", 40000);
	fill_caller(&snap->callers[1], WAIT_UNMAP, "swiotlb_stress.0", 1000);
	fill_caller(&snap->callers[2], WAIT_MAP, "swiotlb_stress.0", 100);
	area = &snap->pools[0].areas[0];
	fill_hold(area, 0, 300);
	fill_hold(area, 0, 400);
	fill_hold(area, 1, 500);
	fill_hold(area, 1, 2500);
	fill_hold(area, 2, 500);
	fill_audit(snap);
	fill_trace(snap);
	snapshot_finish(snap);
}

/*
 * Mappings of 4 KiB that are live together, by four CPUs. Linux 6.1 looks at
 * each fourth slot for them, as their device keeps 12 bits of their addresses.
 */
#define TRACED_MAPS 600u

static struct request traced_request(unsigned int index, bool map)
{
	const unsigned int cpu = index % 4;
	const unsigned int area = cpu % 2, turn = index / 2 + 1;
	const unsigned int step = map ? index : TRACED_MAPS + index;

	return (struct request){
		.at_ns = 10000000000 + step * 20000ull,
		.turn = map ? turn : TRACED_MAPS / 2 + turn,
		.origin = map ? 0x100000 + index * 4096 : 0,
		.slot = area * 2048 + index / 2 * 4,
		.size = 4096,
		.cpu = (uint16_t)cpu,
		.kind = map ? REQUEST_MAP : REQUEST_UNMAP,
	};
}

void fixture_traced(struct snapshot *snap)
{
	struct trace *trace;

	fixture_quiet(snap);
	fill_trace(snap);
	trace = &snap->trace;
	free(trace->requests);
	trace->requests =
		must_calloc(2ul * TRACED_MAPS, sizeof(*trace->requests));
	trace->nr_requests = 2ul * TRACED_MAPS;
	trace->nr_areas = 0;
	trace->nr_runs = 0;
	trace->lost = 0;
	trace->unordered = 0;
	snap->traced = (struct trace_totals){
		.counted = true,
		.maps = TRACED_MAPS,
		.unmaps = TRACED_MAPS,
	};
	for (unsigned int i = 0; i < TRACED_MAPS; i++) {
		trace->requests[i] = traced_request(i, true);
		trace->requests[TRACED_MAPS + i] = traced_request(i, false);
	}
	snapshot_finish(snap);
}

void fixture_refused(struct snapshot *snap)
{
	fixture_quiet(snap);
	snap->log = (struct log_totals){
		.known = true,
		.requests = 13,
		.suppressed = 7,
	};
	snap->fired = must_calloc(1, sizeof(*snap->fired));
	snap->nr_fired = 1;
	snap->fired[0] = (struct fired){
		.at_ns = 1769871900 * NS_PER_SEC,
		.assertion = "pool.used > 80%",
		.subject = "pool default",
		.value = 4000,
	};
	snap->log_entries = must_calloc(2, sizeof(*snap->log_entries));
	snap->nr_log_entries = 2;
	snap->log_entries[0] = (struct log_entry){
		.cause = "exhausted",
		.device = "virtio0",
		.driver = "virtio_blk",
		.requests = 12,
		.size_min = 4096,
		.size_max = 65536,
		.first_ago_ns = 42 * NS_PER_SEC,
		.last_ago_ns = 40 * NS_PER_SEC,
		.text = "virtio_blk virtio0: swiotlb buffer is full "
			"(sz: 4096 bytes), total 4096 (slots), used 4096 (slots)",
	};
	snap->log_entries[1] = (struct log_entry){
		.cause = "reach",
		.in_window = true,
		.requests = 1,
		.first_ago_ns = NS_PER_SEC,
		.last_ago_ns = NS_PER_SEC,
		.text = "swiotlb addr 0x1+4096 overflow (mask 0, bus limit 0)",
	};
	snapshot_finish(snap);
}

void fixture_empty(struct snapshot *snap)
{
	memset(snap, 0, sizeof(*snap));
	fill_kernel(snap);
	snap->levels = 0;
}

void fixture_areas(struct snapshot *snap, unsigned int areas)
{
	struct pool *pool;

	fixture_quiet(snap);
	pool = snap->pools;
	for (unsigned int i = 0; i < pool->nr_areas; i++)
		free(pool->areas[i].cpu_waits);
	free(pool->areas);
	fill_areas(pool, areas, 256);
	pool->used_peak = 0;
	for (unsigned int i = 0; i < areas; i++) {
		pool->areas[i].used = pool->areas[i].busy = i % 200;
		for (unsigned int j = 0; j < i % 7; j++)
			fixture_wait(&pool->areas[i].locks, 500ull << j);
	}
	snapshot_finish(snap);
}

/* Markup, what ends attributes, a control, broken UTF-8, a turn of direction.
 */
#define HOSTILE "<script>x()</script>&\"'\x01\xc0\xff\xe2\x80\xae"

static void rename_hostile(char *name, size_t len)
{
	snprintf(name, len, "%s", HOSTILE);
}

#define RENAME(name) rename_hostile(name, sizeof(name))

void fixture_hostile(struct snapshot *snap)
{
	fixture_attributed(snap);
	RENAME(snap->kernel.release);
	RENAME(snap->kernel.boot_args);
	RENAME(snap->kernel.layout);
	for (size_t i = 0; i < snap->nr_pools; i++)
		RENAME(snap->pools[i].name);
	for (size_t i = 0; i < snap->nr_devices; i++)
		RENAME(snap->devices[i].name);
	for (size_t i = 0; i < snap->nr_bounce_devices; i++) {
		RENAME(snap->bounce_devices[i].name);
		RENAME(snap->bounce_devices[i].driver);
		snap->bounce_devices[i].bounce.unreached_slots = i;
	}
	for (size_t i = 0; i < snap->nr_owners; i++)
		RENAME(snap->owners[i].device);
	for (size_t i = 0; i < snap->nr_live_groups; i++)
		RENAME(snap->live_groups[i].device);
	for (size_t i = 0; i < snap->nr_callers; i++)
		RENAME(snap->callers[i].device);
	for (size_t i = 0; i < snap->nr_hooks; i++)
		RENAME(snap->hooks[i].reason);
	for (size_t i = 0; i < snap->nr_places; i++)
		RENAME(snap->places[i].name);
	for (size_t i = 0; i < snap->nr_losses; i++)
		RENAME(snap->losses[i].help);
	for (char **word = snap->window.command; word && *word; word++) {
		free(*word);
		*word = strdup(HOSTILE);
	}
}

bool fixture_by_name(const char *name, struct snapshot *snap)
{
	if (!strcmp(name, "quiet"))
		fixture_quiet(snap);
	else if (!strcmp(name, "busy"))
		fixture_busy(snap);
	else if (!strcmp(name, "mappings"))
		fixture_mappings(snap);
	else if (!strcmp(name, "wrong_unmaps"))
		fixture_wrong_unmaps(snap);
	else if (!strcmp(name, "refusals"))
		fixture_refusals(snap);
	else if (!strcmp(name, "attributed"))
		fixture_attributed(snap);
	else if (!strcmp(name, "traced"))
		fixture_traced(snap);
	else if (!strcmp(name, "refused"))
		fixture_refused(snap);
	else if (!strcmp(name, "hostile"))
		fixture_hostile(snap);
	else if (!strcmp(name, "empty"))
		fixture_empty(snap);
	else if (!strcmp(name, "areas"))
		fixture_areas(snap, 64);
	else if (!strcmp(name, "areas1024"))
		fixture_areas(snap, 1024);
	else
		return false;
	return true;
}

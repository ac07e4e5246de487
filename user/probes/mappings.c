// SPDX-License-Identifier: GPL-2.0-only
#include "probes/mappings.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "include/calls.h"
#include "include/growth.h"
#include "include/mappings.h"
#include "include/stacks.h"
#include "mappings.skel.h"
#include "model/event.h"
#include "model/level.h"
#include "probes/balance.h"
#include "probes/constant.h"
#include "probes/kernel.h"
#include "probes/live_mappings.h"
#include "probes/mapping_devices.h"
#include "probes/pages.h"
#include "probes/refusals.h"
#include "probes/shadow.h"
#include "probes/stacks.h"
#include "probes/tables.h"
#include "probes/unsynced.h"
#include "probes/wrong_unmaps.h"
#include "util/debug.h"

_Static_assert(FAIL_CAUSES == FAILURE_CAUSES, "one list of causes");
_Static_assert((int)FAIL_OVERSIZE == (int)FAILURE_OVERSIZE &&
		       (int)FAIL_ALIGNMENT == (int)FAILURE_ALIGNMENT &&
		       (int)FAIL_FRAGMENTED == (int)FAILURE_FRAGMENTED &&
		       (int)FAIL_EXHAUSTED == (int)FAILURE_EXHAUSTED &&
		       (int)FAIL_REACH == (int)FAILURE_REACH &&
		       (int)FAIL_KIND == (int)FAILURE_KIND &&
		       (int)FAIL_NO_POOL == (int)FAILURE_NO_POOL &&
		       (int)FAIL_DISABLED == (int)FAILURE_DISABLED,
	       "one order of causes");

_Static_assert((int)COPY_AT_MAP == (int)COPIES_AT_MAP &&
		       (int)COPY_AT_SYNC == (int)COPIES_AT_SYNC &&
		       (int)COPY_FROM_DEVICE == (int)COPIES_FROM_DEVICE &&
		       (int)COPY_KINDS == (int)COPIES_KINDS,
	       "one list of kinds of copies");

_Static_assert(WRONG_KINDS == UNMAP_FAULTS, "one list of faults");
_Static_assert((int)WRONG_DEVICE == (int)UNMAP_WRONG_DEVICE &&
		       (int)WRONG_TWICE == (int)UNMAP_TWICE &&
		       (int)WRONG_SIZE == (int)UNMAP_WRONG_SIZE,
	       "one order of faults");

#define HOOK_UNMAP	 "mappings.unmap"
#define HOOK_SYNC_DEVICE "bounces.sync_for_device"
#define HOOK_SYNC_CPU	 "bounces.sync_for_cpu"
#define HOOK_COPY	 "bounces.copy"
#define GROWTH_WORKER	 "growth.worker"
#define GROWTH_POOL	 "growth.pool"
#define ALLOC_POOL	 "swiotlb_alloc_pool"
#define DEVICE_GONE	 "mappings.device_gone"
#define MAP		 "swiotlb_tbl_map_single"
#define UNMAP		 "swiotlb_tbl_unmap_single"
#define ALLOC		 "swiotlb_alloc"
#define FREE		 "swiotlb_free"
#define FREE_POOL	 "swiotlb_free_from_pool"
#define BOUNCE		 "swiotlb_bounce"
#define SYNC_DEV	 "swiotlb_sync_single_for_device"
#define SYNC_CPU	 "swiotlb_sync_single_for_cpu"
#define NEEDS                                                                  \
	"mappings have no owners, ages and counts; needs BTF, and BPF trampolines or kprobes"
#define NEEDS_GROWTH "pools that are made at run time are not counted"
#define NEEDS_SYNC   "syncs are not counted"
#define NEEDS_ALLOC                                                            \
	"coherent memory from restricted pools has no owner and age, where the kernel has such pools (DMA_RESTRICTED_POOL)"

/* See bpf/other_tools.bpf.h. */
static bool other_tools_hide(const char **difference)
{
	*difference = "not needed, as missed calls are counted";
	return !kernel_counts_missed_probes() &&
	       (preemption_hits_programs(kernel_preemption()) ||
		!kernel_has_trampolines());
}

/* A function whose name some kernels begin with "__". */
#define EITHER_NAME(function, program)                                         \
	CANDIDATE(FENTRY, "__" function, program "_fentry"),                   \
		CANDIDATE(FENTRY, function, program "_fentry"),                \
		CANDIDATE(MULTI, "__" function, program "_kprobe"),            \
		CANDIDATE(MULTI, function, program "_kprobe"),                 \
		CANDIDATE(KPROBE, "__" function, program "_kprobe"),           \
		CANDIDATE(KPROBE, function, program "_kprobe")

/* Unmaps are attached before maps: an unmap without a map is recognised. */
static const struct hook_row rows[] = {
	{
		.name = HOOK_UNMAP,
		.level = LEVEL_MAPPINGS,
		.missing = NEEDS,
		.required = true,
		.preemptible = true,
		.candidates = { EITHER_NAME(UNMAP, "unmap") },
	},
	{
		.name = DEVICE_GONE,
		.level = LEVEL_MAPPINGS,
		.missing = "a new device at the address of one that is gone continues its figures",
		.preemptible = true,
		.candidates = {
			CANDIDATE(FEXIT, "device_del", "device_del_fexit"),
			CANDIDATE(RETURN_MULTI, "device_del", "device_del_kprobe", "device_del_kretprobe"),
			CANDIDATE(KRETPROBE, "device_del", "device_del_kprobe", "device_del_kretprobe"),
		},
	},
	{
		.name = "mappings.other_tools",
		.level = LEVEL_MAPPINGS,
		.missing = "before 6.7, calls that other tools hide by reading BPF maps are not counted",
		.candidates = {
			CANDIDATE_FOR(other_tools_hide, KPROBE, "__sys_bpf", "other_tool_kprobe"),
		},
	},
	{
		.name = "mappings.map",
		.level = LEVEL_MAPPINGS,
		.missing = NEEDS,
		.required = true,
		.preemptible = true,
		.candidates = {
			CANDIDATE_ARGS(6, FEXIT, MAP, "map_fexit_6"),
			CANDIDATE_IF(kernel_maps_physical, FEXIT, "swiotlb_map", "map_fexit_direct"),
			CANDIDATE_ARGS(7, FEXIT, MAP, "map_fexit_7"),
			CANDIDATE_FOR(kernel_has_session, SESSION, MAP, "map_session"),
			CANDIDATE(RETURN_MULTI, MAP, "map_kprobe", "map_kretprobe"),
			CANDIDATE(KRETPROBE, MAP, "map_kprobe", "map_kretprobe"),
		},
	},
	{
		.name = "mappings.free",
		.level = LEVEL_MAPPINGS,
		.missing = NEEDS_ALLOC,
		.feature = &kernel_restricted_pools,
		.preemptible = true,
		.candidates = {
			CANDIDATE_ARGS(3, FENTRY, FREE_POOL, "free_pool_fentry"),
			CANDIDATE_ARGS(3, FENTRY, FREE, "free_fentry"),
			CANDIDATE_ARGS(3, MULTI, FREE_POOL, "free_pool_kprobe"),
			CANDIDATE_ARGS(3, MULTI, FREE, "free_kprobe"),
			CANDIDATE_ARGS(3, KPROBE, FREE_POOL, "free_pool_kprobe"),
			CANDIDATE_ARGS(3, KPROBE, FREE, "free_kprobe"),
		},
	},
	{
		.name = "mappings.alloc",
		.level = LEVEL_MAPPINGS,
		.missing = NEEDS_ALLOC,
		.feature = &kernel_restricted_pools,
		.preemptible = true,
		.candidates = {
			CANDIDATE_ARGS(2, FEXIT, ALLOC, "alloc_fexit"),
			CANDIDATE_ARGS(3, FEXIT, ALLOC, "alloc_fexit"),
			CANDIDATE_ARGS(2, RETURN_MULTI, ALLOC, "alloc_kprobe", "alloc_kretprobe"),
			CANDIDATE_ARGS(3, RETURN_MULTI, ALLOC, "alloc_kprobe", "alloc_kretprobe"),
			CANDIDATE_ARGS(2, KRETPROBE, ALLOC, "alloc_kprobe", "alloc_kretprobe"),
			CANDIDATE_ARGS(3, KRETPROBE, ALLOC, "alloc_kprobe", "alloc_kretprobe"),
		},
	},
	{
		.name = GROWTH_WORKER,
		.level = LEVEL_MAPPINGS,
		.missing = NEEDS_GROWTH,
		.feature = &kernel_growing_pools,
		.candidates = {
			CANDIDATE(KRETPROBE, "swiotlb_dyn_alloc", "worker_kprobe", "worker_kretprobe"),
		},
	},
	{
		.name = GROWTH_POOL,
		.level = LEVEL_MAPPINGS,
		.missing = NEEDS_GROWTH,
		.feature = &kernel_growing_pools,
		.candidates = {
			CANDIDATE(KRETPROBE, ALLOC_POOL, "pool_kprobe", "pool_kretprobe"),
			CANDIDATE(KRETPROBE, ALLOC_POOL ".isra.0", "pool_kprobe", "pool_kretprobe"),
			CANDIDATE(KRETPROBE, ALLOC_POOL ".constprop.0", "pool_kprobe", "pool_kretprobe"),
			CANDIDATE(KRETPROBE, ALLOC_POOL ".constprop.0.isra.0", "pool_kprobe", "pool_kretprobe"),
		},
	},
	{
		.name = HOOK_SYNC_DEVICE,
		.level = LEVEL_BOUNCES,
		.missing = NEEDS_SYNC,
		.required = true,
		.preemptible = true,
		.candidates = { EITHER_NAME(SYNC_DEV, "sync_device") },
	},
	{
		.name = HOOK_SYNC_CPU,
		.level = LEVEL_BOUNCES,
		.missing = NEEDS_SYNC,
		.required = true,
		.preemptible = true,
		.candidates = { EITHER_NAME(SYNC_CPU, "sync_cpu") },
	},
	{
		.name = HOOK_COPY,
		.level = LEVEL_BOUNCES,
		.missing = "copies are not timed: swiotlb_bounce() is inlined or renamed in this kernel",
		.required = true,
		.preemptible = true,
		.candidates = {
			CANDIDATE(FEXIT, BOUNCE, "bounce_fentry", "bounce_fexit"),
			CANDIDATE_FOR(kernel_has_session, SESSION, BOUNCE, "bounce_session"),
			CANDIDATE(RETURN_MULTI, BOUNCE, "bounce_kprobe", "bounce_kretprobe"),
			CANDIDATE(KRETPROBE, BOUNCE, "bounce_kprobe", "bounce_kretprobe"),
		},
	},
};

/**
 * struct mappings - the collector
 * @skel: the object
 * @pools: the pools, for the ranges that are there from the start
 * @stacks: stacks are recorded
 * @shadow: the records of live mappings
 * @devices: what was counted of each device
 * @cpus: each CPU's own state and losses
 * @growth: what each CPU saw of pools being made
 * @kept_stacks: stacks of mappings
 * @balance: growth of each device's mappings
 * @freed: finds mappings whose memory has been freed
 * @unsynced: finds mappings that are out of sync
 * @marked: mappings that are older than the session have been marked
 * @unseen_before: ends without a begin up to then: no loss
 * @lost_before: calls of which one end was not seen, up to then
 * @hooks: what is attached; NULL before
 */
struct mappings {
	struct mappings_bpf *skel;
	const struct hooks *hooks;
	struct pools *pools;
	bool stacks;
	struct shadow shadow;
	struct mapping_devices devices;
	struct cpu_table cpus;
	struct cpu_table growth;
	struct stack_table kept_stacks;
	struct balance balance;
	struct freed freed;
	struct unsynced unsynced;
	bool marked;
	uint64_t unseen_before;
	uint64_t lost_before;
};

static int mappings_open(void *self, struct bpf_object **object)
{
	struct mappings *mappings = self;

	mappings->skel = mappings_bpf__open_opts(kernel_open_options());
	if (!mappings->skel)
		return -errno;
	*object = mappings->skel->obj;
	return 0;
}

static uint8_t bucket_of(uint32_t value)
{
	uint8_t bucket = 0;

	while (value >>= 1)
		bucket++;
	return bucket;
}

static void fill_places(struct mappings_bpf *skel)
{
	uint8_t *const tables[] = { skel->rodata->place_of_byte_0,
				    skel->rodata->place_of_byte_1,
				    skel->rodata->place_of_byte_2,
				    skel->rodata->place_of_byte_3 };

	for (unsigned int byte = 0; byte < 4; byte++)
		for (unsigned int value = 0; value < 256; value++)
			tables[byte][value] =
				bucket_of(value << (8 * byte)) *
				sizeof(((struct histogram_record *)0)
					       ->count[0]);
}

/* The fast path takes no stack, so with stacks it is disabled. */
static int prepare_fast_path(struct mappings *mappings)
{
	struct mappings_bpf *skel = mappings->skel;
	const struct shadow_range *first = &skel->bss->ranges[0];
	uint64_t slots = mappings->stacks ? 0 : first->bytes >> TLB_SHIFT;
	int error = constant_write(skel->obj, FAST_START, first->start);

	if (!error)
		error = constant_write(skel->obj, FAST_SLOTS, slots);
	if (!error)
		error = constant_write_address(skel->obj, FAST_SHADOW,
					       skel->maps.shadow);
	return error;
}

static int mappings_prepare(void *self)
{
	struct mappings *mappings = self;
	struct mappings_bpf *skel = mappings->skel;
	int error;

	error = shadow_create(&mappings->shadow, skel->maps.shadow,
			      skel->bss->ranges, mappings->pools);
	if (!error)
		error = prepare_fast_path(mappings);
	if (!error)
		error = cpu_table_size(skel->maps.devices);
	if (!error)
		error = cpu_table_size(skel->maps.mapping_cpus);
	if (!error)
		error = cpu_table_size(skel->maps.growth);
	if (error)
		return error;
	fill_places(skel);
	skel->rodata->shadow_slots = mappings->shadow.slots;
	skel->rodata->with_stacks = mappings->stacks;
	skel->rodata->slot_type = kernel_slot_type();
	skel->rodata->default_mem = pools_request(mappings->pools)->default_mem;
	skel->rodata->map_has_alloc_size = kernel_has_function_args(MAP, 7);
	skel->rodata->page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
	error = stack_table_size(skel->maps.stacks, &skel->rodata->stacks_max,
				 mappings->stacks ? STACKS_MAX : STACKS_FEW);
	if (!error)
		error = bpf_map__set_max_entries(skel->maps.wrong_unmaps,
						 debug_table(WRONG_UNMAPS_MAX));
	if (!error)
		error = bpf_map__set_max_entries(skel->maps.refusals,
						 debug_table(REFUSALS_MAX));
	if (!error)
		error = bpf_map__set_max_entries(skel->maps.more_devices,
						 debug_table(MORE_DEVICES_MAX));
	if (!error && pools_request(mappings->pools)->has_dynamic)
		error = bpf_map__set_max_entries(skel->maps.overflow,
						 debug_table(OVERFLOW_MAX));
	return error;
}

/* Before hooks are attached: allocations are identified by their page. */
static void find_pages(struct mappings_bpf *skel)
{
	struct page_array_request found;

	if (pages_find(skel->progs.find_page_array, skel->progs.find_file_page,
		       &found))
		return;
	skel->bss->page_array = found.page_array;
	skel->bss->page_array_whole = found.page_array && found.whole;
}

static int mappings_load(void *self)
{
	struct mappings *mappings = self;
	struct mappings_bpf *skel = mappings->skel;
	int error = mappings_bpf__load(skel);

	if (!error)
		error = mapping_devices_map(&mappings->devices, skel);
	if (!error)
		error = cpu_table_map(&mappings->cpus, skel->maps.mapping_cpus);
	if (!error)
		error = cpu_table_map(&mappings->growth, skel->maps.growth);
	if (!error)
		error = stack_table_map(&mappings->kept_stacks,
					skel->maps.stacks,
					skel->progs.find_entry);
	if (error)
		return error;
	mappings->shadow.overflow_table = HASH_TABLE(skel, overflow);
	find_pages(skel);
	error = program_run(skel->progs.know_loader, NULL, 0);
	if (error)
		return error;
	error = freed_start(&mappings->freed, skel->progs.find_freed,
			    skel->maps.mapped_memory);
	if (!error)
		error = unsynced_start(&mappings->unsynced,
				       skel->progs.find_unsynced,
				       skel->maps.compared_memory);
	return error ? error : shadow_map(&mappings->shadow);
}

static void mappings_attached(void *self, const struct hooks *hooks)
{
	struct mappings *mappings = self;

	mappings->hooks = hooks;
}

static void mappings_close(void *self)
{
	struct mappings *mappings = self;

	shadow_close(&mappings->shadow);
	mapping_devices_unmap(&mappings->devices);
	cpu_table_unmap(&mappings->cpus);
	cpu_table_unmap(&mappings->growth);
	stack_table_unmap(&mappings->kept_stacks);
	balance_stop(&mappings->balance);
	freed_stop(&mappings->freed);
	unsynced_stop(&mappings->unsynced);
	mappings->marked = false;
	mappings->hooks = NULL;
	mappings_bpf__destroy(mappings->skel);
	mappings->skel = NULL;
}

static void *mappings_create(struct pools *pools,
			     const struct session_options *options)
{
	struct mappings *mappings = calloc(1, sizeof(*mappings));

	if (!mappings)
		return NULL;
	mappings->stacks = options->stacks;
	mappings->devices.fold_gone = options->fold_gone;
	mappings->pools = pools;
	shadow_size(&mappings->shadow, pools);
	return mappings;
}

static void mappings_destroy(void *self)
{
	struct mappings *mappings = self;

	shadow_release(&mappings->shadow);
	free(mappings);
}

/**
 * struct marking - the walk that marks one pool's mappings at the begin
 * @shadow: where it is marked
 * @start: the pool's first address
 */
struct marking {
	struct shadow *shadow;
	uint64_t start;
};

static void mark_before(uint64_t first, unsigned int slots, void *data)
{
	const struct marking *marking = data;

	shadow_mark_before(marking->shadow,
			   marking->start + (first << TLB_SHIFT), slots);
}

/*
 * Attaching takes a moment. A call that was in progress then has an end without
 * a begin, which is not a loss.
 */
static void forget_attaching(struct mappings *mappings)
{
	struct mapping_cpu_record cpu;

	cpu_table_sum(&mappings->cpus, &cpu);
	mappings->lost_before = cpu.lost_call;
	mappings->unseen_before = mapping_devices_unseen(&mappings->devices);
}

static int mark_all(struct mappings *mappings, struct pools *pools)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);
	int error = shadow_read_overflow(&mappings->shadow);

	if (error)
		return error;
	for (size_t i = 0; i < count; i++) {
		const struct pool_record *record = &known[i].record;
		struct marking marking = { .shadow = &mappings->shadow,
					   .start = record->start };
		struct segment_record *segments =
			calloc(slots_segments(record), sizeof(*segments));

		if (!segments)
			return -ENOMEM;
		error = slots_read(pools_reader(pools), record, segments);
		if (!error)
			slots_visit_mappings(record, segments, mark_before,
					     &marking);
		free(segments);
		if (error && error != -EFAULT)
			return error;
	}
	mappings->marked = true;
	forget_attaching(mappings);
	/* From here on every map and every unmap is seen. */
	return balance_start(&mappings->balance, &mappings->shadow,
			     &mappings->devices, pools);
}

static int mappings_follow(void *self, struct pools *pools)
{
	struct mappings *mappings = self;

	shadow_follow(&mappings->shadow, pools);
	if (!mappings->marked)
		return mark_all(mappings, pools);
	return shadow_collect(&mappings->shadow, pools,
			      mappings->skel->progs.collect_overflow);
}

static int mappings_poll(void *self)
{
	struct mappings *mappings = self;

	return balance_sample(&mappings->balance, false);
}

static int add_losses(struct mappings *mappings, struct snapshot *snap,
		      const struct mapping_losses *losses)
{
	struct mapping_cpu_record cpu;
	int error = 0;
	uint64_t unseen = losses->unseen > mappings->unseen_before
				  ? losses->unseen - mappings->unseen_before
				  : 0;
	uint64_t gone_missed = hooks_missed(mappings->hooks, DEVICE_GONE);

	cpu_table_sum(&mappings->cpus, &cpu);

	const struct loss causes[] = {
		{ "mappings.unseen_map",
		  "unmaps of mappings whose map was missed", EVENT_MAP,
		  unseen },
		{ "mappings.unseen_unmap",
		  "mappings whose unmap was missed: their slots were mapped again, or their pool is gone",
		  EVENT_UNMAP, losses->replaced },
		{ "mappings.recursion",
		  "calls made while a program was running on their CPU, in an interrupt or because a task was preempted in it, or for whose return a probe had no room",
		  EVENT_MAP | EVENT_UNMAP | EVENT_COPY,
		  hooks_missed(mappings->hooks, NULL) - gone_missed },
		{ "mappings.gone_missed",
		  "devices removed while a program was running on their CPU",
		  EVENT_GONE, gone_missed },
		{ "mappings.outside",
		  "mappings without room for a record, mostly in new pools",
		  EVENT_MAP, cpu.outside },
		{ "mappings.devices_full",
		  "calls of devices beyond those that have counters of their own",
		  EVENT_DEVICE, losses->others },
		{ "mappings.unretired",
		  "devices that are gone, without room for their figures",
		  EVENT_MAP | EVENT_UNMAP | EVENT_DEVICE, cpu.unretired },
		{ "mappings.call_lost",
		  "calls whose start or end was missed, where both are needed",
		  EVENT_MAP | EVENT_COPY | EVENT_GONE,
		  cpu.lost_call - mappings->lost_before },
		{ "mappings.other_tools",
		  "system calls of other tools on BPF maps, which hide calls on their CPU from this kernel's kprobes",
		  EVENT_MAP | EVENT_UNMAP | EVENT_COPY | EVENT_UNCOUNTED,
		  cpu.hidden },
		{ "mappings.stacks_full",
		  "mappings and wrong unmaps without a stack: too many stacks",
		  0, cpu.unstacked },
		{ "mappings.wrong_untold",
		  "wrong unmaps that are only counted, without device, sizes and stack",
		  0, cpu.untold },
		{ "failures.unsized",
		  "refused requests that are only counted, without their size",
		  0, cpu.unsized },
		{ "failures.unscanned",
		  "failures whose cause is based on an earlier reading of the pool",
		  EVENT_CAUSE, cpu.unscanned },
	};

	return error ? error
		     : snapshot_add_losses(snap, causes,
					   sizeof(causes) / sizeof(*causes));
}

static void read_growth(struct mappings *mappings, struct snapshot *snap)
{
	struct pool_makings *made = &snap->growth;
	struct growth_record seen;

	if (!hooks_attached(mappings->hooks, GROWTH_POOL) ||
	    !hooks_attached(mappings->hooks, GROWTH_WORKER))
		return;
	cpu_table_sum(&mappings->growth, &seen);
	made->counted = true;
	made->transient.made = seen.transient.count;
	made->transient.bytes = seen.transient.slots << TLB_SHIFT;
	made->transient.ns = seen.transient.ns;
	made->dynamic.made = seen.dynamic.count;
	made->dynamic.bytes = seen.dynamic.slots << TLB_SHIFT;
	made->dynamic.ns = seen.dynamic.ns;
	made->dynamic.failed = seen.dynamic_failed;
	/* The worker's failure is counted after that of its call. */
	made->transient.failed = seen.refused > seen.dynamic_failed
					 ? seen.refused - seen.dynamic_failed
					 : 0;
}

/* Without all of them a mapping may have been synced, and it is not known. */
static bool sees_syncs(const struct mappings *mappings)
{
	return hooks_attached(mappings->hooks, HOOK_SYNC_DEVICE) &&
	       hooks_attached(mappings->hooks, HOOK_SYNC_CPU) &&
	       hooks_attached(mappings->hooks, HOOK_COPY);
}

/* Without, each mapping that has ended has no record any more. */
static bool may_have_missed(const struct mappings *mappings)
{
	struct mapping_cpu_record cpu;

	cpu_table_sum(&mappings->cpus, &cpu);
	return !hooks_attached(mappings->hooks, HOOK_UNMAP) || cpu.hidden ||
	       hooks_missed(mappings->hooks, NULL);
}

static int mappings_read(void *self, struct pools *pools, struct snapshot *snap)
{
	struct mappings *mappings = self;
	const struct live_mappings live = {
		.shadow = &mappings->shadow,
		.devices = &mappings->devices,
		.freed = &mappings->freed,
		.unsynced = sees_syncs(mappings) ? &mappings->unsynced : NULL,
		.track = mappings->balance.track,
		.stacks = mappings->stacks ? &mappings->kept_stacks : NULL,
		.settled_ns =
			may_have_missed(mappings)
				? growth_track_last_ns(mappings->balance.track)
				: 0,
	};
	const struct hash_table wrong =
		HASH_TABLE(mappings->skel, wrong_unmaps);
	const struct hash_table refused = HASH_TABLE(mappings->skel, refusals);
	struct mapping_losses losses = {};
	struct live_counts ended = {};
	int error;

	snap->mappings.counted = true;
	snap->mappings.freed_known = mappings->skel->bss->page_array_whole;
	/*
	 * The slots were read a moment ago. A mapping that ended since has no
	 * record any more and is counted as ended, not as live.
	 */
	error = balance_sample(&mappings->balance, true);
	if (!error)
		error = mapping_devices_read(&mappings->devices, snap, &losses);
	if (!error)
		error = live_mappings_count(&live, pools, snap, &ended);
	if (!error)
		error = wrong_unmaps_read(&wrong, &mappings->kept_stacks, snap);
	if (!error)
		error = refusals_read(&refused, snap);
	if (!error)
		error = add_losses(mappings, snap, &losses);
	read_growth(mappings, snap);
	balance_read(&mappings->balance, &ended, snap);
	free(ended.devices);
	mapping_devices_finish(&mappings->devices, snap);
	return error;
}

/* The pools decide the size of the shadow. */
static int mappings_parts(void *self, const struct bpf_map *map,
			  struct snapshot *snap)
{
	const struct mappings *mappings = self;
	int error;

	if (map != mappings->skel->maps.shadow)
		return 0;
	error = shadow_describe(&mappings->shadow, mappings_collector.name,
				snap);
	return error ? error : 1;
}

const struct collector mappings_collector = {
	.name = "mappings",
	.levels = LEVEL_MAPPINGS | LEVEL_BOUNCES,
	.table = { rows, sizeof(rows) / sizeof(*rows) },
	.object = {
		.open = mappings_open,
		.prepare = mappings_prepare,
		.load = mappings_load,
		.attached = mappings_attached,
		.close = mappings_close,
	},
	.create = mappings_create,
	.destroy = mappings_destroy,
	.pools_changed = mappings_follow,
	.poll = mappings_poll,
	.read = mappings_read,
	.describe_map = mappings_parts,
};

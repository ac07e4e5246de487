// SPDX-License-Identifier: GPL-2.0-only
#include "probes/locks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "include/calls.h"
#include "include/locks.h"
#include "include/stacks.h"
#include "locks.skel.h"
#include "model/event.h"
#include "model/level.h"
#include "probes/kernel.h"
#include "probes/lock_list.h"
#include "probes/slots.h"
#include "probes/stacks.h"
#include "probes/tables.h"
#include "util/debug.h"

_Static_assert(RECORD_BUCKETS == HISTOGRAM_BUCKETS, "one histogram, one size");
_Static_assert(RECORD_NAME_LEN == NAME_LEN, "one name, one length");

#define NATIVE	 "native_queued_spin_lock_slowpath"
#define QUEUED	 "queued_spin_lock_slowpath" /* without PARAVIRT_SPINLOCKS */
#define PV	 "__pv_queued_spin_lock_slowpath"
#define SLEEPING "rtlock_slowlock_locked" /* PREEMPT_RT */
#define QUEUED_ONLY                                                            \
	"sees queued waits only: not the first waiter of a lock, and none at all where spinlocks are test-and-set"

#define MAP	   "swiotlb_tbl_map_single"
#define UNMAP	   "swiotlb_tbl_unmap_single"
#define UNMAP_POOL "__swiotlb_tbl_unmap_single" /* 6.12 */
#define NO_CALLS   "waits in it are charged to no device"

#define WAIT	      "locks.wait"
#define WAIT_PARAVIRT "locks.wait.paravirt"
#define TRACEPOINT    "locks.tracepoint"

static const struct hook_row rows[] = {
	{
		.name = WAIT,
		.level = LEVEL_LOCKS,
		.missing = "waits are unknown; needs BTF, and BPF trampolines or kprobes",
		.candidates = {
			CANDIDATE_FOR(spinlocks_sleep_here, FENTRY, SLEEPING, "slow_fentry", "slow_fexit"),
			CANDIDATE_FOR(spinlocks_sleep_here, KPROBE, SLEEPING, "slow_kprobe", "slow_kretprobe"),
			CANDIDATE_FOR(spinlocks_spin, FENTRY, NATIVE, "slow_fentry", "slow_fexit"),
			CANDIDATE_FOR(spinlocks_spin, FENTRY, QUEUED, "slow_fentry", "slow_fexit"),
			CANDIDATE_FOR(spinlocks_spin, KPROBE, NATIVE, "slow_kprobe", "slow_kretprobe"),
			CANDIDATE_FOR(spinlocks_spin, KPROBE, QUEUED, "slow_kprobe", "slow_kretprobe"),
			{
				.state = HOOK_TRACEPOINT,
				.target = "contention_begin",
				.programs = { "contention_begin_wait", "contention_end_wait" },
				.remark = QUEUED_ONLY,
				.suits = spinlocks_spin,
			},
		},
		.required = true,
	},
	{
		.name = WAIT_PARAVIRT,
		.level = LEVEL_LOCKS,
		.missing = "this kernel has no paravirtual spinlocks; nothing is missed",
		.candidates = {
			CANDIDATE_FOR(spinlocks_spin, FENTRY, PV, "pv_fentry", "pv_fexit"),
			CANDIDATE_FOR(spinlocks_spin, KPROBE, PV, "slow_kprobe", "slow_kretprobe"),
		},
	},
	{
		.name = "locks.pool_added",
		.level = LEVEL_LOCKS | LEVEL_TRACEPOINTS,
		.missing = "device pools are found by polling only",
		.feature = &kernel_device_blocks,
		.candidates = {
			CANDIDATE(FEXIT, "swiotlb_device_allocate", "pool_added"),
		},
	},
	{
		.name = "locks.pool_removed",
		.level = LEVEL_LOCKS | LEVEL_TRACEPOINTS,
		.missing = "device pools are forgotten by polling only",
		.feature = &kernel_device_blocks,
		.candidates = {
			CANDIDATE(FENTRY, "swiotlb_device_free", "pool_removed"),
		},
	},
	{
		.name = TRACEPOINT,
		.level = LEVEL_TRACEPOINTS,
		.missing = "lock:contention_begin came with 5.19",
		.candidates = {
			CANDIDATE(TRACEPOINT, "contention_begin", "contention_begin_count"),
		},
	},
	{
		.name = "callers.map",
		.level = LEVEL_CALLERS,
		.missing = NO_CALLS,
		.candidates = {
			CANDIDATE_ARGS(6, FEXIT, MAP, "map_fentry", "map_fexit"),
			CANDIDATE_IF(kernel_dma_is_direct, FEXIT, "swiotlb_map", "map_fentry", "map_fexit"),
			CANDIDATE(RETURN_MULTI, MAP, "map_kprobe", "map_kretprobe"),
			CANDIDATE(KRETPROBE, MAP, "map_kprobe", "map_kretprobe"),
		},
		.preemptible = true,
	},
	{
		.name = "callers.unmap",
		.level = LEVEL_CALLERS,
		.missing = NO_CALLS,
		.candidates = {
			CANDIDATE(FEXIT, UNMAP_POOL, "unmap_fentry", "unmap_fexit"),
			CANDIDATE(FEXIT, UNMAP, "unmap_fentry", "unmap_fexit"),
			CANDIDATE(RETURN_MULTI, UNMAP_POOL, "unmap_kprobe", "unmap_kretprobe"),
			CANDIDATE(RETURN_MULTI, UNMAP, "unmap_kprobe", "unmap_kretprobe"),
			CANDIDATE(KRETPROBE, UNMAP_POOL, "unmap_kprobe", "unmap_kretprobe"),
			CANDIDATE(KRETPROBE, UNMAP, "unmap_kprobe", "unmap_kretprobe"),
		},
		.preemptible = true,
	},
};

/**
 * struct locks - the collector
 * @skel: the object
 * @pools: the pools, for the size of tables
 * @hooks: what is attached
 * @list: the locks
 * @losses: what each CPU missed
 * @calls: what each CPU missed of callers
 * @waiting: open waits of CPUs
 * @stacks: stacks of callers
 * @followed: the pools have been followed once
 * @unpaired_before: calls whose begin or end was missed, up to then: no loss
 * @gone: waits for locks of pools that are gone and collected
 * @gone_callers: callers of these
 * @nr_gone_callers: how many
 */
struct locks {
	struct locks_bpf *skel;
	struct pools *pools;
	const struct hooks *hooks;
	struct lock_list list;
	struct cpu_table losses;
	struct cpu_table calls;
	struct cpu_table waiting;
	struct stack_table stacks;
	bool followed;
	uint64_t unpaired_before;
	struct waits gone;
	struct wait_caller *gone_callers;
	size_t nr_gone_callers;
};

static int locks_open(void *self, struct bpf_object **object)
{
	struct locks *locks = self;

	locks->skel = locks_bpf__open_opts(kernel_open_options());
	if (!locks->skel)
		return -errno;
	*object = locks->skel->obj;
	return 0;
}

/* LEVEL_CALLERS is on when one of its programs is to be loaded. */
static bool callers_wanted(const struct locks *locks)
{
	const struct bpf_program *const begins[] = {
		locks->skel->progs.map_fentry,
		locks->skel->progs.map_kprobe,
		locks->skel->progs.unmap_fentry,
		locks->skel->progs.unmap_kprobe,
	};

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (bpf_program__autoload(begins[i]))
			return true;
	return false;
}

static int locks_prepare(void *self)
{
	struct locks *locks = self;
	struct locks_bpf *skel = locks->skel;
	bool wanted = callers_wanted(locks);
	int error = lock_tables_size(&LOCK_MAPS(skel, waits), locks->pools);

	skel->rodata->with_callers = wanted;
	if (!error)
		error = cpu_table_size(skel->maps.lock_cpus);
	if (!error)
		error = cpu_table_size(skel->maps.call_cpus);
	if (!error)
		error = bpf_map__set_max_entries(
			skel->maps.callers,
			wanted ? debug_table(CALLERS_MAX) : 1);
	if (!error)
		error = stack_table_size(skel->maps.stacks,
					 &skel->rodata->stacks_max,
					 wanted ? STACKS_MAX : 1);
	return error;
}

static int locks_load(void *self)
{
	struct locks *locks = self;
	struct locks_bpf *skel = locks->skel;
	int error = locks_bpf__load(skel);

	if (!error)
		error = cpu_table_map(&locks->losses, skel->maps.lock_cpus);
	if (!error)
		error = cpu_table_map(&locks->calls, skel->maps.call_cpus);
	if (!error)
		error = cpu_table_map(&locks->waiting, skel->maps.waiting_cpus);
	return error ? error
		     : stack_table_map(&locks->stacks, skel->maps.stacks,
				       skel->progs.find_entry);
}

static void locks_attached(void *self, const struct hooks *hooks)
{
	struct locks *locks = self;

	locks->hooks = hooks;
}

static void locks_close(void *self)
{
	struct locks *locks = self;

	cpu_table_unmap(&locks->losses);
	cpu_table_unmap(&locks->calls);
	cpu_table_unmap(&locks->waiting);
	stack_table_unmap(&locks->stacks);
	locks->hooks = NULL;
	locks_bpf__destroy(locks->skel);
	locks->skel = NULL;
}

static void locks_destroy(void *self)
{
	struct locks *locks = self;

	lock_list_release(&locks->list);
	free(locks->gone_callers);
	free(locks);
}

static void *locks_create(struct pools *pools,
			  const struct session_options *options)
{
	struct locks *locks = calloc(1, sizeof(*locks));

	(void)options;
	if (locks)
		locks->pools = pools;
	return locks;
}

static void add_record(struct waits *waits, const struct wait_record *record)
{
	struct waits one = {
		.contended = record->contended,
		.total_ns = record->total_ns,
		.max_ns = record->max_ns,
	};

	for (int i = 0; i < RECORD_BUCKETS; i++)
		one.wait.count[i] = record->wait.count[i];
	waits_add(waits, &one);
}

/* @sums: takes the waits of pools that are gone */
static int take_figure(void *sums, struct area *area, uint32_t cpu,
		       const void *record)
{
	struct waits *waits;

	if (!area) {
		add_record(sums, record);
		return 0;
	}
	area->waits_by_cpu = true;
	add_record(&area->locks, record);
	if (cpu == LOCK_ANY_CPU)
		return 0;
	waits = area_cpu_waits(area, cpu);
	if (!waits)
		return -ENOMEM;
	add_record(waits, record);
	return 0;
}

static int read_losses(struct locks *locks, struct snapshot *snap)
{
	uint64_t stale = 0, missed = hooks_missed(locks->hooks, WAIT) +
				     hooks_missed(locks->hooks, WAIT_PARAVIRT);
	bool probed = hooks_probed(locks->hooks, WAIT);
	struct lock_cpu_record sum;
	int error = lock_list_stale(&locks->list, &locks->waiting, &stale);

	cpu_table_sum(&locks->losses, &sum);
	/* An end without a begin is of a wait from before, or one was missed.
	 */
	if (sum.unpaired > missed)
		sum.unpaired = missed;

	const struct loss causes[] = {
		{ "locks.no_begin", "waits whose start was missed: not counted",
		  EVENT_WAIT, sum.loss[LOCK_LOSS_NO_BEGIN] + sum.unpaired },
		{ "locks.no_end", "waits whose end was missed: not counted",
		  EVENT_WAIT, sum.loss[LOCK_LOSS_NO_END] + stale },
		{ "locks.recursion",
		  "waits for spinlocks that probes missed; some may be for area locks",
		  EVENT_WAIT, probed ? missed : 0 },
		{ "locks.no_entry",
		  "waits for locks that were considered gone: not counted",
		  EVENT_WAIT, sum.loss[LOCK_LOSS_NO_ENTRY] },
		{ "locks.cpus_full",
		  "waits counted for their area but for no CPU: too many areas and CPUs",
		  EVENT_WAIT, sum.loss[LOCK_LOSS_CROWDED] },
		{ "locks.table_full",
		  "areas whose waits are not watched: too many new pools",
		  EVENT_WAIT | EVENT_UNCOUNTED,
		  locks->list.refused + locks->skel->bss->locks_refused },
	};

	return error ? error
		     : snapshot_add_losses(snap, causes,
					   sizeof(causes) / sizeof(*causes));
}

static enum wait_op wait_op(uint32_t op)
{
	return op == LOCK_OP_MAP     ? WAIT_MAP
	       : op == LOCK_OP_UNMAP ? WAIT_UNMAP
				     : WAIT_OTHER;
}

/* Callers of pools that are gone differ by nothing but device, code and op. */
static struct wait_caller *find_gone_caller(struct wait_caller *callers,
					    size_t count,
					    const struct wait_caller *caller)
{
	for (size_t i = 0; caller->pool_id < 0 && i < count; i++)
		if (caller_same(&callers[i], caller))
			return &callers[i];
	return NULL;
}

static int append_caller(struct wait_caller **callers, size_t *count,
			 const struct wait_caller *caller)
{
	struct wait_caller *known = find_gone_caller(*callers, *count, caller);
	struct wait_caller *grown;

	if (known) {
		waits_add(&known->waits, &caller->waits);
		return 0;
	}
	grown = reallocarray(*callers, *count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*callers = grown;
	grown[(*count)++] = *caller;
	return 0;
}

/* @lock: NULL = its pool is gone */
static void fill_caller(struct locks *locks, const struct caller_key *key,
			const struct wait_record *record,
			const struct area_lock *lock,
			struct wait_caller *caller)
{
	memset(caller, 0, sizeof(*caller));
	caller->pool_id = lock ? lock->pool_id : -1;
	caller->area = lock ? lock->area : 0;
	caller->op = wait_op(key->op);
	memcpy(caller->device, key->device, NAME_LEN);
	caller->device[NAME_LEN - 1] = 0;
	stack_table_get(&locks->stacks, key->stack, &caller->stack);
	add_record(&caller->waits, record);
}

/**
 * struct caller_reading - one walk through the callers
 * @locks: the locks
 * @kept: what lock_is_gone() needs
 * @snap: what they are added to; NULL = those of gone pools are collected
 */
struct caller_reading {
	struct locks *locks;
	const struct lock_numbers *kept;
	struct snapshot *snap;
};

static int collect_caller(void *self, const void *key, const void *value)
{
	const struct caller_reading *reading = self;
	const struct wait_record *record = value;
	const struct caller_key *who = key;
	struct locks *locks = reading->locks;
	struct wait_caller caller;

	if (!lock_is_gone(&locks->list, reading->kept, who->lock))
		return 0;
	table_drop(&HASH_TABLE(locks->skel, callers), key);
	if (!record->contended)
		return 0;
	fill_caller(locks, who, record, NULL, &caller);
	return append_caller(&locks->gone_callers, &locks->nr_gone_callers,
			     &caller);
}

static int read_caller(void *self, const void *key, const void *value)
{
	const struct caller_reading *reading = self;
	const struct wait_record *record = value;
	const struct caller_key *who = key;
	struct locks *locks = reading->locks;
	struct snapshot *snap = reading->snap;
	const struct area_lock *lock = lock_list_find(&locks->list, who->lock);
	struct wait_caller caller;

	/* A record is made when a wait begins, and has none until it ends. */
	if (!record->contended)
		return 0;
	if (!lock && !lock_is_gone(&locks->list, reading->kept, who->lock))
		return 0;
	if (lock && !lock_list_area(lock, snap))
		lock = NULL;
	fill_caller(locks, who, record, lock, &caller);
	return append_caller(&snap->callers, &snap->nr_callers, &caller);
}

static int read_callers(struct locks *locks, const struct lock_numbers *kept,
			struct snapshot *snap)
{
	struct caller_reading reading = { locks, kept, snap };
	int error = 0;

	for (size_t i = 0; i < locks->nr_gone_callers && !error; i++)
		error = append_caller(&snap->callers, &snap->nr_callers,
				      &locks->gone_callers[i]);
	if (!error)
		error = table_each(&HASH_TABLE(locks->skel, callers),
				   read_caller, &reading);
	callers_sort(snap->callers, snap->nr_callers);
	return error;
}

static int collect_gone(struct locks *locks, const struct lock_tables *tables,
			const struct lock_numbers *kept)
{
	struct caller_reading reading = { locks, kept, NULL };
	int error = lock_list_collect(&locks->list, tables, kept, take_figure,
				      &locks->gone);

	if (!error && locks->skel->rodata->with_callers)
		error = table_each(&HASH_TABLE(locks->skel, callers),
				   collect_caller, &reading);
	return error;
}

/* Only the end of a call that was in progress at the attach is seen. */
static void forget_attaching(struct locks *locks)
{
	struct call_cpu_record sum;

	cpu_table_sum(&locks->calls, &sum);
	locks->unpaired_before = sum.loss[CALL_LOSS_UNPAIRED];
	locks->followed = true;
}

static int locks_follow(void *self, struct pools *pools)
{
	struct locks *locks = self;
	struct lock_tables tables =
		LOCK_TABLES(locks->skel, waits, locks->waiting);
	struct lock_numbers kept;
	int error;

	if (!locks->followed)
		forget_attaching(locks);
	error = lock_list_follow(&locks->list, &tables, pools);

	if (!error)
		error = lock_list_settle(&locks->list, &tables, &kept);
	if (error <= 0)
		return error;
	error = collect_gone(locks, &tables, &kept);
	free(kept.ids);
	return error;
}

static int read_caller_losses(struct locks *locks, struct snapshot *snap)
{
	struct call_cpu_record sum;

	cpu_table_sum(&locks->calls, &sum);

	const struct loss causes[] = {
		{ "callers.unpaired",
		  "maps and unmaps whose start or end was missed: waits in them may be charged to no device, or to the one that was interrupted",
		  EVENT_CALLER,
		  sum.loss[CALL_LOSS_UNPAIRED] - locks->unpaired_before },
		{ "callers.table_full",
		  "waits counted for their area but charged to no caller: too many callers",
		  EVENT_CALLER, sum.loss[CALL_LOSS_CALLERS] },
		{ "callers.stacks_full",
		  "waits charged to a device without a stack: too many stacks",
		  EVENT_CALLER, sum.loss[CALL_LOSS_STACKS] },
	};

	return snapshot_add_losses(snap, causes,
				   sizeof(causes) / sizeof(*causes));
}

static void read_tracepoints(const struct locks *locks,
			     const struct lock_tables *tables,
			     struct snapshot *snap)
{
	for (size_t i = 0; i < locks->list.count; i++) {
		const struct area_lock *lock = &locks->list.locks[i];
		struct area *area = lock_list_area(lock, snap);
		struct area_lock_record record;

		if (area && lock_list_entry(tables, lock, &record))
			area->locks.tracepoint = record.tracepoint;
	}
}

static int locks_read(void *self, struct pools *pools, struct snapshot *snap)
{
	struct locks *locks = self;
	struct lock_tables tables =
		LOCK_TABLES(locks->skel, waits, locks->waiting);
	struct lock_numbers kept = { 0 };
	int error;

	(void)pools;
	snap->gone_waits = locks->gone;
	error = lock_list_watched(&tables, &kept);
	if (!error)
		error = lock_list_read(&locks->list, &tables, &kept, snap,
				       take_figure, &snap->gone_waits);
	if (!error && hooks_attached(locks->hooks, TRACEPOINT))
		read_tracepoints(locks, &tables, snap);
	if (!error)
		error = read_losses(locks, snap);
	if (!error && locks->skel->rodata->with_callers)
		error = read_callers(locks, &kept, snap);
	if (!error && locks->skel->rodata->with_callers)
		error = read_caller_losses(locks, snap);
	free(kept.ids);
	return error;
}

const struct collector locks_collector = {
	.name = "locks",
	.levels = LEVEL_LOCKS | LEVEL_TRACEPOINTS | LEVEL_CALLERS,
	.table = { rows, sizeof(rows) / sizeof(*rows) },
	.object = {
		.open = locks_open,
		.prepare = locks_prepare,
		.load = locks_load,
		.attached = locks_attached,
		.close = locks_close,
	},
	.create = locks_create,
	.destroy = locks_destroy,
	.pools_changed = locks_follow,
	.read = locks_read,
};

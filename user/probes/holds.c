// SPDX-License-Identifier: GPL-2.0-only
#include "probes/holds.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "holds.skel.h"
#include "include/holds.h"
#include "include/locks.h"
#include "model/event.h"
#include "model/level.h"
#include "probes/kernel.h"
#include "probes/lock_list.h"
#include "probes/tables.h"

_Static_assert(RECORD_BUCKETS == HISTOGRAM_BUCKETS, "one histogram, one size");

#define LOCK	 "_raw_spin_lock_irqsave"
#define RT_LOCK	 "rt_spin_lock"
#define NATIVE	 "native_queued_spin_lock_slowpath"
#define QUEUED	 "queued_spin_lock_slowpath" /* without PARAVIRT_SPINLOCKS */
#define PV	 "__pv_queued_spin_lock_slowpath"
#define SLEEPING "rtlock_slowlock_locked" /* PREEMPT_RT */

#define HOLDER		"holds.holder"
#define HOLDER_PARAVIRT "holds.holder.paravirt"

static const struct hook_row rows[] = {
	{
		.name = "holds.lock",
		.level = LEVEL_HOLDS,
		.missing = "holds are unknown; needs BPF trampolines, and a kernel that does not inline " LOCK
			  " and _raw_spin_unlock_irqrestore",
		.candidates = {
			CANDIDATE_FOR(spinlocks_spin, FEXIT, LOCK, "lock_fexit", "unlock_fentry"),
			CANDIDATE_FOR(spinlocks_sleep_here, KPROBE, RT_LOCK, "sleeping_lock_kprobe", "sleeping_unlock_kprobe"),
		},
		.required = true,
	},
	{
		.name = HOLDER,
		.level = LEVEL_HOLDS,
		.missing = "which CPU is waited for is unknown",
		.candidates = {
			CANDIDATE_FOR(spinlocks_spin, FENTRY, NATIVE, "slow_fentry", "slow_fexit"),
			CANDIDATE_FOR(spinlocks_spin, FENTRY, QUEUED, "slow_fentry", "slow_fexit"),
			CANDIDATE_FOR(spinlocks_sleep_here, FENTRY, SLEEPING, "slow_fentry", "slow_fexit"),
		},
	},
	{
		.name = HOLDER_PARAVIRT,
		.level = LEVEL_HOLDS,
		.missing = "this kernel has no paravirtual spinlocks; nothing is missed",
		.candidates = {
			CANDIDATE_FOR(spinlocks_spin, FENTRY, PV, "pv_fentry", "pv_fexit"),
		},
	},
	{
		.name = "holds.pool_added",
		.level = LEVEL_HOLDS,
		.missing = "device pools are found by polling only",
		.feature = &kernel_device_blocks,
		.candidates = {
			CANDIDATE(FEXIT, "swiotlb_device_allocate", "pool_added"),
		},
	},
	{
		.name = "holds.pool_removed",
		.level = LEVEL_HOLDS,
		.missing = "device pools are forgotten by polling only",
		.feature = &kernel_device_blocks,
		.candidates = {
			CANDIDATE(FENTRY, "swiotlb_device_free", "pool_removed"),
		},
	},
};

/**
 * struct holders - the collector
 * @skel: the object
 * @pools: the pools, for the size of tables
 * @hooks: what is attached
 * @list: the locks
 * @losses: what each CPU missed
 * @waiting: open waits of CPUs
 * @gone: holds of locks of pools that are gone and collected
 */
struct holders {
	struct holds_bpf *skel;
	struct pools *pools;
	const struct hooks *hooks;
	struct lock_list list;
	struct cpu_table losses;
	struct cpu_table waiting;
	struct holds gone;
};

static int holds_open(void *self, struct bpf_object **object)
{
	struct holders *holders = self;

	holders->skel = holds_bpf__open_opts(kernel_open_options());
	if (!holders->skel)
		return -errno;
	*object = holders->skel->obj;
	return 0;
}

static int holds_prepare(void *self)
{
	struct holders *holders = self;
	int error = lock_tables_size(&LOCK_MAPS(holders->skel, holds),
				     holders->pools);

	if (!error)
		error = cpu_table_size(holders->skel->maps.hold_cpus);
	/* A task that waits may have a lock as well. */
	if (!error)
		error = bpf_map__set_max_entries(
			holders->skel->maps.takers,
			bpf_map__max_entries(
				holders->skel->maps.waiting_tasks));
	return error;
}

static int holds_load(void *self)
{
	struct holders *holders = self;
	struct holds_bpf *skel = holders->skel;
	int error = holds_bpf__load(skel);

	if (!error)
		error = cpu_table_map(&holders->losses, skel->maps.hold_cpus);
	return error ? error
		     : cpu_table_map(&holders->waiting,
				     skel->maps.waiting_cpus);
}

static void holds_attached(void *self, const struct hooks *hooks)
{
	((struct holders *)self)->hooks = hooks;
}

static void holds_close(void *self)
{
	struct holders *holders = self;

	holders->hooks = NULL;
	cpu_table_unmap(&holders->losses);
	cpu_table_unmap(&holders->waiting);
	holds_bpf__destroy(holders->skel);
	holders->skel = NULL;
}

static void holds_destroy(void *self)
{
	struct holders *holders = self;

	lock_list_release(&holders->list);
	free(holders);
}

static void *holds_create(struct pools *pools,
			  const struct session_options *options)
{
	struct holders *holders = calloc(1, sizeof(*holders));

	(void)options;
	if (holders)
		holders->pools = pools;
	return holders;
}

static void add_record(struct holds *holds, const struct hold_record *record)
{
	struct holds one = {
		.acquisitions = record->acquisitions,
		.total_ns = record->total_ns,
		.max_ns = record->max_ns,
		.waiters = record->waiters,
		.waited_ns = record->waited_ns,
	};

	for (int i = 0; i < RECORD_BUCKETS; i++)
		one.hold.count[i] = record->hold.count[i];
	holds_add(holds, &one);
}

/* @sums: takes the holds of pools that are gone */
static int take_figure(void *sums, struct area *area, uint32_t cpu,
		       const void *record)
{
	struct holds *holds;

	if (!area) {
		add_record(sums, record);
		return 0;
	}
	area->holds_by_cpu = true;
	add_record(&area->holds, record);
	if (cpu == LOCK_ANY_CPU)
		return 0;
	holds = area_cpu_holds(area, cpu);
	if (!holds)
		return -ENOMEM;
	add_record(holds, record);
	return 0;
}

static int holds_follow(void *self, struct pools *pools)
{
	struct holders *holders = self;
	struct lock_tables tables =
		LOCK_TABLES(holders->skel, holds, holders->waiting);
	struct lock_numbers kept;
	int error = lock_list_follow(&holders->list, &tables, pools);
	int settled = error ? error
			    : lock_list_settle(&holders->list, &tables, &kept);

	if (settled <= 0)
		return settled;
	error = lock_list_collect(&holders->list, &tables, &kept, take_figure,
				  &holders->gone);
	free(kept.ids);
	return error;
}

static int read_losses(struct holders *holders, struct snapshot *snap)
{
	uint64_t missed = hooks_missed(holders->hooks, HOLDER) +
			  hooks_missed(holders->hooks, HOLDER_PARAVIRT);
	struct hold_cpu_record sum;
	uint64_t stale = 0;
	int error = lock_list_stale(&holders->list, &holders->waiting, &stale);

	cpu_table_sum(&holders->losses, &sum);
	/* A wait without a begin is one from before, or its begin was missed.
	 */
	if (sum.unpaired > missed)
		sum.unpaired = missed;

	const struct loss causes[] = {
		{ "holds.no_begin", "holds whose start was missed: not counted",
		  EVENT_HOLD, sum.loss[HOLD_LOSS_NO_BEGIN] },
		{ "holds.no_end", "holds whose end was missed: not counted",
		  EVENT_HOLD, sum.loss[HOLD_LOSS_NO_END] },
		{ "holds.no_entry",
		  "holds of locks that were considered gone: not counted",
		  EVENT_HOLD, sum.loss[HOLD_LOSS_NO_ENTRY] },
		{ "holds.unseen_wait",
		  "waits whose start or end was missed: charged to no holder",
		  EVENT_HOLD, sum.loss[HOLD_LOSS_WAIT] + sum.unpaired + stale },
		{ "holds.cpus_full",
		  "holds counted for their area but for no CPU: too many areas and CPUs",
		  EVENT_HOLD, sum.loss[HOLD_LOSS_CROWDED] },
		{ "holds.table_full",
		  "areas whose lock is not watched: too many new pools",
		  EVENT_HOLD | EVENT_UNCOUNTED,
		  holders->list.refused + holders->skel->bss->locks_refused },
	};

	return error ? error
		     : snapshot_add_losses(snap, causes,
					   sizeof(causes) / sizeof(*causes));
}

static int holds_read(void *self, struct pools *pools, struct snapshot *snap)
{
	struct holders *holders = self;
	struct lock_tables tables =
		LOCK_TABLES(holders->skel, holds, holders->waiting);
	struct lock_numbers kept = { 0 };
	int error = lock_list_watched(&tables, &kept);

	(void)pools;
	snap->gone_holds = holders->gone;
	if (!error)
		error = lock_list_read(&holders->list, &tables, &kept, snap,
				       take_figure, &snap->gone_holds);
	free(kept.ids);
	return error ? error : read_losses(holders, snap);
}

const struct collector holds_collector = {
	.name = "holds",
	.levels = LEVEL_HOLDS,
	.table = { rows, sizeof(rows) / sizeof(*rows) },
	.object = { holds_open, holds_prepare, holds_load, holds_close,
		    holds_attached },
	.create = holds_create,
	.destroy = holds_destroy,
	.pools_changed = holds_follow,
	.read = holds_read,
};

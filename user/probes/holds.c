// SPDX-License-Identifier: GPL-2.0-only
#include "probes/holds.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "holds.skel.h"
#include "include/holds.h"
#include "include/locks.h"
#include "model/level.h"
#include "probes/debug.h"
#include "probes/kernel.h"
#include "probes/lock_list.h"

_Static_assert(RECORD_BUCKETS == HISTOGRAM_BUCKETS, "one histogram, one size");

#define LOCK   "_raw_spin_lock_irqsave"
#define NATIVE "native_queued_spin_lock_slowpath"
#define PV     "__pv_queued_spin_lock_slowpath"

static const struct hook_row rows[] = {
	{ "holds.lock",
	  LEVEL_HOLDS,
	  "holds are unknown; needs BPF trampolines, and a kernel that does not inline " LOCK
	  " and _raw_spin_unlock_irqrestore",
	  { { HOOK_FEXIT, LOCK, { "lock_fexit", "unlock_fentry" }, NULL } },
	  true },
	{ "holds.holder",
	  LEVEL_HOLDS,
	  "which CPU is waited for is unknown",
	  { { HOOK_FENTRY,
	      NATIVE,
	      { "native_fentry", "native_fexit" },
	      NULL } } },
	{ "holds.holder.paravirt",
	  LEVEL_HOLDS,
	  "this kernel has no paravirtual spinlocks; nothing is missed",
	  { { HOOK_FENTRY, PV, { "pv_fentry", "pv_fexit" }, NULL } } },
	{ "holds.pool_added",
	  LEVEL_HOLDS,
	  "device pools are found by polling only",
	  { { HOOK_FEXIT,
	      "swiotlb_device_allocate",
	      { "pool_added", NULL },
	      NULL } } },
	{ "holds.pool_removed",
	  LEVEL_HOLDS,
	  "device pools are forgotten by polling only",
	  { { HOOK_FENTRY,
	      "swiotlb_device_free",
	      { "pool_removed", NULL },
	      NULL } } },
};

/**
 * struct holders - the locks that are watched
 * @skel: the object
 * @cpus: entries of a per-CPU value
 * @list: the locks
 * @capacity: entries the tables are made for
 * @lost_table: locks that did not fit them
 * @record: room for one per-CPU value
 */
struct holders {
	struct holds_bpf *skel;
	unsigned int cpus;
	struct lock_list list;
	uint32_t capacity;
	uint64_t lost_table;
	struct hold_record *record;
};

static int holds_open(void *owner, struct bpf_object **object)
{
	struct holders *holders = owner;

	holders->skel = holds_bpf__open_opts(&kernel_open_options);
	if (!holders->skel)
		return -errno;
	*object = holders->skel->obj;
	return 0;
}

static int holds_prepare(void *owner)
{
	struct holders *holders = owner;
	int error = bpf_map__set_max_entries(holders->skel->maps.holds,
					     holders->capacity);

	if (!error)
		error = bpf_map__set_max_entries(holders->skel->maps.held,
						 holders->capacity);
	return error;
}

static int holds_load(void *owner)
{
	return holds_bpf__load(((struct holders *)owner)->skel);
}

static void holds_close(void *owner)
{
	struct holders *holders = owner;

	holds_bpf__destroy(holders->skel);
	holders->skel = NULL;
}

static void holds_destroy(void *owner)
{
	struct holders *holders = owner;

	free(holders->list.locks);
	free(holders->record);
	free(holders);
}

static void *holds_create(struct pools *pools, bool stacks)
{
	struct holders *holders = calloc(1, sizeof(*holders));

	(void)stacks;
	if (!holders)
		return NULL;
	holders->cpus = possible_cpus();
	holders->capacity = debug_table(lock_list_capacity(pools));
	holders->record = calloc(holders->cpus, sizeof(*holders->record));
	if (!holders->record) {
		holds_destroy(holders);
		return NULL;
	}
	return holders;
}

/* Return: true when the key is there, whoever put it there. */
static bool add_key(const struct bpf_map *map, uint64_t lock, const void *value)
{
	return !bpf_map_update_elem(bpf_map__fd(map), &lock, value,
				    BPF_NOEXIST) ||
	       errno == EEXIST;
}

static void watch_lock(void *owner, uint64_t lock)
{
	const struct held_record not_held = {};
	struct holders *holders = owner;

	memset(holders->record, 0, holders->cpus * sizeof(*holders->record));
	if (!add_key(holders->skel->maps.held, lock, &not_held) ||
	    !add_key(holders->skel->maps.holds, lock, holders->record)) {
		holders->lost_table++;
		return;
	}
	holders->skel->bss->lock_filter[lock_filter_index(lock)] = 1;
}

static void forget_lock(void *owner, uint64_t lock)
{
	struct holders *holders = owner;

	bpf_map_delete_elem(bpf_map__fd(holders->skel->maps.held), &lock);
	bpf_map_delete_elem(bpf_map__fd(holders->skel->maps.holds), &lock);
}

static int holds_follow(void *owner, struct pools *pools)
{
	struct holders *holders = owner;

	return lock_list_follow(&holders->list, pools, watch_lock, forget_lock,
				owner);
}

static void take_over(struct holds *holds, const struct hold_record *record)
{
	holds->acquisitions = record->acquisitions;
	holds->total_ns = record->total_ns;
	holds->max_ns = record->max_ns;
	holds->waiters = record->waiters;
	holds->waited_ns = record->waited_ns;
	for (int i = 0; i < RECORD_BUCKETS; i++)
		holds->hold.count[i] = record->hold.count[i];
}

static int read_area_holds(struct holders *holders, uint64_t lock,
			   struct area *area)
{
	int fd = bpf_map__fd(holders->skel->maps.holds);

	area->cpu_holds = calloc(holders->cpus, sizeof(*area->cpu_holds));
	if (!area->cpu_holds)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &lock, holders->record))
		return 0;
	for (unsigned int i = 0; i < holders->cpus; i++) {
		take_over(&area->cpu_holds[i], &holders->record[i]);
		holds_add(&area->holds, &area->cpu_holds[i]);
	}
	return 0;
}

static int read_losses(struct holders *holders, struct snapshot *snap)
{
	struct hold_cpu_record *cpus = calloc(holders->cpus, sizeof(*cpus));
	uint64_t loss[HOLD_LOSSES] = {};
	uint32_t zero = 0;
	int error = 0;

	if (!cpus)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(holders->skel->maps.hold_cpus),
				&zero, cpus))
		error = -errno;
	for (unsigned int i = 0; i < holders->cpus && !error; i++)
		for (unsigned int l = 0; l < HOLD_LOSSES; l++)
			loss[l] += cpus[i].loss[l];
	free(cpus);
	if (!error)
		error = snapshot_add_missed(
			snap, "holds.no_begin",
			"locks seen released but not taken: not counted",
			EVENT_HOLD, loss[HOLD_LOSS_NO_BEGIN]);
	if (!error)
		error = snapshot_add_missed(
			snap, "holds.no_end",
			"locks seen taken but not released: not counted",
			EVENT_HOLD, loss[HOLD_LOSS_NO_END]);
	if (!error)
		error = snapshot_add_missed(
			snap, "holds.table_full",
			"areas whose lock is not watched: too many pools came",
			EVENT_HOLD | EVENT_UNCOUNTED,
			loss[HOLD_LOSS_TABLE] + holders->lost_table);
	return error;
}

static int holds_read(void *owner, struct pools *pools, struct snapshot *snap)
{
	struct holders *holders = owner;
	int error = 0;

	(void)pools;
	snap->cpus = holders->cpus;
	for (size_t i = 0; i < holders->list.count && !error; i++) {
		const struct area_lock *lock = &holders->list.locks[i];
		struct area *area = lock_list_area(lock, snap);

		if (area)
			error = read_area_holds(holders, lock->address, area);
	}
	return error ? error : read_losses(holders, snap);
}

const struct concern holds_concern = {
	.name = "holds",
	.levels = LEVEL_HOLDS,
	.table = { rows, sizeof(rows) / sizeof(*rows) },
	.object = { holds_open, holds_prepare, holds_load, holds_close },
	.create = holds_create,
	.destroy = holds_destroy,
	.follow = holds_follow,
	.read = holds_read,
};

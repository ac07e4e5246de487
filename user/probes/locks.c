// SPDX-License-Identifier: GPL-2.0-only
#include "probes/locks.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "include/locks.h"
#include "locks.skel.h"
#include "model/level.h"
#include "probes/debug.h"

_Static_assert(RECORD_BUCKETS == HISTOGRAM_BUCKETS, "one histogram, one size");

/* Locks of pools that come while we watch. */
#define SPARE_LOCKS 256

#define NATIVE "native_queued_spin_lock_slowpath"
#define PV     "__pv_queued_spin_lock_slowpath"
#define QUEUED                                                                 \
	"sees queued waits only: not the first waiter of a lock, and none at all where spinlocks are test-and-set"

static const struct hook_row rows[] = {
	{ "locks.wait",
	  LEVEL_LOCKS,
	  "waits are unknown; needs BTF, and BPF trampolines or kprobes",
	  { { HOOK_FENTRY, NATIVE, { "native_fentry", "native_fexit" }, NULL },
	    { HOOK_KPROBE,
	      NATIVE,
	      { "native_kprobe", "native_kretprobe" },
	      NULL },
	    { HOOK_TRACEPOINT,
	      "contention_begin",
	      { "contention_begin_wait", "contention_end_wait" },
	      QUEUED } },
	  true },
	{ "locks.wait.paravirt",
	  LEVEL_LOCKS,
	  "this kernel has no paravirtual spinlocks; nothing is missed",
	  { { HOOK_FENTRY, PV, { "pv_fentry", "pv_fexit" }, NULL },
	    { HOOK_KPROBE, PV, { "pv_kprobe", "pv_kretprobe" }, NULL } } },
	{ "locks.pool_added",
	  LEVEL_LOCKS | LEVEL_TRACEPOINTS,
	  "device pools are found by polling only",
	  { { HOOK_FEXIT,
	      "swiotlb_device_allocate",
	      { "pool_added", NULL },
	      NULL } } },
	{ "locks.pool_removed",
	  LEVEL_LOCKS | LEVEL_TRACEPOINTS,
	  "device pools are forgotten by polling only",
	  { { HOOK_FENTRY,
	      "swiotlb_device_free",
	      { "pool_removed", NULL },
	      NULL } } },
	{ "locks.tracepoint",
	  LEVEL_TRACEPOINTS,
	  "lock:contention_begin came with 5.19",
	  { { HOOK_TRACEPOINT,
	      "contention_begin",
	      { "contention_begin_count", NULL },
	      NULL } } },
};

/**
 * struct locks - the locks that are watched
 * @skel: the object
 * @cpus: entries of a per-CPU value
 * @watched: addresses of the locks added from here, sorted as pools are
 * @nr_watched: how many
 * @capacity: entries the table of waits is made for
 * @lost_table: locks that did not fit it
 * @record: room for one per-CPU value
 */
struct locks {
	struct locks_bpf *skel;
	unsigned int cpus;
	uint64_t *watched;
	size_t nr_watched;
	uint32_t capacity;
	uint64_t lost_table;
	struct wait_record *record;
};

static int locks_open(void *owner, struct bpf_object **object)
{
	struct locks *locks = owner;

	locks->skel = locks_bpf__open();
	if (!locks->skel)
		return -errno;
	*object = locks->skel->obj;
	return 0;
}

static int locks_prepare(void *owner)
{
	struct locks *locks = owner;

	return bpf_map__set_max_entries(locks->skel->maps.waits,
					locks->capacity);
}

static int locks_load(void *owner)
{
	return locks_bpf__load(((struct locks *)owner)->skel);
}

static void locks_close(void *owner)
{
	struct locks *locks = owner;

	locks_bpf__destroy(locks->skel);
	locks->skel = NULL;
}

static void locks_destroy(void *owner)
{
	struct locks *locks = owner;

	free(locks->watched);
	free(locks->record);
	free(locks);
}

static uint32_t count_areas(struct pools *pools)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);
	uint32_t areas = 0;

	for (size_t i = 0; i < count; i++)
		areas += known[i].record.areas;
	return areas;
}

static void *locks_create(struct pools *pools, bool stacks)
{
	struct locks *locks = calloc(1, sizeof(*locks));

	(void)stacks;
	if (!locks)
		return NULL;
	locks->cpus = possible_cpus();
	locks->capacity = debug_table(count_areas(pools) + SPARE_LOCKS);
	locks->record = calloc(locks->cpus, sizeof(*locks->record));
	if (!locks->record) {
		locks_destroy(locks);
		return NULL;
	}
	return locks;
}

static void filter_lock(struct locks *locks, uint64_t lock)
{
	uint32_t bit = lock_filter_bit(lock);

	__atomic_fetch_or(&locks->skel->bss->lock_filter[bit / 64],
			  1ull << (bit % 64), __ATOMIC_RELAXED);
}

static bool is_in(const uint64_t *list, size_t count, uint64_t lock)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == lock)
			return true;
	return false;
}

static void watch_lock(struct locks *locks, uint64_t lock)
{
	int fd = bpf_map__fd(locks->skel->maps.waits);

	memset(locks->record, 0, locks->cpus * sizeof(*locks->record));
	if (bpf_map_update_elem(fd, &lock, locks->record, BPF_NOEXIST) &&
	    errno != EEXIST) {
		locks->lost_table++;
		return;
	}
	filter_lock(locks, lock);
}

static int locks_follow(void *owner, struct pools *pools)
{
	struct locks *locks = owner;
	size_t count, total = 0;
	const struct known_pool *known = pools_known(pools, &count);
	uint64_t *now = calloc(count_areas(pools) + 1, sizeof(*now));

	if (!now)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		for (unsigned int a = 0; a < known[i].record.areas; a++)
			now[total++] = pools_lock_address(pools, &known[i], a);

	for (size_t i = 0; i < locks->nr_watched; i++)
		if (!is_in(now, total, locks->watched[i]))
			bpf_map_delete_elem(
				bpf_map__fd(locks->skel->maps.waits),
				&locks->watched[i]);
	for (size_t i = 0; i < total; i++)
		if (!is_in(locks->watched, locks->nr_watched, now[i]))
			watch_lock(locks, now[i]);
	free(locks->watched);
	locks->watched = now;
	locks->nr_watched = total;
	return 0;
}

static void add_record(struct waits *waits, const struct wait_record *record)
{
	waits->contended += record->contended;
	waits->total_ns += record->total_ns;
	if (record->max_ns > waits->max_ns)
		waits->max_ns = record->max_ns;
	waits->tracepoint += record->tracepoint;
	for (int i = 0; i < RECORD_BUCKETS; i++)
		waits->wait.count[i] += record->wait.count[i];
}

static int read_area_waits(struct locks *locks, uint64_t lock,
			   struct area *area)
{
	int fd = bpf_map__fd(locks->skel->maps.waits);

	area->cpu_waits = calloc(locks->cpus, sizeof(*area->cpu_waits));
	if (!area->cpu_waits)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &lock, locks->record))
		return 0;
	for (unsigned int i = 0; i < locks->cpus; i++) {
		add_record(&area->locks, &locks->record[i]);
		add_record(&area->cpu_waits[i], &locks->record[i]);
	}
	return 0;
}

static int read_losses(struct locks *locks, uint64_t attributed,
		       struct snapshot *snap)
{
	struct lock_cpu_record *cpus = calloc(locks->cpus, sizeof(*cpus));
	uint64_t loss[LOCK_LOSSES] = {}, total = 0, gone;
	uint32_t zero = 0;
	int error = 0;

	if (!cpus)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(locks->skel->maps.lock_cpus), &zero,
				cpus))
		error = -errno;
	for (unsigned int i = 0; i < locks->cpus && !error; i++) {
		total += cpus[i].total;
		for (unsigned int l = 0; l < LOCK_LOSSES; l++)
			loss[l] += cpus[i].loss[l];
	}
	free(cpus);
	/* Waits go on between the two reads: then the total is the later. */
	gone = total > attributed ? total - attributed : 0;
	if (!error)
		error = snapshot_add_loss(
			snap, "locks.no_begin",
			"waits seen to end but not to begin: not counted",
			LEVEL_LOCKS, loss[LOCK_LOSS_NO_BEGIN]);
	if (!error)
		error = snapshot_add_loss(
			snap, "locks.no_end",
			"waits seen to begin but not to end: not counted",
			LEVEL_LOCKS, loss[LOCK_LOSS_NO_END]);
	if (!error)
		error = snapshot_add_loss(
			snap, "locks.table_full",
			"areas whose waits are not watched: too many pools came",
			LEVEL_LOCKS, loss[LOCK_LOSS_TABLE] + locks->lost_table);
	if (!error)
		error = snapshot_add_loss(
			snap, "locks.pool_gone",
			"waits for locks of pools that are gone: in no area",
			LEVEL_LOCKS, gone);
	return error;
}

static int locks_read(void *owner, struct pools *pools, struct snapshot *snap)
{
	struct locks *locks = owner;
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);
	uint64_t attributed = 0;
	int error;

	snap->cpus = locks->cpus;
	for (size_t i = 0; i < snap->nr_pools; i++) {
		struct pool *pool = &snap->pools[i];
		const struct known_pool *this = NULL;

		for (size_t k = 0; k < count; k++)
			if (known[k].id == pool->id)
				this = &known[k];
		for (unsigned int a = 0; this && a < pool->nr_areas; a++) {
			error = read_area_waits(
				locks, pools_lock_address(pools, this, a),
				&pool->areas[a]);
			if (error)
				return error;
			attributed += pool->areas[a].locks.contended;
		}
	}
	return read_losses(locks, attributed, snap);
}

const struct concern locks_concern = {
	.name = "locks",
	.levels = LEVEL_LOCKS | LEVEL_TRACEPOINTS,
	.table = { rows, sizeof(rows) / sizeof(*rows) },
	.object = { locks_open, locks_prepare, locks_load, locks_close },
	.create = locks_create,
	.destroy = locks_destroy,
	.follow = locks_follow,
	.read = locks_read,
};

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
#include "probes/kernel.h"
#include "probes/lock_list.h"
#include "probes/slots.h"

_Static_assert(RECORD_BUCKETS == HISTOGRAM_BUCKETS, "one histogram, one size");
_Static_assert(RECORD_NAME_LEN == NAME_LEN, "one name, one length");
_Static_assert(RECORD_STACK_DEPTH == STACK_DEPTH, "one stack, one depth");

#define NATIVE "native_queued_spin_lock_slowpath"
#define PV     "__pv_queued_spin_lock_slowpath"
#define QUEUED                                                                 \
	"sees queued waits only: not the first waiter of a lock, and none at all where spinlocks are test-and-set"

#define MAP	   "swiotlb_tbl_map_single"
#define UNMAP	   "swiotlb_tbl_unmap_single"
#define UNMAP_POOL "__swiotlb_tbl_unmap_single" /* 6.12 */
#define NO_CALLS   "waits in it are charged to no device"

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
	{
		.name = "callers.map",
		.level = LEVEL_CALLERS,
		.absent = NO_CALLS,
		.tries = {
			HOOK_TRY_ARGS(6, FEXIT, MAP, "map_fentry", "map_fexit"),
			HOOK_TRY_IF(kernel_dma_is_direct, FEXIT, "swiotlb_map", "map_fentry", "map_fexit"),
			HOOK_TRY(KRETPROBE, MAP, "map_kprobe", "map_kretprobe"),
		},
	},
	{
		.name = "callers.unmap",
		.level = LEVEL_CALLERS,
		.absent = NO_CALLS,
		.tries = {
			HOOK_TRY(FEXIT, UNMAP_POOL, "unmap_fentry", "unmap_fexit"),
			HOOK_TRY(FEXIT, UNMAP, "unmap_fentry", "unmap_fexit"),
			HOOK_TRY(KRETPROBE, UNMAP_POOL, "unmap_kprobe", "unmap_kretprobe"),
			HOOK_TRY(KRETPROBE, UNMAP, "unmap_kprobe", "unmap_kretprobe"),
		},
	},
};

/**
 * struct locks - the locks that are watched
 * @skel: the object
 * @cpus: entries of a per-CPU value
 * @list: the locks
 * @capacity: entries the table of waits is made for
 * @lost_table: locks that did not fit it
 * @record: room for one per-CPU value
 */
struct locks {
	struct locks_bpf *skel;
	unsigned int cpus;
	struct lock_list list;
	uint32_t capacity;
	uint64_t lost_table;
	struct wait_record *record;
};

static int locks_open(void *owner, struct bpf_object **object)
{
	struct locks *locks = owner;

	locks->skel = locks_bpf__open_opts(&kernel_open_options);
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

static int locks_prepare(void *owner)
{
	struct locks *locks = owner;
	bool wanted = callers_wanted(locks);
	int error = bpf_map__set_max_entries(locks->skel->maps.waits,
					     locks->capacity);

	locks->skel->rodata->with_callers = wanted;
	if (!error)
		error = bpf_map__set_max_entries(
			locks->skel->maps.callers,
			wanted ? debug_table(CALLERS_MAX) : 1);
	if (!error)
		error = bpf_map__set_max_entries(
			locks->skel->maps.caller_stacks,
			wanted ? debug_table(CALLER_STACKS_MAX) : 1);
	return error;
}

static int locks_load(void *owner)
{
	struct locks_bpf *skel = ((struct locks *)owner)->skel;
	int error = locks_bpf__load(skel);

	if (!error && skel->rodata->with_callers)
		error = program_run(skel->progs.find_entry, NULL, 0);
	return error;
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

	free(locks->list.locks);
	free(locks->record);
	free(locks);
}

static void *locks_create(struct pools *pools, bool stacks)
{
	struct locks *locks = calloc(1, sizeof(*locks));

	(void)stacks;
	if (!locks)
		return NULL;
	locks->cpus = possible_cpus();
	locks->capacity = debug_table(lock_list_capacity(pools));
	locks->record = calloc(locks->cpus, sizeof(*locks->record));
	if (!locks->record) {
		locks_destroy(locks);
		return NULL;
	}
	return locks;
}

static void watch_lock(void *owner, uint64_t lock)
{
	struct locks *locks = owner;
	int fd = bpf_map__fd(locks->skel->maps.waits);

	memset(locks->record, 0, locks->cpus * sizeof(*locks->record));
	if (bpf_map_update_elem(fd, &lock, locks->record, BPF_NOEXIST) &&
	    errno != EEXIST) {
		locks->lost_table++;
		return;
	}
	locks->skel->bss->lock_filter[lock_filter_index(lock)] = 1;
}

static void forget_callers(struct locks *locks, uint64_t lock)
{
	int fd = bpf_map__fd(locks->skel->maps.callers);
	struct caller_key key, next;
	bool more = !bpf_map_get_next_key(fd, NULL, &key);

	while (more) {
		/* The next one first: from a deleted key there is no way on. */
		more = !bpf_map_get_next_key(fd, &key, &next);
		if (key.lock == lock)
			bpf_map_delete_elem(fd, &key);
		key = next;
	}
}

static void forget_lock(void *owner, uint64_t lock)
{
	struct locks *locks = owner;

	bpf_map_delete_elem(bpf_map__fd(locks->skel->maps.waits), &lock);
	forget_callers(locks, lock);
}

static int locks_follow(void *owner, struct pools *pools)
{
	struct locks *locks = owner;

	return lock_list_follow(&locks->list, pools, watch_lock, forget_lock,
				owner);
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
		error = snapshot_add_missed(
			snap, "locks.no_begin",
			"waits seen to end but not to begin: not counted",
			EVENT_WAIT, loss[LOCK_LOSS_NO_BEGIN]);
	if (!error)
		error = snapshot_add_missed(
			snap, "locks.no_end",
			"waits seen to begin but not to end: not counted",
			EVENT_WAIT, loss[LOCK_LOSS_NO_END]);
	if (!error)
		error = snapshot_add_missed(
			snap, "locks.table_full",
			"areas whose waits are not watched: too many pools came",
			EVENT_WAIT | EVENT_UNCOUNTED,
			loss[LOCK_LOSS_TABLE] + locks->lost_table);
	if (!error)
		error = snapshot_add_missed(
			snap, "locks.pool_gone",
			"waits for locks of pools that are gone: in no area",
			EVENT_WAIT, gone);
	return error;
}

static void copy_stack(struct locks *locks, uint64_t key, struct stack *stack)
{
	struct call_stack record;

	if (!key ||
	    bpf_map_lookup_elem(bpf_map__fd(locks->skel->maps.caller_stacks),
				&key, &record))
		return;
	while (stack->depth < STACK_DEPTH && record.addr[stack->depth]) {
		stack->addr[stack->depth] = record.addr[stack->depth];
		stack->depth++;
	}
}

static enum wait_op wait_op(uint32_t op)
{
	return op == LOCK_OP_MAP     ? WAIT_MAP
	       : op == LOCK_OP_UNMAP ? WAIT_UNMAP
				     : WAIT_OTHER;
}

static int add_caller(struct locks *locks, const struct caller_key *key,
		      struct snapshot *snap)
{
	const struct area_lock *lock = lock_list_find(&locks->list, key->lock);
	struct wait_record record;
	struct wait_caller *caller;

	/* A record is made when a wait begins, and has none until it ends. */
	if (!lock ||
	    bpf_map_lookup_elem(bpf_map__fd(locks->skel->maps.callers), key,
				&record) ||
	    !record.contended)
		return 0;
	caller = reallocarray(snap->callers, snap->nr_callers + 1,
			      sizeof(*caller));
	if (!caller)
		return -ENOMEM;
	snap->callers = caller;
	caller += snap->nr_callers++;
	memset(caller, 0, sizeof(*caller));
	caller->pool_id = lock->pool_id;
	caller->area = lock->area;
	caller->op = wait_op(key->op);
	memcpy(caller->device, key->device, NAME_LEN);
	caller->device[NAME_LEN - 1] = 0;
	copy_stack(locks, key->stack, &caller->stack);
	add_record(&caller->waits, &record);
	return 0;
}

static int read_callers(struct locks *locks, struct snapshot *snap)
{
	int fd = bpf_map__fd(locks->skel->maps.callers);
	struct caller_key key, *from = NULL;
	int error = 0;

	while (!error && !bpf_map_get_next_key(fd, from, &key)) {
		error = add_caller(locks, &key, snap);
		from = &key;
	}
	callers_sort(snap->callers, snap->nr_callers);
	return error;
}

static int read_caller_losses(struct locks *locks, struct snapshot *snap)
{
	static const struct {
		const char *cause;
		const char *help;
	} losses[] = {
		[CALL_LOSS_UNPAIRED] = { "callers.unpaired",
					 "maps and unmaps whose begin or end was missed: waits in them may be charged to no device, or to the one that was interrupted" },
		[CALL_LOSS_CALLERS] = { "callers.table_full",
					"waits that are in their area but charged to nobody: too many callers" },
		[CALL_LOSS_STACKS] = { "callers.stacks_full",
				       "waits charged to a device without a stack: too many stacks" },
	};
	struct call_cpu_record *cpus = calloc(locks->cpus, sizeof(*cpus));
	uint64_t sum[CALL_LOSSES] = {};
	uint32_t zero = 0;
	int error = 0;

	if (!cpus)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(locks->skel->maps.calls), &zero,
				cpus))
		error = -errno;
	for (unsigned int i = 0; i < locks->cpus && !error; i++)
		for (unsigned int l = 0; l < CALL_LOSSES; l++)
			sum[l] += cpus[i].loss[l];
	free(cpus);
	for (size_t l = 0; l < sizeof(losses) / sizeof(*losses) && !error; l++)
		error = snapshot_add_missed(snap, losses[l].cause,
					    losses[l].help, EVENT_CALLER,
					    sum[l]);
	return error;
}

static int read_areas(struct locks *locks, struct snapshot *snap,
		      uint64_t *attributed)
{
	int error = 0;

	for (size_t i = 0; i < locks->list.count && !error; i++) {
		const struct area_lock *lock = &locks->list.locks[i];
		struct area *area = lock_list_area(lock, snap);

		if (!area)
			continue;
		error = read_area_waits(locks, lock->address, area);
		*attributed += area->locks.contended;
	}
	return error;
}

static int locks_read(void *owner, struct pools *pools, struct snapshot *snap)
{
	struct locks *locks = owner;
	uint64_t attributed = 0;
	int error;

	(void)pools;
	snap->cpus = locks->cpus;
	error = read_areas(locks, snap, &attributed);
	if (!error)
		error = read_losses(locks, attributed, snap);
	if (!error && locks->skel->rodata->with_callers)
		error = read_callers(locks, snap);
	if (!error && locks->skel->rodata->with_callers)
		error = read_caller_losses(locks, snap);
	return error;
}

const struct concern locks_concern = {
	.name = "locks",
	.levels = LEVEL_LOCKS | LEVEL_TRACEPOINTS | LEVEL_CALLERS,
	.table = { rows, sizeof(rows) / sizeof(*rows) },
	.object = { locks_open, locks_prepare, locks_load, locks_close },
	.create = locks_create,
	.destroy = locks_destroy,
	.follow = locks_follow,
	.read = locks_read,
};

// SPDX-License-Identifier: GPL-2.0-only
#include "probes/lock_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probes/kernel.h"
#include "probes/slots.h"
#include "util/debug.h"

/*
 * Room for locks of pools that are added while the tool runs: device pools, or
 * dynamic pools, of up to 16 areas each.
 */
#define SPARE_LOCKS	    256u
#define SPARE_LOCKS_GROWING 1024u
/* Room for entries: CPUs per lock, and areas per CPU, on average. */
#define PAIRS_EACH 16u
/* Gone locks whose figures are left in the tables before they are collected. */
#define COLLECT_AFTER 64u
/* Tasks that wait at the same time, where spinlocks sleep. */
#define WAITING_TASKS 4096u

/*
 * Nobody can wait for the lock of a transient pool: it is taken once, before
 * the pool is on any list. Registering these locks would fill the filter.
 */
static bool may_wait(const struct known_pool *pool)
{
	return pool->kind != POOL_TRANSIENT;
}

static uint32_t count_areas(struct pools *pools)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);
	uint32_t areas = 0;

	for (size_t i = 0; i < count; i++)
		if (may_wait(&known[i]))
			areas += known[i].record.areas;
	return areas;
}

bool spinlocks_sleep(void)
{
	return kernel_has_function("rt_spin_lock");
}

bool spinlocks_spin(const char **difference)
{
	*difference = "spinlocks sleep on this kernel (PREEMPT_RT)";
	return !spinlocks_sleep();
}

bool spinlocks_sleep_here(const char **difference)
{
	*difference = "spinlocks do not sleep on this kernel";
	return spinlocks_sleep();
}

uint32_t lock_pairs(uint32_t areas, uint32_t spare, uint32_t cpus)
{
	uint64_t all = (uint64_t)areas * cpus + 2ull * spare;
	uint64_t most = PAIRS_EACH * ((uint64_t)areas + spare + cpus);

	return all < most ? all : most;
}

int lock_tables_size(const struct lock_maps *maps, struct pools *pools)
{
	uint32_t areas = count_areas(pools);
	uint32_t spare = pools_request(pools)->can_grow ? SPARE_LOCKS_GROWING
							: SPARE_LOCKS;
	uint32_t locks = debug_table(areas + spare);
	uint32_t pairs = debug_table(lock_pairs(areas, spare, possible_cpus()));
	uint32_t tasks = spinlocks_sleep() ? WAITING_TASKS : 1;
	int error = bpf_map__set_max_entries(maps->locks, locks);

	if (!error)
		error = cpu_table_size(maps->waiting_cpus);
	/* An entry for each lock, shared by CPUs that find no room. */
	if (!error)
		error = bpf_map__set_max_entries(
			maps->figures, pairs > 1 ? locks + pairs : locks);
	if (!error)
		error = bpf_map__set_max_entries(maps->waiting_tasks, tasks);
	return error;
}

static int compare_address(const void *a, const void *b)
{
	uint64_t left = ((const struct area_lock *)a)->address;
	uint64_t right = ((const struct area_lock *)b)->address;

	return left < right ? -1 : left > right;
}

static int compare_id(const void *a, const void *b)
{
	uint64_t left = ((const struct area_lock *)a)->id;
	uint64_t right = ((const struct area_lock *)b)->id;

	return left < right ? -1 : left > right;
}

static struct area_lock *find_address(const struct lock_list *list,
				      uint64_t address)
{
	const struct area_lock key = { .address = address };

	if (!list->count)
		return NULL;
	return bsearch(&key, list->locks, list->count, sizeof(key),
		       compare_address);
}

const struct area_lock *lock_list_find(const struct lock_list *list,
				       uint64_t id)
{
	const struct area_lock key = { .id = id };

	if (!list->count)
		return NULL;
	return bsearch(&key, list->by_id, list->count, sizeof(key), compare_id);
}

struct area *lock_list_area(const struct area_lock *lock, struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_pools; i++)
		if (snap->pools[i].id == lock->pool_id)
			return lock->area < snap->pools[i].nr_areas
				       ? &snap->pools[i].areas[lock->area]
				       : NULL;
	return NULL;
}

static void free_locks(struct lock_list *list)
{
	free(list->locks);
	free(list->by_id);
}

void lock_list_release(struct lock_list *list)
{
	free_locks(list);
	free(list->open_since);
	memset(list, 0, sizeof(*list));
}

static int list_locks(struct pools *pools, struct lock_list *list)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);

	list->count = 0;
	list->locks = calloc(count_areas(pools) + 1, sizeof(*list->locks));
	if (!list->locks)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		for (unsigned int a = 0;
		     may_wait(&known[i]) && a < known[i].record.areas; a++)
			list->locks[list->count++] = (struct area_lock){
				.address =
					pools_lock_address(pools, &known[i], a),
				.pool_id = known[i].id,
				.area = a,
				.hooked = known[i].kind == POOL_DEVICE,
			};
	qsort(list->locks, list->count, sizeof(*list->locks), compare_address);
	return 0;
}

static int sort_by_id(struct lock_list *list)
{
	list->by_id = calloc(list->count + 1, sizeof(*list->by_id));
	if (!list->by_id)
		return -ENOMEM;
	memcpy(list->by_id, list->locks, list->count * sizeof(*list->locks));
	qsort(list->by_id, list->count, sizeof(*list->by_id), compare_id);
	return 0;
}

static bool read_entry(const struct lock_tables *tables, uint64_t address,
		       uint64_t source, struct area_lock_record *record)
{
	uint64_t key = lock_key(address, source);

	return table_find(&tables->locks, &key, record);
}

/* Return: the number of a lock's entry; 0 = there is none. */
static uint64_t entry_id(const struct lock_tables *tables, uint64_t address,
			 uint64_t source)
{
	struct area_lock_record record;

	return read_entry(tables, address, source, &record) ? record.id : 0;
}

bool lock_list_entry(const struct lock_tables *tables,
		     const struct area_lock *lock,
		     struct area_lock_record *record)
{
	return (read_entry(tables, lock->address, LOCK_BY_HOOK, record) &&
		record->id == lock->id) ||
	       (read_entry(tables, lock->address, LOCK_BY_LOADER, record) &&
		record->id == lock->id);
}

/* The lock's entry for LOCK_ANY_CPU; without it the lock has no room. */
static bool give_room(const struct lock_tables *tables, uint64_t id)
{
	struct lock_cpu_key key = { .id = id, .cpu = LOCK_ANY_CPU };

	return table_add(&tables->figures, &key, NULL);
}

/* Return: the lock's new number; 0 = there is no room for it. */
static uint64_t add_entry(const struct lock_tables *tables, uint64_t address)
{
	uint64_t key = lock_key(address, LOCK_BY_LOADER);
	struct area_lock_record record = {
		.id = __atomic_add_fetch(tables->last_id, 1, __ATOMIC_RELAXED),
	};

	if (!give_room(tables, record.id))
		return 0;
	__atomic_fetch_or(&tables->filter[lock_filter_index(address)],
			  LOCK_FILTER_LOADER, __ATOMIC_RELAXED);
	if (!table_set(&tables->locks, &key, &record))
		return 0;
	return record.id;
}

static void remove_entry(const struct lock_tables *tables, uint64_t address,
			 uint64_t source, uint64_t id)
{
	uint64_t key = lock_key(address, source);

	if (id && entry_id(tables, address, source) == id)
		table_drop(&tables->locks, &key);
}

/*
 * The lock of a pool that is gone. An entry of hooks has been removed before
 * the pool left the device, unless that call was missed.
 */
static void forget(const struct lock_tables *tables,
		   const struct area_lock *lock)
{
	remove_entry(tables, lock->address, LOCK_BY_LOADER, lock->id);
	remove_entry(tables, lock->address, LOCK_BY_HOOK, lock->id);
}

/* A pool was removed, maybe after it was listed, @since that many were. */
static bool may_be_gone(const struct lock_tables *tables, uint64_t since)
{
	return __atomic_load_n(tables->removed, __ATOMIC_ACQUIRE) != since;
}

/*
 * An entry for a lock that is gone would count another lock at its address. So
 * the loader registers a lock that hooks did not see only if no pool was
 * removed since before the list was made; otherwise after the next reading.
 */
static uint64_t add_listed(struct lock_list *list, uint64_t since,
			   const struct lock_tables *tables,
			   struct area_lock *lock)
{
	uint64_t id = 0;

	if (!lock->hooked || !may_be_gone(tables, since)) {
		id = add_entry(tables, lock->address);
		lock->refused = !id;
	}
	if (lock->hooked && may_be_gone(tables, since)) {
		remove_entry(tables, lock->address, LOCK_BY_LOADER, id);
		list->doubtful = true;
		return 0;
	}
	return id;
}

/* @old: what the list before has at the address, or NULL */
static uint64_t watch(struct lock_list *list, uint64_t since,
		      const struct lock_tables *tables, struct area_lock *lock,
		      const struct area_lock *old)
{
	uint64_t id = entry_id(tables, lock->address, LOCK_BY_HOOK);

	if (id)
		return id;
	id = entry_id(tables, lock->address, LOCK_BY_LOADER);
	/* Another pool is at the address of the one that it was made for. */
	if (id && !(old && old->id == id && old->pool_id != lock->pool_id))
		return id;
	return add_listed(list, since, tables, lock);
}

/* While no number is given or taken back, each lock keeps its number. */
static void number(struct lock_list *list, const struct lock_list *before,
		   const struct lock_tables *tables, bool unchanged)
{
	for (size_t i = 0; i < list->count; i++) {
		struct area_lock *lock = &list->locks[i];
		const struct area_lock *old =
			find_address(before, lock->address);

		if (old && unchanged && old->pool_id == lock->pool_id) {
			lock->id = old->id;
			lock->refused = old->refused;
			continue;
		}
		lock->id = watch(list, before->seen_removed, tables, lock, old);
		list->refused += lock->refused && !(old && old->refused);
		if (old && old->id != lock->id)
			forget(tables, old);
	}
}

/* No pool has come or gone since they were listed, nor has a number. */
static bool is_listed(const struct lock_list *list, const struct lock_list *now)
{
	return list->locks && !list->doubtful &&
	       now->seen_id == list->seen_id &&
	       now->seen_removed == list->seen_removed &&
	       now->seen_changes == list->seen_changes;
}

int lock_list_follow(struct lock_list *list, const struct lock_tables *tables,
		     struct pools *pools)
{
	uint64_t last = __atomic_load_n(tables->last_id, __ATOMIC_ACQUIRE);
	struct lock_list now = *list;

	now.doubtful = false;
	now.seen_id = last;
	now.seen_removed = __atomic_load_n(tables->removed, __ATOMIC_ACQUIRE);
	now.seen_changes = pools_changes(pools);
	if (is_listed(list, &now))
		return 0;
	if (list_locks(pools, &now))
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++)
		if (!find_address(&now, list->locks[i].address))
			forget(tables, &list->locks[i]);
	number(&now, list, tables, last == list->seen_id && !list->doubtful);
	if (sort_by_id(&now)) {
		free_locks(&now);
		return -ENOMEM;
	}
	free_locks(list);
	*list = now;
	return 0;
}

static int add_number(struct lock_numbers *numbers, uint64_t id)
{
	uint64_t *grown =
		reallocarray(numbers->ids, numbers->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	numbers->ids = grown;
	grown[numbers->count++] = id;
	return 0;
}

static bool has_number(const struct lock_numbers *numbers, uint64_t id)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (numbers->ids[i] == id)
			return true;
	return false;
}

static int add_watched(void *owner, const void *key, const void *value)
{
	const struct area_lock_record *record = value;

	(void)key;
	return add_number(owner, record->id);
}

static int add_waiting(void *owner, const void *key, const void *value)
{
	const struct open_wait *wait = value;

	(void)key;
	return wait->mark ? add_number(owner, wait->id) : 0;
}

static struct open_wait wait_of_cpu(const struct cpu_table *waiting,
				    unsigned int cpu)
{
	return *(const volatile struct open_wait *)cpu_table_at(waiting, cpu);
}

/* The locks that have open waits. */
static int add_open(const struct lock_tables *tables,
		    struct lock_numbers *numbers)
{
	int error = 0;

	for (unsigned int i = 0; i < possible_cpus() && !error; i++) {
		struct open_wait wait = wait_of_cpu(&tables->waiting_cpus, i);

		error = add_waiting(numbers, NULL, &wait);
	}
	return error ? error
		     : table_each(&tables->waiting_tasks, add_waiting, numbers);
}

int lock_list_stale(struct lock_list *list, const struct cpu_table *waiting,
		    uint64_t *stale)
{
	unsigned int cpus = possible_cpus();

	*stale = 0;
	if (!list->open_since)
		list->open_since = calloc(cpus, sizeof(*list->open_since));
	for (unsigned int i = 0; i < cpus && list->open_since; i++) {
		struct open_wait wait = wait_of_cpu(waiting, i);
		uint64_t open = wait.mark ? wait.since : 0;

		*stale += open && open == list->open_since[i];
		list->open_since[i] = open;
	}
	return list->open_since ? 0 : -ENOMEM;
}

bool lock_is_gone(const struct lock_list *list, const struct lock_numbers *kept,
		  uint64_t id)
{
	return id <= kept->last && !lock_list_find(list, id) &&
	       !has_number(kept, id);
}

/**
 * struct reading - one walk through the figures
 * @list: the list
 * @tables: the tables
 * @snap: whose areas they belong to
 * @kept: numbers that are not gone, whether listed or not
 * @take: what gets each entry
 * @owner: passed to it
 */
struct reading {
	const struct lock_list *list;
	const struct lock_tables *tables;
	struct snapshot *snap;
	const struct lock_numbers *kept;
	lock_figure_fn *take;
	void *owner;
};

static int read_figure(void *owner, const void *key, const void *value)
{
	const struct reading *reading = owner;
	const struct lock_cpu_key *of = key;
	const struct area_lock *lock = lock_list_find(reading->list, of->id);
	struct area *area = lock ? lock_list_area(lock, reading->snap) : NULL;

	if (!lock && !lock_is_gone(reading->list, reading->kept, of->id))
		return 0;
	return reading->take(reading->owner, area, of->cpu, value);
}

int lock_list_watched(const struct lock_tables *tables,
		      struct lock_numbers *kept)
{
	kept->last = __atomic_load_n(tables->last_id, __ATOMIC_ACQUIRE);
	return table_each(&tables->locks, add_watched, kept);
}

int lock_list_read(const struct lock_list *list,
		   const struct lock_tables *tables,
		   const struct lock_numbers *kept, struct snapshot *snap,
		   lock_figure_fn *add, void *owner)
{
	struct reading reading = {
		.list = list,
		.tables = tables,
		.snap = snap,
		.kept = kept,
		.take = add,
		.owner = owner,
	};

	return table_each(&tables->figures, read_figure, &reading);
}

static int collect_figure(void *owner, const void *key, const void *value)
{
	const struct reading *reading = owner;
	const struct lock_cpu_key *of = key;

	if (!lock_is_gone(reading->list, reading->kept, of->id))
		return 0;
	table_drop(&reading->tables->figures, key);
	return reading->take(reading->owner, NULL, of->cpu, value);
}

/*
 * A CPU that still waits for a lock when it is removed updates its figures
 * later. After the first pause, each program that found the lock before its
 * removal has stored its open wait; a wait that is not stored then has ended,
 * and is counted after the second pause. A program that was giving a lock its
 * number when locks were listed has registered it after the first pause; later
 * numbers are not gone.
 */
int lock_list_settle(struct lock_list *list, const struct lock_tables *tables,
		     struct lock_numbers *kept)
{
	uint64_t last = __atomic_load_n(tables->last_id, __ATOMIC_ACQUIRE);
	int error;

	memset(kept, 0, sizeof(*kept));
	if (list->seen_id < list->collected_id + COLLECT_AFTER)
		return 0;
	list->collected_id = list->seen_id;
	programs_end();
	error = lock_list_watched(tables, kept);
	kept->last = last;
	if (!error)
		error = add_open(tables, kept);
	programs_end();
	if (error)
		free(kept->ids);
	return error ? error : 1;
}

int lock_list_collect(const struct lock_list *list,
		      const struct lock_tables *tables,
		      const struct lock_numbers *kept, lock_figure_fn *take,
		      void *owner)
{
	struct reading reading = {
		.list = list,
		.tables = tables,
		.kept = kept,
		.take = take,
		.owner = owner,
	};

	return table_each(&tables->figures, collect_figure, &reading);
}

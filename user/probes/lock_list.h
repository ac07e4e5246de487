/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_LOCK_LIST_H
#define PROBES_LOCK_LIST_H

/*
 * The locks of all areas, kept up to date as pools are added and removed: the
 * loader's side of bpf/area_locks.bpf.h.
 */

#include <bpf/libbpf.h>

#include "include/locks.h"
#include "probes/pools.h"
#include "probes/tables.h"

/**
 * struct area_lock - a registered lock
 * @address: of the lock
 * @id: its number; 0 = it is not registered
 * @pool_id: see struct pool
 * @area: index in the pool
 * @hooked: hooks see pools of its kind
 * @refused: there was no room to register it
 */
struct area_lock {
	uint64_t address;
	uint64_t id;
	int pool_id;
	uint32_t area;
	bool hooked;
	bool refused;
};

/**
 * struct lock_maps - the maps whose size lock_tables_size() sets
 * @locks: the map area_locks
 * @figures: the map with figures by struct lock_cpu_key
 * @waiting_cpus: the map of open waits of CPUs
 * @waiting_tasks: that of tasks
 */
struct lock_maps {
	struct bpf_map *locks;
	struct bpf_map *figures;
	struct bpf_map *waiting_cpus;
	struct bpf_map *waiting_tasks;
};

/** LOCK_MAPS() - those of a skeleton */
#define LOCK_MAPS(skel, table)                                                 \
	(struct lock_maps)                                                     \
	{                                                                      \
		.locks = (skel)->maps.area_locks,                              \
		.figures = (skel)->maps.table,                                 \
		.waiting_cpus = (skel)->maps.waiting_cpus,                     \
		.waiting_tasks = (skel)->maps.waiting_tasks,                   \
	}

/**
 * struct lock_tables - the tables of a collector's programs
 * @locks: the table area_locks
 * @figures: the table with figures by struct lock_cpu_key
 * @waiting_cpus: open waits of CPUs
 * @waiting_tasks: of tasks
 * @last_id: the last number that was given
 * @removed: pools that hooks saw removed
 * @refused: locks that programs found no room for
 * @filter: see lock_filter_index()
 */
struct lock_tables {
	struct hash_table locks;
	struct hash_table figures;
	struct cpu_table waiting_cpus;
	struct hash_table waiting_tasks;
	uint64_t *last_id;
	uint64_t *removed;
	uint64_t *refused;
	uint8_t *filter;
};

/** LOCK_TABLES() - those of a skeleton, once it is loaded */
#define LOCK_TABLES(skel, table, waiting)                                      \
	(struct lock_tables)                                                   \
	{                                                                      \
		.locks = HASH_TABLE(skel, area_locks),                         \
		.figures = HASH_TABLE(skel, table), .waiting_cpus = (waiting), \
		.waiting_tasks = HASH_TABLE(skel, waiting_tasks),              \
		.last_id = (void *)&(skel)->bss->last_lock_id,                 \
		.removed = (void *)&(skel)->bss->pools_removed,                \
		.refused = (void *)&(skel)->bss->locks_refused,                \
		.filter = (skel)->bss->lock_filter,                            \
	}

/**
 * struct lock_list - the registered locks
 * @locks: the locks, by address
 * @by_id: the same by number
 * @count: how many
 * @seen_id: last number given when they were listed
 * @seen_removed: pools removed until then
 * @seen_changes: pools_changes() then
 * @doubtful: one of its pools may be gone, and is not registered until it is
 *	listed again
 * @collected_id: last number given when figures of gone locks were collected
 * @refused: locks that the loader found no room for
 * @open_since: of each CPU, begin of the wait that was open at the last reading
 */
struct lock_list {
	struct area_lock *locks;
	struct area_lock *by_id;
	size_t count;
	uint64_t seen_id;
	uint64_t seen_removed;
	uint64_t seen_changes;
	bool doubtful;
	uint64_t collected_id;
	uint64_t refused;
	uint64_t *open_since;
};

/**
 * struct lock_numbers - a set of locks
 * @ids: their numbers
 * @count: how many
 * @last: last number given when the set was begun; it has no later ones
 */
struct lock_numbers {
	uint64_t *ids;
	size_t count;
	uint64_t last;
};

/**
 * lock_figure_fn - receives an entry of the table of figures
 * @owner: as given
 * @area: of the snapshot; NULL = the pool is gone
 * @cpu: of the entry, or LOCK_ANY_CPU
 * @record: the figures
 *
 * Return: 0 or negative errno.
 */
typedef int lock_figure_fn(void *owner, struct area *area, uint32_t cpu,
			   const void *record);

/** spinlocks_sleep() - they are rt_mutexes (PREEMPT_RT) */
bool spinlocks_sleep(void);

/** spinlocks_spin(), spinlocks_sleep_here() - for hook_candidate.suits */
bool spinlocks_spin(const char **difference);
bool spinlocks_sleep_here(const char **difference);

/**
 * lock_pairs() - pairs of lock and CPU whose figures are kept apart
 * @areas: locks there are
 * @spare: locks that may come
 * @cpus: CPUs
 *
 * On a small machine all pairs have room. On a large one their product would be
 * too large, and a CPU waits for few areas, so the number is limited. A pair
 * without room is counted for its lock, but not for its CPU.
 */
uint32_t lock_pairs(uint32_t areas, uint32_t spare, uint32_t cpus);

/**
 * lock_tables_size() - size tables before the load
 * @maps: the maps
 * @pools: pools of today; there is room for locks that come later
 *
 * Return: 0 or negative errno.
 */
int lock_tables_size(const struct lock_maps *maps, struct pools *pools);

/** lock_list_release() - free what the list has, and make it empty */
void lock_list_release(struct lock_list *list);

/**
 * lock_list_follow() - register new locks, and remove those that are gone
 * @list: as the last call left it; zeroed at first
 * @tables: where they are registered
 * @pools: the pools
 *
 * Return: 0 or -ENOMEM.
 */
int lock_list_follow(struct lock_list *list, const struct lock_tables *tables,
		     struct pools *pools);

/**
 * lock_is_gone() - whether a lock has gone
 * @list: the list
 * @kept: numbers that are not gone, whether listed or not
 * @id: its number
 */
bool lock_is_gone(const struct lock_list *list, const struct lock_numbers *kept,
		  uint64_t id);

/**
 * lock_list_settle() - find the gone locks whose figures no longer change
 * @list: the list, just followed
 * @tables: the tables
 * @kept: set to what lock_is_gone() needs; its numbers are to be freed
 *
 * It waits until no program can still update figures of a gone lock, so it does
 * nothing while there are few such locks.
 *
 * Return: 1, 0 if there are few, or negative errno.
 */
int lock_list_settle(struct lock_list *list, const struct lock_tables *tables,
		     struct lock_numbers *kept);

/**
 * lock_list_collect() - move the figures of gone locks out of their table
 * @list: the list
 * @tables: the tables
 * @kept: what lock_list_settle() gave
 * @take: called for each entry, which is removed then
 * @owner: passed to it
 *
 * Return: 0 or negative errno.
 */
int lock_list_collect(const struct lock_list *list,
		      const struct lock_tables *tables,
		      const struct lock_numbers *kept, lock_figure_fn *take,
		      void *owner);

/** lock_list_watched() - the locks that are registered now, to be freed */
int lock_list_watched(const struct lock_tables *tables,
		      struct lock_numbers *kept);

/**
 * lock_list_read() - read all figures
 * @list: the list
 * @tables: the tables
 * @kept: what lock_list_watched() gave
 * @snap: whose areas they belong to
 * @add: called for each entry
 * @owner: passed to it
 *
 * Figures of a pool that is newer than the list are left for the next time.
 *
 * Return: 0 or negative errno.
 */
int lock_list_read(const struct lock_list *list,
		   const struct lock_tables *tables,
		   const struct lock_numbers *kept, struct snapshot *snap,
		   lock_figure_fn *add, void *owner);

/**
 * lock_list_stale() - count open waits of CPUs whose end was missed
 * @list: the list, which remembers open waits
 * @tables: the tables
 * @stale: set to how many
 *
 * These were open at the last call and still are. Otherwise they would be found
 * only when the CPU waits again.
 *
 * Return: 0 or negative errno.
 */
int lock_list_stale(struct lock_list *list, const struct cpu_table *waiting,
		    uint64_t *stale);

/**
 * lock_list_entry() - the programs' entry of a lock
 * @tables: where it is registered
 * @lock: the lock
 * @record: set to it
 *
 * Return: false if it is no longer registered.
 */
bool lock_list_entry(const struct lock_tables *tables,
		     const struct area_lock *lock,
		     struct area_lock_record *record);

/** lock_list_find() - the lock of that number, or NULL */
const struct area_lock *lock_list_find(const struct lock_list *list,
				       uint64_t id);

/** lock_list_area() - the area of a snapshot that a lock belongs to, or NULL */
struct area *lock_list_area(const struct area_lock *lock,
			    struct snapshot *snap);

#endif

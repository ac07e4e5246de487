/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef AREA_LOCKS_BPF_H
#define AREA_LOCKS_BPF_H

/*
 * The area locks that are watched, for the programs on waits and on holds: each
 * has these tables for itself. The loader finds locks by polling; those of
 * device pools come and go by hooks, so that they are known before anybody can
 * wait for them.
 *
 * Figures are kept by the number of a lock, not by its address: that of a pool
 * which is gone may hold another lock a moment later, and what is still waited
 * for when a lock is forgotten ends under its own number.
 *
 * Hooks and loader have an entry each for a lock, and add none to the other's.
 * So the loader, whose list of pools is always a little old, never takes away
 * the entry of a pool that has come since, nor does a new pool take over an
 * entry that the loader is about to remove.
 */
#include "lock_filter.bpf.h"

#include <bpf/bpf_tracing.h>

#include "tables.bpf.h"

/* Areas of one new pool that are registered at once. */
#define NEW_AREAS_MAX 1024u

/* By lock_key(). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct area_lock_record);
} area_locks SEC(".maps");

HASH_TABLE_PROGRAM(area_locks, __u64, struct area_lock_record);

/* The loader takes numbers from it as well. */
__u64 last_lock_id;

/* Locks that found no room. */
__u64 locks_refused;

/*
 * Pools freed, so far as hooks saw it: the loader's list of pools may have one
 * of them, and its address may be another's by now.
 */
__u64 pools_removed;

static __always_inline struct area_lock_record *find_lock(__u64 lock,
							  __u64 source)
{
	__u64 key = lock_key(lock, source);

	return bpf_map_lookup_elem(&area_locks, &key);
}

/**
 * lock_record() - what is known of a lock; NULL = it is not watched
 *
 * What a hook has seen is newer than what the loader has read.
 */
static __always_inline struct area_lock_record *lock_record(__u64 lock)
{
	struct area_lock_record *record = NULL;

	if (lock_filter[lock_filter_index(lock)] & LOCK_FILTER_HOOKS)
		record = find_lock(lock, LOCK_BY_HOOK);
	return record ? record : find_lock(lock, LOCK_BY_LOADER);
}

/**
 * cpu_record() - the figures of a lock and a CPU
 * @records: a table by struct lock_cpu_key
 * @empty: what a new entry of it is made of
 * @id: number of the lock
 * @cpu: whose
 * @crowded: counted up when there is no room to tell this CPU apart
 *
 * To be called by who has the lock: entries for LOCK_ANY_CPU are kept apart by
 * nothing else.
 *
 * Return: the entry; NULL = the lock has none at all, which is for the caller
 * to count.
 */
static __always_inline void *cpu_record(void *records, const void *empty,
					__u64 id, __u32 cpu, __u64 *crowded)
{
	struct lock_cpu_key key = { .id = id, .cpu = cpu };
	void *record = bpf_map_lookup_elem(records, &key);

	if (record)
		return record;
	bpf_map_update_elem(records, &key, empty, BPF_NOEXIST);
	record = bpf_map_lookup_elem(records, &key);
	if (record)
		return record;
	key.cpu = LOCK_ANY_CPU;
	record = bpf_map_lookup_elem(records, &key);
	if (record)
		++*crowded;
	return record;
}

/**
 * give_room() - make the entry of a new lock for LOCK_ANY_CPU
 * @id: number of the lock
 *
 * Defined by who includes this.
 *
 * Return: true when there was room.
 */
static __always_inline bool give_room(__u64 id);

/*
 * A new pool's lock has a new number, also where a registration of a pool that
 * was there before is left.
 */
static long register_area(__u64 index, struct pool_record *pool)
{
	struct area_lock_record record = {};
	__u64 lock = area_lock(pool, index);
	__u64 key = lock_key(lock, LOCK_BY_HOOK);

	record.id = __sync_fetch_and_add(&last_lock_id, 1) + 1;
	if (!give_room(record.id) ||
	    bpf_map_update_elem(&area_locks, &key, &record, BPF_ANY)) {
		__sync_fetch_and_add(&locks_refused, 1);
		return 0;
	}
	lock_is_ours(lock);
	return 0;
}

static long forget_area(__u64 index, struct pool_record *pool)
{
	__u64 lock = area_lock(pool, index);
	__u64 by_hook = lock_key(lock, LOCK_BY_HOOK);
	__u64 by_loader = lock_key(lock, LOCK_BY_LOADER);

	bpf_map_delete_elem(&area_locks, &by_hook);
	bpf_map_delete_elem(&area_locks, &by_loader);
	return 0;
}

static __always_inline __u32 few_areas(const struct pool_record *pool)
{
	return pool->areas < NEW_AREAS_MAX ? pool->areas : NEW_AREAS_MAX;
}

/* Areas beyond those are watched when the loader has found them. */
static __always_inline void refuse_rest(const struct pool_record *pool)
{
	if (pool->areas > NEW_AREAS_MAX)
		__sync_fetch_and_add(&locks_refused,
				     pool->areas - NEW_AREAS_MAX);
}

static __always_inline bool read_device_pool(void *dev,
					     struct pool_record *pool)
{
	return layout_read_pool(layout_mem_desc(layout_device_mem((__u64)dev)),
				pool);
}

/* A new device pool's locks are known before anybody can take them. */
SEC("fexit/swiotlb_device_allocate")
int BPF_PROG(pool_added, void *dev, unsigned int area_num, unsigned long size,
	     int ret)
{
	struct pool_record pool = {};

	if (ret || !read_device_pool(dev, &pool))
		return 0;
	bpf_loop(few_areas(&pool), register_area, &pool, 0);
	refuse_rest(&pool);
	return 0;
}

/* Its memory may hold another lock a moment after the pool is freed. */
SEC("fentry/swiotlb_device_free")
int BPF_PROG(pool_removed, void *dev)
{
	struct pool_record pool = {};

	if (!read_device_pool(dev, &pool) || !pool.blocks_addr)
		return 0;
	/* First, as the loader may be adding an entry for it. */
	__sync_fetch_and_add(&pools_removed, 1);
	bpf_loop(few_areas(&pool), forget_area, &pool, 0);
	/* Tells the loader that its list is old. */
	__sync_fetch_and_add(&last_lock_id, 1);
	return 0;
}

#endif

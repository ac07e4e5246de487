/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef AREA_LOCKS_BPF_H
#define AREA_LOCKS_BPF_H

/*
 * The registered area locks. The object for waits and the object for holds have
 * these tables each. The loader finds locks by polling. Hooks add and remove
 * the locks of device pools, so that they are registered before anybody can
 * wait for them.
 *
 * Figures are kept by the number of a lock, not by its address: when a pool is
 * gone, its address may soon be that of another lock. A wait that is in
 * progress when its lock is removed ends under the old number.
 *
 * Hooks and loader have separate entries for a lock. The loader's list of pools
 * is always a little old. With separate entries it cannot remove the entry of a
 * pool that is newer than its list, and a new pool cannot take over an entry
 * that the loader is about to remove.
 */
#include "lock_filter.bpf.h"

#include <bpf/bpf_tracing.h>

#include "tables.bpf.h"

/* Areas of a new pool that the hook registers; the loader finds the others. */
#define NEW_AREAS_MAX 1024u

/* By lock_key(). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct area_lock_record);
} area_locks SEC(".maps");

HASH_TABLE_PROGRAM(area_locks, __u64, struct area_lock_record);

/* The last number given to a lock, by hooks or by the loader. */
__u64 last_lock_id;

/* Locks for which the tables had no room. */
__u64 locks_refused;

/*
 * Count of freed pools that the hook saw. If it changed, the loader's list may
 * have a pool that is gone, and its address may be that of another pool.
 */
__u64 pools_removed;

static __always_inline struct area_lock_record *find_lock(__u64 lock,
							  __u64 source)
{
	__u64 key = lock_key(lock, source);

	return bpf_map_lookup_elem(&area_locks, &key);
}

/**
 * lock_record() - the entry of a lock; NULL = it is not registered
 *
 * The hooks' entry comes first: it is newer than what the loader has read.
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
 * @empty: initial value of a new entry
 * @id: number of the lock
 * @cpu: the CPU
 * @crowded: incremented if there is no room for an entry of this CPU
 *
 * Only the CPU that has the lock may call this: the lock is what protects the
 * shared entry for LOCK_ANY_CPU.
 *
 * Return: the entry; NULL = the lock has none, which the caller must count.
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
 * The including file defines it.
 *
 * Return: true if there was room.
 */
static __always_inline bool give_room(__u64 id);

/*
 * The lock of a new pool gets a new number, even if the entry of an earlier
 * pool at this address is still there.
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

/* The loader registers the remaining areas when it finds them. */
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

/* Registers the locks of a new device pool before anybody can take them. */
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
	/* First, because the loader may be adding an entry for it. */
	__sync_fetch_and_add(&pools_removed, 1);
	bpf_loop(few_areas(&pool), forget_area, &pool, 0);
	/* Tells the loader that its list is old. */
	__sync_fetch_and_add(&last_lock_id, 1);
	return 0;
}

#endif

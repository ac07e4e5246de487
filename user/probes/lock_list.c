// SPDX-License-Identifier: GPL-2.0-only
#include "probes/lock_list.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Nobody can wait for the lock of a transient pool: it is taken once, before
 * the pool is on any list. To follow these would fill the filter of locks.
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

uint32_t lock_list_capacity(struct pools *pools)
{
	return count_areas(pools) + SPARE_LOCKS;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = ((const struct area_lock *)a)->address;
	uint64_t right = ((const struct area_lock *)b)->address;

	return left < right ? -1 : left > right;
}

static int read_locks(struct pools *pools, struct lock_list *list)
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
			};
	qsort(list->locks, list->count, sizeof(*list->locks), compare);
	return 0;
}

const struct area_lock *lock_list_find(const struct lock_list *list,
				       uint64_t address)
{
	const struct area_lock key = { .address = address };

	if (!list->count)
		return NULL;
	return bsearch(&key, list->locks, list->count, sizeof(key), compare);
}

int lock_list_follow(struct lock_list *list, struct pools *pools,
		     void (*came)(void *owner, uint64_t lock),
		     void (*went)(void *owner, uint64_t lock), void *owner)
{
	struct lock_list now;

	if (read_locks(pools, &now))
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++)
		if (!lock_list_find(&now, list->locks[i].address))
			went(owner, list->locks[i].address);
	for (size_t i = 0; i < now.count; i++)
		if (!lock_list_find(list, now.locks[i].address))
			came(owner, now.locks[i].address);
	free(list->locks);
	*list = now;
	return 0;
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

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_LOCK_LIST_H
#define PROBES_LOCK_LIST_H

/* The locks of all areas, followed as pools come and go. */

#include "probes/pools.h"

/* Locks of pools that come while we watch. */
#define SPARE_LOCKS 256

/**
 * struct area_lock - one of them
 * @address: of the lock
 * @pool_id: see struct pool
 * @area: index in the pool
 */
struct area_lock {
	uint64_t address;
	int pool_id;
	uint32_t area;
};

/**
 * struct lock_list - those that are watched
 * @locks: the locks
 * @count: how many
 */
struct lock_list {
	struct area_lock *locks;
	size_t count;
};

/**
 * lock_list_capacity() - entries of a table that takes the locks of today's
 * pools and some more
 */
uint32_t lock_list_capacity(struct pools *pools);

/**
 * lock_list_follow() - tell which locks came and went since the last time
 * @list: as the last call left it; zeroed at first
 * @pools: the pools
 * @came: called for each new lock
 * @went: called for each that is gone
 * @owner: passed to both
 *
 * Return: 0 or -ENOMEM.
 */
int lock_list_follow(struct lock_list *list, struct pools *pools,
		     void (*came)(void *owner, uint64_t lock),
		     void (*went)(void *owner, uint64_t lock), void *owner);

/** lock_list_find() - the lock at that address, or NULL */
const struct area_lock *lock_list_find(const struct lock_list *list,
				       uint64_t address);

/** lock_list_area() - the area of a snapshot that a lock belongs to, or NULL */
struct area *lock_list_area(const struct area_lock *lock,
			    struct snapshot *snap);

#endif

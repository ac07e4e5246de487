/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_POOLS_H
#define PROBES_POOLS_H

/* The pools that exist, found on demand. Attaches nothing. */

#include "include/pools.h"
#include "model/snapshot.h"
#include "probes/slots.h"

/**
 * struct known_pool - a pool that exists, as last read
 * @record: what the kernel says of it
 * @id: see struct pool
 * @kind: see struct pool
 * @parent_id: see struct pool
 * @initial: it was there when the session began
 * @seen: found by the newest walk
 * @used_peak: highest sum of one sample
 * @area_used: newest counter of each area
 * @area_peak: highest of each area's
 * @area_locked: somebody had the area's lock when the newest snapshot read its
 *	slots; kept where slots and counter of some area differed
 * @segments: what its slots said when the newest snapshot read them; NULL
 *	before the first
 */
struct known_pool {
	struct pool_record record;
	int id;
	enum pool_kind kind;
	int parent_id;
	bool initial;
	bool seen;
	uint64_t used_peak;
	uint64_t *area_used;
	uint64_t *area_peak;
	bool *area_locked;
	struct segment_record *segments;
};

struct pools;
struct pools_bpf;

/**
 * pools_start() - load the programs and find the pools
 * @out: set to the reader, ended with pools_stop()
 * @tolerant: no error where the kernel has no pool
 *
 * Logs why it fails.
 *
 * Return: 0, -ENODEV without a pool, or negative errno.
 */
int pools_start(struct pools **out, bool tolerant);

/** pools_stop() - free it; NULL is fine */
void pools_stop(struct pools *pools);

/**
 * pools_refresh() - find new pools, forget those that are gone, read counters
 * @pools: the reader
 * @all_devices: visit all devices, not only those that are known to have
 *	some. Where neither devices nor SWIOTLB_DYNAMIC make pools, there is the
 *	default pool alone: it is looked for with @all_devices, and else only
 *	its counters are read.
 *
 * Return: 0 or negative errno.
 */
int pools_refresh(struct pools *pools, bool all_devices);

/** pools_reset_peaks() - reset peaks to what was in use when counters were read
 *	last
 */
void pools_reset_peaks(struct pools *pools);

/** pools_known() - the pools of the last refresh, @count of them */
struct known_pool *pools_known(struct pools *pools, size_t *count);

/** pools_object() - its programs and maps */
struct bpf_object *pools_object(const struct pools *pools);

/** pools_skel() - the object itself, for what else reads the kernel's state */
struct pools_bpf *pools_skel(const struct pools *pools);

/** pools_roots() - where the kernel's data begins */
const struct roots_request *pools_roots(const struct pools *pools);

/** pools_request() - what the last walk said of the kernel */
const struct pools_request *pools_request(const struct pools *pools);

/** pools_layout_text() - the kernel's layout in words */
void pools_layout_text(const struct pools *pools, char *text, size_t len);

/** pools_lock_address() - address of an area's lock */
uint64_t pools_lock_address(const struct pools *pools,
			    const struct known_pool *pool, unsigned int area);

/** pools_reader() - the programs that read slots and blocks */
const struct slot_reader *pools_reader(const struct pools *pools);

/** pools_torn() - walks that the device list changed under, all retries used */
uint64_t pools_torn(const struct pools *pools);

/** pools_too_many() - pools that did not fit the last walk's table */
uint64_t pools_too_many(const struct pools *pools);

/**
 * pools_whole_since() - when the walk began that found all pools of now
 * @pools: the pools
 *
 * Return: CLOCK_MONOTONIC in ns; 0 = the last walk may have left out some.
 */
uint64_t pools_whole_since(const struct pools *pools);

/** pools_changes() - how many pools have come and gone so far */
uint64_t pools_changes(const struct pools *pools);

/** pools_used() - slots in use in all pools, by the counters last read */
uint64_t pools_used(const struct pools *pools);

/** pools_describe() - the one row of hooks that state has */
void pools_describe(const struct pools *pools, struct hook *out);

/**
 * pools_read_counters() - read the used counters of a pool's areas
 *
 * Return: 0, -EFAULT when the pool is gone, or another negative errno.
 */
int pools_read_counters(struct pools *pools, struct known_pool *pool);

/** pools_raise_peaks() - raise a pool's peaks to its counters */
void pools_raise_peaks(struct known_pool *pool);

/**
 * pools_has_gone() - whether a pool is gone since the last refresh
 * @pools: the reader
 * @known: the pool
 * @gone: set to the answer
 *
 * Whatever is now where a pool was freed would look like a damaged pool.
 *
 * Return: 0 or negative errno.
 */
int pools_has_gone(struct pools *pools, const struct known_pool *known,
		   bool *gone);

/** pools_saw_run() - a run longer than a segment: for pools_describe() */
void pools_saw_run(struct pools *pools, uint32_t slots);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_SHADOW_H
#define PROBES_SHADOW_H

/*
 * The records of live mappings: in the shadow, an array with a record for each
 * slot, or in the overflow table, a hash table by address, if the slot has no
 * shadow. See include/mappings.h.
 */

#include <bpf/libbpf.h>

#include "include/mappings.h"
#include "probes/pools.h"
#include "probes/tables.h"

struct overflow_entry;

/**
 * struct shadow - where the records are
 * @map: the array's BPF map
 * @overflow_table: the hash table; set once it is loaded
 * @ranges: pools that have a shadow, as the programs see them
 * @nr_ranges: how many
 * @slots: records in the array
 * @next_base: first record that no range has
 * @records: the array, mapped; NULL until shadow_map()
 * @overflow: what was in the hash table when last read, by address
 * @nr_overflow: how many
 * @collected_ns: begin of the search for pools that the last
 *	shadow_collect() relied on
 */
struct shadow {
	struct bpf_map *map;
	struct hash_table overflow_table;
	struct shadow_range *ranges;
	unsigned int nr_ranges;
	uint64_t slots;
	uint64_t next_base;
	struct shadow_record *records;
	struct overflow_entry *overflow;
	size_t nr_overflow;
	uint64_t collected_ns;
};

/** shadow_size() - set the number of records, by the pools that there are */
void shadow_size(struct shadow *shadow, struct pools *pools);

/**
 * shadow_create() - make the array, and give each pool its range
 * @shadow: sized
 * @map: the array, in an object that is not loaded yet
 * @ranges: the programs' SHADOW_RANGES_MAX ranges
 * @pools: the pools
 *
 * Before the load, because the array's address is written into the programs.
 *
 * Return: 0 or negative errno.
 */
int shadow_create(struct shadow *shadow, struct bpf_map *map,
		  struct shadow_range *ranges, struct pools *pools);

/** shadow_map() - map the array once it is loaded; 0 or negative errno */
int shadow_map(struct shadow *shadow);

/** shadow_close() - forget the object; keeps what shadow_size() set */
void shadow_close(struct shadow *shadow);

/** shadow_release() - free what was read */
void shadow_release(struct shadow *shadow);

/** shadow_follow() - give new pools their ranges */
void shadow_follow(struct shadow *shadow, struct pools *pools);

/** shadow_read_overflow() - read the hash table; 0 or negative errno */
int shadow_read_overflow(struct shadow *shadow);

/**
 * shadow_collect() - remove overflow entries whose pool is gone
 * @shadow: mapped
 * @pools: the pools; nothing is done unless all were searched since the last
 *	call
 * @collect: the program that does it, collect_overflow
 *
 * Their unmaps were missed; the program counts them as such.
 *
 * Return: 0 or negative errno.
 */
int shadow_collect(struct shadow *shadow, struct pools *pools,
		   const struct bpf_program *collect);

/**
 * shadow_copy() - copy a mapping's record
 * @shadow: mapped, with the hash table read
 * @address: of the mapping's first slot
 * @slots: how many it takes; 6.12 may put the record behind slots that only
 *	align
 * @copy: set to the record; its mapping may end meanwhile. Its device is 0 if
 *	there is no record, and SHADOW_BEFORE if the mapping is older than the
 *	session.
 */
void shadow_copy(const struct shadow *shadow, uint64_t address,
		 unsigned int slots, struct shadow_record *copy);

/**
 * typedef shadow_visitor - called for a record that has a device
 * @entry: the record
 * @address: of its slot
 * @data: the visitor's own
 */
typedef int (*shadow_visitor)(const struct shadow_record *entry,
			      uint64_t address, void *data);

/**
 * shadow_visit() - call @visit for each live mapping whose map was seen
 *
 * It reads the records only, while mappings are made and ended.
 *
 * Return: 0, or what @visit returned that was not 0.
 */
int shadow_visit(const struct shadow *shadow, shadow_visitor visit, void *data);

/**
 * struct device_live - how many live mappings a device has
 * @device: its key
 * @mappings: how many
 */
struct device_live {
	uint64_t device;
	int64_t mappings;
};

/**
 * struct live_counts - live mappings by device
 * @devices: those that have any
 * @count: how many
 * @latest: the one counted last; the next mapping is mostly of the same
 *
 * Zeroed, or filled in before; its user frees @devices.
 */
struct live_counts {
	struct device_live *devices;
	size_t count;
	size_t latest;
};

/** live_counts_add() - add to a device's mappings; 0 or -ENOMEM */
int live_counts_add(struct live_counts *counts, uint64_t device,
		    int64_t mappings);

/** live_counts_get() - the mappings of a device, 0 when it is not there */
int64_t live_counts_get(const struct live_counts *counts, uint64_t device);

/**
 * shadow_count() - count the mappings that shadow_visit() visits
 * @shadow: mapped
 * @counts: what was counted before is forgotten
 *
 * Return: 0 or -ENOMEM.
 */
int shadow_count(const struct shadow *shadow, struct live_counts *counts);

/**
 * shadow_count_settled() - count mappings of pools that are known, but for
 *those in the hash table
 * @shadow: mapped
 * @pools: the pools
 * @before_ns: those that began before, CLOCK_MONOTONIC
 * @counts: added to
 *
 * Return: 0 or -ENOMEM.
 */
int shadow_count_settled(const struct shadow *shadow, struct pools *pools,
			 uint64_t before_ns, struct live_counts *counts);

/** shadow_visit_gone() - shadow_visit() of pools that are no longer known */
int shadow_visit_gone(const struct shadow *shadow, struct pools *pools,
		      shadow_visitor visit, void *data);

/** shadow_mark_before() - mark a mapping as older than the session */
void shadow_mark_before(struct shadow *shadow, uint64_t address,
			unsigned int slots);

/**
 * shadow_describe() - add the parts of the array to a snapshot
 * @shadow: created
 * @concern: whose table it is; kept as it is
 * @snap: with its pools
 *
 * Return: 0 or negative errno.
 */
int shadow_describe(const struct shadow *shadow, const char *concern,
		    struct snapshot *snap);

#endif

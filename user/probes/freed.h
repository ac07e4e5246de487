/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_FREED_H
#define PROBES_FREED_H

/*
 * Live mappings whose memory has been freed: they can never be unmapped
 * rightly. The memory counts as freed if two readings of the same mapping found
 * it free, so that a driver that frees first and unmaps then is not reported.
 */

#include <bpf/libbpf.h>

#include "probes/confirm.h"
#include "probes/pools.h"
#include "probes/shadow.h"

struct mapped_memory;

/**
 * struct live_slot - a live mapping, as its pool's slots show it
 * @first: its first slot, in the pool
 * @slots: slots it takes
 * @record: its record; of device 0 when there is none
 * @freed: its memory has been freed
 * @unsynced: it has been written on one side, and never been synced
 */
struct live_slot {
	uint64_t first;
	unsigned int slots;
	struct shadow_record record;
	bool freed;
	bool unsynced;
};

/**
 * struct freed - finds mappings whose memory is free
 * @find: the program find_freed
 * @map: the BPF map of its results
 * @memory: the map's values
 * @confirmation: those found free, for the next reading to confirm
 */
struct freed {
	const struct bpf_program *find;
	const struct bpf_map *map;
	struct mapped_memory *memory;
	struct confirmation confirmation;
};

/**
 * freed_start() - make ready, once the programs are loaded
 * @freed: zeroed
 * @find: the program find_freed
 * @map: its map mapped_memory
 *
 * Return: 0 or negative errno.
 */
int freed_start(struct freed *freed, const struct bpf_program *find,
		const struct bpf_map *map);

/** freed_stop() - free its memory; zeroed is fine */
void freed_stop(struct freed *freed);

/** freed_begin() - begin a reading, which confirms what the last one found */
void freed_begin(struct freed *freed, uint64_t now);

/**
 * freed_judge() - decide which live mappings of a pool are freed
 * @freed: what was found before
 * @record: the pool
 * @slots: the mappings; their @freed is set
 * @count: how many
 *
 * Return: 0 or negative errno.
 */
int freed_judge(struct freed *freed, const struct pool_record *record,
		struct live_slot *slots, size_t count);

#endif

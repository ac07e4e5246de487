/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_UNSYNCED_H
#define PROBES_UNSYNCED_H

/*
 * Live mappings that have been written on one side and never synced: the other
 * side reads stale data. Known of mappings that level bounces has seen made.
 */

#include <bpf/libbpf.h>

#include "probes/confirm.h"
#include "probes/freed.h"
#include "probes/pools.h"

struct compared_memory;

/**
 * struct unsynced - compares buffers with slots
 * @find: the program find_unsynced
 * @map: the BPF map of its results
 * @memory: the map's values
 * @left: how many more this reading may compare
 * @confirmation: those that differ, for the next reading to confirm
 */
struct unsynced {
	const struct bpf_program *find;
	const struct bpf_map *map;
	struct compared_memory *memory;
	unsigned int left;
	struct confirmation confirmation;
};

/**
 * unsynced_start() - make ready, once the programs are loaded
 * @unsynced: zeroed
 * @find: the program find_unsynced
 * @map: its map compared_memory
 *
 * Return: 0 or negative errno.
 */
int unsynced_start(struct unsynced *unsynced, const struct bpf_program *find,
		   const struct bpf_map *map);

/** unsynced_stop() - free its memory; zeroed is fine */
void unsynced_stop(struct unsynced *unsynced);

/** unsynced_begin() - begin a reading, which confirms what the last one found
 */
void unsynced_begin(struct unsynced *unsynced, uint64_t now);

/**
 * unsynced_judge() - decide which live mappings of a pool are out of sync
 * @unsynced: what was found before
 * @record: the pool
 * @slots: the mappings; their @unsynced is set
 * @count: how many
 *
 * Return: 0 or negative errno.
 */
int unsynced_judge(struct unsynced *unsynced, const struct pool_record *record,
		   struct live_slot *slots, size_t count);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_WRONG_UNMAPS_H
#define PROBES_WRONG_UNMAPS_H

/* Unmaps that were wrong: by whom, of whose mapping, and where from. */

#include "model/snapshot.h"

struct hash_table;
struct stack_table;

/**
 * wrong_unmaps_read() - add all wrong unmaps to a snapshot, most frequent first
 * @table: the hash table of them
 * @stacks: the table of stacks
 * @snap: the snapshot, with its pools
 *
 * Return: 0 or negative errno.
 */
int wrong_unmaps_read(const struct hash_table *table,
		      const struct stack_table *stacks, struct snapshot *snap);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_REFUSALS_H
#define PROBES_REFUSALS_H

/* Refused requests: by whom, why, and how large. */

#include "model/snapshot.h"

struct hash_table;

/**
 * refusals_read() - add all refused requests to a snapshot, most frequent first
 * @table: the hash table of them
 * @snap: the snapshot
 *
 * Return: 0 or negative errno.
 */
int refusals_read(const struct hash_table *table, struct snapshot *snap);

#endif

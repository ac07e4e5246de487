/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_TABLES_H
#define PROBES_TABLES_H

/* The maps of a BPF object: what they take, and how they are looked into. */

#include <bpf/libbpf.h>

#include "model/snapshot.h"

/**
 * table_bytes() - what the keys and values of a map take
 *
 * From the sizes the map is made with, on all CPUs; once it is full when it
 * grows. The kernel's own bookkeeping, some bytes an entry, is not in it.
 */
uint64_t table_bytes(const struct bpf_map *map);

/**
 * table_mmap() - map the values of an array into memory
 * @map: an array made with BPF_F_MMAPABLE, loaded; a value is at each multiple
 *	of its size, rounded up to 8
 * @protection: PROT_*
 *
 * Return: the values, to be unmapped with table_munmap(); NULL with errno set.
 */
void *table_mmap(const struct bpf_map *map, int protection);

/** table_munmap() - end what table_mmap() gave; NULL is fine */
void table_munmap(const void *values, const struct bpf_map *map);

/**
 * programs_missed() - runs that the kernel left out
 * @object: its programs
 *
 * A program does not run where it interrupts itself; so much was missed at
 * most, since not every run has something to count.
 */
uint64_t programs_missed(const struct bpf_object *object);

/**
 * table_each() - call a function for each entry of a hash table
 * @map: not a per-CPU one
 * @each: given @owner, key and value; what it returns, if not 0, ends it
 * @owner: passed on
 *
 * Entries that are there all the time are seen once, whatever comes and goes
 * meanwhile; @each may change the table.
 *
 * Return: 0, what @each returned, or negative errno.
 */
int table_each(const struct bpf_map *map,
	       int (*each)(void *owner, const void *key, const void *value),
	       void *owner);

/**
 * snapshot_add_table() - append a table, or a part of one
 * @snap: the snapshot
 * @concern: whose it is; kept as it is
 * @name: of the table
 * @bytes: what it takes
 * @grows: only once it is full
 *
 * Return: 0 or -ENOMEM.
 */
int snapshot_add_table(struct snapshot *snap, const char *concern,
		       const char *name, uint64_t bytes, bool grows);

/** snapshot_add_map() - append a map, as snapshot_add_table() does */
int snapshot_add_map(struct snapshot *snap, const char *concern,
		     const struct bpf_map *map);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_TABLES_H
#define PROBES_TABLES_H

/*
 * The maps of a BPF object: their size, and how to read and change them while
 * programs fill them, without system calls on maps; see bpf/tables.bpf.h.
 */

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/snapshot.h"

/**
 * table_bytes() - what the keys and values of a map take
 *
 * For all CPUs, from the sizes that the map is made with; of a map that grows,
 * when it is full. Without the kernel's own bookkeeping, some bytes an entry.
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
 * struct cpu_table - a CPU_TABLE() of bpf/tables.bpf.h, mapped
 * @map: its map; NULL = not mapped
 * @records: one a CPU
 */
struct cpu_table {
	const struct bpf_map *map;
	void *records;
};

/** cpu_table_size() - give it a record for each CPU, before the load */
int cpu_table_size(struct bpf_map *map);

/** cpu_table_map() - map it, once it is loaded; 0 or negative errno */
int cpu_table_map(struct cpu_table *table, const struct bpf_map *map);

/** cpu_table_unmap() - unmap it, before the map is closed; zeroed is fine */
void cpu_table_unmap(struct cpu_table *table);

/** cpu_table_at() - the record of a CPU below possible_cpus() */
void *cpu_table_at(const struct cpu_table *table, unsigned int cpu);

/**
 * cpu_table_sum() - add up the records of all CPUs, word by word
 * @table: its records are made of 64-bit counters, as far as the sum is used
 * @sum: set to the sums; of the size of a record
 */
void cpu_table_sum(const struct cpu_table *table, void *sum);

/**
 * struct hash_table - a hash table that has a HASH_TABLE_PROGRAM()
 * @map: its map
 * @program: the program
 * @room: the object's table_room
 */
struct hash_table {
	const struct bpf_map *map;
	const struct bpf_program *program;
	char *room;
};

/** HASH_TABLE() - that of a skeleton, once it is loaded */
#define HASH_TABLE(skel, table)                                                \
	(struct hash_table)                                                    \
	{                                                                      \
		.map = (skel)->maps.table,                                     \
		.program = (skel)->progs.table##_table,                        \
		.room = (char *)(skel)->bss->table_room,                       \
	}

/**
 * table_each() - call a function for each entry of a hash table
 * @table: the table
 * @each: given @owner, key and value; what it returns, if not 0, ends it
 * @owner: passed on
 *
 * An entry that is there all the time is visited once, even if others are added
 * or removed meanwhile. @each may change the table.
 *
 * Return: 0, what @each returned, or negative errno.
 */
int table_each(const struct hash_table *table,
	       int (*each)(void *owner, const void *key, const void *value),
	       void *owner);

/** table_find() - copy the value of a key; false = it is not there */
bool table_find(const struct hash_table *table, const void *key, void *value);

/**
 * table_add() - add an entry
 * @table: the table
 * @key: of the entry
 * @value: NULL = zeroes
 *
 * Return: false where the key is there already, or there is no room.
 */
bool table_add(const struct hash_table *table, const void *key,
	       const void *value);

/** table_set() - the same, or set the value of a key that is there already */
bool table_set(const struct hash_table *table, const void *key,
	       const void *value);

/** table_drop() - remove an entry; false = it was not there */
bool table_drop(const struct hash_table *table, const void *key);

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

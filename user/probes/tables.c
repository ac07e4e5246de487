// SPDX-License-Identifier: GPL-2.0-only
#include "probes/tables.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "include/tables.h"
#include "probes/kernel.h"
#include "probes/slots.h"

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

static bool is_mapped(const struct bpf_map *map)
{
	return bpf_map__map_flags(map) & BPF_F_MMAPABLE;
}

static bool grows(const struct bpf_map *map)
{
	return bpf_map__map_flags(map) & BPF_F_NO_PREALLOC;
}

uint64_t table_bytes(const struct bpf_map *map)
{
	uint64_t key = round_up(bpf_map__key_size(map), 8);
	uint64_t value = round_up(bpf_map__value_size(map), 8);
	uint64_t entries = bpf_map__max_entries(map);

	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_ARRAY:
		if (is_mapped(map))
			return round_up(value * entries,
					(uint64_t)sysconf(_SC_PAGESIZE));
		return value * entries;
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return value * possible_cpus() * entries;
	default:
		return (key + value) * entries;
	}
}

void *table_mmap(const struct bpf_map *map, int protection)
{
	void *values = mmap(NULL, table_bytes(map), protection, MAP_SHARED,
			    bpf_map__fd(map), 0);

	return values == MAP_FAILED ? NULL : values;
}

void table_munmap(const void *values, const struct bpf_map *map)
{
	if (values)
		munmap((void *)values, table_bytes(map));
}

int cpu_table_size(struct bpf_map *map)
{
	return bpf_map__set_max_entries(map, possible_cpus());
}

int cpu_table_map(struct cpu_table *table, const struct bpf_map *map)
{
	table->map = map;
	table->records = table_mmap(map, PROT_READ | PROT_WRITE);
	return table->records ? 0 : -errno;
}

void cpu_table_unmap(struct cpu_table *table)
{
	if (table->map)
		table_munmap(table->records, table->map);
	memset(table, 0, sizeof(*table));
}

void *cpu_table_at(const struct cpu_table *table, unsigned int cpu)
{
	return (char *)table->records +
	       (size_t)cpu * bpf_map__value_size(table->map);
}

void cpu_table_sum(const struct cpu_table *table, void *sum)
{
	size_t words = bpf_map__value_size(table->map) / sizeof(__u64);
	__u64 *to = sum;

	memset(sum, 0, words * sizeof(*to));
	for (unsigned int cpu = 0; cpu < possible_cpus(); cpu++) {
		const volatile __u64 *from = cpu_table_at(table, cpu);

		for (size_t i = 0; i < words; i++)
			to[i] += from[i];
	}
}

static size_t entry_bytes(const struct hash_table *table)
{
	return bpf_map__key_size(table->map) + bpf_map__value_size(table->map);
}

static int run_table(const struct hash_table *table,
		     struct table_request *request)
{
	return program_run(table->program, request, sizeof(*request));
}

/* Entries are copied first, because @each may use the same room. */
static int each_copied(const struct hash_table *table, unsigned int count,
		       int (*each)(void *owner, const void *key,
				   const void *value),
		       void *owner)
{
	size_t bytes = entry_bytes(table);
	char *entries = malloc(count * bytes + 1);
	int error = entries ? 0 : -ENOMEM;

	if (entries)
		memcpy(entries, table->room, count * bytes);
	for (unsigned int i = 0; i < count && !error; i++)
		error = each(owner, entries + i * bytes,
			     entries + i * bytes +
				     bpf_map__key_size(table->map));
	free(entries);
	return error;
}

static int
each_of_part(const struct hash_table *table, uint32_t parts, uint32_t part,
	     int (*each)(void *owner, const void *key, const void *value),
	     void *owner)
{
	struct table_request request = { .op = TABLE_READ,
					 .parts = parts,
					 .part = part };
	int error = run_table(table, &request);

	if (error)
		return error;
	if (!request.full)
		return each_copied(table, request.count, each, owner);
	if (parts > bpf_map__max_entries(table->map))
		return -ENOBUFS;
	error = each_of_part(table, 2 * parts, part, each, owner);
	return error ? error
		     : each_of_part(table, 2 * parts, part + parts, each,
				    owner);
}

int table_each(const struct hash_table *table,
	       int (*each)(void *owner, const void *key, const void *value),
	       void *owner)
{
	return each_of_part(table, 1, 0, each, owner);
}

static bool change_table(const struct hash_table *table, uint32_t op,
			 const void *key)
{
	struct table_request request = { .op = op };

	memcpy(table->room, key, bpf_map__key_size(table->map));
	return !run_table(table, &request) && request.count;
}

bool table_find(const struct hash_table *table, const void *key, void *value)
{
	if (!change_table(table, TABLE_FIND, key))
		return false;
	memcpy(value, table->room + bpf_map__key_size(table->map),
	       bpf_map__value_size(table->map));
	return true;
}

static bool write_table(const struct hash_table *table, uint32_t op,
			const void *key, const void *value)
{
	char *room = table->room + bpf_map__key_size(table->map);

	if (value)
		memcpy(room, value, bpf_map__value_size(table->map));
	else
		memset(room, 0, bpf_map__value_size(table->map));
	return change_table(table, op, key);
}

bool table_add(const struct hash_table *table, const void *key,
	       const void *value)
{
	return write_table(table, TABLE_ADD, key, value);
}

bool table_set(const struct hash_table *table, const void *key,
	       const void *value)
{
	return write_table(table, TABLE_SET, key, value);
}

bool table_drop(const struct hash_table *table, const void *key)
{
	return change_table(table, TABLE_DROP, key);
}

int snapshot_add_table(struct snapshot *snap, const char *concern,
		       const char *name, uint64_t bytes, bool when_full)
{
	struct table *grown, *table;

	grown = reallocarray(snap->tables, snap->nr_tables + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	snap->tables = grown;
	table = &grown[snap->nr_tables++];
	*table = (struct table){ .bytes = bytes, .grows = when_full };
	snprintf(table->concern, sizeof(table->concern), "%s", concern);
	snprintf(table->name, sizeof(table->name), "%s", name);
	return 0;
}

int snapshot_add_map(struct snapshot *snap, const char *concern,
		     const struct bpf_map *map)
{
	return snapshot_add_table(snap, concern, bpf_map__name(map),
				  table_bytes(map), grows(map));
}

// SPDX-License-Identifier: GPL-2.0-only
#include "probes/tables.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probes/kernel.h"

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
	case BPF_MAP_TYPE_PERCPU_HASH:
		return (key + value * possible_cpus()) * entries;
	case BPF_MAP_TYPE_STACK_TRACE:
		return value * entries;
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

uint64_t programs_missed(const struct bpf_object *object)
{
	struct bpf_program *program;
	uint64_t misses = 0;

	bpf_object__for_each_program(program, object)
	{
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);
		int fd = bpf_program__fd(program);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
			misses += info.recursion_misses;
	}
	return misses;
}

/* Longer than any bucket of a table, which the kernel gives whole. */
#define ENTRIES_AT_ONCE 256u

/* Room for a batch of entries; values after the keys. */
static void *batch_room(const struct bpf_map *map, char **values)
{
	size_t keys = (size_t)bpf_map__key_size(map) * ENTRIES_AT_ONCE;
	size_t bytes = (size_t)bpf_map__value_size(map) * ENTRIES_AT_ONCE;
	char *room = malloc(keys + bytes);

	*values = room ? room + keys : NULL;
	return room;
}

int table_each(const struct bpf_map *map,
	       int (*each)(void *owner, const void *key, const void *value),
	       void *owner)
{
	uint32_t key_size = bpf_map__key_size(map);
	uint32_t value_size = bpf_map__value_size(map);
	char *values, *keys = batch_room(map, &values);
	uint32_t place = 0, *from = NULL;
	bool more = true;
	int error = keys ? 0 : -ENOMEM;

	while (!error && more) {
		uint32_t count = ENTRIES_AT_ONCE;

		if (bpf_map_lookup_batch(bpf_map__fd(map), from, &place, keys,
					 values, &count, NULL)) {
			more = false;
			error = errno == ENOENT ? 0 : -errno;
		}
		from = &place;
		for (uint32_t i = 0; i < count && !error; i++)
			error = each(owner, keys + (size_t)i * key_size,
				     values + (size_t)i * value_size);
	}
	free(keys);
	return error;
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

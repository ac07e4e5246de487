/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TABLES_BPF_H
#define TABLES_BPF_H

/*
 * Tables that programs fill and the loader reads at the same time.
 *
 * The loader does that without the kernel's system calls on maps. While one is
 * in progress, no kprobe program runs on its CPU, and before 6.7 nothing
 * counts the calls that it misses (bpf_disable_instrumentation(),
 * kernel/bpf/syscall.c; trace_call_bpf(), kernel/trace/bpf_trace.c). Where the
 * kernel preempts tasks that may take long. A program that is run on demand
 * does not have this effect, nor has memory that is mapped.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "include/tables.h"

/**
 * CPU_TABLE() - a record for each CPU, which the loader maps; it sets how many
 */
#define CPU_TABLE(table, record)                                               \
	struct {                                                               \
		__uint(type, BPF_MAP_TYPE_ARRAY);                              \
		__uint(map_flags, BPF_F_MMAPABLE);                             \
		__uint(max_entries, 1);                                        \
		__type(key, __u32);                                            \
		__type(value, record);                                         \
	} table SEC(".maps")

/** cpu_entry() - this CPU's record of a CPU_TABLE() */
static __always_inline void *cpu_entry(void *table)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(table, &cpu);
}

/* Entries of hash tables on their way to or from the loader. */
__u64 table_room[TABLE_ROOM / sizeof(__u64)];

static __always_inline __u32 table_part(const __u64 *key, __u32 bytes)
{
	__u64 hash = 0;

	for (__u32 i = 0; i < bytes / sizeof(*key); i++)
		hash = (hash ^ key[i]) * 0x9e3779b97f4a7c15ull;
	return hash >> 32;
}

static __always_inline long table_copy(struct table_request *request,
				       const void *key, __u32 key_bytes,
				       const void *value, __u32 value_bytes)
{
	__u32 bytes = key_bytes + value_bytes;
	__u64 at = (__u64)request->count * bytes;
	char *entry;

	if ((table_part(key, key_bytes) & (request->parts - 1)) !=
	    request->part)
		return 0;
	/* What was compared is what is added. */
	barrier_var(at);
	if (at > TABLE_ROOM - bytes) {
		request->full = 1;
		return 1;
	}
	entry = (char *)table_room + at;
	bpf_probe_read_kernel(entry, key_bytes, key);
	bpf_probe_read_kernel(entry + key_bytes, value_bytes, value);
	request->count++;
	return 0;
}

static __always_inline bool table_change(void *table, __u32 op, __u32 key_bytes,
					 __u32 value_bytes)
{
	void *key = table_room, *value = (char *)table_room + key_bytes;
	void *found;

	if (op == TABLE_ADD)
		return !bpf_map_update_elem(table, key, value, BPF_NOEXIST);
	if (op == TABLE_SET)
		return !bpf_map_update_elem(table, key, value, BPF_ANY);
	if (op == TABLE_DROP)
		return !bpf_map_delete_elem(table, key);
	found = bpf_map_lookup_elem(table, key);
	return found && !bpf_probe_read_kernel(value, value_bytes, found);
}

/**
 * HASH_TABLE_PROGRAM() - the program by which the loader reads and changes a
 *	hash table
 * @table: its map; the program is called like it, with _table behind
 * @key_type: of its keys; their size and that of values are multiples of 8
 * @value_type: of its values
 */
#define HASH_TABLE_PROGRAM(table, key_type, value_type)                        \
	static long table##_copy(struct bpf_map *map, key_type *key,           \
				 value_type *value,                            \
				 struct table_request *request)                \
	{                                                                      \
		return table_copy(request, key, sizeof(*key), value,           \
				  sizeof(*value));                             \
	}                                                                      \
                                                                               \
	SEC("syscall")                                                         \
	int table##_table(struct table_request *ctx)                           \
	{                                                                      \
		/* The loader's 0: of a known one each round is verified. */   \
		struct table_request request = *ctx;                           \
                                                                               \
		if (request.op == TABLE_READ)                                  \
			bpf_for_each_map_elem(&table, table##_copy, &request,  \
					      0);                              \
		else                                                           \
			request.count = table_change(&table, request.op,       \
						     sizeof(key_type),         \
						     sizeof(value_type));      \
		ctx->count = request.count;                                    \
		ctx->full = request.full;                                      \
		return 0;                                                      \
	}                                                                      \
	_Static_assert(sizeof(key_type) % 8 == 0 &&                            \
			       sizeof(value_type) % 8 == 0,                    \
		       "entries are read in words")

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MAPPING_DEVICES_BPF_H
#define MAPPING_DEVICES_BPF_H

/* The counters of each device, per CPU: mappings, their sizes and lifetimes. */

#include "layout.bpf.h"

#include "calls.bpf.h"
#include "include/mappings.h"
#include "tables.bpf.h"

/* Indices of records that any CPU has used: the loader reads only these. */
bool devices_used[DEVICES_MAX + 1];

CPU_TABLE(devices, struct cpu_devices);

/*
 * Records of devices that found no place in the table of a CPU, and of devices
 * that are gone. The latter move here, so that the device's entry is free for
 * the next one: devices that are added and removed often share few addresses.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MORE_DEVICES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct device_key);
	__type(value, struct device_record);
} more_devices SEC(".maps");

HASH_TABLE_PROGRAM(more_devices, struct device_key, struct device_record);

/* The table has, or had, records of devices that are not gone. */
bool more_living;

/* A record before its first count, which is too large for the stack. */
const volatile struct device_record no_counts;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MORE_DEVICES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct device_name_record);
} device_names SEC(".maps");

HASH_TABLE_PROGRAM(device_names, __u64, struct device_name_record);

CPU_TABLE(mapping_cpus, struct mapping_cpu_record);

static __always_inline struct mapping_cpu_record *this_cpu(void)
{
	return cpu_entry(&mapping_cpus);
}

static __noinline int count_lost_call(void)
{
	struct mapping_cpu_record *cpu = this_cpu();

	if (cpu)
		cpu->lost_call++;
	return 0;
}

/*
 * The offset of a value's bucket in a histogram, in bytes. Which table is used
 * depends on the value's highest byte that is not 0, and that byte is its
 * index. Set before the load.
 */
const volatile __u8 place_of_byte_0[256];
const volatile __u8 place_of_byte_1[256];
const volatile __u8 place_of_byte_2[256];
const volatile __u8 place_of_byte_3[256];

/*
 * At most four comparisons; a chain of shifts takes twice the instructions. For
 * the verifier a table may give any byte: with the largest one, the offset is
 * still inside the record, see device_record.pad.
 */
static __always_inline __u32 place_of(__u64 value)
{
	if (likely(value < 1u << 16)) {
		if (likely(value >= 1u << 8))
			return place_of_byte_1[value >> 8];
		return place_of_byte_0[value];
	}
	if (value < 1u << 24)
		return place_of_byte_2[value >> 16];
	if (value < 1ull << 32)
		return place_of_byte_3[value >> 24];
	return sizeof(struct histogram_record) - sizeof(__u64);
}

/*
 * Adds the histogram's offset last: it folds into the load and the store. The
 * asm keeps the compiler from holding record + place in a callee-saved register
 * for the next call, which would cost a save and a restore on every unmap.
 */
static __always_inline void count_value(struct device_record *record,
					__u64 histogram, __u64 value)
{
	void *counter = (void *)(__u64)place_of(value);

	asm("%0 += %1" : "+r"(counter) : "r"(record));
	++*(__u64 *)(counter + histogram);
}

#define LIFETIME offsetof(struct device_record, lifetime)
#define SIZE	 offsetof(struct device_record, size)

static __noinline int remember_name(__u64 dev)
{
	struct device_name_record name = {};

	layout_device_name(dev, name.name);
	bpf_map_update_elem(&device_names, &dev, &name, BPF_NOEXIST);
	return 0;
}

static __always_inline void mark_used(__u32 index)
{
	if (index <= DEVICES_MAX)
		devices_used[index] = true;
}

/* 32 bits of the address suffice: one multiplication, and no mask. */
static __always_inline __u32 device_hash(__u64 dev)
{
	return (__u32)dev * 0x9e3779b1u >> (32 - DEVICES_BITS);
}

/**
 * reaches_all() - the device reaches the memory of all pools
 *
 * Defined by who includes this. One that does not is kept off the fast path.
 */
__noinline int reaches_all(__u64 dev);

/*
 * A global function, so that the verifier goes through its loop once, and does
 * not continue from each of its ends.
 *
 * Return: index of the device's record of this CPU; DEVICES_MAX if all places
 * are taken
 */
__noinline __u32 find_device(__u64 dev)
{
	struct cpu_devices *cpu = cpu_entry(&devices);
	__u32 hash = device_hash(dev);

	if (!cpu)
		return DEVICES_MAX;
	for (__u32 i = 0; i < DEVICES_PROBES; i++) {
		__u32 index = (hash + i) & (DEVICES_MAX - 1);
		struct device_record *record = &cpu->device[index];

		if (record->device == dev)
			return index;
		if (record->device || (!i && !reaches_all(dev)))
			continue;
		record->device = dev;
		mark_used(index);
		remember_name(dev);
		return index;
	}
	return DEVICES_MAX;
}

/* The record of a device without a place in the table of this CPU. */
static __noinline struct device_record *another_device(__u64 dev)
{
	struct device_key key = {
		.device = dev,
		.cpu = bpf_get_smp_processor_id(),
	};
	struct device_record *record = bpf_map_lookup_elem(&more_devices, &key);

	if (record)
		return record;
	more_living = true;
	remember_name(dev);
	bpf_map_update_elem(&more_devices, &key, (const void *)&no_counts,
			    BPF_NOEXIST);
	record = bpf_map_lookup_elem(&more_devices, &key);
	if (!record)
		mark_used(DEVICES_MAX);
	return record;
}

/* The record in the device's first hash slot, which another may have. */
static __always_inline struct device_record *likely_device(__u64 dev)
{
	struct cpu_devices *cpu = cpu_entry(&devices);

	return cpu ? &cpu->device[device_hash(dev)] : NULL;
}

static __always_inline struct device_record *record_at(__u64 index)
{
	struct cpu_devices *cpu = cpu_entry(&devices);

	/* The compiler, which sees where it is from, would not check it. */
	barrier_var(index);
	if (!cpu || index > DEVICES_MAX)
		return NULL;
	/* What was compared is what is multiplied. */
	barrier_var(index);
	return &cpu->device[index];
}

static __always_inline struct device_record *device_of(__u64 dev)
{
	struct device_record *record = likely_device(dev);
	__u32 index;

	if (record && record->device == dev)
		return record;
	index = find_device(dev);
	if (index == DEVICES_MAX)
		record = another_device(dev);
	return index == DEVICES_MAX && record ? record : record_at(index);
}

/*
 * Counts a mapping whose unmap was missed. Atomic, because a program that the
 * loader runs calls this as well, and a map may interrupt it on this CPU. A
 * global function as well.
 */
__noinline int count_replaced(__u64 dev, __u64 size)
{
	struct device_record *record = device_of(dev);
	__u32 bucket = place_of(size) / sizeof(__u64);

	barrier_var(bucket);
	if (!record || bucket >= RECORD_BUCKETS)
		return 0;
	__sync_fetch_and_add(&record->replaced, 1);
	__sync_fetch_and_add(&record->bytes, size);
	__sync_fetch_and_add(&record->size.count[bucket], 1);
	return 0;
}

static __always_inline void count_copy(struct copies_record *copies,
				       __u64 bytes, __u64 ns)
{
	copies->count++;
	copies->bytes += bytes;
	copies->ns += ns;
}

/* The copy at map of a mapping that the device only writes. Global as well. */
__noinline int count_redundant(__u64 dev, __u64 bytes, __u64 ns)
{
	struct device_record *record = device_of(dev);

	if (record)
		count_copy(&record->redundant, bytes, ns);
	return 0;
}

/*
 * The device as a number: the verifier allows a typed pointer to be stored, but
 * rejects arithmetic on it.
 */
static __always_inline __u64 device_argument(void *ctx)
{
	__u64 dev = 0;

	bpf_get_func_arg(ctx, 0, &dev);
	return dev;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEVICE_GONE_BPF_H
#define DEVICE_GONE_BPF_H

/*
 * When a device is removed, its counters and records get a unique odd number
 * instead of its address, so that another device at this address starts with
 * none.
 */

#include "shadow.bpf.h"

#include <bpf/bpf_tracing.h>

#include "calls.bpf.h"

__u64 next_gone = DEVICE_GONE_FIRST;

/* Upper bound of the walk over the CPUs' records of a device. */
#define CPUS_MAX 8192u

/**
 * struct retirement - the removal of a device
 * @dev: its address, the key until now
 * @gone: its number, the key from now on
 * @leaves_records: it leaves mappings behind. A flag and not a count: from 6.7
 *	on a count would make the verifier check each round of the loop
 */
struct retirement {
	__u64 dev;
	__u64 gone;
	__u64 leaves_records;
};

/*
 * All members of a record but the first, the device, are counters. A global
 * function, so that the verifier goes through its loop once.
 */
__noinline int add_record(struct device_record *sum,
			  const struct device_record *record)
{
	__u64 *to = (__u64 *)sum;
	const __u64 *from = (const __u64 *)record;

	if (!sum || !record)
		return 0;
	for (__u32 i = 1; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
	return 0;
}

/*
 * A device can have two records on a CPU, if another device had its first entry
 * when it came and has been removed since.
 */
static __always_inline void move_record(struct device_record *record,
					__u64 gone, __u64 cpu)
{
	struct device_key key = { .device = gone, .cpu = cpu };
	struct mapping_cpu_record *here = this_cpu();
	struct device_record *moved = bpf_map_lookup_elem(&more_devices, &key);

	if (moved)
		add_record(moved, record);
	else if (bpf_map_update_elem(&more_devices, &key, record, BPF_ANY) &&
		 here)
		here->unretired++;
	__builtin_memset(record, 0, sizeof(*record));
}

/* The record of a device that found no place in the CPU's table. */
static __always_inline void retire_another(__u64 cpu,
					   const struct retirement *retirement)
{
	struct device_key key = { .device = retirement->dev, .cpu = cpu };
	struct device_record *record = bpf_map_lookup_elem(&more_devices, &key);

	if (!record)
		return;
	move_record(record, retirement->gone, cpu);
	bpf_map_delete_elem(&more_devices, &key);
}

static long retire_record(__u64 cpu, struct retirement *retirement)
{
	__u32 hash = device_hash(retirement->dev), key = cpu;
	struct cpu_devices *counted = bpf_map_lookup_elem(&devices, &key);

	if (!counted)
		return 1;
	for (__u32 i = 0; i < DEVICES_PROBES; i++) {
		__u32 index = (hash + i) & (DEVICES_MAX - 1);
		struct device_record *record = &counted->device[index];

		if (record->device == retirement->dev)
			move_record(record, retirement->gone, cpu);
	}
	if (more_living)
		retire_another(cpu, retirement);
	return 0;
}

/* A record that is ended or replaced meanwhile is not touched. */
static __always_inline void move_record_key(struct shadow_record *mapping,
					    struct retirement *retirement)
{
	if (mapping->device == retirement->dev &&
	    __sync_val_compare_and_swap(&mapping->device, retirement->dev,
					retirement->gone) == retirement->dev)
		retirement->leaves_records = 1;
}

static long retire_mapping(__u64 index, struct retirement *retirement)
{
	struct shadow_record *mapping = shadow_at(index);

	if (!mapping)
		return 1;
	move_record_key(mapping, retirement);
	return 0;
}

static long retire_overflow(struct bpf_map *map, __u64 *key,
			    struct shadow_record *mapping,
			    struct retirement *retirement)
{
	move_record_key(mapping, retirement);
	return 0;
}

/* Only such devices map: dma_map_page_attrs(), dma_alloc_attrs(). */
static __always_inline bool can_map(__u64 dev)
{
	struct device *device = (void *)dev;

	return BPF_CORE_READ(device, dma_mask) ||
	       BPF_CORE_READ(device, coherent_dma_mask);
}

/*
 * The driver is unbound by now, so what is still mapped can never be unmapped.
 * A device that has mapped but never unmapped has no name yet.
 */
static __noinline int device_goes(__u64 dev)
{
	struct retirement retirement = { .dev = dev };
	struct device_name_record name = {};
	bool counted;

	if (!can_map(dev))
		return 0;
	counted = bpf_map_lookup_elem(&device_names, &retirement.dev);
	retirement.gone = __sync_fetch_and_add(&next_gone, DEVICE_GONE_STEP);
	bpf_loop(SHADOW_SLOTS_MAX, retire_mapping, &retirement, 0);
	bpf_for_each_map_elem(&overflow, retire_overflow, &retirement, 0);
	if (!counted && !retirement.leaves_records)
		return 0;
	layout_device_name(retirement.dev, name.name);
	bpf_map_update_elem(&device_names, &retirement.gone, &name, BPF_ANY);
	bpf_map_delete_elem(&device_names, &retirement.dev);
	bpf_loop(CPUS_MAX, retire_record, &retirement, 0);
	return 0;
}

SEC("fexit/device_del")
int device_del_fexit(__u64 *ctx)
{
	return device_goes(device_argument(ctx));
}

SEC("kprobe")
int device_del_kprobe(struct pt_regs *ctx)
{
	call_begins(CALL_ENTERED(ctx), CALL_ENTERED(ctx), PT_REGS_PARM1(ctx), 0,
		    0);
	return 0;
}

SEC("kretprobe")
int device_del_kretprobe(struct pt_regs *ctx)
{
	struct call_record call;

	return call_ends(CALL_RETURNED(ctx), CALL_RETURNED(ctx), &call)
		       ? device_goes(call.dev)
		       : 0;
}

#endif

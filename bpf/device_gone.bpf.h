/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEVICE_GONE_BPF_H
#define DEVICE_GONE_BPF_H

/* A device that goes keeps its figures and mappings under a key of its own. */

#include "shadow.bpf.h"

#include <bpf/bpf_tracing.h>

__u64 next_gone = DEVICE_GONE_FIRST;

/* The walk over the CPUs' records of a device ends here at the latest. */
#define CPUS_MAX 8192u

/**
 * struct retirement - a device that is gone
 * @dev: its address, up to now its key
 * @gone: its key from now on
 * @leaves_notes: it leaves mappings behind; a flag and no count, which from
 *	6.7 on would have the verifier go through each round of the loop
 */
struct retirement {
	__u64 dev;
	__u64 gone;
	__u64 leaves_notes;
};

/*
 * What a device counted moves to a table of its own, so that its place is free
 * for the next one: devices that come and go often share few addresses.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RETIRED_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct retired_key);
	__type(value, struct device_record);
} retired SEC(".maps");

static __always_inline void move_record(struct device_record *record,
					__u64 gone, __u64 cpu)
{
	struct retired_key key = { .device = gone, .cpu = cpu };
	struct mapping_cpu_record *here = this_cpu();

	if (bpf_map_update_elem(&retired, &key, record, BPF_ANY) && here)
		here->unretired++;
	__builtin_memset(record, 0, sizeof(*record));
}

static long retire_record(__u64 cpu, struct retirement *retirement)
{
	__u32 hash = device_hash(retirement->dev);

	for (__u32 i = 0; i < DEVICES_PROBES; i++) {
		__u32 index = (hash + i) & (DEVICES_MAX - 1);
		struct device_record *record =
			bpf_map_lookup_percpu_elem(&devices, &index, cpu);

		if (!record)
			return 1;
		if (record->device == retirement->dev)
			move_record(record, retirement->gone, cpu);
	}
	return 0;
}

static long retire_note(__u64 index, struct retirement *retirement)
{
	struct shadow_record *note = shadow_at(index);

	if (!note)
		return 1;
	if (note->device == retirement->dev) {
		note->device = retirement->gone;
		retirement->leaves_notes = 1;
	}
	return 0;
}

static long retire_stray(struct bpf_map *map, __u64 *key,
			 struct shadow_record *note,
			 struct retirement *retirement)
{
	if (note->device == retirement->dev) {
		note->device = retirement->gone;
		retirement->leaves_notes = 1;
	}
	return 0;
}

/*
 * Its driver is off by now: what it still has mapped stays so. A device that
 * only ever mapped has no name yet.
 */
SEC("fexit/device_del")
int device_del_fexit(__u64 *ctx)
{
	struct retirement retirement = { .dev = device_argument(ctx) };
	struct device_name_record name = {};
	bool counted;

	counted = bpf_map_lookup_elem(&device_names, &retirement.dev);
	retirement.gone = __sync_fetch_and_add(&next_gone, DEVICE_GONE_STEP);
	bpf_loop(SHADOW_SLOTS_MAX, retire_note, &retirement, 0);
	bpf_for_each_map_elem(&strays, retire_stray, &retirement, 0);
	if (!counted && !retirement.leaves_notes)
		return 0;
	layout_device_name(retirement.dev, name.name);
	bpf_map_update_elem(&device_names, &retirement.gone, &name, BPF_ANY);
	bpf_map_delete_elem(&device_names, &retirement.dev);
	bpf_loop(CPUS_MAX, retire_record, &retirement, 0);
	return 0;
}

#endif

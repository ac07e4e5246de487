/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BOUNCES_BPF_H
#define BOUNCES_BPF_H

/* Copies: how many, and how long they take. */

#include "mapping_devices.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline void sync_begins(__u64 dev)
{
	struct device_record *record = device_of(dev);

	if (record)
		record->syncs++;
}

SEC("fentry")
int sync_device_fentry(__u64 *ctx)
{
	sync_begins(device_argument(ctx));
	return 0;
}

SEC("fentry")
int sync_cpu_fentry(__u64 *ctx)
{
	sync_begins(device_argument(ctx));
	return 0;
}

SEC("kprobe")
int BPF_KPROBE(sync_device_kprobe, void *dev)
{
	sync_begins((__u64)dev);
	return 0;
}

SEC("kprobe")
int BPF_KPROBE(sync_cpu_kprobe, void *dev)
{
	sync_begins((__u64)dev);
	return 0;
}

/*
 * A copy is timed on its CPU: swiotlb_bounce() does not sleep, and one that
 * was interrupted by another is left out by its mark being gone.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct shadow_record);
} bouncing SEC(".maps");

SEC("fentry/swiotlb_bounce")
int bounce_fentry(__u64 *ctx)
{
	__u32 zero = 0;
	struct shadow_record *mark = bpf_map_lookup_elem(&bouncing, &zero);

	if (!mark)
		return 0;
	mark->device = ctx[1];
	mark->at = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/swiotlb_bounce")
int bounce_fexit(__u64 *ctx)
{
	__u32 zero = 0;
	struct shadow_record *mark = bpf_map_lookup_elem(&bouncing, &zero);
	struct device_record *record;

	if (!mark || mark->device != ctx[1])
		return 0;
	mark->device = 0;
	record = device_of(device_argument(ctx));
	if (!record)
		return 0;
	record->bounced++;
	record->bounce_ns += bpf_ktime_get_ns() - mark->at;
	return 0;
}

#endif

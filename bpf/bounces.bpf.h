/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BOUNCES_BPF_H
#define BOUNCES_BPF_H

/*
 * Copies: how many, of how many bytes, in which direction, and how long they
 * take. The kernel copies to the slots at each map, whatever the direction of
 * the mapping, and at a sync for the device; and from them at a sync for the
 * CPU, which an unmap of dma_map_*() begins with (swiotlb_bounce() and its
 * callers, 6.1 to 7.3; dma_direct_unmap_page()).
 */

#include "calls.bpf.h"
#include "shadow.bpf.h"

#include <bpf/bpf_tracing.h>

/* A mapping has at most a segment. */
#define SEGMENT_SLOTS 128u

/* struct call_record.subject of a copy: COPY_*, and the slot's address. */
#define KIND_SHIFT 56

/* struct call_record.value of a copy: its bytes, and when it began. */
#define BYTES_SHIFT 40
#define TIME_MASK   ((1ull << BYTES_SHIFT) - 1)

/* Copies are seen, so that a sync that announces one is followed by it. */
bool copies_seen;

/**
 * struct sync_walk - finds the record of the mapping that a slot belongs to
 * @index: of the slot's own record
 */
struct sync_walk {
	__u64 index;
};

/* A mapping's record is at its first slot: goes back from one that has none. */
static long mark_former(__u64 step, struct sync_walk *walk)
{
	struct shadow_record *entry = shadow_at(walk->index - step);

	if (!entry)
		return 1;
	if (!entry->device)
		return 0;
	entry->synced = 1;
	return 1;
}

static __noinline int mark_synced(__u64 address)
{
	struct sync_walk walk = { .index = shadow_index(address) };
	__u64 key = overflow_key(address);
	struct shadow_record *entry = shadow_at(walk.index);

	if (!entry)
		entry = bpf_map_lookup_elem(&overflow, &key);
	if (!entry)
		return 0;
	if (entry->device)
		entry->synced = 1;
	else
		bpf_loop(SEGMENT_SLOTS, mark_former, &walk, 0);
	return 0;
}

static __noinline int sync_begins(__u64 dev, __u64 address)
{
	struct device_record *record = device_of(dev);

	/* Two programs count here, and one may interrupt the other. */
	if (record)
		__sync_fetch_and_add(&record->syncs, 1);
	return mark_synced(address);
}

/*
 * Announces the copy that follows, which is like that of a map. The address
 * identifies it: nobody maps or unmaps a slot while it is synced.
 */
static __always_inline int sync_to_device(__u64 dev, __u64 address,
					  __u32 direction)
{
	if (direction != DMA_FROM_DEVICE && copies_seen)
		call_begins(address, address, dev, 0, 0);
	return sync_begins(dev, address);
}

SEC("fentry")
int sync_device_fentry(__u64 *ctx)
{
	return sync_to_device(device_argument(ctx), ctx[1], ctx[3]);
}

SEC("fentry")
int sync_cpu_fentry(__u64 *ctx)
{
	return sync_begins(device_argument(ctx), ctx[1]);
}

SEC("kprobe")
int sync_device_kprobe(struct pt_regs *ctx)
{
	return sync_to_device(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			      PT_REGS_PARM4(ctx));
}

SEC("kprobe")
int sync_cpu_kprobe(struct pt_regs *ctx)
{
	return sync_begins(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx));
}

/* Return: COPY_* */
static __noinline __u32 copy_kind(__u64 address, __u32 direction)
{
	struct call_record sync;

	copies_seen = true;
	if (direction != DMA_TO_DEVICE)
		return COPY_FROM_DEVICE;
	return call_takes(address, address, &sync) ? COPY_AT_SYNC : COPY_AT_MAP;
}

/*
 * A copy may be preempted, and go on on another CPU, or be interrupted by
 * another one.
 */
static __always_inline __u32 bounce_begins(__u64 key, __u64 id, __u64 dev,
					   __u64 address, __u64 bytes,
					   __u32 direction)
{
	__u64 kind = copy_kind(address, direction);

	return call_begins(key, id, dev, kind << KIND_SHIFT | address,
			   bytes << BYTES_SHIFT |
				   (bpf_ktime_get_ns() & TIME_MASK));
}

/*
 * Leaves at the mapping's slot how long the copy took. The map, which is about
 * to return, finds it and knows the direction. A record of a mapping that is
 * still there stays: its unmap was missed, which the map notices, or a sync.
 */
static __noinline int note_copy(__u64 address, __u64 ns)
{
	const struct shadow_record noted = {
		.device = SHADOW_COPIED,
		.at = ns,
	};
	struct shadow_record *entry = shadow_of(address), *old;
	__u64 key = overflow_key(address);

	old = entry ?: bpf_map_lookup_elem(&overflow, &key);
	if (old && SHADOW_IS_KNOWN(old->device))
		return 0;
	if (!entry)
		return bpf_map_update_elem(&overflow, &key, &noted, BPF_ANY);
	entry->at = ns;
	store_last(&entry->device, SHADOW_COPIED);
	return 0;
}

static __always_inline int bounce_ends(const struct call_record *call)
{
	__u64 ns = (bpf_ktime_get_ns() - call->value) & TIME_MASK;
	__u64 address = call->subject & ((1ull << KIND_SHIFT) - 1);
	__u32 kind = call->subject >> KIND_SHIFT;
	struct device_record *record = device_of(call->dev);

	if (kind == COPY_AT_MAP)
		note_copy(address, ns);
	/* The compiler, which knows it, would leave out the check. */
	barrier_var(kind);
	if (record && kind < COPY_KINDS)
		count_copy(&record->copies[kind], call->value >> BYTES_SHIFT,
			   ns);
	return 0;
}

/*
 * The context of fentry and of fexit is the same place on the call's stack. It
 * is a typed pointer, from which the verifier allows no hash to be computed; a
 * copy of its lower half is a number.
 */
static __always_inline __u32 place_key(const __u64 *ctx)
{
	__u32 key;

	asm volatile("%0 = %1" : "=w"(key) : "w"((__u32)(__u64)ctx));
	return key;
}

SEC("fentry/swiotlb_bounce")
int bounce_fentry(__u64 *ctx)
{
	bounce_begins(place_key(ctx), (__u64)ctx, device_argument(ctx), ctx[1],
		      ctx[2], ctx[3]);
	return 0;
}

SEC("fexit/swiotlb_bounce")
int bounce_fexit(__u64 *ctx)
{
	struct call_record call;

	return call_ends(place_key(ctx), (__u64)ctx, &call) ? bounce_ends(&call)
							    : 0;
}

static __always_inline __u32 probed_bounce_begins(struct pt_regs *ctx)
{
	return bounce_begins(CALL_ENTERED(ctx), CALL_ENTERED(ctx),
			     PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			     PT_REGS_PARM3(ctx), PT_REGS_PARM4(ctx));
}

SEC("kprobe")
int bounce_kprobe(struct pt_regs *ctx)
{
	probed_bounce_begins(ctx);
	return 0;
}

SEC("kretprobe")
int bounce_kretprobe(struct pt_regs *ctx)
{
	struct call_record call;

	return call_ends(CALL_RETURNED(ctx), CALL_RETURNED(ctx), &call)
		       ? bounce_ends(&call)
		       : 0;
}

SEC("kprobe.session")
int bounce_session(struct pt_regs *ctx)
{
	struct call_record call;

	if (!session_returns(ctx)) {
		session_begins(ctx, probed_bounce_begins(ctx));
		return 0;
	}
	return session_ends(ctx, &call) ? bounce_ends(&call) : 0;
}

#endif

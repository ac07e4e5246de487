/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BOUNCES_BPF_H
#define BOUNCES_BPF_H

/* Copies: how many, and how long they take. */

#include "calls.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline void sync_begins(__u64 dev)
{
	struct device_record *record = device_of(dev);

	/* Two programs count here, and one may interrupt the other. */
	if (record)
		__sync_fetch_and_add(&record->syncs, 1);
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
 * A copy may be preempted, and go on on another CPU, or be interrupted by
 * another one.
 */
static __always_inline __u32 bounce_begins(__u64 key, __u64 id, __u64 dev,
					   __u64 address)
{
	return call_begins(key, id, dev, address, bpf_ktime_get_ns());
}

static __always_inline int bounce_ends(const struct call_record *call)
{
	__u64 now = bpf_ktime_get_ns();
	struct device_record *record = device_of(call->dev);

	if (!record)
		return 0;
	record->bounced++;
	record->bounce_ns += now - call->value;
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
	bounce_begins(place_key(ctx), (__u64)ctx, device_argument(ctx), ctx[1]);
	return 0;
}

SEC("fexit/swiotlb_bounce")
int bounce_fexit(__u64 *ctx)
{
	struct call_record call;

	return call_ends(place_key(ctx), (__u64)ctx, &call) ? bounce_ends(&call)
							    : 0;
}

SEC("kprobe")
int bounce_kprobe(struct pt_regs *ctx)
{
	bounce_begins(CALL_ENTERED(ctx), CALL_ENTERED(ctx), PT_REGS_PARM1(ctx),
		      PT_REGS_PARM2(ctx));
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
		session_begins(ctx, bounce_begins(CALL_ENTERED(ctx),
						  CALL_ENTERED(ctx),
						  PT_REGS_PARM1(ctx),
						  PT_REGS_PARM2(ctx)));
		return 0;
	}
	return session_ends(ctx, &call) ? bounce_ends(&call) : 0;
}

#endif

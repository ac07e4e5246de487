// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that do nothing, on the functions that ours are on: what hooks cost
 * before a single instruction of ours; and the same with the clock read at each
 * end, which no tool that knows a mapping's age can do without. A set is loaded
 * by a prefix of its names.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

/* Linux 6.12: both ends by trampoline. */
SEC("fexit/swiotlb_tbl_map_single")
int fast_map(void *ctx)
{
	return 0;
}

SEC("fentry/__swiotlb_tbl_unmap_single")
int fast_unmap(void *ctx)
{
	return 0;
}

/*
 * Linux 6.1: the map has more arguments than a trampoline takes there. Probes
 * on it, or a trampoline on its caller.
 */
SEC("fexit/swiotlb_map")
int direct_map(void *ctx)
{
	return 0;
}

SEC("fentry/swiotlb_tbl_unmap_single")
int direct_unmap(void *ctx)
{
	return 0;
}

SEC("kprobe/swiotlb_tbl_map_single")
int slow_map(void *ctx)
{
	return 0;
}

SEC("kretprobe/swiotlb_tbl_map_single")
int slow_map_return(void *ctx)
{
	return 0;
}

SEC("fentry/swiotlb_tbl_unmap_single")
int slow_unmap(void *ctx)
{
	return 0;
}

/*
 * Hooks whose programs are not preempted: kprobes, and ftrace's handlers by
 * kprobe.multi (5.18) and kprobe.session (6.10), both ends of a call in one.
 */
SEC("kprobe.multi/swiotlb_tbl_map_single")
int session_map(void *ctx)
{
	return 0;
}

SEC("kprobe.multi/swiotlb_tbl_unmap_single")
int session_unmap(void *ctx)
{
	return 0;
}

SEC("kprobe.multi/swiotlb_tbl_map_single")
int multi_map(void *ctx)
{
	return 0;
}

SEC("kretprobe.multi/swiotlb_tbl_map_single")
int multi_map_return(void *ctx)
{
	return 0;
}

SEC("kprobe.multi/swiotlb_tbl_unmap_single")
int multi_unmap(void *ctx)
{
	return 0;
}

/* The return alone sees no arguments; the copy at its end sees no failure. */
SEC("kretprobe.multi/swiotlb_tbl_map_single")
int end_map_return(void *ctx)
{
	return 0;
}

SEC("kprobe.multi/swiotlb_tbl_unmap_single")
int end_unmap(void *ctx)
{
	return 0;
}

SEC("kprobe.multi/swiotlb_bounce")
int copy_map(void *ctx)
{
	return 0;
}

SEC("kprobe.multi/swiotlb_tbl_unmap_single")
int copy_unmap(void *ctx)
{
	return 0;
}

SEC("kprobe/swiotlb_tbl_map_single")
int kprobe_map(void *ctx)
{
	return 0;
}

SEC("kretprobe/swiotlb_tbl_map_single")
int kprobe_map_return(void *ctx)
{
	return 0;
}

SEC("kprobe.multi/swiotlb_tbl_unmap_single")
int kprobe_unmap(void *ctx)
{
	return 0;
}

/* Without CONFIG_FPROBE, as in Debian's 6.1, there are kprobes alone. */
SEC("kprobe/swiotlb_tbl_map_single")
int plain_map(void *ctx)
{
	return 0;
}

SEC("kretprobe/swiotlb_tbl_map_single")
int plain_map_return(void *ctx)
{
	return 0;
}

SEC("kprobe/swiotlb_tbl_unmap_single")
int plain_unmap(void *ctx)
{
	return 0;
}

/* What is read must be used for the compiler to leave it in. */
__u64 read_at;

static __always_inline int read_clock(void)
{
	read_at = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/swiotlb_tbl_map_single")
int clock_fast_map(void *ctx)
{
	return read_clock();
}

SEC("fentry/__swiotlb_tbl_unmap_single")
int clock_fast_unmap(void *ctx)
{
	return read_clock();
}

SEC("fexit/swiotlb_map")
int clock_direct_map(void *ctx)
{
	return read_clock();
}

SEC("fentry/swiotlb_tbl_unmap_single")
int clock_direct_unmap(void *ctx)
{
	return read_clock();
}

SEC("fentry/native_queued_spin_lock_slowpath")
int lock_begin(void *ctx)
{
	return 0;
}

SEC("fexit/native_queued_spin_lock_slowpath")
int lock_end(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

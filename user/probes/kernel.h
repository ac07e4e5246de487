/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_KERNEL_H
#define PROBES_KERNEL_H

#include <bpf/libbpf.h>
#include <stdbool.h>

#include "model/snapshot.h"

/** kernel_describe() - release, architecture, CPUs, boot arguments, preemption
 */
void kernel_describe(struct kernel_info *info);

/** possible_cpus() - the highest number of a CPU that may come, and one */
unsigned int possible_cpus(void);

/**
 * kernel_preemption() - how the kernel preempts
 *
 * Found when first asked for, which reads the kernel's types, and kept: hooks
 * are chosen by it once.
 *
 * Return: PREEMPTION_UNKNOWN if nothing readable shows it; to be treated as
 * preemptible, see preemption_hits_programs().
 */
enum preemption kernel_preemption(void);

/**
 * kernel_boot_request() - what the kernel understood of swiotlb=
 *
 * Found when first asked for, which reads the kernel's types, and kept.
 */
const struct boot_request *kernel_boot_request(void);

/**
 * kernel_keeps_peak() - counters of used slots move, where it has them
 *
 * From 7.3 on only if swiotlb= has track_hiwater.
 */
bool kernel_keeps_peak(void);

/**
 * kernel_check() - what every program needs, before any is loaded
 *
 * Logs one line that says what is missing and what to do.
 *
 * Return: 0, -EPERM (privileges) or -ENOENT (no BTF).
 */
int kernel_check(void);

/**
 * kernel_refuses() - a load failed for want of capabilities, or by lockdown
 * @error: what it failed with
 *
 * Logs what is needed, where it returns true.
 */
bool kernel_refuses(int error);

/**
 * kernel_forget_types() - free what of the kernel's types is in memory: 2 MiB
 *
 * Before a load, as libbpf reads them once more for it, and the memory of the
 * process has its peak there. What is asked below reads them again.
 */
void kernel_forget_types(void);

/**
 * kernel_forget() - free all that this file keeps of the kernel's types and
 *	functions; it is read again when asked for
 */
void kernel_forget(void);

/**
 * kernel_open_options() - how every skeleton is opened
 *
 * Relocations are for the types that we need. As they are named, libbpf does
 * not look for what they lack in all modules, which takes CAP_SYS_ADMIN
 * (libbpf 1.1, bpf_core_find_cands()). They are there until kernel_forget(), so
 * an object is loaded before.
 */
const struct bpf_object_open_opts *kernel_open_options(void);

/**
 * struct kernel_feature - what not every kernel has
 * @function: one that only kernels with the feature have
 * @missing: what to tell users of the others
 */
struct kernel_feature {
	const char *function;
	const char *missing;
};

/** kernel_device_blocks - blocks, and pools of a device's own made of them */
extern const struct kernel_feature kernel_device_blocks;

/** kernel_growing_pools - pools are added at run time (SWIOTLB_DYNAMIC) */
extern const struct kernel_feature kernel_growing_pools;

/** kernel_restricted_pools - pools of a device from which it allocates too */
extern const struct kernel_feature kernel_restricted_pools;

/** kernel_function_id() - its number in the kernel's BTF, or negative errno */
int kernel_function_id(const char *name);

/**
 * kernel_tracepoint_id() - the number of its type, or negative errno
 * @name: one of those that are taken out of the kernel's types (types.c)
 */
int kernel_tracepoint_id(const char *name);

/**
 * kernel_slot_type() - the number of struct io_tlb_slot, for bpf_rdonly_cast()
 *
 * Return: it; 0 = the kernel has no such function (before 6.2).
 */
uint32_t kernel_slot_type(void);

/** kernel_has_function() - the kernel's BTF has a function of that name */
bool kernel_has_function(const char *name);

/** kernel_has_function_args() - and that many parameters; 0 = any */
bool kernel_has_function_args(const char *name, unsigned int args);

/**
 * kernel_has_trampolines() - fentry and fexit programs can be attached
 *
 * They need direct calls of ftrace (register_fentry(),
 * kernel/bpf/trampoline.c), which arm64 has from 6.4 on.
 */
bool kernel_has_trampolines(void);

/**
 * kernel_counts_missed_probes() - it counts calls that kprobe programs miss
 *
 * From 6.7 on (trace_call_bpf(), kernel/trace/bpf_trace.c), which tells of them
 * in struct bpf_link_info as well.
 */
bool kernel_counts_missed_probes(void);

/**
 * kernel_has_member() - its struct of that name has such a member
 * @name: one of those that are taken out of the kernel's types (types.c)
 */
bool kernel_has_member(const char *name, const char *member);

/**
 * kernel_encrypts_memory() - the machine is a guest whose memory its host does
 *	not see (AMD SEV, Intel TDX), by the flags of its CPUs
 *
 * All DMA of such a guest is bounced.
 */
bool kernel_encrypts_memory(void);

/** kernel_runs_on_xen() - the machine is a guest of Xen, or its first one */
bool kernel_runs_on_xen(void);

/**
 * kernel_memory_end() - one past the last physical address of memory
 *
 * By the zones of /proc/zoneinfo, without memory of devices; as read for the
 * first time.
 *
 * Return: 0 when it cannot be read.
 */
uint64_t kernel_memory_end(void);

/**
 * kernel_dma_is_direct() - no device's DMA goes through an IOMMU or Xen
 * @reason: set to what it goes through, when false
 *
 * Then all that swiotlb_tbl_map_single() is asked for comes from
 * swiotlb_map(): dma-iommu and swiotlb-xen are its only other callers (6.1).
 */
bool kernel_dma_is_direct(const char **reason);

/** kernel_has_session() - it has kprobe.session; a hook_candidate.suits */
bool kernel_has_session(const char **difference);

/**
 * kernel_maps_physical() - swiotlb_map() sees all maps, and returns a physical
 *	address; a hook_candidate.usable
 */
bool kernel_maps_physical(const char **reason);

#endif

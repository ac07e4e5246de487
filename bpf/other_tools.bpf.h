/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OTHER_TOOLS_BPF_H
#define OTHER_TOOLS_BPF_H

/*
 * System calls by which other tools keep kprobe programs from running: see
 * tables.bpf.h. A kernel that does not count what is missed meanwhile (before
 * 6.7) leaves nothing else to count.
 */
#include "mapping_devices.bpf.h"

#include <bpf/bpf_tracing.h>

/* The loader's process, which makes none while programs are attached. */
__u32 loader_process;

/* Run once, before anything is attached. */
SEC("syscall")
int know_loader(void *ctx)
{
	loader_process = bpf_get_current_pid_tgid() >> 32;
	return 0;
}

static __always_inline bool hides_calls(__u32 command)
{
	return (command >= BPF_MAP_LOOKUP_ELEM &&
		command <= BPF_MAP_DELETE_ELEM) ||
	       command == BPF_MAP_LOOKUP_AND_DELETE_ELEM ||
	       (command >= BPF_MAP_LOOKUP_BATCH &&
		command <= BPF_MAP_DELETE_BATCH);
}

SEC("kprobe")
int other_tool_kprobe(struct pt_regs *ctx)
{
	struct mapping_cpu_record *cpu = this_cpu();

	if (cpu && hides_calls(PT_REGS_PARM1(ctx)) &&
	    bpf_get_current_pid_tgid() >> 32 != loader_process)
		cpu->hidden++;
	return 0;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OTHER_TOOLS_BPF_H
#define OTHER_TOOLS_BPF_H

/*
 * Counts the system calls of other tools that keep kprobe programs from
 * running, see tables.bpf.h. Before 6.7 the kernel does not count the calls
 * that are missed meanwhile, so these system calls are all that can be counted.
 */
#include "mapping_devices.bpf.h"

#include <bpf/bpf_tracing.h>

/* Our own process, which makes no such call while programs are attached. */
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

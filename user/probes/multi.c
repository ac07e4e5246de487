// SPDX-License-Identifier: GPL-2.0-only
#include "probes/multi.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probes/kernel.h"
#include "probes/tables.h"

/*
 * Calls of a function that may be in progress at once, on all CPUs together. A
 * task that is preempted in the function keeps its node.
 */
#define RETURN_NODES 1024

static unsigned int attach_type(enum multi_kind kind)
{
	return kind == MULTI_SESSION ? TRACE_KPROBE_SESSION
				     : BPF_TRACE_KPROBE_MULTI;
}

void multi_prepare(struct bpf_program *program, enum multi_kind kind)
{
	bpf_program__set_expected_attach_type(program, attach_type(kind));
}

/* Return: 0 when there is no such function, or addresses are hidden. */
static uint64_t address_of(const char *function)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	uint64_t address, found = 0;
	char name[256];

	if (!file)
		return 0;
	while (!found && fscanf(file, "%" SCNx64 " %*c %255s%*[^\n]", &address,
				name) == 2)
		if (!strcmp(name, function))
			found = address;
	fclose(file);
	return found;
}

/*
 * Up to 6.13 a link has two nodes a CPU for returns, for each address that it
 * is given. An address that is given several times adds nodes and nothing else
 * (fprobe_init_rethook(), __ftrace_match_addr()). Later kernels keep returns on
 * a stack of each task.
 */
static unsigned int copies_of_address(enum multi_kind kind)
{
	unsigned int nodes = 2 * possible_cpus();

	if (kind == MULTI_ENTRY || !kernel_has_member("fprobe", "rethook"))
		return 1;
	return (RETURN_NODES + nodes - 1) / nodes;
}

static int create_link(int program_fd, enum multi_kind kind,
		       const char *function, const uint64_t *addresses,
		       unsigned int count)
{
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = program_fd,
			.attach_type = attach_type(kind),
			.kprobe_multi = {
				.flags = kind == MULTI_RETURN
						 ? BPF_F_KPROBE_MULTI_RETURN
						 : 0,
				.cnt = count,
			},
		},
	};
	int fd;

	if (addresses)
		attr.link_create.kprobe_multi.addrs = (uintptr_t)addresses;
	else
		attr.link_create.kprobe_multi.syms = (uintptr_t)&function;
	fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	return fd < 0 ? -errno : fd;
}

int multi_attach(int program_fd, const char *function, enum multi_kind kind)
{
	unsigned int copies = copies_of_address(kind);
	uint64_t address = copies > 1 ? address_of(function) : 0;
	uint64_t *addresses;
	int fd;

	if (!address)
		return create_link(program_fd, kind, function, NULL, 1);
	addresses = calloc(copies, sizeof(*addresses));
	if (!addresses)
		return -ENOMEM;
	for (unsigned int i = 0; i < copies; i++)
		addresses[i] = address;
	fd = create_link(program_fd, kind, function, addresses, copies);
	free(addresses);
	return fd;
}

/* The part of struct bpf_link_info of 6.9 that is needed here */
struct link_info {
	__u32 type;
	__u32 id;
	__u32 prog_id;
	__u32 pad;
	union {
		struct {
			__u64 addrs;
			__u32 count;
			__u32 flags;
			__u64 missed;
		} multi;
		struct {
			__u32 type;
			__u32 pad;
			__u64 name;
			__u32 name_len;
			__u32 offset;
			__u64 addr;
			__u64 missed;
		} probe;
	};
};

#define LINK_TYPE_PERF_EVENT   7
#define LINK_TYPE_KPROBE_MULTI 8

uint64_t link_missed(int link_fd)
{
	struct link_info info = {};
	union bpf_attr attr = {
		.info = {
			.bpf_fd = link_fd,
			.info_len = sizeof(info),
			.info = (uintptr_t)&info,
		},
	};

	if (syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)))
		return 0;
	if (info.type == LINK_TYPE_KPROBE_MULTI)
		return info.multi.missed;
	return info.type == LINK_TYPE_PERF_EVENT ? info.probe.missed : 0;
}

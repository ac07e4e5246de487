// SPDX-License-Identifier: GPL-2.0-only
#include "probes/kfunc.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "include/pools.h"
#include "probes/kernel.h"

#define SECTION "syscall/"

static void write_calls(struct bpf_insn *insns, size_t count, int id)
{
	for (size_t i = 0; i < count; i++) {
		if (insns[i].code != (BPF_JMP | BPF_CALL) || insns[i].src_reg ||
		    insns[i].imm != KFUNC_PLACEHOLDER)
			continue;
		insns[i].src_reg = BPF_PSEUDO_KFUNC_CALL;
		insns[i].imm = id;
	}
}

/* Here a program's functions stand behind it, as the kernel will see them. */
static int resolve_calls(struct bpf_program *program,
			 struct bpf_prog_load_opts *options, long cookie)
{
	const char *name = bpf_program__section_name(program) + strlen(SECTION);
	size_t count = bpf_program__insn_cnt(program);
	int id = kernel_function_id(name);
	struct bpf_insn *insns;
	int error;

	(void)cookie;
	options->prog_flags |= BPF_F_SLEEPABLE;
	if (id <= 0)
		return 0;
	insns = calloc(count, sizeof(*insns));
	if (!insns)
		return -ENOMEM;
	memcpy(insns, bpf_program__insns(program), count * sizeof(*insns));
	write_calls(insns, count, id);
	error = bpf_program__set_insns(program, insns, count);
	free(insns);
	return error;
}

int kfunc_resolve_calls(void)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, options,
		    .prog_prepare_load_fn = resolve_calls);
	static bool registered;
	int id;

	if (registered)
		return 0;
	id = libbpf_register_prog_handler(SECTION, BPF_PROG_TYPE_SYSCALL, 0,
					  &options);
	registered = id >= 0;
	return registered ? 0 : id;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "probes/kfunc.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "include/kfuncs.h"
#include "probes/kernel.h"
#include "probes/multi.h"

static const struct {
	__s32 number;
	const char *name;
} functions[] = {
	{ KFUNC_RDONLY_CAST, "bpf_rdonly_cast" },
	{ KFUNC_SESSION_IS_RETURN, "bpf_session_is_return" },
	{ KFUNC_SESSION_COOKIE, "bpf_session_cookie" },
};

static void resolve_call(struct bpf_insn *insn)
{
	if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg)
		return;
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		int id = insn->imm == functions[i].number
				 ? kernel_function_id(functions[i].name)
				 : 0;

		if (id <= 0)
			continue;
		insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
		insn->imm = id;
		return;
	}
}

/* Here a program's functions stand behind it, as the kernel will see them. */
static int resolve_calls(struct bpf_program *program,
			 struct bpf_prog_load_opts *options, long flags)
{
	size_t count = bpf_program__insn_cnt(program);
	struct bpf_insn *insns = calloc(count, sizeof(*insns));
	int error;

	options->prog_flags |= flags;
	if (!insns)
		return -ENOMEM;
	memcpy(insns, bpf_program__insns(program), count * sizeof(*insns));
	for (size_t i = 0; i < count; i++)
		resolve_call(&insns[i]);
	error = bpf_program__set_insns(program, insns, count);
	free(insns);
	return error;
}

static int handle_section(const char *section, enum bpf_prog_type type,
			  unsigned int attach_type, long flags)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, options, .cookie = flags,
		    .prog_prepare_load_fn = resolve_calls);
	int id = libbpf_register_prog_handler(section, type, attach_type,
					      &options);

	return id < 0 ? id : 0;
}

int kfunc_resolve_calls(void)
{
	static bool registered;
	int error;

	if (registered)
		return 0;
	error = handle_section("syscall", BPF_PROG_TYPE_SYSCALL, 0,
			       BPF_F_SLEEPABLE);
	if (!error)
		error = handle_section("kprobe.session", BPF_PROG_TYPE_KPROBE,
				       TRACE_KPROBE_SESSION, 0);
	registered = !error;
	return error;
}

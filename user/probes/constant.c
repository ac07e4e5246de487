// SPDX-License-Identifier: GPL-2.0-only
#include "probes/constant.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

/* A load of 64 bits is two instructions, with half of the constant in each. */
static bool is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static void write_narrow(struct bpf_insn *insn, uint64_t placeholder,
			 uint64_t value)
{
	if ((uint32_t)insn->imm == placeholder)
		insn->imm = value;
}

static void write_wide(struct bpf_insn *insn, uint64_t placeholder,
		       uint64_t value, uint8_t source)
{
	if ((uint32_t)insn[0].imm != (uint32_t)placeholder ||
	    (uint32_t)insn[1].imm != placeholder >> 32)
		return;
	insn[0].src_reg = source;
	insn[0].imm = value;
	insn[1].imm = value >> 32;
}

/* @source: 0, or what the value stands for: BPF_PSEUDO_* */
static int write_in(struct bpf_program *program, uint64_t placeholder,
		    uint64_t value, uint8_t source)
{
	size_t count = bpf_program__insn_cnt(program);
	struct bpf_insn *insns = calloc(count, sizeof(*insns));
	int error;

	if (!insns)
		return -ENOMEM;
	memcpy(insns, bpf_program__insns(program), count * sizeof(*insns));
	for (size_t i = 0; i < count; i++) {
		if (is_wide(&insns[i]))
			write_wide(&insns[i++], placeholder, value, source);
		else
			write_narrow(&insns[i], placeholder, value);
	}
	error = bpf_program__set_insns(program, insns, count);
	free(insns);
	return error;
}

static int write_in_all(struct bpf_object *object, uint64_t placeholder,
			uint64_t value, uint8_t source)
{
	struct bpf_program *program;
	int error;

	bpf_object__for_each_program(program, object)
	{
		error = bpf_program__autoload(program)
				? write_in(program, placeholder, value, source)
				: 0;
		if (error)
			return error;
	}
	return 0;
}

int constant_write(struct bpf_object *object, uint64_t placeholder,
		   uint64_t value)
{
	return write_in_all(object, placeholder, value, 0);
}

int constant_write_address(struct bpf_object *object, uint64_t placeholder,
			   const struct bpf_map *map)
{
	return write_in_all(object, placeholder, bpf_map__fd(map),
			    BPF_PSEUDO_MAP_VALUE);
}

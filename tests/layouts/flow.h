/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAYOUTS_FLOW_H
#define LAYOUTS_FLOW_H

/*
 * Which instructions of a program can run, given what is constant in it.
 *
 * libbpf replaces an access to a member that the kernel does not have by a call
 * of a function that does not exist. That is no error as long as a branch on a
 * constant, such as bpf_core_field_exists(), leads around it: the verifier
 * removes what cannot run. This is the part of the verifier that decides it,
 * without paths: where two meet, a value is constant if both have the same.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The part of a context that is followed, in 32-bit words. */
#define FLOW_CONTEXT_WORDS 64

/**
 * struct flow_context - what a program writes to its context
 * @known: the word has this value whenever the program ends
 * @words: the values
 */
struct flow_context {
	bool known[FLOW_CONTEXT_WORDS];
	uint32_t words[FLOW_CONTEXT_WORDS];
};

/**
 * struct flow_program - a program as it is loaded
 * @insns: its instructions, with those of its functions
 * @count: how many
 * @constant: reads @size bytes at @offset of the value of an array that
 *	nothing changes; false = there is none
 */
struct flow_program {
	const struct bpf_insn *insns;
	size_t count;
	bool (*constant)(int map_fd, uint32_t offset, unsigned int size,
			 uint64_t *value);
};

/**
 * flow_check() - find a call of a function that does not exist
 * @program: the program
 * @context: set to what it writes
 *
 * Return: the number of the first such instruction that can run, -ENOENT = none
 * can, or -ENOMEM.
 */
long flow_check(const struct flow_program *program,
		struct flow_context *context);

#endif

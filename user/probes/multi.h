/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_MULTI_H
#define PROBES_MULTI_H

/*
 * Links of kprobe.multi (5.18) and kprobe.session (6.10): ftrace calls their
 * programs, with preemption disabled. They are made by the system call, because
 * libbpf 1.1 knows no session and accepts no address twice.
 */

#include <bpf/libbpf.h>
#include <stdint.h>

/* enum bpf_attach_type of 6.10 and later */
#define TRACE_KPROBE_SESSION 56

/**
 * enum multi_kind - when the program runs
 * @MULTI_ENTRY: when the function is called
 * @MULTI_RETURN: when it returns
 * @MULTI_SESSION: both
 */
enum multi_kind {
	MULTI_ENTRY,
	MULTI_RETURN,
	MULTI_SESSION,
};

/** multi_prepare() - have a kprobe program loaded for such a link */
void multi_prepare(struct bpf_program *program, enum multi_kind kind);

/**
 * multi_attach() - link a program that is loaded
 * @program_fd: multi_prepare() was called for it, with the same kind
 * @function: of the kernel
 * @kind: when it runs
 *
 * Return: the link's descriptor, which detaches when it is closed; or negative
 * errno.
 */
int multi_attach(int program_fd, const char *function, enum multi_kind kind);

/**
 * link_missed() - calls for which a link did not run its program
 * @link_fd: of a kprobe, kretprobe, kprobe.multi or kprobe.session
 *
 * Return: the count; 0 before 6.7, which does not report it: see
 * bpf/links.bpf.h.
 */
uint64_t link_missed(int link_fd);

#endif

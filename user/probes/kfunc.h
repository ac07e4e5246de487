/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_KFUNC_H
#define PROBES_KFUNC_H

/**
 * kfunc_resolve_calls() - resolve the calls of kernel functions in programs
 *
 * To be called before a skeleton is opened whose programs call a function of
 * include/kfuncs.h, in a section "syscall" or "kprobe.session". If the kernel
 * lacks the function, the call stays unresolved, and the verifier rejects it: a
 * program must not reach the call on such a kernel.
 *
 * libbpf can resolve externs, but it searches all modules for a function that
 * vmlinux lacks, which takes CAP_SYS_ADMIN (libbpf 1.1, load_module_btfs()).
 *
 * Return: 0 or negative errno.
 */
int kfunc_resolve_calls(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_KFUNC_H
#define PROBES_KFUNC_H

/**
 * kfunc_resolve_calls() - fill in the calls of kernel functions in programs
 *
 * Before a skeleton is opened whose programs call one of include/kfuncs.h, in a
 * section "syscall" or "kprobe.session". Where the kernel has no such function
 * the calls stay as they are, which the verifier refuses: a program must not
 * reach them there.
 *
 * libbpf resolves externs itself, but looks for a function that vmlinux lacks
 * in all modules, which takes CAP_SYS_ADMIN (libbpf 1.1, load_module_btfs()).
 *
 * Return: 0 or negative errno.
 */
int kfunc_resolve_calls(void);

#endif

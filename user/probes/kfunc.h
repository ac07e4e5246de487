/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_KFUNC_H
#define PROBES_KFUNC_H

/**
 * kfunc_resolve_calls() - fill in the calls of kernel functions in programs
 *
 * Before a skeleton is opened whose programs have a section "syscall/NAME",
 * NAME being the kernel function that they call by KFUNC_PLACEHOLDER.
 * Where the kernel has none of that name the calls stay as they are, which the
 * verifier refuses: such a program must not reach them.
 *
 * libbpf resolves externs itself, but looks for a function that vmlinux lacks
 * in all modules, which takes CAP_SYS_ADMIN (libbpf 1.1, load_module_btfs()).
 *
 * Return: 0 or negative errno.
 */
int kfunc_resolve_calls(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAYOUTS_KERNEL_STUB_H
#define LAYOUTS_KERNEL_STUB_H

/*
 * A kernel of which only the types are there. Linked into a program, it answers
 * the system calls by which libbpf loads and attaches, so that the loader of
 * the tool runs as it is: it resolves programs against the types, chooses
 * candidates, and is refused what the kernel would refuse for its types.
 */

/**
 * stub_kernel() - be the kernel of these types
 * @btf: file with the content of /sys/kernel/btf/vmlinux
 *
 * Return: 0 or negative errno.
 */
int stub_kernel(const char *btf);

/** stub_refused() - programs that access what the kernel does not have */
unsigned int stub_refused(void);

#endif

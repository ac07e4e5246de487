/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_KERNEL_H
#define PROBES_KERNEL_H

#include "model/snapshot.h"

/** kernel_describe() - release, architecture, CPUs, boot arguments */
void kernel_describe(struct kernel_info *info);

/**
 * kernel_check() - what every program needs, before any is loaded
 *
 * Logs one line that says what is missing and what to do.
 *
 * Return: 0, -EPERM (privileges) or -ENOENT (no BTF).
 */
int kernel_check(void);

#endif

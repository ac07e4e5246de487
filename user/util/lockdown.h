/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_LOCKDOWN_H
#define UTIL_LOCKDOWN_H

/* The kernel's lockdown: what it keeps even root from doing. */

#include <stdbool.h>

#define SECURITYFS    "/sys/kernel/security"
#define LOCKDOWN_PATH SECURITYFS "/lockdown"

/**
 * lockdown_mode() - the mode in force
 *
 * Return: "none", "integrity" or "confidentiality"; "" for a kernel without
 * lockdown; NULL if it is unknown. Valid until the next call.
 */
const char *lockdown_mode(void);

/**
 * lockdown_forbids_bpf() - BPF programs may not read the kernel's memory
 *
 * So it is at confidentiality alone (security/security.c, 6.1:
 * LOCKDOWN_BPF_READ_KERNEL, LOCKDOWN_KPROBES and LOCKDOWN_PERF). The verifier
 * then says -EINVAL, as the helper that reads does not exist.
 */
bool lockdown_forbids_bpf(void);

/**
 * lockdown_closes_debugfs() - most of its files cannot be opened
 *
 * At integrity already: those that somebody could write to, or that not only
 * read (debugfs_locked_down() in fs/debugfs/file.c, 6.1).
 */
bool lockdown_closes_debugfs(void);

#endif

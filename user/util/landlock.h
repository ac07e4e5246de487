/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_LANDLOCK_H
#define UTIL_LANDLOCK_H

/* Landlock, for which Debian 12 has no library: by system calls. */

#include "util/confine.h"

/** landlock_abi() - the kernel's version of it, from 1 on; 0 = none */
unsigned int landlock_abi(void);

/** landlock_missing() - why there is none; NULL = there is */
const char *landlock_missing(void);

/**
 * landlock_restrict() - restrict this thread to what is needed
 * @needs: what is
 *
 * Files that are open stay so. /proc and /sys can be read; nothing can be
 * executed. From ABI 4 (6.7) on no TCP socket can be bound or connected, from
 * ABI 6 (6.12) on no signal be sent to, and no abstract Unix socket be reached
 * of, processes elsewhere. A filesystem cannot be mounted, and other processes
 * not be traced, with any. Takes no_new_privs or CAP_SYS_ADMIN.
 *
 * Return: 0 or negative errno.
 */
int landlock_restrict(const struct confine_needs *needs);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_CALL_FILTER_H
#define UTIL_CALL_FILTER_H

/* Which system calls may be made: seccomp, by libseccomp. */

#include "util/confine.h"

/** call_filter_missing() - why there is none; NULL = there is */
const char *call_filter_missing(void);

/**
 * call_filter_load() - allow what confine() says, refuse all else with EPERM
 * @needs: what is needed
 *
 * Takes no_new_privs or CAP_SYS_ADMIN.
 *
 * Return: 0 or negative errno.
 */
int call_filter_load(const struct confine_needs *needs);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_CAPABILITIES_H
#define UTIL_CAPABILITIES_H

/* The capabilities that this process has (capabilities(7)). */

#include <stdbool.h>

/** enum capability - those that somebody asks for, by the kernel's numbers */
enum capability {
	CAPABILITY_SYS_ADMIN = 21,
	CAPABILITY_SYSLOG = 34,
	CAPABILITY_PERFMON = 38,
	CAPABILITY_BPF = 39,
};

/**
 * capability_effective() - whether it is in effect
 *
 * CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON, which 5.8 split off from it.
 */
bool capability_effective(enum capability capability);

#endif

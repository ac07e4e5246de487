/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include <stdint.h>

/** monotonic_ns() - CLOCK_MONOTONIC in ns, as bpf_ktime_get_ns() gives it */
uint64_t monotonic_ns(void);

/** realtime_ns() - CLOCK_REALTIME in ns */
uint64_t realtime_ns(void);

/** boottime_ns() - CLOCK_BOOTTIME in ns: as the former, and counts sleep too */
uint64_t boottime_ns(void);

/** process_cpu_ns() - processor time of this process, in user and kernel mode
 */
uint64_t process_cpu_ns(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_LOCKS_H
#define PROBES_LOCKS_H

/*
 * Waits for area locks: LEVEL_LOCKS, LEVEL_CALLERS for who waits, and
 * LEVEL_TRACEPOINTS to compare.
 */

#include "probes/collector.h"

extern const struct collector locks_collector;

#endif

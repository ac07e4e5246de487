/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_AUDIT_H
#define PROBES_AUDIT_H

/* The audit of the allocator's own data, slot by slot: LEVEL_AUDIT. */

#include "probes/collector.h"

extern const struct collector audit_collector;

#endif

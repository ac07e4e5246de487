/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_HOLDS_H
#define PROBES_HOLDS_H

/* How often and how long area locks are held: LEVEL_HOLDS. */

#include "probes/collector.h"

extern const struct collector holds_collector;

#endif

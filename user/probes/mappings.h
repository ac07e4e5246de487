/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_MAPPINGS_H
#define PROBES_MAPPINGS_H

/* Every map and unmap: LEVEL_MAPPINGS; their copies: LEVEL_BOUNCES. */

#include "probes/collector.h"

extern const struct collector mappings_collector;

#endif

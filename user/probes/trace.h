/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_TRACE_H
#define PROBES_TRACE_H

/* Each map and unmap by itself, in the order of the areas' locks: LEVEL_TRACE.
 */

#include "probes/collector.h"

extern const struct collector trace_collector;

#endif

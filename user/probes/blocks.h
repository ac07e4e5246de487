/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_BLOCKS_H
#define PROBES_BLOCKS_H

/* Device blocks as they are allocated and freed: LEVEL_BLOCKS. */

#include "probes/collector.h"

extern const struct collector blocks_collector;

#endif

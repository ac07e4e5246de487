/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_DEBUG_H
#define PROBES_DEBUG_H

/*
 * Aids to see what the tool does when it is denied something, documented in
 * swiotlb(8): SWIOTLB_FORBID names hooks, or levels, that are treated as not
 * attachable; SWIOTLB_TABLE limits the entries of each table.
 */

#include <stdbool.h>
#include <stdint.h>

/**
 * debug_forbids() - SWIOTLB_FORBID names it
 * @hook: a hook, which a part up to a dot names as well, or a function
 */
bool debug_forbids(const char *hook);

/** debug_table() - @entries, or SWIOTLB_TABLE when that is fewer */
uint32_t debug_table(uint32_t entries);

#endif

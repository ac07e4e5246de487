/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_DEBUG_H
#define UTIL_DEBUG_H

/*
 * For debugging, documented in swiotlb(8): SWIOTLB_FORBID names hooks, levels,
 * functions or kinds of hooks that are treated as not attachable, and steps of
 * confine() that are left out; SWIOTLB_TABLE limits the number of entries of
 * each table; SWIOTLB_ATTACHES is how often hooks are attached.
 */

#include <stdbool.h>
#include <stdint.h>

/**
 * debug_forbids() - SWIOTLB_FORBID names it
 * @name: a hook, which its part before a dot names as well, a function, a kind,
 *	or a step
 */
bool debug_forbids(const char *name);

/** debug_table() - @entries, or SWIOTLB_TABLE when that is fewer */
uint32_t debug_table(uint32_t entries);

/** debug_attaches() - SWIOTLB_ATTACHES, or 1 */
unsigned long debug_attaches(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_STACKS_H
#define SWIOTLB_STACKS_H

#include "base.h"

/* Stacks that are told apart where stacks are wanted, or of wrong unmaps alone.
 */
#define STACKS_MAX    4096u
#define STACKS_FEW    128u
#define STACKS_PROBES 8u

/**
 * struct kept_stack - a stack that was seen
 * @hash: of its addresses; 0 = unused
 * @stack: the addresses
 */
struct kept_stack {
	__u64 hash;
	struct call_stack stack;
};

RECORD_SIZE(struct kept_stack, 200);

#endif

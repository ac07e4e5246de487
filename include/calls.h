/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_CALLS_H
#define SWIOTLB_CALLS_H

#include "base.h"

/* Calls of both ends of which a program is run, and that are on their way. */
#define CALLS_BITS   10u
#define CALLS_MAX    (1u << CALLS_BITS)
#define CALLS_PROBES 8u

/**
 * struct call_record - a call that has begun and not ended
 * @id: its place on the stack; 0 = unused
 * @dev: device
 * @subject: what is mapped or copied; who waits (task and LOCK_OP_*); the task
 *	that frees blocks
 * @value: bytes of a map, and in the upper half those that it allocates, where
 *	the kernel tells these apart; bytes of blocks to allocate; when a copy
 *or a call that may wait began, in ns
 */
struct call_record {
	__u64 id;
	__u64 dev;
	__u64 subject;
	__u64 value;
};

RECORD_SIZE(struct call_record, 32);

#endif

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
 * @subject: what is mapped; the slot that is copied or synced, and in the upper
 *	byte COPY_*; who waits (task and LOCK_OP_*); the task that frees blocks
 * @value: bytes of a map, in the upper half those that it allocates, where the
 *	kernel tells these apart, and in the upper 2 bits its direction; bytes
 * of blocks to allocate; when a call that may wait began, in ns; when a copy
 *	began, and above that its bytes
 */
struct call_record {
	__u64 id;
	__u64 dev;
	__u64 subject;
	__u64 value;
};

RECORD_SIZE(struct call_record, 32);

#endif

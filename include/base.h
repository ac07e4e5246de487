/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_BASE_H
#define SWIOTLB_BASE_H

/*
 * What every record shares. Records are read by BPF programs and by the
 * loader alike, so they hold fixed-width types and explicit padding only.
 */

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define RECORD_NAME_LEN	   64 /* dev_name(), cut with a NUL */
#define RECORD_STACK_DEPTH 24
#define RECORD_BUCKETS	   32

/* include/linux/swiotlb.h, unchanged since 2.6 (shift) and 3.x (segment) */
#define TLB_SHIFT	  11
#define TLB_SLOT_BYTES	  (1u << TLB_SHIFT)
#define TLB_SEGMENT_SLOTS 128u
/* IO_TLB_BLOCKSIZE of the patched kernel */
#define TLB_BLOCK_SEGMENTS 8u
#define TLB_BLOCK_SLOTS	   (TLB_BLOCK_SEGMENTS * TLB_SEGMENT_SLOTS)

/** struct call_stack - return addresses, innermost first, 0 after the last */
struct call_stack {
	__u64 addr[RECORD_STACK_DEPTH];
};

/** struct histogram_record - see struct histogram of the model */
struct histogram_record {
	__u64 count[RECORD_BUCKETS];
};

#define RECORD_SIZE(type, size)                                                \
	_Static_assert(sizeof(type) == (size), #type " changed its size")

RECORD_SIZE(struct call_stack, 192);
RECORD_SIZE(struct histogram_record, 256);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_LINKS_H
#define SWIOTLB_LINKS_H

#include "base.h"

/**
 * struct link_request - context of read_link_missed
 * @fd: of the loader, a link to a kprobe, kretprobe, kprobe.multi or its return
 * @pad: zero
 * @missed: out: calls that were not passed on to its program
 */
struct link_request {
	__u32 fd;
	__u32 pad;
	__u64 missed;
};

RECORD_SIZE(struct link_request, 16);

#endif

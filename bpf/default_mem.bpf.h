/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEFAULT_MEM_BPF_H
#define DEFAULT_MEM_BPF_H

/* Address of io_tlb_default_mem; 0 = not known. Set before the load. */
const volatile __u64 default_mem;

#endif

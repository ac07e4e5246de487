/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_KFUNCS_H
#define SWIOTLB_KFUNCS_H

/*
 * Kernel functions that programs call (kfuncs), as the numbers of helpers until
 * the loader writes the functions' ids there: see probes/kfunc.h.
 */
#define KFUNC_RDONLY_CAST	0x736c0001
#define KFUNC_SESSION_IS_RETURN 0x736c0002
#define KFUNC_SESSION_COOKIE	0x736c0003

#endif

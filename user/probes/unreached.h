/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_UNREACHED_H
#define PROBES_UNREACHED_H

/*
 * Mappings that were refused because their device does not reach the slots, and
 * whose unmap no hook saw: bpf/reach.bpf.h.
 */

#include "probes/shadow.h"

struct mappings_bpf;

/**
 * unreached_collect() - count them, and remove their records
 * @shadow: mapped
 * @skel: has the programs
 * @live: the live mappings as just counted; counted again where records were
 *	removed
 *
 * Return: 0 or negative errno.
 */
int unreached_collect(const struct shadow *shadow, struct mappings_bpf *skel,
		      struct live_counts *live);

#endif

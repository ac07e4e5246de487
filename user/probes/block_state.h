/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_BLOCK_STATE_H
#define PROBES_BLOCK_STATE_H

#include "probes/pools.h"
#include "probes/slots.h"

/**
 * block_state_read() - what the block lists say, held against who lives
 * @pools: the pools; may be refreshed
 * @reader: reads slots and block lists
 * @snap: its pools are filled in; their areas' blocks, whether they are stale,
 *	and snap->owners are set, owners without what only their allocation
 *	shows
 *
 * Return: 0 or negative errno.
 */
int block_state_read(struct pools *pools, const struct slot_reader *reader,
		     struct snapshot *snap);

#endif

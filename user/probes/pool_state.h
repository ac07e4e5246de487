/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_POOL_STATE_H
#define PROBES_POOL_STATE_H

/* Occupancy, runs and damage of all pools, from the kernel's state. */

#include "probes/pools.h"

/**
 * pool_state_read() - fill in snap->pools from state
 * @pools: the reader
 * @snap: its pools are empty; their blocks are read by block_state_read()
 *
 * Return: 0 or negative errno; @snap may hold a part.
 */
int pool_state_read(struct pools *pools, struct snapshot *snap);

#endif

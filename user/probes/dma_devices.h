/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_DMA_DEVICES_H
#define PROBES_DMA_DEVICES_H

/* Why devices bounce: a part of the state, read on demand. */

#include "model/snapshot.h"
#include "probes/pools.h"

struct dma_devices;

/** dma_devices_start() - NULL: no memory */
struct dma_devices *dma_devices_start(const struct pools *pools);

/** dma_devices_stop() - before pools_stop(); NULL is fine */
void dma_devices_stop(struct dma_devices *devices);

/**
 * dma_devices_read() - fill in who can bounce, and why each device does
 * @devices: the reader
 * @snap: its pools and devices are filled in
 *
 * The walk over all devices takes 1 % of the time at most: a snapshot that
 * comes too early has what the one before it had.
 *
 * Return: 0 or negative errno.
 */
int dma_devices_read(struct dma_devices *devices, struct snapshot *snap);

#endif

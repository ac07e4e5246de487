/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_BLOCK_QUEUES_H
#define UTIL_BLOCK_QUEUES_H

/* What disks behind a device may ask for at once. */

#include <stddef.h>
#include <stdint.h>

/**
 * block_queue_limit() - the largest request of the disks behind a device
 * @root: where sysfs shows disks, "/sys/block"
 * @device: name of the device that does their DMA, such as "0000:00:05.0"
 * @disk: set to the name of that disk; "" = none is behind it
 * @len: size of @disk
 *
 * Return: max_hw_sectors_kb of that disk's queue, in bytes; 0 = none.
 */
uint64_t block_queue_limit(const char *root, const char *device, char *disk,
			   size_t len);

#endif

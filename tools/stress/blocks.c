// SPDX-License-Identifier: GPL-2.0-only
/* Pools of a device's own, on kernels that have them. */
#include <linux/align.h>
#include <linux/module.h>

#include "stress.h"

/* Slots in a block: the unit in which a kernel with device pools gives them
 * out. */
#define BLOCK_SLOTS (8 * IO_TLB_SEGSIZE)

/*
 * Looked up when needed, so that one module loads on kernels with and without
 * the functions.
 */
#define ALLOCATE "swiotlb_device_allocate"
#define FREE	 "swiotlb_device_free"
typedef int (*allocate_fn)(struct device *dev, unsigned int areas,
			   unsigned long size);
typedef void (*free_fn)(struct device *dev);

/* A pool is replaced: nothing may be mapped in the old one, for its unmap would
 * go to the new one. */
static int check_idle(struct stress_args *args, const char *command)
{
	if (stress_device_idle(args->dev))
		return 0;
	return stress_fail(args, -EBUSY, "%s: device %d has loads or mappings",
			   command, args->dev->id);
}

int stress_block_alloc(struct stress_args *args)
{
	struct stress_device *sdev = args->dev;
	u64 size = args->value[KEY_SIZE];
	allocate_fn allocate;
	int err = check_idle(args, "block-alloc");

	if (err)
		return err;
	if (sdev->block_bytes)
		return stress_fail(args, -EEXIST,
				   "block-alloc: device %d has a pool already",
				   sdev->id);
	allocate = (allocate_fn)__symbol_get(ALLOCATE);
	if (!allocate)
		return stress_fail(args, -EOPNOTSUPP,
				   "block-alloc: this kernel has no " ALLOCATE);
	err = allocate(sdev->dev, args->value[KEY_AREAS], size);
	__symbol_put(ALLOCATE);
	if (err) {
		sdev->block_failures++;
		return stress_fail(
			args, err,
			"block-alloc: the kernel refused %llu bytes in %llu areas (error %d)",
			size, args->value[KEY_AREAS], err);
	}
	sdev->block_allocs++;
	sdev->block_bytes = ALIGN(size >> IO_TLB_SHIFT, BLOCK_SLOTS)
			    << IO_TLB_SHIFT;
	return 0;
}

/* Gives a device's pool back; nothing may be mapped in it. */
int stress_device_block_free(struct stress_device *sdev)
{
	free_fn free = (free_fn)__symbol_get(FREE);

	if (!free)
		return -EOPNOTSUPP;
	free(sdev->dev);
	__symbol_put(FREE);
	sdev->block_frees++;
	sdev->block_bytes = 0;
	return 0;
}

int stress_block_free(struct stress_args *args)
{
	free_fn free = (free_fn)__symbol_get(FREE);
	int err;

	if (!free)
		return stress_fail(args, -EOPNOTSUPP,
				   "block-free: this kernel has no " FREE);
	__symbol_put(FREE);
	if (!args->dev->block_bytes)
		return stress_fail(args, -ENOENT,
				   "block-free: device %d has no pool",
				   args->dev->id);
	err = check_idle(args, "block-free");
	return err ?: stress_device_block_free(args->dev);
}

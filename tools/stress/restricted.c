// SPDX-License-Identifier: GPL-2.0-only
/* Restricted pools, on a kernel that makes them at run time. */
#include <linux/align.h>
#include <linux/io.h>
#include <linux/module.h>

#include "stress.h"

/*
 * Looked up when needed, so that one module loads on kernels with and without
 * the functions.
 */
#define RESTRICT   "swiotlb_restrict_device"
#define UNRESTRICT "swiotlb_unrestrict_device"
typedef int (*restrict_fn)(struct device *dev, phys_addr_t base, size_t size);
typedef void (*unrestrict_fn)(struct device *dev);

/* Gives a device's restricted pool back; nothing may be mapped in it. */
int stress_device_unrestrict(struct stress_device *sdev)
{
	unrestrict_fn unrestrict = (unrestrict_fn)__symbol_get(UNRESTRICT);

	if (!unrestrict)
		return -EOPNOTSUPP;
	unrestrict(sdev->dev);
	__symbol_put(UNRESTRICT);
	stress_buffer_free(sdev->restricted, sdev->restricted_bytes);
	sdev->restricted = NULL;
	sdev->restricted_bytes = 0;
	return 0;
}

static int restrict_device(struct stress_args *args, restrict_fn make)
{
	struct stress_device *sdev = args->dev;
	size_t size = ALIGN(args->value[KEY_SIZE], STRESS_SEGMENT_BYTES);
	void *memory = stress_buffer_alloc(size);
	int err;

	if (!memory)
		return stress_fail(args, -ENOMEM,
				   "restrict: no %zu contiguous bytes", size);
	err = make(sdev->dev, virt_to_phys(memory), size);
	if (err) {
		stress_buffer_free(memory, size);
		return stress_fail(args, err,
				   "restrict: the kernel refused (error %d)",
				   err);
	}
	sdev->restricted = memory;
	sdev->restricted_bytes = size;
	return 0;
}

/* A pool is replaced: what was mapped in the old one would be unmapped in the
 * new one. */
int stress_restrict(struct stress_args *args)
{
	struct stress_device *sdev = args->dev;
	restrict_fn make;
	int err;

	if (!stress_device_idle(sdev))
		return stress_fail(args, -EBUSY,
				   "restrict: device %d has loads or mappings",
				   sdev->id);
	if (sdev->restricted || sdev->block_bytes)
		return stress_fail(args, -EEXIST,
				   "restrict: device %d has a pool already",
				   sdev->id);
	make = (restrict_fn)__symbol_get(RESTRICT);
	if (!make)
		return stress_fail(args, -EOPNOTSUPP,
				   "restrict: this kernel has no " RESTRICT);
	err = restrict_device(args, make);
	__symbol_put(RESTRICT);
	return err;
}

int stress_unrestrict(struct stress_args *args)
{
	if (!args->dev->restricted)
		return stress_fail(args, -ENOENT,
				   "unrestrict: device %d has no pool",
				   args->dev->id);
	if (!stress_device_idle(args->dev))
		return stress_fail(
			args, -EBUSY,
			"unrestrict: device %d has loads or mappings",
			args->dev->id);
	return stress_device_unrestrict(args->dev);
}

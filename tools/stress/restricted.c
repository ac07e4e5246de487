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

static int unrestrict_device(struct stress_device *sdev)
{
	unrestrict_fn unrestrict = (unrestrict_fn)__symbol_get(UNRESTRICT);

	if (!unrestrict)
		return -EOPNOTSUPP;
	unrestrict(sdev->dev);
	__symbol_put(UNRESTRICT);
	stress_buffer_free(sdev->restricted, sdev->restricted_bytes);
	sdev->restricted = NULL;
	return 0;
}

/* Whether the device has a restricted pool, or one that takes its place. */
bool stress_device_restricted(const struct stress_device *sdev)
{
	return sdev->restricted || sdev->hollow;
}

/* Gives a device's restricted pool back; nothing may be mapped in it. */
int stress_device_unrestrict(struct stress_device *sdev)
{
	int err = 0;

	if (sdev->hollow) {
		stress_hollow_end(sdev->dev, sdev->hollow);
		sdev->hollow = NULL;
	} else {
		err = unrestrict_device(sdev);
	}
	if (!err)
		sdev->restricted_bytes = 0;
	return err;
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

static int hollow_device(struct stress_args *args)
{
	enum stress_pool kind = args->value[KEY_POOL];
	size_t size = kind == POOL_NONE ? 0
					: ALIGN(args->value[KEY_SIZE],
						STRESS_HOLLOW_ALIGN);
	struct stress_device *sdev = args->dev;
	struct stress_hollow *hollow =
		stress_hollow_make(sdev->dev, size, kind);

	if (IS_ERR(hollow))
		return stress_fail(
			args, PTR_ERR(hollow),
			"restrict: no pool of %zu bytes without memory (error %ld)",
			size, PTR_ERR(hollow));
	sdev->hollow = hollow;
	sdev->restricted_bytes = size;
	return 0;
}

/* A pool is replaced: what was mapped in the old one would be unmapped in the
 * new one. */
int stress_restrict(struct stress_args *args)
{
	struct stress_device *sdev = args->dev;
	enum stress_pool kind = args->value[KEY_POOL];
	restrict_fn make;
	int err;

	if (!stress_device_idle(sdev))
		return stress_fail(args, -EBUSY,
				   "restrict: device %d has loads or mappings",
				   sdev->id);
	if (stress_device_restricted(sdev) || sdev->block_bytes)
		return stress_fail(args, -EEXIST,
				   "restrict: device %d has a pool already",
				   sdev->id);
	if (kind != POOL_NONE && !args->value[KEY_SIZE])
		return stress_fail(args, -EINVAL, "restrict: needs 'size='");
	if (kind != POOL_USABLE)
		return hollow_device(args);
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
	if (!stress_device_restricted(args->dev))
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

// SPDX-License-Identifier: GPL-2.0-only
/* The devices: without a driver, which mapping does not need. */
#include <linux/dma-mapping.h>
#include <linux/idr.h>
#include <linux/log2.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "stress.h"

#define MAX_DEVICE_ID 99999

DEFINE_MUTEX(stress_lock);
LIST_HEAD(stress_devices);
struct stress_totals stress_totals;

static DEFINE_IDA(device_ids);

struct stress_device *stress_device_find(u64 id)
{
	struct stress_device *sdev;

	list_for_each_entry (sdev, &stress_devices, node) {
		if (sdev->id == id)
			return sdev;
	}
	return NULL;
}

/* True when the device has neither a load nor a mapping nor coherent memory, so
 * that its DMA parameters and its pool may change. */
bool stress_device_idle(struct stress_device *sdev)
{
	return !stress_loads_running(sdev) && list_empty(&sdev->filled) &&
	       list_empty(&sdev->leaks) && list_empty(&sdev->allocated);
}

void stress_device_counts(struct stress_device *sdev, struct stress_counts *sum)
{
	memset(sum, 0, sizeof(*sum));
	stress_counts_add(sum, &sdev->counts);
	stress_loads_add_counts(sdev, sum);
}

static void insert_by_id(struct stress_device *sdev)
{
	struct stress_device *pos;

	/* Mostly the last one; many thousand are added so. */
	list_for_each_entry_reverse(pos, &stress_devices, node)
	{
		if (pos->id < sdev->id)
			break;
	}
	list_add(&sdev->node, &pos->node);
}

static struct device *platform_add(int id)
{
	struct platform_device_info info = {
		.name = STRESS_NAME,
		.id = id,
		.dma_mask = DMA_BIT_MASK(64),
	};
	struct platform_device *pdev = platform_device_register_full(&info);

	if (IS_ERR(pdev))
		return ERR_CAST(pdev);
	dma_set_max_seg_size(&pdev->dev, UINT_MAX);
	return &pdev->dev;
}

/*
 * Takes the PCI device in @slot of the first bus and has it not trusted, as one
 * behind an external port is: dma-iommu bounces what shares a page with other
 * memory (iommu_dma_map_page(), 6.1 to 7.3).
 */
static struct device *pci_take(unsigned int slot)
{
	struct pci_dev *pdev =
		pci_get_domain_bus_and_slot(0, 0, PCI_DEVFN(slot, 0));
	int err = 0;

	if (!pdev)
		return ERR_PTR(-ENODEV);
	if (pdev->dev.driver || pdev->untrusted)
		err = -EBUSY;
	else if (!device_iommu_mapped(&pdev->dev))
		err = -ENXIO;
	if (err) {
		pci_dev_put(pdev);
		return ERR_PTR(err);
	}
	pdev->untrusted = true;
	return &pdev->dev;
}

/* A PCI device stays, as it was. */
static void device_end(struct device *dev)
{
	if (dev_is_pci(dev)) {
		to_pci_dev(dev)->untrusted = false;
		pci_dev_put(to_pci_dev(dev));
	} else {
		platform_device_unregister(to_platform_device(dev));
	}
}

static struct stress_device *stress_device_create(struct stress_args *args)
{
	struct stress_device *sdev;
	int err;

	sdev = kzalloc(sizeof(*sdev), GFP_KERNEL);
	if (!sdev)
		return ERR_PTR(-ENOMEM);
	seqcount_init(&sdev->counts.seq);
	INIT_LIST_HEAD(&sdev->loads);
	INIT_LIST_HEAD(&sdev->filled);
	INIT_LIST_HEAD(&sdev->leaks);
	INIT_LIST_HEAD(&sdev->allocated);
	err = ida_alloc_max(&device_ids, MAX_DEVICE_ID, GFP_KERNEL);
	if (err < 0)
		goto free;
	sdev->id = err;
	sdev->dev = args->given & BIT(KEY_PCI) ? pci_take(args->value[KEY_PCI])
					       : platform_add(sdev->id);
	if (IS_ERR(sdev->dev)) {
		err = PTR_ERR(sdev->dev);
		goto free_id;
	}
	insert_by_id(sdev);
	stress_totals.added++;
	return sdev;

free_id:
	ida_free(&device_ids, sdev->id);
free:
	kfree(sdev);
	return ERR_PTR(err);
}

/*
 * Takes what the device still holds from the books into the totals: from here
 * on nobody can undo it. Mappings in a pool of the device's own vanish with
 * that pool, so they count no slots of their own. The memory of a restricted
 * pool that something lives in is never freed.
 */
static void orphan(struct stress_device *sdev)
{
	struct stress_kept *kept, *next;
	struct stress_counts sum;
	u64 live;

	stress_device_counts(sdev, &sum);
	live = sum.maps - sum.unmaps + sum.allocs - sum.frees;
	stress_totals.orphans += live;
	if (stress_device_restricted(sdev)) {
		if (live)
			stress_totals.orphan_pools++;
		else
			stress_device_unrestrict(sdev);
	} else if (sdev->block_bytes) {
		stress_totals.orphan_block_bytes += sdev->block_bytes;
		stress_totals.orphan_pools++;
	} else {
		stress_totals.orphan_slots += sum.live_slots;
	}
	/* Nobody may reuse memory that a device could still reach: the buffer
	 * is never freed. */
	if (live)
		sdev->buffer = NULL;
	list_splice_init(&sdev->leaks, &sdev->filled);
	list_splice_init(&sdev->allocated, &sdev->filled);
	list_for_each_entry_safe (kept, next, &sdev->filled, node)
		kfree(kept);
}

static void stress_device_destroy(struct stress_device *sdev)
{
	stress_device_buffer_free(sdev);
	list_del(&sdev->node);
	device_end(sdev->dev);
	/* A lost pool keeps its name in debugfs, so a name that has one is not
	 * given again. */
	if (!sdev->block_bytes && !stress_device_restricted(sdev))
		ida_free(&device_ids, sdev->id);
	stress_totals.deleted++;
	kfree(sdev);
}

int stress_device_add(struct stress_args *args)
{
	u64 i, added = stress_totals.added;
	struct stress_device *sdev;

	for (i = 0; i < args->value[KEY_COUNT]; i++) {
		sdev = stress_device_create(args);
		if (IS_ERR(sdev))
			return stress_fail(
				args, PTR_ERR(sdev),
				"device-add: error %ld after %llu devices",
				PTR_ERR(sdev), stress_totals.added - added);
		cond_resched();
	}
	return 0;
}

int stress_device_del(struct stress_args *args)
{
	struct stress_device *sdev = stress_device_find(args->value[KEY_ID]);

	if (!sdev)
		return stress_fail(args, -ENODEV, "device-del: no device %llu",
				   args->value[KEY_ID]);
	stress_loads_stop(sdev);
	orphan(sdev);
	stress_device_destroy(sdev);
	return 0;
}

/* As a driver does before it maps. Not by dma_set_mask(), which refuses a mask
 * that leaves no memory to allocate from; to map takes none. */
int stress_dma_mask(struct stress_args *args)
{
	struct device *dev = args->dev->dev;

	if (!stress_device_idle(args->dev))
		return stress_fail(args, -EBUSY,
				   "dma-mask: device %d has loads or mappings",
				   args->dev->id);
	*dev->dma_mask = DMA_BIT_MASK(args->value[KEY_BITS]);
	dev->coherent_dma_mask = *dev->dma_mask;
	return 0;
}

int stress_min_align(struct stress_args *args)
{
	u64 mask = args->value[KEY_MASK];

	if (mask & (mask + 1))
		return stress_fail(args, -EINVAL,
				   "min-align: mask %#llx is not 2^n - 1",
				   mask);
	/* The kernel computes from the mask what an unmap gives back. */
	if (!stress_device_idle(args->dev))
		return stress_fail(args, -EBUSY,
				   "min-align: device %d has loads or mappings",
				   args->dev->id);
	dma_set_min_align_mask(args->dev->dev, mask);
	return 0;
}

/* At unload: gives back all that can be given back. */
void stress_devices_release(void)
{
	struct stress_device *sdev, *next;

	mutex_lock(&stress_lock);
	list_for_each_entry_safe (sdev, next, &stress_devices, node) {
		stress_loads_stop(sdev);
		stress_release_kept(sdev, &sdev->filled);
		stress_release_kept(sdev, &sdev->leaks);
		stress_release_kept(sdev, &sdev->allocated);
		if (stress_device_restricted(sdev))
			stress_device_unrestrict(sdev);
		if (sdev->block_bytes)
			stress_device_block_free(sdev);
		stress_device_destroy(sdev);
	}
	mutex_unlock(&stress_lock);
	ida_destroy(&device_ids);
}

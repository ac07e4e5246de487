// SPDX-License-Identifier: GPL-2.0-only
/* The files in debugfs: the control file, and the module's own counts. */
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "stress.h"

#define MAX_COMMAND 512

static struct dentry *directory;

/* Where the default pool is, which not all kernels have among their symbols. A
 * parameter, because lockdown keeps debugfs from telling. */
static unsigned long default_mem;
module_param(default_mem, ulong, 0400);
MODULE_PARM_DESC(default_mem, "address of io_tlb_default_mem, to be read");

static void show_device(struct seq_file *file, struct stress_device *sdev)
{
	struct device *dev = sdev->dev;
	struct stress_counts sum;

	stress_device_counts(sdev, &sum);
	seq_printf(
		file,
		"id=%d name=%s maps=%llu unmaps=%llu map_bytes=%llu failures=%llu ",
		sdev->id, dev_name(dev), sum.maps, sum.unmaps, sum.map_bytes,
		sum.failures);
	seq_printf(file, "live=%llu leaked=%llu max_map_ns=%llu ",
		   sum.maps - sum.unmaps + sum.allocs - sum.frees,
		   sdev->leaked + stress_loads_leaked(sdev), sum.max_map_ns);
	seq_printf(
		file,
		"allocs=%llu frees=%llu alloc_bytes=%llu restricted_bytes=%llu ",
		sum.allocs, sum.frees, sum.alloc_bytes, sdev->restricted_bytes);
	seq_printf(
		file,
		"block_bytes=%llu block_allocs=%llu block_frees=%llu block_failures=%llu ",
		sdev->block_bytes, sdev->block_allocs, sdev->block_frees,
		sdev->block_failures);
	seq_printf(
		file,
		"running=%u live_slots=%llu syncs=%llu min_align=%u elapsed_ns=%llu\n",
		stress_loads_running(sdev), sum.live_slots, sum.syncs,
		dma_get_min_align_mask(dev), READ_ONCE(sdev->elapsed_ns));
}

static int devices_show(struct seq_file *file, void *unused)
{
	struct stress_device *sdev;

	if (mutex_lock_interruptible(&stress_lock))
		return -EINTR;
	list_for_each_entry (sdev, &stress_devices, node)
		show_device(file, sdev);
	mutex_unlock(&stress_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(devices);

static int totals_show(struct seq_file *file, void *unused)
{
	if (mutex_lock_interruptible(&stress_lock))
		return -EINTR;
	seq_printf(
		file,
		"devices_added=%llu devices_deleted=%llu orphans=%llu orphan_slots=%llu ",
		stress_totals.added, stress_totals.deleted,
		stress_totals.orphans, stress_totals.orphan_slots);
	seq_printf(file,
		   "orphan_pools=%llu orphan_block_bytes=%llu lock_ns=%llu "
		   "peeked=%llu\n",
		   stress_totals.orphan_pools, stress_totals.orphan_block_bytes,
		   stress_totals.lock_ns, stress_totals.peeked);
	mutex_unlock(&stress_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(totals);

static int last_error_show(struct seq_file *file, void *unused)
{
	char text[sizeof_field(struct stress_args, error) + 1];

	stress_last_error(text, sizeof(text));
	seq_puts(file, text);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(last_error);

int stress_reset_max(struct stress_args *args)
{
	struct stress_device *sdev;

	list_for_each_entry (sdev, &stress_devices, node) {
		if (args->dev && args->dev != sdev)
			continue;
		WRITE_ONCE(sdev->counts.max_map_ns, 0);
		stress_loads_reset_max(sdev);
	}
	return 0;
}

static ssize_t control_write(struct file *file, const char __user *user,
			     size_t size, loff_t *pos)
{
	char *line;
	int err;

	if (size >= MAX_COMMAND)
		return -E2BIG;
	line = memdup_user_nul(user, size);
	if (IS_ERR(line))
		return PTR_ERR(line);
	err = stress_control(line);
	kfree(line);
	return err ?: size;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = control_write,
	.llseek = noop_llseek,
};

int stress_truth_init(void)
{
	/* Each device has it, but those with a restricted pool. */
	default_mem = (unsigned long)platform_bus.dma_io_tlb_mem;
	directory = debugfs_create_dir(STRESS_NAME, NULL);
	/* Without its files the module is of no use, unlike others that have
	 * some. */
	if (IS_ERR(directory))
		return PTR_ERR(directory);
	debugfs_create_file("control", 0200, directory, NULL, &control_fops);
	debugfs_create_file("devices", 0400, directory, NULL, &devices_fops);
	debugfs_create_file("totals", 0400, directory, NULL, &totals_fops);
	debugfs_create_file("last_error", 0400, directory, NULL,
			    &last_error_fops);
	return 0;
}

void stress_truth_exit(void)
{
	debugfs_remove(directory);
}

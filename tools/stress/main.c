// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading. */
#include <linux/module.h>

#include "stress.h"

static int __init stress_init(void)
{
	return stress_truth_init();
}

static void __exit stress_exit(void)
{
	/* First the files, so that no command can come any more. */
	stress_truth_exit();
	stress_poke_exit();
	stress_devices_release();
	stress_encrypt_exit();
}

module_init(stress_init);
module_exit(stress_exit);
MODULE_DESCRIPTION("Known swiotlb load and known faults, for tests");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that takes itself for the guest of a host that must not read its
 * memory. No memory is encrypted: cc_platform_has() says that it is, so devices
 * need memory that is shared with the host (force_dma_unencrypted()), and the
 * default pool is marked as such memory, as swiotlb_update_mem_attributes()
 * does at boot.
 */
#include <linux/errno.h>
#include <linux/version.h>

#include "stress.h"

#if defined(CONFIG_X86) && defined(CONFIG_ARCH_HAS_CC_PLATFORM) &&             \
	LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)

#include <asm/coco.h>
#include <linux/io.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

typedef unsigned long lookup_f(const char *name);

static bool encrypts;

/* No module may look symbols up, but a kprobe is told where its function is. */
static void *find(const char *name)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	void *address;

	if (register_kprobe(&probe))
		return NULL;
	/* Behind the ENDBR, if there is one: emulated CPUs need none. */
	address = (void *)((lookup_f *)probe.addr)(name);
	unregister_kprobe(&probe);
	return address;
}

/* The variable is read-only since boot: it is written by another mapping. */
static int set_vendor(enum cc_vendor *variable, enum cc_vendor vendor)
{
	phys_addr_t physical = slow_virt_to_phys(variable);
	struct page *page = pfn_to_page(PHYS_PFN(physical));
	void *alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	if (!alias)
		return -ENOMEM;
	WRITE_ONCE(*(enum cc_vendor *)(alias + offset_in_page(physical)),
		   vendor);
	vunmap(alias);
	return 0;
}

static int set_encrypts(bool value)
{
	struct io_tlb_mem *mem = find("io_tlb_default_mem");
	enum cc_vendor *vendor = find("cc_vendor");
	int err;

	if (!mem || !vendor)
		return -EOPNOTSUPP;
	/* Whoever maps meanwhile finds a pool that is right. */
	if (value)
		mem->cc_shared = true;
	err = set_vendor(vendor, value ? CC_VENDOR_INTEL : CC_VENDOR_NONE);
	if (!err)
		encrypts = value;
	mem->cc_shared = encrypts;
	return err;
}

#else

static bool encrypts;

static int set_encrypts(bool value)
{
	return value ? -EOPNOTSUPP : 0;
}

#endif

int stress_encrypt(struct stress_args *args)
{
	int err = set_encrypts(true);

	return err ? stress_fail(
			     args, err,
			     "encrypt: cannot be shown on this kernel (error %d)",
			     err)
		   : 0;
}

int stress_unencrypt(struct stress_args *args)
{
	int err = set_encrypts(false);

	return err ? stress_fail(args, err, "unencrypt: error %d", err) : 0;
}

/* Unloading ends it. */
void stress_encrypt_exit(void)
{
	if (encrypts)
		set_encrypts(false);
}

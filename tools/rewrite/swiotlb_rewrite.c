// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes kernel text twice, for guests under emulation.
 *
 * An emulator that runs each CPU in a thread of its own (qemu with
 * -accel tcg,thread=multi) keeps translations of the code. It discards those of
 * a page before it stores what is written there. A CPU that executes the page
 * all the time translates the old bytes again in between, and that translation
 * stays: the CPU executes a breakpoint of text patching for ever, or dies of
 * it. A second write of the same bytes discards it. The kernels built here
 * write twice themselves (tools/kernel/testbed), others get this module.
 *
 * __text_poke(func, addr, src, len) in arch/x86/kernel/alternative.c, the same
 * from 6.1 to 7.3, writes all text that may be running. It has func(dst, src,
 * len) write to an alias of addr.
 *
 * Only the kernel's own text is written twice. For that of modules and BPF
 * programs 7.3 takes init_mm's lock, for which the handler of a probe must not
 * sleep; nothing in a guest patches such text while it runs.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/string.h>

#include <asm/pgtable.h>

typedef void text_poke_f(void *dst, const void *src, size_t len);
typedef void *write_text_f(text_poke_f *func, void *addr, const void *src,
			   size_t len);

struct write {
	void *addr;
	size_t len;
};

static unsigned long rewrites;
module_param(rewrites, ulong, 0444);
MODULE_PARM_DESC(rewrites, "how many writes of text were repeated");

/* The kernel's text lies below that of modules and BPF programs. */
static bool is_core_text(unsigned long addr)
{
	return addr >= __START_KERNEL_map && addr < MODULES_VADDR;
}

/* A write that is not to be repeated gets no handler at its end. */
static int keep_place(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct write *write = (struct write *)instance->data;

	if (!is_core_text(regs->si))
		return 1;
	write->addr = (void *)regs->si;
	write->len = regs->cx;
	return 0;
}

static void copy(void *dst, const void *src, size_t len)
{
	memcpy(dst, src, len);
}

/*
 * Still under text_mutex, which the callers hold. The text itself has what is
 * to be written again. The probe is not hit by this call: its handler runs.
 */
static int write_again(struct kretprobe_instance *instance,
		       struct pt_regs *regs);

static struct kretprobe probe = {
	.kp.symbol_name = "__text_poke",
	.entry_handler = keep_place,
	.handler = write_again,
	.data_size = sizeof(struct write),
};

static int write_again(struct kretprobe_instance *instance,
		       struct pt_regs *regs)
{
	struct write *write = (struct write *)instance->data;
	/* Behind the ENDBR, if there is one: emulated CPUs need none. */
	write_text_f *write_text = (write_text_f *)probe.kp.addr;

	write_text(copy, write->addr, write->addr, write->len);
	rewrites++;
	return 0;
}

static int __init rewrite_init(void)
{
	return register_kretprobe(&probe);
}

static void __exit rewrite_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(rewrite_init);
module_exit(rewrite_exit);
MODULE_DESCRIPTION(
	"Writes kernel text twice, for emulators with a thread for each CPU");
MODULE_LICENSE("GPL");

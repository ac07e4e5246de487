/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_SYMBOLS_H
#define UTIL_SYMBOLS_H

/* Names for kernel addresses, from /proc/kallsyms, modules included. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

/**
 * symbols_open() - read the list of symbols
 * @out: set to it, to be ended with symbols_close()
 * @path: the file, such as /proc/kallsyms
 *
 * Return: 0, -EPERM when the kernel hides the addresses (kptr_restrict, or
 * not root), or negative errno.
 */
int symbols_open(struct symbols **out, const char *path);

/** symbols_close() - free it; NULL is fine */
void symbols_close(struct symbols *symbols);

/**
 * symbols_kernel() - those of the running kernel
 * @error: set to 0 or to why there are none, as symbols_open() gives it; may
 *	be NULL
 *
 * Read when first asked for, and kept until the process ends: it takes a
 * while. A module that is loaded later is not among them.
 *
 * Return: the list, which is not the caller's, or NULL.
 */
const struct symbols *symbols_kernel(int *error);

/**
 * symbols_keep() - open the list now, for a symbols_kernel() that comes later
 *
 * The kernel decides when it is opened who may see addresses (kallsyms_open()
 * in kernel/kallsyms.c, 6.1), so that CAP_SYSLOG can be dropped meanwhile.
 */
void symbols_keep(void);

/** symbols_warn() - log why symbols_kernel() has no symbols, if so */
void symbols_warn(void);

/**
 * symbols_have_data() - variables are listed as well (CONFIG_KALLSYMS_ALL)
 *
 * Told by one that each kernel with SPARSEMEM has: mem_section.
 */
bool symbols_have_data(const struct symbols *symbols);

/**
 * symbols_name() - "function+0x1c [module]"
 * @symbols: the list; NULL gives "?", as who may not see the kernel's addresses
 *	in /proc/kallsyms is not shown them elsewhere
 * @address: what to name
 * @text: where to write
 * @len: size of @text
 *
 * An address below all functions is written as such.
 *
 * Return: @text.
 */
char *symbols_name(const struct symbols *symbols, uint64_t address, char *text,
		   size_t len);

#endif

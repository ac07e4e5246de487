/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_PAGES_H
#define PROBES_PAGES_H

/*
 * Where the kernel's array of struct page begins. The kernel's symbol
 * mem_section tells. Without that symbol, a page of our own does: its struct
 * page is that of a file of one page, and its number is in /proc/self/pagemap,
 * which shows numbers to CAP_SYS_ADMIN alone.
 */

#include <bpf/libbpf.h>

#include "include/mappings.h"

/**
 * pages_find() - find the array
 * @by_symbol: the program find_page_array
 * @by_file: the program find_file_page
 * @out: set to what was found; all 0 = it is not known
 *
 * Return: 0 or negative errno, if a program could not be run.
 */
int pages_find(const struct bpf_program *by_symbol,
	       const struct bpf_program *by_file,
	       struct page_array_request *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_BOOT_H
#define MODEL_BOOT_H

/*
 * What the kernel understood of its boot arguments swiotlb=SLOTS,AREAS,WORD.
 * It says nothing about parts that it does not understand. A pure function of
 * text: setup_io_tlb_npages(), swiotlb_adjust_nareas() and
 * swiotlb_init_remap() of kernel/dma/swiotlb.c, 6.1, 6.12 and 7.3.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_TEXT_LEN 64

/* IO_TLB_DEFAULT_SIZE, 64 MiB: what is tried when no size is asked for. */
#define BOOT_DEFAULT_SLOTS 32768u

/**
 * struct boot_syntax - how a kernel reads swiotlb=
 * @areas: a second number is the count of areas (6.0); before, none is known
 * @prefixes: a word is known by its beginning, and track_hiwater may follow
 *	(7.3); before, the word must be all that is left
 * @cpus: possible CPUs: areas when none are asked for
 */
struct boot_syntax {
	bool areas;
	bool prefixes;
	unsigned int cpus;
};

/**
 * struct boot_request - what was asked for at boot
 * @asked: value of the argument, the last one where there are several; "" =
 *	there is none
 * @ignored: its end that the kernel did not understand; "" = nothing
 * @asked_slots: the number of slots as the kernel read it; 0 = none was read
 * @asked_areas: the number of areas, likewise
 * @slots: what both are after rounding: the size that the kernel tries first
 * @areas: likewise; 0 = this kernel has none
 * @force: every device is to bounce
 * @noforce: there is to be no pool
 * @track_hiwater: the kernel is to keep the peak, where it leaves the choice
 */
struct boot_request {
	char asked[BOOT_TEXT_LEN];
	char ignored[BOOT_TEXT_LEN];
	uint64_t asked_slots;
	uint32_t asked_areas;
	uint64_t slots;
	uint32_t areas;
	bool force;
	bool noforce;
	bool track_hiwater;
};

/**
 * boot_parse() - what the kernel understood
 * @cmdline: its command line
 * @syntax: how it reads it
 * @request: filled in
 */
void boot_parse(const char *cmdline, const struct boot_syntax *syntax,
		struct boot_request *request);

/** boot_rounded_slots() - what the kernel makes of swiotlb=@slots,@areas */
uint64_t boot_rounded_slots(uint64_t slots, uint32_t areas);

/** boot_rounded_areas() - the same of the areas */
uint32_t boot_rounded_areas(uint64_t areas);

/**
 * boot_argument() - the argument for another pool
 * @request: what was asked for: force and track_hiwater are kept
 * @slots: slots of the pool
 * @areas: its areas; 0 = this kernel has none
 * @text: set to such as "swiotlb=8192,4,force"
 * @len: size of @text
 */
void boot_argument(const struct boot_request *request, uint64_t slots,
		   uint32_t areas, char *text, size_t len);

/**
 * boot_no_pool() - why no pool was made
 * @request: what was asked for
 * @text: set to the reason, and what to do
 * @len: size of @text
 */
void boot_no_pool(const struct boot_request *request, char *text, size_t len);

/**
 * boot_advice() - the argument that has the meaning of one not understood
 * @request: what was asked for
 * @text: set to such as "swiotlb=262144,4,force"
 * @len: size of @text
 *
 * A size with a suffix, such as 512M, is assumed to be in bytes.
 */
void boot_advice(const struct boot_request *request, char *text, size_t len);

#endif

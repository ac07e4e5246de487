/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_CONFIRM_H
#define PROBES_CONFIRM_H

/*
 * What one reading found of a live mapping counts when a later reading finds
 * the same of the same mapping, so that a driver that is about to put it right
 * is not reported.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct suspect - a mapping of which something was found
 * @address: of its first slot
 * @orig_addr: of what is mapped
 * @alloc_size: what its first slot says
 * @at: when it was made; 0 = not known
 * @since: the first reading that found it
 */
struct suspect {
	uint64_t address;
	uint64_t orig_addr;
	uint64_t alloc_size;
	uint64_t at;
	uint64_t since;
};

/**
 * struct confirmation - suspects of this reading and of the one before
 * @now: when this reading began
 * @seen: found by the reading before, by address
 * @nr_seen: how many
 * @found: by this one
 * @nr_found: how many
 * @max_found: room for them
 */
struct confirmation {
	uint64_t now;
	struct suspect *seen;
	size_t nr_seen;
	struct suspect *found;
	size_t nr_found;
	size_t max_found;
};

/** confirm_begin() - begin a reading at @now */
void confirm_begin(struct confirmation *confirmation, uint64_t now);

/**
 * confirm_found() - this reading found it of a mapping
 * @confirmation: the readings
 * @suspect: the mapping; @since does not matter
 * @confirmed: set to whether an earlier reading, long enough ago, has found it
 *	as well; nothing else sets it
 *
 * Return: 0 or negative errno.
 */
int confirm_found(struct confirmation *confirmation, struct suspect suspect,
		  bool *confirmed);

/** confirm_open() - found ones that the next reading may confirm */
uint64_t confirm_open(const struct confirmation *confirmation);

/** confirm_end() - free its memory; zeroed is fine */
void confirm_end(struct confirmation *confirmation);

#endif

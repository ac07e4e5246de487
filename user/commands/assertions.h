/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_ASSERTIONS_H
#define COMMANDS_ASSERTIONS_H

/* The assertions of a command line, of check and of record --trigger. */

#include <stdbool.h>

#include "model/assertion.h"

/**
 * struct assertions - all that were given
 * @list: them, in order
 * @count: how many
 */
struct assertions {
	struct assertion *list;
	size_t count;
};

/**
 * assertions_add() - read one more
 *
 * Return: 0, -EINVAL and @error says why, or -ENOMEM.
 */
int assertions_add(struct assertions *assertions, const char *text,
		   struct assertion_error *error);

/** option_assertion() - parser of an option into a struct assertions */
int option_assertion(const char *text, void *value, char *why, size_t why_len);

/** assertions_levels() - the levels that their metrics need */
unsigned int assertions_levels(const struct assertions *assertions);

/** assertions_need_baseline() - one compares with an earlier run */
bool assertions_need_baseline(const struct assertions *assertions);

/** assertions_release() - free them and make it empty */
void assertions_release(struct assertions *assertions);

#endif

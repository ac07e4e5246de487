/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_UNSERVED_H
#define MODEL_UNSERVED_H

/*
 * Requests that the kernel refused, and that settings may have served: found by
 * what they asked for, and kept in lists of those that end together. Each has a
 * number, for what a setting knows of it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No request; the end of a list. */
#define NO_UNSERVED UINT32_MAX
/* So many are kept at a time. */
#define UNSERVED_MAX 65536u

/**
 * struct unserved_key - what makes a request the same as another
 * @device: that asked
 * @origin: of the memory
 * @size: of it
 */
struct unserved_key {
	uint32_t device;
	uint32_t origin;
	uint32_t size;
};

struct unserved;

/** unserved_new() - without requests; NULL without memory */
struct unserved *unserved_new(void);

/** unserved_free() - NULL is fine */
void unserved_free(struct unserved *unserved);

/** unserved_find() - the number of the request; NO_UNSERVED = there is none */
uint32_t unserved_find(const struct unserved *unserved,
		       const struct unserved_key *key);

/**
 * unserved_add() - keep a request that cannot be found
 * @list: the first of a list, which becomes this one
 * @pool: for unserved_pool()
 *
 * Return: its number, below UNSERVED_MAX; NO_UNSERVED if so many are kept.
 */
uint32_t unserved_add(struct unserved *unserved, const struct unserved_key *key,
		      uint32_t pool, uint32_t *list);

/** unserved_pool() - as it was given */
uint32_t unserved_pool(const struct unserved *unserved, uint32_t number);

/** unserved_device() - that asked */
uint32_t unserved_device(const struct unserved *unserved, uint32_t number);

/** unserved_settle() - it has been served: it is found no more, and in its list
 *	it is passed over
 */
void unserved_settle(struct unserved *unserved, uint32_t number);

/**
 * unserved_end() - take the first of a list out of it
 * @number: set to that
 *
 * Return: false = it was served since, or there is none (@number NO_UNSERVED).
 */
bool unserved_end(struct unserved *unserved, uint32_t *list, uint32_t *number);

#endif

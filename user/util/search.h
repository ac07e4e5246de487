/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_SEARCH_H
#define UTIL_SEARCH_H

#include <stddef.h>
#include <stdint.h>

/**
 * search_first() - binary search in an ascending array
 * @items: the array
 * @count: number of its items
 * @size: of an item
 * @key_of: the key of an item
 * @key: what to find
 *
 * Return: the index of the first item whose key is not below @key; @count =
 * there is none.
 */
static inline size_t search_first(const void *items, size_t count, size_t size,
				  uint64_t (*key_of)(const void *item),
				  uint64_t key)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (key_of((const char *)items + middle * size) < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/** hash_text() - 64 bits of FNV-1a, enough to distinguish all symbols of a
 * kernel */
static inline uint64_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3ull;
	return hash;
}

#endif

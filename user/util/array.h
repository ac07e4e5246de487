/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_ARRAY_H
#define UTIL_ARRAY_H

/* Arrays that grow. */

#include <stddef.h>

/**
 * array_grow() - make room in an array
 * @array: address of the pointer to it; NULL there is an empty one
 * @room: items that it has room for
 * @wanted: items that it has to have room for
 * @bytes: of an item
 *
 * New items are zeroed. Without memory, all stays as it is.
 *
 * Return: 0 or -ENOMEM.
 */
int array_grow(void *array, size_t *room, size_t wanted, size_t bytes);

#endif

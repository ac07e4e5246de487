/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The pointer is copied, as its type is not known here. */
int array_grow(void *array, size_t *room, size_t wanted, size_t bytes)
{
	size_t count = *room ? *room : 16;
	char *items, *grown;

	if (wanted <= *room)
		return 0;
	while (count < wanted)
		count *= 2;
	memcpy(&items, array, sizeof(items));
	grown = reallocarray(items, count, bytes);
	if (!grown)
		return -ENOMEM;
	memset(grown + *room * bytes, 0, (count - *room) * bytes);
	memcpy(array, &grown, sizeof(grown));
	*room = count;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "model/wrong_unmaps.h"

#include <string.h>

const char *unmap_fault_name(enum unmap_fault fault)
{
	static const char *const names[] = {
		[UNMAP_WRONG_DEVICE] = "wrong_device",
		[UNMAP_TWICE] = "unmapped_twice",
		[UNMAP_WRONG_SIZE] = "wrong_size",
	};

	return names[fault];
}

uint64_t wrong_unmaps_total(const struct mapping_totals *totals)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < UNMAP_FAULTS; i++)
		sum += totals->wrong[i];
	return sum;
}

bool wrong_unmap_same(const struct wrong_unmap *a, const struct wrong_unmap *b)
{
	return a->fault == b->fault && !strcmp(a->device, b->device) &&
	       !strcmp(a->mapped_by, b->mapped_by) &&
	       stack_same(&a->stack, &b->stack);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_WRONG_UNMAPS_H
#define MODEL_WRONG_UNMAPS_H

#include "model/snapshot.h"

/** unmap_fault_name() - "wrong_device", "unmapped_twice", "wrong_size" */
const char *unmap_fault_name(enum unmap_fault fault);

/** wrong_unmaps_total() - of all faults */
uint64_t wrong_unmaps_total(const struct mapping_totals *totals);

/** wrong_unmap_same() - fault, devices and stack are equal */
bool wrong_unmap_same(const struct wrong_unmap *a, const struct wrong_unmap *b);

#endif

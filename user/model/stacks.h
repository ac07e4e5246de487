/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_STACKS_H
#define MODEL_STACKS_H

#include "model/snapshot.h"
#include "util/symbols.h"

/** snapshot_has_stacks() - some stack was recorded */
bool snapshot_has_stacks(const struct snapshot *snap);

/**
 * snapshot_name_stacks() - give all stacks their names, once
 * @snap: its stacks, addresses before, refer to places of it after
 * @symbols: names of functions; NULL where the kernel hides them: then no place
 *	has a name
 *
 * The traces of our own tracing are taken out. A function with a program at its
 * exit appears twice, with the trampoline between: where it runs, and at its
 * very beginning, from where the trampoline called it. The trampoline may have
 * no name. Callers and wrong unmaps that then have the same stack become one.
 *
 * Return: 0 or -ENOMEM.
 */
int snapshot_name_stacks(struct snapshot *snap, const struct symbols *symbols);

#endif

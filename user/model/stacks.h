/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_STACKS_H
#define MODEL_STACKS_H

#include "model/snapshot.h"
#include "util/symbols.h"

/**
 * snapshot_symbols() - names for the stacks of a snapshot
 *
 * Return: symbols_kernel(), or NULL where there is no stack to name.
 */
const struct symbols *snapshot_symbols(const struct snapshot *snap);

/**
 * snapshot_trim_stacks() - take the traces of tracing out of all stacks
 * @snap: its stacks lose frames; callers that only differed by them become one
 * @symbols: names of functions; NULL changes nothing
 *
 * A function with a program at its exit appears twice, with the trampoline
 * between: where it runs, and at its very beginning, from where the trampoline
 * called it. The trampoline may have no name.
 */
void snapshot_trim_stacks(struct snapshot *snap, const struct symbols *symbols);

#endif

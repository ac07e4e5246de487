/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_PLACES_H
#define MODEL_PLACES_H

/*
 * The names of the places in the kernel's code that a sample's stacks refer to.
 * A place is known by a number that follows from its name alone, so two samples
 * agree about it, also when one of them was written and read back.
 */

#include "model/snapshot.h"

/* What is said of a place that has no name. */
#define PLACE_UNKNOWN "?"

/**
 * place_add() - have a sample know a place
 * @snap: the sample
 * @name: "function+0x1c [module]", or PLACE_UNKNOWN
 * @id: set to the place's number; 0 = unknown
 *
 * Return: 0 or -ENOMEM.
 */
int place_add(struct snapshot *snap, const char *name, uint64_t *id);

/** place_name() - its name; PLACE_UNKNOWN where the sample knows none */
const char *place_name(const struct snapshot *snap, uint64_t id);

#endif

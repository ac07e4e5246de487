/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_STACKS_H
#define PROBES_STACKS_H

/* Stacks that programs kept: the loader's side of bpf/stacks.bpf.h. */

#include <bpf/libbpf.h>

#include "model/snapshot.h"

struct call_stack;
struct kept_stack;

/**
 * struct stack_table - the table of stacks, mapped
 * @map: its map; NULL = not mapped
 * @kept: the stacks
 */
struct stack_table {
	const struct bpf_map *map;
	const struct kept_stack *kept;
};

/**
 * stack_table_size() - make room for stacks, before the load
 * @map: the map stacks
 * @stacks_max: the programs' constant
 * @max: the number of different stacks
 *
 * Return: 0 or negative errno.
 */
int stack_table_size(struct bpf_map *map, uint32_t *stacks_max, uint32_t max);

/**
 * stack_table_map() - map it, once it is loaded, and find the kernel's entry
 * code
 * @table: set
 * @map: the map stacks
 * @find_entry: the program
 *
 * Return: 0 or negative errno.
 */
int stack_table_map(struct stack_table *table, const struct bpf_map *map,
		    const struct bpf_program *find_entry);

/** stack_table_unmap() - unmap it; zeroed is fine */
void stack_table_unmap(struct stack_table *table);

/** stack_table_get() - copy the stack of that index; a negative one has none */
void stack_table_get(const struct stack_table *table, int index,
		     struct stack *stack);

/** stack_copy() - copy a record up to its last address */
void stack_copy(struct stack *stack, const struct call_stack *record);

#endif

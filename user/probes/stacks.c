// SPDX-License-Identifier: GPL-2.0-only
#include "probes/stacks.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "include/stacks.h"
#include "probes/slots.h"
#include "probes/tables.h"
#include "util/debug.h"

_Static_assert(RECORD_STACK_DEPTH == STACK_DEPTH, "one stack, one depth");

int stack_table_size(struct bpf_map *map, uint32_t *stacks_max, uint32_t max)
{
	*stacks_max = debug_table(max);
	return bpf_map__set_max_entries(map, *stacks_max);
}

int stack_table_map(struct stack_table *table, const struct bpf_map *map,
		    const struct bpf_program *find_entry)
{
	table->map = map;
	table->kept = table_mmap(map, PROT_READ);
	return table->kept ? program_run(find_entry, NULL, 0) : -errno;
}

void stack_table_unmap(struct stack_table *table)
{
	if (table->map)
		table_munmap(table->kept, table->map);
	memset(table, 0, sizeof(*table));
}

void stack_copy(struct stack *stack, const struct call_stack *record)
{
	stack->depth = 0;
	while (stack->depth < STACK_DEPTH && record->addr[stack->depth]) {
		stack->addr[stack->depth] = record->addr[stack->depth];
		stack->depth++;
	}
}

void stack_table_get(const struct stack_table *table, int index,
		     struct stack *stack)
{
	stack->depth = 0;
	if (index >= 0 && (uint32_t)index < bpf_map__max_entries(table->map))
		stack_copy(stack, &table->kept[index].stack);
}

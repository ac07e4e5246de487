/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/stacks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A call this close to a function's beginning is the one that tracing adds. */
#define ENTRY_BYTES 16

/* What the kernel names a trampoline in its symbols, and no program. */
#define TRAMPOLINE "bpf_trampoline_"

/**
 * struct place - a frame as function and offset
 * @name: the function, without its offset; "" = unknown
 * @offset: from its beginning
 * @bpf: it is of a program, or of a trampoline that leads to some
 */
struct place {
	char name[128];
	unsigned long offset;
	bool bpf;
};

static void find_place(const struct symbols *symbols, uint64_t address,
		       struct place *place)
{
	char *plus;

	symbols_name(symbols, address, place->name, sizeof(place->name));
	plus = strchr(place->name, '+');
	place->offset = plus ? strtoul(plus + 1, NULL, 16) : 0;
	place->bpf = plus && strstr(plus, "[bpf]");
	if (plus)
		*plus = '\0';
	else
		place->name[0] = '\0';
}

static bool is_trampoline(const struct place *place)
{
	return place->bpf &&
	       !strncmp(place->name, TRAMPOLINE, strlen(TRAMPOLINE));
}

/*
 * How many frames behind @at tracing has put there: a trampoline, and mostly
 * the place at the beginning of the same function that it was called from.
 * That is another function when @at was reached by a tail call; then it stays.
 * A function with a program at its exit may jump to the trampoline instead
 * (7.3, DYNAMIC_FTRACE_WITH_JMP): then there is no such place.
 */
static unsigned int traced_frames(const struct stack *stack, unsigned int at,
				  const struct symbols *symbols)
{
	struct place inner, between, outer;
	bool called;

	if (at + 2 >= stack->depth)
		return 0;
	find_place(symbols, stack->addr[at], &inner);
	find_place(symbols, stack->addr[at + 1], &between);
	find_place(symbols, stack->addr[at + 2], &outer);
	called = outer.name[0] && outer.offset <= ENTRY_BYTES;
	if (called && !strcmp(inner.name, outer.name))
		return 2;
	return is_trampoline(&between) || (called && between.bpf);
}

static void trim_stack(struct stack *stack, const struct symbols *symbols)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < stack->depth; i++) {
		unsigned int traced = traced_frames(stack, i, symbols);

		stack->addr[kept++] = stack->addr[i];
		i += traced;
	}
	stack->depth = kept;
}

static void merge_callers(struct snapshot *snap)
{
	size_t kept = 0;

	for (size_t i = 0; i < snap->nr_callers; i++) {
		size_t j = 0;

		while (j < kept &&
		       !caller_same(&snap->callers[j], &snap->callers[i]))
			j++;
		if (j < kept)
			waits_add(&snap->callers[j].waits,
				  &snap->callers[i].waits);
		else
			snap->callers[kept++] = snap->callers[i];
	}
	snap->nr_callers = kept;
	callers_sort(snap->callers, kept);
}

static bool has_stacks(const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_owners; i++)
		if (snap->owners[i].stack.depth)
			return true;
	for (size_t i = 0; i < snap->nr_live_groups; i++)
		if (snap->live_groups[i].stack.depth)
			return true;
	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++)
		if (snap->wrong_unmaps[i].stack.depth)
			return true;
	for (size_t i = 0; i < snap->nr_callers; i++)
		if (snap->callers[i].stack.depth)
			return true;
	return false;
}

const struct symbols *snapshot_symbols(const struct snapshot *snap)
{
	return has_stacks(snap) ? symbols_kernel(NULL) : NULL;
}

void snapshot_trim_stacks(struct snapshot *snap, const struct symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < snap->nr_owners; i++)
		trim_stack(&snap->owners[i].stack, symbols);
	for (size_t i = 0; i < snap->nr_live_groups; i++)
		trim_stack(&snap->live_groups[i].stack, symbols);
	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++)
		trim_stack(&snap->wrong_unmaps[i].stack, symbols);
	for (size_t i = 0; i < snap->nr_callers; i++)
		trim_stack(&snap->callers[i].stack, symbols);
	merge_callers(snap);
}

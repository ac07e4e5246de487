/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/stacks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/places.h"
#include "model/wrong_unmaps.h"

/* A call this close to a function's beginning is the one that tracing adds. */
#define ENTRY_BYTES 16

/* What the kernel names a trampoline in its symbols, and no program. */
#define TRAMPOLINE "bpf_trampoline_"

/**
 * struct frame - a frame as function and offset
 * @name: the function, without its offset; "" = unknown
 * @offset: from its beginning
 * @bpf: it is of a program, or of a trampoline that leads to some
 */
struct frame {
	char name[128];
	unsigned long offset;
	bool bpf;
};

static void find_frame(const struct symbols *symbols, uint64_t address,
		       struct frame *frame)
{
	char *plus;

	symbols_name(symbols, address, frame->name, sizeof(frame->name));
	plus = strchr(frame->name, '+');
	frame->offset = plus ? strtoul(plus + 1, NULL, 16) : 0;
	frame->bpf = plus && strstr(plus, "[bpf]");
	if (plus)
		*plus = '\0';
	else
		frame->name[0] = '\0';
}

static bool is_trampoline(const struct frame *frame)
{
	return frame->bpf &&
	       !strncmp(frame->name, TRAMPOLINE, strlen(TRAMPOLINE));
}

/*
 * The number of frames behind @at that tracing added: a trampoline, and usually
 * the place at the begin of the same function from which the trampoline was
 * called. If @at was reached by a tail call, that place is in another function;
 * then it is kept. A function with a program at its exit may jump to the
 * trampoline instead (7.3, DYNAMIC_FTRACE_WITH_JMP); then there is no such
 * place.
 */
static unsigned int traced_frames(const struct stack *stack, unsigned int at,
				  const struct symbols *symbols)
{
	struct frame inner, between, outer;
	bool called;

	if (at + 2 >= stack->depth)
		return 0;
	find_frame(symbols, stack->addr[at], &inner);
	find_frame(symbols, stack->addr[at + 1], &between);
	find_frame(symbols, stack->addr[at + 2], &outer);
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

/* Unmaps that only differed by frames that are gone, or have no names, are one.
 */
static void merge_wrong_unmaps(struct snapshot *snap)
{
	size_t kept = 0;

	for (size_t i = 0; i < snap->nr_wrong_unmaps; i++) {
		const struct wrong_unmap *wrong = &snap->wrong_unmaps[i];
		size_t j = 0;

		while (j < kept &&
		       !wrong_unmap_same(&snap->wrong_unmaps[j], wrong))
			j++;
		if (j < kept)
			snap->wrong_unmaps[j].count += wrong->count;
		else
			snap->wrong_unmaps[kept++] = *wrong;
	}
	snap->nr_wrong_unmaps = kept;
}

typedef int (*stack_visitor)(struct stack *stack, void *data);

static int each_stack(struct snapshot *snap, stack_visitor visit, void *data)
{
	int err = 0;

	for (size_t i = 0; i < snap->nr_owners && !err; i++)
		err = visit(&snap->owners[i].stack, data);
	for (size_t i = 0; i < snap->nr_live_groups && !err; i++)
		err = visit(&snap->live_groups[i].stack, data);
	for (size_t i = 0; i < snap->nr_wrong_unmaps && !err; i++)
		err = visit(&snap->wrong_unmaps[i].stack, data);
	for (size_t i = 0; i < snap->nr_callers && !err; i++)
		err = visit(&snap->callers[i].stack, data);
	return err;
}

static int is_recorded(struct stack *stack, void *data)
{
	(void)data;
	return stack->depth != 0;
}

bool snapshot_has_stacks(const struct snapshot *snap)
{
	/* The visitor changes nothing. */
	return each_stack((struct snapshot *)snap, is_recorded, NULL);
}

/**
 * struct naming - stacks that get their names
 * @snap: the sample
 * @symbols: the names; NULL = the kernel hides them
 */
struct naming {
	struct snapshot *snap;
	const struct symbols *symbols;
};

static int name_stack(struct stack *stack, void *data)
{
	const struct naming *naming = data;
	char name[PLACE_LEN];
	int err = 0;

	if (naming->symbols)
		trim_stack(stack, naming->symbols);
	/* Stacks are compared whole. */
	memset(&stack->addr[stack->depth], 0,
	       (STACK_DEPTH - stack->depth) * sizeof(*stack->addr));
	for (unsigned int i = 0; i < stack->depth && !err; i++)
		err = place_add(naming->snap,
				symbols_name(naming->symbols, stack->addr[i],
					     name, sizeof(name)),
				&stack->addr[i]);
	return err;
}

int snapshot_name_stacks(struct snapshot *snap, const struct symbols *symbols)
{
	struct naming naming = { .snap = snap, .symbols = symbols };
	int err = each_stack(snap, name_stack, &naming);

	merge_callers(snap);
	merge_wrong_unmaps(snap);
	return err;
}

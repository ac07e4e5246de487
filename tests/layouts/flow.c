// SPDX-License-Identifier: GPL-2.0-only
#include "flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STACK_BYTES 512
#define STACK_WORDS (STACK_BYTES / 4)
/* Numbers of helpers are below; what libbpf and the loader make up is not. */
#define HELPERS_END 1000

/** enum kind - what is known of a value */
enum kind {
	UNKNOWN,
	CONSTANT,
	ON_STACK,    /* an address: number is the distance from its end */
	IN_CONTEXT,  /* an address: number is the distance from its begin */
	IN_MAP,	     /* an address: number is the distance from the value */
	SECOND_WORD, /* of an address that is kept in the word before */
};

struct value {
	enum kind kind;
	int map_fd;
	uint64_t number;
};

/**
 * struct state - what is known before an instruction
 * @reached: it can run
 * @inner: it is in a function that the program calls
 */
struct state {
	bool reached;
	bool inner;
	struct value regs[MAX_BPF_REG];
	struct value stack[STACK_WORDS];
	struct value context[FLOW_CONTEXT_WORDS];
};

/**
 * struct flow - the analysis
 * @program: what is analysed
 * @states: of each instruction
 * @work: numbers of instructions whose state has changed
 * @count: how many
 * @queued: by instruction: it is in @work
 * @end: the state in which the program ends
 * @missing: the first call of what does not exist; -ENOENT = none yet
 */
struct flow {
	const struct flow_program *program;
	struct state *states;
	size_t *work;
	size_t count;
	bool *queued;
	struct state end;
	long missing;
};

static const struct value unknown = { .kind = UNKNOWN };

static struct value constant(uint64_t number)
{
	return (struct value){ .kind = CONSTANT, .number = number };
}

static bool same(struct value a, struct value b)
{
	return a.kind == b.kind && a.number == b.number && a.map_fd == b.map_fd;
}

static bool meet(struct value *into, const struct value *from, size_t count)
{
	bool changed = false;

	for (size_t i = 0; i < count; i++) {
		if (into[i].kind == UNKNOWN || same(into[i], from[i]))
			continue;
		into[i] = unknown;
		changed = true;
	}
	return changed;
}

/* Return: something is known that was not, or no longer known. */
static bool merge(struct state *into, const struct state *from)
{
	bool changed;

	if (!into->reached) {
		*into = *from;
		into->reached = true;
		return true;
	}
	changed = meet(into->regs, from->regs, MAX_BPF_REG);
	changed |= meet(into->stack, from->stack, STACK_WORDS);
	changed |= meet(into->context, from->context, FLOW_CONTEXT_WORDS);
	return changed;
}

static void go(struct flow *flow, size_t to, const struct state *state)
{
	if (to >= flow->program->count || !merge(&flow->states[to], state) ||
	    flow->queued[to])
		return;
	flow->queued[to] = true;
	flow->work[flow->count++] = to;
}

/* Memory that is followed: the words from an address on, NULL = other memory */
static struct value *words_at(struct state *state, struct value address,
			      int16_t offset, size_t *left)
{
	uint64_t at = address.number + offset;

	if (address.kind == ON_STACK) {
		at += STACK_BYTES;
		*left = at < STACK_BYTES ? STACK_WORDS - at / 4 : 0;
		return *left ? &state->stack[at / 4] : NULL;
	}
	if (address.kind == IN_CONTEXT) {
		*left = at < sizeof(state->context)
				? FLOW_CONTEXT_WORDS - at / 4
				: 0;
		return at / 4 < FLOW_CONTEXT_WORDS ? &state->context[at / 4]
						   : NULL;
	}
	return NULL;
}

static unsigned int access_bytes(struct bpf_insn insn)
{
	switch (BPF_SIZE(insn.code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	default:
		return 8;
	}
}

static void forget(struct value *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		words[i] = unknown;
}

static void store(struct state *state, struct bpf_insn insn, struct value value)
{
	unsigned int bytes = access_bytes(insn);
	size_t left = 0, words = (bytes + 3) / 4;
	struct value *to =
		words_at(state, state->regs[insn.dst_reg], insn.off, &left);

	if (!to || left < words)
		return;
	/* A part of a word is not followed. */
	if (bytes < 4)
		value = unknown;
	if (words == 2)
		to[1] = unknown;
	to[0] = value;
	if (value.kind == CONSTANT) {
		to[0] = constant(value.number & UINT32_MAX);
		if (words == 2)
			to[1] = constant(value.number >> 32);
	} else if (words == 2 && value.kind != UNKNOWN) {
		to[1].kind = SECOND_WORD;
	} else if (words == 1) {
		to[0] = unknown;
	}
}

static struct value load_words(const struct value *from, unsigned int bytes)
{
	if (bytes == 4 && from[0].kind == CONSTANT)
		return from[0];
	if (bytes == 8 && from[0].kind == CONSTANT && from[1].kind == CONSTANT)
		return constant(from[0].number | from[1].number << 32);
	if (bytes == 8 && from[1].kind == SECOND_WORD)
		return from[0];
	return unknown;
}

static struct value load(struct flow *flow, struct state *state,
			 struct bpf_insn insn)
{
	struct value from = state->regs[insn.src_reg];
	unsigned int bytes = access_bytes(insn);
	size_t left = 0;
	struct value *words = words_at(state, from, insn.off, &left);
	uint64_t number;

	if (from.kind == IN_MAP &&
	    flow->program->constant(from.map_fd, from.number + insn.off, bytes,
				    &number))
		return constant(number);
	return words && left >= (bytes + 3) / 4 ? load_words(words, bytes)
						: unknown;
}

static uint64_t sign_extend(uint32_t number)
{
	return (uint64_t)(int64_t)(int32_t)number;
}

static struct value calculate(uint8_t operation, bool is_32, uint64_t a,
			      uint64_t b)
{
	unsigned int shift = b & (is_32 ? 31 : 63);

	switch (operation) {
	case BPF_ADD:
		return constant(a + b);
	case BPF_SUB:
		return constant(a - b);
	case BPF_MUL:
		return constant(a * b);
	case BPF_OR:
		return constant(a | b);
	case BPF_AND:
		return constant(a & b);
	case BPF_XOR:
		return constant(a ^ b);
	case BPF_LSH:
		return constant(a << shift);
	case BPF_RSH:
		return constant(a >> shift);
	case BPF_ARSH:
		return constant(is_32 ? (uint64_t)((int32_t)a >> shift)
				      : (uint64_t)((int64_t)a >> shift));
	default:
		return unknown;
	}
}

static struct value operand(const struct state *state, struct bpf_insn insn)
{
	if (BPF_SRC(insn.code) == BPF_X)
		return state->regs[insn.src_reg];
	return constant(sign_extend(insn.imm));
}

static struct value compute(const struct state *state, struct bpf_insn insn)
{
	bool is_32 = BPF_CLASS(insn.code) == BPF_ALU;
	struct value a = state->regs[insn.dst_reg], b = operand(state, insn);
	uint8_t operation = BPF_OP(insn.code);
	struct value result = unknown;

	if (operation == BPF_MOV)
		result = b;
	else if (operation == BPF_AND && b.kind == CONSTANT && !b.number)
		result = b;
	else if (a.kind == CONSTANT && b.kind == CONSTANT)
		result = calculate(operation, is_32,
				   is_32 ? (uint32_t)a.number : a.number,
				   is_32 ? (uint32_t)b.number : b.number);
	else if (b.kind == CONSTANT && a.kind != UNKNOWN &&
		 (operation == BPF_ADD || operation == BPF_SUB)) {
		result = a;
		result.number += operation == BPF_ADD ? b.number : -b.number;
	}
	if (!is_32)
		return result;
	return result.kind == CONSTANT ? constant((uint32_t)result.number)
				       : unknown;
}

static bool holds(uint8_t operation, uint64_t a, uint64_t b, int64_t signed_a,
		  int64_t signed_b)
{
	switch (operation) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSET:
		return a & b;
	case BPF_JSGT:
		return signed_a > signed_b;
	case BPF_JSGE:
		return signed_a >= signed_b;
	case BPF_JSLT:
		return signed_a < signed_b;
	default:
		return signed_a <= signed_b;
	}
}

static void branch(struct flow *flow, size_t at, struct state *state)
{
	struct bpf_insn insn = flow->program->insns[at];
	struct value a = state->regs[insn.dst_reg], b = operand(state, insn);
	bool is_32 = BPF_CLASS(insn.code) == BPF_JMP32;
	size_t target = at + 1 + insn.off;
	bool taken;

	if (BPF_OP(insn.code) == BPF_JA) {
		go(flow, target, state);
		return;
	}
	if (a.kind != CONSTANT || b.kind != CONSTANT) {
		go(flow, target, state);
		go(flow, at + 1, state);
		return;
	}
	if (is_32)
		taken = holds(BPF_OP(insn.code), (uint32_t)a.number,
			      (uint32_t)b.number, (int32_t)a.number,
			      (int32_t)b.number);
	else
		taken = holds(BPF_OP(insn.code), a.number, b.number,
			      (int64_t)a.number, (int64_t)b.number);
	go(flow, taken ? target : at + 1, state);
}

/* What a call may write to: as much as its size says, or all that follows. */
static void forget_written(struct state *state)
{
	for (int reg = BPF_REG_1; reg <= BPF_REG_5; reg++) {
		struct value size =
			reg < BPF_REG_5 ? state->regs[reg + 1] : unknown;
		size_t left = 0;
		struct value *words =
			words_at(state, state->regs[reg], 0, &left);

		if (!words)
			continue;
		if (size.kind == CONSTANT && (size.number + 3) / 4 < left)
			left = (size.number + 3) / 4;
		forget(words, left);
	}
}

/* A function of the program: it knows its arguments, but for its own stack. */
static void enter(struct flow *flow, size_t function, const struct state *from)
{
	struct state state = {
		.inner = true,
		.regs = { [BPF_REG_10] = { .kind = ON_STACK } },
	};

	for (int reg = BPF_REG_1; from && reg <= BPF_REG_5; reg++)
		if (from->regs[reg].kind != ON_STACK)
			state.regs[reg] = from->regs[reg];
	go(flow, function, &state);
}

static void call(struct flow *flow, size_t at, struct state *state)
{
	struct bpf_insn insn = flow->program->insns[at];

	if (insn.src_reg == BPF_PSEUDO_CALL) {
		enter(flow, at + 1 + insn.imm, state);
	} else if (!insn.src_reg && (uint32_t)insn.imm > HELPERS_END) {
		if (flow->missing < 0 || (size_t)flow->missing > at)
			flow->missing = at;
		return;
	}
	forget_written(state);
	forget(state->regs, BPF_REG_6);
	go(flow, at + 1, state);
}

static void load_wide(struct flow *flow, size_t at, struct state *state)
{
	const struct bpf_insn *insn = &flow->program->insns[at];
	struct value value = unknown;

	if (insn->src_reg == BPF_PSEUDO_MAP_VALUE)
		value = (struct value){ .kind = IN_MAP,
					.map_fd = insn[0].imm,
					.number = insn[1].imm };
	else if (insn->src_reg == BPF_PSEUDO_FUNC)
		enter(flow, at + 1 + insn->imm, NULL);
	else if (!insn->src_reg)
		value = constant((uint32_t)insn[0].imm |
				 (uint64_t)(uint32_t)insn[1].imm << 32);
	state->regs[insn->dst_reg] = value;
	go(flow, at + 2, state);
}

static void jump(struct flow *flow, size_t at, struct state *state)
{
	switch (BPF_OP(flow->program->insns[at].code)) {
	case BPF_CALL:
		call(flow, at, state);
		break;
	case BPF_EXIT:
		if (!state->inner)
			merge(&flow->end, state);
		break;
	default:
		branch(flow, at, state);
	}
}

static void step(struct flow *flow, size_t at)
{
	struct bpf_insn insn = flow->program->insns[at];
	struct state state = flow->states[at];

	switch (BPF_CLASS(insn.code)) {
	case BPF_JMP:
	case BPF_JMP32:
		jump(flow, at, &state);
		return;
	case BPF_LD:
		load_wide(flow, at, &state);
		return;
	case BPF_LDX:
		state.regs[insn.dst_reg] = load(flow, &state, insn);
		break;
	case BPF_ST:
		store(&state, insn, constant(sign_extend(insn.imm)));
		break;
	case BPF_STX:
		/* What atomic operations leave is not followed. */
		store(&state, insn,
		      BPF_MODE(insn.code) == BPF_MEM ? state.regs[insn.src_reg]
						     : unknown);
		if (BPF_MODE(insn.code) != BPF_MEM)
			state.regs[insn.src_reg] = state.regs[BPF_REG_0] =
				unknown;
		break;
	default:
		state.regs[insn.dst_reg] = compute(&state, insn);
	}
	go(flow, at + 1, &state);
}

static void run(struct flow *flow)
{
	struct state start = {
		.regs = { [BPF_REG_1] = { .kind = IN_CONTEXT },
			  [BPF_REG_10] = { .kind = ON_STACK } },
	};

	flow->missing = -ENOENT;
	go(flow, 0, &start);
	while (flow->count) {
		size_t at = flow->work[--flow->count];

		flow->queued[at] = false;
		step(flow, at);
	}
}

static void take_context(const struct state *end, struct flow_context *context)
{
	memset(context, 0, sizeof(*context));
	for (size_t i = 0; i < FLOW_CONTEXT_WORDS; i++) {
		context->known[i] = end->context[i].kind == CONSTANT;
		context->words[i] = end->context[i].number;
	}
}

long flow_check(const struct flow_program *program,
		struct flow_context *context)
{
	struct flow flow = {
		.program = program,
		.states = calloc(program->count, sizeof(*flow.states)),
		.work = calloc(program->count, sizeof(*flow.work)),
		.queued = calloc(program->count, sizeof(*flow.queued)),
		.missing = -ENOMEM,
	};

	if (flow.states && flow.work && flow.queued) {
		run(&flow);
		take_context(&flow.end, context);
	}
	free(flow.states);
	free(flow.work);
	free(flow.queued);
	return flow.missing;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "probes/hooks.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/debug.h"
#include "probes/kernel.h"

/**
 * struct attachment - how far one row has come
 * @asked: its level was asked for
 * @first: tries before this one are known not to work
 * @tried: the try that is loaded; HOOK_TRIES = none
 * @links: what holds it; both set = attached
 * @reason: why a better try did not work
 * @renamed: the reason is only that functions of that name are not there
 */
struct attachment {
	bool asked;
	unsigned int first;
	unsigned int tried;
	struct bpf_link *links[2];
	char reason[160];
	bool renamed;
};

struct hooks {
	const struct hook_table *table;
	const struct hook_object *object;
	void *owner;
	bool open;
	struct bpf_object *loaded;
	struct attachment rows[HOOK_ROWS_MAX];
};

static bool try_exists(const struct hook_try *try)
{
	return try->programs[0] != NULL;
}

static bool is_trampoline(enum hook_state state)
{
	return state == HOOK_FENTRY || state == HOOK_FEXIT;
}

static bool is_btf_based(enum hook_state state)
{
	return is_trampoline(state) || state == HOOK_TRACEPOINT;
}

static bool takes_args(const struct btf *btf, int id, unsigned int args)
{
	const struct btf_type *function = btf__type_by_id(btf, id);
	const struct btf_type *proto = btf__type_by_id(btf, function->type);

	return !args || btf_vlen(proto) == args;
}

/*
 * Whether BTF knows a target must be asked before. A kprobe is tried out,
 * unless its row says that only BTF decides.
 */
static bool target_exists(const struct btf *btf, const struct hook_try *try)
{
	char name[NAME_LEN * 2];

	if (try->state == HOOK_TRACEPOINT) {
		snprintf(name, sizeof(name), "btf_trace_%s", try->target);
		return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0;
	}
	if (is_btf_based(try->state) || try->args) {
		int id =
			btf__find_by_name_kind(btf, try->target, BTF_KIND_FUNC);

		return id > 0 && takes_args(btf, id, try->args);
	}
	return true;
}

static const char not_there[] = "not in this kernel's BTF";

/* Return: why a try is not worth a load; NULL when it is */
static const char *obstacle_of(const struct btf *btf,
			       const struct hook_try *try)
{
	const char *obstacle;

	if (!target_exists(btf, try))
		return not_there;
	if (debug_forbids(try->target))
		return "forbidden by SWIOTLB_FORBID";
	return try->holds && !try->holds(&obstacle) ? obstacle : NULL;
}

static void note_failure(struct attachment *row, const struct hook_try *try,
			 const char *what)
{
	if (row->reason[0] && !row->renamed)
		return;
	if (row->reason[0] && what == not_there)
		return;
	row->renamed = what == not_there;
	snprintf(row->reason, sizeof(row->reason), "%s of %s: %s",
		 hook_state_name(try->state), try->target, what);
}

/* The next try of a row that is worth a load; HOOK_TRIES when there is none. */
static unsigned int choose_try(const struct hook_row *row,
			       struct attachment *attachment,
			       const struct btf *btf)
{
	if (debug_forbids(row->name)) {
		snprintf(attachment->reason, sizeof(attachment->reason),
			 "forbidden by SWIOTLB_FORBID");
		return HOOK_TRIES;
	}
	for (unsigned int i = attachment->first; i < HOOK_TRIES; i++) {
		const struct hook_try *try = &row->tries[i];
		const char *obstacle;

		if (!try_exists(try))
			break;
		obstacle = obstacle_of(btf, try);
		if (!obstacle)
			return i;
		note_failure(attachment, try, obstacle);
	}
	return HOOK_TRIES;
}

/* What serves functions of several names has none in its section. */
static bool names_its_function(const struct bpf_program *program)
{
	return strchr(bpf_program__section_name(program), '/') != NULL;
}

static void choose_program(struct bpf_object *object,
			   const struct hook_try *try, const char *name)
{
	struct bpf_program *program =
		bpf_object__find_program_by_name(object, name);

	if (!program)
		return;
	bpf_program__set_autoload(program, true);
	if (is_trampoline(try->state) && !names_its_function(program))
		bpf_program__set_attach_target(program, 0, try->target);
}

static void choose_programs(struct hooks *hooks, struct bpf_object *object,
			    const struct btf *btf)
{
	struct bpf_program *program;

	/* Programs that are run on demand hang on no hook. */
	bpf_object__for_each_program(program, object) bpf_program__set_autoload(
		program, bpf_program__type(program) == BPF_PROG_TYPE_SYSCALL);

	for (unsigned int i = 0; i < hooks->table->count; i++) {
		const struct hook_row *row = &hooks->table->rows[i];
		struct attachment *attachment = &hooks->rows[i];
		const struct hook_try *try;

		if (!attachment->asked)
			continue;
		attachment->tried = choose_try(row, attachment, btf);
		if (attachment->tried == HOOK_TRIES)
			continue;
		try = &row->tries[attachment->tried];
		for (int p = 0; p < 2; p++)
			if (try->programs[p])
				choose_program(object, try, try->programs[p]);
	}
}

static void detach_row(struct attachment *attachment)
{
	for (int p = 0; p < 2; p++) {
		bpf_link__destroy(attachment->links[p]);
		attachment->links[p] = NULL;
	}
}

static struct bpf_link *attach_program(const struct bpf_program *program,
				       const struct hook_try *try)
{
	const char *section = bpf_program__section_name(program);

	if (is_btf_based(try->state) || names_its_function(program))
		return bpf_program__attach(program);
	return bpf_program__attach_kprobe(
		program, !strcmp(section, "kretprobe"), try->target);
}

/*
 * The second program goes first: an end without its begin is told apart, a
 * begin whose end is never seen is not.
 */
static int attach_row(struct attachment *attachment, const struct hook_try *try,
		      struct bpf_object *object)
{
	for (int p = 1; p >= 0; p--) {
		struct bpf_program *program;
		struct bpf_link *link;
		int error;

		if (!try->programs[p])
			continue;
		program = bpf_object__find_program_by_name(object,
							   try->programs[p]);
		if (!program)
			return -ENOENT;
		link = attach_program(program, try);
		error = libbpf_get_error(link);
		if (error) {
			detach_row(attachment);
			return error;
		}
		attachment->links[p] = link;
	}
	return 0;
}

/* Return: true when a row failed and wants another load for its next try. */
static bool attach_rows(struct hooks *hooks, struct bpf_object *object)
{
	bool again = false;

	for (unsigned int i = 0; i < hooks->table->count; i++) {
		const struct hook_row *row = &hooks->table->rows[i];
		struct attachment *attachment = &hooks->rows[i];
		const struct hook_try *try;
		int error;

		if (!attachment->asked || attachment->tried == HOOK_TRIES)
			continue;
		try = &row->tries[attachment->tried];
		error = attach_row(attachment, try, object);
		if (!error)
			continue;
		note_failure(attachment, try, strerror(-error));
		attachment->first = attachment->tried + 1;
		attachment->tried = HOOK_TRIES;
		if (attachment->first < HOOK_TRIES &&
		    try_exists(&row->tries[attachment->first]))
			again = true;
	}
	return again;
}

/* A load that failed names no row, so every row with a choice gives way. */
static bool give_way(struct hooks *hooks, int error)
{
	bool again = false;

	for (unsigned int i = 0; i < hooks->table->count; i++) {
		struct attachment *attachment = &hooks->rows[i];
		const struct hook_row *row = &hooks->table->rows[i];

		if (!attachment->asked || attachment->tried == HOOK_TRIES ||
		    !is_btf_based(row->tries[attachment->tried].state))
			continue;
		note_failure(attachment, &row->tries[attachment->tried],
			     strerror(-error));
		attachment->first = attachment->tried + 1;
		again = true;
	}
	return again;
}

static void close_object(struct hooks *hooks)
{
	for (unsigned int i = 0; i < hooks->table->count; i++)
		detach_row(&hooks->rows[i]);
	if (hooks->open)
		hooks->object->close(hooks->owner);
	hooks->open = false;
	hooks->loaded = NULL;
}

/* One round: open, choose, load, attach. *again = another may do better. */
static int start_once(struct hooks *hooks, const struct btf *btf, bool *again)
{
	struct bpf_object *object;
	int error;

	*again = false;
	error = hooks->object->open(hooks->owner, &object);
	if (error)
		return error;
	hooks->open = true;
	hooks->loaded = object;
	choose_programs(hooks, object, btf);
	if (hooks->object->prepare)
		error = hooks->object->prepare(hooks->owner);
	if (!error)
		error = hooks->object->load(hooks->owner);
	if (error) {
		if (error != -EPERM && error != -ENOMEM)
			*again = give_way(hooks, error);
		return error;
	}
	*again = attach_rows(hooks, object);
	return 0;
}

int hooks_start(struct hooks **out, const struct hook_table *table,
		const struct hook_object *object, void *owner,
		unsigned int levels)
{
	struct hooks *hooks = calloc(1, sizeof(*hooks));
	const struct btf *btf = kernel_types();
	bool again = true;
	int error = btf ? 0 : -errno;

	if (!hooks)
		error = -ENOMEM;
	if (error)
		goto fail;
	hooks->table = table;
	hooks->object = object;
	hooks->owner = owner;
	for (unsigned int i = 0; i < table->count; i++)
		hooks->rows[i].asked = table->rows[i].level & levels;

	for (unsigned int round = 0; again && round < HOOK_TRIES; round++) {
		close_object(hooks);
		error = start_once(hooks, btf, &again);
	}
	if (error)
		goto fail;
	*out = hooks;
	return 0;

fail:
	if (hooks)
		hooks_stop(hooks);
	return error;
}

void hooks_stop(struct hooks *hooks)
{
	if (!hooks)
		return;
	if (hooks->table)
		close_object(hooks);
	free(hooks);
}

static bool row_attached(const struct attachment *attachment)
{
	return attachment->links[0] || attachment->links[1];
}

struct bpf_object *hooks_object(const struct hooks *hooks)
{
	return hooks ? hooks->loaded : NULL;
}

bool hooks_attached(const struct hooks *hooks, const char *name)
{
	if (!hooks)
		return false;
	for (unsigned int i = 0; i < hooks->table->count; i++)
		if (!strcmp(hooks->table->rows[i].name, name))
			return row_attached(&hooks->rows[i]);
	return false;
}

unsigned int hooks_count(const struct hooks *hooks)
{
	unsigned int count = 0;

	for (unsigned int i = 0; hooks && i < hooks->table->count; i++)
		count += hooks->rows[i].asked;
	return count;
}

static void describe_row(const struct hook_row *row,
			 const struct attachment *attachment, struct hook *out)
{
	const struct hook_try *try = &row->tries[attachment->tried];
	const char *reason = attachment->renamed ? "" : attachment->reason;

	memset(out, 0, sizeof(*out));
	out->name = row->name;
	out->level = row->level;
	if (!row_attached(attachment)) {
		out->state = HOOK_ABSENT;
		out->partial = row->vital;
		snprintf(out->reason, sizeof(out->reason), "%s%s%s",
			 attachment->reason, attachment->reason[0] ? "; " : "",
			 row->absent);
		return;
	}
	out->state = try->state;
	out->partial = try->note != NULL;
	snprintf(out->target, sizeof(out->target), "%s", try->target);
	snprintf(out->reason, sizeof(out->reason), "%s%s%s", reason,
		 *reason && try->note ? "; " : "", try->note ? try->note : "");
}

unsigned int hooks_describe(const struct hooks *hooks, struct hook *out)
{
	unsigned int count = 0;

	for (unsigned int i = 0; hooks && i < hooks->table->count; i++)
		if (hooks->rows[i].asked)
			describe_row(&hooks->table->rows[i], &hooks->rows[i],
				     &out[count++]);
	return count;
}

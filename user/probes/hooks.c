// SPDX-License-Identifier: GPL-2.0-only
#include "probes/hooks.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "include/links.h"
#include "probes/debug.h"
#include "probes/kernel.h"
#include "probes/multi.h"
#include "probes/slots.h"
#include "util/errors.h"

/**
 * struct holder - what keeps a program attached
 * @link: libbpf's; NULL = none
 * @fd: of a link made by multi_attach(); 0 = none
 */
struct holder {
	struct bpf_link *link;
	int fd;
};

/**
 * struct attachment - how far one row has come
 * @asked: its level was asked for
 * @order: its tries, by preference on this kernel; HOOK_TRIES ends them
 * @first: those of @order before this one are known not to work
 * @tried: the try that is loaded; HOOK_TRIES = none
 * @holders: of its programs
 * @reason: why a better try did not work
 * @lacking: the kernel does not have the feature that it observes
 * @renamed: the reason is only that functions of that name are not there
 */
struct attachment {
	bool asked;
	unsigned int order[HOOK_TRIES + 1];
	unsigned int first;
	unsigned int tried;
	struct holder holders[2];
	char reason[160];
	bool lacking;
	bool renamed;
};

/**
 * struct hooks - an object and what is attached of it
 * @preempted: tasks are preempted in programs of trampolines
 * @counts_missed: the kernel counts what kprobe programs miss, and tells
 */
struct hooks {
	const struct hook_table *table;
	const struct hook_object *object;
	void *owner;
	bool open;
	bool preempted;
	bool counts_missed;
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

static bool is_multi(enum hook_state state)
{
	return state == HOOK_SESSION || state == HOOK_MULTI ||
	       state == HOOK_RETURN_MULTI;
}

/* Whether calls of others are lost while a task is preempted in the program. */
static bool loses_calls(const struct hooks *hooks, const struct hook_row *row,
			const struct hook_try *try)
{
	return hooks->preempted && row->preemptible &&
	       is_trampoline(try->state);
}

/* In two rounds: those that lose nothing, then those that do. */
static void order_tries(const struct hooks *hooks, const struct hook_row *row,
			struct attachment *attachment)
{
	unsigned int count = 0;

	for (int lossy = 0; lossy < 2; lossy++)
		for (unsigned int i = 0; i < HOOK_TRIES; i++)
			if (try_exists(&row->tries[i]) &&
			    loses_calls(hooks, row, &row->tries[i]) == lossy)
				attachment->order[count++] = i;
	attachment->order[count] = HOOK_TRIES;
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
	if (is_btf_based(try->state) || is_multi(try->state) || try->args)
		return kernel_has_function_args(try->target, try->args);
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
	if (debug_forbids(try->target) ||
	    debug_forbids(hook_state_name(try->state)))
		return "forbidden by SWIOTLB_FORBID";
	return try->holds && !try->holds(&obstacle) ? obstacle : NULL;
}

static void note_failure(struct attachment *row, const struct hook_try *try,
			 const char *what)
{
	if (row->reason[0] && !row->renamed)
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
	attachment->lacking =
		row->feature && !kernel_has_function(row->feature->function);
	if (attachment->lacking)
		return HOOK_TRIES;
	for (; attachment->order[attachment->first] != HOOK_TRIES;
	     attachment->first++) {
		unsigned int i = attachment->order[attachment->first];
		const char *obstacle = obstacle_of(btf, &row->tries[i]);

		if (!obstacle)
			return i;
		note_failure(attachment, &row->tries[i], obstacle);
	}
	return HOOK_TRIES;
}

/* What serves functions of several names has none in its section. */
static bool names_its_function(const struct bpf_program *program)
{
	return strchr(bpf_program__section_name(program), '/') != NULL;
}

static bool is_return(const struct bpf_program *program)
{
	return !strcmp(bpf_program__section_name(program), "kretprobe");
}

static enum multi_kind multi_kind(const struct hook_try *try,
				  const struct bpf_program *program)
{
	if (try->state == HOOK_SESSION)
		return MULTI_SESSION;
	return is_return(program) ? MULTI_RETURN : MULTI_ENTRY;
}

static void choose_program(struct bpf_object *object,
			   const struct hook_try *try, const char *name)
{
	struct bpf_program *program =
		bpf_object__find_program_by_name(object, name);

	if (!program)
		return;
	bpf_program__set_autoload(program, true);
	if (is_multi(try->state))
		multi_prepare(program, multi_kind(try, program));
	if (is_trampoline(try->state) && !names_its_function(program))
		bpf_program__set_attach_target(program, 0, try->target);
}

/* The program that reads what links missed, where the kernel does not tell. */
static struct bpf_program *missed_reader(struct bpf_object *object)
{
	return bpf_object__find_program_by_name(object, "read_link_missed");
}

static void choose_programs(struct hooks *hooks, struct bpf_object *object,
			    const struct btf *btf)
{
	struct bpf_program *program;

	/* Programs that are run on demand hang on no hook. */
	bpf_object__for_each_program(program, object) bpf_program__set_autoload(
		program, bpf_program__type(program) == BPF_PROG_TYPE_SYSCALL);
	program = missed_reader(object);
	if (program)
		bpf_program__set_autoload(program, !hooks->counts_missed);

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

static void detach(struct holder *holder)
{
	bpf_link__destroy(holder->link);
	if (holder->fd)
		close(holder->fd);
	memset(holder, 0, sizeof(*holder));
}

static void detach_row(struct attachment *attachment)
{
	for (int p = 0; p < 2; p++)
		detach(&attachment->holders[p]);
}

static int attach_multi(const struct bpf_program *program,
			const struct hook_try *try, struct holder *holder)
{
	int fd = multi_attach(bpf_program__fd(program), try->target,
			      multi_kind(try, program));

	if (fd < 0)
		return fd;
	holder->fd = fd;
	return 0;
}

static int attach_program(const struct bpf_program *program,
			  const struct hook_try *try, struct holder *holder)
{
	struct bpf_link *link;
	int error;

	if (is_multi(try->state))
		return attach_multi(program, try, holder);
	if (is_btf_based(try->state) || names_its_function(program))
		link = bpf_program__attach(program);
	else
		link = bpf_program__attach_kprobe(program, is_return(program),
						  try->target);
	error = libbpf_get_error(link);
	if (!error)
		holder->link = link;
	return error;
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
		int error;

		if (!try->programs[p])
			continue;
		program = bpf_object__find_program_by_name(object,
							   try->programs[p]);
		if (!program)
			return -ENOENT;
		error = attach_program(program, try, &attachment->holders[p]);
		if (error) {
			detach_row(attachment);
			return error;
		}
	}
	return 0;
}

static void next_try(struct attachment *attachment, const struct hook_row *row,
		     int error)
{
	note_failure(attachment, &row->tries[attachment->tried],
		     error_text(error));
	attachment->first++;
	attachment->tried = HOOK_TRIES;
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
		next_try(attachment, row, error);
		if (attachment->order[attachment->first] != HOOK_TRIES)
			again = true;
	}
	return again;
}

/* The first program that libbpf complained of since it was emptied. */
static char failed_program[64];
static libbpf_print_fn_t print_further;

__attribute__((format(printf, 2, 0))) static int
watch_complaints(enum libbpf_print_level level, const char *format,
		 va_list args)
{
	char text[128];
	va_list copy;

	if (level == LIBBPF_WARN && !failed_program[0]) {
		va_copy(copy, args);
		vsnprintf(text, sizeof(text), format, copy);
		va_end(copy);
		sscanf(text, "libbpf: prog '%63[^']'", failed_program);
	}
	return print_further ? print_further(level, format, args) : 0;
}

static int load_object(struct hooks *hooks)
{
	int error;

	failed_program[0] = '\0';
	print_further = libbpf_set_print(watch_complaints);
	error = hooks->object->load(hooks->owner);
	libbpf_set_print(print_further);
	return error;
}

static bool uses_program(const struct hook_try *try, const char *name)
{
	for (int p = 0; p < 2; p++)
		if (try->programs[p] && !strcmp(try->programs[p], name))
			return true;
	return false;
}

static const struct hook_try *loaded_try(const struct hooks *hooks,
					 unsigned int i)
{
	const struct attachment *attachment = &hooks->rows[i];

	if (!attachment->asked || attachment->tried == HOOK_TRIES)
		return NULL;
	return &hooks->table->rows[i].tries[attachment->tried];
}

static const struct hook_try *failed_try(const struct hooks *hooks)
{
	for (unsigned int i = 0; i < hooks->table->count; i++) {
		const struct hook_try *try = loaded_try(hooks, i);

		if (try && uses_program(try, failed_program))
			return try;
	}
	return NULL;
}

/*
 * The row of the program that failed gives way; where its kind is not allowed
 * to this process, or refused by lockdown, all rows of this kind.
 */
static bool give_way(struct hooks *hooks, int error)
{
	const struct hook_try *failed = failed_try(hooks);

	if (!failed)
		return false;
	for (unsigned int i = 0; i < hooks->table->count; i++) {
		const struct hook_try *try = loaded_try(hooks, i);

		if (!try)
			continue;
		if (uses_program(try, failed_program) ||
		    (error == -EPERM &&
		     is_btf_based(try->state) == is_btf_based(failed->state)))
			next_try(&hooks->rows[i], &hooks->table->rows[i],
				 error);
	}
	return true;
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
		error = load_object(hooks);
	if (error) {
		*again = error != -ENOMEM && give_way(hooks, error);
		return error;
	}
	*again = attach_rows(hooks, object);
	if (!*again && hooks->object->attached)
		hooks->object->attached(hooks->owner, hooks);
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
	hooks->preempted = preemption_hits_programs(kernel_preemption());
	hooks->counts_missed = kernel_counts_missed_probes();
	for (unsigned int i = 0; i < table->count; i++) {
		hooks->rows[i].asked = table->rows[i].level & levels;
		order_tries(hooks, &table->rows[i], &hooks->rows[i]);
	}

	/* Each round but the last takes a try away from a row at least. */
	while (again) {
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
	const struct holder *first = &attachment->holders[0];

	return first->link || first->fd;
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

static uint64_t missed_by_program(const struct hooks *hooks, const char *name)
{
	const struct bpf_program *program =
		bpf_object__find_program_by_name(hooks->loaded, name);
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (!program ||
	    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len))
		return 0;
	return info.recursion_misses;
}

static uint64_t missed_by_link(const struct hooks *hooks,
			       const struct holder *holder)
{
	struct link_request request = { .fd = holder->fd };
	const struct bpf_program *program;

	if (holder->link)
		request.fd = bpf_link__fd(holder->link);
	if (!holder->link && !holder->fd)
		return 0;
	if (hooks->counts_missed)
		return link_missed(request.fd);
	program = missed_reader(hooks->loaded);
	if (!program || program_run(program, &request, sizeof(request)))
		return 0;
	return request.missed;
}

static uint64_t missed_by_row(const struct hooks *hooks, unsigned int i)
{
	const struct hook_try *try = loaded_try(hooks, i);
	uint64_t missed = 0;

	for (int p = 0; try && p < 2; p++)
		if (try->programs[p])
			missed += missed_by_program(hooks, try->programs[p]) +
				  missed_by_link(hooks,
						 &hooks->rows[i].holders[p]);
	return missed;
}

bool hooks_probed(const struct hooks *hooks, const char *name)
{
	for (unsigned int i = 0; hooks && i < hooks->table->count; i++)
		if (!strcmp(hooks->table->rows[i].name, name) &&
		    row_attached(&hooks->rows[i]))
			return !is_btf_based(
				hooks->table->rows[i]
					.tries[hooks->rows[i].tried]
					.state);
	return false;
}

uint64_t hooks_missed(const struct hooks *hooks, const char *name)
{
	uint64_t missed = 0;

	for (unsigned int i = 0; hooks && i < hooks->table->count; i++)
		if (!name || !strcmp(hooks->table->rows[i].name, name))
			missed += missed_by_row(hooks, i);
	return missed;
}

unsigned int hooks_count(const struct hooks *hooks)
{
	unsigned int count = 0;

	for (unsigned int i = 0; hooks && i < hooks->table->count; i++)
		count += hooks->rows[i].asked;
	return count;
}

static const char preempted[] =
	"while a task is preempted in it, calls of others on its CPU are lost, and counted";

/* Return: what a hook that is attached does not see; NULL = it sees all */
static const char *shortcoming(const struct hooks *hooks,
			       const struct hook_row *row,
			       const struct hook_try *try)
{
	if (try->note)
		return try->note;
	return loses_calls(hooks, row, try) ? preempted : NULL;
}

static void describe_row(const struct hooks *hooks, unsigned int index,
			 struct hook *out)
{
	const struct hook_row *row = &hooks->table->rows[index];
	const struct attachment *attachment = &hooks->rows[index];
	const struct hook_try *try = &row->tries[attachment->tried];
	const char *reason = attachment->renamed ? "" : attachment->reason;
	const char *note;

	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s", row->name);
	out->level = row->level;
	if (!row_attached(attachment)) {
		out->state = HOOK_ABSENT;
		out->partial = row->vital;
		if (attachment->lacking)
			snprintf(out->reason, sizeof(out->reason), "%s",
				 row->feature->missing);
		else
			snprintf(out->reason, sizeof(out->reason), "%s%s%s",
				 attachment->reason,
				 attachment->reason[0] ? "; " : "",
				 row->absent);
		return;
	}
	out->state = try->state;
	out->partial = try->note;
	note = shortcoming(hooks, row, try);
	snprintf(out->target, sizeof(out->target), "%s", try->target);
	snprintf(out->reason, sizeof(out->reason), "%s%s%s", reason,
		 *reason && note ? "; " : "", note ? note : "");
}

unsigned int hooks_describe(const struct hooks *hooks, struct hook *out)
{
	unsigned int count = 0;

	for (unsigned int i = 0; hooks && i < hooks->table->count; i++)
		if (hooks->rows[i].asked)
			describe_row(hooks, i, &out[count++]);
	return count;
}

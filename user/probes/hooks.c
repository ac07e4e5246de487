// SPDX-License-Identifier: GPL-2.0-only
#include "probes/hooks.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "include/links.h"
#include "probes/kernel.h"
#include "probes/multi.h"
#include "probes/slots.h"
#include "util/debug.h"
#include "util/errors.h"
#include "util/log.h"

/**
 * struct holder - what keeps a program attached
 * @program: the program; NULL = none is attached
 * @link: libbpf's; NULL = none
 * @fd: of a link made by multi_attach(); 0 = none
 */
struct holder {
	const struct bpf_program *program;
	struct bpf_link *link;
	int fd;
};

/** enum obstacle_weight - how much the reason against a candidate tells */
enum obstacle_weight {
	FOR_OTHERS, /* it is for kernels that work otherwise */
	NOT_THERE,  /* this kernel lacks the function, or that kind of hook */
	REFUSED,    /* it should have worked */
};

/**
 * struct attachment - the state of one row
 * @requested: its level was requested
 * @order: indices of its candidates, by preference on this kernel;
 *	HOOK_CANDIDATES ends them
 * @first: candidates of @order before this one do not work
 * @chosen: the candidate that is loaded; HOOK_CANDIDATES = none
 * @holders: of its programs
 * @reason: why a better candidate did not work
 * @weight: of the reason
 * @lacking: the kernel lacks the feature that it observes
 */
struct attachment {
	bool requested;
	unsigned int order[HOOK_CANDIDATES + 1];
	unsigned int first;
	unsigned int chosen;
	struct holder holders[2];
	char reason[160];
	enum obstacle_weight weight;
	bool lacking;
};

/**
 * struct hooks - an object and its attached hooks
 * @preempted: tasks can be preempted in programs of trampolines
 * @counts_missed: the kernel reports how many calls kprobe programs missed
 */
struct hooks {
	const struct hook_table *table;
	const struct hook_object *object;
	void *self;
	bool open;
	bool preempted;
	bool counts_missed;
	struct bpf_object *loaded;
	struct attachment rows[HOOK_ROWS_MAX];
};

static bool candidate_exists(const struct hook_candidate *candidate)
{
	return candidate->programs[0] != NULL;
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

/* Whether calls of other tasks are lost while one is preempted in it. */
static bool loses_calls(const struct hooks *hooks, const struct hook_row *row,
			const struct hook_candidate *candidate)
{
	return hooks->preempted && row->preemptible &&
	       is_trampoline(candidate->state);
}

/* Candidates that lose nothing come first, then those that do. */
static void order_candidates(const struct hooks *hooks,
			     const struct hook_row *row,
			     struct attachment *attachment)
{
	unsigned int count = 0;

	for (int lossy = 0; lossy < 2; lossy++)
		for (unsigned int i = 0; i < HOOK_CANDIDATES; i++)
			if (candidate_exists(&row->candidates[i]) &&
			    loses_calls(hooks, row, &row->candidates[i]) ==
				    lossy)
				attachment->order[count++] = i;
	attachment->order[count] = HOOK_CANDIDATES;
}

/*
 * BTF is asked before the load. A kprobe needs no BTF: whether its function
 * exists is seen when it is attached, unless its row requires parameters.
 */
static bool target_exists(const struct hook_candidate *candidate)
{
	if (candidate->state == HOOK_TRACEPOINT)
		return kernel_tracepoint_id(candidate->target) > 0;
	if (is_btf_based(candidate->state) || is_multi(candidate->state) ||
	    candidate->args)
		return kernel_has_function_args(candidate->target,
						candidate->args);
	return true;
}

/**
 * struct obstacle - why a candidate cannot be used
 * @text: the reason; NULL = it can be used
 * @weight: of the reason
 */
struct obstacle {
	const char *text;
	enum obstacle_weight weight;
};

static struct obstacle obstacle_of(const struct hook_candidate *candidate)
{
	struct obstacle found = { .weight = FOR_OTHERS };

	if (candidate->suits && !candidate->suits(&found.text))
		return found;
	found = (struct obstacle){ .weight = NOT_THERE };
	if (is_trampoline(candidate->state) && !kernel_has_trampolines())
		found.text = "this kernel has no BPF trampolines "
			     "(DYNAMIC_FTRACE_WITH_DIRECT_CALLS)";
	else if (!target_exists(candidate))
		found.text = "not in this kernel's BTF";
	if (found.text)
		return found;
	found.weight = REFUSED;
	if (debug_forbids(candidate->target) ||
	    debug_forbids(hook_state_name(candidate->state)))
		found.text = "forbidden by SWIOTLB_FORBID";
	else if (candidate->usable && candidate->usable(&found.text))
		found.text = NULL;
	return found;
}

/* Of the reasons that tell most, the first one is kept. */
static void record_failure(struct attachment *row,
			   const struct hook_candidate *candidate,
			   struct obstacle obstacle)
{
	if (row->reason[0] && obstacle.weight <= row->weight)
		return;
	row->weight = obstacle.weight;
	snprintf(row->reason, sizeof(row->reason), "%s of %s: %s",
		 hook_state_name(candidate->state), candidate->target,
		 obstacle.text);
}

/* Return: the next candidate of a row that can be used, or HOOK_CANDIDATES */
static unsigned int choose_candidate(const struct hook_row *row,
				     struct attachment *attachment)
{
	if (debug_forbids(row->name)) {
		snprintf(attachment->reason, sizeof(attachment->reason),
			 "forbidden by SWIOTLB_FORBID");
		return HOOK_CANDIDATES;
	}
	attachment->lacking =
		row->feature && !kernel_has_function(row->feature->function);
	if (attachment->lacking)
		return HOOK_CANDIDATES;
	for (; attachment->order[attachment->first] != HOOK_CANDIDATES;
	     attachment->first++) {
		unsigned int i = attachment->order[attachment->first];
		struct obstacle obstacle = obstacle_of(&row->candidates[i]);

		if (!obstacle.text)
			return i;
		record_failure(attachment, &row->candidates[i], obstacle);
	}
	return HOOK_CANDIDATES;
}

/* A program for functions of several names has none in its section. */
static bool names_its_function(const struct bpf_program *program)
{
	return strchr(bpf_program__section_name(program), '/') != NULL;
}

/* Programs of a candidate may be for different functions: both name theirs. */
static const char *function_of(const struct bpf_program *program,
			       const struct hook_candidate *candidate)
{
	const char *named = strchr(bpf_program__section_name(program), '/');

	return named ? named + 1 : candidate->target;
}

static bool is_return(const struct bpf_program *program)
{
	return !strcmp(bpf_program__section_name(program), "kretprobe");
}

static enum multi_kind multi_kind(const struct hook_candidate *candidate,
				  const struct bpf_program *program)
{
	if (candidate->state == HOOK_SESSION)
		return MULTI_SESSION;
	return is_return(program) ? MULTI_RETURN : MULTI_ENTRY;
}

static void choose_program(struct bpf_object *object,
			   const struct hook_candidate *candidate,
			   const char *name)
{
	struct bpf_program *program =
		bpf_object__find_program_by_name(object, name);

	if (!program)
		return;
	bpf_program__set_autoload(program, true);
	if (is_multi(candidate->state))
		multi_prepare(program, multi_kind(candidate, program));
}

/* The program that reads what links missed, if the kernel does not report it.
 */
static struct bpf_program *missed_reader(struct bpf_object *object)
{
	return bpf_object__find_program_by_name(object, "read_link_missed");
}

static void choose_programs(struct hooks *hooks, struct bpf_object *object)
{
	struct bpf_program *program;

	/* Programs that are run on demand belong to no hook. */
	bpf_object__for_each_program(program, object) bpf_program__set_autoload(
		program, bpf_program__type(program) == BPF_PROG_TYPE_SYSCALL);
	program = missed_reader(object);
	if (program)
		bpf_program__set_autoload(program, !hooks->counts_missed);

	for (unsigned int i = 0; i < hooks->table->count; i++) {
		const struct hook_row *row = &hooks->table->rows[i];
		struct attachment *attachment = &hooks->rows[i];
		const struct hook_candidate *candidate;

		if (!attachment->requested)
			continue;
		attachment->chosen = choose_candidate(row, attachment);
		if (attachment->chosen == HOOK_CANDIDATES)
			continue;
		candidate = &row->candidates[attachment->chosen];
		for (int p = 0; p < 2; p++)
			if (candidate->programs[p])
				choose_program(object, candidate,
					       candidate->programs[p]);
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
			const struct hook_candidate *candidate,
			struct holder *holder)
{
	int fd = multi_attach(bpf_program__fd(program), candidate->target,
			      multi_kind(candidate, program));

	if (fd < 0)
		return fd;
	holder->fd = fd;
	return 0;
}

static int attach_program(const struct bpf_program *program,
			  const struct hook_candidate *candidate,
			  struct holder *holder)
{
	struct bpf_link *link;
	int error;

	if (is_multi(candidate->state))
		return attach_multi(program, candidate, holder);
	if (is_btf_based(candidate->state))
		link = bpf_program__attach_trace(program);
	else if (names_its_function(program))
		link = bpf_program__attach(program);
	else
		link = bpf_program__attach_kprobe(program, is_return(program),
						  candidate->target);
	error = libbpf_get_error(link);
	if (!error)
		holder->link = link;
	return error;
}

/*
 * The second program is attached first: an end without a begin is recognised,
 * a begin without an end is not.
 */
static int attach_row(struct attachment *attachment,
		      const struct hook_candidate *candidate,
		      struct bpf_object *object)
{
	for (int p = 1; p >= 0; p--) {
		struct bpf_program *program;
		int error;

		if (!candidate->programs[p])
			continue;
		program = bpf_object__find_program_by_name(
			object, candidate->programs[p]);
		if (!program)
			return -ENOENT;
		error = attach_program(program, candidate,
				       &attachment->holders[p]);
		if (error) {
			detach_row(attachment);
			return error;
		}
		attachment->holders[p].program = program;
	}
	return 0;
}

static void next_candidate(struct attachment *attachment,
			   const struct hook_row *row, int error)
{
	/* Whether there is such a function, a kprobe finds out. */
	struct obstacle obstacle = {
		.text = error_text(error),
		.weight = error == -ENOENT ? NOT_THERE : REFUSED,
	};

	record_failure(attachment, &row->candidates[attachment->chosen],
		       obstacle);
	attachment->first++;
	attachment->chosen = HOOK_CANDIDATES;
}

/* Return: true if a row failed and its next candidate needs another load. */
static bool attach_rows(struct hooks *hooks, struct bpf_object *object)
{
	bool again = false;

	for (unsigned int i = 0; i < hooks->table->count; i++) {
		const struct hook_row *row = &hooks->table->rows[i];
		struct attachment *attachment = &hooks->rows[i];
		const struct hook_candidate *candidate;
		int error;

		if (!attachment->requested ||
		    attachment->chosen == HOOK_CANDIDATES)
			continue;
		candidate = &row->candidates[attachment->chosen];
		error = attach_row(attachment, candidate, object);
		if (!error)
			continue;
		next_candidate(attachment, row, error);
		if (attachment->order[attachment->first] != HOOK_CANDIDATES)
			again = true;
	}
	return again;
}

/* The first program that libbpf warned about since this was cleared. */
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

static bool uses_program(const struct hook_candidate *candidate,
			 const char *name)
{
	for (int p = 0; p < 2; p++)
		if (candidate->programs[p] &&
		    !strcmp(candidate->programs[p], name))
			return true;
	return false;
}

static const struct hook_candidate *loaded_candidate(const struct hooks *hooks,
						     unsigned int i)
{
	const struct attachment *attachment = &hooks->rows[i];

	if (!attachment->requested || attachment->chosen == HOOK_CANDIDATES)
		return NULL;
	return &hooks->table->rows[i].candidates[attachment->chosen];
}

static const struct hook_candidate *candidate_of(const struct hooks *hooks,
						 const char *program)
{
	for (unsigned int i = 0; i < hooks->table->count; i++) {
		const struct hook_candidate *candidate =
			loaded_candidate(hooks, i);

		if (candidate && uses_program(candidate, program))
			return candidate;
	}
	return NULL;
}

/* Those whose programs are being loaded. */
static const struct hooks *loading;

/* What a program is for, in the kernel's types. */
static int target_id(const struct bpf_program *program,
		     const struct hook_candidate *candidate)
{
	const char *name = function_of(program, candidate);

	return candidate->state == HOOK_TRACEPOINT ? kernel_tracepoint_id(name)
						   : kernel_function_id(name);
}

/*
 * For a program that it knows to need the kernel's types at its load, libbpf
 * reads all of them, 5 MiB, twice (libbpf 1.1, obj_needs_vmlinux_btf()). So
 * such a program becomes one with its load, and what it is for is looked up
 * here.
 */
static int prepare_traced(struct bpf_program *program,
			  struct bpf_prog_load_opts *options, long attach_type)
{
	const struct hook_candidate *candidate =
		candidate_of(loading, bpf_program__name(program));
	int id = candidate ? target_id(program, candidate) : -ENOENT;

	if (id < 0)
		return id;
	options->attach_btf_id = (__u32)id;
	options->expected_attach_type = (enum bpf_attach_type)attach_type;
	return bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
}

static int handle_section(const char *section, enum bpf_attach_type attach_type)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, options, .cookie = attach_type,
		    .prog_prepare_load_fn = prepare_traced);
	int id = libbpf_register_prog_handler(section, BPF_PROG_TYPE_KPROBE,
					      attach_type, &options);

	return id < 0 ? id : 0;
}

/* Before an object with such programs is opened. */
static int handle_traced(void)
{
	static bool registered;
	int error;

	if (registered)
		return 0;
	error = handle_section("fentry+", BPF_TRACE_FENTRY);
	if (!error)
		error = handle_section("fexit+", BPF_TRACE_FEXIT);
	if (!error)
		error = handle_section("tp_btf+", BPF_TRACE_RAW_TP);
	registered = !error;
	return error;
}

static int load_object(struct hooks *hooks)
{
	int error;

	failed_program[0] = '\0';
	loading = hooks;
	print_further = libbpf_set_print(watch_complaints);
	error = hooks->object->load(hooks->self);
	libbpf_set_print(print_further);
	loading = NULL;
	return error;
}

/*
 * The row of the program that failed moves on to its next candidate. If the
 * kernel does not allow its kind of program to this process, or lockdown
 * refuses it, so do all rows of that kind.
 */
static bool give_way(struct hooks *hooks, int error)
{
	const struct hook_candidate *failed =
		candidate_of(hooks, failed_program);

	if (!failed)
		return false;
	for (unsigned int i = 0; i < hooks->table->count; i++) {
		const struct hook_candidate *candidate =
			loaded_candidate(hooks, i);

		if (!candidate)
			continue;
		if (uses_program(candidate, failed_program) ||
		    (error == -EPERM && is_btf_based(candidate->state) ==
						is_btf_based(failed->state)))
			next_candidate(&hooks->rows[i], &hooks->table->rows[i],
				       error);
	}
	return true;
}

static void detach_rows(struct hooks *hooks)
{
	for (unsigned int i = 0; i < hooks->table->count; i++)
		detach_row(&hooks->rows[i]);
}

static void close_object(struct hooks *hooks)
{
	detach_rows(hooks);
	if (hooks->open)
		hooks->object->close(hooks->self);
	hooks->open = false;
	hooks->loaded = NULL;
}

/* Open, choose, load, attach. *again is set if another round may do better. */
static int start_once(struct hooks *hooks, bool *again)
{
	struct bpf_object *object;
	int error;

	*again = false;
	error = hooks->object->open(hooks->self, &object);
	if (error)
		return error;
	hooks->open = true;
	hooks->loaded = object;
	choose_programs(hooks, object);
	if (hooks->object->prepare)
		error = hooks->object->prepare(hooks->self);
	kernel_forget_types();
	if (!error)
		error = load_object(hooks);
	if (error) {
		*again = error != -ENOMEM && give_way(hooks, error);
		return error;
	}
	*again = attach_rows(hooks, object);
	if (!*again && hooks->object->attached)
		hooks->object->attached(hooks->self, hooks);
	return 0;
}

int hooks_start(struct hooks **out, const struct hook_table *table,
		const struct hook_object *object, void *self,
		unsigned int levels)
{
	struct hooks *hooks = calloc(1, sizeof(*hooks));
	bool again = true;
	int error = hooks ? handle_traced() : -ENOMEM;

	if (error) {
		free(hooks);
		return error;
	}
	hooks->table = table;
	hooks->object = object;
	hooks->self = self;
	hooks->preempted = preemption_hits_programs(kernel_preemption());
	hooks->counts_missed = kernel_counts_missed_probes();
	for (unsigned int i = 0; i < table->count; i++) {
		hooks->rows[i].requested = table->rows[i].level & levels;
		order_candidates(hooks, &table->rows[i], &hooks->rows[i]);
	}

	/* Each round but the last rejects at least one candidate. */
	while (again) {
		close_object(hooks);
		error = start_once(hooks, &again);
	}
	if (error)
		hooks_stop(hooks);
	else
		*out = hooks;
	return error;
}

static bool row_attached(const struct attachment *attachment)
{
	const struct holder *first = &attachment->holders[0];

	return first->link || first->fd;
}

static unsigned int count_attached(const struct hooks *hooks)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < hooks->table->count; i++)
		count += row_attached(&hooks->rows[i]);
	return count;
}

/* For debugging, once nobody reads what they count. */
static void attach_again(struct hooks *hooks)
{
	unsigned int before = count_attached(hooks), after = before;

	for (unsigned long left = debug_attaches(); left > 1; left--) {
		detach_rows(hooks);
		attach_rows(hooks, hooks->loaded);
		after = count_attached(hooks);
	}
	if (after != before)
		log_warn("attached again: %u of %u hooks", after, before);
}

void hooks_stop(struct hooks *hooks)
{
	if (!hooks)
		return;
	if (hooks->open)
		attach_again(hooks);
	if (hooks->table)
		close_object(hooks);
	free(hooks);
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

static uint64_t missed_by_program(const struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len))
		return 0;
	return info.recursion_misses;
}

static uint64_t missed_by_link(const struct hooks *hooks,
			       const struct holder *holder)
{
	struct link_request request = { .fd = holder->fd };
	const struct bpf_program *reader;

	if (holder->link)
		request.fd = bpf_link__fd(holder->link);
	if (!holder->link && !holder->fd)
		return 0;
	if (hooks->counts_missed)
		return link_missed(request.fd);
	reader = missed_reader(hooks->loaded);
	if (!reader || program_run(reader, &request, sizeof(request)))
		return 0;
	return request.missed;
}

static uint64_t missed_by_row(const struct hooks *hooks, unsigned int i)
{
	const struct holder *holders = hooks->rows[i].holders;
	uint64_t missed = 0;

	for (int p = 0; p < 2; p++)
		if (holders[p].program)
			missed += missed_by_program(holders[p].program) +
				  missed_by_link(hooks, &holders[p]);
	return missed;
}

bool hooks_probed(const struct hooks *hooks, const char *name)
{
	for (unsigned int i = 0; hooks && i < hooks->table->count; i++)
		if (!strcmp(hooks->table->rows[i].name, name) &&
		    row_attached(&hooks->rows[i]))
			return !is_btf_based(
				hooks->table->rows[i]
					.candidates[hooks->rows[i].chosen]
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
		count += hooks->rows[i].requested;
	return count;
}

static const char preempted[] =
	"while a task is preempted in it, calls of other tasks on its CPU are lost, and counted";

/* Return: what an attached hook does not see; NULL = it sees everything */
static const char *shortcoming(const struct hooks *hooks,
			       const struct hook_row *row,
			       const struct hook_candidate *candidate)
{
	if (candidate->remark)
		return candidate->remark;
	return loses_calls(hooks, row, candidate) ? preempted : NULL;
}

static void describe_row(const struct hooks *hooks, unsigned int index,
			 struct hook *out)
{
	const struct hook_row *row = &hooks->table->rows[index];
	const struct attachment *attachment = &hooks->rows[index];
	const struct hook_candidate *candidate =
		&row->candidates[attachment->chosen];
	const char *reason =
		attachment->weight < REFUSED ? "" : attachment->reason;
	const char *remark;

	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s", row->name);
	out->level = row->level;
	if (!row_attached(attachment)) {
		out->state = HOOK_ABSENT;
		out->partial = row->required;
		if (attachment->lacking)
			snprintf(out->reason, sizeof(out->reason), "%s",
				 row->feature->missing);
		else
			snprintf(out->reason, sizeof(out->reason), "%s%s%s",
				 attachment->reason,
				 attachment->reason[0] ? "; " : "",
				 row->missing);
		return;
	}
	out->state = candidate->state;
	out->partial = candidate->remark;
	remark = shortcoming(hooks, row, candidate);
	snprintf(out->target, sizeof(out->target), "%s", candidate->target);
	snprintf(out->reason, sizeof(out->reason), "%s%s%s", reason,
		 *reason && remark ? "; " : "", remark ? remark : "");
}

unsigned int hooks_describe(const struct hooks *hooks, struct hook *out)
{
	unsigned int count = 0;

	for (unsigned int i = 0; hooks && i < hooks->table->count; i++)
		if (hooks->rows[i].requested)
			describe_row(hooks, i, &out[count++]);
	return count;
}

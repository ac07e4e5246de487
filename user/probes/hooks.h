/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_HOOKS_H
#define PROBES_HOOKS_H

/*
 * Hooks as tables. A row is one thing to observe, with ways to do so in order
 * of preference; the first that the running kernel takes is used, and a row
 * that none fits costs its own figures only.
 */

#include <bpf/libbpf.h>
#include <stdbool.h>

#include "model/snapshot.h"
#include "probes/kernel.h"

#define HOOK_TRIES    8
#define HOOK_ROWS_MAX 24

/**
 * struct hook_try - one way to attach
 * @state: what users are told
 * @target: kernel function or tracepoint
 * @programs: names in the BPF object; the second one may be NULL. One whose
 *	section names no function attaches to the target
 * @note: what is lost by this way; NULL = nothing
 * @args: only where BTF gives the function that many parameters; 0 = any
 * @holds: whether it observes all there is on this system, or what is in the
 *	way; NULL = it always does
 */
struct hook_try {
	enum hook_state state;
	const char *target;
	const char *programs[2];
	const char *note;
	unsigned int args;
	bool (*holds)(const char **obstacle);
};

/** HOOK_TRY() - a try whose programs are the arguments after the target */
#define HOOK_TRY(how, where, ...)                                              \
	{                                                                      \
		.state = HOOK_##how, .target = (where), .programs = {          \
			__VA_ARGS__                                            \
		}                                                              \
	}

/** HOOK_TRY_ARGS() - likewise, for a function of @count parameters */
#define HOOK_TRY_ARGS(count, how, where, ...)                                  \
	{                                                                      \
		.state = HOOK_##how, .target = (where),                        \
		.programs = { __VA_ARGS__ }, .args = (count)                   \
	}

/** HOOK_TRY_IF() - likewise, where @condition, a struct hook_try.holds, says so
 */
#define HOOK_TRY_IF(condition, how, where, ...)                                \
	{                                                                      \
		.state = HOOK_##how, .target = (where),                        \
		.programs = { __VA_ARGS__ }, .holds = (condition)              \
	}

/**
 * struct hook_row - one thing to observe
 * @name: what, as users see it
 * @level: bit of enum level that asks for it
 * @absent: what it means when nothing attaches, and what to do
 * @feature: what of the kernel it observes, where not every kernel has that;
 *	without it there is nothing to attach to and nothing is missed
 * @tries: ways in order; a try without programs ends them
 * @vital: without it figures of its level are too small
 * @preemptible: a task can be preempted in what it hooks, so that where the
 *	kernel preempts tasks a trampoline loses calls: it is tried last there
 */
struct hook_row {
	const char *name;
	unsigned int level;
	const char *absent;
	const struct kernel_feature *feature;
	struct hook_try tries[HOOK_TRIES];
	bool vital;
	bool preemptible;
};

/**
 * struct hook_table - the rows of one BPF object
 * @rows: the rows
 * @count: how many, at most HOOK_ROWS_MAX
 */
struct hook_table {
	const struct hook_row *rows;
	unsigned int count;
};

struct hooks;

/**
 * struct hook_object - a BPF object in the making, given by its skeleton
 * @open: open the skeleton and store itself and its bpf_object
 * @prepare: set map sizes and constants before the load; may be NULL
 * @load: load the skeleton
 * @close: destroy the skeleton
 * @attached: told what is attached of it, until it is closed; may be NULL
 */
struct hook_object {
	int (*open)(void *owner, struct bpf_object **object);
	int (*prepare)(void *owner);
	int (*load)(void *owner);
	void (*close)(void *owner);
	void (*attached)(void *owner, const struct hooks *hooks);
};

/**
 * hooks_start() - open, load and attach an object for the levels asked for
 * @out: set to the attached hooks; hooks_stop() detaches them
 * @table: its rows
 * @object: how to open, load and close it
 * @owner: passed to @object's functions
 * @levels: rows of other levels stay off
 *
 * Rows that cannot attach are no error. On failure everything is closed.
 *
 * Return: 0 or negative errno.
 */
int hooks_start(struct hooks **out, const struct hook_table *table,
		const struct hook_object *object, void *owner,
		unsigned int levels);

/** hooks_stop() - detach all and close the object; NULL is fine */
void hooks_stop(struct hooks *hooks);

/** hooks_object() - what is loaded for them; NULL for NULL */
struct bpf_object *hooks_object(const struct hooks *hooks);

/** hooks_attached() - the row of that name is attached somehow */
bool hooks_attached(const struct hooks *hooks, const char *name);

/** hooks_probed() - the row of that name is attached by kprobes */
bool hooks_probed(const struct hooks *hooks, const char *name);

/**
 * hooks_missed() - calls that were not passed on to a program
 * @hooks: the hooks; NULL has missed none
 * @name: of one row; NULL = of all
 *
 * Those that found it, or another one, at work on their CPU, and those for
 * whose return a probe had no room. Before 6.7 kprobe programs that are held
 * up by another tool's system call on a BPF map are not among them.
 */
uint64_t hooks_missed(const struct hooks *hooks, const char *name);

/** hooks_count() - rows that were asked for */
unsigned int hooks_count(const struct hooks *hooks);

/**
 * hooks_describe() - write the rows that were asked for
 * @hooks: the hooks; NULL writes nothing
 * @out: room for hooks_count() of them
 *
 * Return: how many were written.
 */
unsigned int hooks_describe(const struct hooks *hooks, struct hook *out);

#endif

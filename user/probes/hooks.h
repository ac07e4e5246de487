/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_HOOKS_H
#define PROBES_HOOKS_H

/*
 * Hooks as tables. A row is one thing to observe, with candidates in order of
 * preference. The first candidate that the running kernel accepts is used. If
 * no candidate attaches, only that row's figures become unknown.
 */

#include <bpf/libbpf.h>
#include <stdbool.h>

#include "model/snapshot.h"
#include "probes/kernel.h"

#define HOOK_CANDIDATES 8
#define HOOK_ROWS_MAX	24

/**
 * struct hook_candidate - one way to attach a hook
 * @state: its kind, as users see it
 * @target: kernel function or tracepoint
 * @programs: names in the BPF object; the second one may be NULL. A program
 *	whose section names no function attaches to the target
 * @remark: what this candidate does not see; NULL = it sees everything
 * @args: required number of parameters of the function in BTF; 0 = any
 * @suits: whether it is for kernels such as this one; if not, sets the
 *	difference. NULL = it is for all. Nothing is lost without the others
 * @usable: whether it sees everything on this system; if not, sets the reason.
 *	NULL = it always does
 */
struct hook_candidate {
	enum hook_state state;
	const char *target;
	const char *programs[2];
	const char *remark;
	unsigned int args;
	bool (*suits)(const char **difference);
	bool (*usable)(const char **reason);
};

/** CANDIDATE() - a candidate; its programs are the arguments after the target
 */
#define CANDIDATE(how, where, ...)                                             \
	{                                                                      \
		.state = HOOK_##how, .target = (where), .programs = {          \
			__VA_ARGS__                                            \
		}                                                              \
	}

/** CANDIDATE_ARGS() - likewise, for a function of @count parameters */
#define CANDIDATE_ARGS(count, how, where, ...)                                 \
	{                                                                      \
		.state = HOOK_##how, .target = (where),                        \
		.programs = { __VA_ARGS__ }, .args = (count)                   \
	}

/** CANDIDATE_IF() - likewise, if @condition, a struct hook_candidate.usable,
 * holds
 */
#define CANDIDATE_IF(condition, how, where, ...)                               \
	{                                                                      \
		.state = HOOK_##how, .target = (where),                        \
		.programs = { __VA_ARGS__ }, .usable = (condition)             \
	}

/** CANDIDATE_FOR() - likewise, for @kernels, a struct hook_candidate.suits */
#define CANDIDATE_FOR(kernels, how, where, ...)                                \
	{                                                                      \
		.state = HOOK_##how, .target = (where),                        \
		.programs = { __VA_ARGS__ }, .suits = (kernels)                \
	}

/**
 * struct hook_row - one thing to observe
 * @name: what, as users see it
 * @level: bit of enum level that requests it
 * @missing: what it means when nothing attaches, and what to do
 * @feature: the feature of the kernel that it observes, if some kernels lack
 *	it; without it there is nothing to attach to and nothing is missed
 * @candidates: in order of preference; one without programs ends them
 * @required: without it, figures of its level are too small
 * @preemptible: a task can be preempted in the hooked function. Where the
 *	kernel preempts tasks, a trampoline loses calls then and is the last
 *	candidate
 */
struct hook_row {
	const char *name;
	unsigned int level;
	const char *missing;
	const struct kernel_feature *feature;
	struct hook_candidate candidates[HOOK_CANDIDATES];
	bool required;
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
 * struct hook_object - how to make a BPF object from its skeleton
 * @open: open the skeleton, keep it in @self, and set the bpf_object
 * @prepare: set map sizes and constants before the load; may be NULL
 * @load: load the skeleton
 * @close: destroy the skeleton
 * @attached: called with the attached hooks, which are there until @close; may
 *	be NULL
 */
struct hook_object {
	int (*open)(void *self, struct bpf_object **object);
	int (*prepare)(void *self);
	int (*load)(void *self);
	void (*close)(void *self);
	void (*attached)(void *self, const struct hooks *hooks);
};

/**
 * hooks_start() - open, load and attach an object for some levels
 * @out: set to the attached hooks; hooks_stop() detaches them
 * @table: its rows
 * @object: how to open, load and close it
 * @self: passed to @object's functions
 * @levels: only rows of these levels are attached
 *
 * A row that cannot attach is not an error. On failure everything is closed.
 *
 * Return: 0 or negative errno.
 */
int hooks_start(struct hooks **out, const struct hook_table *table,
		const struct hook_object *object, void *self,
		unsigned int levels);

/** hooks_stop() - detach all and close the object; NULL is fine */
void hooks_stop(struct hooks *hooks);

/** hooks_object() - what is loaded for them; NULL for NULL */
struct bpf_object *hooks_object(const struct hooks *hooks);

/** hooks_attached() - the row of that name is attached, by any candidate */
bool hooks_attached(const struct hooks *hooks, const char *name);

/** hooks_probed() - the row of that name is attached by kprobes */
bool hooks_probed(const struct hooks *hooks, const char *name);

/**
 * hooks_missed() - calls for which the kernel did not run a program
 * @hooks: the hooks; NULL has missed none
 * @name: of one row; NULL = of all
 *
 * A call is missed if a program runs on its CPU already, or if a return probe
 * has no node left. Before 6.7, calls during another tool's system call on a
 * BPF map are missed as well, but not counted here.
 */
uint64_t hooks_missed(const struct hooks *hooks, const char *name);

/** hooks_count() - rows that were requested */
unsigned int hooks_count(const struct hooks *hooks);

/**
 * hooks_describe() - write the rows that were requested
 * @hooks: the hooks; NULL writes nothing
 * @out: room for hooks_count() of them
 *
 * Return: how many were written.
 */
unsigned int hooks_describe(const struct hooks *hooks, struct hook *out);

#endif

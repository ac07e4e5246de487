/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_PREEMPTION_H
#define MODEL_PREEMPTION_H

/*
 * How the kernel preempts a task that runs in the kernel. It decides which
 * hooks are exact: a trampoline program (fentry, fexit) runs with preemption
 * on, and while its task is preempted, the same program does not run for any
 * other task of that CPU.
 */

#include <stdbool.h>

/** enum preemption - the preemption mode in force */
enum preemption {
	PREEMPTION_UNKNOWN,
	PREEMPTION_NONE,
	PREEMPTION_VOLUNTARY,
	PREEMPTION_LAZY, /* at the tick, or at once for real-time tasks */
	PREEMPTION_FULL,
	PREEMPTION_RT, /* PREEMPT_RT: spinlocks sleep as well */
};

/**
 * struct preemption_config - what the kernel's configuration says
 * @known: the configuration could be read
 * @lazy_offered: CONFIG_ARCH_HAS_PREEMPT_LAZY (6.13)
 * @built: the mode it is built for, which a dynamic kernel starts in
 */
struct preemption_config {
	bool known;
	bool lazy_offered;
	enum preemption built;
};

/**
 * struct preemption_facts - the facts that the mode is decided from
 * @rt: spinlocks are rt_mutexes, by the kernel's types
 * @debugfs: content of /sys/kernel/debug/sched/preempt; NULL = not readable
 * @boot_args: the kernel's command line; "" = not readable
 * @version: what uname -v prints
 * @config: the kernel's configuration
 */
struct preemption_facts {
	bool rt;
	const char *debugfs;
	const char *boot_args;
	const char *version;
	struct preemption_config config;
};

/** preemption_config_line() - take in one line of the configuration */
void preemption_config_line(struct preemption_config *config, const char *line);

/**
 * preemption_decide() - the mode in force
 *
 * Return: PREEMPTION_UNKNOWN where the facts allow more than one answer.
 */
enum preemption preemption_decide(const struct preemption_facts *facts);

/** preemption_name() - "none", "voluntary", ...; NULL for an unknown mode */
const char *preemption_name(enum preemption mode);

/** preemption_hits_programs() - a trampoline program may be preempted */
bool preemption_hits_programs(enum preemption mode);

#endif

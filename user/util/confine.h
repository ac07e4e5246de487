/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_CONFINE_H
#define UTIL_CONFINE_H

/*
 * Gives up, for good, what a process that only reads does not need any more.
 * A command that runs for long does so once all is open and attached: programs
 * that are loaded can be run, and BPF maps and files that are open be used,
 * without any privilege (kernel/bpf/syscall.c, 6.1: only BPF_MAP_CREATE and
 * BPF_PROG_LOAD are refused).
 */

#include <stdbool.h>
#include <stddef.h>

/** enum confine_step - what confine() does, in this order */
enum confine_step {
	CONFINE_NEW_PRIVILEGES, /* execve() gives no privileges */
	CONFINE_FILES,		/* landlock: files, TCP, signals, ptrace */
	CONFINE_CAPABILITIES,	/* all are dropped */
	CONFINE_CALLS,		/* seccomp: system calls */
	CONFINE_STEPS
};

/** enum confine_state - what became of a step */
enum confine_state {
	CONFINE_NOT_DONE, /* the kernel has it; it was not asked for yet */
	CONFINE_DONE,
	CONFINE_MISSING, /* the kernel, or this build, has none */
	CONFINE_FAILED,
};

/**
 * struct confinement - what the process has given up
 * @steps: of each step its state, and why it is not done ("" else)
 * @landlock_abi: the kernel's version of landlock, which says what it
 *	restricts; 0 = none
 */
struct confinement {
	struct {
		enum confine_state state;
		char reason[96];
	} steps[CONFINE_STEPS];
	unsigned int landlock_abi;
};

/** enum confine_right - what may be done in a directory, and below it */
enum confine_right {
	CONFINE_READ,	/* read files */
	CONFINE_REMOVE, /* remove files and directories */
	CONFINE_WRITE,	/* read, make, write, rename and remove files */
};

/**
 * struct confine_place - a directory that is needed
 * @fd: it, which may be open by O_PATH
 * @right: what for
 */
struct confine_place {
	int fd;
	enum confine_right right;
};

/**
 * struct confine_needs - what the process needs beside what is open
 * @places: directories, beside /proc and /sys, which can be read
 * @nr_places: how many
 * @sockets: it accepts connections, receives and sends by sockets that are open
 * @datagrams: it sends datagrams to Unix sockets, as libsystemd does to the
 *	journal and the service manager
 */
struct confine_needs {
	const struct confine_place *places;
	size_t nr_places;
	bool sockets;
	bool datagrams;
};

/**
 * confine() - give up all that is not needed
 * @needs: what is
 * @done: filled in
 *
 * To be called while there is one thread: the others would keep what they have.
 * Each step is tried, whatever became of those before. Logs a warning when one
 * fails, and what was given up with -v.
 *
 * A system call that is not needed ends with EPERM, and the kernel logs it
 * (type=1326 in its log, by audit). It does not end the process, as a C library
 * that is newer than this code may make calls that nobody has thought of: what
 * they are for is then missing, and not all figures.
 *
 * What stays: reading and writing what is open, files as @needs says, running
 * BPF programs (BPF_PROG_TEST_RUN) and asking what they missed
 * (BPF_OBJ_GET_INFO_BY_FD). What goes: other commands of bpf(), execve(),
 * processes and threads, new sockets, ptrace(), mounts, memory that can be
 * executed, changes of the own rights.
 *
 * Return: 0 when each step is done or missing, -EPERM when one has failed.
 */
int confine(const struct confine_needs *needs, struct confinement *done);

/** confine_probe() - what this kernel has of it; nothing is given up */
void confine_probe(struct confinement *found);

/**
 * confine_step_name() - its name in labels: "no_new_privileges", "landlock",
 * "capabilities", "seccomp"
 */
const char *confine_step_name(enum confine_step step);

/** confine_state_name() - "not_done", "done", "missing", "failed" */
const char *confine_state_name(enum confine_state state);

/**
 * confine_text() - what was given up, or would be, in a sentence
 * @confinement: of confine() or confine_probe()
 * @text: filled in, such as "no new privileges, files limited by landlock
 *	(ABI 2), no capabilities, system calls limited by seccomp"; what is
 *	missing has its reason
 * @len: size of @text; what does not fit is cut
 */
void confine_text(const struct confinement *confinement, char *text,
		  size_t len);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a look at the state takes: opens a session, makes mappings, takes a few
 * samples (each area's counter) and snapshots (each slot as well), and prints
 * as JSON what the cheapest of each took, with the programs that ran for it
 * and the longest single run of each.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/level.h"
#include "probes/session.h"

#define ROUNDS	     5
#define PROGRAMS_MAX 16
#define CONTROL	     "/sys/kernel/debug/swiotlb_stress/control"

/**
 * struct program_cost - a program's runs on demand
 * @fd: of the program
 * @name: of the program
 * @runs: how many
 * @ns: in sum, the system call included
 * @longest_ns: the longest of them
 */
struct program_cost {
	int fd;
	char name[BPF_OBJ_NAME_LEN];
	uint64_t runs;
	uint64_t ns;
	uint64_t longest_ns;
};

/**
 * struct cost - what a look took
 * @ns: all of it
 * @programs: of that, each program; unused ones have no runs
 */
struct cost {
	uint64_t ns;
	struct program_cost programs[PROGRAMS_MAX];
};

/* Of the look that is under way. */
static struct cost current;

/* The linker puts the first in the place of the second. */
int __wrap_bpf_prog_test_run_opts(int fd, struct bpf_test_run_opts *options);
int __real_bpf_prog_test_run_opts(int fd, struct bpf_test_run_opts *options);

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* Programs keep their places, so a name is asked for once. */
static struct program_cost *program_cost(int fd)
{
	struct program_cost *program = current.programs;
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	while (program < &current.programs[PROGRAMS_MAX - 1] &&
	       program->name[0] && program->fd != fd)
		program++;
	if (program->name[0])
		return program;
	program->fd = fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		strcpy(info.name, "unknown");
	memcpy(program->name, info.name, sizeof(program->name));
	return program;
}

int __wrap_bpf_prog_test_run_opts(int fd, struct bpf_test_run_opts *options)
{
	struct program_cost *program = program_cost(fd);
	uint64_t begin = monotonic_ns();
	int error = __real_bpf_prog_test_run_opts(fd, options);
	uint64_t ns = monotonic_ns() - begin;

	program->runs++;
	program->ns += ns;
	if (ns > program->longest_ns)
		program->longest_ns = ns;
	return error;
}

static int sample(struct session *session)
{
	return session_sample(session);
}

static int snapshot(struct session *session)
{
	struct snapshot snap = {};
	int error = session_snapshot(session, &snap);

	snapshot_release(&snap);
	return error;
}

static void forget_runs(void)
{
	for (int i = 0; i < PROGRAMS_MAX; i++) {
		current.programs[i].runs = 0;
		current.programs[i].ns = 0;
		current.programs[i].longest_ns = 0;
	}
}

/* The first look asks for names and finds caches cold; it does not count. */
static int measure(struct session *session, int (*look)(struct session *),
		   struct cost *least)
{
	for (int i = 0; i <= ROUNDS; i++) {
		uint64_t begin;
		int error;

		forget_runs();
		begin = monotonic_ns();
		error = look(session);
		current.ns = monotonic_ns() - begin;
		if (error)
			return error;
		if (i <= 1 || current.ns < least->ns)
			*least = current;
	}
	return 0;
}

static void print(const char *name, const struct cost *cost)
{
	const char *comma = "";

	printf("\"%s\":{\"ns\":%" PRIu64 ",\"programs\":{", name, cost->ns);
	for (int i = 0; i < PROGRAMS_MAX; i++) {
		const struct program_cost *program = &cost->programs[i];

		if (!program->runs)
			continue;
		printf("%s\"%s\":{\"runs\":%" PRIu64 ",\"ns\":%" PRIu64
		       ",\"longest_ns\":%" PRIu64 "}",
		       comma, program->name, program->runs, program->ns,
		       program->longest_ns);
		comma = ",";
	}
	printf("}}");
}

/* In one write, as the stress module wants it. */
static int stress(const char *command)
{
	int fd = open(CONTROL, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, command, strlen(command)) < 0)
		error = -errno;
	close(fd);
	return error;
}

static int fill(unsigned long mappings)
{
	char command[64];

	snprintf(command, sizeof(command), "fill device=0 size=4096 count=%lu",
		 mappings);
	return mappings ? stress(command) : 0;
}

static int run(unsigned int levels, unsigned long mappings)
{
	const struct session_options options = { .levels = levels };
	struct cost samples = {}, snapshots = {};
	struct session *session;
	int error = session_open(&session, &options);

	if (error)
		return error;
	error = fill(mappings);
	if (!error)
		error = measure(session, sample, &samples);
	if (!error)
		error = measure(session, snapshot, &snapshots);
	session_close(session);
	if (mappings)
		stress("drain device=0");
	if (error)
		return error;
	printf("{");
	print("sample", &samples);
	printf(",");
	print("snapshot", &snapshots);
	printf("}\n");
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int levels = 0;
	const char *bad;
	int bad_len, error;

	if (argc != 3 || levels_parse(argv[1], &levels, &bad, &bad_len)) {
		fputs("usage: look LEVELS MAPPINGS\n", stderr);
		return 2;
	}
	error = run(levels, strtoul(argv[2], NULL, 10));
	if (error)
		fprintf(stderr, "look: failed: %s\n", strerror(-error));
	return error ? 1 : 0;
}

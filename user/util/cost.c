/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/cost.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "util/units.h"

/* enum bpf_prog_type: programs that this process itself runs, on demand. */
#define PROG_TYPE_SYSCALL 31

static uint64_t timeval_ns(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * NS_PER_SEC +
	       (uint64_t)time->tv_usec * NS_PER_US;
}

static bool stats_enabled(void)
{
	FILE *file = fopen("/proc/sys/kernel/bpf_stats_enabled", "re");
	int enabled = 0;

	if (!file)
		return false;
	if (fscanf(file, "%d", &enabled) != 1)
		enabled = 0;
	fclose(file);
	return enabled;
}

/* 0 for descriptors that are no programs. */
static uint64_t run_time(const char *name)
{
	char path[64], line[128];
	uint64_t ns = 0, type = PROG_TYPE_SYSCALL;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%.16s", name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		/* Links have their program's type as well, but no times. */
		if (sscanf(line, "prog_type: %" SCNu64, &type) != 1 &&
		    sscanf(line, "run_time_ns: %" SCNu64, &ns) == 1)
			break;
	}
	fclose(file);
	return type == PROG_TYPE_SYSCALL ? 0 : ns;
}

static uint64_t all_run_times(void)
{
	DIR *directory = opendir("/proc/self/fdinfo");
	struct dirent *entry;
	uint64_t sum = 0;

	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			sum += run_time(entry->d_name);
	if (directory)
		closedir(directory);
	return sum;
}

void cost_read(struct cost *cost, bool timed)
{
	struct rusage usage;
	struct timespec now;

	memset(cost, 0, sizeof(*cost));
	clock_gettime(CLOCK_MONOTONIC, &now);
	cost->at_ns = (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
	if (!getrusage(RUSAGE_SELF, &usage))
		cost->cpu_ns = timeval_ns(&usage.ru_utime) +
			       timeval_ns(&usage.ru_stime);
	cost->bpf_known = timed || stats_enabled();
	if (cost->bpf_known)
		cost->bpf_ns = all_run_times();
}

static uint64_t share(uint64_t ns, uint64_t elapsed_ns)
{
	return (uint64_t)((double)ns * 1e6 / (double)elapsed_ns);
}

struct overhead overhead_between(const struct cost *from, const struct cost *to)
{
	uint64_t elapsed_ns = to->at_ns - from->at_ns;
	struct overhead overhead = {
		.known = from->at_ns != 0,
		.cpu_ppm = share(to->cpu_ns - from->cpu_ns, elapsed_ns),
		.bpf_known = to->bpf_known && from->bpf_known,
	};

	/* The run time of a detached program is lost. */
	if (to->bpf_ns > from->bpf_ns)
		overhead.bpf_ppm = share(to->bpf_ns - from->bpf_ns, elapsed_ns);
	return overhead;
}

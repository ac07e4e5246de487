/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_COST_H
#define UTIL_COST_H

/* Overhead of this process, as far as the kernel measures it. */

#include <stdbool.h>
#include <stdint.h>

/**
 * struct cost - what has been spent so far
 * @at_ns: CLOCK_MONOTONIC
 * @cpu_ns: processor time of this process, in user and in kernel mode
 * @bpf_known: the kernel measures run times of BPF programs
 * @bpf_ns: those of the programs that this process has attached; not of the
 *	ones it runs itself, as they are in @cpu_ns
 */
struct cost {
	uint64_t at_ns;
	uint64_t cpu_ns;
	bool bpf_known;
	uint64_t bpf_ns;
};

/**
 * struct overhead - what the process costs, in millionths of one CPU
 * @known: false before the second measurement
 * @cpu_ppm: its processor time
 * @bpf_known: the kernel measures run times of BPF programs
 * @bpf_ppm: theirs
 */
struct overhead {
	bool known;
	uint64_t cpu_ppm;
	bool bpf_known;
	uint64_t bpf_ppm;
};

/** overhead_between() - what was spent between two measurements */
struct overhead overhead_between(const struct cost *from,
				 const struct cost *to);

/**
 * cost_read() - measure now; what cannot be read counts as unknown
 * @cost: filled in
 * @timed: run times of BPF programs are measured because we asked for it, and
 *	not only where kernel.bpf_stats_enabled says so
 */
void cost_read(struct cost *cost, bool timed);

#endif

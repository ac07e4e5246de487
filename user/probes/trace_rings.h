/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_TRACE_RINGS_H
#define PROBES_TRACE_RINGS_H

/* The rings that bpf/trace.bpf.c fills, one a CPU, read in place. */

#include "include/trace.h"
#include "probes/tables.h"

/**
 * struct trace_rings - what was read of them
 * @map: all rings, one behind the other
 * @records: mapped
 * @size: records of a ring
 * @cpus: what CPUs did
 * @next: of each CPU, the record that is read next
 * @overwritten: records that were overwritten before they were read
 */
struct trace_rings {
	const struct bpf_map *map;
	const struct trace_record *records;
	uint32_t size;
	struct cpu_table cpus;
	uint64_t *next;
	uint64_t overwritten;
};

/**
 * trace_rings_size() - size the map before the load
 *
 * Return: the bits of a record's number in its ring, or negative errno.
 */
int trace_rings_size(struct bpf_map *map, struct bpf_map *cpus);

/** trace_rings_open() - map them, once they are loaded; 0 or negative errno */
int trace_rings_open(struct trace_rings *rings, const struct bpf_map *map,
		     const struct bpf_map *cpus);

/** trace_rings_close() - unmap them, before the maps are closed */
void trace_rings_close(struct trace_rings *rings);

/** trace_rings_skip() - begin with what comes from now on */
void trace_rings_skip(struct trace_rings *rings);

/**
 * trace_rings_drain() - read what is complete
 * @rings: the rings
 * @each: given @owner, a copy of the record and its CPU; what it returns, if
 *	not 0, ends it
 * @owner: passed on
 *
 * Each record is given once, or counted in @overwritten.
 *
 * Return: 0, or what @each returned.
 */
int trace_rings_drain(struct trace_rings *rings,
		      int (*each)(void *owner,
				  const struct trace_record *record,
				  unsigned int cpu),
		      void *owner);

#endif

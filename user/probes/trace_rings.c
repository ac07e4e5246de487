// SPDX-License-Identifier: GPL-2.0-only
#include "probes/trace_rings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "probes/kernel.h"
#include "util/debug.h"

int trace_rings_size(struct bpf_map *map, struct bpf_map *cpus)
{
	const uint64_t one = sizeof(struct trace_record) * possible_cpus();
	uint32_t size = debug_table(TRACE_RING_MAX);
	int bits, error;

	while (size > TRACE_RING_MIN && size * one > TRACE_RINGS_BYTES)
		size /= 2;
	/* A size for tests may be any. */
	bits = 31 - __builtin_clz(size);
	error = bpf_map__set_max_entries(map, possible_cpus() << bits);
	if (!error)
		error = cpu_table_size(cpus);
	return error ? error : bits;
}

int trace_rings_open(struct trace_rings *rings, const struct bpf_map *map,
		     const struct bpf_map *cpus)
{
	int error = cpu_table_map(&rings->cpus, cpus);

	if (error)
		return error;
	rings->map = map;
	rings->size = bpf_map__max_entries(map) / possible_cpus();
	rings->records = table_mmap(map, PROT_READ);
	if (!rings->records)
		return -errno;
	rings->next = calloc(possible_cpus(), sizeof(*rings->next));
	return rings->next ? 0 : -ENOMEM;
}

void trace_rings_close(struct trace_rings *rings)
{
	cpu_table_unmap(&rings->cpus);
	if (rings->map)
		table_munmap(rings->records, rings->map);
	free(rings->next);
	memset(rings, 0, sizeof(*rings));
}

static uint64_t head_of(const struct trace_rings *rings, unsigned int cpu)
{
	const struct trace_cpu *record = cpu_table_at(&rings->cpus, cpu);

	return __atomic_load_n(&record->head, __ATOMIC_ACQUIRE);
}

void trace_rings_skip(struct trace_rings *rings)
{
	for (unsigned int cpu = 0; cpu < possible_cpus(); cpu++)
		rings->next[cpu] = head_of(rings, cpu);
}

/** enum reading - what became of reading a record */
enum reading {
	READ_COMPLETE,
	READ_OVERWRITTEN,
	READ_UNFINISHED, /* its program has not ended */
};

/* A record is overwritten only after the head has gone on. */
static enum reading read_record(const struct trace_rings *rings,
				unsigned int cpu, struct trace_record *copy)
{
	const uint64_t at = rings->next[cpu];
	const struct trace_record *record = rings->records +
					    (size_t)cpu * rings->size +
					    (at & (rings->size - 1));
	uint64_t stamp = __atomic_load_n(&record->stamp, __ATOMIC_ACQUIRE);

	if (stamp > at + 1)
		return READ_OVERWRITTEN;
	if (stamp <= at)
		return READ_UNFINISHED;
	*copy = *record;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return head_of(rings, cpu) - at > rings->size ? READ_OVERWRITTEN
						      : READ_COMPLETE;
}

static int drain_cpu(struct trace_rings *rings, unsigned int cpu,
		     int (*each)(void *owner, const struct trace_record *record,
				 unsigned int cpu),
		     void *owner)
{
	uint64_t *next = &rings->next[cpu], head = head_of(rings, cpu);
	struct trace_record record;
	int error = 0;

	if (head - *next > rings->size) {
		rings->overwritten += head - *next - rings->size;
		*next = head - rings->size;
	}
	while (*next < head && !error) {
		enum reading reading = read_record(rings, cpu, &record);

		if (reading == READ_UNFINISHED)
			return 0;
		++*next;
		if (reading == READ_OVERWRITTEN)
			rings->overwritten++;
		else
			error = each(owner, &record, cpu);
	}
	return error;
}

int trace_rings_drain(struct trace_rings *rings,
		      int (*each)(void *owner,
				  const struct trace_record *record,
				  unsigned int cpu),
		      void *owner)
{
	int error = 0;

	for (unsigned int cpu = 0; cpu < possible_cpus() && !error; cpu++)
		error = drain_cpu(rings, cpu, each, owner);
	return error;
}

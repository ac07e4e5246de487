/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/lock_queues.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

#define NO_VISIT UINT32_MAX

/*
 * Gaps between releases of a lock by different CPUs are counted in parts of a
 * hold, the last of which has all longer ones.
 */
#define GAP_PARTS 8u
#define GAP_BINS  (32 * GAP_PARTS)

/* Holds that make a pause a long one. */
#define LONG_PAUSE 128

/* Gaps after which it is looked anew how closely those follow that waited. */
#define GAPS_A_LOOK 64u

/**
 * struct visit - of a CPU to a lock
 * @arrival: see lock_queues_add()
 * @hold_ns: likewise
 * @lock: likewise
 * @next: of the same CPU
 */
struct visit {
	struct arrival arrival;
	double hold_ns;
	uint32_t lock;
	uint32_t next;
};

/**
 * struct visitor - a CPU
 * @at_ns: when its next visit begins
 * @next: that visit
 * @last: the last of all
 */
struct visitor {
	double at_ns;
	uint32_t next;
	uint32_t last;
};

/**
 * struct queue - a lock
 * @free_at: when the last visit is over
 * @cpu: of that, plus 1; 0 = there was none
 */
struct queue {
	double free_at;
	uint32_t cpu;
};

struct lock_queues {
	struct visit *visits;
	size_t nr_visits;
	size_t room_visits;
	struct visitor *visitors;
	size_t nr_visitors;
	struct queue *locks;
	size_t nr_locks;
	uint32_t *heap;
	size_t nr_heap;
};

static double most(double a, double b)
{
	return a > b ? a : b;
}

struct lock_queues *lock_queues_new(void)
{
	return calloc(1, sizeof(struct lock_queues));
}

void lock_queues_free(struct lock_queues *queues)
{
	if (!queues)
		return;
	free(queues->visits);
	free(queues->visitors);
	free(queues->locks);
	free(queues->heap);
	free(queues);
}

static int grow_visitors(struct lock_queues *queues, uint32_t cpu)
{
	const size_t before = queues->nr_visitors;
	size_t room = before;
	int err;

	if (cpu < before)
		return 0;
	err = array_grow(&queues->heap, &room, cpu + 1ul,
			 sizeof(*queues->heap));
	if (err)
		return err;
	err = array_grow(&queues->visitors, &queues->nr_visitors, cpu + 1ul,
			 sizeof(*queues->visitors));
	if (err)
		return err;
	for (size_t i = before; i < queues->nr_visitors; i++)
		queues->visitors[i].next = NO_VISIT;
	return 0;
}

int lock_queues_add(struct lock_queues *queues, uint32_t cpu, uint32_t lock,
		    struct arrival arrival, double hold_ns)
{
	const uint32_t index = queues->nr_visits;
	struct visitor *visitor;
	int err = grow_visitors(queues, cpu);

	if (!err && lock != NO_LOCK)
		err = array_grow(&queues->locks, &queues->nr_locks, lock + 1ul,
				 sizeof(*queues->locks));
	if (!err)
		err = array_grow(&queues->visits, &queues->room_visits,
				 index + 1ul, sizeof(*queues->visits));
	if (err)
		return err;
	queues->visits[index] = (struct visit){
		.arrival = arrival,
		.hold_ns = hold_ns,
		.lock = lock,
		.next = NO_VISIT,
	};
	visitor = &queues->visitors[cpu];
	if (visitor->next == NO_VISIT)
		visitor->next = index;
	else
		queues->visits[visitor->last].next = index;
	visitor->last = index;
	queues->nr_visits++;
	return 0;
}

/* The heap has the CPUs, and first the one whose next visit is first. */
static bool is_before(const struct lock_queues *queues, size_t a, size_t b)
{
	return queues->visitors[queues->heap[a]].at_ns <
	       queues->visitors[queues->heap[b]].at_ns;
}

static void swap(struct lock_queues *queues, size_t a, size_t b)
{
	const uint32_t cpu = queues->heap[a];

	queues->heap[a] = queues->heap[b];
	queues->heap[b] = cpu;
}

static void sink(struct lock_queues *queues, size_t at)
{
	for (size_t child = 2 * at + 1; child < queues->nr_heap;
	     at = child, child = 2 * at + 1) {
		if (child + 1 < queues->nr_heap &&
		    is_before(queues, child + 1, child))
			child++;
		if (!is_before(queues, child, at))
			return;
		swap(queues, child, at);
	}
}

/* @end_ns: when its CPU's visit before was over */
static double arrives_at(const struct visit *visit, double end_ns)
{
	if (visit->arrival.at_ns > 0)
		return most(visit->arrival.at_ns, end_ns);
	return end_ns + visit->arrival.think_ns;
}

static void fill_heap(struct lock_queues *queues)
{
	queues->nr_heap = 0;
	for (size_t cpu = 0; cpu < queues->nr_visitors; cpu++) {
		struct visitor *visitor = &queues->visitors[cpu];

		if (visitor->next == NO_VISIT)
			continue;
		visitor->at_ns = arrives_at(&queues->visits[visitor->next], 0);
		queues->heap[queues->nr_heap++] = cpu;
	}
	for (size_t i = queues->nr_heap / 2; i--;)
		sink(queues, i);
}

/* Return: when it is over. */
static double visit_lock(struct lock_queues *queues, const struct visit *visit,
			 uint32_t cpu, double at_ns,
			 struct queue_totals *totals)
{
	struct queue *lock;
	double wait_ns;

	if (visit->lock == NO_LOCK)
		return at_ns + visit->hold_ns;
	lock = &queues->locks[visit->lock];
	wait_ns = lock->free_at - at_ns;
	totals->handovers += lock->cpu && lock->cpu != cpu + 1;
	if (wait_ns > 0) {
		totals->contended++;
		totals->waited_ns += wait_ns;
		totals->max_ns = most(totals->max_ns, wait_ns);
		at_ns = lock->free_at;
	}
	*lock = (struct queue){
		.free_at = at_ns + visit->hold_ns,
		.cpu = cpu + 1,
	};
	return lock->free_at;
}

void lock_queues_run(struct lock_queues *queues, struct queue_totals *totals)
{
	fill_heap(queues);
	while (queues->nr_heap) {
		const uint32_t cpu = queues->heap[0];
		struct visitor *visitor = &queues->visitors[cpu];
		const struct visit *visit = &queues->visits[visitor->next];

		visitor->at_ns =
			visit_lock(queues, visit, cpu, visitor->at_ns, totals);
		visitor->next = visit->next;
		if (visitor->next == NO_VISIT)
			queues->heap[0] = queues->heap[--queues->nr_heap];
		else
			visitor->at_ns = arrives_at(
				&queues->visits[visitor->next], visitor->at_ns);
		sink(queues, 0);
	}
	queues->nr_visits = 0;
	if (queues->nr_locks)
		memset(queues->locks, 0,
		       queues->nr_locks * sizeof(*queues->locks));
}

/*
 * Arrivals
 */

/**
 * struct release - of a lock in the record
 * @at_ns: when
 * @cpu: by whom, plus 1; 0 = there was none
 */
struct release {
	uint64_t at_ns;
	uint32_t cpu;
};

/**
 * struct arrivals - what the record has so far
 * @basis: what is known beside it
 * @begin_ns: what was before is over
 * @cpu_at_ns: by CPU, when it released a lock
 * @nr_cpus: how many
 * @releases: by lock, the last one
 * @nr_locks: how many
 * @requests: requests whose lock is known
 * @gaps: of these, those behind another CPU
 * @by_gap: these, by how closely they followed
 * @edge_ns: those that follow more closely have waited
 */
struct arrivals {
	struct arrivals_basis basis;
	uint64_t begin_ns;
	uint64_t *cpu_at_ns;
	size_t nr_cpus;
	struct release *releases;
	size_t nr_locks;
	uint64_t requests;
	uint64_t gaps;
	uint64_t by_gap[GAP_BINS];
	double edge_ns;
};

struct arrivals *arrivals_new(const struct arrivals_basis *basis)
{
	struct arrivals *arrivals = calloc(1, sizeof(*arrivals));

	if (!arrivals)
		return NULL;
	arrivals->basis = *basis;
	arrivals->edge_ns = 2 * basis->hold_ns + basis->rest_ns;
	return arrivals;
}

void arrivals_free(struct arrivals *arrivals)
{
	if (!arrivals)
		return;
	free(arrivals->cpu_at_ns);
	free(arrivals->releases);
	free(arrivals);
}

void arrivals_begin(struct arrivals *arrivals, uint64_t at_ns)
{
	arrivals->begin_ns = at_ns;
}

/* So that of the gaps so far as many are smaller as requests have waited. */
static void set_edge(struct arrivals *arrivals)
{
	const double bin_ns = arrivals->basis.hold_ns / GAP_PARTS;
	double left = arrivals->basis.contended * (double)arrivals->requests;
	unsigned int bin = 0;

	while (bin + 1 < GAP_BINS && (double)arrivals->by_gap[bin] < left)
		left -= (double)arrivals->by_gap[bin++];
	arrivals->edge_ns = bin * bin_ns;
	if (bin + 1 < GAP_BINS && left > 0)
		arrivals->edge_ns +=
			bin_ns * left / (double)arrivals->by_gap[bin];
}

static void note_gap(struct arrivals *arrivals, double gap_ns)
{
	const double hold_ns = arrivals->basis.hold_ns;
	const double bin = hold_ns > 0 ? gap_ns * GAP_PARTS / hold_ns : 0;

	arrivals->by_gap[bin < GAP_BINS - 1 ? (size_t)bin : GAP_BINS - 1]++;
	if (++arrivals->gaps % GAPS_A_LOOK == 0)
		set_edge(arrivals);
}

/* Whether a request had to wait for the one before. */
static bool has_waited(struct arrivals *arrivals, uint32_t cpu,
		       const struct release *before, uint64_t at_ns)
{
	double gap_ns;

	arrivals->requests++;
	if (!before->cpu || before->cpu == cpu + 1)
		return false;
	gap_ns = most((double)at_ns - (double)before->at_ns, 0);
	if (arrivals->basis.waits_known)
		note_gap(arrivals, gap_ns);
	return gap_ns < arrivals->edge_ns;
}

static double wait_of(const struct arrivals *arrivals, double room_ns)
{
	const double wait_ns = arrivals->basis.wait_ns;

	if (!arrivals->basis.waits_known)
		return room_ns / 2;
	return wait_ns < room_ns ? wait_ns : room_ns;
}

/* When what its CPU did before is over. */
static double over_at(const struct arrivals *arrivals, uint32_t cpu)
{
	const uint64_t at_ns = arrivals->cpu_at_ns[cpu];

	return at_ns > arrivals->begin_ns
		       ? (double)at_ns + arrivals->basis.rest_ns
		       : (double)arrivals->begin_ns;
}

int arrivals_add(struct arrivals *arrivals, uint32_t cpu, uint32_t lock,
		 uint64_t at_ns, struct arrival *arrival)
{
	double start_ns, since_ns;
	int err = array_grow(&arrivals->cpu_at_ns, &arrivals->nr_cpus,
			     cpu + 1ul, sizeof(*arrivals->cpu_at_ns));

	if (!err && lock != NO_LOCK)
		err = array_grow(&arrivals->releases, &arrivals->nr_locks,
				 lock + 1ul, sizeof(*arrivals->releases));
	if (err)
		return err;
	since_ns = over_at(arrivals, cpu);
	start_ns = most((double)at_ns - arrivals->basis.hold_ns, since_ns);
	if (lock != NO_LOCK) {
		struct release *before = &arrivals->releases[lock];

		if (has_waited(arrivals, cpu, before, at_ns))
			start_ns -= wait_of(arrivals, start_ns - since_ns);
		*before = (struct release){ .at_ns = at_ns, .cpu = cpu + 1 };
	}
	*arrival = (struct arrival){ .think_ns = start_ns - since_ns };
	if (arrival->think_ns > LONG_PAUSE * arrivals->basis.hold_ns)
		arrival->at_ns = start_ns - (double)arrivals->begin_ns;
	arrivals->cpu_at_ns[cpu] = at_ns;
	return 0;
}

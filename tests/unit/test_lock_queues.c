/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <stdbool.h>
#include <stdlib.h>

#include "model/lock_queues.h"

#define HOLD 100.0

static struct lock_queues *new_queues(void)
{
	struct lock_queues *queues = lock_queues_new();

	assert_non_null(queues);
	return queues;
}

static void visit(struct lock_queues *queues, uint32_t cpu, uint32_t lock,
		  double think_ns)
{
	const struct arrival arrival = { .think_ns = think_ns };

	assert_int_equal(lock_queues_add(queues, cpu, lock, arrival, HOLD), 0);
}

static struct queue_totals run(struct lock_queues *queues)
{
	struct queue_totals totals = { 0 };

	lock_queues_run(queues, &totals);
	return totals;
}

static void who_comes_first_is_served_first(void **state)
{
	struct lock_queues *queues = new_queues();
	struct queue_totals totals;

	(void)state;
	visit(queues, 3, 0, 20);
	visit(queues, 1, 0, 10);
	visit(queues, 2, 1, 15);
	totals = run(queues);
	assert_int_equal(totals.contended, 1);
	assert_true(totals.waited_ns == 90);
	assert_true(totals.max_ns == 90);
	/* All is forgotten. */
	assert_int_equal(run(queues).contended, 0);
	visit(queues, 1, 0, 10);
	assert_int_equal(run(queues).contended, 0);
	lock_queues_free(queues);
	lock_queues_free(NULL);
}

/* CPU 0 comes 50 after its first visit has ended, which is late. */
static void who_waits_comes_later(void **state)
{
	struct lock_queues *queues = new_queues();
	struct queue_totals totals;

	(void)state;
	visit(queues, 0, 0, 10);
	visit(queues, 0, 1, 50);
	visit(queues, 1, 0, 0);
	/* From 210 to 310; at 160 without the wait. */
	visit(queues, 2, 1, 300);
	totals = run(queues);
	assert_int_equal(totals.contended, 2);
	assert_true(totals.waited_ns == 90 + 50);
	lock_queues_free(queues);
}

static void time_may_pass_without_a_lock(void **state)
{
	struct lock_queues *queues = new_queues();

	(void)state;
	visit(queues, 0, 0, 0);
	visit(queues, 1, NO_LOCK, 150);
	visit(queues, 1, 0, 0);
	assert_int_equal(run(queues).contended, 0);
	lock_queues_free(queues);
}

/* Each of 8 waits for the seven others. */
static void no_more_wait_than_there_are(void **state)
{
	struct lock_queues *queues = new_queues();
	struct queue_totals totals;

	(void)state;
	for (unsigned int i = 0; i < 8000; i++)
		visit(queues, i % 8, 0, 0);
	totals = run(queues);
	assert_int_equal(totals.contended, 7999);
	assert_true(totals.max_ns == 700);
	assert_true(totals.waited_ns > 690.0 * 7999);
	lock_queues_free(queues);
}

/*
 * CPUs that take locks in a loop, as a machine would: what is recorded of them,
 * and what they waited.
 */
#define CPUS	 6u
#define REQUESTS 60000u

struct machine {
	double at_ns[CPUS];
	double free_at[CPUS];
	uint32_t holder[CPUS];
	uint32_t random;
	struct queue_totals waits;
};

static double below(struct machine *machine, double limit)
{
	machine->random = machine->random * 1664525u + 1013904223u;
	return machine->random * limit / 4294967296.0;
}

/* Between nothing and twice as much, and the hold as well. */
static double about(struct machine *machine, double mean)
{
	return below(machine, 2 * mean);
}

static uint32_t next_cpu(const struct machine *machine)
{
	uint32_t first = 0;

	for (uint32_t cpu = 1; cpu < CPUS; cpu++)
		if (machine->at_ns[cpu] < machine->at_ns[first])
			first = cpu;
	return first;
}

/* Return: when the CPU @cpu releases its lock, of @locks. */
static double step(struct machine *machine, uint32_t locks, double think_ns,
		   uint32_t *cpu)
{
	double *free_at, wait_ns, end_ns;

	*cpu = next_cpu(machine);
	free_at = &machine->free_at[*cpu % locks];
	wait_ns = *free_at - machine->at_ns[*cpu];
	if (wait_ns > 0) {
		machine->waits.contended++;
		machine->waits.waited_ns += wait_ns;
		machine->at_ns[*cpu] = *free_at;
	}
	end_ns = machine->at_ns[*cpu] + HOLD / 2 + about(machine, HOLD / 2);
	*free_at = end_ns;
	machine->at_ns[*cpu] = end_ns + about(machine, think_ns);
	return end_ns;
}

static struct queue_totals measured(uint32_t locks, double think_ns)
{
	struct machine machine = { .random = 1 };
	uint32_t cpu;

	for (unsigned int i = 0; i < REQUESTS; i++)
		step(&machine, locks, think_ns, &cpu);
	return machine.waits;
}

/* What was recorded with @from locks, given to @to. */
static struct queue_totals predicted(uint32_t from, uint32_t to,
				     double think_ns, bool waits_known)
{
	const struct queue_totals real = measured(from, think_ns);
	const struct arrivals_basis basis = {
		.hold_ns = HOLD,
		.waits_known = waits_known,
		.wait_ns = real.contended ? real.waited_ns / real.contended : 0,
		.contended = (double)real.contended / REQUESTS,
	};
	struct arrivals *arrivals = arrivals_new(&basis);
	struct lock_queues *queues = new_queues();
	struct machine machine = { .random = 1 };
	struct queue_totals totals;

	assert_non_null(arrivals);
	arrivals_begin(arrivals, 1000);
	for (unsigned int i = 0; i < REQUESTS; i++) {
		struct arrival arrival;
		uint32_t cpu;
		const double at = step(&machine, from, think_ns, &cpu);

		assert_int_equal(arrivals_add(arrivals, cpu, cpu % from,
					      1000 + at, &arrival),
				 0);
		assert_true(arrival.think_ns >= 0);
		assert_int_equal(lock_queues_add(queues, cpu, cpu % to, arrival,
						 HOLD),
				 0);
	}
	totals = run(queues);
	arrivals_free(arrivals);
	lock_queues_free(queues);
	return totals;
}

/* Waits are those that come of the settings, within a factor. */
static void assert_like(uint32_t from, uint32_t to, double think_ns,
			bool waits_known, double factor)
{
	const double real = measured(to, think_ns).waited_ns;
	const double told =
		predicted(from, to, think_ns, waits_known).waited_ns;

	assert_true(told < factor * real);
	assert_true(told > real / factor);
}

static const double thinks[] = { 100, 300, 1000, 5000 };

static void measured_waits_tell_others(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		assert_like(1, 1, thinks[i], true, 1.1);
		assert_like(1, 2, thinks[i], true, 1.1);
		assert_like(2, 1, thinks[i], true, 1.1);
		assert_like(6, 1, thinks[i], true, 1.1);
		assert_like(2, 2, thinks[i], true, 1.1);
	}
}

/* Not where all have waited: what they did in between is not known then. */
static void a_record_alone_tells_waits(void **state)
{
	(void)state;
	arrivals_free(NULL);
	for (unsigned int i = 1; i < 4; i++) {
		assert_like(1, 1, thinks[i], false, 2);
		assert_like(1, 2, thinks[i], false, 2);
		assert_like(2, 1, thinks[i], false, 2);
		assert_like(6, 1, thinks[i], false, 2);
		assert_like(2, 2, thinks[i], false, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_comes_first_is_served_first),
		cmocka_unit_test(who_waits_comes_later),
		cmocka_unit_test(time_may_pass_without_a_lock),
		cmocka_unit_test(no_more_wait_than_there_are),
		cmocka_unit_test(measured_waits_tell_others),
		cmocka_unit_test(a_record_alone_tells_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

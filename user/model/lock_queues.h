/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_LOCK_QUEUES_H
#define MODEL_LOCK_QUEUES_H

/*
 * CPUs that wait for locks: each lock is a queue that is served in the order of
 * arrival, and a CPU that waits asks for nothing else meanwhile. So its next
 * request comes as long after the end of the last as it did in the record
 * (a closed loop), and no more CPUs than there are can wait.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A visit to no lock: time that passes. */
#define NO_LOCK UINT32_MAX

/**
 * struct queue_totals - what waiting there was
 * @contended: visits that found the lock taken
 * @waited_ns: the sum of their waits
 * @max_ns: the longest
 * @handovers: visits to a lock behind another CPU
 */
struct queue_totals {
	uint64_t handovers;
	uint64_t contended;
	double waited_ns;
	double max_ns;
};

/**
 * struct arrival - when a CPU makes a request
 * @think_ns: since the end of its request before; of its first one, since the
 *	begin of all
 * @at_ns: after a long pause, since the begin of all; else 0. Such pauses end
 *	when something else happens, at that time, though the CPU was later
 *	before
 */
struct arrival {
	double think_ns;
	double at_ns;
};

struct lock_queues;

/** lock_queues_new() - without visits; NULL without memory */
struct lock_queues *lock_queues_new(void);

/** lock_queues_free() - NULL is fine */
void lock_queues_free(struct lock_queues *queues);

/**
 * lock_queues_add() - the next visit of a CPU
 * @cpu: which
 * @lock: that it takes, counted from 0; NO_LOCK = none
 * @arrival: when it comes
 * @hold_ns: time that it holds the lock
 *
 * Return: 0 or -ENOMEM.
 */
int lock_queues_add(struct lock_queues *queues, uint32_t cpu, uint32_t lock,
		    struct arrival arrival, double hold_ns);

/**
 * lock_queues_run() - let the visits happen, and forget them
 * @totals: what waiting there was is added here
 */
void lock_queues_run(struct lock_queues *queues, struct queue_totals *totals);

/**
 * struct arrivals_basis - what is known of waits in the record
 * @hold_ns: time that a lock is held when its release is recorded; most often
 * @rest_ns: time that it is held after that
 * @waits_known: the rest is known
 * @wait_ns: a wait; most often
 * @contended: share of the requests that waited
 */
struct arrivals_basis {
	double hold_ns;
	double rest_ns;
	bool waits_known;
	double wait_ns;
	double contended;
};

struct arrivals;

/**
 * arrivals_new() - when requests came that are recorded as they ended
 *
 * A record has when a lock was about to be released, and a wait is before that.
 * A request that released the lock closely behind another CPU has waited. How
 * closely that is, is set so that as many have waited as were measured; where
 * that is not known, it is the time of two holds. There a request came half way
 * between the end of its CPU's last request and its turn.
 *
 * Return: it, or NULL without memory.
 */
struct arrivals *arrivals_new(const struct arrivals_basis *basis);

/** arrivals_free() - NULL is fine */
void arrivals_free(struct arrivals *arrivals);

/** arrivals_begin() - what came before @at_ns is over */
void arrivals_begin(struct arrivals *arrivals, uint64_t at_ns);

/**
 * arrivals_add() - the next request of the record
 * @cpu: that made it
 * @lock: that it took, counted from 0; NO_LOCK = not known
 * @at_ns: when it released the lock
 * @arrival: set to when it came; the begin of all is what arrivals_begin() said
 *
 * Return: 0 or -ENOMEM.
 */
int arrivals_add(struct arrivals *arrivals, uint32_t cpu, uint32_t lock,
		 uint64_t at_ns, struct arrival *arrival);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_CHANGES_H
#define MODEL_CHANGES_H

/*
 * What differs between two intervals that need not be of one session, or of one
 * machine: every metric of the schema, of what both have, and findings. Pools
 * match by kind, name and device, areas by index, devices by name; of several
 * alike the first one matches the first one.
 */

#include "model/interval.h"
#include "model/metrics.h"

/* The two that are compared. */
enum side { SIDE_A, SIDE_B, SIDES };

/** enum change_kind - how a figure has changed */
enum change_kind {
	CHANGE_NOISE,	/* it differs by no more than noise */
	CHANGE_REAL,	/* it differs by more */
	CHANGE_UNKNOWN, /* one side is not known */
	CHANGE_KINDS,
};

/**
 * struct change - a figure that is not the same
 * @metric: which
 * @subject: whose, on each side
 * @kind: how it has changed
 * @known: on each side
 * @value: in the metric's unit, if known
 * @rate: of a counter, a second of its interval, likewise
 * @reason: CHANGE_UNKNOWN: why
 */
struct change {
	const struct field *metric;
	struct subject subject[SIDES];
	enum change_kind kind;
	bool known[SIDES];
	int64_t value[SIDES];
	double rate[SIDES];
	const char *reason;
};

/**
 * struct lone - what only one side has
 * @side: which side
 * @scope: a pool, an area or a device
 * @subject: it
 */
struct lone {
	enum side side;
	enum scope scope;
	struct subject subject;
};

/**
 * struct changes - all that differs
 * @interval: the two, kept by the caller
 * @list: figures, in the order of the schema
 * @count: how many
 * @lone: what only one side has
 * @nr_lone: how many
 * @equal: figures that are the same on both sides
 */
struct changes {
	const struct interval *interval[SIDES];
	struct change *list;
	size_t count;
	struct lone *lone;
	size_t nr_lone;
	size_t equal;
};

/**
 * changes_find() - compare two intervals
 * @a: the one
 * @b: the other; both must outlive @changes
 * @changes: filled in; to be released with changes_release()
 *
 * Counters are compared by their rates. A count is taken for one of events that
 * come by chance (Poisson), a sum of times or bytes for one of such events with
 * sizes that spread as widely as their mean. Rates that differ by more than
 * three standard deviations, and by more than a tenth, have changed; all else
 * is noise. What comes in bursts spreads wider than by chance: hence the tenth.
 * Where the number of events is not known, the tenth alone decides. Gauges and
 * peaks are compared as they are.
 *
 * Return: 0, or -ENOMEM and @changes is empty.
 */
int changes_find(const struct interval *a, const struct interval *b,
		 struct changes *changes);

/** changes_release() - free what it owns and make it empty */
void changes_release(struct changes *changes);

/** changes_of_kind() - the number of figures of a kind */
size_t changes_of_kind(const struct changes *changes, enum change_kind kind);

/**
 * finding_lone() - a finding that only one side has
 * @changes: the two
 * @side: whose findings are gone through
 * @index: of the finding
 *
 * They match by rule and subject.
 *
 * Return: it, or NULL when the other side has it as well.
 */
const struct finding *finding_lone(const struct changes *changes,
				   enum side side, size_t index);

/** change_kind_name() - "noise", "changed", "unknown" */
const char *change_kind_name(enum change_kind kind);

#endif

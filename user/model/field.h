/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_FIELD_H
#define MODEL_FIELD_H

/*
 * A row of the schema, and what follows from it alone. The rows are
 * in schema.c.
 */

#include "model/basis.h"
#include "model/subject.h"

/** enum unit - unit of a number */
enum unit { UNIT_COUNT, UNIT_SLOTS, UNIT_BYTES, UNIT_NS };

/**
 * enum kind - how a number moves, and so what it is in an interval
 * @KIND_GAUGE: a state: that of the later sample
 * @KIND_COUNTER: the difference
 * @KIND_PEAK: a maximum of the window
 */
enum kind { KIND_GAUGE, KIND_COUNTER, KIND_PEAK };

/** enum type - C type of a member; TYPE_NUMBER is a derived one */
enum type {
	TYPE_NUMBER,
	TYPE_U16,
	TYPE_U32,
	TYPE_U64,
	TYPE_S32,
	TYPE_S64,
	TYPE_BOOL,
	TYPE_TEXT,    /* char[] */
	TYPE_WORDS,   /* char **, ended by NULL; owned */
	TYPE_NUMBERS, /* int64_t[] or uint64_t[] */
	TYPE_HISTOGRAM,
	TYPE_STACK,
	TYPE_LIST, /* pointer to owned items, beside their number */
};

/** enum notation - how a report writes a number, if not as one in its unit */
enum notation {
	AS_NUMBER,
	AS_SECONDS, /* of ns */
	AS_TIME,    /* ns of CLOCK_REALTIME as a date */
	AS_LEVELS,  /* bits of enum level as names */
	AS_EVENTS,  /* bits of enum event likewise */
	AS_DEVICE,  /* key of a device as its place among these */
	AS_PAIRS,   /* a histogram as pairs of bucket and count, without 0 */
	AS_COLUMNS, /* a list as a string of numbers for each member */
	AS_STEPS,   /* in such a string, how much more than the one before */
};

/** enum null - which value of a member means that there is none */
enum null {
	NULL_NEVER,
	NULL_ZERO,     /* 0 or "" */
	NULL_NEGATIVE, /* such as the id of no pool */
	NULL_WRAPPED,  /* as of a counter of slots that ran below 0 */
};

/**
 * struct field - one row of the schema: a member of an entity, or a figure that
 *	is derived from members
 * @scope: the entity
 * @type: C type of the member; of a derived figure TYPE_NUMBER or TYPE_BOOL
 * @offset: of the member
 * @size: of the member; 0 = derived
 * @count: TYPE_LIST: offset of the number of items
 * @count_size: its size
 * @item: TYPE_LIST: what the items are
 * @key: items of a list that agree in all keys are the same in two samples
 * @guard: offset of a counter: when that went backwards, the member belongs to
 *	something new and counts in full
 * @top_of: KIND_PEAK: offset of the histogram of the values it is the
 *	maximum of; 0 = the maximum of the window is kept by samples
 * @path: where a report has it in the JSON object of its entity, with dots
 *	between nested objects; NULL = nowhere
 * @notation: how a report writes it
 * @null: which value means none
 * @names: of a member that is an enum: the names of its values; NULL = none
 * @nr_names: how many values the enum has
 * @metric: its name in assertions, such as "lock.wait.p99"; NULL = it is not a
 *	metric
 * @unit: its unit
 * @kind: how it moves
 * @basis: its evidence
 * @flag: offset of a bool that says whether it is known; 0 = none
 * @known: whether it is known; NULL = it is
 * @unknown: why it is not, for users
 * @get: derived: stores the value and returns true, or returns false for
 * unknown
 * @whole: stores the whole that the value is a part of, for percentages; NULL =
 *	there is none
 * @help: one line; NULL = the name says it
 */
struct field {
	enum scope scope;
	enum type type;
	uint16_t offset;
	uint16_t size;
	uint16_t count;
	uint16_t count_size;
	enum scope item;
	bool key;
	uint16_t guard;
	uint16_t top_of;
	const char *path;
	enum notation notation;
	enum null null;
	const char *(*names)(unsigned int value);
	unsigned int nr_names;
	const char *metric;
	enum unit unit;
	enum kind kind;
	enum basis_id basis;
	uint16_t flag;
	bool (*known)(const struct subject *subject);
	const char *unknown;
	bool (*get)(const struct subject *subject, int64_t *value);
	bool (*whole)(const struct subject *subject, int64_t *value);
	const char *help;
};

/** unit_name() - "count", "slots", "bytes", "ns" */
const char *unit_name(enum unit unit);

/** kind_name() - "gauge", "counter", "peak" */
const char *kind_name(enum kind kind);

/** field_levels() - the levels without which it is unknown; 0 = state alone */
unsigned int field_levels(const struct field *field);

/**
 * field_missing() - why a field is unknown for all subjects
 *
 * Return: the reason of the first of its levels that is missing, or NULL.
 */
const char *field_missing(const struct field *field,
			  const struct snapshot *snap);

/** field_measured() - where its levels are attached, it is known */
bool field_measured(const struct field *field, const struct subject *subject);

/** field_known() - its levels are attached, and it is not unknown otherwise */
bool field_known(const struct field *field, const struct subject *subject);

/**
 * field_value() - the value of a number
 *
 * Return: true and @value set, or false: unknown.
 */
bool field_value(const struct field *field, const struct subject *subject,
		 int64_t *value);

/** field_read() - the same of a field that is known, as a whole */
bool field_read(const struct field *field, const struct subject *subject,
		int64_t *value);

/**
 * field_unknown_reason() - why field_value() said unknown, for users
 *
 * Return: a static string, or a hook's reason that lives as long as the
 * snapshot.
 */
const char *field_unknown_reason(const struct field *field,
				 const struct subject *subject);

/** field_count() - how many items the list @field of @entity has */
size_t field_count(const struct field *field, const void *entity);

/** field_items() - its items; NULL when it is empty. TYPE_WORDS: the words */
void *field_items(const struct field *field, const void *entity);

/** field_set_items() - give the entity others, which it owns then */
void field_set_items(const struct field *field, void *entity, void *items);

#endif

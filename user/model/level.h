/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_LEVEL_H
#define MODEL_LEVEL_H

#include <stddef.h>

/**
 * enum level - what can be attached, each alone
 *
 * State is read on demand and is not a level: it attaches nothing. Nor does the
 * audit, which is a level because its reading takes longer.
 * docs/architecture.md says what each level attaches to, and its overhead.
 */
enum level {
	LEVEL_LOCKS = 1u << 0,	  /* slow path of area locks */
	LEVEL_BLOCKS = 1u << 1,	  /* device block allocate and free */
	LEVEL_MAPPINGS = 1u << 2, /* every map and unmap */
	LEVEL_HOLDS = 1u << 3,	  /* every take and release of an area lock */
	LEVEL_TRACEPOINTS = 1u << 4, /* lock:contention_begin, for comparison */
	LEVEL_CALLERS = 1u << 5,     /* who waits; needs LEVEL_LOCKS */
	LEVEL_BOUNCES =
		1u << 6,       /* each copy, to time it; needs LEVEL_MAPPINGS */
	LEVEL_AUDIT = 1u << 7, /* state, slot by slot */
	LEVEL_TRACE = 1u << 8, /* each map and unmap, in order */
};

/* What report and top attach: users want to see holders and refusals. */
#define LEVELS_DEFAULT (LEVEL_LOCKS | LEVEL_BLOCKS | LEVEL_MAPPINGS)

/**
 * struct level_info - one row of the table of levels
 * @level: the level
 * @name: its name in --level
 * @help: what it measures, and its overhead, in one line
 * @overhead: in figures (docs/benchmarks.md), or when there is any
 * @hooks: prefixes of names, separated by blanks: at least one hook with such a
 *	name must be attached for the level's figures to be known
 * @not_asked: why its figures are unknown when it is not attached
 */
struct level_info {
	enum level level;
	const char *name;
	const char *help;
	const char *overhead;
	const char *hooks;
	const char *not_asked;
};

extern const struct level_info level_table[];
extern const unsigned int level_count;

/**
 * levels_parse() - read a comma-separated list such as "locks,blocks"
 *
 * A level that depends on another one includes it.
 *
 * @text: the list; "state" (attach nothing) is allowed and adds nothing
 * @levels: set to the bits on success, untouched otherwise
 * @bad: set to the first unknown word (points into @text), with its length
 * @bad_len: length of @bad
 *
 * Return: 0, or -EINVAL.
 */
int levels_parse(const char *text, unsigned int *levels, const char **bad,
		 int *bad_len);

/** levels_complete() - these levels and those that they depend on */
unsigned int levels_complete(unsigned int levels);

/**
 * levels_format() - the opposite: "locks,blocks", or "state" for none
 *
 * Return: @text.
 */
char *levels_format(unsigned int levels, char *text, size_t len);

#endif

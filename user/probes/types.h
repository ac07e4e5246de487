/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_TYPES_H
#define PROBES_TYPES_H

/*
 * The kernel's types take 5 MiB, and libbpf reads them twice to load an object.
 * Of these we need a few percent: the structures that our programs or we name,
 * with what is in them, and the functions. So these are taken out of the rest
 * once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct types_function - a function of the kernel
 * @name_hash: hash_text() of its name
 * @id: its number in the kernel's types
 * @args: how many parameters it has
 */
struct types_function {
	uint64_t name_hash;
	uint32_t id;
	uint32_t args;
};

/**
 * struct types - what was taken out
 * @file: a file without a name that has the structures, as BTF; -1 = none.
 *	They have numbers of their own, as libbpf goes through all numbers for
 *	each type that a program names. What a pointer points to is void.
 * @ids: of each of these types the number that it has in the kernel; owned
 * @functions: in groups by their names' hashes; owned
 * @groups: where in @functions each group begins, and the end; owned
 */
struct types {
	int file;
	uint32_t *ids;
	struct types_function *functions;
	uint32_t *groups;
};

/**
 * types_read() - take out what we need
 * @path: all types of the kernel, as BTF
 * @types: filled in on success, to be ended with types_release()
 *
 * Return: 0 or negative errno.
 */
int types_read(const char *path, struct types *types);

/** types_function() - the first of that name; NULL = there is none */
const struct types_function *types_function(const struct types *types,
					    const char *name);

/** types_release() - close and free it; @types may be zeroed with file -1 */
void types_release(struct types *types);

/** types_named() - types of that name are taken out, if the kernel has them */
bool types_named(const char *name);

#endif

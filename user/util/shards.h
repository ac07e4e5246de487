/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_SHARDS_H
#define UTIL_SHARDS_H

/*
 * A recording in a directory: files with numbers, in the order in which they
 * were written. Other files of the directory are left alone.
 */

#include <stddef.h>
#include <stdint.h>

#define SHARD_NAME_LEN 48

/**
 * struct shard - one of the files
 * @number: its number
 * @bytes: its size
 * @written_ns: CLOCK_REALTIME when it was written last
 */
struct shard {
	uint64_t number;
	uint64_t bytes;
	uint64_t written_ns;
};

/** shard_name() - the name of the file with that number */
char *shard_name(char *name, size_t len, uint64_t number);

/**
 * shards_list() - the shards of a directory, the oldest first
 * @dir: the directory
 * @list: set to them, to be freed by the caller
 * @count: how many
 *
 * Return: 0 or negative errno.
 */
int shards_list(int dir, struct shard **list, size_t *count);

#endif

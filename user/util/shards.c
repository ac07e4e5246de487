/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/shards.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/units.h"

char *shard_name(char *name, size_t len, uint64_t number)
{
	snprintf(name, len, "swiotlb-%08" PRIu64 ".jsonl.zst", number);
	return name;
}

static bool is_shard(const char *name, uint64_t *number)
{
	char again[SHARD_NAME_LEN];

	if (sscanf(name, "swiotlb-%" SCNu64, number) != 1)
		return false;
	return !strcmp(name, shard_name(again, sizeof(again), *number));
}

static int add(struct shard **list, size_t *count, const struct shard *shard)
{
	struct shard *grown = reallocarray(*list, *count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[(*count)++] = *shard;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct shard *left = a, *right = b;

	return (left->number > right->number) - (left->number < right->number);
}

static int list_entries(DIR *stream, struct shard **list, size_t *count)
{
	const struct dirent *entry;
	int err = 0;

	while (!err && (entry = readdir(stream))) {
		struct shard shard = { 0 };
		struct stat status;

		if (!is_shard(entry->d_name, &shard.number) ||
		    fstatat(dirfd(stream), entry->d_name, &status,
			    AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(status.st_mode))
			continue;
		shard.bytes = (uint64_t)status.st_size;
		shard.written_ns =
			(uint64_t)status.st_mtim.tv_sec * NS_PER_SEC +
			(uint64_t)status.st_mtim.tv_nsec;
		err = add(list, count, &shard);
	}
	return err;
}

int shards_list(int dir, struct shard **list, size_t *count)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	int err;

	*list = NULL;
	*count = 0;
	if (!stream) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	err = list_entries(stream, list, count);
	closedir(stream);
	if (err) {
		free(*list);
		*list = NULL;
		*count = 0;
		return err;
	}
	if (*count)
		qsort(*list, *count, sizeof(**list), compare);
	return 0;
}

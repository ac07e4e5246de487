// SPDX-License-Identifier: GPL-2.0-only
#include "util/block_queues.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A disk is a link to its place among the devices. */
static bool is_behind(const char *root, const char *disk, const char *device)
{
	char link[PATH_MAX], part[NAME_MAX + 3], *place;
	bool behind;

	if (snprintf(link, sizeof(link), "%s/%s", root, disk) >=
		    (int)sizeof(link) ||
	    snprintf(part, sizeof(part), "/%s/", device) >= (int)sizeof(part))
		return false;
	place = realpath(link, NULL);
	behind = place && strstr(place, part);
	free(place);
	return behind;
}

/* 0 where it cannot be read */
static uint64_t read_limit(const char *root, const char *disk)
{
	char path[PATH_MAX];
	unsigned long kib = 0;
	FILE *file;

	if (snprintf(path, sizeof(path), "%s/%s/queue/max_hw_sectors_kb", root,
		     disk) >= (int)sizeof(path))
		return 0;
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%lu", &kib) != 1)
		kib = 0;
	fclose(file);
	return (uint64_t)kib << 10;
}

uint64_t block_queue_limit(const char *root, const char *device, char *disk,
			   size_t len)
{
	DIR *disks = opendir(root);
	const struct dirent *entry;
	uint64_t largest = 0;

	disk[0] = 0;
	while (disks && *device && (entry = readdir(disks))) {
		uint64_t limit = 0;

		if (entry->d_name[0] != '.' &&
		    is_behind(root, entry->d_name, device))
			limit = read_limit(root, entry->d_name);
		if (limit <= largest)
			continue;
		largest = limit;
		snprintf(disk, len, "%s", entry->d_name);
	}
	if (disks)
		closedir(disks);
	return largest;
}

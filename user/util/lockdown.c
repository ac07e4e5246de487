// SPDX-License-Identifier: GPL-2.0-only
#include "util/lockdown.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

static bool securityfs_is_mounted(void)
{
	struct statfs status;

	return !statfs(SECURITYFS, &status) &&
	       status.f_type == SECURITYFS_MAGIC;
}

const char *lockdown_mode(void)
{
	static char line[64];
	FILE *file = fopen(LOCKDOWN_PATH, "re");
	char *mode = NULL;

	if (!file)
		return errno == ENOENT && securityfs_is_mounted() ? "" : NULL;
	/* "none [integrity] confidentiality" */
	if (fgets(line, sizeof(line), file) && (mode = strchr(line, '['))) {
		mode++;
		mode[strcspn(mode, "]")] = '\0';
	}
	fclose(file);
	return mode;
}

bool lockdown_forbids_bpf(void)
{
	const char *mode = lockdown_mode();

	return mode && !strcmp(mode, "confidentiality");
}

bool lockdown_closes_debugfs(void)
{
	const char *mode = lockdown_mode();

	return mode && *mode && strcmp(mode, "none") != 0;
}

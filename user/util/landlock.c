/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * What headers may be too old for, from include/uapi/linux/landlock.h (6.12).
 * Rights: ABI 3 truncate, 5 ioctl of devices.
 */
#define FS_TRUNCATE    (1ull << 14)
#define FS_IOCTL_DEV   (1ull << 15)
#define NET_BIND_TCP   (1ull << 0)
#define NET_CONNECT    (1ull << 1)
#define SCOPE_ABSTRACT (1ull << 0)
#define SCOPE_SIGNAL   (1ull << 1)

/** struct ruleset_attr - struct landlock_ruleset_attr of ABI 6 */
struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_REMOVE                                                              \
	(LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR)
#define FS_WRITE                                                               \
	(FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE |                             \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |        \
	 FS_TRUNCATE)
/* All of ABI 1: the first 13. */
#define FS_ABI_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

static const uint64_t rights[] = {
	[CONFINE_READ] = FS_READ,
	[CONFINE_REMOVE] = FS_REMOVE,
	[CONFINE_WRITE] = FS_WRITE,
};

static long ask_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		       LANDLOCK_CREATE_RULESET_VERSION);
}

unsigned int landlock_abi(void)
{
	long abi = ask_version();

	return abi < 0 ? 0 : (unsigned int)abi;
}

const char *landlock_missing(void)
{
	if (ask_version() > 0)
		return NULL;
	if (errno == ENOSYS)
		return "this kernel has none";
	if (errno == EOPNOTSUPP)
		return "disabled at boot (lsm=)";
	return strerror(errno);
}

static uint64_t handled_fs(unsigned int abi)
{
	uint64_t access = FS_ABI_1;

	if (abi >= 2)
		access |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		access |= FS_TRUNCATE;
	if (abi >= 5)
		access |= FS_IOCTL_DEV;
	return access;
}

/* The kernel refuses a structure with fields that it does not know. */
static int make_ruleset(unsigned int abi)
{
	const struct ruleset_attr attr = {
		.handled_access_fs = handled_fs(abi),
		.handled_access_net = abi >= 4 ? NET_BIND_TCP | NET_CONNECT : 0,
		.scoped = abi >= 6 ? SCOPE_ABSTRACT | SCOPE_SIGNAL : 0,
	};
	size_t size = abi >= 6	 ? sizeof(attr)
		      : abi >= 4 ? 2 * sizeof(uint64_t)
				 : sizeof(uint64_t);
	long fd = syscall(SYS_landlock_create_ruleset, &attr, size, 0);

	return fd < 0 ? -errno : (int)fd;
}

static int allow(int ruleset, unsigned int abi, int fd,
		 enum confine_right right)
{
	const struct landlock_path_beneath_attr attr = {
		.allowed_access = rights[right] & handled_fs(abi),
		.parent_fd = fd,
	};

	return syscall(SYS_landlock_add_rule, ruleset,
		       LANDLOCK_RULE_PATH_BENEATH, &attr, 0)
		       ? -errno
		       : 0;
}

/* One that is not mounted is not needed. */
static int allow_reading(int ruleset, unsigned int abi, const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return 0;
	err = allow(ruleset, abi, fd, CONFINE_READ);
	close(fd);
	return err;
}

int landlock_restrict(const struct confine_needs *needs)
{
	unsigned int abi = landlock_abi();
	int ruleset = make_ruleset(abi);
	int err;

	if (ruleset < 0)
		return ruleset;
	err = allow_reading(ruleset, abi, "/proc");
	if (!err)
		err = allow_reading(ruleset, abi, "/sys");
	for (size_t i = 0; i < needs->nr_places && !err; i++)
		err = allow(ruleset, abi, needs->places[i].fd,
			    needs->places[i].right);
	if (!err && syscall(SYS_landlock_restrict_self, ruleset, 0))
		err = -errno;
	close(ruleset);
	return err;
}

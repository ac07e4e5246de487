/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/call_filter.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/*
 * Whatever their arguments are. Which files may be opened and changed is
 * landlock's matter. Those that an architecture does not have are left out by
 * libseccomp.
 */
static const int usual[] = {
	/* what is open */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write),
	SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(fstat),
	SCMP_SYS(fcntl), SCMP_SYS(dup), SCMP_SYS(dup3), SCMP_SYS(close),
	/* files that are read */
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getdents64),
	/* files that are written */
	SCMP_SYS(ftruncate), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(sync_file_range), SCMP_SYS(flock), SCMP_SYS(fchmod),
	SCMP_SYS(fchown), SCMP_SYS(umask), SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(unlinkat),
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(membarrier),
	/* time, and waiting */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),
	SCMP_SYS(time), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(poll),
	SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait), SCMP_SYS(restart_syscall),
	/* signals, but not to others */
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(sigaltstack), SCMP_SYS(signalfd4),
	/* what the process and the machine are */
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(getrusage), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield),
	SCMP_SYS(getcpu), SCMP_SYS(uname), SCMP_SYS(sysinfo),
	SCMP_SYS(getrandom), SCMP_SYS(exit), SCMP_SYS(exit_group)
};

/* By sockets that are open. */
static const int of_sockets[] = {
	SCMP_SYS(accept),     SCMP_SYS(accept4),     SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),    SCMP_SYS(sendto),	     SCMP_SYS(sendmsg),
	SCMP_SYS(shutdown),   SCMP_SYS(getsockname), SCMP_SYS(getpeername),
	SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
};

/* Beside a socket of that kind, whose address is no argument of socket(). */
static const int of_datagrams[] = {
	SCMP_SYS(sendmsg), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
	/* An entry that is too large for one is sent as a file in memory. */
	SCMP_SYS(memfd_create)
};

/**
 * struct argument - a value with which a call is allowed
 * @call: its number
 * @index: of the argument
 * @mask: its bits that count
 * @value: of these bits
 */
struct argument {
	int call;
	unsigned int index;
	uint64_t mask;
	uint64_t value;
};

#define WHOLE UINT64_MAX
/* The kernel takes 32 bits of it, and the others may be anything. */
#define NUMBER UINT32_MAX

static const struct argument arguments[] = {
	{ SCMP_SYS(bpf), 0, NUMBER, BPF_PROG_TEST_RUN },
	{ SCMP_SYS(bpf), 0, NUMBER, BPF_OBJ_GET_INFO_BY_FD },
	{ SCMP_SYS(ioctl), 1, NUMBER, TCGETS },
	{ SCMP_SYS(ioctl), 1, NUMBER, TIOCGWINSZ },
	{ SCMP_SYS(ioctl), 1, NUMBER, FIONREAD },
	{ SCMP_SYS(ioctl), 1, NUMBER, FIONBIO },
	/* libbpf detaches a kprobe by it. */
	{ SCMP_SYS(ioctl), 1, NUMBER, PERF_EVENT_IOC_DISABLE },
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	/* Limits are read, not set. */
	{ SCMP_SYS(prlimit64), 2, WHOLE, 0 },
};

const char *call_filter_missing(void)
{
#ifdef SANITIZED
	return "AddressSanitizer makes calls of its own";
#endif
	if (prctl(PR_GET_SECCOMP) < 0 && errno == EINVAL)
		return "this kernel has none";
	return NULL;
}

static int allow(scmp_filter_ctx context, const int *calls, size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = seccomp_rule_add(context, SCMP_ACT_ALLOW, calls[i], 0);
	return err;
}

static int allow_with(scmp_filter_ctx context, const struct argument *argument)
{
	return seccomp_rule_add(context, SCMP_ACT_ALLOW, argument->call, 1,
				SCMP_CMP(argument->index, SCMP_CMP_MASKED_EQ,
					 argument->mask, argument->value));
}

static int allow_datagrams(scmp_filter_ctx context)
{
	/* Beside it the type has SOCK_CLOEXEC and SOCK_NONBLOCK. */
	const uint64_t type = ~(uint64_t)(SOCK_CLOEXEC | SOCK_NONBLOCK);
	int err = allow(context, of_datagrams, COUNT(of_datagrams));

	if (err)
		return err;
	return seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
				SCMP_A0(SCMP_CMP_MASKED_EQ, NUMBER, AF_UNIX),
				SCMP_A1(SCMP_CMP_MASKED_EQ, NUMBER & type,
					SOCK_DGRAM));
}

/* abort() sends a signal to its own thread. */
static int allow_abort(scmp_filter_ctx context)
{
	return seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				SCMP_A0(SCMP_CMP_MASKED_EQ, NUMBER,
					(uint64_t)getpid()));
}

static int fill(scmp_filter_ctx context, const struct confine_needs *needs)
{
	int err = allow(context, usual, COUNT(usual));

	if (!err && needs->sockets)
		err = allow(context, of_sockets, COUNT(of_sockets));
	if (!err && needs->datagrams)
		err = allow_datagrams(context);
	for (size_t i = 0; i < COUNT(arguments) && !err; i++)
		err = allow_with(context, &arguments[i]);
	return err ? err : allow_abort(context);
}

int call_filter_load(const struct confine_needs *needs)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err;

	if (!context)
		return -ENOMEM;
	/* Of 4.14 and later; without it refusals are not logged. */
	seccomp_attr_set(context, SCMP_FLTATR_CTL_LOG, 1);
	/* A tree, not a list: two comparisons for each doubling. */
	seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	seccomp_attr_set(context, SCMP_FLTATR_API_SYSRAWRC, 1);
	err = fill(context, needs);
	if (!err)
		err = seccomp_load(context);
	seccomp_release(context);
	return err;
}

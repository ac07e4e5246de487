/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/log.h"
#include "util/signals.h"
#include "util/units.h"

/* Time that a command has to exit after a signal. */
#define GRACE_NS (10 * NS_PER_SEC)

/* The same for what it has started and left, once it has ended itself. */
#define ORPHAN_GRACE_NS (2 * NS_PER_SEC)

/**
 * struct watching - state of one watch()
 * @options: time and command
 * @result: what is found
 * @signals: signalfd
 * @pid: the command, 0 for none
 * @start: CLOCK_MONOTONIC
 * @next_tick: the same clock
 * @kill_at: when to kill the command, 0 = not yet decided
 * @done: nothing more to wait for
 */
struct watching {
	const struct watch_options *options;
	struct watch_result *result;
	int signals;
	pid_t pid;
	uint64_t start;
	uint64_t next_tick;
	uint64_t kill_at;
	bool done;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
}

/* Those that end us, and what tells that the command has ended. */
static int take_over_signals(struct watching *w)
{
	sigset_t mask;

	signals_hold();
	mask = *signals_held();
	sigaddset(&mask, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &mask, NULL))
		return -errno;
	w->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return w->signals < 0 ? -errno : 0;
}

static void give_signals_back(struct watching *w)
{
	sigset_t mask;

	if (w->signals >= 0)
		close(w->signals);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	signals_release();
}

/* In the child process: exec the command, or report to the parent why not. */
__attribute__((noreturn)) static void become(const struct watching *w,
					     int report_fd)
{
	char *const *argv = w->options->command;
	int err;

	signal(SIGPIPE, SIG_DFL);
	/* Shells ignore it for what they run behind; we pass it on. */
	signal(SIGINT, SIG_DFL);
	sigprocmask(SIG_SETMASK, signals_usual(), NULL);
	execvp(argv[0], argv);
	err = errno;
	if (write(report_fd, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* Waits until exec has closed the pipe or failed. */
static int read_exec_result(int fd)
{
	ssize_t got;
	int err = 0;

	do {
		got = read(fd, &err, sizeof(err));
	} while (got < 0 && errno == EINTR);
	return got == sizeof(err) ? -err : 0;
}

static int spawn(struct watching *w)
{
	int pipe_fds[2], err;

	if (pipe2(pipe_fds, O_CLOEXEC))
		return -errno;
	w->pid = fork();
	if (w->pid == 0)
		become(w, pipe_fds[1]);
	err = w->pid < 0 ? -errno : 0;
	close(pipe_fds[1]);
	if (!err)
		err = read_exec_result(pipe_fds[0]);
	close(pipe_fds[0]);
	if (err && w->pid > 0)
		waitpid(w->pid, NULL, 0);
	if (err)
		w->pid = 0;
	return err;
}

static int start_command(struct watching *w)
{
	int err = spawn(w);

	if (err)
		log_error("cannot run '%s': %s", w->options->command[0],
			  err == -ENOENT ? "no such command" : strerror(-err));
	return err;
}

/*
 * A key such as Ctrl-C reaches the command by itself, as it is in our process
 * group; sending it once more would count as a second one.
 */
static void pass_on(struct watching *w, const struct signalfd_siginfo *info)
{
	if (info->ssi_code != SI_KERNEL)
		kill(w->pid, (int)info->ssi_signo);
	if (!w->kill_at)
		w->kill_at = clock_ns(CLOCK_MONOTONIC) + GRACE_NS;
}

static int shell_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

/* SIGCHLD also comes when the command is stopped or continued. */
static void reap(struct watching *w, int flags)
{
	pid_t reaped;
	int status;

	do {
		reaped = waitpid(w->pid, &status, flags);
	} while (reaped < 0 && errno == EINTR);
	if (reaped != w->pid)
		return;
	w->result->exit_status = shell_status(status);
	w->pid = 0;
	w->done = true;
}

static void take_signals(struct watching *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			if (w->pid)
				reap(w, WNOHANG);
			continue;
		}
		if (!w->result->signal)
			w->result->signal = (int)info.ssi_signo;
		w->result->interrupted = true;
		if (w->pid)
			pass_on(w, &info);
		else
			w->done = true;
	}
}

/* The parent of a process; 0 when it is gone. */
static pid_t parent_of(const char *pid)
{
	char path[64], line[512], *after;
	FILE *file;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	/* The name in front of it may contain anything. */
	if (fgets(line, sizeof(line), file)) {
		after = strrchr(line, ')');
		if (!after || sscanf(after, ") %*c %d", &parent) != 1)
			parent = 0;
	}
	fclose(file);
	return parent;
}

static void signal_children(int number)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;

	while (processes && (entry = readdir(processes))) {
		int pid = atoi(entry->d_name);

		if (pid > 0 && parent_of(entry->d_name) == getpid())
			kill(pid, number);
	}
	if (processes)
		closedir(processes);
}

static bool any_child(void)
{
	pid_t reaped;

	do {
		reaped = waitpid(-1, NULL, WNOHANG);
	} while (reaped > 0);
	return reaped == 0;
}

/*
 * A run that is cut short ends what the command has started, too. Whoever
 * loses its parent becomes our child, as we are the subreaper.
 */
static void end_orphans(void)
{
	const struct timespec pause = { .tv_nsec = 20 * NS_PER_MS };
	uint64_t kill_at = clock_ns(CLOCK_MONOTONIC) + ORPHAN_GRACE_NS;
	uint64_t now;

	if (!any_child())
		return;
	signal_children(SIGTERM);
	while (any_child()) {
		now = clock_ns(CLOCK_MONOTONIC);
		if (now >= kill_at + GRACE_NS)
			return; /* in the kernel, for good */
		if (now >= kill_at)
			signal_children(SIGKILL);
		nanosleep(&pause, NULL);
	}
}

static uint64_t deadline(const struct watching *w)
{
	uint64_t end = w->next_tick;

	if (w->options->duration_ns && w->start + w->options->duration_ns < end)
		end = w->start + w->options->duration_ns;
	return end;
}

/* The caller has seen enough. */
static void stop(struct watching *w)
{
	if (w->result->stopped)
		return;
	w->result->stopped = true;
	if (!w->pid) {
		w->done = true;
		return;
	}
	kill(w->pid, SIGTERM);
	if (!w->kill_at)
		w->kill_at = clock_ns(CLOCK_MONOTONIC) + GRACE_NS;
}

/* What a callback said; NULL = there is none. */
static int call(struct watching *w, int (*callback)(void *context))
{
	int result = callback ? callback(w->options->context) : 0;

	if (result > 0)
		stop(w);
	return result < 0 ? result : 0;
}

static int sleep_until(struct watching *w, uint64_t when)
{
	struct pollfd fds[] = {
		{ .fd = w->signals, .events = POLLIN },
		{ .fd = w->options->ready ? w->options->fd : -1,
		  .events = POLLIN },
	};
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	uint64_t left = when > now ? when - now : 0;
	struct timespec timeout = {
		.tv_sec = (time_t)(left / NS_PER_SEC),
		.tv_nsec = (long)(left % NS_PER_SEC),
	};

	if (ppoll(fds, 2, &timeout, NULL) < 0 && errno != EINTR)
		return -errno;
	take_signals(w);
	return fds[1].revents ? call(w, w->options->ready) : 0;
}

static int tick(struct watching *w, uint64_t now)
{
	if (now < w->next_tick)
		return 0;
	/* Late ones are left out, not made up for. */
	w->next_tick += w->options->interval_ns;
	if (w->next_tick <= now)
		w->next_tick = now + w->options->interval_ns;
	return call(w, w->options->tick);
}

static int wait_for_end(struct watching *w)
{
	uint64_t now;
	int err;

	while (!w->done) {
		err = sleep_until(w, deadline(w));
		if (err)
			return err;
		now = clock_ns(CLOCK_MONOTONIC);
		if (w->options->duration_ns &&
		    now >= w->start + w->options->duration_ns)
			w->done = true;
		if (w->pid && w->kill_at && now >= w->kill_at) {
			log_warn("'%s' did not end within 10 s, so it is "
				 "killed",
				 w->options->command[0]);
			kill(w->pid, SIGKILL);
			w->kill_at = UINT64_MAX;
		}
		err = tick(w, now);
		if (err)
			return err;
	}
	return 0;
}

/* Leave nothing behind when the watch itself fails, or is cut short. */
static void end_watching(struct watching *w)
{
	bool cut = w->pid || w->result->interrupted || w->result->stopped;

	if (w->pid) {
		kill(w->pid, SIGKILL);
		reap(w, 0);
	}
	if (w->options->command) {
		if (cut)
			end_orphans();
		prctl(PR_SET_CHILD_SUBREAPER, 0);
	}
	give_signals_back(w);
}

int watch(const struct watch_options *options, struct watch_result *result)
{
	struct watching w = {
		.options = options,
		.result = result,
		.signals = -1,
	};
	int err;

	*result = (struct watch_result){
		.start_ns = clock_ns(CLOCK_REALTIME),
		.exit_status = -1,
	};
	err = take_over_signals(&w);
	if (err) {
		log_error("cannot watch for signals: %s", strerror(-err));
		goto out;
	}
	w.start = clock_ns(CLOCK_MONOTONIC);
	w.next_tick = w.start + options->interval_ns;
	take_signals(&w);
	if (options->command && !w.done) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		err = start_command(&w);
	}
	if (!err)
		err = wait_for_end(&w);
	result->duration_ns = clock_ns(CLOCK_MONOTONIC) - w.start;
out:
	end_watching(&w);
	return err;
}

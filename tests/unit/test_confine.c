/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What confine() leaves a process, seen from inside: each case runs in a
 * process of its own, once as it is and once confined. What the first may not
 * do proves nothing, and is skipped.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

#include "util/confine.h"

/**
 * struct scene - what a case finds, made by setup()
 * @directory: the one that may be written to
 * @dir: it, open
 * @elsewhere: a file that is not in it
 * @file: a file that is open for writing
 * @program: a BPF program that is loaded, negative errno = it may not be
 * @map: a BPF map, likewise
 * @listener: a Unix socket that listens
 */
static struct scene {
	char directory[64];
	int dir;
	char elsewhere[64];
	int file;
	int program;
	int map;
	int listener;
} scene;

/**
 * struct outcome - what a process came to, in memory that is shared
 * @confinement: what confine() said
 * @failed: likewise
 * @error: of the attempt, an errno; 0 = it succeeded
 */
struct outcome {
	struct confinement confinement;
	int failed;
	int error;
};

static struct outcome *outcome;

/*
 * Attempts: 0 or an errno
 */

static int result(long value)
{
	return value < 0 ? errno : 0;
}

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int load_program(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SYSCALL,
		.insns = (uintptr_t)nothing,
		.insn_cnt = 2,
		.license = (uintptr_t) "GPL",
		.prog_flags = BPF_F_SLEEPABLE,
	};

	return (int)bpf(BPF_PROG_LOAD, &attr);
}

static int make_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 1,
	};

	return (int)bpf(BPF_MAP_CREATE, &attr);
}

static int load_bpf_program(void)
{
	return result(load_program());
}

static int make_bpf_map(void)
{
	return result(make_map());
}

static int run_bpf_program(void)
{
	union bpf_attr attr = { .test.prog_fd = (uint32_t)scene.program };

	return result(bpf(BPF_PROG_TEST_RUN, &attr));
}

static int ask_bpf_program(void)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { .info = { .bpf_fd = (uint32_t)scene.program,
					  .info_len = sizeof(info),
					  .info = (uintptr_t)&info } };

	return result(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr));
}

static int freeze_bpf_map(void)
{
	union bpf_attr attr = { .map_fd = (uint32_t)scene.map };

	return result(bpf(BPF_MAP_FREEZE, &attr));
}

static int find_bpf_program(void)
{
	union bpf_attr attr = { 0 };

	return result(bpf(BPF_PROG_GET_NEXT_ID, &attr));
}

static int write_elsewhere(void)
{
	return result(open(scene.elsewhere, O_WRONLY | O_CREAT, 0600));
}

static int read_elsewhere(void)
{
	return result(open("/etc/passwd", O_RDONLY));
}

static int write_to_sysctl(void)
{
	return result(open("/proc/sys/kernel/core_pattern", O_WRONLY));
}

static int list_elsewhere(void)
{
	return result(open("/", O_RDONLY | O_DIRECTORY));
}

static int truncate_elsewhere(void)
{
	return result(truncate(scene.elsewhere, 0));
}

static int make_directory(void)
{
	int error = result(mkdirat(scene.dir, "sub", 0700));

	return error ?: result(unlinkat(scene.dir, "sub", AT_REMOVEDIR));
}

static int make_link(void)
{
	int error = result(symlinkat("/etc/passwd", scene.dir, "link"));

	return error ?: result(unlinkat(scene.dir, "link", 0));
}

static int execute(void)
{
	char *const nothing[] = { "true", NULL };

	return result(execv("/bin/true", nothing));
}

static int start_process(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return result(pid);
}

static int open_tcp(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int open_unix(void)
{
	return result(socket(AF_UNIX, SOCK_DGRAM, 0));
}

static int open_netlink(void)
{
	return result(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int be_traced(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int trace_parent(void)
{
	return result(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static int signal_parent(void)
{
	return result(kill(getppid(), 0));
}

static int mount_something(void)
{
	int error = result(mount("none", scene.directory, "tmpfs", 0, NULL));

	return error ?: result(umount2(scene.directory, MNT_DETACH));
}

static int make_namespace(void)
{
	return result(unshare(CLONE_NEWNS));
}

static int change_user(void)
{
	return result(setresuid(0, 0, 0));
}

static int raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return errno;
	return result(setrlimit(RLIMIT_NOFILE, &limit));
}

static int map_code(void)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return code == MAP_FAILED ? errno : 0;
}

static int type_into_terminal(void)
{
	const int error = result(syscall(SYS_ioctl, 0, 0x5412, "x"));

	return error == EPERM ? EPERM : 0; /* TIOCSTI, of no terminal */
}

/* To what it is. */
static int name_host(void)
{
	struct utsname name;

	if (uname(&name))
		return errno;
	return result(sethostname(name.nodename, strlen(name.nodename)));
}

static int read_proc(void)
{
	char line[64];
	int fd = open("/proc/self/stat", O_RDONLY);

	return result(fd) ?: result(read(fd, line, sizeof(line)));
}

static int read_sys(void)
{
	return result(open("/sys/kernel", O_RDONLY | O_DIRECTORY));
}

/* As a recorder and an exporter do. */
static int write_in_directory(void)
{
	int fd = openat(scene.dir, "new", O_RDWR | O_CREAT | O_EXCL, 0600);
	int error = result(fd);

	error = error ?: result(write(fd, "text", 4));
	error = error ?: result(ftruncate(fd, 1));
	error = error ?: result(fchmod(fd, 0644));
	error = error ?: result(fsync(fd));
	error = error ?: result(renameat(scene.dir, "new", scene.dir, "name"));
	error = error ?: result(openat(scene.dir, "name", O_RDONLY));
	error = error ?: result(openat(scene.dir, ".", O_RDONLY | O_DIRECTORY));
	return error ?: result(unlinkat(scene.dir, "name", 0));
}

static int write_open_file(void)
{
	int error = result(write(scene.file, "text", 4));

	return error ?: result(ftruncate(scene.file, 0));
}

static int use_memory(void)
{
	const size_t large = 128 << 20;
	char *memory = malloc(large);

	if (!memory)
		return ENOMEM;
	memory[large - 1] = 1;
	free(memory);
	return 0;
}

static int count_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) > 0 ? 0 : EINVAL;
}

static int take_connection(void)
{
	struct timeval now = { .tv_usec = 1 };
	int error;

	setsockopt(scene.listener, SOL_SOCKET, SO_RCVTIMEO, &now, sizeof(now));
	error = result(accept(scene.listener, NULL, NULL));
	return error == EAGAIN ? 0 : error;
}

/* The process has nothing left, and says so. */
static int have_nothing(void)
{
	static const char *const wanted[] = { "CapInh:\t0000000000000000",
					      "CapPrm:\t0000000000000000",
					      "CapEff:\t0000000000000000",
					      "CapAmb:\t0000000000000000",
					      "NoNewPrivs:\t1" };
	char text[8192];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	if (len <= 0)
		return EIO;
	text[len] = '\0';
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!strstr(text, wanted[i]))
			return EEXIST;
	return 0;
}

/*
 * Running them
 */

/* Of confine(): NULL = the process is not confined. */
static const struct confine_needs *needs;

static struct confine_needs usual_needs(bool sockets)
{
	static struct confine_place place;

	place = (struct confine_place){ scene.dir, CONFINE_WRITE };
	return (struct confine_needs){ .places = &place,
				       .nr_places = 1,
				       .sockets = sockets };
}

/* Its status; what it came to is in @outcome. */
static int in_process(int (*attempt)(void))
{
	pid_t pid;
	int status;

	memset(outcome, 0, sizeof(*outcome));
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (needs)
			outcome->failed = confine(needs, &outcome->confinement);
		outcome->error = attempt();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Valgrind translates code into memory that it makes executable. */
static void leave_out(const char *steps)
{
	char list[64];

	snprintf(list, sizeof(list), "%s,%s", steps ? steps : "",
		 RUNNING_ON_VALGRIND ? "seccomp" : "");
	setenv("SWIOTLB_FORBID", list, 1);
}

/*
 * What the process may not do as it is says nothing of confine(), and is
 * skipped; EEXIST is what confine() is to take away.
 */
static void attempt_confined(int (*attempt)(void),
			     const struct confine_needs *confined,
			     const char *without)
{
	leave_out(without);
	needs = NULL;
	in_process(attempt);
	if (outcome->error && outcome->error != EEXIST)
		skip();
	needs = confined;
	in_process(attempt);
	assert_int_equal(outcome->failed, 0);
}

static int setup(void **state)
{
	int elsewhere;

	(void)state;
	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	strcpy(scene.directory, "/tmp/test_confine.XXXXXX");
	strcpy(scene.elsewhere, "/tmp/test_confine.XXXXXX");
	elsewhere = mkstemp(scene.elsewhere);
	if (outcome == MAP_FAILED || elsewhere < 0 || !mkdtemp(scene.directory))
		return -1;
	scene.file = elsewhere;
	scene.dir = open(scene.directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	scene.program = load_program();
	scene.map = make_map();
	scene.listener = socket(AF_UNIX, SOCK_STREAM, 0);
	bind(scene.listener, &(struct sockaddr){ .sa_family = AF_UNIX },
	     sizeof(sa_family_t));
	return listen(scene.listener, 1);
}

static int teardown(void **state)
{
	(void)state;
	unlink(scene.elsewhere);
	return rmdir(scene.directory);
}

/**
 * struct refusal - a case that is refused
 * @name: what is attempted
 * @attempt: it
 * @by: the step that refuses it
 * @error: with which errno
 * @without: steps that are left out, so that it is that one
 * @abi: of landlock, from which on
 */
struct refusal {
	const char *name;
	int (*attempt)(void);
	enum confine_step by;
	int error;
	const char *without;
	unsigned int abi;
};

static const struct refusal refusals[] = {
	{ "load a program", load_bpf_program, CONFINE_CALLS, EPERM },
	{ "load a program", load_bpf_program, CONFINE_CAPABILITIES, EPERM,
	  "seccomp" },
	{ "make a map", make_bpf_map, CONFINE_CALLS, EPERM },
	{ "make a map", make_bpf_map, CONFINE_CAPABILITIES, EPERM, "seccomp" },
	{ "freeze a map", freeze_bpf_map, CONFINE_CALLS, EPERM },
	{ "find programs", find_bpf_program, CONFINE_CALLS, EPERM },
	{ "find programs", find_bpf_program, CONFINE_CAPABILITIES, EPERM,
	  "seccomp" },
	{ "write elsewhere", write_elsewhere, CONFINE_FILES, EACCES },
	{ "read elsewhere", read_elsewhere, CONFINE_FILES, EACCES },
	{ "list elsewhere", list_elsewhere, CONFINE_FILES, EACCES },
	{ "set a sysctl", write_to_sysctl, CONFINE_FILES, EACCES },
	{ "truncate elsewhere", truncate_elsewhere, CONFINE_CALLS, EPERM },
	{ "truncate elsewhere", truncate_elsewhere, CONFINE_FILES, EACCES,
	  "seccomp", 3 },
	{ "make a directory", make_directory, CONFINE_CALLS, EPERM },
	{ "make a directory", make_directory, CONFINE_FILES, EACCES,
	  "seccomp" },
	{ "make a link", make_link, CONFINE_FILES, EACCES, "seccomp" },
	{ "execute", execute, CONFINE_CALLS, EPERM },
	{ "execute", execute, CONFINE_FILES, EACCES, "seccomp" },
	{ "start a process", start_process, CONFINE_CALLS, EPERM },
	{ "open a TCP socket", open_tcp, CONFINE_CALLS, EPERM },
	{ "open a Unix socket", open_unix, CONFINE_CALLS, EPERM },
	{ "open a netlink socket", open_netlink, CONFINE_CALLS, EPERM },
	{ "take a connection", take_connection, CONFINE_CALLS, EPERM },
	{ "be traced", be_traced, CONFINE_CALLS, EPERM },
	{ "trace the parent", trace_parent, CONFINE_CALLS, EPERM },
	{ "trace the parent", trace_parent, CONFINE_FILES, EPERM, "seccomp" },
	{ "signal the parent", signal_parent, CONFINE_CALLS, EPERM },
	{ "signal the parent", signal_parent, CONFINE_FILES, EPERM, "seccomp",
	  6 },
	{ "mount", mount_something, CONFINE_CALLS, EPERM },
	{ "mount", mount_something, CONFINE_CAPABILITIES, EPERM,
	  "seccomp,landlock" },
	{ "make a namespace", make_namespace, CONFINE_CALLS, EPERM },
	{ "make a namespace", make_namespace, CONFINE_CAPABILITIES, EPERM,
	  "seccomp" },
	{ "change the user", change_user, CONFINE_CALLS, EPERM },
	{ "raise a limit", raise_limit, CONFINE_CALLS, EPERM },
	{ "map code", map_code, CONFINE_CALLS, EPERM },
	{ "type into a terminal", type_into_terminal, CONFINE_CALLS, EPERM },
	{ "name the host", name_host, CONFINE_CAPABILITIES, EPERM, "seccomp" },
};

static bool is_done(enum confine_step step)
{
	return outcome->confinement.steps[step].state == CONFINE_DONE;
}

static void test_refused(void **state)
{
	const struct refusal *refusal = *state;
	const struct confine_needs confined = usual_needs(false);

	attempt_confined(refusal->attempt, &confined, refusal->without);
	if (!is_done(refusal->by) ||
	    outcome->confinement.landlock_abi < refusal->abi)
		skip();
	assert_int_equal(outcome->error, refusal->error);
}

/**
 * struct permission - a case that goes on
 * @name: what is attempted
 * @attempt: it
 * @sockets: it is a matter of sockets
 */
struct permission {
	const char *name;
	int (*attempt)(void);
	bool sockets;
};

static const struct permission permissions[] = {
	{ "run a program", run_bpf_program },
	{ "ask a program", ask_bpf_program },
	{ "read below /proc", read_proc },
	{ "read below /sys", read_sys },
	{ "write where it may", write_in_directory },
	{ "write to an open file", write_open_file },
	{ "use memory", use_memory },
	{ "count CPUs", count_cpus },
	{ "have nothing left", have_nothing },
	{ "take a connection", take_connection, .sockets = true },
};

static void test_permitted(void **state)
{
	const struct permission *permission = *state;
	const struct confine_needs confined = usual_needs(permission->sockets);

	attempt_confined(permission->attempt, &confined, "");
	assert_int_equal(outcome->error, 0);
}

static int end_by_abort(void)
{
	abort();
}

/* A fault is still seen as one. */
static void test_abort(void **state)
{
	const struct confine_needs confined = usual_needs(false);
	int status;

	(void)state;
	leave_out("");
	needs = &confined;
	status = in_process(end_by_abort);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static int nothing(void)
{
	return 0;
}

/* Where a descriptor is no directory, the other steps are done all the same. */
static void test_failed_step(void **state)
{
	const struct confine_place place = { .fd = -1, CONFINE_WRITE };
	const struct confine_needs wrong = { .places = &place, .nr_places = 1 };
	const struct confinement *found = &outcome->confinement;
	char text[512];

	(void)state;
	leave_out("");
	needs = &wrong;
	in_process(nothing);
	if (found->steps[CONFINE_FILES].state == CONFINE_MISSING)
		skip();
	assert_int_equal(outcome->failed, -EPERM);
	assert_int_equal(found->steps[CONFINE_FILES].state, CONFINE_FAILED);
	assert_true(is_done(CONFINE_CAPABILITIES));
	confine_text(found, text, sizeof(text));
	assert_non_null(strstr(text, "not done: landlock (Bad file"));
}

static void test_words(void **state)
{
	const struct confinement some = {
		.steps = { [CONFINE_FILES] = { CONFINE_MISSING,
					       "this kernel has none" } },
	};
	const struct confinement all = { .landlock_abi = 2 };
	struct confinement found;
	char text[512];

	(void)state;
	confine_text(&all, text, sizeof(text));
	assert_string_equal(text,
			    "no new privileges, files limited by landlock "
			    "(ABI 2), no capabilities, system calls "
			    "limited by seccomp");
	confine_text(&some, text, sizeof(text));
	assert_string_equal(text,
			    "no new privileges, no capabilities, system "
			    "calls limited by seccomp; not done: landlock "
			    "(this kernel has none)");
	leave_out("capabilities");
	confine_probe(&found);
	assert_int_equal(found.steps[CONFINE_NEW_PRIVILEGES].state,
			 CONFINE_NOT_DONE);
	assert_int_equal(found.steps[CONFINE_CAPABILITIES].state,
			 CONFINE_MISSING);
	assert_string_equal(confine_step_name(CONFINE_FILES), "landlock");
	assert_string_equal(confine_state_name(CONFINE_MISSING), "missing");
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* The cases, behind the other tests. */
static size_t add_cases(struct CMUnitTest *tests)
{
	static char names[COUNT(refusals)][64];
	size_t count = 0;

	for (size_t i = 0; i < COUNT(permissions); i++)
		tests[count++] = (struct CMUnitTest){
			.name = permissions[i].name,
			.test_func = test_permitted,
			.initial_state = (void *)&permissions[i],
		};
	for (size_t i = 0; i < COUNT(refusals); i++) {
		snprintf(names[i], sizeof(names[i]), "not %s, by %s",
			 refusals[i].name, confine_step_name(refusals[i].by));
		tests[count++] = (struct CMUnitTest){
			.name = names[i],
			.test_func = test_refused,
			.initial_state = (void *)&refusals[i],
		};
	}
	return count;
}

int main(void)
{
	struct CMUnitTest tests[3 + COUNT(permissions) + COUNT(refusals)] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_failed_step),
		cmocka_unit_test(test_abort),
	};
	size_t count = 3 + add_cases(&tests[3]);

	return _cmocka_run_group_tests("confine", tests, count, setup,
				       teardown);
}

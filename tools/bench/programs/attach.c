// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command while some of an object's programs are attached, those whose
 * names have a prefix.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probes/multi.h"

static int quiet(enum libbpf_print_level level, const char *format,
		 va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && !strcmp(name + len - end_len, end);
}

/* Those are linked as the tool itself does; libbpf attaches all others. */
static bool is_multi(const struct bpf_program *program, enum multi_kind *kind)
{
	const char *name = bpf_program__name(program);
	bool session = !strcmp(name, "session_map");

	if (!strstr(bpf_program__section_name(program), "probe.multi/"))
		return false;
	*kind = session				 ? MULTI_SESSION
		: ends_with(name, "_map_return") ? MULTI_RETURN
						 : MULTI_ENTRY;
	return true;
}

static const char *function_of(const struct bpf_program *program)
{
	return strchr(bpf_program__section_name(program), '/') + 1;
}

/* 6.11 and later have the unmap under another name. */
static const char *renamed_of(const struct bpf_program *program)
{
	static char renamed[64];

	snprintf(renamed, sizeof(renamed), "__%s", function_of(program));
	return renamed;
}

static int attach_multi(const struct bpf_program *program, enum multi_kind kind)
{
	int program_fd = bpf_program__fd(program);
	int fd = multi_attach(program_fd, function_of(program), kind);

	if (fd != -ESRCH)
		return fd;
	return multi_attach(program_fd, renamed_of(program), kind);
}

/* Return: whether it hangs on its hook, where it stays until the end. */
static bool attach_program(const struct bpf_program *program)
{
	enum multi_kind kind;

	if (is_multi(program, &kind))
		return attach_multi(program, kind) >= 0;
	if (!strcmp(bpf_program__name(program), "plain_unmap") &&
	    bpf_program__attach_kprobe(program, false, renamed_of(program)))
		return true;
	return bpf_program__attach(program);
}

static int attach(struct bpf_object *object, const char *prefix)
{
	enum multi_kind kind;

	struct bpf_program *program;
	int attached = 0;

	bpf_object__for_each_program(program, object)
	{
		const char *name = bpf_program__name(program);
		bool wanted = !strncmp(name, prefix, strlen(prefix));

		bpf_program__set_autoload(program, wanted);
		if (is_multi(program, &kind))
			multi_prepare(program, kind);
	}
	if (bpf_object__load(object)) {
		fprintf(stderr, "attach: cannot load '%s': %s\n", prefix,
			strerror(errno));
		return -1;
	}
	bpf_object__for_each_program(program, object)
	{
		if (bpf_program__fd(program) < 0)
			continue;
		if (!attach_program(program)) {
			fprintf(stderr, "attach: cannot attach %s: %s\n",
				bpf_program__name(program), strerror(errno));
			return -1;
		}
		attached++;
	}
	if (!attached)
		fprintf(stderr, "attach: no program '%s*'\n", prefix);
	return attached ? 0 : -1;
}

static int run(char **command)
{
	int status = -1;
	pid_t child = fork();

	if (!child) {
		execvp(command[0], command);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Links and programs end with the process. */
int main(int argc, char **argv)
{
	struct bpf_object *object;

	if (argc < 4) {
		fputs("usage: attach OBJECT PREFIX COMMAND...\n", stderr);
		return 2;
	}
	libbpf_set_print(quiet);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object) {
		fprintf(stderr, "attach: cannot open %s: %s\n", argv[1],
			strerror(errno));
		return 1;
	}
	if (attach(object, argv[2]))
		return 1;
	return run(argv + 3);
}

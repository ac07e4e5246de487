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

static int quiet(enum libbpf_print_level level, const char *format,
		 va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static int attach(struct bpf_object *object, const char *prefix)
{
	struct bpf_program *program;
	int attached = 0;

	bpf_object__for_each_program(program, object)
	{
		const char *name = bpf_program__name(program);
		bool wanted = !strncmp(name, prefix, strlen(prefix));

		bpf_program__set_autoload(program, wanted);
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
		if (!bpf_program__attach(program)) {
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

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands/command.h"
#include "util/log.h"
#include "util/suggest.h"

static void print_usage(FILE *stream)
{
	fputs("usage: swiotlb COMMAND [OPTIONS]\n\n"
	      "See how full the kernel's bounce buffers are, who waits for "
	      "whose lock,\nand what leaks.\n\n",
	      stream);
	for (size_t i = 0; commands[i]; i++)
		fprintf(stream, "  %-10s %s\n", commands[i]->options->command,
			commands[i]->options->summary);
	fputs("\n'swiotlb help COMMAND' and swiotlb(8) say more.\n", stream);
}

static const struct command *find_command(const char *name)
{
	struct suggestion suggestion;
	char hint[128];

	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->options->command, name))
			return commands[i];
	suggestion_init(&suggestion, name, strlen(name));
	for (size_t i = 0; commands[i]; i++)
		suggestion_offer(&suggestion, commands[i]->options->command);
	suggestion_offer(&suggestion, "help");
	suggestion_text(&suggestion, hint, sizeof(hint));
	log_error("unknown %s '%s'%s (see 'swiotlb help')",
		  *name == '-' ? "option" : "command", name, hint);
	return NULL;
}

static int help(int argc, char **argv)
{
	const struct command *command;

	if (argc > 2) {
		log_error("help: unexpected argument '%s'", argv[2]);
		return EXIT_ERROR;
	}
	if (argc < 2) {
		print_usage(stdout);
		return EXIT_FINE;
	}
	command = find_command(argv[1]);
	if (!command)
		return EXIT_ERROR;
	options_help(command->options, stdout);
	return EXIT_FINE;
}

static int dispatch(int argc, char **argv)
{
	const struct command *command;

	if (!strcmp(argv[0], "help"))
		return help(argc, argv);
	if (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-h"))
		return help(1, argv);
	if (!strcmp(argv[0], "--version") || !strcmp(argv[0], "-V")) {
		puts("swiotlb " SWIOTLB_VERSION);
		return EXIT_FINE;
	}
	command = find_command(argv[0]);
	return command ? command->run(argc, argv) : EXIT_ERROR;
}

int main(int argc, char **argv)
{
	int status;

	/* Not LC_NUMERIC: figures look the same everywhere. */
	setlocale(LC_CTYPE, "");
	/* A reader that leaves gives EPIPE; a parent may ignore SIGCHLD. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_ERROR;
	}
	status = dispatch(argc - 1, argv + 1);
	if (fflush(stdout) && errno != EPIPE && !status) {
		log_error("cannot write standard output");
		return EXIT_ERROR;
	}
	return status;
}

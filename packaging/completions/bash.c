/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

#include "shells.h"

static const char *const forms[] = {
	[WORDS_ONE] = "one",
	[WORDS_LIST] = "list",
	[WORDS_FIRST] = "first",
};

static void begin_function(const char *name, const char *subject)
{
	printf("%s()\n{\n\tcase %s in\n", name, subject);
}

static void end_function(void)
{
	puts("\tesac\n}");
}

static void print_commands(void)
{
	fputs("_swiotlb_commands()\n{\n\techo '", stdout);
	for_each_command(command) printf(" %s", command->options->command);
	puts("'\n}");
}

static void print_options(void)
{
	const struct option_row *row;

	begin_function("_swiotlb_options", "$1");
	for_each_command(command)
	{
		printf("\t%s) echo '", command->options->command);
		for (size_t i = 0; (row = options_row(command->options, i));
		     i++)
			printf(" --%s", row->name);
		puts("' ;;");
	}
	end_function();
}

static void print_argument(const char *command, const struct option_row *row)
{
	const char *form = takes_path(row) ? "path" : "text";

	printf("\t'%s --%s'", command, row->name);
	if (row->letter)
		printf(" | '%s -%c'", command, row->letter);
	printf(") echo '%s", row->words ? forms[row->words->form] : form);
	if (row->words)
		print_words(row->words);
	puts("' ;;");
}

static void print_arguments(void)
{
	const struct option_row *row;

	begin_function("_swiotlb_argument", "\"$1 $2\"");
	for_each_command(command) for (size_t i = 0;
				       (row = options_row(command->options, i));
				       i++) if (row->argument)
		print_argument(command->options->command, row);
	end_function();
}

static void print_operands(void)
{
	begin_function("_swiotlb_operands", "$1");
	for_each_command(
		command) if (command->options->operands == OPERANDS_FILE ||
			     command->options->operands == OPERANDS_PAIR)
		printf("\t%s) echo path ;;\n", command->options->command);
	end_function();
}

void print_bash(void)
{
	print_commands();
	print_options();
	print_arguments();
	print_operands();
}

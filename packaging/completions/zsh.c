/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

#include "shells.h"

static void print_commands(void)
{
	puts("_swiotlb_commands()\n{\n\tlocal -a commands=(");
	for_each_command(command)
	{
		printf("\t\t'%s:", command->options->command);
		print_quoted(command->options->summary, "");
		puts("'");
	}
	puts("\t)\n\t_describe -t commands command commands \"$@\"\n}");
}

/* What completes an argument is the rest of a specification of _arguments. */
static void print_argument(const struct option_row *row)
{
	printf(":%s:", row->argument);
	if (!row->words) {
		fputs(takes_path(row) ? "_files" : " ", stdout);
		return;
	}
	switch (row->words->form) {
	case WORDS_ONE:
		fputs("(", stdout);
		break;
	case WORDS_LIST:
		printf("_values -s , %s", row->words->what);
		break;
	case WORDS_FIRST:
		fputs("{compadd -S \"\" -", stdout);
		break;
	}
	print_words(row->words);
	if (row->words->form != WORDS_LIST)
		putchar(row->words->form == WORDS_ONE ? ')' : '}');
}

/* Each may be given more than once: "*". */
static void print_option(const struct option_row *row)
{
	printf(" \\\n\t\t\t'*'");
	if (row->letter)
		printf("{-%c%s,--%s%s}", row->letter, row->argument ? "+" : "",
		       row->name, row->argument ? "=" : "");
	else
		printf("--%s%s", row->name, row->argument ? "=" : "");
	fputs("'[", stdout);
	print_quoted(row->help, "[]\\");
	putchar(']');
	if (row->argument)
		print_argument(row);
	putchar('\'');
}

static void print_operands(enum operands operands)
{
	if (operands == OPERANDS_FILE)
		fputs(" \\\n\t\t\t'1:FILE:_files'", stdout);
	else if (operands == OPERANDS_PAIR)
		fputs(" \\\n\t\t\t'1:A:_files' '2:B:_files'", stdout);
}

static void print_options(const struct option_table *table)
{
	const struct option_row *row;

	printf("\t%s)\n\t\t_arguments -s -S :", table->command);
	for (size_t i = 0; (row = options_row(table, i)); i++)
		print_option(row);
	print_operands(table->operands);
	puts("\n\t\t;;");
}

void print_zsh(void)
{
	print_commands();
	puts("\n_swiotlb_options()\n{\n\tcase $1 in\n\thelp)\n"
	     "\t\t_arguments '1:command:_swiotlb_commands'\n\t\t;;");
	for_each_command(command) print_options(command->options);
	puts("\tesac\n}");
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

#include "shells.h"

static void print_command(const struct option_table *table)
{
	static const char *const conditions[] = { "__swiotlb_begins",
						  "'__swiotlb_is help'" };

	for (int i = 0; i < 2; i++) {
		printf("complete -c swiotlb -n %s -a %s -d '", conditions[i],
		       table->command);
		print_quoted(table->summary, "");
		puts("'");
	}
}

static void print_argument(const struct option_row *row)
{
	if (!row->words && !takes_path(row)) {
		fputs(" -x", stdout);
	} else if (!row->words) {
		fputs(" -r -F", stdout);
	} else if (row->words->form == WORDS_LIST) {
		fputs(" -x -a '(__fish_complete_list , \"string split \\\" \\\" --",
		      stdout);
		fputs(" \\\"", stdout);
		print_words(row->words);
		fputs("\\\"\")'", stdout);
	} else {
		fputs(" -x -a '", stdout);
		print_words(row->words);
		fputs("'", stdout);
	}
}

static void print_option(const char *command, const struct option_row *row)
{
	printf("complete -c swiotlb -n '__swiotlb_is %s' -l %s", command,
	       row->name);
	if (row->letter)
		printf(" -s %c", row->letter);
	if (row->argument)
		print_argument(row);
	fputs(" -d '", stdout);
	print_quoted(row->help, "");
	puts("'");
}

void print_fish(void)
{
	const struct option_row *row;

	for_each_command(command)
	{
		const struct option_table *table = command->options;

		print_command(table);
		if (table->operands == OPERANDS_FILE ||
		    table->operands == OPERANDS_PAIR)
			printf("complete -c swiotlb -n '__swiotlb_is %s' -F\n",
			       table->command);
		for (size_t i = 0; (row = options_row(table, i)); i++)
			print_option(table->command, row);
	}
}

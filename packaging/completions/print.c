/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints the tables for the completion of one shell: print bash|fish|zsh */
#include <stdio.h>
#include <string.h>

#include "shells.h"

static const struct shell {
	const char *name;
	void (*print)(void);
} shells[] = {
	{ "bash", print_bash },
	{ "fish", print_fish },
	{ "zsh", print_zsh },
};

void print_words(const struct words *words)
{
	const char *word;

	for (unsigned int i = 0; (word = words->nth(i)); i++)
		printf(" %s", word);
}

void print_quoted(const char *text, const char *special)
{
	for (; *text; text++) {
		if (strchr(special, *text))
			putchar('\\');
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
	}
}

bool takes_path(const struct option_row *row)
{
	return row->argument && strstr(row->argument, "FILE");
}

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
		if (argc != 2 || strcmp(argv[1], shells[i].name))
			continue;
		shells[i].print();
		return ferror(stdout) || fflush(stdout) ? 1 : 0;
	}
	fputs("usage: print bash|fish|zsh\n", stderr);
	return 2;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPLETIONS_SHELLS_H
#define COMPLETIONS_SHELLS_H

/*
 * Tables for the completions of shells, a file for each shell, in its language.
 * They are made from the tables of options and words that the program parses
 * by.
 */

#include <stdbool.h>

#include "commands/command.h"

#define for_each_command(command)                                              \
	for (const struct command *const *at = commands, *command;             \
	     (command = *at); at++)

void print_bash(void);
void print_fish(void);
void print_zsh(void);

/** print_words() - all words of a set, each with a space in front of it */
void print_words(const struct words *words);

/**
 * print_quoted() - a text as it stands between ' and '
 * @text: the text
 * @special: characters that get a backslash
 */
void print_quoted(const char *text, const char *special);

/** takes_path() - the option's argument is the path of a file or directory */
bool takes_path(const struct option_row *row);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_OPTIONS_H
#define UTIL_OPTIONS_H

/*
 * A command declares its options as a table. Parsing, usage line, help text and
 * the completions of shells are made from it, so they cannot differ.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "util/words.h"

/**
 * typedef option_parser - turn an option's argument into a value
 * @text: the argument; NULL for an option without one
 * @value: where the value goes: the command's struct plus the row's offset
 * @why: set to what is wrong with @text when it is refused
 * @why_len: size of @why
 *
 * An option may be given more than once: the parser is called each time.
 *
 * Return: 0, or negative errno when @text is refused.
 */
typedef int (*option_parser)(const char *text, void *value, char *why,
			     size_t why_len);

/**
 * struct option_row - one option
 * @name: the long name, without dashes
 * @letter: the short one, 0 for none
 * @argument: placeholder of its argument in the help, NULL for none; a path's
 *	has FILE in it
 * @help: one line
 * @parse: parses the argument
 * @offset: where in the command's struct of options its value is
 * @words: what its argument is made of, NULL when that is not words
 */
struct option_row {
	const char *name;
	char letter;
	const char *argument;
	const char *help;
	option_parser parse;
	size_t offset;
	const struct words *words;
};

/** enum operands - other words that a command line may have */
enum operands {
	OPERANDS_NONE,
	OPERANDS_COMMAND, /* a command and its arguments, but only after "--" */
	OPERANDS_FILE,	  /* one, which may be "-" */
	OPERANDS_PAIR,	  /* two likewise, and never less */
};

/**
 * struct option_table - everything a command line may hold
 * @command: the command's name
 * @summary: what it does, one line
 * @synopses: usage lines without "swiotlb COMMAND", NULL-terminated
 * @rows: its options, ended by a row without a name; --help and --verbose are
 *	added to them
 * @notes: text after the options in the help; NULL for none
 * @operands: other words that it may have
 */
struct option_table {
	const char *command;
	const char *summary;
	const char *const *synopses;
	const struct option_row *rows;
	const char *notes;
	enum operands operands;
};

/** enum options_result - what to do after options_parse() */
enum options_result {
	OPTIONS_RUN,  /* all fine */
	OPTIONS_HELP, /* help was asked for and is printed: exit 0 */
	OPTIONS_BAD,  /* one line says what is wrong: exit 2 */
};

/**
 * options_parse() - read a command line
 * @table: what it may hold
 * @argc: number of words in @argv
 * @argv: the words, the command's name first
 * @values: the command's struct of options, filled with defaults
 * @operands: set to the operands; NULL when there are none
 */
enum options_result options_parse(const struct option_table *table, int argc,
				  char **argv, void *values, char ***operands);

/**
 * options_row() - one row after the other, --verbose and --help included
 *
 * Return: the row of that index, counted from 0; NULL behind the last.
 */
const struct option_row *options_row(const struct option_table *table,
				     size_t index);

/** options_help() - print usage and options */
void options_help(const struct option_table *table, FILE *stream);

/*
 * Parsers for common types. The destination is named in each.
 */

/** option_flag() - no argument; bool set to true */
int option_flag(const char *text, void *value, char *why, size_t why_len);

/** option_text() - const char * */
int option_text(const char *text, void *value, char *why, size_t why_len);

/** option_seconds() - uint64_t of ns, above 0; "5", "0.5", "200ms" */
int option_seconds(const char *text, void *value, char *why, size_t why_len);

/** option_count() - uint64_t */
int option_count(const char *text, void *value, char *why, size_t why_len);

#endif

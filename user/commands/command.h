/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_COMMAND_H
#define COMMANDS_COMMAND_H

#include <stdio.h>

#include "util/options.h"

/* What every command ends with; swiotlb(8) documents it. */
#define EXIT_FINE      0
#define EXIT_VIOLATED  1
#define EXIT_ERROR     2
#define EXIT_UNDECIDED 4

/**
 * struct command - one subcommand, in a file of its own
 * @options: its name, summary and options
 * @run: does it all; argv[0] is its name. Returns the exit status.
 */
struct command {
	const struct option_table *options;
	int (*run)(int argc, char **argv);
};

/* All of them, in the order of the help; NULL behind the last. */
extern const struct command *const commands[];

extern const struct command top_command;
extern const struct command report_command;
extern const struct command record_command;
extern const struct command export_command;
extern const struct command convert_command;
extern const struct command check_command;
extern const struct command advise_command;
extern const struct command doctor_command;
extern const struct command explain_command;
extern const struct command diff_command;

/** enum format - of what commands write; FORMAT_HTML is report's alone */
enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };

/* The words of the parsers below, and the metrics that assertions begin with.
 */
extern const struct words format_words;
extern const struct words report_format_words;
extern const struct words level_words;
extern const struct words metric_words;

/** option_format() - parser of --format into an enum format */
int option_format(const char *text, void *value, char *why, size_t why_len);

/** option_report_format() - the same of report, with html */
int option_report_format(const char *text, void *value, char *why,
			 size_t why_len);

/** option_levels() - parser of --level LIST into an unsigned int */
int option_levels(const char *text, void *value, char *why, size_t why_len);

/** option_interval() - parser of -d SEC into a uint64_t of ns */
int option_interval(const char *text, void *value, char *why, size_t why_len);

/*
 * Rows of options that commands have alike. OFFSET() is that of a member of the
 * command's own struct of options.
 */

/* An unsigned int, of option_levels(). */
#define LEVEL_ROW(member)                                                      \
	{                                                                      \
		"level", 'l', "LIST",                                          \
			"what to attach (default locks,blocks,mappings)",      \
			option_levels, OFFSET(member), &level_words            \
	}

/* An enum format. */
#define FORMAT_ROW(member)                                                     \
	{                                                                      \
		"format", 'f', "FORMAT", "text (default) or json",             \
			option_format, OFFSET(member), &format_words           \
	}

/* A text for recorded_read(). */
#define WINDOW_ROW(member)                                                     \
	{                                                                      \
		"window", 0, "A..B",                                           \
			"only this time of --from, such as 14:05..14:10 or "   \
			"10m..",                                               \
			option_text, OFFSET(member)                            \
	}

/* A path for output_open(). */
#define OUTPUT_ROW(member)                                                     \
	{                                                                      \
		"output", 'o', "FILE", "write to FILE, whole or not at all",   \
			option_text, OFFSET(member)                            \
	}

#endif

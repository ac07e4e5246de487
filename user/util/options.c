/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util/log.h"
#include "util/suggest.h"
#include "util/units.h"

/* What getopt_long() returns for row i, whether it has a letter or not. */
#define ROW_BASE (UCHAR_MAX + 1)

#define HELP_COLUMN 28

struct common_values {
	bool help;
	bool verbose;
};

static const struct option_row common_rows[] = {
	{ "verbose", 'v', NULL, "describe each step on standard error",
	  option_flag, offsetof(struct common_values, verbose) },
	{ "help", 'h', NULL, "show this help", option_flag,
	  offsetof(struct common_values, help) },
};

#define COMMON_ROWS (sizeof(common_rows) / sizeof(common_rows[0]))

static size_t count_rows(const struct option_row *rows)
{
	size_t count = 0;

	while (rows[count].name)
		count++;
	return count;
}

static const struct option_row *row_at(const struct option_table *table,
				       size_t own, size_t index)
{
	return index < own ? &table->rows[index] : &common_rows[index - own];
}

const struct option_row *options_row(const struct option_table *table,
				     size_t index)
{
	size_t own = count_rows(table->rows);

	return index < own + COMMON_ROWS ? row_at(table, own, index) : NULL;
}

static void fill_getopt(const struct option_table *table, size_t own,
			struct option *longs, char *shorts)
{
	/* Stop at the first word that is no option: it may be a command. */
	if (table->operands != OPERANDS_FILE)
		*shorts++ = '+';
	*shorts++ =
		':'; /* distinguish a missing argument from an unknown option */
	for (size_t i = 0; i < own + COMMON_ROWS; i++) {
		const struct option_row *row = row_at(table, own, i);

		longs[i] = (struct option){
			.name = row->name,
			.has_arg =
				row->argument ? required_argument : no_argument,
			.val = ROW_BASE + (int)i,
		};
		if (!row->letter)
			continue;
		*shorts++ = row->letter;
		if (row->argument)
			*shorts++ = ':';
	}
	*shorts = '\0';
}

static const struct option_row *row_of(const struct option_table *table,
				       size_t own, int found, size_t *index)
{
	for (size_t i = 0; i < own + COMMON_ROWS; i++) {
		const struct option_row *row = row_at(table, own, i);

		if (found == ROW_BASE + (int)i ||
		    (row->letter && found == row->letter)) {
			*index = i;
			return row;
		}
	}
	return NULL;
}

static void log_unknown(const struct option_table *table, size_t own,
			const char *word)
{
	struct suggestion suggestion;
	char hint[128] = "";

	if (!strncmp(word, "--", 2)) {
		suggestion_init(&suggestion, word + 2, strcspn(word + 2, "="));
		for (size_t i = 0; i < own + COMMON_ROWS; i++)
			suggestion_offer(&suggestion,
					 row_at(table, own, i)->name);
		if (suggestion.nearest)
			snprintf(hint, sizeof(hint), "; did you mean '--%s'?",
				 suggestion.nearest);
	}
	log_error("%s: unknown option '%s'%s (see 'swiotlb help %s')",
		  table->command, word, hint, table->command);
}

/* getopt returns only the letter or index; messages quote what was typed. */
static void log_refused(const struct option_table *table, size_t own,
			char **argv, int found)
{
	const struct option_row *row;
	char letter[] = { '-', (char)optopt, '\0' };
	const char *word = argv[optind - 1];
	size_t index;

	/* optopt is 0 for an unknown or ambiguous long option. */
	if (found == '?' && optopt > 0 && optopt < ROW_BASE)
		word = letter;
	row = optopt ? row_of(table, own, optopt, &index) : NULL;
	if (row && row->argument)
		log_error("%s: option '--%s' needs an argument %s",
			  table->command, row->name, row->argument);
	else if (row)
		log_error("%s: option '--%s' takes no argument", table->command,
			  row->name);
	else
		log_unknown(table, own, word);
}

static int take_value(const struct option_table *table,
		      const struct option_row *row, void *values)
{
	char why[256] = "not a valid value";

	if (!row->parse(optarg, (char *)values + row->offset, why, sizeof(why)))
		return 0;
	log_error("%s: --%s '%s': %s", table->command, row->name,
		  optarg ? optarg : "", why);
	return -EINVAL;
}

static enum options_result parse_operands(const struct option_table *table,
					  int argc, char **argv,
					  char ***operands)
{
	const bool marked = optind > 1 && !strcmp(argv[optind - 1], "--");
	const bool command = table->operands == OPERANDS_COMMAND;
	int unexpected = optind;

	if (table->operands == OPERANDS_FILE)
		unexpected++;
	else if (table->operands == OPERANDS_PAIR)
		unexpected += 2;
	else if (command && marked)
		unexpected = argc;
	*operands = NULL;
	if (unexpected < argc) {
		log_error("%s: unexpected argument '%s'%s (see 'swiotlb help "
			  "%s')",
			  table->command, argv[unexpected],
			  command ? "; a command to run goes after '--'" : "",
			  table->command);
		return OPTIONS_BAD;
	}
	if (table->operands == OPERANDS_PAIR && argc - optind < 2) {
		log_error("%s: give two files (see 'swiotlb help %s')",
			  table->command, table->command);
		return OPTIONS_BAD;
	}
	if (marked && command && optind == argc) {
		log_error("%s: no command after '--'", table->command);
		return OPTIONS_BAD;
	}
	if (optind < argc)
		*operands = argv + optind;
	return OPTIONS_RUN;
}

static enum options_result
parse_options(const struct option_table *table, size_t own, int argc,
	      char **argv, void *values, const struct option *longs,
	      const char *shorts, struct common_values *common)
{
	int found;

	optind = 0; /* the word that restarts GNU getopt */
	opterr = 0;
	while ((found = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *row;
		size_t index = 0;

		row = found == '?' || found == ':'
			      ? NULL
			      : row_of(table, own, found, &index);
		if (!row) {
			log_refused(table, own, argv, found);
			return OPTIONS_BAD;
		}
		if (take_value(table, row, index < own ? values : common))
			return OPTIONS_BAD;
		if (common->help) {
			options_help(table, stdout);
			return OPTIONS_HELP;
		}
	}
	return OPTIONS_RUN;
}

enum options_result options_parse(const struct option_table *table, int argc,
				  char **argv, void *values, char ***operands)
{
	size_t own = count_rows(table->rows);
	struct common_values common = { 0 };
	enum options_result result = OPTIONS_BAD;
	struct option *longs;
	char *shorts;

	longs = calloc(own + COMMON_ROWS + 1, sizeof(*longs));
	shorts = calloc(own + COMMON_ROWS + 2, 2);
	if (!longs || !shorts) {
		log_error("out of memory");
		goto out;
	}
	fill_getopt(table, own, longs, shorts);
	result = parse_options(table, own, argc, argv, values, longs, shorts,
			       &common);
	if (result == OPTIONS_RUN)
		result = parse_operands(table, argc, argv, operands);
	if (common.verbose)
		log_set_verbose(1);
out:
	free(shorts);
	free(longs);
	return result;
}

static void help_row(const struct option_row *row, FILE *stream)
{
	char left[80];
	int len;

	len = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s",
		       row->letter ? '-' : ' ', row->letter ? row->letter : ' ',
		       row->letter ? "," : " ", row->name,
		       row->argument ? " " : "",
		       row->argument ? row->argument : "");
	if (len >= HELP_COLUMN)
		fprintf(stream, "%s\n%*s%s\n", left, HELP_COLUMN, "",
			row->help);
	else
		fprintf(stream, "%-*s%s\n", HELP_COLUMN, left, row->help);
}

void options_help(const struct option_table *table, FILE *stream)
{
	size_t own = count_rows(table->rows);
	const char *lead = "usage:";

	for (size_t i = 0; table->synopses[i]; i++) {
		fprintf(stream, "%s swiotlb %s%s%s\n", lead, table->command,
			*table->synopses[i] ? " " : "", table->synopses[i]);
		lead = "      ";
	}
	fprintf(stream, "\n%s\n\n", table->summary);
	for (size_t i = 0; i < own + COMMON_ROWS; i++)
		help_row(row_at(table, own, i), stream);
	if (table->notes)
		fprintf(stream, "\n%s", table->notes);
}

int option_flag(const char *text, void *value, char *why, size_t why_len)
{
	(void)text;
	(void)why;
	(void)why_len;
	*(bool *)value = true;
	return 0;
}

int option_text(const char *text, void *value, char *why, size_t why_len)
{
	if (!*text) {
		snprintf(why, why_len, "must not be empty");
		return -EINVAL;
	}
	*(const char **)value = text;
	return 0;
}

int option_seconds(const char *text, void *value, char *why, size_t why_len)
{
	/* A week; beyond it clocks and counters would need more thought. */
	const uint64_t longest = 7 * 24 * 3600 * NS_PER_SEC;
	uint64_t ns;

	if (parse_duration(text, NS_PER_SEC, &ns)) {
		snprintf(why, why_len,
			 "not a duration; give seconds, a week at most, such "
			 "as 5, 0.5 or 200ms");
		return -EINVAL;
	}
	if (!ns || ns > longest) {
		snprintf(why, why_len,
			 "must be more than 0 and at most a week");
		return -ERANGE;
	}
	*(uint64_t *)value = ns;
	return 0;
}

int option_count(const char *text, void *value, char *why, size_t why_len)
{
	if (!parse_count(text, value))
		return 0;
	snprintf(why, why_len, "not a whole number");
	return -EINVAL;
}

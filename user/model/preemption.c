/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/preemption.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {
	[PREEMPTION_NONE] = "none", [PREEMPTION_VOLUNTARY] = "voluntary",
	[PREEMPTION_LAZY] = "lazy", [PREEMPTION_FULL] = "full",
	[PREEMPTION_RT] = "rt",
};

/* As the kernel spells them in debugfs and on the command line; no "rt". */
static enum preemption parse_mode(const char *text, size_t len)
{
	for (int mode = PREEMPTION_NONE; mode <= PREEMPTION_FULL; mode++)
		if (strlen(names[mode]) == len &&
		    !strncmp(names[mode], text, len))
			return mode;
	return PREEMPTION_UNKNOWN;
}

/* "none voluntary (full)", from 6.13 on with lazy; the one in force in (). */
static enum preemption parse_debugfs(const char *text)
{
	const char *open = strchr(text, '('), *close;

	if (!open)
		return PREEMPTION_UNKNOWN;
	close = strchr(open, ')');
	return close ? parse_mode(open + 1, close - open - 1)
		     : PREEMPTION_UNKNOWN;
}

/* The last word of the form preempt=MODE counts. NULL = there is none. */
static const char *find_argument(const char *boot_args, size_t *len)
{
	static const char key[] = "preempt=";
	const char *found = NULL;

	while (*boot_args) {
		size_t word = strcspn(boot_args, " \n");

		if (!strncmp(boot_args, key, sizeof(key) - 1)) {
			found = boot_args + sizeof(key) - 1;
			*len = word - (sizeof(key) - 1);
		}
		boot_args += word;
		boot_args += strspn(boot_args, " \n");
	}
	return found;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (; *text; text += strspn(text, " ")) {
		size_t here = strcspn(text, " ");

		if (here == len && !strncmp(text, word, len))
			return true;
		text += here;
	}
	return false;
}

static bool is_cooperative(enum preemption mode)
{
	return mode == PREEMPTION_NONE || mode == PREEMPTION_VOLUNTARY;
}

/*
 * Whether the kernel accepted the mode of its boot arguments. Before 6.13 there
 * is no lazy. Later (about 6.19) an architecture with lazy preemption has no
 * none and voluntary, but in 6.13 it has; only the mode that it was built with
 * distinguishes the two.
 */
static enum preemption decide_dynamic(const struct preemption_facts *facts)
{
	const struct preemption_config *config = &facts->config;
	enum preemption asked;
	const char *argument;
	size_t len;

	argument = find_argument(facts->boot_args, &len);
	asked = argument ? parse_mode(argument, len) : PREEMPTION_UNKNOWN;
	if (asked == PREEMPTION_UNKNOWN)
		return config->built;
	if (asked == PREEMPTION_FULL)
		return asked;
	if (!config->known)
		return PREEMPTION_UNKNOWN;
	if (asked == PREEMPTION_LAZY)
		return config->lazy_offered ? asked : config->built;
	return config->lazy_offered && !is_cooperative(config->built)
		       ? PREEMPTION_UNKNOWN
		       : asked;
}

/* The words of uname -v: init/Makefile (6.1 to 7.3). */
enum preemption preemption_decide(const struct preemption_facts *facts)
{
	enum preemption built = facts->config.built;

	if (facts->rt || has_word(facts->version, "PREEMPT_RT"))
		return PREEMPTION_RT;
	if (facts->debugfs)
		return parse_debugfs(facts->debugfs);
	if (!*facts->version)
		return PREEMPTION_UNKNOWN;
	if (has_word(facts->version, "PREEMPT_DYNAMIC"))
		return decide_dynamic(facts);
	if (has_word(facts->version, "PREEMPT_LAZY"))
		return PREEMPTION_LAZY;
	if (has_word(facts->version, "PREEMPT"))
		return built == PREEMPTION_LAZY ? built : PREEMPTION_FULL;
	return is_cooperative(built) ? built : PREEMPTION_NONE;
}

void preemption_config_line(struct preemption_config *config, const char *line)
{
	static const struct {
		const char *line;
		enum preemption mode;
	} built[] = {
		{ "CONFIG_PREEMPT_NONE=y\n", PREEMPTION_NONE },
		{ "CONFIG_PREEMPT_VOLUNTARY=y\n", PREEMPTION_VOLUNTARY },
		{ "CONFIG_PREEMPT_LAZY=y\n", PREEMPTION_LAZY },
		{ "CONFIG_PREEMPT=y\n", PREEMPTION_FULL },
	};

	config->known = true;
	if (!strcmp(line, "CONFIG_ARCH_HAS_PREEMPT_LAZY=y\n"))
		config->lazy_offered = true;
	for (size_t i = 0; i < sizeof(built) / sizeof(*built); i++)
		if (!strcmp(line, built[i].line))
			config->built = built[i].mode;
}

const char *preemption_name(enum preemption mode)
{
	return names[mode];
}

bool preemption_hits_programs(enum preemption mode)
{
	return !is_cooperative(mode);
}

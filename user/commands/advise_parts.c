/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/advise_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/units.h"

/* Shares are hundredths of a per cent. */
#define WHOLE 10000u

/* More than a machine has room or use for, and little enough to simulate. */
#define MOST_SLOTS TRACE_SLOTS_MAX
#define MOST_AREAS 65536u

/**
 * struct part - a part that an option may have
 * @name: what comes before the "="
 * @parse: of what comes behind it; 0 or -EINVAL
 * @takes: what that is, for messages
 */
struct part {
	const char *name;
	int (*parse)(const char *text, void *value);
	const char *takes;
};

/**
 * struct parts - all that it may have
 * @list: ended by one without a name
 * @give: the same in words
 */
struct parts {
	const struct part *list;
	const char *give;
};

static int parse_part(const struct parts *parts, const char *text, void *value,
		      char *why, size_t why_len)
{
	const size_t len = strcspn(text, "=");

	for (const struct part *part = parts->list; part->name; part++) {
		if (len != strlen(part->name) || strncmp(text, part->name, len))
			continue;
		if (text[len] && !part->parse(text + len + 1, value))
			return 0;
		snprintf(why, why_len, "%s= takes %s", part->name, part->takes);
		return -EINVAL;
	}
	snprintf(why, why_len, "'%.32s' is none of its parts; give %s", text,
		 parts->give);
	return -EINVAL;
}

static int parse_parts(const struct parts *parts, const char *text, void *value,
		       char *why, size_t why_len)
{
	char *copy = strdup(text), *rest = copy, *part;
	int err = copy ? 0 : -ENOMEM;

	if (err)
		snprintf(why, why_len, "%s", strerror(-err));
	while (!err && (part = strsep(&rest, ",")))
		err = parse_part(parts, part, value, why, why_len);
	free(copy);
	return err;
}

/*
 * --goal
 */

static int parse_refusals(const char *text, void *value)
{
	struct goal *goal = value;

	return parse_count(text, &goal->refusals);
}

static int parse_wait(const char *text, void *value)
{
	struct goal *goal = value;

	return parse_percent(text, &goal->wait_share);
}

static int parse_spare(const char *text, void *value)
{
	struct goal *goal = value;
	int err = parse_percent(text, &goal->spare_share);

	return err ? err : goal->spare_share < WHOLE ? 0 : -EINVAL;
}

int option_goal(const char *text, void *value, char *why, size_t why_len)
{
	static const struct part list[] = {
		{ "refusals", parse_refusals, "a number" },
		{ "wait", parse_wait, "per cent of a CPU, such as 1%" },
		{ "spare", parse_spare, "per cent of the slots, below 100%" },
		{ NULL },
	};
	static const struct parts parts = {
		.list = list,
		.give = "refusals=N, wait=N% or spare=N%",
	};

	return parse_parts(&parts, text, value, why, why_len);
}

/*
 * --what-if
 */

static int parse_between(const char *text, uint64_t most, uint64_t *number)
{
	int err = parse_count(text, number);

	return err ? err : *number && *number <= most ? 0 : -EINVAL;
}

static int parse_slots(const char *text, void *value)
{
	struct setting *setting = value;

	return parse_between(text, MOST_SLOTS, &setting->slots);
}

static int parse_number_of_areas(const char *text, uint32_t *areas)
{
	uint64_t number;
	int err = parse_between(text, MOST_AREAS, &number);

	if (!err)
		*areas = (uint32_t)number;
	return err;
}

static int parse_areas(const char *text, void *value)
{
	struct setting *setting = value;

	return parse_number_of_areas(text, &setting->areas);
}

/* Names of devices may have a colon in them, as 0000:00:03.0 has. */
static int parse_blocks(const char *text, void *value)
{
	struct setting *setting = value;
	const char *colon = strrchr(text, ':');
	size_t len;

	if (!colon || colon == text)
		return -EINVAL;
	len = (size_t)(colon - text);
	if (len >= sizeof(setting->device))
		return -EINVAL;
	memcpy(setting->device, text, len);
	setting->device[len] = '\0';
	return parse_number_of_areas(colon + 1, &setting->device_areas);
}

int option_whatif(const char *text, void *value, char *why, size_t why_len)
{
	static const struct part list[] = {
		{ "slots", parse_slots, "a number of slots of 2 KiB" },
		{ "areas", parse_areas, "a number of areas" },
		{ "blocks", parse_blocks, "DEVICE:AREAS" },
		{ NULL },
	};
	static const struct parts parts = {
		.list = list,
		.give = "slots=N, areas=N or blocks=DEVICE:AREAS",
	};
	struct whatifs *whatifs = value;
	struct setting setting = { 0 };
	int err;

	if (whatifs->nr == ADVICE_WHATIFS) {
		snprintf(why, why_len, "at most %u of them", ADVICE_WHATIFS);
		return -E2BIG;
	}
	err = parse_parts(&parts, text, &setting, why, why_len);
	if (!err)
		whatifs->list[whatifs->nr++] = setting;
	return err;
}

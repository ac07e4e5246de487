/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct finding *finding, const struct fact *fact,
		const char *text)
{
	struct fact *list = reallocarray(
		finding->evidence, finding->nr_evidence + 1, sizeof(*list));

	if (!list) {
		finding->failed = true;
		return;
	}
	finding->evidence = list;
	list += finding->nr_evidence++;
	*list = *fact;
	snprintf(list->text, sizeof(list->text), "%s", text);
}

void add_figure(struct finding *finding, const char *name, enum unit unit,
		int64_t value)
{
	const struct fact figure = {
		.name = name,
		.unit = unit,
		.value = value,
	};

	add(finding, &figure, "");
}

void add_part(struct finding *finding, const char *name, int64_t value,
	      const char *of, size_t detail)
{
	const struct fact part = {
		.kind = FACT_PART,
		.name = name,
		.value = value,
		.detail = detail,
	};

	for (size_t i = 0; i < finding->nr_evidence; i++) {
		struct fact *other = &finding->evidence[i];

		if (other->kind == FACT_PART && other->detail == detail &&
		    !strcmp(other->name, name) && !strcmp(other->text, of)) {
			other->value += value;
			return;
		}
	}
	add(finding, &part, of);
}

void add_word(struct finding *finding, const char *name, const char *word)
{
	const struct fact fact = {
		.kind = FACT_WORD,
		.name = name,
	};

	add(finding, &fact, word);
}

void add_worst_area(struct finding *finding, const struct pool *pool,
		    unsigned int areas, const struct area *worst)
{
	add_figure(finding, "areas", UNIT_COUNT, areas);
	add_figure(finding, "all_areas", UNIT_COUNT, pool->nr_areas);
	add_figure(finding, "area", UNIT_COUNT, worst->index);
}

const struct fact *finding_fact(const struct finding *finding, const char *name)
{
	for (size_t i = 0; i < finding->nr_evidence; i++)
		if (finding->evidence[i].kind != FACT_PART &&
		    !strcmp(finding->evidence[i].name, name))
			return &finding->evidence[i];
	return NULL;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = { "error", "warning", "note" };

	return names[severity];
}

const char *about_name(enum about about)
{
	static const char *const names[ABOUTS] = {
		[ABOUT_SYSTEM] = "system",  [ABOUT_BOOT] = "boot",
		[ABOUT_POOL] = "pool",	    [ABOUT_DEVICE] = "device",
		[ABOUT_REFUSAL] = "device", [ABOUT_LEVEL] = "level",
	};

	return names[about];
}

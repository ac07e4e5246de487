/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/assertions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int assertions_add(struct assertions *assertions, const char *text,
		   struct assertion_error *error)
{
	struct assertion *grown;
	int err;

	grown = reallocarray(assertions->list, assertions->count + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	assertions->list = grown;
	err = assertion_parse(text, &grown[assertions->count], error);
	if (!err)
		assertions->count++;
	return err;
}

int option_assertion(const char *text, void *value, char *why, size_t why_len)
{
	struct assertion_error error;
	int err = assertions_add(value, text, &error);

	if (err == -EINVAL)
		snprintf(why, why_len, "column %u: %s", error.column,
			 error.text);
	else if (err)
		snprintf(why, why_len, "%s", strerror(-err));
	return err;
}

unsigned int assertions_levels(const struct assertions *assertions)
{
	unsigned int levels = 0;

	for (size_t i = 0; i < assertions->count; i++)
		levels |= field_levels(assertions->list[i].metric);
	return levels;
}

bool assertions_need_baseline(const struct assertions *assertions)
{
	for (size_t i = 0; i < assertions->count; i++)
		if (assertions->list[i].bound.kind == BOUND_BASELINE)
			return true;
	return false;
}

void assertions_release(struct assertions *assertions)
{
	for (size_t i = 0; i < assertions->count; i++)
		assertion_release(&assertions->list[i]);
	free(assertions->list);
	memset(assertions, 0, sizeof(*assertions));
}

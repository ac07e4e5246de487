/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/conversion.h"
#include "views/json.h"

static int begin(void **state, FILE *stream)
{
	*state = stream;
	return 0;
}

static int add(void *state, const struct moment *moment)
{
	return json_report(moment->sample, JSON_LINE, state);
}

static int end(void *state, int err)
{
	(void)state;
	return err;
}

const struct conversion jsonl_conversion = {
	.name = "jsonl",
	.begin = begin,
	.add = add,
	.end = end,
};

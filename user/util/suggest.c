/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/suggest.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define LONGEST 64

void suggestion_init(struct suggestion *suggestion, const char *typed,
		     size_t len)
{
	*suggestion = (struct suggestion){
		.typed = typed,
		.len = len,
		.distance = UINT_MAX,
	};
}

static unsigned int smallest(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int least = a < b ? a : b;

	return least < c ? least : c;
}

/* Edits that turn one into the other, two neighbours swapped being one. */
static unsigned int edit_distance(const char *a, size_t a_len, const char *b,
				  size_t b_len)
{
	unsigned int rows[3][LONGEST + 1];
	unsigned int *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		above[j] = (unsigned int)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned int *reuse = before;

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] =
				smallest(above[j] + 1, row[j - 1] + 1,
					 above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = above;
		above = row;
		row = reuse;
	}
	return above[b_len];
}

void suggestion_offer(struct suggestion *suggestion, const char *name)
{
	size_t len = strlen(name);
	unsigned int distance;

	if (!suggestion->len || suggestion->len > LONGEST || len > LONGEST)
		return;
	if (len > suggestion->len &&
	    !strncmp(name, suggestion->typed, suggestion->len))
		distance = 1; /* the beginning of it */
	else
		distance = edit_distance(suggestion->typed, suggestion->len,
					 name, len);
	/* Half of it wrong is another word, not a slip. */
	if (distance * 2 > len || distance >= suggestion->distance)
		return;
	suggestion->distance = distance;
	suggestion->nearest = name;
}

char *suggestion_text(const struct suggestion *suggestion, char *text,
		      size_t len)
{
	if (suggestion->nearest)
		snprintf(text, len, "; did you mean '%s'?",
			 suggestion->nearest);
	else
		snprintf(text, len, "%s", "");
	return text;
}

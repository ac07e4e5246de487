/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/suggest.h"

/* "; give text, json or html" */
static void append_all(const struct words *words, char *text, size_t len)
{
	const char *lead = "; give ", *word, *next = words->nth(0);

	for (unsigned int i = 1; (word = next); i++) {
		size_t used = strlen(text);

		next = words->nth(i);
		snprintf(text + used, len - used, "%s%s", lead, word);
		lead = next && words->nth(i + 1) ? ", " : " or ";
	}
}

void words_refuse(const struct words *words, const char *text, size_t len,
		  char *why, size_t why_len)
{
	struct suggestion suggestion;
	char hint[128], quoted[96] = "";
	const char *word;

	suggestion_init(&suggestion, text, len);
	for (unsigned int i = 0; (word = words->nth(i)); i++)
		suggestion_offer(&suggestion, word);
	/* Messages have the whole argument already. */
	if (words->form == WORDS_LIST)
		snprintf(quoted, sizeof(quoted), " '%.*s'", (int)len, text);
	snprintf(why, why_len, "unknown %s%s%s", words->what, quoted,
		 suggestion_text(&suggestion, hint, sizeof(hint)));
	if (!suggestion.nearest)
		append_all(words, why, why_len);
}

int words_find(const struct words *words, const char *text, size_t len,
	       char *why, size_t why_len)
{
	const char *word;

	for (unsigned int i = 0; (word = words->nth(i)); i++)
		if (strlen(word) == len && !strncmp(word, text, len))
			return (int)i;
	words_refuse(words, text, len, why, why_len);
	return -EINVAL;
}

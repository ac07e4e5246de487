/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_WORDS_H
#define UTIL_WORDS_H

/*
 * Words that an option's argument is made of. Parsers, their messages and the
 * completions of shells are made from them.
 */

#include <stddef.h>

/** enum words_form - how an argument is made of them */
enum words_form {
	WORDS_ONE,   /* it is one of them */
	WORDS_LIST,  /* one or several, separated by commas */
	WORDS_FIRST, /* it begins with one */
};

/**
 * struct words - a set of words
 * @what: what each of them is, such as "level"
 * @form: how an argument is made of them
 * @nth: that word, counted from 0; NULL behind the last
 */
struct words {
	const char *what;
	enum words_form form;
	const char *(*nth)(unsigned int index);
};

/**
 * words_find() - the index of the word that the first @len bytes of @text are
 *
 * Return: that index, or -EINVAL and @why says which words there are.
 */
int words_find(const struct words *words, const char *text, size_t len,
	       char *why, size_t why_len);

/**
 * words_refuse() - "unknown level 'lokcs'; did you mean 'locks'?"; without a
 * similar one, all words that there are
 */
void words_refuse(const struct words *words, const char *text, size_t len,
		  char *why, size_t why_len);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_UTF8_H
#define UTIL_UTF8_H

/* Text as UTF-8. Names come from drivers and users, and may be anything. */

#include <stddef.h>
#include <stdint.h>

/**
 * utf8_character() - the character that a text begins with
 * @text: ended by '\0'
 * @code: set to its code point; may be NULL
 *
 * Return: its length in bytes, or 0 when these bytes are no UTF-8.
 */
size_t utf8_character(const char *text, uint32_t *code);

/**
 * utf8_clean() - copy a text, with '?' for each byte that is no UTF-8
 * @to: where to; what does not fit is left out, and no character is cut
 * @len: size of @to
 * @from: the text
 *
 * Return: @to.
 */
char *utf8_clean(char *to, size_t len, const char *from);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include <stdarg.h>
#include <stddef.h>

/**
 * text_append() - write behind a text
 * @text: the text
 * @len: size of its buffer; what does not fit is cut
 * @format: what to append
 */
__attribute__((format(printf, 3, 4))) void text_append(char *text, size_t len,
						       const char *format, ...);

/** text_append_args() - the same with the arguments of another function */
__attribute__((format(printf, 3, 0))) void
text_append_args(char *text, size_t len, const char *format, va_list args);

#endif

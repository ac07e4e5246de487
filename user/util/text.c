/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/text.h"

#include <stdio.h>
#include <string.h>

void text_append_args(char *text, size_t len, const char *format, va_list args)
{
	size_t used = strlen(text);

	vsnprintf(text + used, len - used, format, args);
}

void text_append(char *text, size_t len, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_append_args(text, len, format, args);
	va_end(args);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int verbosity;

void log_set_verbose(int verbose)
{
	verbosity = verbose;
}

int log_verbose(void)
{
	return verbosity;
}

/* Libraries end their messages with newlines and put some in the middle. */
static void make_one_line(char *text)
{
	size_t len = strlen(text);

	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	for (; *text; text++)
		if ((unsigned char)*text < ' ')
			*text = ' ';
}

__attribute__((format(printf, 2, 0))) static void
log_line(const char *kind, const char *format, va_list args)
{
	char message[2048];

	vsnprintf(message, sizeof(message), format, args);
	make_one_line(message);
	/* Keep the order of output and messages. */
	fflush(stdout);
	fprintf(stderr, "swiotlb: %s%s\n", kind, message);
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line("", format, args);
	va_end(args);
}

void log_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line("warning: ", format, args);
	va_end(args);
}

void log_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line("", format, args);
	va_end(args);
}

void log_debug(const char *format, ...)
{
	va_list args;

	if (!verbosity)
		return;
	va_start(args, format);
	log_line("debug: ", format, args);
	va_end(args);
}

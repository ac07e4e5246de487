/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints what the kernel's messages mean for the man page, in scdoc's notation.
 */
#include <stdio.h>

#include "views/cause_text.h"

/* What scdoc would take as markup. */
static void print_escaped(const char *text)
{
	for (; *text; text++) {
		if (*text == '_' || *text == '*')
			putchar('\\');
		putchar(*text);
	}
}

static void print_part(const char *label, const char *text)
{
	if (!*text)
		return;
	printf("\t%s", label);
	print_escaped(text);
	fputs("\n\n", stdout);
}

static void print_wordings(enum message_cause cause)
{
	const char *lead = "\t\"";

	for (size_t i = 0; i < message_count; i++) {
		if (message_table[i].cause != cause)
			continue;
		fputs(lead, stdout);
		print_escaped(message_table[i].pattern);
		printf("\" (%s)", message_table[i].kernels);
		lead = "++\n\t\"";
	}
	fputs("\n\n", stdout);
}

int main(void)
{
	for (int i = 0; i < NR_CAUSES; i++) {
		const struct cause_info *info = cause_info(i);
		const struct cause_text *text = cause_text(i);

		printf("*%s* (%s)\n\t", info->id,
		       severity_name(info->severity));
		print_escaped(text->title);
		fputs("\n\n", stdout);
		print_part("", text->proves);
		print_part("Open: ", text->open);
		print_part("Do: ", text->advice);
		print_wordings(i);
	}
	return ferror(stdout) ? 1 : 0;
}

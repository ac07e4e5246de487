/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints the table of metrics for the man page, in scdoc's notation. */
#include <stdio.h>

#include "model/level.h"
#include "model/metrics.h"

/* What scdoc would take as markup. */
static void print_escaped(const char *text)
{
	for (; *text; text++) {
		if (*text == '_' || *text == '*')
			putchar('\\');
		putchar(*text);
	}
}

int main(void)
{
	char levels[64];

	for_each_metric (m) {
		putchar('*');
		print_escaped(m->metric);
		printf("*\n\t");
		print_escaped(m->help);
		printf(" (%s; %s, %s; needs %s)\n\n",
		       entity_table[m->scope].name, unit_name(m->unit),
		       kind_name(m->kind),
		       levels_format(field_levels(m), levels, sizeof(levels)));
	}
	return ferror(stdout) ? 1 : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct finding *add_finding(struct findings *findings, const char *id,
			    enum severity severity, int pool_id)
{
	struct finding *list, *finding;

	list = realloc(findings->list, (findings->count + 1) * sizeof(*list));
	if (!list)
		return NULL;
	findings->list = list;
	finding = &list[findings->count++];
	*finding = (struct finding){
		.id = id,
		.severity = severity,
		.pool_id = pool_id,
	};
	return finding;
}

void append_text(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, FINDING_TEXT_LEN - used, format, args);
	va_end(args);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/families.h"

#include <stdbool.h>
#include <string.h>

#include "model/schema.h"

bool is_family(const struct field *field)
{
	if (field->scope == SCOPE_LOSS)
		return field->kind == KIND_COUNTER;
	return field->metric && strcmp(field->metric, "loss.total") != 0;
}

bool is_quantile(const struct field *field)
{
	switch (field->basis) {
	case BASIS_WAIT_P50:
	case BASIS_WAIT_P90:
	case BASIS_WAIT_P99:
	case BASIS_HOLD_P99:
		return true;
	default:
		return false;
	}
}

static const char *unit_suffix(const struct field *field)
{
	switch (field->unit) {
	case UNIT_NS:
		return "seconds";
	case UNIT_SLOTS:
	case UNIT_BYTES:
		return "bytes";
	default:
		return NULL;
	}
}

static bool cut_end(char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	if (len <= end_len || strcmp(name + len - end_len, end) != 0)
		return false;
	name[len - end_len] = '\0';
	return true;
}

/*
 * A unit is the end of the name, and only samples of counters have "_total". A
 * metric's name is far shorter than FAMILY_NAME_LEN (the man page shows them).
 */
static void name_family(const struct field *field, const char *unit, char *name)
{
	char *c;

	stpcpy(stpcpy(name, "swiotlb_"),
	       field->metric ? field->metric : entity_table[field->scope].name);
	for (c = name; (c = strchr(c, '.'));)
		*c = '_';
	cut_end(name, "_total");
	if (unit && !cut_end(name, "_slots"))
		cut_end(name, "_bytes");
	if (unit)
		stpcpy(stpcpy(name + strlen(name), "_"), unit);
}

void family_of(const struct field *field, struct family *family)
{
	*family = (struct family){
		.type = field->kind == KIND_COUNTER ? FAMILY_COUNTER
						    : FAMILY_GAUGE,
		.unit = unit_suffix(field),
		.help = field->help ? field->help : "events missed",
	};
	name_family(field, family->unit, family->name);
}

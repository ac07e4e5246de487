/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/field.h"

#include <string.h>

#include "model/level.h"

const char *unit_name(enum unit unit)
{
	static const char *const names[] = { "count", "slots", "bytes", "ns" };

	return names[unit];
}

const char *kind_name(enum kind kind)
{
	static const char *const names[] = { "gauge", "counter", "peak" };

	return names[kind];
}

unsigned int field_levels(const struct field *field)
{
	return basis_table[field->basis].levels;
}

const char *field_missing(const struct field *field,
			  const struct snapshot *snap)
{
	for (unsigned int i = 0; i < level_count; i++) {
		unsigned int level = level_table[i].level;
		const char *reason;

		if (!(field_levels(field) & level))
			continue;
		reason = snapshot_level_missing(snap, level);
		if (reason)
			return reason;
	}
	return NULL;
}

bool field_measured(const struct field *field, const struct subject *subject)
{
	const char *entity = subject_entity(subject, field->scope);

	if (field->flag && !*(const bool *)(entity + field->flag))
		return false;
	return !field->known || field->known(subject);
}

bool field_known(const struct field *field, const struct subject *subject)
{
	return field_measured(field, subject) &&
	       !field_missing(field, subject->snap);
}

static bool read_member(const struct field *field, const void *member,
			int64_t *value)
{
	uint64_t u64 = 0;

	switch (field->type) {
	case TYPE_U16:
		*value = *(const uint16_t *)member;
		break;
	case TYPE_U32:
		*value = *(const uint32_t *)member;
		break;
	case TYPE_S32:
		*value = *(const int *)member;
		break;
	case TYPE_S64:
		*value = *(const int64_t *)member;
		break;
	case TYPE_BOOL:
		*value = *(const bool *)member;
		break;
	default:
		u64 = *(const uint64_t *)member;
		*value = figure_limit(u64);
		break;
	}
	return !(field->null == NULL_ZERO && *value == 0) &&
	       !(field->null == NULL_NEGATIVE && *value < 0) &&
	       !(field->null == NULL_WRAPPED && !counter_known(u64));
}

bool field_read(const struct field *field, const struct subject *subject,
		int64_t *value)
{
	const char *entity = subject_entity(subject, field->scope);
	int64_t read;

	if (!(field->get ? field->get(subject, &read)
			 : read_member(field, entity + field->offset, &read)))
		return false;
	*value = read;
	return true;
}

bool field_value(const struct field *field, const struct subject *subject,
		 int64_t *value)
{
	return field_known(field, subject) && field_read(field, subject, value);
}

const char *field_unknown_reason(const struct field *field,
				 const struct subject *subject)
{
	const char *reason = field_missing(field, subject->snap);

	if (reason)
		return reason;
	return field->unknown ? field->unknown : "not measured";
}

size_t field_count(const struct field *field, const void *entity)
{
	const char *count = (const char *)entity + field->count;

	return field->count_size == sizeof(size_t) ? *(const size_t *)count
						   : *(const uint32_t *)count;
}

void *field_items(const struct field *field, const void *entity)
{
	void *items;

	memcpy(&items, (const char *)entity + field->offset, sizeof(items));
	return items;
}

void field_set_items(const struct field *field, void *entity, void *items)
{
	memcpy((char *)entity + field->offset, &items, sizeof(items));
}

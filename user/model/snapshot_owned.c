/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a snapshot owns, freed and copied. The rows of the schema say what that
 * is, so this knows the schema, and the rest of the snapshot does not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/schema.h"

static void words_release(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

/* Free what an entity owns, not the entity. */
static void entity_release(void *entity, enum scope scope)
{
	for_each_field (field, scope) {
		const size_t size = entity_table[field->item].size;
		char *items = NULL;

		if (field->type == TYPE_WORDS)
			words_release(field_items(field, entity));
		if (field->type != TYPE_LIST)
			continue;
		items = field_items(field, entity);
		for (size_t i = 0; items && i < field_count(field, entity); i++)
			entity_release(items + i * size, field->item);
		free(items);
	}
}

void snapshot_release(struct snapshot *snap)
{
	entity_release(snap, SCOPE_SYSTEM);
	memset(snap, 0, sizeof(*snap));
}

static char **copy_words(char **from, int *err)
{
	size_t count = 0;
	char **to;

	while (from[count])
		count++;
	to = calloc(count + 1, sizeof(*to));
	for (size_t i = 0; to && i < count; i++) {
		to[i] = strdup(from[i]);
		if (!to[i])
			*err = -ENOMEM;
	}
	if (!to)
		*err = -ENOMEM;
	return to;
}

static void copy_owned(void *entity, enum scope scope, int *err);

/* A copy of a list, or NULL when it is empty or there is no memory. */
static void *copy_items(const struct field *list, const void *entity, int *err)
{
	const size_t count = field_count(list, entity);
	const size_t size = entity_table[list->item].size;
	char *items = count ? calloc(count, size) : NULL;

	if (count && !items)
		*err = -ENOMEM;
	if (!items)
		return NULL;
	memcpy(items, field_items(list, entity), count * size);
	for (size_t i = 0; i < count; i++)
		copy_owned(items + i * size, list->item, err);
	return items;
}

/* Make an entity that is a plain copy own what it points to. */
static void copy_owned(void *entity, enum scope scope, int *err)
{
	for_each_field (field, scope) {
		void *owned = NULL;

		if (field->type == TYPE_LIST)
			owned = copy_items(field, entity, err);
		else if (field->type == TYPE_WORDS &&
			 field_items(field, entity))
			owned = copy_words(field_items(field, entity), err);
		else
			continue;
		field_set_items(field, entity, owned);
	}
}

int snapshot_copy(struct snapshot *to, const struct snapshot *from)
{
	int err = 0;

	*to = *from;
	copy_owned(to, SCOPE_SYSTEM, &err);
	if (err)
		snapshot_release(to);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/members.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Return: its index; 0 without memory, and of the object of the entity. */
static unsigned int add(struct members *members, unsigned int object,
			const char *key, size_t len)
{
	struct member *grown = members->list;
	unsigned int added = members->count;

	if (added == MEMBERS_MAX || len >= MEMBER_KEY_LEN)
		return 0;
	if (!(added & (added - 1)))
		grown = reallocarray(grown, added ? added * 2 : 1,
				     sizeof(*grown));
	if (!grown)
		return 0;
	members->list = grown;
	members->count++;
	grown[added] = (struct member){ .len = len };
	memcpy(grown[added].key, key, len);
	if (!added)
		return 0;
	if (grown[object].last)
		grown[grown[object].last].next = added;
	else
		grown[object].first = added;
	grown[object].last = added;
	return added;
}

static bool has_key(const struct member *member, const char *key, size_t len)
{
	return member->len == len && !memcmp(member->key, key, len);
}

unsigned int members_find(const struct members *members, unsigned int object,
			  unsigned int before, const char *key, size_t len)
{
	const struct member *list = members->list;
	unsigned int i = before ? list[before].next : list[object].first;

	if (i && has_key(&list[i], key, len))
		return i;
	for (i = list[object].first; i; i = list[i].next)
		if (has_key(&list[i], key, len))
			return i;
	return 0;
}

struct member *members_place(struct members *members, const char *path)
{
	unsigned int object = 0;
	const char *dot;

	if (!members->list)
		add(members, 0, "", 0);
	if (!members->list)
		return NULL;
	while ((dot = strchr(path, '.'))) {
		size_t len = (size_t)(dot - path);
		unsigned int next = members_find(members, object, 0, path, len);

		object = next ? next : add(members, object, path, len);
		if (!object)
			return NULL;
		path = dot + 1;
	}
	object = add(members, object, path, strlen(path));
	return object ? &members->list[object] : NULL;
}

int members_place_fields(struct members *members, enum scope scope)
{
	for_each_field (field, scope) {
		struct member *member;

		if (!field->path)
			continue;
		member = members_place(members, field->path);
		if (!member)
			return -ENOMEM;
		member->field = field;
	}
	return 0;
}

void members_release(struct members *members)
{
	free(members->list);
	*members = (struct members){ 0 };
}

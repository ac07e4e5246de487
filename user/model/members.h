/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_MEMBERS_H
#define MODEL_MEMBERS_H

/*
 * The object that a report has of an entity, as its rows of the schema place
 * its members: fields of one nested object need not be adjacent there.
 * Writers and readers of reports use it.
 */

#include "model/schema.h"

#define MEMBER_KEY_LEN 48

/* Members of an entity at most, those of nested objects included. */
#define MEMBERS_MAX 512

/**
 * struct member - a member of an object
 * @key: its key
 * @len: length of @key
 * @field: the row of its value; NULL = it is an object, or what is no field
 * @part: what else it is, a number of who placed it; 0 = nothing
 * @first: index of its first member; 0 = none
 * @last: of its last one
 * @next: of the next member of the object that it is in; 0 = none
 */
struct member {
	char key[MEMBER_KEY_LEN];
	size_t len;
	const struct field *field;
	unsigned int part;
	unsigned int first;
	unsigned int last;
	unsigned int next;
};

/**
 * struct members - the object of an entity
 * @list: the object itself, then all members; NULL = not made so far
 * @count: how many
 */
struct members {
	struct member *list;
	unsigned int count;
};

/**
 * members_place() - add the member at a dotted path, behind those of its object
 * @members: zeroed, or with others; objects in between are added
 * @path: the path
 *
 * Return: the member, until the next one is added; NULL without memory.
 */
struct member *members_place(struct members *members, const char *path);

/** members_place_fields() - add those of the rows of @scope; 0 or -ENOMEM */
int members_place_fields(struct members *members, enum scope scope);

/** members_release() - free it and make it empty */
void members_release(struct members *members);

/**
 * members_find() - the member of an object with that key
 * @members: those of the entity
 * @object: index of the object
 * @before: index of the member that it probably follows; 0 = none
 * @key: the key, @len bytes of it
 * @len: its length
 *
 * Return: its index; 0 = there is none.
 */
unsigned int members_find(const struct members *members, unsigned int object,
			  unsigned int before, const char *key, size_t len);

#endif

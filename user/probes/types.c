// SPDX-License-Identifier: GPL-2.0-only
#include "probes/types.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/search.h"

/* From linux/btf.h of 6.0: there may be an older one. */
#define KIND_ENUM64  19
#define ENUM64_BYTES 12

/* Those of our programs, sorted; without what follows "___" in their names. */
static const char *const programs_names[] = {
#include "type_names.h"
};

/* Those that only the loader asks for. */
static const char *const loader_names[] = {
	"bpf_link_info",
	"btf_trace_contention_begin",
	"btf_trace_contention_end",
	"fprobe",
	"io_tlb_area",
	"spinlock",
};

/* Functions are in groups by the upper bits of their names' hashes. */
#define GROUP_BITS 12
#define GROUPS	   (1u << GROUP_BITS)

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/**
 * struct whole - all types of the kernel
 * @data: the file
 * @size: of it
 * @names: of types and members, in it
 * @at: where in @data each type begins, by its number
 * @count: of types, and one: number 0 is void
 * @numbers: of each in what is taken out; 0 = it is not
 */
struct whole {
	char *data;
	size_t size;
	const char *names;
	uint32_t *at;
	uint32_t count;
	uint32_t *numbers;
};

/**
 * struct part - what is taken out of it
 * @out: where it is written to
 * @names: for what has been written
 * @names_len: of them
 * @names_stream: what makes them
 * @names_end: how far it is
 */
struct part {
	FILE *out;
	char *names;
	size_t names_len;
	FILE *names_stream;
	uint32_t names_end;
};

/*
 * All types
 */

static int read_file(const char *path, struct whole *whole)
{
	FILE *file = fopen(path, "re");
	long size = -1;
	int err = 0;

	if (!file)
		return -errno;
	if (!fseek(file, 0, SEEK_END))
		size = ftell(file);
	rewind(file);
	whole->size = size > 0 ? (size_t)size : 0;
	whole->data = malloc(whole->size + 1);
	if (!whole->data)
		err = -ENOMEM;
	else if (fread(whole->data, 1, whole->size, file) != whole->size)
		err = -EIO;
	else
		whole->data[whole->size] = '\0';
	fclose(file);
	return err;
}

/* What stands behind a type; negative for a kind that we do not know. */
static ssize_t members_bytes(const struct btf_type *type)
{
	const size_t count = btf_vlen(type);

	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return count * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return count * sizeof(struct btf_enum);
	case KIND_ENUM64:
		return count * ENUM64_BYTES;
	case BTF_KIND_FUNC_PROTO:
		return count * sizeof(struct btf_param);
	case BTF_KIND_VAR:
		return sizeof(struct btf_var);
	case BTF_KIND_DATASEC:
		return count * sizeof(struct btf_var_secinfo);
	case BTF_KIND_DECL_TAG:
		return sizeof(struct btf_decl_tag);
	default:
		return -EINVAL;
	}
}

/* The types from @begin to @end; where they are, if @at has room for that. */
static int count_types(const struct whole *whole, size_t begin, size_t end,
		       uint32_t *at)
{
	uint32_t count = 1;

	while (begin + sizeof(struct btf_type) <= end) {
		const struct btf_type *type = (void *)(whole->data + begin);
		ssize_t members = members_bytes(type);

		if (members < 0)
			return -EINVAL;
		if (at)
			at[count] = (uint32_t)begin;
		begin += sizeof(*type) + (size_t)members;
		count++;
	}
	return begin == end ? (int)count : -EINVAL;
}

static int find_types(struct whole *whole)
{
	const struct btf_header *header = (void *)whole->data;
	uint64_t begin, end, names;
	int count;

	if (whole->size < sizeof(*header) || header->magic != BTF_MAGIC)
		return -EINVAL;
	begin = (uint64_t)header->hdr_len + header->type_off;
	end = begin + header->type_len;
	names = (uint64_t)header->hdr_len + header->str_off;
	if (end > whole->size || names + header->str_len > whole->size)
		return -EINVAL;
	whole->names = whole->data + names;
	count = count_types(whole, begin, end, NULL);
	if (count < 0)
		return count;
	whole->count = (uint32_t)count;
	whole->at = calloc(whole->count, sizeof(*whole->at));
	whole->numbers = calloc(whole->count, sizeof(*whole->numbers));
	if (!whole->at || !whole->numbers)
		return -ENOMEM;
	count_types(whole, begin, end, whole->at);
	return 0;
}

static void release_whole(struct whole *whole)
{
	free(whole->data);
	free(whole->at);
	free(whole->numbers);
}

static const struct btf_type *type_of(const struct whole *whole, uint32_t id)
{
	return (void *)(whole->data + whole->at[id]);
}

static const char *name_of(const struct whole *whole, uint32_t offset)
{
	return whole->names + offset;
}

/*
 * What we need of them
 */

static int compare_names(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

bool types_named(const char *name)
{
	for (size_t i = 0; i < LENGTH(loader_names); i++)
		if (!strcmp(name, loader_names[i]))
			return true;
	return bsearch(name, programs_names, LENGTH(programs_names),
		       sizeof(*programs_names), compare_names);
}

static bool is_named(const struct whole *whole, uint32_t id)
{
	const struct btf_type *type = type_of(whole, id);

	switch (btf_kind(type)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
	case BTF_KIND_TYPEDEF:
		return type->name_off &&
		       types_named(name_of(whole, type->name_off));
	default:
		return false;
	}
}

/* With all that is in it: what it points to is not. */
static void keep(struct whole *whole, uint32_t id)
{
	const struct btf_type *type;

	if (!id || id >= whole->count || whole->numbers[id])
		return;
	whole->numbers[id] = 1;
	type = type_of(whole, id);
	switch (btf_kind(type)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (unsigned int i = 0; i < btf_vlen(type); i++)
			keep(whole, btf_members(type)[i].type);
		break;
	case BTF_KIND_ARRAY:
		keep(whole, btf_array(type)->type);
		keep(whole, btf_array(type)->index_type);
		break;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		keep(whole, type->type);
		break;
	}
}

/* In the order in which the kernel has them. */
static int number_kept(struct whole *whole, struct types *types)
{
	uint32_t count = 1;

	for (uint32_t id = 1; id < whole->count; id++)
		count += whole->numbers[id];
	types->ids = calloc(count, sizeof(*types->ids));
	if (!types->ids)
		return -ENOMEM;
	count = 1;
	for (uint32_t id = 1; id < whole->count; id++) {
		if (!whole->numbers[id])
			continue;
		types->ids[count] = id;
		whole->numbers[id] = count++;
	}
	return 0;
}

static int keep_named(struct whole *whole, struct types *types)
{
	for (uint32_t id = 1; id < whole->count; id++)
		if (is_named(whole, id))
			keep(whole, id);
	return number_kept(whole, types);
}

/*
 * Functions
 */

static uint32_t group_of(uint64_t name_hash)
{
	return (uint32_t)(name_hash >> (64 - GROUP_BITS));
}

static struct types_function function_of(const struct whole *whole, uint32_t id)
{
	const struct btf_type *type = type_of(whole, id);
	const uint32_t proto = type->type < whole->count ? type->type : 0;

	return (struct types_function){
		.name_hash = hash_text(name_of(whole, type->name_off)),
		.id = id,
		.args = proto ? btf_vlen(type_of(whole, proto)) : 0,
	};
}

/* In the order in which the kernel has them. */
static int list_functions(const struct whole *whole,
			  struct types_function **list, size_t *count)
{
	*count = 0;
	for (uint32_t id = 1; id < whole->count; id++)
		*count += btf_is_func(type_of(whole, id));
	*list = calloc(*count ?: 1, sizeof(**list));
	if (!*list)
		return -ENOMEM;
	*count = 0;
	for (uint32_t id = 1; id < whole->count; id++)
		if (btf_is_func(type_of(whole, id)))
			(*list)[(*count)++] = function_of(whole, id);
	return 0;
}

/* Each goes to the end of its group, and the end of a group is where the next
 * one begins.
 */
static int group_functions(const struct types_function *list, size_t count,
			   struct types *types)
{
	uint32_t *ends = calloc(GROUPS + 1, sizeof(*ends));

	types->functions = calloc(count ?: 1, sizeof(*types->functions));
	types->groups = ends;
	if (!types->functions || !ends)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		ends[group_of(list[i].name_hash) + 1]++;
	for (uint32_t group = 0; group < GROUPS; group++)
		ends[group + 1] += ends[group];
	for (size_t i = count; i-- > 0;) {
		uint32_t *end = &ends[group_of(list[i].name_hash) + 1];

		types->functions[--*end] = list[i];
	}
	/* Each has become the begin of the group before it. */
	memmove(ends, ends + 1, GROUPS * sizeof(*ends));
	ends[GROUPS] = (uint32_t)count;
	return 0;
}

static int find_functions(const struct whole *whole, struct types *types)
{
	struct types_function *list = NULL;
	size_t count;
	int err = list_functions(whole, &list, &count);

	if (!err)
		err = group_functions(list, count, types);
	free(list);
	return err;
}

const struct types_function *types_function(const struct types *types,
					    const char *name)
{
	const uint64_t hash = hash_text(name);
	const uint32_t group = group_of(hash);

	for (uint32_t i = types->groups[group]; i < types->groups[group + 1];
	     i++)
		if (types->functions[i].name_hash == hash)
			return &types->functions[i];
	return NULL;
}

/*
 * Writing
 */

/* Return: where in the names of the part it is */
static uint32_t put_name(const struct whole *whole, struct part *part,
			 uint32_t offset)
{
	const char *name = name_of(whole, offset);
	const uint32_t at = part->names_end, bytes = strlen(name) + 1;

	/* The first of all names is none. */
	if (!offset && at)
		return 0;
	fwrite(name, 1, bytes, part->names_stream);
	part->names_end += bytes;
	return at;
}

/* What has not been taken out is void. */
static uint32_t number_of(const struct whole *whole, uint32_t id)
{
	return id < whole->count ? whole->numbers[id] : 0;
}

/* Each begins with its name; @typed: and then has its type. */
static void put_members(const struct whole *whole, struct part *part,
			const char *members, size_t count, size_t size,
			bool typed)
{
	for (size_t i = 0; i < count; i++, members += size) {
		uint32_t words[3];

		memcpy(words, members, size);
		words[0] = put_name(whole, part, words[0]);
		if (typed)
			words[1] = number_of(whole, words[1]);
		fwrite(words, size, 1, part->out);
	}
}

static void put_array(const struct whole *whole, struct part *part,
		      struct btf_array array)
{
	array.type = number_of(whole, array.type);
	array.index_type = number_of(whole, array.index_type);
	fwrite(&array, sizeof(array), 1, part->out);
}

/* Of other kinds the word has a size. */
static bool names_type(const struct btf_type *type)
{
	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_FUNC_PROTO:
		return true;
	default:
		return false;
	}
}

static void put_type(const struct whole *whole, struct part *part, uint32_t id)
{
	const struct btf_type *type = type_of(whole, id);
	const char *members = (const char *)(type + 1);
	const size_t bytes = (size_t)members_bytes(type);
	const size_t count = btf_vlen(type);
	struct btf_type head = *type;

	head.name_off = put_name(whole, part, head.name_off);
	if (names_type(type))
		head.type = number_of(whole, head.type);
	fwrite(&head, sizeof(head), 1, part->out);
	switch (btf_kind(type)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_FUNC_PROTO:
		put_members(whole, part, members, count,
			    count ? bytes / count : 0, true);
		break;
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
		put_members(whole, part, members, count,
			    count ? bytes / count : 0, false);
		break;
	case BTF_KIND_ARRAY:
		put_array(whole, part, *btf_array(type));
		break;
	default:
		fwrite(members, 1, bytes, part->out);
	}
}

static void put_types(const struct whole *whole, struct part *part)
{
	for (uint32_t id = 1; id < whole->count; id++)
		if (whole->numbers[id])
			put_type(whole, part, id);
}

/* The header has the sizes, so it is written once more. */
static int write_part(const struct whole *whole, struct part *part)
{
	struct btf_header header = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(header),
	};

	fwrite(&header, sizeof(header), 1, part->out);
	put_name(whole, part, 0);
	put_types(whole, part);
	if (fflush(part->names_stream))
		return -ENOMEM;
	header.type_len = (uint32_t)(ftell(part->out) - (long)sizeof(header));
	header.str_off = header.type_len;
	header.str_len = (uint32_t)part->names_len;
	fwrite(part->names, 1, part->names_len, part->out);
	rewind(part->out);
	fwrite(&header, sizeof(header), 1, part->out);
	return fflush(part->out) || ferror(part->out) ? -EIO : 0;
}

static int write_types(const struct whole *whole, struct types *types)
{
	int file = memfd_create("types", MFD_CLOEXEC), err = -ENOMEM;
	int copy = fcntl(file, F_DUPFD_CLOEXEC, 0);
	struct part part = {
		.out = copy < 0 ? NULL : fdopen(copy, "w"),
		.names_stream = open_memstream(&part.names, &part.names_len),
	};

	if (part.out && part.names_stream)
		err = write_part(whole, &part);
	if (part.names_stream)
		fclose(part.names_stream);
	free(part.names);
	if (part.out)
		fclose(part.out);
	else if (copy >= 0)
		close(copy);
	types->file = file;
	return err;
}

int types_read(const char *path, struct types *types)
{
	struct whole whole = { 0 };
	int err = read_file(path, &whole);

	*types = (struct types){ .file = -1 };
	if (!err)
		err = find_types(&whole);
	if (!err)
		err = keep_named(&whole, types);
	if (!err)
		err = write_types(&whole, types);
	if (!err)
		err = find_functions(&whole, types);
	release_whole(&whole);
	if (err)
		types_release(types);
	return err;
}

void types_release(struct types *types)
{
	if (types->file >= 0)
		close(types->file);
	free(types->ids);
	free(types->functions);
	free(types->groups);
	*types = (struct types){ .file = -1 };
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/log.h"

/* Names longer than the kernel allows do not exist. */
#define SYMBOL_LEN 512

/**
 * struct symbol - one function
 * @address: where it begins
 * @name: offset into struct symbols.names, "function" or "function [module]"
 */
struct symbol {
	uint64_t address;
	size_t name;
};

struct symbols {
	struct symbol *list;
	size_t count;
	size_t room;
	char *names;
	size_t names_len;
	size_t names_room;
	bool data;
};

static int grow(void **array, size_t *room, size_t needed, size_t size)
{
	size_t more = *room ? *room : 4096;
	void *bigger;

	if (needed <= *room)
		return 0;
	while (more < needed)
		more *= 2;
	bigger = reallocarray(*array, more, size);
	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	*room = more;
	return 0;
}

static int add_symbol(struct symbols *symbols, uint64_t address,
		      const char *name)
{
	size_t len = strlen(name) + 1;

	if (grow((void **)&symbols->list, &symbols->room, symbols->count + 1,
		 sizeof(*symbols->list)) ||
	    grow((void **)&symbols->names, &symbols->names_room,
		 symbols->names_len + len, 1))
		return -ENOMEM;
	memcpy(symbols->names + symbols->names_len, name, len);
	symbols->list[symbols->count++] = (struct symbol){
		.address = address,
		.name = symbols->names_len,
	};
	symbols->names_len += len;
	return 0;
}

/* "ffffffff81000000 T _stext" and for modules "... f\t[module]" */
static int read_line(struct symbols *symbols, char *line)
{
	uint64_t address;
	char type, *tab;
	int name = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%" SCNx64 " %c %n", &address, &type, &name) < 2 ||
	    !name || !address)
		return 0;
	/* Borders of sections are listed always, as data too. */
	symbols->data |= !strcmp(line + name, "mem_section");
	if (!strchr("tTwW", type))
		return 0;
	tab = strchr(line + name, '\t');
	if (tab)
		*tab = ' ';
	return add_symbol(symbols, address, line + name);
}

static int compare(const void *a, const void *b)
{
	const struct symbol *left = a, *right = b;

	return left->address < right->address	? -1
	       : left->address > right->address ? 1
						: 0;
}

static int read_symbols(struct symbols *symbols, FILE *file)
{
	char line[SYMBOL_LEN + 128];
	int err = 0;

	while (!err && fgets(line, sizeof(line), file))
		err = read_line(symbols, line);
	if (!err && !symbols->count)
		err = -EPERM; /* all addresses read as 0 */
	if (!err)
		qsort(symbols->list, symbols->count, sizeof(*symbols->list),
		      compare);
	return err;
}

/* Closes the file. */
static int take_symbols(struct symbols **out, FILE *file)
{
	struct symbols *symbols;
	int err;

	if (!file)
		return -errno;
	symbols = calloc(1, sizeof(*symbols));
	err = symbols ? read_symbols(symbols, file) : -ENOMEM;
	fclose(file);
	if (err) {
		symbols_close(symbols);
		return err;
	}
	*out = symbols;
	return 0;
}

int symbols_open(struct symbols **out, const char *path)
{
	return take_symbols(out, fopen(path, "re"));
}

void symbols_close(struct symbols *symbols)
{
	if (!symbols)
		return;
	free(symbols->list);
	free(symbols->names);
	free(symbols);
}

/**
 * struct kernel_symbols - those of the running kernel
 * @file: open since symbols_keep(); NULL = not kept, or read already
 * @symbols: NULL = they were not read, or cannot be
 * @tried: to read them
 * @error: why that failed
 */
static struct kernel_symbols {
	FILE *file;
	struct symbols *symbols;
	bool tried;
	int error;
} kernel;

static FILE *kernel_file(void)
{
	return kernel.file ? kernel.file : fopen("/proc/kallsyms", "re");
}

void symbols_keep(void)
{
	if (!kernel.tried)
		kernel.file = kernel_file();
}

const struct symbols *symbols_kernel(int *error)
{
	if (!kernel.tried) {
		kernel.tried = true;
		kernel.error = take_symbols(&kernel.symbols, kernel_file());
		kernel.file = NULL;
	}
	if (error)
		*error = kernel.error;
	return kernel.symbols;
}

void symbols_warn(void)
{
	int err;

	symbols_kernel(&err);
	if (err == -EPERM)
		log_warn("stacks have no names: the kernel hides addresses in "
			 "/proc/kallsyms; run with CAP_SYSLOG and "
			 "kernel.kptr_restrict below 2");
	else if (err)
		log_warn("stacks have no names: /proc/kallsyms: %s",
			 strerror(-err));
}

/* The last one that does not begin after @address. */
static const struct symbol *find(const struct symbols *symbols,
				 uint64_t address)
{
	size_t low = 0, high = symbols->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->list[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &symbols->list[low - 1] : NULL;
}

bool symbols_have_data(const struct symbols *symbols)
{
	return symbols->data;
}

char *symbols_name(const struct symbols *symbols, uint64_t address, char *text,
		   size_t len)
{
	const struct symbol *symbol;
	const char *name, *module;

	if (!symbols) {
		snprintf(text, len, "?");
		return text;
	}
	symbol = find(symbols, address);
	if (!symbol) {
		snprintf(text, len, "0x%" PRIx64, address);
		return text;
	}
	name = symbols->names + symbol->name;
	module = strchr(name, ' ');
	snprintf(text, len, "%.*s+0x%" PRIx64 "%s",
		 (int)(module ? module - name : (long)strlen(name)), name,
		 address - symbol->address, module ? module : "");
	return text;
}

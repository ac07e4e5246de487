/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/boot.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/snapshot.h"

/* Beyond what any machine has, and small enough to be rounded up. */
#define MAX_SLOTS (1ull << 40)
#define MAX_AREAS (1u << 31)

/**
 * struct sizes - the kernel's default_nslabs and default_nareas
 * @slots: slots
 * @areas: areas; 0 = not chosen yet
 */
struct sizes {
	uint64_t slots;
	uint32_t areas;
};

static uint64_t power_of_two(uint64_t number)
{
	uint64_t power = 1;

	while (power < number)
		power <<= 1;
	return power;
}

uint32_t boot_rounded_areas(uint64_t areas)
{
	return (uint32_t)power_of_two(areas > MAX_AREAS ? MAX_AREAS : areas);
}

/* swiotlb_adjust_nareas(), round_up_default_nslabs() */
static void adjust_areas(struct sizes *sizes, uint64_t areas)
{
	sizes->areas = boot_rounded_areas(areas);
	if (sizes->slots < (uint64_t)SEGMENT_SLOTS * sizes->areas)
		sizes->slots = (uint64_t)SEGMENT_SLOTS * sizes->areas;
	sizes->slots = power_of_two(sizes->slots);
}

uint64_t boot_rounded_slots(uint64_t slots, uint32_t areas)
{
	struct sizes sizes = { .slots = slots };

	adjust_areas(&sizes, areas);
	return sizes.slots;
}

static uint64_t read_number(const char **text)
{
	char *end;
	const uint64_t number = strtoull(*text, &end, 0);

	*text = end;
	return number > MAX_SLOTS ? MAX_SLOTS : number;
}

static bool skip_word(const char **text, const char *word, bool prefixes)
{
	const size_t len = strlen(word);

	if (prefixes ? strncmp(*text, word, len) : strcmp(*text, word))
		return false;
	*text += len;
	return true;
}

static void skip_comma(const char **text)
{
	*text += **text == ',';
}

/* setup_io_tlb_npages(); what it leaves in @text it does not look at. */
static void read_value(const struct boot_syntax *syntax, struct sizes *sizes,
		       struct boot_request *request)
{
	const char *text = request->asked;

	if (isdigit((unsigned char)*text)) {
		request->asked_slots = read_number(&text);
		sizes->slots = (request->asked_slots + SEGMENT_SLOTS - 1) /
			       SEGMENT_SLOTS * SEGMENT_SLOTS;
	}
	skip_comma(&text);
	if (syntax->areas && isdigit((unsigned char)*text)) {
		const uint64_t areas = read_number(&text);

		request->asked_areas = areas > MAX_AREAS ? MAX_AREAS : areas;
		adjust_areas(sizes, areas);
	}
	if (syntax->areas)
		skip_comma(&text);
	if (skip_word(&text, "force", syntax->prefixes))
		request->force = true;
	else if (skip_word(&text, "noforce", syntax->prefixes))
		request->noforce = true;
	if (syntax->prefixes) {
		skip_comma(&text);
		request->track_hiwater |=
			skip_word(&text, "track_hiwater", true);
	}
	snprintf(request->ignored, sizeof(request->ignored), "%s", text);
}

/* A word, with quotes as next_arg() of lib/cmdline.c has them. */
static bool next_word(const char **rest, const char **word, size_t *len)
{
	const char *end = *rest + strspn(*rest, " \t\n");
	bool quoted = false;

	*word = end;
	for (; *end && (quoted || !isspace((unsigned char)*end)); end++)
		quoted ^= *end == '"';
	*rest = end;
	*len = (size_t)(end - *word);
	return *len;
}

/* Return: whether the word is a swiotlb= argument with a value; in @value. */
static bool find_value(const char *word, size_t len, char *value, size_t size)
{
	static const char name[] = "swiotlb=";
	const size_t begin = (*word == '"') + sizeof(name) - 1;

	if (len < begin || strncmp(word + (*word == '"'), name, strlen(name)))
		return false;
	word += begin;
	len -= begin;
	if (len && *word == '"') {
		word++;
		len--;
	}
	if (len && word[len - 1] == '"')
		len--;
	if (!len)
		return false;
	snprintf(value, size, "%.*s", (int)(len < size ? len : size), word);
	return true;
}

/* What follows "--" is for init: parse_args() of kernel/params.c. */
void boot_parse(const char *cmdline, const struct boot_syntax *syntax,
		struct boot_request *request)
{
	struct sizes sizes = { .slots = BOOT_DEFAULT_SLOTS };
	const char *word;
	size_t len;

	*request = (struct boot_request){ 0 };
	while (next_word(&cmdline, &word, &len) &&
	       (len != 2 || strncmp(word, "--", 2)))
		if (find_value(word, len, request->asked,
			       sizeof(request->asked)))
			read_value(syntax, &sizes, request);
	if (syntax->areas && !sizes.areas)
		adjust_areas(&sizes, syntax->cpus);
	request->slots = sizes.slots;
	request->areas = sizes.areas;
}

/* The bytes of a suffix such as M or MiB; 0 = it is not a suffix. */
static uint64_t suffix_bytes(const char *text)
{
	static const char letters[] = "KMGT";
	const char *found =
		*text ? strchr(letters, toupper((unsigned char)*text)) : NULL;

	if (!found || (text[1] && strcasecmp(text + 1, "B") &&
		       strcasecmp(text + 1, "iB")))
		return 0;
	return 1024ull << 10 * (found - letters);
}

/**
 * struct meaning - what somebody means
 * @slots: slots; 0 = not given
 * @areas: areas; 0 = not given
 * @word: force or noforce, NULL = none
 */
struct meaning {
	uint64_t slots;
	uint64_t areas;
	const char *word;
};

static void take_part(const char *part, struct meaning *meaning)
{
	const char *rest = part;
	uint64_t number, bytes;

	if (!strcasecmp(part, "force"))
		meaning->word = "force";
	else if (!strcasecmp(part, "noforce"))
		meaning->word = "noforce";
	if (!isdigit((unsigned char)*part))
		return;
	number = read_number(&rest);
	bytes = suffix_bytes(rest);
	if (bytes)
		meaning->slots = number * (bytes / 1024) / (SLOT_BYTES / 1024);
	else if (!*rest && !meaning->slots)
		meaning->slots = number;
	else if (!*rest && !meaning->areas)
		meaning->areas = number;
}

void boot_advice(const struct boot_request *request, char *text, size_t len)
{
	char parts[BOOT_TEXT_LEN], *rest = parts, *part;
	struct meaning meaning = { 0 };
	size_t used;

	snprintf(parts, sizeof(parts), "%s", request->asked);
	while ((part = strsep(&rest, ",")))
		take_part(part, &meaning);
	snprintf(text, len, "swiotlb=");
	used = strlen(text);
	if (meaning.slots)
		snprintf(text + used, len - used, "%" PRIu64, meaning.slots);
	used = strlen(text);
	if (meaning.slots && meaning.areas && request->areas)
		snprintf(text + used, len - used, ",%" PRIu64, meaning.areas);
	used = strlen(text);
	if (meaning.word)
		snprintf(text + used, len - used, "%s%s",
			 meaning.slots ? "," : "", meaning.word);
	else if (!meaning.slots)
		snprintf(text + used, len - used, "SLOTS,AREAS,force");
}

void boot_argument(const struct boot_request *request, uint64_t slots,
		   uint32_t areas, char *text, size_t len)
{
	char areas_text[16] = "";

	if (areas)
		snprintf(areas_text, sizeof(areas_text), ",%" PRIu32, areas);
	snprintf(text, len, "swiotlb=%" PRIu64 "%s%s%s", slots, areas_text,
		 request->force ? ",force" : "",
		 request->track_hiwater ? ",track_hiwater" : "");
}

void boot_no_pool(const struct boot_request *request, char *text, size_t len)
{
	char advice[BOOT_TEXT_LEN + 16];

	boot_advice(request, advice, sizeof(advice));
	if (request->noforce)
		snprintf(text, len,
			 "it was booted with swiotlb=%s; boot without noforce",
			 request->asked);
	else if (*request->ignored)
		snprintf(text, len,
			 "of swiotlb=%s it ignored \"%s\" at boot; write %s",
			 request->asked, request->ignored, advice);
	else if (request->force)
		snprintf(text, len,
			 "swiotlb=%s was asked for, and could not be "
			 "allocated: ask for less, or free memory below 4 GiB "
			 "at boot; its log says more",
			 request->asked);
	else
		snprintf(text, len,
			 "nothing needs one; boot with swiotlb=force to have "
			 "one");
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "model/messages.h"
#include "model/snapshot.h"

/* A mapping has one segment at most: IO_TLB_SEGSIZE, kernel/dma/swiotlb.c. */
#define MAPPING_MAX_BYTES ((uint64_t)SEGMENT_SLOTS * SLOT_BYTES)

/* A line that is cut within a wording has at least so much of it. */
#define UNFINISHED_MIN 7

#define SWIOTLB_C "kernel/dma/swiotlb.c"
#define OLD_C	  "lib/swiotlb.c, kernel/dma/swiotlb.c"
#define DIRECT_C  "kernel/dma/direct.c"
#define DIRECT_H  "kernel/dma/direct.h, include/linux/dma-direct.h"
#define POOL_C	  "kernel/dma/pool.c"
#define XEN_C	  "drivers/xen/swiotlb-xen.c"
#define ENCRYPT_C "arch/x86/mm/mem_encrypt.c"
#define CMDLINE_C "init/main.c"
#define IOMMU_C	  "drivers/iommu/dma-iommu.c"

/*
 * Of two wordings that begin alike the longer one comes first. Sources: the
 * files named, in Linux 6.1, 6.12 and 7.3, and for older wordings those of
 * 2.6.24 to 5.15.
 */
const struct message_row message_table[] = {
	{ "swiotlb buffer is full (sz: {size} bytes), total {total} (slots), "
	  "used {used} (slots)",
	  CAUSE_FULL, "5.2 and later", SWIOTLB_C, MESSAGE_DEVICE },
	{ "swiotlb buffer is full (sz: {size} bytes)", CAUSE_FULL, "before 5.2",
	  OLD_C, MESSAGE_DEVICE },
	{ "swiotlb buffer is full", CAUSE_FULL, "any", OLD_C,
	  MESSAGE_DEVICE | MESSAGE_PROSE },
	{ "swiotlb addr {addr}+{size} overflow (mask {mask}, bus limit "
	  "{limit})",
	  CAUSE_REACH, "5.6 and later", SWIOTLB_C, MESSAGE_DEVICE },
	{ "map_single: bounce buffer is not DMA'ble", CAUSE_REACH,
	  "before 3.11", OLD_C },
	{ "DMA addr {addr}+{size} overflow (mask {mask}, bus limit {limit})",
	  CAUSE_DIRECT_REACH, "5.6 and later", DIRECT_H, MESSAGE_DEVICE },
	{ "overflow {addr}+{size} of DMA mask {mask} bus limit {limit}",
	  CAUSE_DIRECT_REACH, "5.5", DIRECT_C, MESSAGE_DEVICE },
	{ "overflow {addr}+{size} of DMA mask {mask} bus mask {limit}",
	  CAUSE_DIRECT_REACH, "5.3 to 5.4", DIRECT_C, MESSAGE_DEVICE },
	{ "overflow {addr}+{size} of DMA mask {mask}", CAUSE_DIRECT_REACH,
	  "5.x", DIRECT_C, MESSAGE_DEVICE },
	{ "overflow {addr}+{size} of device mask {mask} bus mask {limit}",
	  CAUSE_DIRECT_REACH, "4.19 to 5.2", DIRECT_C,
	  MESSAGE_DEVICE | MESSAGE_CALLER },
	{ "overflow {addr}+{size} of device mask {mask}", CAUSE_DIRECT_REACH,
	  "before 4.19", "lib/dma-direct.c, arch/x86/kernel/pci-nommu.c",
	  MESSAGE_DEVICE | MESSAGE_CALLER },
	{ "DMA map on device without dma_mask", CAUSE_NO_MASK, "5.x", DIRECT_C,
	  MESSAGE_DEVICE },
	{ "call on device without dma_mask", CAUSE_NO_MASK, "4.17 to 5.2",
	  DIRECT_C, MESSAGE_DEVICE | MESSAGE_CALLER },

	{ "swiotlb: coherent allocation failed for device {device} "
	  "size={size}",
	  CAUSE_COHERENT, "4.6 to 4.15", OLD_C },
	{ "swiotlb: coherent allocation failed, size={size}", CAUSE_COHERENT,
	  "4.16 to 4.20", OLD_C, MESSAGE_DEVICE },
	{ "hwdev DMA mask = {mask}, dev_addr = {addr}", CAUSE_COHERENT_REACH,
	  "before 5.0", OLD_C, MESSAGE_DEVICE },

	{ "DMA: Out of SW-IOMMU space for {size} bytes at device {device}",
	  CAUSE_EMERGENCY, "before 4.11", OLD_C, MESSAGE_ECHO },
	{ "DMA: Out of SW-IOMMU space for {size} bytes", CAUSE_EMERGENCY,
	  "4.11 to 4.20", OLD_C, MESSAGE_DEVICE | MESSAGE_ECHO },
	{ "DMA: Random memory could be DMA {text}", CAUSE_PANIC, "before 5.0",
	  OLD_C },
	{ "DMA: Memory would be corrupted", CAUSE_PANIC, "2.6", OLD_C },

	{ "Can not allocate SWIOTLB buffer earlier and can't now provide you "
	  "with the DMA bounce buffer",
	  CAUSE_NO_POOL, "3.11 and later", SWIOTLB_C, MESSAGE_DEVICE },
	{ "Cannot allocate SWIOTLB buffer earlier and can't now provide you "
	  "with the DMA bounce buffer",
	  CAUSE_NO_POOL, "vendors' kernels", SWIOTLB_C, MESSAGE_DEVICE },
	{ "DMA bounce buffers are inactive, unable to map unaligned "
	  "transaction",
	  CAUSE_UNALIGNED, "5.19 and later", IOMMU_C, MESSAGE_DEVICE },

	{ "Cannot allocate SWIOTLB overflow buffer", CAUSE_NOT_ALLOCATED,
	  "before 5.0", OLD_C },
	{ "Cannot allocate SWIOTLB buffer", CAUSE_NOT_ALLOCATED,
	  "before 5.3; powerpc and mips before 5.19", OLD_C },
	{ "Can not allocate SWIOTLB buffer", CAUSE_NOT_ALLOCATED, "any",
	  OLD_C },
	{ "software IO TLB: Cannot allocate buffer", CAUSE_NOT_ALLOCATED,
	  "5.3 to 5.18", SWIOTLB_C },
	{ "Cannot allocate Xen-SWIOTLB buffer", CAUSE_NOT_ALLOCATED,
	  "before 5.19", XEN_C },
	{ "Failed to get contiguous memory for DMA from Xen",
	  CAUSE_NOT_ALLOCATED, "before 5.19", XEN_C },
	{ "software IO TLB: No low mem", CAUSE_NOT_ALLOCATED, "3.9 and later",
	  SWIOTLB_C },
	{ "swiotlb_init_remap: nslabs = {slots} too small", CAUSE_NOT_ALLOCATED,
	  "5.19 to 6.5", SWIOTLB_C },
	{ "software IO TLB: {word}: Failed to allocate {size} bytes tlb "
	  "structure",
	  CAUSE_ATTEMPT_FAILED, "5.19 and later", SWIOTLB_C },
	{ "software IO TLB: {word}: Failed to remap {size} bytes",
	  CAUSE_ATTEMPT_FAILED, "5.19 and later", SWIOTLB_C },
	{ "software IO TLB: {word}: Failed to allocate {size} bytes "
	  "align={word}",
	  CAUSE_NOT_ALLOCATED, "6.1 and later", SWIOTLB_C },
	{ "software IO TLB: {word}: Failed to allocate mem->areas",
	  CAUSE_NOT_ALLOCATED, "6.0 and later", SWIOTLB_C },
	{ "swiotlb_{word}: Failed to allocate {size} bytes align={word}",
	  CAUSE_NOT_ALLOCATED, "5.1 to 6.0", SWIOTLB_C },
	{ "software IO TLB: Failed to decrypt default memory pool, disabling it",
	  CAUSE_UNDECRYPTED, "7.1 and later", SWIOTLB_C },
	{ "Failed to decrypt restricted DMA pool", CAUSE_UNDECRYPTED,
	  "7.1 and later", SWIOTLB_C, MESSAGE_DEVICE },
	{ "Failed to map the unencrypted memory {addr} size {word}",
	  CAUSE_UNDECRYPTED, "5.17 to 6.1", SWIOTLB_C },
	{ "software IO TLB: Failed to allocate new pool", CAUSE_NOT_GROWN,
	  "6.6 and later", SWIOTLB_C },
	{ "only able to allocate {mb} MB", CAUSE_LOWERED, "2.6 and later",
	  OLD_C },
	{ "swiotlb_xen: Lowering to {mb}MB", CAUSE_LOWERED, "before 5.19",
	  XEN_C },
	{ "SWIOTLB bounce buffer size adjusted {from} -> {slots} slabs",
	  CAUSE_LOWERED, "5.19 and later", SWIOTLB_C },
	{ "Restricted DMA pool must be accessible within the linear mapping",
	  CAUSE_RESTRICTED_PLACE, "5.15 and later", SWIOTLB_C, MESSAGE_DEVICE },

	{ "Buffer overflow detected. Allocation size: {size}. Mapping size: "
	  "{text}",
	  CAUSE_BAD_SYNC, "5.13 and later", SWIOTLB_C, MESSAGE_DEVICE },
	{ "Access before mapping start detected. orig offset {word}, "
	  "requested offset {word}",
	  CAUSE_BAD_SYNC, "5.14 to 6.8", SWIOTLB_C, MESSAGE_DEVICE },
	{ "Invalid sizes (mapping: {size} bytes, alloc: {word} bytes)",
	  CAUSE_BAD_SYNC, "5.5 to 6.8", SWIOTLB_C, MESSAGE_DEVICE },
	{ "Alloc alignment may prevent fulfilling requests with max "
	  "mapping_size",
	  CAUSE_BAD_ALIGNMENT, "6.9 and later", SWIOTLB_C, MESSAGE_DEVICE },
	{ "Cannot allocate pages from non page-aligned swiotlb addr {text}",
	  CAUSE_BAD_ALIGNMENT, "6.9 and later", SWIOTLB_C, MESSAGE_DEVICE },
	{ "attempt to add DMA range to existing map", CAUSE_DMA_RANGE,
	  "5.10 and later", DIRECT_C, MESSAGE_DEVICE },
	{ "coherent DMA allocations not supported on this platform",
	  CAUSE_NO_COHERENT, "6.7 and later", DIRECT_C },
	{ "leaking DMA memory that can't be {word}", CAUSE_LOST_DECRYPTED,
	  "5.16 and later", DIRECT_C },

	{ "DMA pool exhausted for {device}", CAUSE_ATOMIC_POOL, "5.8 and later",
	  POOL_C },
	{ "Failed to get suitable pool for {device}", CAUSE_ATOMIC_POOL,
	  "5.8 and later", POOL_C },
	{ "DMA: failed to allocate {word} KiB {word} pool for atomic "
	  "allocation",
	  CAUSE_ATOMIC_POOL, "4.x and later", POOL_C },

	{ "Kernel command line: {text}swiotlb={word}", CAUSE_ASKED, "any",
	  CMDLINE_C },
	{ "Command line: {text}swiotlb={word}", CAUSE_ASKED, "any", CMDLINE_C },
	{ "software IO TLB: mapped [mem {start}-{end}] ({mb}MB)", CAUSE_POOL,
	  "4.18 and later", SWIOTLB_C },
	{ "software IO TLB [mem {start}-{end}] ({mb}MB)", CAUSE_POOL,
	  "3.7 to 4.17", OLD_C },
	{ "Placing {mb}MB software IO TLB between", CAUSE_POOL, "before 3.7",
	  OLD_C },
	{ "Placing software IO TLB between", CAUSE_POOL, "2.6", OLD_C },
	{ "software IO TLB at phys {start} - {end}", CAUSE_POOL, "before 3.7",
	  OLD_C },
	{ "software IO TLB: area num {areas}", CAUSE_AREAS, "6.0 and later",
	  SWIOTLB_C },
	{ "SWIOTLB bounce buffer size roundup to {mb}MB", CAUSE_ROUNDED,
	  "6.0 and later", SWIOTLB_C },
	{ "SWIOTLB bounce buffer size adjusted to {mb}MB", CAUSE_SIZE_SET,
	  "5.11 and later", SWIOTLB_C },
	{ "created restricted DMA pool at {start}, size {mb} MiB",
	  CAUSE_RESTRICTED_POOL, "5.15 and later", SWIOTLB_C },
	{ "Using software bounce buffering for IO (SWIOTLB)", CAUSE_IN_USE,
	  "any", "arch/x86/kernel/pci-dma.c" },
	{ "is active and system is using DMA bounce buffers", CAUSE_ENCRYPTION,
	  "4.14 and later", SWIOTLB_C },
	{ "Memory Encryption Features active:{text}", CAUSE_ENCRYPTION,
	  "5.7 and later", ENCRYPT_C },
	{ "AMD Secure Encrypted Virtualization (SEV) active", CAUSE_ENCRYPTION,
	  "4.16 to 5.6", ENCRYPT_C },
	{ "AMD Secure Memory Encryption (SME) active", CAUSE_ENCRYPTION,
	  "4.14 to 5.6", ENCRYPT_C },
	{ "software IO TLB: tearing down default memory pool", CAUSE_TORN_DOWN,
	  "4.18 and later", SWIOTLB_C },
	{ "swiotlb_{word}: {count} callbacks suppressed", CAUSE_SUPPRESSED,
	  "any", "lib/ratelimit.c" },
};

const size_t message_count = sizeof(message_table) / sizeof(message_table[0]);

static const struct cause_info causes[NR_CAUSES] = {
	[CAUSE_OVERSIZE] = { "oversize", SEVERITY_ERROR, true },
	[CAUSE_EXHAUSTED] = { "exhausted", SEVERITY_ERROR, true },
	[CAUSE_NEARLY_FULL] = { "nearly-full", SEVERITY_ERROR, true },
	[CAUSE_NO_SEGMENT] = { "no-segment", SEVERITY_ERROR, true },
	[CAUSE_EMPTY_POOL] = { "empty-pool", SEVERITY_ERROR, true },
	[CAUSE_FULL] = { "full", SEVERITY_ERROR, true },
	[CAUSE_NO_POOL] = { "no-pool", SEVERITY_ERROR, true },
	[CAUSE_REACH] = { "reach", SEVERITY_ERROR, true },
	[CAUSE_DIRECT_REACH] = { "direct-reach", SEVERITY_ERROR, true },
	[CAUSE_NO_MASK] = { "no-mask", SEVERITY_ERROR, true },
	[CAUSE_COHERENT] = { "coherent-failed", SEVERITY_ERROR, true },
	[CAUSE_COHERENT_REACH] = { "coherent-reach", SEVERITY_ERROR, false },
	[CAUSE_UNALIGNED] = { "unaligned", SEVERITY_ERROR, true },
	[CAUSE_ATOMIC_POOL] = { "atomic-pool", SEVERITY_ERROR, true },
	[CAUSE_EMERGENCY] = { "unmapped", SEVERITY_ERROR, true },
	[CAUSE_PANIC] = { "panic", SEVERITY_ERROR, false },
	[CAUSE_NOT_ALLOCATED] = { "not-allocated", SEVERITY_WARNING, false },
	[CAUSE_ATTEMPT_FAILED] = { "attempt-failed", SEVERITY_WARNING, false },
	[CAUSE_UNDECRYPTED] = { "undecrypted", SEVERITY_ERROR, false },
	[CAUSE_NOT_GROWN] = { "not-grown", SEVERITY_WARNING, false },
	[CAUSE_LOWERED] = { "lowered", SEVERITY_WARNING, false },
	[CAUSE_RESTRICTED_PLACE] = { "restricted-place", SEVERITY_ERROR,
				     false },
	[CAUSE_BAD_SYNC] = { "bad-size", SEVERITY_ERROR, false },
	[CAUSE_BAD_ALIGNMENT] = { "alignment", SEVERITY_WARNING, false },
	[CAUSE_DMA_RANGE] = { "dma-range", SEVERITY_WARNING, false },
	[CAUSE_NO_COHERENT] = { "no-coherent", SEVERITY_ERROR, true },
	[CAUSE_LOST_DECRYPTED] = { "lost-decrypted", SEVERITY_WARNING, false },
	[CAUSE_ASKED] = { "asked", SEVERITY_NOTE, false },
	[CAUSE_POOL] = { "pool", SEVERITY_NOTE, false },
	[CAUSE_AREAS] = { "areas", SEVERITY_NOTE, false },
	[CAUSE_ROUNDED] = { "rounded", SEVERITY_NOTE, false },
	[CAUSE_SIZE_SET] = { "size-set", SEVERITY_NOTE, false },
	[CAUSE_RESTRICTED_POOL] = { "restricted-pool", SEVERITY_NOTE, false },
	[CAUSE_IN_USE] = { "in-use", SEVERITY_NOTE, false },
	[CAUSE_ENCRYPTION] = { "encryption", SEVERITY_NOTE, false },
	[CAUSE_TORN_DOWN] = { "torn-down", SEVERITY_NOTE, false },
	[CAUSE_SUPPRESSED] = { "suppressed", SEVERITY_NOTE, false },
};

const struct cause_info *cause_info(enum message_cause cause)
{
	return &causes[cause];
}

static const char *const field_names[NR_FIELDS] = {
	[FIELD_SIZE] = "size",	 [FIELD_TOTAL] = "total",
	[FIELD_USED] = "used",	 [FIELD_ADDR] = "addr",
	[FIELD_MASK] = "mask",	 [FIELD_LIMIT] = "limit",
	[FIELD_START] = "start", [FIELD_END] = "end",
	[FIELD_MB] = "mb",	 [FIELD_FROM] = "from",
	[FIELD_SLOTS] = "slots", [FIELD_AREAS] = "areas",
	[FIELD_COUNT] = "count",
};

const char *message_field_name(enum message_field field)
{
	return field_names[field];
}

/* ---- reading a pattern ----------------------------------------------------
 */

/**
 * struct cursor - how far pattern and text have come
 * @pattern: the rest of the pattern
 * @text: the rest of the text
 * @end: its end
 */
struct cursor {
	const char *pattern;
	const char *text;
	const char *end;
};

static int digit(char c, bool hex)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (hex && c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (hex && c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A number that does not fit is none. */
static bool read_number(struct cursor *at, bool hex, uint64_t *number)
{
	const unsigned int base = hex ? 16 : 10;
	const char *first;

	if (hex && at->end - at->text > 2 && !memcmp(at->text, "0x", 2))
		at->text += 2;
	first = at->text;
	*number = 0;
	for (; at->text < at->end; at->text++) {
		const int value = digit(*at->text, hex);

		if (value < 0)
			break;
		if (__builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, value, number))
			return false;
	}
	return at->text > first;
}

static bool hexadecimal(enum message_field field)
{
	return field >= FIELD_ADDR && field <= FIELD_END;
}

static void keep(char *name, const char *from, size_t len)
{
	if (len >= MESSAGE_NAME_LEN)
		len = MESSAGE_NAME_LEN - 1;
	memcpy(name, from, len);
	name[len] = '\0';
}

/* The literal text that follows in the pattern. */
static size_t literal_len(const char *pattern)
{
	return strcspn(pattern, "{");
}

/* A word ends at a blank, or where the rest of the pattern begins. */
static bool read_word(struct cursor *at, char *word)
{
	const size_t after = literal_len(at->pattern);
	const char *first = at->text;

	while (at->text < at->end && *at->text != ' ') {
		if (after && (size_t)(at->end - at->text) >= after &&
		    !memcmp(at->text, at->pattern, after))
			break;
		at->text++;
	}
	keep(word, first, at->text - first);
	return at->text > first;
}

/* Any text, up to the rest of the pattern, or to the end. */
static bool read_text(struct cursor *at)
{
	const size_t after = literal_len(at->pattern);
	const char *found;

	if (!after) {
		at->text = at->end;
		return true;
	}
	found = memmem(at->text, at->end - at->text, at->pattern, after);
	at->text = found ? found : at->end;
	return true;
}

static bool read_field(struct cursor *at, struct message *message)
{
	const char *name = at->pattern + 1;
	const size_t len = strcspn(name, "}");
	char ignored[MESSAGE_NAME_LEN];

	at->pattern = name + len + 1;
	if (!strncmp(name, "text", len))
		return read_text(at);
	if (!strncmp(name, "device", len))
		return read_word(at, message->device);
	if (!strncmp(name, "word", len))
		return read_word(at, *message->word ? ignored : message->word);
	for (int i = 0; i < NR_FIELDS; i++) {
		if (strlen(field_names[i]) != len ||
		    strncmp(name, field_names[i], len))
			continue;
		message->known |= 1u << i;
		return read_number(at, hexadecimal(i), &message->value[i]);
	}
	return false;
}

enum fit { FIT_NONE, FIT_UNFINISHED, FIT_WHOLE };

static enum fit fit_pattern(struct cursor *at, struct message *message)
{
	while (*at->pattern) {
		if (at->text == at->end)
			return strcmp(at->pattern, "{text}") ? FIT_UNFINISHED
							     : FIT_WHOLE;
		if (*at->pattern == '{') {
			if (!read_field(at, message))
				return at->text == at->end ? FIT_UNFINISHED
							   : FIT_NONE;
		} else if (*at->pattern++ != *at->text++) {
			return FIT_NONE;
		}
	}
	return FIT_WHOLE;
}

/* Where the text's end may be the beginning of the pattern; its end if not. */
static size_t find_beginning(const char *text, size_t len, const char *pattern,
			     size_t literal)
{
	size_t begun = literal - 1 < len ? literal - 1 : len;

	for (; begun >= UNFINISHED_MIN; begun--)
		if (!memcmp(text + len - begun, pattern, begun))
			return len - begun;
	return len;
}

/* The first place where the wording of @row is, or may begin. */
static enum fit find_row(const struct message_row *row, const char *text,
			 size_t len, struct message *message,
			 struct message_match *match)
{
	const size_t literal = literal_len(row->pattern);
	const char *end = text + len;
	const char *found = text;

	while ((found = memmem(found, end - found, row->pattern, literal))) {
		struct cursor at = { row->pattern, found, end };
		enum fit fit;

		*message = (struct message){ .row = row, .cause = row->cause };
		fit = fit_pattern(&at, message);
		match->start = found - text;
		match->end = at.text - text;
		if (fit != FIT_NONE)
			return fit;
		found++;
	}
	match->start = find_beginning(text, len, row->pattern, literal);
	match->end = len;
	return match->start < len ? FIT_UNFINISHED : FIT_NONE;
}

/* ---- who it is about ------------------------------------------------------
 */

/*
 * Where the word before @end begins, without what log formats put in front of
 * it: "MESSAGE=", "\"msg\":\"", "<4>", "4,1,2,-;", "[12.3]".
 */
static size_t word_before(const char *text, size_t end)
{
	size_t start = end;

	while (start && !strchr(" ;\"=>]|", text[start - 1]))
		start--;
	return start;
}

/* Words before a message that look like a device and are none. */
static bool no_device(const char *name)
{
	static const char *const words[] = { "kernel", "Subject", "syncing",
					     "TLB",    "Re",	  "Title" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(name, words[i]))
			return true;
	return strchr(name, '[') != NULL;
}

/* A word and ": " before @end; returns where the word begins, or @end. */
static size_t labelled(const char *text, size_t end, size_t *word_end)
{
	if (end < 3 || text[end - 1] != ' ' || text[end - 2] != ':')
		return end;
	*word_end = end - 2;
	return word_before(text, end - 2);
}

/*
 * dev_printk() prints "driver device: text", drivers/base/core.c; without a
 * driver, the bus or the class is there, or nothing. Returns where that begins.
 */
static size_t read_device(struct message *message, const char *text,
			  size_t start)
{
	size_t word_end, word;

	if (message->row->flags & MESSAGE_CALLER)
		start = labelled(text, start, &word_end);
	word = labelled(text, start, &word_end);
	if (word == start || word == word_end)
		return start;
	keep(message->device, text + word, word_end - word);
	if (no_device(message->device)) {
		*message->device = '\0';
		return start;
	}
	start = word;
	if (!word || text[word - 1] != ' ')
		return start;
	word_end = word - 1;
	word = word_before(text, word_end);
	if (word == word_end || text[word_end - 1] == ':')
		return start;
	keep(message->driver, text + word, word_end - word);
	return word;
}

/* ---- what is behind "full" ------------------------------------------------
 */

static uint64_t slots_of(uint64_t bytes)
{
	return bytes / SLOT_BYTES + !!(bytes % SLOT_BYTES);
}

static enum message_cause full_cause(const struct message *message)
{
	const uint64_t size = message->value[FIELD_SIZE];
	const uint64_t total = message->value[FIELD_TOTAL];
	const uint64_t used = message->value[FIELD_USED];

	if (message_has(message, FIELD_TOTAL) && !total)
		return CAUSE_EMPTY_POOL;
	if (message_has(message, FIELD_SIZE) && size > MAPPING_MAX_BYTES)
		return CAUSE_OVERSIZE;
	/* The counter may have run below 0: debugfs has shown it. */
	if (!message_has(message, FIELD_USED) || used > total)
		return CAUSE_FULL;
	if (total - used < slots_of(size) || total - used <= total / 100)
		return CAUSE_EXHAUSTED;
	if (total - used <= total / 10)
		return CAUSE_NEARLY_FULL;
	return CAUSE_NO_SEGMENT;
}

/*
 * Most lines of a log are about other things, so that one search for what the
 * wordings have in common spares them one for each.
 */
static bool possible(const char *text, size_t len)
{
	static const char *const common[] = {
		"wiotlb", "SWIOTLB",	      "IO TLB",	       "DMA",
		"crypt",  "dma_mask",	      "ommand line",   "overflow",
		"mapp",	  "able to allocate", "suitable pool",
	};

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (memmem(text, len, common[i], strlen(common[i])))
			return true;
	return false;
}

bool message_find(const char *text, size_t len, struct message *message,
		  struct message_match *match)
{
	size_t begun = len;
	bool found = false;

	*match = (struct message_match){ .start = len, .end = len };
	if (!possible(text, len))
		return false;
	for (size_t i = 0; i < message_count; i++) {
		struct message_match here;
		struct message candidate;
		const enum fit fit = find_row(&message_table[i], text, len,
					      &candidate, &here);

		if (fit == FIT_UNFINISHED && here.start < begun)
			begun = here.start;
		if (fit != FIT_WHOLE || (found && here.start >= match->start))
			continue;
		*match = here;
		*message = candidate;
		found = true;
	}
	match->unfinished = begun < len && (!found || begun == match->start);
	if (!found)
		return false;
	if (message->cause == CAUSE_FULL)
		message->cause = full_cause(message);
	if (message->row->flags & MESSAGE_DEVICE)
		match->start = read_device(message, text, match->start);
	return true;
}

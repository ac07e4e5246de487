/* SPDX-License-Identifier: GPL-2.0-only */
/* What logs say: wordings, causes, devices, times, and any bytes at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/log_pieces.h"
#include "tests/unit/unit.h"
#include "views/cause_text.h"

static struct digest read_log(const char *log)
{
	return read_pieces(log, strlen(log), strlen(log));
}

static const char *cause_of(const struct digest *digest)
{
	assert_int_equal(digest->nr_groups, 1);
	return cause_info(digest->groups[0].message.cause)->id;
}

#define FULL(sz, total, used)                                                  \
	"[    1.5] some_drv 0000:3f:1e.7: swiotlb buffer is full (sz: " sz     \
	" bytes), total " total " (slots), used " used " (slots)\n"

/** struct wording - a line, and what it must be taken for */
struct wording {
	const char *line;
	const char *cause;
	const char *device;
	const char *driver;
	uint64_t size;
};

static const struct wording wordings[] = {
	/* Public reports, and what they prove. */
	{ FULL("524288", "32768", "4"), "oversize", "0000:3f:1e.7", "some_drv",
	  524288 },
	{ FULL("536576", "32768", "3487"), "oversize", "0000:3f:1e.7",
	  "some_drv", 536576 },
	{ FULL("2097152", "524288", "515875"), "oversize", "0000:3f:1e.7",
	  "some_drv", 2097152 },
	{ FULL("262144", "524288", "523564"), "exhausted", "0000:3f:1e.7",
	  "some_drv", 262144 },
	{ FULL("4000", "32768", "32768"), "exhausted", "0000:3f:1e.7",
	  "some_drv", 4000 },
	{ FULL("3776", "32768", "31415"), "nearly-full", "0000:3f:1e.7",
	  "some_drv", 3776 },
	{ FULL("4096", "32768", "32"), "no-segment", "0000:3f:1e.7", "some_drv",
	  4096 },
	{ FULL("8", "0", "0"), "empty-pool", "0000:3f:1e.7", "some_drv", 8 },
	{ FULL("4096", "32768", "18446744073709551615"), "full", "0000:3f:1e.7",
	  "some_drv", 4096 },
	{ "usb 1-1: swiotlb buffer is full (sz: 16384 bytes)", "full", "1-1",
	  "usb", 16384 },
	{ "usb 1-1: swiotlb buffer is full (sz: 299008 bytes)", "oversize",
	  "1-1", "usb", 299008 },
	{ "swiotlb buffer is full", "full", "", "", 0 },
	/* Older wordings. */
	{ "DMA: Out of SW-IOMMU space for 66 bytes at device 0000:08:00.0",
	  "unmapped", "0000:08:00.0", "", 66 },
	{ "PCI-DMA: Out of SW-IOMMU space for 65535 bytes at device ?",
	  "unmapped", "?", "", 65535 },
	{ "qxl 0000:00:03.0: DMA: Out of SW-IOMMU space for 299008 bytes",
	  "unmapped", "", "", 299008 },
	{ "swiotlb: coherent allocation failed for device 0000:07:00.0 "
	  "size=2097152",
	  "coherent-failed", "0000:07:00.0", "", 2097152 },
	{ "nouveau 0000:01:00.0: swiotlb: coherent allocation failed, "
	  "size=2097152",
	  "coherent-failed", "0000:01:00.0", "nouveau", 2097152 },
	{ "xhci_hcd 0000:00:14.0: dma_direct_map_sg: overflow "
	  "0x0000000102030000+4096 of device mask ffffffff",
	  "direct-reach", "0000:00:14.0", "xhci_hcd", 4096 },
	{ "nommu_map_sg: overflow 1a2b3c4d5e+4096 of device mask ffffffff",
	  "direct-reach", "", "", 4096 },
	{ "mmc0: overflow 0x0000000102030000+8 of DMA mask ffffffff bus mask "
	  "3fffffff",
	  "direct-reach", "mmc0", "", 8 },
	{ "Placing 64MB software IO TLB between ffff880020000000 - "
	  "ffff880024000000",
	  "pool", "", "", 0 },
	{ "software IO TLB [mem 0xbbfde000-0xbffde000] (64MB) mapped at "
	  "[ffff8800bbfde000-ffff8800bffddfff]",
	  "pool", "", "", 0 },
	{ "Kernel panic - not syncing: Can not allocate SWIOTLB buffer "
	  "earlier and can't now provide you with the DMA bounce buffer",
	  "no-pool", "", "", 0 },
	{ "Kernel panic - not syncing: SVM: Cannot allocate SWIOTLB buffer",
	  "not-allocated", "", "", 0 },
	{ "SME is active and system is using DMA bounce buffers", "encryption",
	  "", "", 0 },
	{ "xen:swiotlb_xen: Warning: only able to allocate 4 MB for software "
	  "IO TLB",
	  "lowered", "", "", 0 },
};

static void test_wordings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wordings) / sizeof(wordings[0]); i++) {
		const struct wording *wanted = &wordings[i];
		struct digest digest = read_log(wanted->line);
		const struct log_group *group = digest.groups;

		assert_string_equal(cause_of(&digest), wanted->cause);
		/* Only the old line of one device ends with its name. */
		if (*wanted->driver)
			assert_string_equal(group->message.driver,
					    wanted->driver);
		if (*wanted->device)
			assert_string_equal(group->message.device,
					    wanted->device);
		if (wanted->size)
			assert_int_equal(group->sizes[0].bytes, wanted->size);
		digest_release(&digest);
	}
}

/* Each wording is found by itself, and no other one takes it. */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < message_count; i++) {
		const char *pattern = message_table[i].pattern;
		struct message_match match;
		struct message message;
		char line[512];
		size_t len = 0;

		while (*pattern) {
			if (*pattern != '{') {
				line[len++] = *pattern++;
				continue;
			}
			line[len++] = '7';
			pattern = strchr(pattern, '}') + 1;
		}
		assert_true(message_find(line, len, &message, &match));
		assert_ptr_equal(message.row, &message_table[i]);
		assert_int_equal(match.end, len);
	}
	for (int i = 0; i < NR_CAUSES; i++) {
		const struct cause_info *info = cause_info(i);
		const struct cause_text *text = cause_text(i);

		assert_true(info->id && text->title && text->proves);
		assert_true(text->open && text->advice);
		if (info->severity != SEVERITY_NOTE)
			assert_true(*text->advice);
	}
}

/** struct format - a line of a program that shows logs, and its time */
struct format {
	const char *line;
	const char *text;
	double boot;
};

#define MESSAGE                                                                \
	"ahci 0000:3f:1e.7: swiotlb buffer is full (sz: 4096 bytes), total "   \
	"32768 (slots), used 32768 (slots)"

static const struct format formats[] = {
	{ MESSAGE, "", -1 },
	{ "[   12.345678] " MESSAGE, "", 12.345678 },
	{ "<4>[   12.345678] " MESSAGE, "", 12.345678 },
	{ "[   12.345678][  T123] " MESSAGE, "", 12.345678 },
	{ "[   12.345678@3] " MESSAGE, "", 12.345678 },
	{ "[   12.345678 <    0.000012>] " MESSAGE, "", 12.345678 },
	{ "kern  :warn  : [   12.345678] " MESSAGE, "", 12.345678 },
	{ "\033[32m[   12.345678] \033[0m\033[33mahci 0000:3f:1e.7: "
	  "\033[0mswiotlb buffer is full (sz: 4096 bytes)",
	  "", 12.345678 },
	{ "[Thu Nov 26 08:48:44 2026] " MESSAGE, "Thu Nov 26 08:48:44 2026",
	  -1 },
	{ "[Nov26 08:48] other\n[  +0.000012] " MESSAGE, "Nov26 08:48", -1 },
	{ "2026-11-26T08:48:44,123456+00:00 " MESSAGE,
	  "2026-11-26T08:48:44,123456+00:00", -1 },
	{ "4,1234,12345678,-;" MESSAGE "\n SUBSYSTEM=pci\n", "", 12.345678 },
	{ "Nov 26 08:48:44 host kernel: " MESSAGE, "Nov 26 08:48:44", -1 },
	{ "Nov  6 08:48:44 host kernel: [   12.345678] " MESSAGE,
	  "Nov 6 08:48:44", 12.345678 },
	{ "2026-11-26T08:48:44.5+01:00 host kernel: " MESSAGE,
	  "2026-11-26T08:48:44.5+01:00", -1 },
	{ "1700000000.123456 host kernel: " MESSAGE, "1700000000.123456", -1 },
	{ "{\"MESSAGE\":\"" MESSAGE "\",\"__REALTIME_TIMESTAMP\":"
	  "\"1700000000123456\",\"_SOURCE_MONOTONIC_TIMESTAMP\":\"12345678\"}",
	  "2023-11-14T22:13:20Z", 12.345678 },
	{ "__REALTIME_TIMESTAMP=1700000000123456\n__MONOTONIC_TIMESTAMP="
	  "12345678\n_TRANSPORT=kernel\nMESSAGE=" MESSAGE "\n\n",
	  "2023-11-14T22:13:20Z", 12.345678 },
	{ "{\n \"dmesg\": [\n {\n \"pri\": 4,\n \"time\":    12.345678,\n "
	  "\"msg\": \"" MESSAGE "\"\n }\n ]\n}\n",
	  "", 12.345678 },
	{ "Thu 2026-11-26 08:48:44.123456 UTC [s=5a;i=1]\n    "
	  "_TRANSPORT=kernel\n    MESSAGE=" MESSAGE "\n",
	  "2026-11-26 08:48:44.123456", -1 },
	{ "> > [   12.345678] " MESSAGE "\r\n", "", 12.345678 },
	{ "| [   12.345678] " MESSAGE " |", "", 12.345678 },
};

static void test_formats(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct digest digest = read_log(formats[i].line);
		const struct log_group *group = digest.groups;

		assert_int_equal(digest.nr_groups, 1);
		assert_string_equal(group->message.device, "0000:3f:1e.7");
		assert_string_equal(group->message.driver, "ahci");
		assert_string_equal(group->first.text, formats[i].text);
		assert_int_equal(group->first.boot_known, formats[i].boot >= 0);
		if (formats[i].boot >= 0)
			assert_int_equal(group->first.boot_ns,
					 formats[i].boot * 1e9 + 0.5);
		digest_release(&digest);
	}
}

/* Mail programs and terminals break lines anywhere. */
static void test_wrapped(void **state)
{
	static const char *const logs[] = {
		"> > [   12.345678] ahci 0000:3f:1e.7: swiotlb\n> > buffer is "
		"full (sz: 4096 bytes), total 32768 (slots), used 12 (slots)",
		"ahci 0000:3f:1e.7: swiotlb buffer is full (sz:\n4096 bytes), "
		"total 32768 (slots), used 12 (slots)\n",
		"ahci 0000:3f:1e.7: swiotlb buffer is full (sz: 4096 b=\n"
		"ytes), total 32768 (slots), used 12 (slots)\n",
		"ahci 0000:3f:1e.7: swiotlb buffer is full (sz: 4096 bytes), "
		"total 327\n68 (slots), used 12 (slots)\n",
		"ahci 0000:3f:1e.7: swiotlb buffer is full (sz: 4096 bytes),"
		"\r\ntotal 32768 (slots), used 12 (slots)\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		struct digest digest = read_log(logs[i]);

		assert_string_equal(cause_of(&digest), "no-segment");
		assert_string_equal(digest.groups[0].message.device,
				    "0000:3f:1e.7");
		assert_int_equal(digest.groups[0].message.value[FIELD_TOTAL],
				 32768);
		assert_int_equal(digest.messages, 1);
		assert_int_equal(digest.mentions, 0);
		digest_release(&digest);
	}
}

static void test_groups(void **state)
{
	static const char log[] = FULL("3776", "32768", "31415") FULL(
		"3776", "32768",
		"31983") "[ 2.0] swiotlb_tbl_map_single: 74 callbacks suppressed\n"
			 "[ 3.0] b 1-1: swiotlb buffer is full (sz: 512 bytes)\n"
			 "[ 3.0] DMA: Out of SW-IOMMU space for 512 bytes at device 1-1\n"
			 "[ 4.0] something about swiotlb that nobody knows\n"
			 "[ 4.0]  swiotlb_tbl_map_single+0x12/0x34\n";
	struct digest digest = read_log(log);
	char note[LOG_NOTE_LEN];

	(void)state;
	assert_int_equal(digest.lines, 7);
	assert_int_equal(digest.messages, 5);
	assert_int_equal(digest.requests, 3);
	assert_int_equal(digest.suppressed, 74);
	assert_int_equal(digest.mentions, 1);
	assert_int_equal(digest.nr_groups, 4);
	assert_int_equal(digest.groups[0].lines, 2);
	assert_int_equal(digest.groups[0].sizes[0].count, 2);
	log_group_note(&digest.groups[0], note);
	assert_non_null(strstr(note, "rose from 31415 to 31983"));
	digest_sort(&digest);
	assert_string_equal(cause_info(digest.groups[3].message.cause)->id,
			    "suppressed");
	digest_release(&digest);
}

static void test_notes(void **state)
{
	char note[LOG_NOTE_LEN];
	struct digest digest;

	(void)state;
	digest = read_log("Kernel command line: quiet swiotlb=512M,force x");
	log_group_note(digest.groups, note);
	assert_non_null(strstr(note, "512 slots (1 MiB)"));
	assert_non_null(strstr(note, "\"M,force\""));
	digest_release(&digest);
	digest = read_log(FULL("4000", "32768", "32768")
				  FULL("4000", "32768", "32768"));
	log_group_note(digest.groups, note);
	assert_non_null(strstr(note, "leak is likely"));
	digest_release(&digest);
	digest = read_log(FULL("2097152", "524288", "515875"));
	log_group_note(digest.groups, note);
	assert_non_null(strstr(note, "nearly full besides"));
	digest_release(&digest);
	digest = read_log(FULL("524288", "32768", "4"));
	log_group_note(digest.groups, note);
	assert_string_equal(note, "");
	digest_release(&digest);
}

/* Nothing of it grows with the log: neither groups nor lines nor sizes. */
static void test_bounds(void **state)
{
	struct digest digest = { 0 };
	struct digest_reader *reader = digest_start(&digest);
	char line[256];

	(void)state;
	for (unsigned int i = 0; i < 2000; i++) {
		const int len = snprintf(
			line, sizeof(line),
			"d dev%u: swiotlb buffer is full (sz: %u bytes)%c",
			i % 500, i, i % 7 ? '\n' : ' ');

		digest_feed(reader, line, len);
	}
	digest_end(reader);
	assert_int_equal(digest.messages, 2000);
	assert_int_equal(digest.nr_groups, DIGEST_GROUPS);
	assert_true(digest.dropped > 0);
	digest_release(&digest);
}

/* A line without an end, with a message at each place of it. */
static void test_long_line(void **state)
{
	char *log = malloc(100000);

	(void)state;
	for (size_t at = 7000; at < 17000; at += 97) {
		struct digest digest;

		memset(log, 'x', 100000);
		log[at - 1] = ' ';
		memcpy(log + at, MESSAGE, strlen(MESSAGE));
		digest = read_pieces(log, 100000, 4096);
		assert_string_equal(cause_of(&digest), "exhausted");
		assert_int_equal(digest.messages, 1);
		assert_int_equal(digest.lines, 1);
		digest_release(&digest);
	}
	free(log);
}

/* The same, however it is cut. */
static void test_pieces(void **state)
{
	static const char log[] = FULL(
		"3776", "32768",
		"31415") "\r\n\0\377\n"
			 "<4>[ 1.0] d e: swiotlb buffer is full (sz: 1\r\n bytes)";

	(void)state;
	for (size_t step = 1; step < sizeof(log); step++) {
		struct digest digest = read_pieces(log, sizeof(log) - 1, step);

		assert_int_equal(digest.messages, 2);
		assert_int_equal(digest.requests, 2);
		digest_release(&digest);
	}
}

static void test_no_message(void **state)
{
	static const char *const logs[] = {
		"",
		"\n",
		"hello\n",
		"swiotlb",
		"swiotlb buffer is fu",
		"swiotlb buffer is empty (sz: 12 bytes)",
		"swiotlb addr zz+1 overflow (mask 1, bus limit 1)",
		"d e: DMA addr 0x1+99999999999999999999999 overflow (mask 1, "
		"bus limit 1)",
		"[ 1.0]  swiotlb_map+0x1/0x2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		struct digest digest = read_pieces(logs[i], strlen(logs[i]), 3);

		assert_int_equal(digest.messages, 0);
		assert_int_equal(digest.nr_groups, 0);
		digest_release(&digest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wordings),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_wrapped),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <string.h>

#include "model/boot.h"

static const struct boot_syntax v518 = { .cpus = 4 };
static const struct boot_syntax v61 = { .areas = true, .cpus = 4 };
static const struct boot_syntax v73 = {
	.areas = true,
	.prefixes = true,
	.cpus = 4,
};

static struct boot_request parse(const char *cmdline,
				 const struct boot_syntax *syntax)
{
	struct boot_request request;

	boot_parse(cmdline, syntax, &request);
	return request;
}

static void assert_sizes(const char *cmdline, const struct boot_syntax *syntax,
			 uint64_t slots, uint32_t areas)
{
	const struct boot_request request = parse(cmdline, syntax);

	if (request.slots != slots || request.areas != areas)
		fail_msg("%s: %ju slots, %u areas", cmdline,
			 (uintmax_t)request.slots, request.areas);
}

static void nothing_asked_is_the_default(void **state)
{
	static const char *const cmdlines[] = {
		"",	   "quiet ro",	      "xswiotlb=512",
		"swiotlb", "noswiotlb=force", "init=/bin/sh -- swiotlb=512",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cmdlines) / sizeof(*cmdlines); i++) {
		const struct boot_request request = parse(cmdlines[i], &v61);

		assert_string_equal(request.asked, "");
		assert_string_equal(request.ignored, "");
		assert_int_equal(request.asked_slots, 0);
		assert_int_equal(request.asked_areas, 0);
		assert_false(request.force || request.noforce);
		assert_sizes(cmdlines[i], &v61, 32768, 4);
		assert_sizes(cmdlines[i], &v518, 32768, 0);
	}
}

/* What guests got of these: 6.1 and 6.12. */
static void sizes_are_rounded(void **state)
{
	(void)state;
	assert_sizes("swiotlb=4096,2,force", &v61, 4096, 2);
	assert_sizes("swiotlb=1024,64", &v61, 8192, 64);
	assert_sizes("swiotlb=4096,3", &v61, 4096, 4);
	assert_sizes("swiotlb=5000", &v61, 8192, 4);
	assert_sizes("swiotlb=5000", &v518, 5120, 0);
	assert_sizes("swiotlb=0x1000,0", &v61, 4096, 1);
	assert_sizes("swiotlb=0", &v61, 512, 4);
	assert_sizes("swiotlb=,8", &v61, 32768, 8);
	/* One after the other, as the kernel does. */
	assert_sizes("swiotlb=1024,64 swiotlb=256", &v61, 256, 64);
	assert_sizes("swiotlb=18446744073709551615,4294967295", &v61,
		     1ull << 40, 1u << 31);
}

struct row {
	const char *cmdline;
	const struct boot_syntax *syntax;
	bool force;
	bool noforce;
	const char *asked;
	const char *ignored;
};

static void words_are_understood_or_ignored(void **state)
{
	static const struct row rows[] = {
		{ "swiotlb=force", &v61, true, false, "force", "" },
		{ "a swiotlb=noforce b", &v61, false, true, "noforce", "" },
		{ "swiotlb=65536,force", &v61, true, false, "65536,force", "" },
		{ "swiotlb=512M,force", &v61, false, false, "512M,force",
		  "M,force" },
		{ "swiotlb=512M", &v73, false, false, "512M", "M" },
		{ "swiotlb=force,65536", &v61, false, false, "force,65536",
		  "force,65536" },
		{ "swiotlb=force,65536", &v73, true, false, "force,65536",
		  "65536" },
		{ "swiotlb=65536,4,force", &v518, false, false, "65536,4,force",
		  "4,force" },
		{ "swiotlb=4096,2,Force", &v61, false, false, "4096,2,Force",
		  "Force" },
		{ "swiotlb=08", &v518, false, false, "08", "8" },
		{ "swiotlb=\"4096,2,force\"", &v61, true, false, "4096,2,force",
		  "" },
		{ "\"swiotlb=512 M\" quiet", &v61, false, false, "512 M",
		  " M" },
		{ "swiotlb=4096,force,track_hiwater", &v61, false, false,
		  "4096,force,track_hiwater", "force,track_hiwater" },
		{ "swiotlb=force swiotlb=4096,2", &v61, true, false, "4096,2",
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		const struct boot_request request =
			parse(row->cmdline, row->syntax);

		if (strcmp(request.asked, row->asked) ||
		    strcmp(request.ignored, row->ignored) ||
		    request.force != row->force ||
		    request.noforce != row->noforce)
			fail_msg("%s: asked %s, ignored %s, force %d, "
				 "noforce %d",
				 row->cmdline, request.asked, request.ignored,
				 request.force, request.noforce);
	}
}

static void the_peak_is_kept_when_asked_for(void **state)
{
	(void)state;
	assert_true(parse("swiotlb=4096,2,force,track_hiwater", &v73)
			    .track_hiwater);
	assert_true(parse("swiotlb=track_hiwater", &v73).track_hiwater);
	assert_false(parse("swiotlb=4096,2,force", &v73).track_hiwater);
	assert_false(parse("swiotlb=track_hiwater", &v61).track_hiwater);
}

static void advice_has_the_meaning(void **state)
{
	static const char *const rows[][2] = {
		{ "swiotlb=512M,force", "swiotlb=262144,force" },
		{ "swiotlb=512M,8,force", "swiotlb=262144,8,force" },
		{ "swiotlb=1GiB", "swiotlb=524288" },
		{ "swiotlb=64mb,FORCE", "swiotlb=32768,force" },
		{ "swiotlb=force,65536", "swiotlb=65536,force" },
		{ "swiotlb=512X", "swiotlb=SLOTS,AREAS,force" },
		{ "swiotlb=on", "swiotlb=SLOTS,AREAS,force" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct boot_request request = parse(rows[i][0], &v61);
		char text[BOOT_TEXT_LEN + 16];

		boot_advice(&request, text, sizeof(text));
		assert_string_equal(text, rows[i][1]);
		/* The advice is understood. */
		if (!strstr(text, "SLOTS"))
			assert_string_equal(parse(text, &v61).ignored, "");
	}
}

static void assert_no_pool(const char *cmdline, const char *reason)
{
	const struct boot_request request = parse(cmdline, &v61);
	char text[256];

	boot_no_pool(&request, text, sizeof(text));
	if (!strstr(text, reason))
		fail_msg("%s: %s", cmdline, text);
}

static void a_missing_pool_has_its_reason(void **state)
{
	(void)state;
	assert_no_pool("swiotlb=noforce", "it was booted with swiotlb=noforce");
	assert_no_pool("swiotlb=512M,force",
		       "of swiotlb=512M,force it ignored \"M,force\" at boot; "
		       "write swiotlb=262144,force");
	assert_no_pool("swiotlb=65536,force", "could not be allocated");
	assert_no_pool("swiotlb=65536", "nothing needs one");
	assert_no_pool("", "nothing needs one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_asked_is_the_default),
		cmocka_unit_test(sizes_are_rounded),
		cmocka_unit_test(words_are_understood_or_ignored),
		cmocka_unit_test(the_peak_is_kept_when_asked_for),
		cmocka_unit_test(advice_has_the_meaning),
		cmocka_unit_test(a_missing_pool_has_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

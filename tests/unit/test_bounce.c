/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/bounce.h"
#include "model_fixture.h"
#include "views/doctor.h"
#include "views/phrases.h"

static void all_reasons_but_the_unknown_have_names(void **state)
{
	char text[64];

	(void)state;
	assert_null(bounce_reason_name(BOUNCE_UNKNOWN));
	assert_null(bounce_reason_name(BOUNCE_REASONS));
	for (unsigned int i = BOUNCE_NEVER; i < BOUNCE_REASONS; i++) {
		const struct bounce bounce = { .known = true, .reason = i };

		assert_non_null(bounce_reason_name(i));
		assert_true(*bounce_text(&bounce, text, sizeof(text)));
		assert_int_equal(bounces_any(&bounce), i != BOUNCE_NEVER);
	}
}

static void the_largest_mapping_is_the_kernels(void **state)
{
	struct bounce bounce = { .known = true, .reason = BOUNCE_FORCED };

	(void)state;
	assert_int_equal(bounce_max_mapping(&bounce), 256 << 10);
	bounce.min_align_mask = 511;
	assert_int_equal(bounce_max_mapping(&bounce), 254 << 10);
	bounce.min_align_mask = 4095;
	assert_int_equal(bounce_max_mapping(&bounce), 252 << 10);
	bounce.reason = BOUNCE_UNALIGNED;
	assert_int_equal(bounce_max_mapping(&bounce), 0);
	bounce.reason = BOUNCE_NEVER;
	assert_int_equal(bounce_max_mapping(&bounce), 0);
	bounce = (struct bounce){ .reason = BOUNCE_FORCED };
	assert_int_equal(bounce_max_mapping(&bounce), 0);
}

static void the_lower_limit_is_the_reach(void **state)
{
	struct bounce bounce = { .known = true };
	char text[64];

	(void)state;
	assert_string_equal(bounce_reach_text(&bounce, text, sizeof(text)),
			    "64 bits");
	bounce.dma_mask = UINT32_MAX;
	bounce.bus_limit = (1ull << 36) - 1;
	assert_int_equal(bounce_reach(&bounce), UINT32_MAX);
	assert_string_equal(bounce_reach_text(&bounce, text, sizeof(text)),
			    "32 bits");
	bounce.bus_limit = 0x3bffffff;
	assert_int_equal(bounce_reach(&bounce), 0x3bffffff);
	assert_string_equal(bounce_reach_text(&bounce, text, sizeof(text)),
			    "0x3bffffff");
}

static void the_doctor_tells_who_bounces(void **state)
{
	struct snapshot snap;
	struct page page;
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	(void)state;
	assert_non_null(file);
	fixture_quiet(&snap);
	snap.bounce_devices[1].bounce.unreached_slots = 4096;
	page_init(&page, file, -1);
	doctor_view(&snap, NULL, 0, &page.pane);
	assert_int_equal(page_write(&page), 0);
	fclose(file);
	assert_non_null(strstr(text, "2 devices can bounce, 1 never does; "
				     "memory ends at 2 GiB"));
	assert_non_null(strstr(text, "virtio-pci  all: swiotlb=force"));
	assert_non_null(strstr(text, "64 bits 256 KiB"));
	assert_non_null(strstr(text, "32 bits 252 KiB"));
	assert_non_null(strstr(text, "cannot reach any slot of pool default"));
	free(text);
	snapshot_release(&snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_reasons_but_the_unknown_have_names),
		cmocka_unit_test(the_largest_mapping_is_the_kernels),
		cmocka_unit_test(the_lower_limit_is_the_reach),
		cmocka_unit_test(the_doctor_tells_who_bounces),
	};

	return cmocka_run_group_tests_name("bounce", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "model/audit.h"
#include "model/findings.h"
#include "model/level.h"
#include "model_fixture.h"
#include "views/finding_text.h"
#include "views/phrases.h"

#define ADDRESS 0x1000400ull

/* A segment of free slots. */
static void make_free(struct audit_slot *slots)
{
	for (unsigned int i = 0; i < SEGMENT_SLOTS; i++)
		slots[i] = (struct audit_slot){
			.orig_addr = AUDIT_NO_ADDRESS,
			.list = SEGMENT_SLOTS - i,
		};
}

/*
 * As the kernel maps: the first @padding slots have no address, and the size in
 * the first slot is without the offset in a slot.
 */
static void make_mapping(struct audit_slot *slots, unsigned int first,
			 uint64_t bytes, unsigned int offset,
			 unsigned int padding)
{
	uint64_t size = bytes + padding * SLOT_BYTES;
	unsigned int count = (size + offset + SLOT_BYTES - 1) / SLOT_BYTES;

	for (unsigned int i = 0; i < count; i++)
		slots[first + i] = (struct audit_slot){
			.orig_addr = i < padding ? AUDIT_NO_ADDRESS
						 : ADDRESS + (i - padding) *
								     SLOT_BYTES,
			.alloc_size = size - i * SLOT_BYTES,
		};
	slots[first + padding].pad_slots = padding;
	for (unsigned int i = first, run = 0; i-- && slots[i].list;)
		slots[i].list = ++run;
}

static unsigned int count_of(const struct audit_faults *faults,
			     enum audit_rule rule)
{
	return __builtin_popcountll(faults->slots[rule][0]) +
	       __builtin_popcountll(faults->slots[rule][1]);
}

/* One invariant is broken, in @count slots of which @first is the first. */
static void assert_broken(const struct audit_slot *slots, enum audit_rule rule,
			  unsigned int first, unsigned int count)
{
	struct audit_faults faults;

	audit_segment(slots, SEGMENT_SLOTS, false, &faults);
	for (unsigned int i = 0; i < AUDIT_RULES; i++)
		assert_int_equal(count_of(&faults, i), i == rule ? count : 0);
	assert_true(faults.slots[rule][first / 64] >> first % 64 & 1);
	if (first % 64)
		assert_false(faults.slots[rule][first / 64] &
			     ((1ull << first % 64) - 1));
}

static void assert_sound(const struct audit_slot *slots, unsigned int count,
			 bool coherent)
{
	struct audit_faults faults;

	audit_segment(slots, count, coherent, &faults);
	assert_false(audit_any(&faults));
}

static void what_the_kernel_does_is_sound(void **state)
{
	struct audit_slot slots[SEGMENT_SLOTS];

	(void)state;
	make_free(slots);
	assert_sound(slots, SEGMENT_SLOTS, false);
	/* One slot; two; just beyond two because of its offset; padded. */
	make_mapping(slots, 4, 1, 0, 0);
	make_mapping(slots, 5, 4096, 0, 0);
	make_mapping(slots, 7, 4096, 1, 0);
	make_mapping(slots, 10, 2, 2047, 0);
	make_mapping(slots, 12, 6000, 1024, 3);
	make_mapping(slots, 126, 4096, 0, 0);
	assert_sound(slots, SEGMENT_SLOTS, false);
	make_free(slots);
	make_mapping(slots, 0, 256 << 10, 0, 0);
	assert_sound(slots, SEGMENT_SLOTS, false);
}

static void the_last_segment_need_not_be_whole(void **state)
{
	struct audit_slot slots[SEGMENT_SLOTS];

	(void)state;
	/* Before 6.6 it counts as if it were. */
	make_free(slots);
	assert_sound(slots, 100, false);
	make_mapping(slots, 90, 10 * SLOT_BYTES, 0, 0);
	assert_sound(slots, 100, false);
}

static void slots_may_be_set_aside(void **state)
{
	struct audit_slot slots[SEGMENT_SLOTS];

	(void)state;
	/* Of a block, and of a pool that the kernel could not decrypt. */
	for (unsigned int size = 0; size <= SLOT_BYTES; size += SLOT_BYTES) {
		for (unsigned int i = 0; i < SEGMENT_SLOTS; i++)
			slots[i] = (struct audit_slot){
				.orig_addr = AUDIT_NO_ADDRESS,
				.alloc_size = size,
			};
		assert_sound(slots, SEGMENT_SLOTS, false);
	}
	/* One that is not belongs to nobody. */
	slots[3].alloc_size = 100;
	assert_broken(slots, AUDIT_OWNERS, 0, SEGMENT_SLOTS);
}

static void coherent_memory_has_no_address(void **state)
{
	struct audit_slot slots[SEGMENT_SLOTS];

	(void)state;
	make_free(slots);
	make_mapping(slots, 8, 8192, 0, 0);
	for (unsigned int i = 8; i < 12; i++)
		slots[i].orig_addr = AUDIT_NO_ADDRESS;
	assert_sound(slots, SEGMENT_SLOTS, true);
	assert_broken(slots, AUDIT_OWNERS, 8, 4);
}

static void runs_contradict(void **state)
{
	struct audit_slot slots[SEGMENT_SLOTS];

	(void)state;
	make_free(slots);
	slots[64].list--;
	assert_broken(slots, AUDIT_RUNS, 64, 2);
	make_free(slots);
	for (unsigned int i = 0; i < SEGMENT_SLOTS; i++)
		slots[i].list++;
	assert_broken(slots, AUDIT_RUNS, 127, 1);
}

static void sizes_are_out_of_range(void **state)
{
	struct audit_slot slots[SEGMENT_SLOTS];

	(void)state;
	make_free(slots);
	make_mapping(slots, 8, 100, 0, 0);
	slots[8].alloc_size = (256 << 10) + 1;
	assert_broken(slots, AUDIT_SIZES, 8, 1);
	slots[8].alloc_size = 0;
	assert_broken(slots, AUDIT_SIZES, 8, 1);
	slots[8].alloc_size = -(uint64_t)SLOT_BYTES;
	assert_broken(slots, AUDIT_SIZES, 8, 1);
	/* Beyond the segment's end. */
	make_free(slots);
	make_mapping(slots, 127, 100, 0, 0);
	slots[127].alloc_size = 4096;
	assert_broken(slots, AUDIT_SIZES, 127, 1);
}

static void mappings_overlap(void **state)
{
	struct audit_slot slots[SEGMENT_SLOTS];

	(void)state;
	make_free(slots);
	make_mapping(slots, 8, 8192, 0, 0);
	slots[10].alloc_size = 2000;
	slots[11].alloc_size = 1000;
	assert_broken(slots, AUDIT_OVERLAPS, 10, 1);
	/* A slot of it that is listed free: it could be mapped again. */
	make_free(slots);
	make_mapping(slots, 8, 4096, 0, 0);
	slots[9] = slots[10];
	slots[9].list++;
	assert_broken(slots, AUDIT_OVERLAPS, 9, 1);
}

static void padding_is_out_of_range(void **state)
{
	struct audit_slot slots[SEGMENT_SLOTS];

	(void)state;
	make_free(slots);
	make_mapping(slots, 1, 8192, 0, 0);
	slots[1].pad_slots = 2;
	assert_broken(slots, AUDIT_PADDING, 1, 1);
	/* What is before it has an address. */
	slots[1].pad_slots = 0;
	slots[3].pad_slots = 1;
	assert_broken(slots, AUDIT_PADDING, 3, 1);
	/* A slot of its mapping before it has padding as well. */
	make_free(slots);
	make_mapping(slots, 8, 8192, 0, 2);
	slots[11].pad_slots = 1;
	assert_broken(slots, AUDIT_PADDING, 11, 1);
	make_free(slots);
	slots[20].pad_slots = 1;
	assert_broken(slots, AUDIT_PADDING, 20, 1);
}

static void owners_are_wrong(void **state)
{
	struct audit_slot slots[SEGMENT_SLOTS];

	(void)state;
	make_free(slots);
	make_mapping(slots, 8, 8192, 0, 0);
	slots[9].orig_addr = AUDIT_NO_ADDRESS;
	assert_broken(slots, AUDIT_OWNERS, 9, 1);
	slots[9].orig_addr = ADDRESS;
	assert_broken(slots, AUDIT_OWNERS, 9, 2);
	/* A free slot has neither address nor size. */
	make_free(slots);
	slots[70].orig_addr = ADDRESS;
	assert_broken(slots, AUDIT_OWNERS, 70, 1);
	slots[70] = (struct audit_slot){ .orig_addr = AUDIT_NO_ADDRESS,
					 .alloc_size = 1,
					 .list = 58 };
	assert_broken(slots, AUDIT_OWNERS, 70, 1);
}

static void an_error_that_changes_is_none(void **state)
{
	struct audit_slot before[SEGMENT_SLOTS], now[SEGMENT_SLOTS];
	struct audit_faults faults, again;

	(void)state;
	make_free(before);
	before[70].orig_addr = ADDRESS;
	before[80].orig_addr = ADDRESS;
	before[90].orig_addr = ADDRESS;
	memcpy(now, before, sizeof(now));
	now[80].orig_addr = AUDIT_NO_ADDRESS;
	now[90].orig_addr = 2 * ADDRESS;
	audit_segment(before, SEGMENT_SLOTS, false, &faults);
	audit_segment(now, SEGMENT_SLOTS, false, &again);
	assert_int_equal(count_of(&faults, AUDIT_OWNERS), 3);
	audit_keep(&faults, before, &again, now, SEGMENT_SLOTS);
	assert_int_equal(count_of(&faults, AUDIT_OWNERS), 1);
	assert_int_equal(faults.slots[AUDIT_OWNERS][1], 1ull << 6);
	/* The slot before it decides as well. */
	make_free(before);
	before[70].list = 1;
	memcpy(now, before, sizeof(now));
	now[69].list = 7;
	audit_segment(before, SEGMENT_SLOTS, false, &faults);
	audit_segment(now, SEGMENT_SLOTS, false, &again);
	audit_keep(&faults, before, &again, now, SEGMENT_SLOTS);
	assert_int_equal(count_of(&faults, AUDIT_RUNS), 1);
}

/*
 * Rows from other figures
 */

static uint64_t errors_of(const struct snapshot *snap, enum audit_rule rule)
{
	return audit_of(snap, rule)->errors;
}

static void begin(struct snapshot *snap)
{
	snap->levels |= LEVEL_AUDIT;
	assert_int_equal(audit_begin(snap), 0);
	audit_figures(snap);
}

static void a_sound_pool_has_no_errors(void **state)
{
	struct snapshot snap;
	uint64_t errors = 1;

	(void)state;
	fixture_busy(&snap);
	assert_false(audit_errors(&snap, &errors));
	begin(&snap);
	for (unsigned int i = 0; i < AUDIT_RULES; i++)
		if (i != AUDIT_BLOCKS && i != AUDIT_CHILDREN &&
		    i != AUDIT_COUNTERS && i != AUDIT_RUNS)
			assert_int_equal(errors_of(&snap, i), 0);
	snapshot_release(&snap);

	fixture_quiet(&snap);
	begin(&snap);
	assert_true(audit_errors(&snap, &errors));
	assert_int_equal(errors, 0);
	snapshot_release(&snap);
}

static void figures_make_rows(void **state)
{
	struct snapshot snap;
	struct area *area;

	(void)state;
	fixture_quiet(&snap);
	area = &snap.pools[0].areas[1];
	area->list_errors = 2;
	area->drift = -3;
	area->blocks.run_errors = 4;
	area->blocks.held_free = 5;
	begin(&snap);
	assert_int_equal(errors_of(&snap, AUDIT_RUNS), 2);
	assert_int_equal(errors_of(&snap, AUDIT_COUNTERS), 1);
	assert_int_equal(errors_of(&snap, AUDIT_BLOCKS), 4);
	assert_int_equal(errors_of(&snap, AUDIT_CHILDREN), 5);
	assert_int_equal(audit_of(&snap, AUDIT_RUNS)->area, 1);
	assert_int_equal(audit_of(&snap, AUDIT_RUNS)->slot, -1);
	snapshot_release(&snap);
}

static void what_is_not_known_is_no_zero(void **state)
{
	struct snapshot snap;
	uint64_t errors;

	(void)state;
	fixture_quiet(&snap);
	snap.pools[0].areas[0].drift_known = false;
	begin(&snap);
	assert_false(audit_of(&snap, AUDIT_COUNTERS)->known);
	assert_false(audit_errors(&snap, &errors));
	/* One error is one, whatever else there may be. */
	audit_add(&snap.audit[AUDIT_OWNERS], 1, &snap.pools[0], 0, 7);
	assert_true(audit_errors(&snap, &errors));
	assert_int_equal(errors, 1);
	snapshot_release(&snap);

	fixture_quiet(&snap);
	snap.pools[0].areas[0].long_run = 256;
	begin(&snap);
	assert_false(audit_of(&snap, AUDIT_SIZES)->known);
	assert_non_null(strstr(audit_of(&snap, AUDIT_SIZES)->reason, "128"));
	snapshot_release(&snap);
}

static void pools_are_divided_evenly(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	snap.pools[0].slots += 2;
	begin(&snap);
	assert_int_equal(errors_of(&snap, AUDIT_BOUNDS), 1);
	assert_int_equal(audit_of(&snap, AUDIT_BOUNDS)->area, -1);
	snapshot_release(&snap);
}

/* The default pool, and two device pools in it, of two blocks each. */
static void make_children(struct snapshot *snap)
{
	struct pool *pools = calloc(3, sizeof(*pools));

	assert_non_null(pools);
	memset(snap, 0, sizeof(*snap));
	pools[0] = (struct pool){ .parent_id = -1,
				  .start = BLOCK_BYTES,
				  .end = 9 * BLOCK_BYTES,
				  .slots = 8 * BLOCK_SLOTS };
	for (int i = 1; i < 3; i++)
		pools[i] = (struct pool){
			.id = i,
			.kind = POOL_DEVICE,
			.start = (uint64_t)(2 * i) * BLOCK_BYTES,
			.end = (uint64_t)(2 * i + 2) * BLOCK_BYTES,
			.slots = 2 * BLOCK_SLOTS,
		};
	for (int i = 0; i < 3; i++) {
		pools[i].blocks_known = true;
		pools[i].areas = calloc(1, sizeof(*pools[i].areas));
		assert_non_null(pools[i].areas);
		pools[i].nr_areas = 1;
		pools[i].areas[0].slots = pools[i].slots;
		pools[i].areas[0].drift_known = true;
	}
	snap->pools = pools;
	snap->nr_pools = 3;
}

static void children_keep_apart(void **state)
{
	struct snapshot snap;

	(void)state;
	make_children(&snap);
	begin(&snap);
	assert_int_equal(errors_of(&snap, AUDIT_CHILDREN), 0);
	snapshot_release(&snap);

	make_children(&snap);
	snap.pools[2].start -= BLOCK_BYTES;
	snap.pools[2].end -= BLOCK_BYTES;
	begin(&snap);
	assert_int_equal(errors_of(&snap, AUDIT_CHILDREN), 1);
	assert_int_equal(audit_of(&snap, AUDIT_CHILDREN)->pool_id, 1);
	snapshot_release(&snap);

	/* One was given back. */
	make_children(&snap);
	snap.pools[2].start -= BLOCK_BYTES;
	snap.pools[2].end -= BLOCK_BYTES;
	snap.pools[1].stale = true;
	begin(&snap);
	assert_int_equal(errors_of(&snap, AUDIT_CHILDREN), 0);
	snapshot_release(&snap);

	/* Beyond its parent, and not of whole blocks. */
	for (uint64_t by = 1024; by <= 4 * BLOCK_BYTES; by *= 8192) {
		make_children(&snap);
		snap.pools[2].start += by;
		snap.pools[2].end += by;
		begin(&snap);
		assert_int_equal(errors_of(&snap, AUDIT_CHILDREN), 1);
		snapshot_release(&snap);
	}
}

static void an_error_is_a_finding(void **state)
{
	char text[FINDING_TEXT_LEN];
	struct findings findings;
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	begin(&snap);
	audit_add(&snap.audit[AUDIT_OWNERS], 2, &snap.pools[0], 1, 700);
	audit_add(&snap.audit[AUDIT_SIZES], 1, &snap.pools[0], 0, 7);
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.list[0].rule->id, "audit-error");
	assert_int_equal(findings.list[0].severity, SEVERITY_ERROR);
	finding_text(&findings.list[0], &snap, text);
	assert_non_null(strstr(text, "3 times"));
	assert_non_null(
		strstr(text, "owners 2 (pool default, area 1, slot 700)"));
	assert_non_null(strstr(text, "sizes 1 (pool default, area 0, slot 7)"));
	finding_advice(&findings.list[0], &snap, text);
	assert_non_null(strstr(text, audit_table[AUDIT_SIZES].broken));
	findings_release(&findings);
	snapshot_release(&snap);
}

static void each_row_is_described(void **state)
{
	(void)state;
	assert_null(audit_name(AUDIT_RULES));
	for (unsigned int i = 0; i < AUDIT_RULES; i++) {
		assert_non_null(audit_name(i));
		assert_true(*audit_table[i].holds);
		assert_true(*audit_table[i].broken);
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(audit_name(i), audit_name(j));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_does_is_sound),
		cmocka_unit_test(the_last_segment_need_not_be_whole),
		cmocka_unit_test(slots_may_be_set_aside),
		cmocka_unit_test(coherent_memory_has_no_address),
		cmocka_unit_test(runs_contradict),
		cmocka_unit_test(sizes_are_out_of_range),
		cmocka_unit_test(mappings_overlap),
		cmocka_unit_test(padding_is_out_of_range),
		cmocka_unit_test(owners_are_wrong),
		cmocka_unit_test(an_error_that_changes_is_none),
		cmocka_unit_test(a_sound_pool_has_no_errors),
		cmocka_unit_test(figures_make_rows),
		cmocka_unit_test(what_is_not_known_is_no_zero),
		cmocka_unit_test(pools_are_divided_evenly),
		cmocka_unit_test(children_keep_apart),
		cmocka_unit_test(an_error_is_a_finding),
		cmocka_unit_test(each_row_is_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/delta.h"
#include "model/findings.h"
#include "model/metrics.h"
#include "model/places.h"
#include "model/stacks.h"
#include "model_fixture.h"

static void levels_are_read(void **state)
{
	unsigned int levels = 77;
	const char *bad;
	char text[64];
	int len;

	(void)state;
	assert_int_equal(levels_parse("locks,blocks", &levels, &bad, &len), 0);
	assert_int_equal(levels, LEVEL_LOCKS | LEVEL_BLOCKS);
	assert_int_equal(levels_parse("state", &levels, &bad, &len), 0);
	assert_int_equal(levels, 0);
	assert_int_equal(levels_parse("locks,blcks", &levels, &bad, &len),
			 -EINVAL);
	assert_int_equal(len, 5);
	assert_memory_equal(bad, "blcks", 5);
	assert_int_equal(levels_parse("", &levels, &bad, &len), -EINVAL);
	assert_int_equal(levels_parse("locks,", &levels, &bad, &len), -EINVAL);
	assert_int_equal(levels_parse("lock", &levels, &bad, &len), -EINVAL);
	assert_int_equal(levels, 0);
	/* Who waits rests on the waits. */
	assert_int_equal(levels_parse("callers", &levels, &bad, &len), 0);
	assert_int_equal(levels, LEVEL_CALLERS | LEVEL_LOCKS);
	levels_format(LEVEL_LOCKS | LEVEL_BLOCKS, text, sizeof(text));
	assert_string_equal(text, "locks,blocks");
	assert_string_equal(levels_format(0, text, sizeof(text)), "state");
}

static void quantiles_are_safe_at_the_edges(void **state)
{
	struct histogram h = { 0 };

	(void)state;
	assert_int_equal(histogram_quantile(&h, 990, 0), 0);
	h.count[0] = 1; /* one value of 0 or 1 */
	assert_int_equal(histogram_quantile(&h, 500, 1), 1);
	assert_int_equal(histogram_quantile(&h, 1000, 0), 0);
	h.count[0] = 99;
	h.count[10] = 1; /* 1024 to 2047 */
	assert_int_equal(histogram_quantile(&h, 990, 1500), 1);
	assert_int_equal(histogram_quantile(&h, 991, 1500), 1500);
	assert_int_equal(histogram_quantile(&h, 1000, 4000), 2047);
	memset(&h, 0, sizeof(h));
	h.count[HISTOGRAM_BUCKETS - 1] = UINT64_MAX / 2;
	assert_true(histogram_quantile(&h, 1, UINT64_MAX) == UINT64_MAX);
	assert_int_equal(histogram_quantile(&h, 990, 1ull << 40), 1ull << 40);
}

static void histograms_add_up(void **state)
{
	struct histogram a = { .count = { 5, 0, 3 } };
	struct histogram b = { .count = { 2, 0, 4 } };

	(void)state;
	histogram_add(&a, &b);
	assert_int_equal(histogram_total(&a), 14);
	histogram_subtract(&a, &b);
	assert_int_equal(a.count[0], 5);
	histogram_subtract(&a, &b);
	histogram_subtract(&a, &b);
	assert_int_equal(a.count[0], 1);
	assert_int_equal(a.count[2], 0); /* never below 0 */
}

static void finish_sums_and_counts_leaks(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_busy(&snap);
	assert_int_equal(snap.pools[0].used, 2048);
	assert_int_equal(snap.pools[0].slots, 4096);
	assert_int_equal(snap.blocks.live, 2);
	assert_int_equal(snap.blocks.leaked, 2);
	snapshot_finish(&snap); /* again: nothing is counted twice */
	assert_int_equal(snap.blocks.leaked, 2);
	snap.window.ended = false;
	snapshot_finish(&snap);
	assert_int_equal(snap.blocks.leaked, 1);
	snap.pools[0].areas[1].used = (uint64_t)-1;
	snapshot_finish(&snap);
	assert_false(counter_known(snap.pools[0].used));
	snapshot_release(&snap);
	assert_int_equal(snap.nr_pools, 0);
	snapshot_release(&snap); /* twice is fine */
}

static void peaks_start_anew(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_busy(&snap);
	assert_int_equal(snap.pools[0].areas[0].used_peak, 1124);
	snap.pools[0].areas[1].used = UINT64_MAX; /* below 0 */
	snap.pools[0].used = UINT64_MAX;
	snapshot_reset_peaks(&snap);
	assert_int_equal(snap.pools[0].areas[0].used_peak, 1024);
	assert_int_equal(snap.pools[0].areas[1].used_peak, 0);
	assert_int_equal(snap.pools[0].used_peak, 0);
	snapshot_release(&snap);
}

static void a_copy_shares_nothing(void **state)
{
	struct snapshot snap, copy = { 0 };

	(void)state;
	fixture_mappings(&snap);
	assert_int_equal(snapshot_copy(&copy, &snap), 0);
	snapshot_release(&snap);
	assert_string_equal(copy.window.command[1], "read.job");
	assert_int_equal(copy.pools[0].areas[0].cpu_waits[2].waits.max_ns,
			 40000);
	assert_string_equal(copy.devices[1].name, "swiotlb_stress.0");
	snapshot_release(&copy);
}

static void attribution_is_copied(void **state)
{
	struct snapshot snap, copy = { 0 };

	(void)state;
	fixture_attributed(&snap);
	assert_int_equal(snapshot_copy(&copy, &snap), 0);
	snapshot_release(&snap);
	assert_int_equal(snap.nr_callers, 0);
	assert_int_equal(copy.nr_callers, 3);
	assert_string_equal(copy.callers[0].device, "0000:00:03.0");
	assert_int_equal(copy.pools[0].areas[0].cpu_holds[1].holds.max_ns,
			 2500);
	assert_null(copy.pools[0].areas[1].cpu_holds);
	snapshot_release(&copy);
}

static void a_delta_counts_no_earlier_wrong_unmaps(void **state)
{
	struct snapshot from, to, delta = { 0 };

	(void)state;
	fixture_wrong_unmaps(&from);
	fixture_wrong_unmaps(&to);
	to.wrong_unmaps[0].count += 2;
	to.mappings.wrong[UNMAP_TWICE] += 2;
	to.devices[1].totals.wrong[UNMAP_TWICE] += 2;
	assert_int_equal(snapshot_delta(&from, &to, &delta), 0);
	snapshot_release(&from);
	snapshot_release(&to);
	assert_int_equal(delta.wrong_unmaps[0].fault, UNMAP_TWICE);
	assert_int_equal(delta.wrong_unmaps[0].count, 2);
	for (size_t i = 1; i < delta.nr_wrong_unmaps; i++)
		assert_int_equal(delta.wrong_unmaps[i].count, 0);
	assert_int_equal(delta.mappings.wrong[UNMAP_TWICE], 2);
	assert_int_equal(delta.mappings.wrong[UNMAP_WRONG_SIZE], 0);
	assert_int_equal(delta.devices[1].totals.wrong[UNMAP_TWICE], 2);
	snapshot_release(&delta);
}

static void devices_wait_as_their_callers(void **state)
{
	struct snapshot snap;
	struct subject subject = { .snap = &snap };
	int64_t value;

	(void)state;
	fixture_attributed(&snap);
	snapshot_finish(&snap); /* again: nothing is counted twice */
	assert_int_equal(snap.devices[0].waits.total_ns, 40000);
	assert_int_equal(snap.devices[1].waits.contended, 2);
	assert_int_equal(snap.devices[1].waits.max_ns, 1000);
	subject.device = &snap.devices[1];
	assert_true(field_value(metric_find("device.lock.wait.total"), &subject,
				&value));
	assert_int_equal(value, 1100);
	snap.levels &= ~LEVEL_CALLERS;
	assert_false(field_value(metric_find("device.lock.wait.total"),
				 &subject, &value));
	snapshot_release(&snap);
}

static void a_home_is_the_cpu_modulo_areas(void **state)
{
	struct snapshot snap;
	struct waits waits;
	struct holds holds;
	const struct pool *pool;

	(void)state;
	fixture_attributed(&snap);
	pool = &snap.pools[0];
	assert_true(area_is_home(pool, &pool->areas[0], 0));
	assert_true(area_is_home(pool, &pool->areas[0], 2));
	assert_false(area_is_home(pool, &pool->areas[0], 3));
	assert_true(area_is_home(pool, &pool->areas[1], 3));
	assert_true(area_foreign_waits(pool, &pool->areas[0], &waits));
	assert_int_equal(waits.contended, 1);
	assert_int_equal(waits.total_ns, 1000);
	assert_true(area_foreign_holds(pool, &pool->areas[0], &holds));
	assert_int_equal(holds.acquisitions, 2);
	assert_int_equal(holds.max_ns, 2500);
	assert_int_equal(holds.waiters, 1);
	assert_false(area_foreign_holds(pool, &pool->areas[1], &holds));
	snapshot_release(&snap);
}

static void set_stack(struct stack *stack, const uint64_t *addr,
		      unsigned int depth)
{
	memcpy(stack->addr, addr, depth * sizeof(*addr));
	stack->depth = depth;
}

static void assert_frame(const struct snapshot *snap, const struct stack *stack,
			 unsigned int frame, const char *name)
{
	assert_string_equal(place_name(snap, stack->addr[frame]), name);
}

/* As a stack is while a function has programs at its exit. */
static void trampolines_are_taken_out(void **state)
{
	static const char list[] =
		"ffffffff81000100 T lock\n"
		"ffffffff81000200 T unmap\n"
		"ffffffff81000900 T thread\n"
		"ffffffffa0000000 t other\t[module]\n"
		"ffffffffa0002000 t bpf_trampoline_1\t[bpf]\n";
	static const uint64_t traced[] = {
		0xffffffff81000122, 0xffffffffa0001234, 0xffffffff81000105,
		0xffffffff810002a4, 0xffffffff81000927,
	};
	/* unmap has ended in a jump to lock. */
	static const uint64_t jumped[] = {
		0xffffffff81000122,
		0xffffffffa0002034,
		0xffffffff81000209,
		0xffffffff81000927,
	};
	/* unmap has ended in a jump to lock, and began in one. */
	static const uint64_t jumped_in[] = {
		0xffffffff81000122,
		0xffffffffa0002034,
		0xffffffff81000927,
	};
	char path[] = "/tmp/swiotlb-unit-XXXXXX";
	int fd = mkstemp(path);
	struct symbols *symbols;
	struct snapshot snap;

	(void)state;
	assert_int_equal(write(fd, list, sizeof(list) - 1), sizeof(list) - 1);
	close(fd);
	assert_int_equal(symbols_open(&symbols, path), 0);
	unlink(path);
	fixture_attributed(&snap);
	set_stack(&snap.callers[1].stack, traced, 5);
	snap.callers[2] = snap.callers[1];
	snap.callers[2].stack.addr[1] = traced[3];
	snap.callers[2].stack.addr[2] = traced[4];
	snap.callers[2].stack.depth = 3;
	set_stack(&snap.callers[0].stack, jumped, 4);
	set_stack(&snap.owners[0].stack, jumped_in, 3);
	assert_int_equal(snapshot_name_stacks(&snap, symbols), 0);
	assert_int_equal(snap.nr_callers, 2);
	assert_int_equal(snap.callers[1].waits.contended, 2);
	assert_int_equal(snap.callers[1].stack.depth, 3);
	assert_frame(&snap, &snap.callers[1].stack, 1, "unmap+0xa4");
	assert_int_equal(snap.callers[0].stack.depth, 3);
	assert_frame(&snap, &snap.callers[0].stack, 1, "unmap+0x9");
	assert_int_equal(snap.owners[0].stack.depth, 2);
	assert_frame(&snap, &snap.owners[0].stack, 1, "thread+0x27");
	symbols_close(symbols);
	snapshot_release(&snap);
}

static void what_has_no_name_is_one_place(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_attributed(&snap);
	snap.callers[1].op = snap.callers[2].op;
	assert_int_equal(snapshot_name_stacks(&snap, NULL), 0);
	assert_int_equal(snap.nr_places, 0);
	assert_int_equal(snap.nr_callers, 2);
	assert_int_equal(snap.callers[1].waits.contended, 2);
	assert_frame(&snap, &snap.callers[1].stack, 1, "?");
	snapshot_release(&snap);
}

static void a_delta_leaves_out_who_did_not_wait(void **state)
{
	struct snapshot from, to, delta = { 0 };
	struct area *area;

	(void)state;
	fixture_attributed(&from);
	fixture_attributed(&to);
	fixture_wait(&to.callers[2].waits, 700);
	to.callers[1].stack.addr[1]++; /* the same device from elsewhere */
	area = &to.pools[0].areas[0];
	area_cpu_holds(area, 2)->acquisitions += 2;
	area->holds.acquisitions += 2;
	area->holds.hold.count[4] += 2;
	assert_int_equal(snapshot_delta(&from, &to, &delta), 0);
	assert_int_equal(delta.nr_callers, 2);
	assert_int_equal(delta.callers[0].waits.total_ns, 1000);
	assert_int_equal(delta.callers[1].waits.contended, 1);
	assert_int_equal(delta.callers[1].waits.total_ns, 700);
	area = &delta.pools[0].areas[0];
	assert_int_equal(area->holds.acquisitions, 2);
	assert_int_equal(area->holds.max_ns, 31); /* 2500 ns lie before */
	assert_int_equal(area_holds_of(area, 2)->acquisitions, 2);
	assert_int_equal(area_holds_of(area, 1)->acquisitions, 0);
	snapshot_release(&from);
	snapshot_release(&to);
	snapshot_release(&delta);
}

/* What was waited for in a pool that went before the interval is none of it. */
static void a_delta_knows_pools_that_went(void **state)
{
	struct snapshot from, to, delta = { 0 };
	struct area *area;

	(void)state;
	fixture_attributed(&from);
	fixture_attributed(&to);
	area = &from.pools[0].areas[0];
	fixture_wait(&from.gone_waits, 90);
	fixture_wait(&to.gone_waits, 90);
	waits_add(&to.gone_waits, &area->locks);
	holds_add(&to.gone_holds, &area->holds);
	fixture_wait(&to.gone_waits, 700);
	to.pools[0].id = 7; /* another one at its place */
	for (size_t i = 0; i < to.nr_callers; i++)
		to.callers[i].pool_id = -1;
	fixture_wait(&to.callers[1].waits, 700);
	assert_int_equal(snapshot_delta(&from, &to, &delta), 0);
	assert_int_equal(delta.gone_waits.contended, 1);
	assert_int_equal(delta.gone_waits.total_ns, 700);
	assert_int_equal(delta.gone_holds.acquisitions, 0);
	assert_int_equal(delta.nr_callers, 1);
	assert_int_equal(delta.callers[0].waits.total_ns, 700);
	snapshot_release(&from);
	snapshot_release(&to);
	snapshot_release(&delta);
}

static void cpus_are_listed_in_order(void **state)
{
	static const unsigned int cpus[] = { 200, 3, 255, 0, 3, 100 };
	struct area area = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cpus) / sizeof(*cpus); i++) {
		fixture_wait(area_cpu_waits(&area, cpus[i]), 10 + i);
		area_cpu_holds(&area, cpus[i])->acquisitions++;
	}
	assert_int_equal(area.nr_cpu_waits, 5);
	assert_int_equal(area.nr_cpu_holds, 5);
	for (unsigned int i = 1; i < area.nr_cpu_waits; i++)
		assert_true(area.cpu_waits[i - 1].cpu < area.cpu_waits[i].cpu);
	assert_int_equal(area_waits_of(&area, 3)->contended, 2);
	assert_int_equal(area_waits_of(&area, 3)->max_ns, 14);
	assert_int_equal(area_holds_of(&area, 255)->acquisitions, 1);
	assert_null(area_waits_of(&area, 4));
	assert_null(area_holds_of(&area, 256));
	free(area.cpu_waits);
	free(area.cpu_holds);
}

static void a_delta_is_the_interval(void **state)
{
	struct snapshot from, to, delta = { 0 };

	(void)state;
	fixture_busy(&from);
	fixture_busy(&to);
	fixture_wait(&to.pools[0].areas[0].locks, 300);
	to.blocks.allocated += 4;
	to.losses[0].count += 2;
	assert_int_equal(snapshot_delta(&from, &to, &delta), 0);
	assert_int_equal(delta.pools[0].areas[0].locks.contended, 1);
	assert_int_equal(delta.pools[0].areas[0].locks.total_ns, 300);
	/* The longest wait, of 40 us, lies before the interval. */
	assert_int_equal(delta.pools[0].areas[0].locks.max_ns, 511);
	assert_int_equal(area_waits_of(delta.pools[0].areas, 0)->contended, 0);
	assert_int_equal(area_waits_of(delta.pools[0].areas, 0)->max_ns, 0);
	assert_int_equal(delta.pools[0].used, 2048); /* state stays */
	assert_int_equal(delta.blocks.allocated, 4);
	assert_int_equal(delta.blocks.live, 2);
	assert_int_equal(snapshot_loss_total(&delta), 2);
	snapshot_release(&from);
	snapshot_release(&to);
	snapshot_release(&delta);
}

static void a_delta_meets_pools_that_come_and_go(void **state)
{
	struct snapshot from, to, delta = { 0 };

	(void)state;
	fixture_busy(&from);
	fixture_busy(&to);
	/* The device pool went, another came to the same address. */
	to.pools[1].id = 7;
	fixture_wait(&to.pools[1].areas[0].locks, 200);
	/* And counters went backwards. */
	memset(&to.pools[0].areas[0].locks, 0, sizeof(struct waits));
	fixture_wait(&to.pools[0].areas[0].locks, 10);
	to.blocks.allocated = 1;
	assert_int_equal(snapshot_delta(&from, &to, &delta), 0);
	assert_int_equal(delta.nr_pools, 2);
	assert_int_equal(delta.pools[1].areas[0].locks.contended, 1);
	assert_int_equal(delta.pools[0].areas[0].locks.contended, 1);
	assert_int_equal(delta.blocks.allocated, 1);
	snapshot_release(&delta);
	assert_int_equal(snapshot_delta(&to, &from, &delta), 0);
	snapshot_release(&from);
	snapshot_release(&to);
	snapshot_release(&delta);
}

static void metrics_have_unique_names(void **state)
{
	(void)state;
	for_each_metric (m) {
		assert_true(*m->path && *m->help && (m->get || m->size));
		assert_ptr_equal(metric_find(m->metric), m);
	}
	assert_null(metric_find("pool.usde"));
}

static int64_t value_of(const char *name, const struct subject *subject)
{
	int64_t value = -12345;

	assert_true(field_value(metric_find(name), subject, &value));
	return value;
}

static void metrics_read_the_model(void **state)
{
	struct snapshot snap;
	struct subject subject = { .snap = &snap };

	(void)state;
	fixture_busy(&snap);
	assert_int_equal(value_of("block.live", &subject), 2);
	assert_int_equal(value_of("block.leaked", &subject), 2);
	assert_int_equal(value_of("block.orphaned", &subject), 1);
	assert_int_equal(value_of("block.allocated", &subject), 3);
	assert_int_equal(value_of("loss.total", &subject), 1);
	subject.pool = &snap.pools[0];
	assert_int_equal(value_of("pool.used", &subject), 2048);
	assert_int_equal(value_of("pool.used_peak", &subject), 2198);
	subject.area = &snap.pools[0].areas[0];
	assert_int_equal(value_of("area.used", &subject), 1024);
	assert_int_equal(value_of("area.used_drift", &subject), 0);
	assert_int_equal(value_of("lock.contended", &subject), 3);
	assert_int_equal(value_of("lock.wait.total", &subject), 41100);
	assert_int_equal(value_of("lock.wait.max", &subject), 40000);
	assert_int_equal(value_of("lock.wait.p50", &subject), 1023);
	assert_int_equal(value_of("lock.wait.p99", &subject), 40000);
	snapshot_release(&snap);
}

static void holds_are_figures_of_their_level(void **state)
{
	struct snapshot snap;
	struct subject subject = { .snap = &snap };
	int64_t value;

	(void)state;
	fixture_attributed(&snap);
	subject.pool = &snap.pools[0];
	subject.area = &snap.pools[0].areas[0];
	assert_int_equal(value_of("lock.acquisitions", &subject), 5);
	assert_int_equal(value_of("lock.foreign.acquisitions", &subject), 2);
	assert_int_equal(value_of("lock.foreign.contended", &subject), 1);
	assert_int_equal(value_of("lock.hold.total", &subject), 4200);
	assert_int_equal(value_of("lock.hold.max", &subject), 2500);
	assert_int_equal(value_of("lock.hold.p99", &subject), 2500);
	snap.levels &= ~LEVEL_HOLDS;
	assert_false(field_value(metric_find("lock.acquisitions"), &subject,
				 &value));
	assert_string_equal(field_unknown_reason(metric_find("lock.hold.max"),
						 &subject),
			    "not attached: needs --level holds");
	snapshot_release(&snap);
}

static void unknown_is_not_zero(void **state)
{
	struct snapshot snap;
	struct subject subject = { .snap = &snap };
	int64_t value = 42;

	(void)state;
	fixture_quiet(&snap);
	subject.pool = &snap.pools[0];
	subject.area = &snap.pools[0].areas[0];
	assert_false(field_value(metric_find("map.live"), &subject, &value));
	assert_string_equal(field_unknown_reason(metric_find("map.live"),
						 &subject),
			    "not attached: needs --level mappings");
	assert_false(field_value(metric_find("block.live"), &subject, &value));
	assert_false(
		field_value(metric_find("block.leaked"), &subject, &value));
	assert_string_equal(field_unknown_reason(metric_find("block.leaked"),
						 &subject),
			    "the kernel has no swiotlb_device_allocate");
	snap.pools[0].areas[0].used = (uint64_t)-3;
	assert_false(field_value(metric_find("area.used"), &subject, &value));
	snap.pools[0].areas[0].drift_known = false;
	assert_false(
		field_value(metric_find("area.used_drift"), &subject, &value));
	snap.hooks[1].state = HOOK_ABSENT;
	assert_false(
		field_value(metric_find("lock.contended"), &subject, &value));
	snap.levels = 0;
	assert_string_equal(field_unknown_reason(metric_find("lock.contended"),
						 &subject),
			    "not attached: needs --level locks");
	assert_int_equal(value, 42);
	snapshot_release(&snap);
}

/* What rests on the size of a segment is unknown, all else is as it was. */
static void other_segments_are_an_unknown_layout(void **state)
{
	static const char *const unknown[] = { "area.list_errors",
					       "area.largest_free",
					       "pool.largest_free" };
	struct findings findings;
	struct snapshot snap;
	struct subject subject;
	int64_t value;

	(void)state;
	fixture_busy(&snap);
	snap.pools[0].areas[0].long_run = 256;
	snapshot_finish(&snap);
	subject = (struct subject){ .snap = &snap,
				    .pool = &snap.pools[0],
				    .area = &snap.pools[0].areas[0] };
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		assert_false(
			field_value(metric_find(unknown[i]), &subject, &value));
	assert_true(field_value(metric_find("area.busy"), &subject, &value));
	assert_true(field_value(metric_find("pool.used"), &subject, &value));
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	for (size_t i = 0; i < findings.count; i++)
		assert_string_not_equal(findings.list[i].rule->id,
					"list-errors");
	findings_release(&findings);
	snapshot_release(&snap);
}

/* A device may have the name of one that is gone. */
static void leaks_are_those_of_the_right_namesake(void **state)
{
	struct mapping_group *gone;
	struct snapshot snap;

	(void)state;
	fixture_mappings(&snap);
	snprintf(snap.devices[0].name, sizeof(snap.devices[0].name), "%s",
		 snap.devices[1].name);
	snap.devices[0].gone = true;
	gone = &snap.live_groups[1];
	*gone = snap.live_groups[0];
	gone->device_key = snap.devices[0].key;
	gone->leak = LEAK_DEVICE_GONE;
	gone->count = snap.devices[0].totals.live;
	for (unsigned int i = 0; i < 2; i++) {
		snapshot_finish(&snap);
		assert_int_equal(snap.mappings.leaked, 17);
		assert_int_equal(snap.devices[0].totals.leaked, 10);
		assert_int_equal(snap.devices[1].totals.leaked, 7);
	}
	snapshot_release(&snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaks_are_those_of_the_right_namesake),
		cmocka_unit_test(other_segments_are_an_unknown_layout),
		cmocka_unit_test(levels_are_read),
		cmocka_unit_test(quantiles_are_safe_at_the_edges),
		cmocka_unit_test(histograms_add_up),
		cmocka_unit_test(finish_sums_and_counts_leaks),
		cmocka_unit_test(peaks_start_anew),
		cmocka_unit_test(a_copy_shares_nothing),
		cmocka_unit_test(attribution_is_copied),
		cmocka_unit_test(a_delta_counts_no_earlier_wrong_unmaps),
		cmocka_unit_test(devices_wait_as_their_callers),
		cmocka_unit_test(a_home_is_the_cpu_modulo_areas),
		cmocka_unit_test(holds_are_figures_of_their_level),
		cmocka_unit_test(trampolines_are_taken_out),
		cmocka_unit_test(what_has_no_name_is_one_place),
		cmocka_unit_test(a_delta_leaves_out_who_did_not_wait),
		cmocka_unit_test(a_delta_knows_pools_that_went),
		cmocka_unit_test(cpus_are_listed_in_order),
		cmocka_unit_test(a_delta_is_the_interval),
		cmocka_unit_test(a_delta_meets_pools_that_come_and_go),
		cmocka_unit_test(metrics_have_unique_names),
		cmocka_unit_test(metrics_read_the_model),
		cmocka_unit_test(unknown_is_not_zero),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}

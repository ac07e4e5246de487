/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "model/schema.h"

static void mark(unsigned char *covered, enum scope scope, size_t offset,
		 size_t size)
{
	for (size_t i = offset; i < offset + size; i++)
		if (covered[i]++)
			fail_msg("%s: byte %zu has two rows",
				 entity_table[scope].name, i);
}

/* Alignment that a member wants, judged by its place. */
static bool is_padding(size_t from, size_t to)
{
	return to - from < sizeof(uint64_t) &&
	       (to % sizeof(uint64_t) == 0 ||
		(to - from < sizeof(uint32_t) && to % sizeof(uint32_t) == 0));
}

static void check_covered(const unsigned char *covered, enum scope scope)
{
	const size_t size = entity_table[scope].size;

	for (size_t i = 0, end; i < size; i = end) {
		end = i + 1;
		while (end < size && covered[end] == covered[i])
			end++;
		if (!covered[i] && !is_padding(i, end))
			fail_msg("%s: bytes %zu to %zu have no row",
				 entity_table[scope].name, i, end - 1);
	}
}

static void every_byte_has_a_row(void **state)
{
	(void)state;
	for (enum scope scope = 0; scope < SCOPES; scope++) {
		unsigned char covered[8192] = { 0 };

		assert_true(entity_table[scope].size <= sizeof(covered));
		for_each_field (row, scope) {
			assert_int_equal(row->scope, scope);
			mark(covered, scope, row->offset, row->size);
			if (row->type == TYPE_LIST)
				mark(covered, scope, row->count,
				     row->count_size);
		}
		check_covered(covered, scope);
	}
}

static const struct field *row_at(enum scope scope, uint16_t offset)
{
	for_each_field (row, scope)
		if (row->size && row->offset == offset)
			return row;
	return NULL;
}

static bool is_counter(const struct field *row)
{
	return row->kind == KIND_COUNTER && row->type == TYPE_U64 &&
	       row->size == sizeof(uint64_t);
}

static void rows_that_others_name_are_there(void **state)
{
	(void)state;
	for (enum scope scope = 0; scope < SCOPES; scope++) {
		for_each_field (row, scope) {
			if (row->guard)
				assert_true(
					is_counter(row_at(scope, row->guard)));
			if (row->top_of)
				assert_int_equal(
					row_at(scope, row->top_of)->type,
					TYPE_HISTOGRAM);
			if (row->flag)
				assert_int_equal(row_at(scope, row->flag)->type,
						 TYPE_BOOL);
		}
	}
}

/* So that the difference of any two samples can be taken. */
static void what_counts_can_be_subtracted(void **state)
{
	(void)state;
	for (enum scope scope = 0; scope < SCOPES; scope++) {
		for_each_field (row, scope) {
			if (!row->size || row->kind != KIND_COUNTER)
				continue;
			assert_true(is_counter(row) ||
				    row->type == TYPE_HISTOGRAM);
		}
	}
}

static void a_report_has_a_place_once(void **state)
{
	(void)state;
	for (enum scope scope = 0; scope < SCOPES; scope++)
		for_each_field (row, scope)
			for_each_field (other, scope)
				if (row != other && row->path && other->path)
					assert_string_not_equal(row->path,
								other->path);
}

static void metrics_are_complete(void **state)
{
	(void)state;
	for (enum scope scope = 0; scope < SCOPES; scope++) {
		for_each_field (row, scope) {
			if (!row->metric)
				continue;
			assert_true(scope <= SCOPE_DEVICE);
			assert_true(row->path && row->help);
			assert_true(row->get || row->size == 8 ||
				    row->size == 4);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_has_a_row),
		cmocka_unit_test(rows_that_others_name_are_there),
		cmocka_unit_test(what_counts_can_be_subtracted),
		cmocka_unit_test(a_report_has_a_place_once),
		cmocka_unit_test(metrics_are_complete),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}

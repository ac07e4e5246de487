/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <locale.h>

#include "views/canvas.h"

static void canvas_cuts_with_a_mark(void **state)
{
	struct canvas canvas = { 0 };

	(void)state;
	assert_int_equal(canvas_resize(&canvas, 10, 2), 0);
	assert_int_equal(canvas_put(&canvas, 0, 0, 4, STYLE_PLAIN, "abcdef"),
			 4);
	assert_int_equal(canvas.cells[2].character, 'c');
	assert_int_equal(canvas.cells[3].character, 0x2026);
	assert_int_equal(canvas.cells[4].character, ' ');
	assert_int_equal(canvas_put(&canvas, 8, 0, 9, STYLE_PLAIN, "xyz"), 2);
	assert_int_equal(canvas.cells[9].character, 0x2026);
	assert_int_equal(canvas.cells[10].character, ' ');
	canvas_put_right(&canvas, 0, 1, 4, STYLE_PLAIN, "ab");
	assert_int_equal(canvas.cells[12].character, 'a');
	/* Outside is nowhere. */
	assert_int_equal(canvas_put(&canvas, 10, 0, 4, STYLE_PLAIN, "x"), 0);
	canvas_put(&canvas, 0, -1, 4, STYLE_PLAIN, "x");
	canvas_put(&canvas, 0, 2, 4, STYLE_PLAIN, "x");
	canvas_bar(&canvas, 5, 1, 99, STYLE_PLAIN, 1, 2, 3);
	canvas_release(&canvas);
}

static void wide_characters_take_two_columns(void **state)
{
	struct canvas canvas = { 0 };

	(void)state;
	assert_int_equal(canvas_resize(&canvas, 6, 1), 0);
	assert_int_equal(canvas_columns("a\xe6\xbc\xa2"
					"b"),
			 4);
	assert_int_equal(canvas_put(&canvas, 0, 0, 6, STYLE_PLAIN,
				    "a\xe6\xbc\xa2"
				    "b"),
			 4);
	assert_int_equal(canvas.cells[1].character, 0x6f22);
	assert_int_equal(canvas.cells[2].character, CELL_CONTINUED);
	assert_int_equal(canvas.cells[3].character, 'b');
	/* What is left of one that is written over is a space. */
	canvas_put(&canvas, 2, 0, 1, STYLE_PLAIN, "x");
	assert_int_equal(canvas.cells[1].character, ' ');
	/* Half of one is not shown. */
	canvas_put(&canvas, 0, 0, 2, STYLE_PLAIN, "a\xe6\xbc\xa2");
	assert_int_equal(canvas.cells[1].character, 0x2026);
	assert_int_equal(canvas.cells[2].character, 'x');
	canvas_release(&canvas);
}

static void canvas_is_safe_from_names(void **state)
{
	struct canvas canvas = { 0 };

	(void)state;
	assert_int_equal(canvas_resize(&canvas, 10, 1), 0);
	/* Escape, C1, broken UTF-8, right-to-left, a combining character. */
	canvas_put(&canvas, 0, 0, 10, STYLE_PLAIN,
		   "\033\xc2\x9b\xff\xe2\x80\xae\xcc\x81\xc3");
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(canvas.cells[i].character, '?');
	canvas_release(&canvas);
}

static void bars_show_a_trace(void **state)
{
	struct canvas canvas = { 0 };

	(void)state;
	assert_int_equal(canvas_resize(&canvas, 10, 1), 0);
	canvas_bar(&canvas, 0, 0, 10, STYLE_GOOD, 1, 5000, 10000);
	assert_int_equal(canvas.cells[0].character, 0x258f);
	assert_int_equal(canvas.cells[4].character, 0x2591);
	assert_int_equal(canvas.cells[5].character, 0xb7);
	canvas_bar(&canvas, 0, 0, 10, STYLE_GOOD, 10000, 0, 10000);
	assert_int_equal(canvas.cells[9].character, 0x2588);
	canvas_bar(&canvas, 0, 0, 10, STYLE_GOOD, 0, 0, 0);
	assert_int_equal(canvas.cells[0].character, 0xb7);
	canvas_release(&canvas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canvas_cuts_with_a_mark),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(canvas_is_safe_from_names),
		cmocka_unit_test(bars_show_a_trace),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests_name("canvas", tests, NULL, NULL);
}

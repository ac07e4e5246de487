/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tui_shown.h"

static void help_names_every_key(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "busy", 120, 40);
	press(&shown, '?');
	for (size_t i = 0; i < tui_key_count; i++) {
		if (tui_keys[i].where != KEY_REPLAY)
			assert_shows(&shown, tui_keys[i].label);
		assert_non_null(tui_keys[i].act);
	}
	press(&shown, TUI_KEY_ESCAPE);
	assert_false(shown.state.help);
	resize(&shown, 80, 24);
	press(&shown, 'h');
	assert_false(shows(&shown, "logarithmic"));
	press(&shown, TUI_KEY_END);
	assert_shows(&shown, "logarithmic");
	stop(&shown);
}

/* Shows a recording of a minute, with a finding and a gap in it. */
static void replay_has_its_own_keys(void **state)
{
	static const struct tui_mark marks[] = {
		{ .at_ns = 20 * NS_PER_SEC, .kind = MARK_GAP },
		{ .at_ns = 40 * NS_PER_SEC,
		  .kind = MARK_FINDING,
		  .severity = SEVERITY_ERROR },
		{ .at_ns = 50 * NS_PER_SEC, .kind = MARK_TRIGGER },
	};
	static const struct {
		uint32_t key;
		unsigned int request;
	} keys[] = {
		{ 't', TUI_STEP },    { 'T', TUI_STEP_BACK },
		{ 'n', TUI_FINDING }, { 'N', TUI_FINDING_BACK },
		{ '<', TUI_BEGIN },   { '>', TUI_END },
	};
	struct tui_replay replay = {
		.end_ns = 60 * NS_PER_SEC,
		.marks = marks,
		.nr_marks = LENGTH(marks),
	};
	struct shown shown;
	struct tui_state *s = &shown.state;

	(void)state;
	start(&shown, "busy", 120, 60);
	press(&shown, 't');
	assert_false(s->requests & TUI_STEP);
	s->replay = &replay;
	for (size_t i = 0; i < LENGTH(keys); i++) {
		s->requests = 0;
		press(&shown, keys[i].key);
		assert_int_equal(s->requests, keys[i].request);
	}
	assert_shows(&shown, "1 finding, 1 gap, 1 trigger so far");
	replay.surveyed = true;
	press(&shown, 'm');
	assert_int_equal(s->asking, 0);
	assert_shows(&shown, "1 finding, 1 gap, 1 trigger");
	assert_false(shows(&shown, "so far"));
	s->requests = 0;
	press(&shown, 'b');
	press(&shown, '9');
	press(&shown, 's');
	assert_shows(&shown, "go to a time, such as 14:05");
	press(&shown, TUI_KEY_ENTER);
	assert_int_equal(s->requests, TUI_JUMP);
	assert_string_equal(s->jump, "9s");
	s->requests = 0;
	press(&shown, 'b');
	press(&shown, '9');
	press(&shown, TUI_KEY_ESCAPE);
	assert_int_equal(s->requests, 0);
	press(&shown, '?');
	for (size_t i = 0; i < tui_key_count; i++)
		if (tui_keys[i].where != KEY_LIVE)
			assert_shows(&shown, tui_keys[i].label);
	assert_false(shows(&shown, "attach or detach"));
	stop(&shown);
}

static void the_time_line_is_to_scale(void **state)
{
	static const struct tui_mark marks[] = {
		{ .at_ns = 25 * NS_PER_SEC, .kind = MARK_GAP },
		{ .at_ns = 50 * NS_PER_SEC,
		  .kind = MARK_FINDING,
		  .severity = SEVERITY_NOTE },
		{ .at_ns = 75 * NS_PER_SEC,
		  .kind = MARK_FINDING,
		  .severity = SEVERITY_ERROR },
		{ .at_ns = 90 * NS_PER_SEC, .kind = MARK_TRIGGER },
	};
	const struct tui_replay replay = {
		.end_ns = 100 * NS_PER_SEC,
		.marks = marks,
		.nr_marks = LENGTH(marks),
		.surveyed = true,
	};
	struct shown shown;
	char line[120] = "";

	(void)state;
	start(&shown, "busy", 80, 24);
	shown.state.replay = &replay;
	shown.interval.realtime_ns = 100 * NS_PER_SEC;
	free(screen(&shown, true));
	for (unsigned int x = 0; x < 80; x++)
		line[x] = (char)shown.canvas.cells[22 * 80 + x].character;
	assert_non_null(strstr(line, "-/-"));
	assert_int_equal(strchr(line, '!') - strchr(line, '/'),
			 strrchr(line, '!') - strchr(line, '!'));
	assert_true(strchr(line, 'T') > strrchr(line, '!'));
	assert_int_equal(strchr(line, '|')[1], ' ');
	stop(&shown);
}

static void no_key_has_two_meanings(void **state)
{
	(void)state;
	for (size_t i = 0; i < tui_key_count; i++)
		for (size_t j = 0; j < i; j++)
			for (const uint32_t *a = tui_keys[i].keys; *a; a++)
				for (const uint32_t *b = tui_keys[j].keys; *b;
				     b++)
					assert_int_not_equal(*a, *b);
}

static void keys_ask_for_what_they_say(void **state)
{
	struct tui_state *s;
	struct shown shown;

	(void)state;
	start(&shown, "busy", 80, 24);
	s = &shown.state;
	press(&shown, ' ');
	assert_true(s->paused && s->requests & TUI_PAUSE);
	assert_shows(&shown, "PAUSED");
	press(&shown, ' ');
	assert_false(s->paused);
	press(&shown, '+');
	assert_int_equal(s->interval_ns, 2 * NS_PER_SEC);
	assert_true(s->requests & TUI_INTERVAL);
	for (unsigned int i = 0; i < 20; i++)
		press(&shown, '-');
	assert_int_equal(s->interval_ns, 100 * NS_PER_MS);
	for (unsigned int i = 0; i < 20; i++)
		press(&shown, '+');
	assert_int_equal(s->interval_ns, 60 * NS_PER_SEC);
	press(&shown, 'r');
	assert_true(s->requests & TUI_RESET_PEAKS);
	press(&shown, TUI_KEY_BACK_TAB);
	assert_int_equal(s->screen, TUI_DOCTOR);
	press(&shown, TUI_KEY_RIGHT);
	assert_int_equal(s->screen, TUI_OVERVIEW);
	stop(&shown);
}

static void levels_are_asked_about(void **state)
{
	struct tui_state *s;
	struct shown shown;

	(void)state;
	start(&shown, "busy", 120, 40);
	s = &shown.state;
	press(&shown, 'm');
	assert_shows(&shown, "attach mappings? y/n; the cost now: tool 0.12%");
	assert_true(tui_wants_cost(s));
	press(&shown, 'n');
	assert_false(tui_wants_cost(s));
	assert_false(s->requests & TUI_TOGGLE);
	/* Answered before the cost is known: that comes first. */
	press(&shown, 'm');
	press(&shown, 'y');
	assert_shows(&shown, "measuring what it costs before");
	assert_false(s->requests & TUI_TOGGLE);
	press(&shown, 'c');
	assert_int_equal(s->toggle, LEVEL_MAPPINGS);
	assert_int_equal(s->asking, 0);
	shown.overhead.bpf_known = true;
	shown.overhead.bpf_ppm = 500;
	tui_cost_measured(s);
	assert_true(s->requests & TUI_TOGGLE);
	tui_levels_changed(s);
	give_fixture(&shown, "mappings");
	assert_true(tui_wants_cost(s));
	shown.overhead.bpf_known = true;
	shown.overhead.bpf_ppm = 30000;
	tui_cost_measured(s);
	assert_false(tui_wants_cost(s));
	assert_shows(&shown, "mappings on: tool 0.12% CPU, BPF 3.00%; "
			     "before: tool 0.12% CPU, BPF 0.05%");
	/* Detaching needs no question. */
	s->requests = 0;
	press(&shown, 'm');
	assert_true(s->requests & TUI_TOGGLE && !s->asking);
	stop(&shown);
}

static void the_mouse_selects_and_opens(void **state)
{
	struct shown shown;

	(void)state;
	start(&shown, "areas", 80, 24);
	click(&shown, 5, shown.state.layout.table + 3);
	assert_int_equal(tui_selected(&shown.state)->area->index, 3);
	assert_false(shown.state.detail);
	click(&shown, 5, shown.state.layout.table + 3);
	assert_true(shown.state.detail);
	click(&shown, 15, 1);
	assert_int_equal(shown.state.screen, TUI_AREAS);
	click(&shown, 1, shown.state.layout.titles);
	assert_int_equal(shown.state.lists[TUI_AREAS].sort, 0);
	click(&shown, 79, 23);
	click(&shown, 500, 500);
	tui_event(&shown.state,
		  &(struct tui_event){ .kind = TUI_EVENT_WHEEL_DOWN });
	assert_int_equal(shown.state.lists[TUI_AREAS].selected, 3);
	stop(&shown);
}

/* Presses the key that the last line names so. */
static void click_key(struct shown *shown, const char *name)
{
	const struct cell *line;
	unsigned int y = shown->state.height - 1;
	char text[256];

	free(screen(shown, true));
	line = &shown->canvas.cells[(size_t)y * shown->canvas.width];
	for (unsigned int x = 0; x < shown->canvas.width; x++)
		text[x] = (char)line[x].character;
	text[shown->canvas.width] = '\0';
	assert_non_null(strstr(text, name));
	click(shown, (unsigned int)(strstr(text, name) - text), y);
}

static void keys_can_be_clicked(void **state)
{
	static const unsigned int widths[] = { 80, 120, 200 };
	struct shown shown;

	(void)state;
	for (unsigned int i = 0; i < LENGTH(widths); i++) {
		start(&shown, "busy", widths[i], 24);
		click_key(&shown, "Help");
		assert_true(shown.state.help);
		click_key(&shown, "h ");
		assert_false(shown.state.help);
		click_key(&shown, "Screen");
		assert_int_equal(shown.state.screen, TUI_AREAS);
		click_key(&shown, "Mappings");
		assert_int_equal(shown.state.asking, LEVEL_MAPPINGS);
		click(&shown, 1, 23); /* that is a question now */
		assert_false(shown.state.help);
		press(&shown, 'n');
		shown.state.message[0] = '\0';
		assert_false(shown.state.requests & TUI_QUIT);
		click_key(&shown, "Quit");
		assert_true(shown.state.requests & TUI_QUIT);
		stop(&shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_names_every_key),
		cmocka_unit_test(replay_has_its_own_keys),
		cmocka_unit_test(the_time_line_is_to_scale),
		cmocka_unit_test(no_key_has_two_meanings),
		cmocka_unit_test(keys_ask_for_what_they_say),
		cmocka_unit_test(levels_are_asked_about),
		cmocka_unit_test(the_mouse_selects_and_opens),
		cmocka_unit_test(keys_can_be_clicked),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}

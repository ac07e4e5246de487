/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_terminal.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "util/log.h"
#include "util/signals.h"
#include "util/units.h"

/* Long enough for the rest of an arrow key over a slow line. */
#define ESCAPE_MS 50

#define RESTORE_LEN 256

/**
 * struct terminal - the one there is
 * @screen: ncurses' handle; NULL = closed
 * @utf8: it shows UTF-8
 * @attributes: how each style looks
 * @selected: how each style looks in the selected row
 * @stoppable: whoever started us can continue us
 * @settings: of the line, as they were
 * @restore: what resets it, ready for a signal handler
 * @restore_len: bytes in @restore
 * @error_fd: the standard error there was
 * @errors: pipe that replaces it, read end
 * @old_mask: signals blocked before terminal_open()
 * @wait_mask: and during terminal_wait()
 * @second_click: of a double click, not yet delivered
 * @clicked_twice: there is one
 */
static struct {
	SCREEN *screen;
	bool utf8;
	attr_t attributes[STYLE_COUNT];
	attr_t selected[STYLE_COUNT];
	short pairs[STYLE_COUNT];
	short selected_pairs[STYLE_COUNT];
	bool stoppable;
	struct termios settings;
	char restore[RESTORE_LEN];
	size_t restore_len;
	int error_fd;
	int errors;
	sigset_t old_mask;
	sigset_t wait_mask;
	struct tui_event second_click;
	bool clicked_twice;
} terminal = { .error_fd = -1, .errors = -1 };

static volatile sig_atomic_t ended, resized, suspended, continued;

/*
 * Signals
 */

static void note_signal(int number)
{
	if (number == SIGWINCH)
		resized = 1;
	else if (number == SIGTSTP)
		suspended = 1;
	else if (number == SIGCONT)
		continued = 1;
	else
		ended = number;
}

/* Async-signal-safe calls only. */
static void restore_line(void)
{
	size_t done = 0;

	while (done < terminal.restore_len) {
		ssize_t written = write(STDOUT_FILENO, terminal.restore + done,
					terminal.restore_len - done);

		if (written <= 0)
			break;
		done += (size_t)written;
	}
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal.settings);
	if (terminal.error_fd >= 0)
		dup2(terminal.error_fd, STDERR_FILENO);
}

static void crash(int number)
{
	restore_line();
	/* SA_RESETHAND: now it acts as usual. */
	raise(number);
}

static const int crashes[] = {
	SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS
};
static const int noted[] = { SIGINT,  SIGTERM,	SIGQUIT, SIGHUP,
			     SIGTSTP, SIGWINCH, SIGCONT };

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static void watch_signals(void)
{
	struct sigaction action = { .sa_handler = note_signal };
	struct sigaction fatal = {
		.sa_handler = crash,
		.sa_flags = SA_RESETHAND | SA_NODEFER,
	};
	struct sigaction old;
	sigset_t mask;

	sigemptyset(&mask);
	terminal.stoppable = true;
	for (size_t i = 0; i < LENGTH(noted); i++) {
		/* nohup, or a shell without job control */
		if ((noted[i] == SIGHUP || noted[i] == SIGTSTP) &&
		    !sigaction(noted[i], NULL, &old) &&
		    old.sa_handler == SIG_IGN) {
			terminal.stoppable &= noted[i] != SIGTSTP;
			continue;
		}
		sigaction(noted[i], &action, NULL);
		sigaddset(&mask, noted[i]);
	}
	for (size_t i = 0; i < LENGTH(crashes); i++)
		sigaction(crashes[i], &fatal, NULL);
	/* Signals are unblocked during ppoll() only, so none is missed. */
	terminal.wait_mask = *signals_usual();
	sigprocmask(SIG_BLOCK, &mask, &terminal.old_mask);
}

static void unwatch_signals(void)
{
	for (size_t i = 0; i < LENGTH(crashes); i++)
		signal(crashes[i], SIG_DFL);
	for (size_t i = 0; i < LENGTH(noted); i++)
		signal(noted[i], SIG_DFL);
	sigprocmask(SIG_SETMASK, &terminal.old_mask, NULL);
}

/*
 * Looks
 */

struct look {
	short color;	 /* of eight; -1 = the terminal's own */
	short color_256; /* of 256 */
	attr_t attribute;
};

static const struct look looks[STYLE_COUNT] = {
	[STYLE_PLAIN] = { -1, -1, A_NORMAL },
	[STYLE_TITLE] = { -1, -1, A_BOLD },
	[STYLE_DIM] = { -1, 245, A_DIM },
	[STYLE_GOOD] = { COLOR_GREEN, 71, A_NORMAL },
	[STYLE_WARNING] = { COLOR_YELLOW, 214, A_NORMAL },
	[STYLE_ERROR] = { COLOR_RED, 203, A_BOLD },
	[STYLE_ACCENT] = { COLOR_CYAN, 81, A_BOLD | A_UNDERLINE },
	[STYLE_TREND] = { COLOR_CYAN, 74, A_NORMAL },
	[STYLE_FRAME] = { -1, 252, A_REVERSE },
	[STYLE_FRAME_STRONG] = { -1, 231, A_REVERSE | A_BOLD },
};

static void set_256(unsigned int style)
{
	bool frame = style == STYLE_FRAME || style == STYLE_FRAME_STRONG;
	short pair = (short)(1 + style);

	terminal.attributes[style] =
		looks[style].attribute & ~(A_DIM | A_REVERSE);
	terminal.selected[style] = terminal.attributes[style];
	init_pair(pair, looks[style].color_256, frame ? 24 : -1);
	terminal.pairs[style] = pair;
	pair += STYLE_COUNT;
	init_pair(pair, looks[style].color_256, frame ? 24 : 237);
	terminal.selected_pairs[style] = pair;
}

static void set_looks(void)
{
	const char *no_color = getenv("NO_COLOR");
	bool color = !(no_color && *no_color) && has_colors() &&
		     start_color() == OK && use_default_colors() == OK;

	for (unsigned int i = 0; i < STYLE_COUNT; i++) {
		terminal.pairs[i] = 0;
		terminal.selected_pairs[i] = 0;
		terminal.attributes[i] = looks[i].attribute;
		terminal.selected[i] = looks[i].attribute | A_REVERSE;
		if (color && COLORS >= 256 && COLOR_PAIRS > 2 * STYLE_COUNT) {
			set_256(i);
		} else if (color && looks[i].color >= 0) {
			init_pair((short)(1 + i), looks[i].color, -1);
			terminal.pairs[i] = (short)(1 + i);
			terminal.selected_pairs[i] = terminal.pairs[i];
		}
	}
}

/*
 * Opening and closing
 */

static void add_restore(const char *sequence)
{
	size_t len = sequence ? strlen(sequence) : 0;

	if (len && terminal.restore_len + len <= RESTORE_LEN) {
		memcpy(terminal.restore + terminal.restore_len, sequence, len);
		terminal.restore_len += len;
	}
}

static void prepare_restore(void)
{
	terminal.restore_len = 0;
	/* Mouse reports, as xterm and all that follow it have them. */
	add_restore("\033[?1000l\033[?1002l\033[?1006l");
	add_restore(exit_attribute_mode);
	add_restore(cursor_normal);
	add_restore(keypad_local);
	add_restore(exit_ca_mode);
}

static void take_errors(void)
{
	int fds[2];

	fflush(stderr);
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return;
	terminal.error_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	terminal.errors = fds[0];
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
}

static void give_errors_back(void)
{
	fflush(stderr);
	if (terminal.error_fd >= 0) {
		dup2(terminal.error_fd, STDERR_FILENO);
		close(terminal.error_fd);
	}
	if (terminal.errors >= 0)
		close(terminal.errors);
	terminal.error_fd = -1;
	terminal.errors = -1;
}

static void set_modes(void)
{
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED |
			  BUTTON4_PRESSED | BUTTON5_PRESSED,
		  NULL);
	mouseinterval(0);
	set_looks();
	prepare_restore();
}

bool terminal_can_draw(void)
{
	bool able;
	int error;

	if (setupterm(NULL, STDOUT_FILENO, &error) != OK)
		return true;
	able = cursor_address;
	del_curterm(cur_term);
	return able;
}

int terminal_open(void)
{
	const char *term = getenv("TERM");

	tcgetattr(STDIN_FILENO, &terminal.settings);
	terminal.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	/*
	 * Before newterm(), which leaves alone what has a handler: else it
	 * would ignore SIGTSTP while it draws, which discards one that is
	 * pending.
	 */
	watch_signals();
	terminal.screen = newterm(NULL, stdout, stdin);
	if (!terminal.screen) {
		unwatch_signals();
		log_error("cannot use this terminal: TERM is '%s', which "
			  "terminfo does not know; set TERM, or give -b",
			  term ? term : "");
		return -ENODEV;
	}
	set_modes();
	take_errors();
	atexit(terminal_close);
	return 0;
}

void terminal_close(void)
{
	if (!terminal.screen)
		return;
	endwin();
	delscreen(terminal.screen);
	terminal.screen = NULL;
	unwatch_signals();
	give_errors_back();
}

void terminal_suspend(void)
{
	sigset_t stop;

	if (!terminal.stoppable)
		return;
	endwin();
	signal(SIGTSTP, SIG_DFL);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	raise(SIGTSTP);
	/* Here we stop. */
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	sigaction(SIGTSTP, &(struct sigaction){ .sa_handler = note_signal },
		  NULL);
	terminal_repaint();
	refresh();
}

/*
 * Showing
 */

void terminal_size(unsigned int *width, unsigned int *height)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col &&
	    size.ws_row) {
		*width = size.ws_col;
		*height = size.ws_row;
	} else {
		*width = (unsigned int)COLS;
		*height = (unsigned int)LINES;
	}
}

void terminal_repaint(void)
{
	clearok(curscr, TRUE);
}

static void put_cell(int y, int x, const struct cell *cell)
{
	bool selected = cell->style & STYLE_SELECTED;
	unsigned int style = cell->style & ~STYLE_SELECTED;
	wchar_t text[2] = { (wchar_t)cell->character, L'\0' };
	cchar_t c;

	if (cell->character == CELL_CONTINUED && terminal.utf8)
		return;
	if (!terminal.utf8)
		text[0] = (wchar_t)canvas_ascii(cell->character);
	setcchar(&c, text,
		 selected ? terminal.selected[style]
			  : terminal.attributes[style],
		 selected ? terminal.selected_pairs[style]
			  : terminal.pairs[style],
		 NULL);
	mvadd_wch(y, x, &c);
}

void terminal_draw(const struct canvas *canvas)
{
	if (LINES != (int)canvas->height || COLS != (int)canvas->width)
		resizeterm((int)canvas->height, (int)canvas->width);
	for (unsigned int y = 0; y < canvas->height; y++)
		for (unsigned int x = 0; x < canvas->width; x++)
			put_cell((int)y, (int)x,
				 &canvas->cells[(size_t)y * canvas->width + x]);
	refresh();
}

/*
 * Events
 */

unsigned int terminal_wait(uint64_t timeout_ns)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = terminal.errors, .events = POLLIN },
	};
	struct timespec timeout = {
		.tv_sec = (time_t)(timeout_ns / NS_PER_SEC),
		.tv_nsec = (long)(timeout_ns % NS_PER_SEC),
	};
	unsigned int wake = 0;

	if (ppoll(fds, LENGTH(fds), &timeout, &terminal.wait_mask) > 0) {
		/* A closed terminal is readable too: it says "end of file". */
		if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			wake |= WAKE_HANGUP;
		else if (fds[0].revents)
			wake |= WAKE_INPUT;
		if (fds[1].revents & POLLIN)
			wake |= WAKE_MESSAGE;
	}
	if (ended)
		wake |= WAKE_END;
	if (suspended)
		wake |= WAKE_SUSPEND;
	/* Background processes get no SIGWINCH. */
	if (continued) {
		wake |= WAKE_REPAINT;
		resized = 1;
	}
	if (resized)
		wake |= WAKE_INPUT;
	suspended = 0;
	continued = 0;
	return wake;
}

static bool from_mouse(struct tui_event *event)
{
	MEVENT mouse;

	if (getmouse(&mouse) != OK)
		return false;
	event->x = (unsigned int)mouse.x;
	event->y = (unsigned int)mouse.y;
	if (mouse.bstate & BUTTON4_PRESSED)
		event->kind = TUI_EVENT_WHEEL_UP;
	else if (mouse.bstate & BUTTON5_PRESSED)
		event->kind = TUI_EVENT_WHEEL_DOWN;
	else if (mouse.bstate &
		 (BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED))
		event->kind = TUI_EVENT_CLICK;
	else
		return false;
	if (mouse.bstate & BUTTON1_DOUBLE_CLICKED) {
		terminal.second_click = *event;
		terminal.clicked_twice = true;
	}
	return true;
}

static uint32_t key_code(int kind, wint_t key)
{
	static const struct {
		wint_t curses;
		uint32_t code;
	} keys[] = {
		{ KEY_UP, TUI_KEY_UP },
		{ KEY_DOWN, TUI_KEY_DOWN },
		{ KEY_LEFT, TUI_KEY_LEFT },
		{ KEY_RIGHT, TUI_KEY_RIGHT },
		{ KEY_PPAGE, TUI_KEY_PAGE_UP },
		{ KEY_NPAGE, TUI_KEY_PAGE_DOWN },
		{ KEY_HOME, TUI_KEY_HOME },
		{ KEY_END, TUI_KEY_END },
		{ KEY_ENTER, TUI_KEY_ENTER },
		{ KEY_BTAB, TUI_KEY_BACK_TAB },
		{ KEY_BACKSPACE, TUI_KEY_BACKSPACE },
		{ KEY_F(1), '?' },
		{ KEY_F(10), 'q' },
	};

	for (size_t i = 0; kind == KEY_CODE_YES && i < LENGTH(keys); i++)
		if (keys[i].curses == key)
			return keys[i].code;
	if (kind == KEY_CODE_YES)
		return 0;
	switch (key) {
	case '\r':
	case '\n':
		return TUI_KEY_ENTER;
	case '\033':
		return TUI_KEY_ESCAPE;
	case '\t':
		return TUI_KEY_TAB;
	case 0x7f:
	case '\b':
		return TUI_KEY_BACKSPACE;
	}
	return key;
}

bool terminal_event(struct tui_event *event)
{
	wint_t key;
	int kind;

	memset(event, 0, sizeof(*event));
	if (terminal.clicked_twice) {
		terminal.clicked_twice = false;
		*event = terminal.second_click;
		return true;
	}
	if (resized) {
		resized = 0;
		event->kind = TUI_EVENT_RESIZE;
		terminal_size(&event->x, &event->y);
		return true;
	}
	while ((kind = get_wch(&key)) != ERR) {
		if (kind == KEY_CODE_YES && key == KEY_MOUSE) {
			if (from_mouse(event))
				return true;
			continue;
		}
		event->kind = TUI_EVENT_KEY;
		event->key = key_code(kind, key);
		if (event->key)
			return true;
	}
	return false;
}

bool terminal_message(char *text, size_t len)
{
	char buffer[4096], *line;
	ssize_t got = read(terminal.errors, buffer, sizeof(buffer) - 1);

	if (got <= 0)
		return false;
	while (got && buffer[got - 1] == '\n')
		got--;
	buffer[got] = '\0';
	line = strrchr(buffer, '\n');
	line = line ? line + 1 : buffer;
	if (!strncmp(line, "swiotlb: ", 9))
		line += 9;
	snprintf(text, len, "%s", line);
	return true;
}

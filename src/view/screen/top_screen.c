/* Signals come through a descriptor (signalfd), so that none strikes while the terminal is in
 * disorder. Ctrl-Z is one of them: the terminal is given back, then the program stops itself. */
#include "view/screen/top.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"

#define ENTER "\033[?1049h\033[?25l\033[H\033[J"
#define LEAVE "\033[?25h\033[?1049l"
#define ENTER_LEN (sizeof ENTER - 1)
#define LEAVE_LEN (sizeof LEAVE - 1)

struct top_screen {
	struct termios before;
	sigset_t mask_before;
	struct buf frame;
	int signal_fd;
	int signal;
	bool has_keys; /* standard input is a terminal */
};

/* What ends the program where it stands: ours are mistakes, but the terminal is not ours. */
static const int deadly[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

/* The one that has the terminal: a signal handler has nothing else. */
static const struct top_screen *volatile taken;

static void take(struct top_screen *screen)
{
	struct termios mode = screen->before;

	if (screen->has_keys) {
		/* Ctrl-C and Ctrl-Z stay signals */
		mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		mode.c_cc[VMIN] = 0;
		mode.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
	}
	fs_write_all(STDOUT_FILENO, ENTER, ENTER_LEN); /* the first drawing tells if it is gone */
	taken = screen;
}

/* Safe in a signal handler. */
static void give_back(const struct top_screen *screen)
{
	taken = NULL;
	fs_write_all(STDOUT_FILENO, LEAVE, LEAVE_LEN);
	if (screen->has_keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &screen->before);
}

static void die(int number)
{
	if (taken)
		give_back(taken);
	raise(number); /* SA_RESETHAND: now as it was meant */
}

static void watch_deaths(void)
{
	struct sigaction action = {.sa_handler = die, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
		sigaction(deadly[i], &action, NULL);
}

struct top_screen *top_screen_open(struct err *err)
{
	static const int handled[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
	struct top_screen *screen = mem_alloc(sizeof *screen);
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
		sigaddset(&mask, handled[i]);
	sigprocmask(SIG_BLOCK, &mask, &screen->mask_before);
	screen->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (screen->signal_fd < 0) {
		err_sys(err, errno, "wait for", "signals");
		sigprocmask(SIG_SETMASK, &screen->mask_before, NULL);
		free(screen);
		return NULL;
	}
	screen->has_keys = tcgetattr(STDIN_FILENO, &screen->before) == 0;
	watch_deaths();
	take(screen);
	return screen;
}

void top_screen_size(unsigned *columns, unsigned *rows)
{
	struct winsize size = {0};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	*columns = size.ws_col > 1 ? size.ws_col : 80;
	*rows = size.ws_row > 1 ? size.ws_row : 24;
}

int top_screen_draw(struct top_screen *screen, const struct buf *lines)
{
	unsigned columns, rows, line = 0;

	top_screen_size(&columns, &rows);
	buf_reset(&screen->frame);
	buf_str(&screen->frame, "\033[H");
	for (size_t i = 0; i < lines->len && line < rows; i++) {
		if (lines->data[i] != '\n') {
			buf_char(&screen->frame, lines->data[i]);
			continue;
		}
		buf_str(&screen->frame, "\033[K");
		/* behind the last line the screen would scroll */
		if (i + 1 < lines->len && ++line < rows)
			buf_str(&screen->frame, "\r\n");
	}
	buf_str(&screen->frame, "\033[J");
	return fs_write_all(STDOUT_FILENO, screen->frame.data, screen->frame.len);
}

/* By the signal itself: where nobody could wake us (no shell with job control above), it stops
 * nothing. */
static void stop(struct top_screen *screen)
{
	sigset_t mask;

	give_back(screen);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	take(screen);
}

static enum top_wake take_signal(struct top_screen *screen)
{
	struct signalfd_siginfo info;

	if (read(screen->signal_fd, &info, sizeof info) != sizeof info)
		return TOP_TIME;
	switch (info.ssi_signo) {
	case SIGCONT:
		take(screen); /* the shell may have set its own modes while we stood still */
		return TOP_REDRAW;
	case SIGWINCH:
		return TOP_REDRAW;
	case SIGTSTP:
		stop(screen);
		return TOP_REDRAW;
	case SIGINT:
		return TOP_QUIT;
	default:
		screen->signal = (int)info.ssi_signo;
		return TOP_SIGNAL;
	}
}

/* Is there a q among the keys? A terminal without a byte for us is gone. */
static bool wants_quit(void)
{
	char keys[64];
	ssize_t len = read(STDIN_FILENO, keys, sizeof keys);

	if (len <= 0)
		return len == 0 || errno != EINTR;
	for (ssize_t i = 0; i < len; i++) {
		if (keys[i] == 'q' || keys[i] == 'Q')
			return true;
	}
	return false;
}

enum top_wake top_screen_wait(struct top_screen *screen, int timeout_ms)
{
	int64_t end_ns = clock_mono_ns() + timeout_ms * INT64_C(1000000);
	struct pollfd polled[] = {
		{.fd = screen->signal_fd, .events = POLLIN},
		{.fd = screen->has_keys ? STDIN_FILENO : -1, .events = POLLIN},
	};

	for (;;) {
		int64_t left_ms = (end_ns - clock_mono_ns()) / 1000000;

		if (left_ms <= 0 || poll(polled, 2, (int)left_ms) == 0)
			return TOP_TIME;
		if (polled[0].revents)
			return take_signal(screen);
		/* Asked again: the shell may have read what there was while we stood still, stopped
		 * on the way out. */
		if (polled[1].revents && poll(&polled[1], 1, 0) > 0 && wants_quit())
			return TOP_QUIT;
	}
}

int top_screen_signal(const struct top_screen *screen)
{
	return screen->signal;
}

void top_screen_close(struct top_screen *screen)
{
	if (!screen)
		return;
	give_back(screen);
	close(screen->signal_fd);
	sigprocmask(SIG_SETMASK, &screen->mask_before, NULL);
	buf_free(&screen->frame);
	free(screen);
}

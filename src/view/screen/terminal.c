#include "view/screen/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/err.h"

/* The other screen; lines that are too long are cut, not wrapped. */
#define SCREEN_TAKE "\033[?1049h\033[?7l"
#define SCREEN_GIVE "\033[0m\033[?7h\033[?25h\033[?1049l"

/* Those that are heard while waiting, and blocked otherwise. */
static const int heard[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
/* Those that end the program where it stands: ours are mistakes, but the terminal is not ours. */
static const int deadly[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

#define HEARD_COUNT (sizeof heard / sizeof *heard)
#define DEADLY_COUNT (sizeof deadly / sizeof *deadly)

/* Static, because signal handlers have nothing else. */
static struct {
	volatile sig_atomic_t is_taken, came[HEARD_COUNT];
	struct termios usual;
	sigset_t mask; /* before */
	struct sigaction actions[HEARD_COUNT], deadly_actions[DEADLY_COUNT];
	bool has_signals, is_registered;
} terminal;

static void write_screen(const char *text, size_t len)
{
	while (len) {
		ssize_t done = write(STDOUT_FILENO, text, len);

		if (done < 0 && errno != EINTR)
			return; /* it is gone: nobody is left to be told */
		if (done > 0) {
			text += done;
			len -= (size_t)done;
		}
	}
}

/* Safe in a signal handler. */
static void give_screen(void)
{
	if (!terminal.is_taken)
		return;
	terminal.is_taken = 0;
	write_screen(SCREEN_GIVE, strlen(SCREEN_GIVE));
	tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.usual);
}

static int take_screen(void)
{
	struct termios raw = terminal.usual;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
	raw.c_iflag &= ~(tcflag_t)(IXON | INLCR | IGNCR);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) < 0)
		return -1;
	terminal.is_taken = 1;
	write_screen(SCREEN_TAKE, strlen(SCREEN_TAKE));
	return 0;
}

static void hear(int number)
{
	for (size_t i = 0; i < HEARD_COUNT; i++)
		if (heard[i] == number)
			terminal.came[i] = 1;
}

static void die(int number)
{
	int saved = errno;

	give_screen();
	raise(number); /* SA_RESETHAND: now as it was meant */
	errno = saved;
}

static void take_signals(void)
{
	struct sigaction action = {.sa_handler = hear};
	sigset_t set;

	sigemptyset(&set);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < HEARD_COUNT; i++)
		sigaddset(&set, heard[i]);
	sigprocmask(SIG_BLOCK, &set, &terminal.mask);
	for (size_t i = 0; i < HEARD_COUNT; i++) {
		terminal.came[i] = 0;
		sigaction(heard[i], NULL, &terminal.actions[i]);
		/* what the parent ignored for us (nohup) stays ignored */
		if (terminal.actions[i].sa_handler != SIG_IGN)
			sigaction(heard[i], &action, NULL);
	}
	action.sa_handler = die;
	action.sa_flags = (int)SA_RESETHAND;
	for (size_t i = 0; i < DEADLY_COUNT; i++)
		sigaction(deadly[i], &action, &terminal.deadly_actions[i]);
	terminal.has_signals = true;
}

static void give_signals(void)
{
	if (!terminal.has_signals)
		return;
	terminal.has_signals = false;
	for (size_t i = 0; i < HEARD_COUNT; i++)
		sigaction(heard[i], &terminal.actions[i], NULL);
	for (size_t i = 0; i < DEADLY_COUNT; i++)
		sigaction(deadly[i], &terminal.deadly_actions[i], NULL);
	sigprocmask(SIG_SETMASK, &terminal.mask, NULL);
}

int terminal_enter(struct err *err)
{
	if (tcgetattr(STDIN_FILENO, &terminal.usual) < 0)
		return err_sys(err, errno, "ask the terminal of", "standard input");
	if (!terminal.is_registered && atexit(give_screen) == 0) /* memory may run out */
		terminal.is_registered = true;
	take_signals();
	if (take_screen() == 0)
		return 0;
	err_sys(err, errno, "set the terminal of", "standard input");
	give_signals();
	return -1;
}

void terminal_leave(void)
{
	give_screen();
	give_signals();
}

/* As if the signal had not been heard: the shell goes on, with its terminal as it was. */
static void stop_ourselves(void)
{
	struct sigaction usual = {.sa_handler = SIG_DFL}, ours;
	sigset_t stop;

	give_screen();
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigemptyset(&usual.sa_mask);
	sigaction(SIGTSTP, &usual, &ours);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL); /* here we stand until SIGCONT */
	sigprocmask(SIG_BLOCK, &stop, NULL);
	sigaction(SIGTSTP, &ours, NULL);
}

/* What the signals that came mean. */
static unsigned take_news(int *signal)
{
	unsigned news = 0;

	for (size_t i = 0; i < HEARD_COUNT; i++) {
		if (!terminal.came[i])
			continue;
		terminal.came[i] = 0;
		switch (heard[i]) {
		case SIGINT:
			news |= TERMINAL_INTERRUPT;
			break;
		case SIGTSTP:
			stop_ourselves();
			take_screen();
			news |= TERMINAL_REDRAW;
			break;
		case SIGCONT: /* stopped by SIGSTOP: the shell has set its own modes meanwhile */
			take_screen();
			news |= TERMINAL_REDRAW;
			break;
		case SIGWINCH:
			news |= TERMINAL_REDRAW;
			break;
		default:
			*signal = heard[i];
			news |= TERMINAL_END;
			break;
		}
	}
	return news;
}

unsigned terminal_wait(int timeout_ms, int *signal)
{
	struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
	struct pollfd polled = {.fd = STDIN_FILENO, .events = POLLIN};
	sigset_t mask = terminal.mask;
	unsigned news;
	int count;

	for (size_t i = 0; i < HEARD_COUNT; i++)
		sigdelset(&mask, heard[i]);
	count = ppoll(&polled, 1, timeout_ms < 0 ? NULL : &timeout, &mask);
	news = take_news(signal);
	/* Asked again: the shell may have read what there was while we stood still, stopped on the way out. */
	if (count > 0 && polled.revents && poll(&polled, 1, 0) > 0)
		news |= TERMINAL_INPUT;
	return news;
}

void terminal_size(unsigned *columns, unsigned *rows)
{
	struct winsize size = {0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col || !size.ws_row) {
		size.ws_col = 80;
		size.ws_row = 24;
	}
	*columns = size.ws_col;
	*rows = size.ws_row;
}

/* The terminal as an interactive program has it: keys at once and unseen, the other screen, and all of it
 * put back however the program ends or is stopped. One at a time: a signal handler has to know it. */
#ifndef VIEW_TERMINAL_H
#define VIEW_TERMINAL_H

#include <stdbool.h>

struct err;

enum terminal_news {
	TERMINAL_INPUT = 1,     /* there are keys to be read from stdin, or its end */
	TERMINAL_REDRAW = 2,    /* another size, or back from being stopped */
	TERMINAL_INTERRUPT = 4, /* Ctrl-C */
	TERMINAL_END = 8,       /* a signal wants the program to end */
};

/* Takes the terminal of stdin and stdout. */
int terminal_enter(struct err *err);
void terminal_leave(void); /* puts it back; fine if nothing was taken */
/* Waits for news, so many milliseconds at most (-1: for ever); the news, or 0. Stops the program and goes on
 * by itself on Ctrl-Z. *signal: the one of TERMINAL_END. */
unsigned terminal_wait(int timeout_ms, int *signal);
void terminal_size(unsigned *columns, unsigned *rows);

#endif

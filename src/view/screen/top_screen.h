/* A terminal that is taken for a while: an empty screen of its own, without echo and cursor.
 * Whatever ends the program, also Ctrl-Z, the terminal is given back as it was; only SIGKILL is
 * beyond help. */
#ifndef VIEW_TOP_SCREEN_H
#define VIEW_TOP_SCREEN_H

struct buf;
struct err;
struct top_screen;

enum top_wake {
	TOP_TIME,   /* the time is over */
	TOP_REDRAW, /* the window has another size, or the program was stopped and goes on */
	TOP_QUIT,   /* q, Ctrl-C, or the terminal is gone */
	TOP_SIGNAL, /* another signal that ends the program: top_screen_signal */
};

/* Takes the terminal that standard input and output are (input may be something else: then there
 * are no keys). NULL with err if that is not possible. */
struct top_screen *top_screen_open(struct err *err);
/* Columns and rows as they are now; 80 by 24 if the terminal does not tell. */
void top_screen_size(unsigned *columns, unsigned *rows);
/* Shows these lines, each with its newline, in place of what stands there; of more than there are
 * rows the first. None may be wider than the columns. -1 with errno if the terminal is gone. */
int top_screen_draw(struct top_screen *screen, const struct buf *lines);
/* Waits for a key, a signal or the time. */
enum top_wake top_screen_wait(struct top_screen *screen, int timeout_ms);
int top_screen_signal(const struct top_screen *screen);
/* Gives the terminal back. */
void top_screen_close(struct top_screen *screen);

#endif

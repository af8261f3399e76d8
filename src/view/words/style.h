/* Colour: whether to use it, and how. */
#ifndef VIEW_STYLE_H
#define VIEW_STYLE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum style_choice { /* --color */
	STYLE_AUTO,
	STYLE_ALWAYS,
	STYLE_NEVER,
};

enum style_tone {
	TONE_PLAIN,
	TONE_GOOD,   /* green: done, up to date */
	TONE_BAD,    /* red: failed */
	TONE_WARN,   /* yellow: out of date, warnings */
	TONE_MAYBE,  /* cyan: may run, running */
	TONE_FAINT,  /* dim: beside the point */
	TONE_STRONG, /* bold: names, headings */
};

/* Is output to a file that is a terminal (or not) coloured? An explicit choice wins; then NO_COLOR
 * (set and not empty), CLICOLOR_FORCE (set and not 0), TERM=dumb and CLICOLOR=0 of the environment;
 * then whether it is a terminal. */
bool style_decide(enum style_choice choice, bool is_terminal);
/* The same for a descriptor. */
bool style_for_fd(enum style_choice choice, int fd);

/* Start and end of a tone; nothing without colour or for TONE_PLAIN. */
void style_begin(struct buf *out, bool color, enum style_tone tone);
void style_end(struct buf *out, bool color, enum style_tone tone);
/* Text, printable (text_add_printable), plain and in a tone. */
void style_text(struct buf *out, const char *text);
void style_add(struct buf *out, bool color, enum style_tone tone, const char *text);

#endif

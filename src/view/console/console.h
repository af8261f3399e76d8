/* What the user sees of a run, on stderr: a line per event, or on a terminal lines that scroll
 * above a live region with what runs now. A listener. */
#ifndef VIEW_CONSOLE_H
#define VIEW_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "run/engine/listener.h"
#include "view/words/words.h"

struct history;

enum console_volume {
	CONSOLE_QUIET, /* failures and nothing else */
	CONSOLE_NORMAL,
	CONSOLE_VERBOSE, /* also the lines that stages put out */
};

struct console_options {
	enum console_volume volume;
	bool is_live; /* a live region: needs a terminal that understands cursor movement */
	bool color;
	/* in GitHub Actions: failures are left to github.h, no line is a workflow command */
	bool is_github;
	const struct history *history; /* whose remarks go with the summary; NULL: none */
	/* Where it goes: all of len bytes, or they are lost. */
	void (*write)(void *ctx, const char *data, size_t len);
	/* Goes on with what write has kept: in how many ms to call again, -1: nothing is kept.
	 * NULL: it keeps nothing. */
	int (*drain)(void *ctx);
	/* Size of the terminal now; columns 0: unknown. false: this program is in the background
	 * and must not draw. Only asked for with is_live; NULL: 80 by 24. */
	bool (*size)(void *ctx, unsigned *columns, unsigned *rows);
	void *ctx;
};

/* Options for stderr as it is: a terminal or not, CI, GITHUB_ACTIONS, TERM=dumb, --color, NO_COLOR
 * ... */
void console_detect(
	struct console_options *options, enum style_choice choice, enum console_volume volume);

/* Never NULL; to be put in the run's list. Freed, it takes the live region off the screen, also if
 * the run ended early. */
struct listener *console_new(const struct console_options *options);

#endif

#include "view/words/words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"

const char *style_variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

bool style_decide(enum style_choice choice, bool is_terminal)
{
	const char *forced = style_variable("CLICOLOR_FORCE");

	if (choice != STYLE_AUTO)
		return choice == STYLE_ALWAYS;
	if (style_variable("NO_COLOR"))
		return false;
	if (forced && !text_eq(forced, "0"))
		return true;
	if (text_eq(getenv("TERM"), "dumb") || text_eq(getenv("CLICOLOR"), "0"))
		return false;
	return is_terminal;
}

bool style_for_fd(enum style_choice choice, int fd)
{
	return style_decide(choice, isatty(fd) == 1);
}

bool style_is_screen(int fd)
{
	const char *term = style_variable("TERM");

	return isatty(fd) == 1 && term && !text_eq(term, "dumb");
}

void style_begin(struct buf *out, bool color, enum style_tone tone)
{
	static const char *const starts[] = {
		[TONE_PLAIN] = "",
		[TONE_GOOD] = "\033[32m",
		[TONE_BAD] = "\033[31m",
		[TONE_WARN] = "\033[33m",
		[TONE_MAYBE] = "\033[36m",
		[TONE_FAINT] = "\033[2m",
		[TONE_STRONG] = "\033[1m",
	};

	if (color)
		buf_str(out, starts[tone]);
}

void style_end(struct buf *out, bool color, enum style_tone tone)
{
	if (color && tone != TONE_PLAIN)
		buf_str(out, "\033[0m");
}

void style_text(struct buf *out, const char *text)
{
	text_add_printable(out, text, strlen(text));
}

void style_add(struct buf *out, bool color, enum style_tone tone, const char *text)
{
	style_begin(out, color, tone);
	style_text(out, text);
	style_end(out, color, tone);
}

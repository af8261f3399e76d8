/* Which words of a command may be names of files. A guess is good enough: whoever asks looks whether the
 * file is there. */
#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "model/command/command.h"
#include "model/command/template.h"

struct words {
	void (*word)(void *ctx, const char *text, size_t len);
	void *ctx;
	struct buf text; /* of the word, without quotes */
	size_t equals;   /* behind the first '=' in it; 0: none */
	bool is_started;
	bool is_computed; /* a hole, a variable or a pattern is in it */
	bool is_written;  /* behind '>' */
	bool is_comment;
	char quote; /* the open one */
	bool is_escaped;
};

static void tell(struct words *x, const char *text, size_t len)
{
	if (len > 0 && len < PATH_MAX)
		x->word(x->ctx, text, len);
}

static void end_word(struct words *x)
{
	const char *text = buf_text(&x->text);

	if (x->is_started && !x->is_computed && !x->is_written) {
		if (text[0] != '-')
			tell(x, text, x->text.len);
		if (x->equals)
			tell(x, text + x->equals, x->text.len - x->equals);
	}
	if (x->is_started)
		x->is_written = false;
	buf_reset(&x->text);
	x->equals = 0;
	x->is_started = x->is_computed = false;
}

static void add(struct words *x, char c)
{
	x->is_started = true;
	buf_char(&x->text, c);
	if (c == '=' && !x->equals)
		x->equals = x->text.len;
}

static void read_quoted(struct words *x, char c)
{
	if (c == x->quote)
		x->quote = '\0';
	else if (c == '\\' && x->quote == '"')
		x->is_escaped = true;
	else
		add(x, c);
	if ((c == '$' || c == '`') && x->quote == '"')
		x->is_computed = true;
}

static void read_byte(struct words *x, char c)
{
	if (x->is_comment) {
		x->is_comment = c != '\n';
		return;
	}
	if (x->is_escaped) {
		x->is_escaped = false;
		if (c != '\n')
			add(x, c);
		return;
	}
	if (x->quote) {
		read_quoted(x, c);
		return;
	}
	switch (c) {
	case ' ':
	case '\t':
		end_word(x);
		break;
	case '\n':
	case ';':
	case '&':
	case '|':
	case '(':
	case ')':
	case '<':
		end_word(x);
		x->is_written = false;
		break;
	case '>':
		end_word(x);
		x->is_written = true;
		break;
	case '\'':
	case '"':
		x->is_started = true;
		x->quote = c;
		break;
	case '\\':
		x->is_escaped = true;
		break;
	case '#':
		if (x->is_started)
			add(x, c);
		else
			x->is_comment = true;
		break;
	case '$':
	case '`':
	case '*':
	case '?':
	case '[':
		x->is_computed = true;
		add(x, c);
		break;
	default:
		add(x, c);
		break;
	}
}

void command_words(
	const char *template_text, void (*word)(void *ctx, const char *text, size_t len), void *ctx)
{
	struct words x = {.word = word, .ctx = ctx};
	struct template_hole hole;
	struct buf script = {0};
	size_t pos = 0;
	int found;

	do {
		buf_reset(&script);
		found = template_next(template_text, &pos, &hole, &script, true, NULL);
		for (size_t i = 0; i < script.len; i++)
			read_byte(&x, script.data[i]);
		if (found != 0 && !x.is_comment)
			x.is_started = x.is_computed = true;
	} while (found != 0);
	end_word(&x);
	buf_free(&script);
	buf_free(&x.text);
}

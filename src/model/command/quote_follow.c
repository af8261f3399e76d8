/* Following a shell script byte by byte. What POSIX leaves open, or shells read differently, ends
 * in QUOTE_LOST rather than in a guess. */
#include <string.h>

#include "model/command/quote.h"

void quote_lose(struct quote *quote)
{
	quote->depth = 0;
	quote->frames[0] = (struct quote_frame){.kind = QUOTE_LOST};
}

/* What is behind belongs to another word. */
void quote_start_word(struct quote *quote)
{
	quote->at_word_start = true;
	quote->is_number = true;
	quote->after_dollar = false;
	quote->in_name = false;
	quote->after_paren = false;
	quote->less_count = 0;
	quote->case_len = 0;
}

/* ... and this to the word that began before. */
static void go_on_with_word(struct quote *quote)
{
	quote->at_word_start = false;
	quote->is_number = false;
	quote->case_len = 5;
}

void quote_push(struct quote *quote, enum quote_kind kind)
{
	bool in_double = quote_top(quote)->kind == QUOTE_DOUBLE ||
			 (quote_top(quote)->kind == QUOTE_BRACE && quote_top(quote)->in_double);

	if (quote->depth + 1 == QUOTE_DEPTH) {
		quote_lose(quote);
		return;
	}
	quote->depth++;
	*quote_top(quote) = (struct quote_frame){.kind = (uint8_t)kind, .in_double = in_double};
	quote_start_word(quote);
}

void quote_pop(struct quote *quote)
{
	quote->depth--;
	quote_start_word(quote);
	go_on_with_word(quote);
}

bool quote_in_subst(const struct quote *quote)
{
	for (unsigned i = 1; i <= quote->depth; i++) {
		if (quote->frames[i].is_subst)
			return true;
	}
	return false;
}

/* The ')' of a pattern in `case` looks like the end of $( ... ). */
static bool ends_case_word(struct quote *quote)
{
	bool is_case = quote->case_len == 4;

	quote->case_len = 5;
	return is_case && quote_in_subst(quote);
}

static void open_paren(struct quote *quote, bool is_subst)
{
	if (quote->after_paren) {
		/* "((": arithmetic, or a subshell in a subshell; closed by as many */
		*quote_top(quote) = (struct quote_frame){.kind = QUOTE_ARITH, .parens = 2};
		return;
	}
	quote_push(quote, QUOTE_CODE);
	quote_top(quote)->is_subst = is_subst;
	quote->after_paren = quote_top(quote)->kind == QUOTE_CODE;
}

static void close_paren(struct quote *quote)
{
	bool is_subst = quote_top(quote)->is_subst;

	if (quote->depth == 0) {
		quote_start_word(quote); /* of a pattern in `case` */
		return;
	}
	for (unsigned i = 0; i < quote->here_count; i++) {
		if (quote->here[i].depth >= quote->depth) {
			quote_lose(quote);
			return;
		}
	}
	quote_pop(quote);
	if (!is_subst)
		quote_start_word(quote);
}

/* Behind '$', where the same holds between double quotes. */
static bool follow_dollar(struct quote *quote, char c)
{
	if (c == '(') {
		quote->after_paren = false;
		open_paren(quote, true);
		return true;
	}
	if (c == '{') {
		quote_push(quote, QUOTE_BRACE);
		return true;
	}
	return false;
}

static void follow_escaped(struct quote *quote, char c)
{
	quote->after_backslash = false;
	if (c != '\n') {
		quote_start_word(quote);
		go_on_with_word(quote);
	} else if (quote->after_dollar || quote->less_count || quote->after_paren ||
		   quote->in_name) {
		quote_lose(quote); /* an operator on two lines */
	}
}

void quote_follow_name(struct quote *quote, char c)
{
	bool was_dollar = quote->after_dollar;

	quote->in_name = (was_dollar || quote->in_name) && quote_is_name_byte(c, was_dollar);
	quote->after_pid = c == '$' && was_dollar;
	quote->after_dollar = c == '$' && !was_dollar;
}

static void follow_word_byte(struct quote *quote, char c)
{
	quote_follow_name(quote, c);
	if (quote->case_len < 4 && c == "case"[quote->case_len])
		quote->case_len++;
	else
		quote->case_len = 5;
	if (c < '0' || c > '9')
		quote->is_number = false;
	quote->at_word_start = false;
	quote->after_paren = false;
}

void quote_follow_code(struct quote *quote, char c)
{
	bool was_dollar = quote->after_dollar;

	if (quote->less_count == 2 && c != '<') {
		quote_start_here_word(quote, c == '-');
		if (c != '-')
			quote_follow(quote, c);
		return;
	}
	if (c == '\\') {
		quote->after_backslash = true;
		return;
	}
	if (strchr(" \t\n;&|<>()", c) && c && ends_case_word(quote)) {
		quote_lose(quote);
		return;
	}
	if (was_dollar && follow_dollar(quote, c))
		return;
	quote->less_count = c == '<' ? (uint8_t)(quote->less_count + 1) : 0;
	switch (c) {
	case '\n':
		quote_end_command_line(quote);
		break;
	case '<':
		if (quote->less_count < 3) {
			uint8_t count = quote->less_count;
			quote_start_word(quote);
			quote->less_count = count;
			break;
		}
		quote_start_word(quote); /* "<<<": a word, as any other */
		break;
	case ' ':
	case '\t':
	case ';':
	case '&':
	case '|':
	case '>':
		quote_start_word(quote);
		break;
	case '(':
		open_paren(quote, false);
		break;
	case ')':
		close_paren(quote);
		break;
	case '\'':
		quote_push(quote, was_dollar ? QUOTE_ANSI : QUOTE_SINGLE);
		break;
	case '"':
		quote_push(quote, QUOTE_DOUBLE);
		break;
	case '`':
		quote_push(quote, QUOTE_TICK);
		break;
	case '#':
		if (quote->at_word_start) {
			quote_push(quote, QUOTE_COMMENT);
			break;
		}
		follow_word_byte(quote, c);
		break;
	default:
		follow_word_byte(quote, c);
		break;
	}
}

static void follow_double(struct quote *quote, char c)
{
	if (c == '\\')
		quote->after_backslash = true;
	else if (c == '"')
		quote_pop(quote);
	else if (c == '`')
		quote_push(quote, QUOTE_TICK);
	else if (!quote->after_dollar || !follow_dollar(quote, c))
		quote_follow_name(quote, c);
}

static void follow_brace(struct quote *quote, char c)
{
	bool was_dollar = quote->after_dollar;

	quote_follow_name(quote, c);
	if (c == '}') {
		quote_pop(quote);
	} else if (c == '\\') {
		quote->after_backslash = true;
		if (was_dollar)
			quote_lose(quote); /* at the end of a line, it would join with the next */
	} else if (c == '`') {
		quote_push(quote, QUOTE_TICK);
	} else if (c == '\'' || c == '"') {
		/* between double quotes, shells differ in what these are */
		if (quote_top(quote)->in_double || was_dollar)
			quote_lose(quote);
		else
			quote_push(quote, c == '"' ? QUOTE_DOUBLE : QUOTE_SINGLE);
	} else if (was_dollar) {
		follow_dollar(quote, c);
	}
}

static void follow_arith(struct quote *quote, char c)
{
	struct quote_frame *top = quote_top(quote);

	if (top->parens == 1 && c != ')')
		quote_lose(quote); /* no arithmetic, since its "))" stands together */
	else if (c == '(')
		top->parens++;
	else if (c == ')' && --top->parens == 0)
		quote_pop(quote);
	else if (c == '\'' || c == '"' || c == '\\' || c == '`' || c == '#')
		quote_lose(quote);
}

void quote_follow(struct quote *quote, char c)
{
	/* "$$(" opens something for bash between double quotes, and nothing for others */
	if (quote->after_pid && (c == '(' || c == '{' || c == '\''))
		quote_lose(quote);
	quote->after_pid = false;

	switch ((enum quote_kind)quote_top(quote)->kind) {
	case QUOTE_CODE:
		if (quote->after_backslash)
			follow_escaped(quote, c);
		else
			quote_follow_code(quote, c);
		break;
	case QUOTE_SINGLE:
		if (c == '\'')
			quote_pop(quote);
		break;
	case QUOTE_DOUBLE:
		if (quote->after_backslash)
			follow_escaped(quote, c);
		else
			follow_double(quote, c);
		break;
	case QUOTE_COMMENT:
		if (c == '\n') {
			quote_pop(quote);
			quote_end_command_line(quote);
		}
		break;
	case QUOTE_HERE_WORD:
		quote_follow_here_word(quote, c);
		break;
	case QUOTE_HERE_TEXT:
		quote_follow_here_text(quote, c);
		break;
	case QUOTE_BRACE:
		if (quote->after_backslash)
			quote->after_backslash = false;
		else
			follow_brace(quote, c);
		break;
	case QUOTE_ARITH:
		follow_arith(quote, c);
		break;
	case QUOTE_TICK:
		if (quote->after_backslash)
			quote->after_backslash = false;
		else if (c == '\\')
			quote->after_backslash = true;
		else if (c == '`')
			quote_pop(quote);
		break;
	case QUOTE_ANSI:
		if (c == '\\')
			quote_lose(quote); /* an escape for some shells, a byte for others */
		else if (c == '\'')
			quote_pop(quote);
		break;
	case QUOTE_LOST:
		break;
	}
}

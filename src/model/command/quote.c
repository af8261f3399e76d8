#include "model/command/quote.h"

#include <string.h>

#include "base/text.h"

bool quote_knows(const char *shell)
{
	static const char *const names[] = {"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"};

	if (!shell || !*shell)
		return true;
	while (*shell) {
		size_t len = strcspn(shell, " \t"), base = len;
		while (base > 0 && shell[base - 1] != '/')
			base--;
		for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
			if (strlen(names[i]) == len - base &&
				memcmp(names[i], shell + base, len - base) == 0)
				return true;
		}
		shell += len + strspn(shell + len, " \t");
	}
	return false;
}

void quote_start(struct quote *quote, struct buf *out, const char *shell)
{
	*quote = (struct quote){.out = out, .knows_shell = quote_knows(shell)};
	if (!quote->knows_shell)
		quote_lose(quote);
	quote_start_word(quote);
}

void quote_end(struct quote *quote)
{
	buf_free(&quote->words);
}

void quote_script(struct quote *quote, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (quote->after_value && quote->is_number && (text[i] == '<' || text[i] == '>'))
			buf_str(quote->out, "''");
		quote->after_value = false;
		buf_char(quote->out, text[i]);
		quote_follow(quote, text[i]);
	}
}

static void refuse(struct quote *quote, const char *mistake)
{
	if (!quote->mistake)
		quote->mistake = mistake;
}

/* Would what comes next be read together with what is there? "$", "$na" and "\" go on. */
static bool is_open_ended(const struct buf *out)
{
	size_t at = out->len;

	while (at > 0 && quote_is_name_byte(out->data[at - 1], false))
		at--;
	return at > 0 &&
	       (out->data[at - 1] == '$' || (at == out->len && out->data[at - 1] == '\\'));
}

static void drop_last(struct buf *out)
{
	out->data[--out->len] = '\0';
}

void quote_open(struct quote *quote)
{
	enum quote_kind kind = quote_top(quote)->kind;
	bool is_quotable = kind == QUOTE_CODE || kind == QUOTE_DOUBLE || kind == QUOTE_HERE_TEXT;

	quote->value_count = 0;
	if (kind == QUOTE_HERE_WORD || (kind == QUOTE_CODE && quote->less_count == 2)) {
		refuse(quote, "cannot stand behind <<");
		quote_lose(quote);
	} else if (is_quotable && quote->after_backslash) {
		/* in commands it would quote a byte that is quoted anyway; elsewhere, before most
		 * bytes, it stands for itself */
		if (kind == QUOTE_CODE)
			drop_last(quote->out);
		else
			buf_char(quote->out, '\\');
		quote->after_backslash = quote->after_dollar = false;
		if (kind != QUOTE_CODE)
			quote->in_name = false;
	} else if (is_quotable && quote->after_dollar) {
		drop_last(quote->out);
		buf_str(quote->out, "\\$");
		quote->after_dollar = false;
	} else if (!is_quotable && kind != QUOTE_SINGLE && kind != QUOTE_COMMENT &&
		   is_open_ended(quote->out)) {
		refuse(quote, "would be read together with what stands before it");
		quote->after_backslash = quote->after_dollar = false;
		buf_char(quote->out, '_');
	}
}

static bool is_reserved(const char *value)
{
	static const char *const words[] = {"if", "then", "else", "elif", "fi", "do", "done",
		"case", "esac", "while", "until", "for", "function", "select", "time", "coproc"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i], value) == 0)
			return true;
	}
	return false;
}

/* Does it stand for itself without quotes? */
static bool is_plain(const char *value)
{
	struct buf word BUF_LOCAL = {0};

	text_add_shell_word(&word, value);
	return strcmp(buf_text(&word), value) == 0;
}

static void add_word(struct quote *quote, const char *value, bool force)
{
	size_t start = quote->out->len;

	text_add_shell_word(quote->out, value);
	/* '...' is what it adds to anything that is not plain */
	if (force && quote->out->data[start] != '\'') {
		quote->out->len = start;
		buf_char(quote->out, '\'');
		buf_str(quote->out, value);
		buf_char(quote->out, '\'');
	}
}

static void add_to_code(struct quote *quote, const char *value)
{
	const struct buf *out = quote->out;
	char before = out->len ? out->data[out->len - 1] : '\0';
	/* ~name, {a,b}, [a-z] and $name end where a quote begins */
	bool force = quote->in_name || (before && strchr("~{,[", before)) || is_reserved(value);
	bool is_number = !force && *value && value[strspn(value, "0123456789")] == '\0';

	if (quote->value_count) {
		buf_char(quote->out, ' ');
		quote_start_word(quote);
	}
	add_word(quote, value, force);
	quote->is_number = quote->is_number && is_number;
	quote->after_value = true;
	quote->at_word_start = false;
	quote->case_len = 5;
	quote->in_name = quote->after_paren = false;
	quote->less_count = 0;
}

/* Between quotes: values that are plain need none of their own. */
static void add_to_quotes(struct quote *quote, const char *value, char mark)
{
	bool is_separate = quote->in_name || (*value && !is_plain(value));

	if (quote->value_count) {
		buf_char(quote->out, mark);
		buf_char(quote->out, ' ');
		buf_char(quote->out, mark);
	}
	if (is_separate) {
		buf_char(quote->out, mark);
		add_word(quote, value, true);
		buf_char(quote->out, mark);
	} else {
		buf_str(quote->out, value);
	}
	quote->in_name = false;
}

/* It means nothing, but must not end the comment. */
static void add_to_comment(struct quote *quote, const char *value)
{
	size_t start = quote->out->len;

	if (quote->value_count)
		buf_char(quote->out, ' ');
	text_add_shell_word(quote->out, value);
	for (size_t i = start; i < quote->out->len; i++) {
		if (quote->out->data[i] == '\n')
			quote->out->data[i] = '?';
	}
}

static void add_to_here_text(struct quote *quote, const char *value)
{
	const struct quote_here *here = &quote->here[quote->here_at];
	bool drops_tabs = here->drops_tabs, is_literal = here->is_literal;

	if (quote->in_name)
		refuse(quote,
			"would become a part of the variable's name before it: write ${name}");
	quote->in_name = false;
	if (quote->value_count)
		buf_char(quote->out, ' ');
	quote->line_has_value = true;
	for (; *value; value++) {
		if (drops_tabs && *value == '\t' && quote->line_start == quote->out->len)
			refuse(quote, "begins with a tab, which <<- would drop");
		if (!is_literal && strchr("\\$`", *value))
			buf_char(quote->out, '\\');
		buf_char(quote->out, *value);
		if (*value != '\n')
			continue;
		quote_follow(quote, '\n');
		quote->line_has_value = true;
		if (quote_top(quote)->kind != QUOTE_HERE_TEXT) {
			quote_value(quote, value + 1); /* refused already */
			return;
		}
	}
}

static const char *why_not(const struct quote *quote)
{
	switch ((enum quote_kind)quote->frames[quote->depth].kind) {
	case QUOTE_TICK:
		return "cannot be quoted between backquotes; write $(...) instead";
	case QUOTE_BRACE:
		return "cannot be quoted in ${...}; assign it to a variable first";
	case QUOTE_ARITH:
		return "cannot be quoted in ((...)); assign it to a variable first";
	case QUOTE_ANSI:
		return "cannot be quoted in $'...'; use plain quotes";
	case QUOTE_HERE_TEXT:
		return "cannot stand in a here-document in $(...)";
	default:
		break;
	}
	if (!quote->knows_shell)
		return "cannot be quoted for this shell; pass it in a variable (env.X)";
	return "cannot be quoted here; assign it to a variable at the start of the command";
}

/* Where nothing can be quoted. */
static void add_bare(struct quote *quote, const char *value)
{
	bool is_safe = is_plain(value);

	if (!is_safe)
		refuse(quote, why_not(quote));
	if (quote->value_count)
		buf_char(quote->out, ' ');
	for (; *value; value++) {
		char byte[2] = {*value, '\0'};
		buf_char(quote->out, is_safe || is_plain(byte) ? *value : '_');
	}
}

void quote_value(struct quote *quote, const char *value)
{
	enum quote_kind kind = quote_top(quote)->kind;

	if (kind == QUOTE_CODE) {
		add_to_code(quote, value);
	} else if (kind == QUOTE_SINGLE) {
		add_to_quotes(quote, value, '\'');
	} else if (kind == QUOTE_DOUBLE) {
		add_to_quotes(quote, value, '"');
	} else if (kind == QUOTE_COMMENT) {
		add_to_comment(quote, value);
	} else if (kind == QUOTE_HERE_TEXT && (is_plain(value) || !quote_in_subst(quote))) {
		add_to_here_text(quote, value);
	} else {
		add_bare(quote, value);
	}
	quote->value_count++;
}

/* Here-documents: the word behind <<, and the lines until that word stands alone on one. */
#include <string.h>

#include "model/command/quote.h"

static const char *here_word(const struct quote *quote, unsigned nth)
{
	size_t start = nth ? quote->here[nth - 1].word + 1 : 0;

	return buf_text(&quote->words) + start;
}

static void start_line(struct quote *quote)
{
	quote->line_start = quote->out->len;
	quote->line_has_value = false;
}

/* The end of a line of commands: the text of its here-documents follows. */
void quote_end_command_line(struct quote *quote)
{
	quote_start_word(quote);
	if (quote->here_count == 0)
		return;
	for (unsigned i = 0; i < quote->here_count; i++) {
		if (quote->here[i].depth != quote->depth) {
			quote_lose(quote);
			return;
		}
	}
	quote->here_at = 0;
	quote_push(quote, QUOTE_HERE_TEXT);
	start_line(quote);
}

static void end_here_line(struct quote *quote)
{
	const struct quote_here *here = &quote->here[quote->here_at];
	const char *word = here_word(quote, quote->here_at);
	const char *line = quote->out->data + quote->line_start;
	size_t len = quote->out->len - quote->line_start - 1;

	for (; here->drops_tabs && len && *line == '\t'; line++)
		len--;
	size_t word_len = strlen(word);
	bool starts = word_len <= len && memcmp(word, line, word_len) == 0;
	/* in $(...), bash 5.2 ends it at a line that only begins with the word */
	if (starts && quote->line_has_value && !quote->mistake &&
		(word_len == len || quote_in_subst(quote)))
		quote->mistake = "would end the here-document";
	if (starts && word_len == len) {
		if (++quote->here_at == quote->here_count) {
			quote->here_count = 0;
			buf_reset(&quote->words);
			quote_pop(quote);
			quote_start_word(quote);
			return;
		}
	}
	start_line(quote);
}

void quote_follow_here_text(struct quote *quote, char c)
{
	bool was_escaped = quote->after_backslash, was_dollar = quote->after_dollar;

	quote->after_backslash = false;
	if (c == '\n') {
		quote->after_dollar = quote->in_name = false;
		if (was_escaped)
			quote_lose(quote); /* is the next line one of its own? */
		else
			end_here_line(quote);
		return;
	}
	if (was_escaped || quote->here[quote->here_at].is_literal) {
		quote->after_dollar = false;
		return;
	}
	quote_follow_name(quote, c);
	quote->after_backslash = c == '\\';
	if (c == '`' || (was_dollar && (c == '(' || c == '{')))
		quote_lose(quote); /* a substitution, which may even hold the line that ends us */
}

void quote_start_here_word(struct quote *quote, bool drops_tabs)
{
	if (quote->here_count == QUOTE_HERE) {
		quote_lose(quote);
		return;
	}
	quote->here[quote->here_count] = (struct quote_here){
		.depth = (uint8_t)quote->depth,
		.drops_tabs = drops_tabs,
	};
	quote->word_quote = '\0';
	quote_push(quote, QUOTE_HERE_WORD);
}

/* at_word_start until its first byte. */
void quote_follow_here_word(struct quote *quote, char c)
{
	struct quote_here *here = &quote->here[quote->here_count];
	bool is_first = quote->at_word_start;

	if (is_first && (c == ' ' || c == '\t'))
		return;
	if (c == '\0' || c == '$' || c == '`' || c == '\\') {
		quote_lose(quote);
		return;
	}
	if (quote->word_quote) {
		if (c == '\n')
			quote_lose(quote);
		else if (c == quote->word_quote)
			quote->word_quote = '\0';
		else
			buf_char(&quote->words, c);
		return;
	}
	if (c == '\'' || c == '"') {
		here->is_literal = true;
		quote->word_quote = c;
		quote->at_word_start = false;
		return;
	}
	if (!strchr(" \t\n;&|<>()", c)) {
		quote->at_word_start = false;
		buf_char(&quote->words, c);
		return;
	}
	if (is_first) {
		quote_lose(quote); /* no word */
		return;
	}
	here->word = (uint32_t)quote->words.len;
	buf_char(&quote->words, '\0');
	quote->here_count++;
	quote_pop(quote);
	quote_follow_code(quote, c);
}

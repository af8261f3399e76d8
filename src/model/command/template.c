#include "model/command/template.h"

#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "base/text.h"

#define NAME(id, name, words) name,
#define WORDS(id, name, words) words,

static const char *const filter_names[FILTER_COUNT] = {FILTERS(NAME)};
static const unsigned char filter_words[FILTER_COUNT] = {FILTERS(WORDS)};

static void trim(const char **text, size_t *len)
{
	while (*len && ((*text)[0] == ' ' || (*text)[0] == '\t')) {
		(*text)++;
		(*len)--;
	}
	while (*len && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t'))
		(*len)--;
}

static bool say(struct buf *mistake, const char *text)
{
	if (mistake)
		buf_str(mistake, text);
	return false;
}

static bool unknown_filter(struct buf *mistake, const char *name, size_t len)
{
	char word[64];

	if (!mistake)
		return false;
	buf_str(mistake, "unknown filter '");
	buf_add(mistake, name, len);
	buf_char(mistake, '\'');
	if (len < sizeof word) {
		memcpy(word, name, len);
		word[len] = '\0';
		const char *nearest = text_nearest(word, filter_names, FILTER_COUNT);
		if (nearest)
			buf_fmt(mistake, "; did you mean '%s'?", nearest);
	}
	return false;
}

/* Does `else` stand in front of this place, blanks aside? */
static bool is_behind_else(const char *text, size_t at)
{
	while (at && strchr(" \t", text[at - 1]))
		at--;
	return at >= 5 && memcmp(text + at - 4, "else", 4) == 0 && strchr(" \t|", text[at - 5]);
}

/* May a quoted text begin there: a word behind a filter? */
static bool is_word(const char *text, size_t at)
{
	return at && strchr(" \t|", text[at - 1]) && memchr(text, '|', at);
}

/* Length of "[...]" at text[at], in which placeholders may stand; 0 if it is not closed. */
static size_t bracket_length(const char *text, size_t at, size_t len)
{
	bool is_hole = false;

	for (size_t i = at; i < len && text[i] != '\n'; i++) {
		bool is_pair = i + 1 < len && text[i] == text[i + 1];
		if (text[i] == ']' && !is_hole)
			return i + 1 - at;
		if (is_pair && strchr("{}", text[i])) {
			is_hole = text[i] == '{';
			i++;
		}
	}
	return 0;
}

/* Length of the quoted text behind a filter, or of the placeholder behind `else`, at text[at]; 0 if
 * it is none, or is not closed. */
static size_t other_length(const char *text, size_t at, size_t len)
{
	char quote = text[at];
	bool is_hole = len - at > 3 && quote == '{' && text[at + 1] == '{';

	if (is_hole ? !is_behind_else(text, at) : !strchr("\"'", quote) || !is_word(text, at))
		return 0;
	for (size_t i = at + 1; i < len && text[i] != '\n'; i++) {
		if (is_hole && text[i] == '}' && i + 1 < len && text[i + 1] == '}')
			return i + 2 - at;
		if (!is_hole && text[i] == quote)
			return i + 1 - at;
		i += !is_hole && text[i] == '\\' && i + 1 < len;
	}
	return 0;
}

/* Takes "else VALUE"; false: it is another filter. */
static bool take_other(struct template_hole *hole, const char *name, size_t len)
{
	const char *value = name + 4;
	size_t left = len - 4;

	if (len < 4 || memcmp(name, "else", 4) != 0 || (left && !strchr(" \t", *value)))
		return false;
	trim(&value, &left);
	hole->other = value;
	hole->other_len = left;
	hole->other_at = hole->filter_count;
	return true;
}

/* One word, one quoted text or one placeholder. */
static bool is_other_good(const struct template_hole *hole)
{
	size_t before = (size_t)(hole->other - hole->name);
	size_t len = hole->other_len;

	if (!len)
		return true;
	if (strchr("\"'{", *hole->other))
		return other_length(hole->name, before, before + len) == len;
	for (size_t i = 0; i < len; i++) {
		if (strchr(" \t\"'", hole->other[i]))
			return false;
	}
	return true;
}

/* The next of the words, taken from *words; false: there is none, or a quote in it goes wrong. */
static bool next_word(struct template_words *words, struct buf *out)
{
	trim(&words->text, &words->len);
	if (!words->len)
		return false;
	char quote = strchr("\"'", *words->text) ? *words->text : '\0';
	size_t at = quote != '\0';
	for (; at < words->len; at++) {
		char c = words->text[at];
		if (quote ? c == quote : strchr(" \t\"'", c) != NULL)
			break;
		at += quote && c == '\\' && at + 1 < words->len;
		buf_char(out, words->text[at]);
	}
	bool is_good = quote ? at < words->len : at == words->len || strchr(" \t", words->text[at]);
	at += quote && is_good;
	is_good &= at == words->len || strchr(" \t", words->text[at]) != NULL;
	words->text += at;
	words->len -= at;
	return is_good;
}

static bool take_words(struct template_hole *hole, enum template_filter filter,
	struct template_words words, struct buf *mistake)
{
	unsigned wanted = filter_words[filter];
	bool is_good = true;

	hole->words[hole->filter_count] = words;
	for (unsigned i = 0; i < wanted && is_good; i++) {
		struct buf word BUF_LOCAL = {0};
		is_good = next_word(&words, &word) && (i || word.len);
	}
	trim(&words.text, &words.len);
	if (is_good && !words.len)
		return true;
	return say(mistake, wanted == 1
				    ? "'strip' takes one word, in quotes if it holds blanks"
				    : "'replace' takes two words, in quotes if they hold blanks");
}

static bool add_filter(
	struct template_hole *hole, const char *name, size_t len, struct buf *mistake)
{
	trim(&name, &len);
	if (!hole->other && take_other(hole, name, len))
		return is_other_good(hole) ||
		       say(mistake, "'else' takes one word, a quoted text or one placeholder");
	size_t head = 0;
	while (head < len && !strchr(" \t", name[head]))
		head++;
	for (size_t i = 0; i < FILTER_COUNT; i++) {
		if (strlen(filter_names[i]) != head || memcmp(filter_names[i], name, head) != 0)
			continue;
		if (hole->filter_count == TEMPLATE_FILTERS)
			return say(mistake, "more than 8 filters on one placeholder");
		if (len > head && !filter_words[i])
			return unknown_filter(mistake, name, len);
		if (!take_words(hole, (enum template_filter)i,
			    (struct template_words){name + head, len - head}, mistake))
			return false;
		hole->filters[hole->filter_count++] = (enum template_filter)i;
		return true;
	}
	if (!len)
		return say(mistake, "a filter is missing after '|' in a placeholder");
	return unknown_filter(mistake, name, len);
}

/* The next '|' that is not part of what stands behind `else`. */
static const char *find_bar(const char *text, size_t at, size_t len)
{
	if (!memchr(text + at, '|', len - at))
		return NULL;
	for (size_t start = at; at < len; at++) {
		size_t other = strchr("\"'{", text[at]) ? other_length(text, at, len) : 0;
		if (!start && text[at] == '[')
			other = bracket_length(text, at, len);
		if (!other && text[at] == '|')
			return text + at;
		at += other ? other - 1 : 0;
	}
	return NULL;
}

/* What stands between the braces. */
static bool parse_hole(
	struct template_hole *hole, const char *text, size_t len, struct buf *mistake)
{
	const char *bar = find_bar(text, 0, len), *end = text + len;

	hole->name = text;
	hole->name_len = bar ? (size_t)(bar - text) : len;
	hole->filter_count = hole->other_len = hole->other_at = 0;
	hole->other = NULL;
	trim(&hole->name, &hole->name_len);
	if (!hole->name_len)
		return say(mistake, "a placeholder is empty; write {{{{ for a literal {{");
	while (bar) {
		const char *name = bar + 1;
		bar = find_bar(text, (size_t)(name - text), len);
		size_t name_len = (size_t)((bar ? bar : end) - name);
		if (!add_filter(hole, name, name_len, mistake))
			return false;
	}
	return true;
}

/* Length of what an opened placeholder holds; -1 if the line ends or another one opens before it is
 * closed, after *len bytes. */
static int find_end(const char *text, size_t *len)
{
	for (*len = 0;; ++*len) {
		*len += strcspn(text + *len, "{}[\"'\n");
		const char *at = text + *len;
		if (*at == '\0' || *at == '\n')
			return -1;
		if (*at == '}' && at[1] == '}')
			return 0;
		size_t end = *len + strcspn(at, "\n"), other = 0;
		if (*at == '[' && !memchr(text, '|', *len))
			other = bracket_length(text, *len, end);
		else if (*at != '}')
			other = other_length(text, *len, end);
		if (!other && *at == '{' && at[1] == '{')
			return -1;
		*len += other ? other - 1 : 0;
	}
}

/* Length of a placeholder that opens in another one, `len` bytes behind its begin, up to the end of
 * both; 0: the first is just not closed. */
static size_t nested_length(const char *text, size_t len)
{
	const char *inner = text + len, *line_end = inner + strcspn(inner, "\n");

	if (!text_starts(inner, "{{") || memchr(text, '[', len))
		return 0;
	const char *close = strstr(inner, "}}"), *next = strstr(inner + 2, "{{");
	const char *outer = close ? strstr(close + 2, "}}") : NULL;
	if (!outer || outer >= line_end || (next && next < outer))
		return 0;
	return (size_t)(outer + 2 - inner);
}

static int open_hole(const char *text, size_t *pos, struct template_hole *hole, struct buf *mistake)
{
	const char *content = text + *pos + 2;
	size_t len;

	hole->offset = *pos;
	if (find_end(content, &len) != 0) {
		*pos += 2 + len;
		size_t nested = nested_length(content, len);
		*pos += nested;
		say(mistake, nested ? "a placeholder stands inside another: only the brackets of "
				      "{{STAGE[...].LABEL}} and what is behind 'else' may hold one"
				    : "'}}' is missing after '{{'; write {{{{ for a literal {{");
		return -1;
	}
	*pos += len + 4;
	hole->len = len + 4;
	return parse_hole(hole, content, len, mistake) ? 1 : -1;
}

int template_next(const char *text, size_t *pos, struct template_hole *hole, struct buf *before,
	bool unescape, struct buf *mistake)
{
	for (;;) {
		const char *at = text + *pos;
		size_t run = strcspn(at, "{");
		if (before && run)
			buf_add(before, at, run);
		*pos += run;
		at += run;
		if (*at == '\0')
			return 0;
		size_t braces = strspn(at, "{");
		size_t twice = braces / 4, rest = braces % 4;
		size_t skip = twice * 4 + (rest & 1);
		*pos += skip;
		if (before && !unescape)
			buf_add(before, at, skip);
		else if (before)
			buf_add(before, at, twice * 2 + (rest & 1));
		if (rest >= 2)
			return open_hole(text, pos, hole, mistake);
	}
}

bool template_hole_has(const struct template_hole *hole, enum template_filter filter)
{
	for (size_t i = 0; i < hole->filter_count; i++) {
		if (hole->filters[i] == filter)
			return true;
	}
	return false;
}

/* A directory may have been written with a '/' at its end. */
static size_t without_slashes(const char *value)
{
	size_t len = strlen(value);

	while (len > 1 && value[len - 1] == '/')
		len--;
	return len;
}

static void add_dir(struct buf *out, const char *value, size_t len)
{
	while (len > 0 && value[len - 1] != '/')
		len--;
	if (len == 0) {
		buf_char(out, '.');
		return;
	}
	while (len > 1 && value[len - 1] == '/')
		len--;
	buf_add(out, value, len);
}

void template_filter(struct buf *out, const char *value, enum template_filter filter)
{
	size_t len = without_slashes(value), base = len;

	while (base > 0 && value[base - 1] != '/')
		base--;
	const char *ext = path_ext(value);
	/* no path with '/' at its end has one */
	size_t dot = *ext ? (size_t)(ext - value) - 1 : len;

	switch (filter) {
	case FILTER_STEM:
		buf_add(out, value + base, dot - base);
		break;
	case FILTER_NAME:
		buf_add(out, value + base, len - base);
		break;
	case FILTER_DIR:
		add_dir(out, value, len);
		break;
	case FILTER_EXT:
		buf_str(out, ext);
		break;
	case FILTER_RAW:
	case FILTER_LIST: /* of the path of the list */
		buf_str(out, value);
		break;
	case FILTER_STRIP: /* these take words */
	case FILTER_REPLACE:
	case FILTER_COUNT:
		break;
	}
}

static void add_stripped(struct buf *out, const char *value, const char *end)
{
	size_t len = strlen(value);

	buf_add(out, value, text_ends(value, end) ? len - strlen(end) : len);
}

static void add_replaced(struct buf *out, const char *value, const char *old, const char *by)
{
	for (const char *at; (at = strstr(value, old)); value = at + strlen(old)) {
		buf_add(out, value, (size_t)(at - value));
		buf_str(out, by);
	}
	buf_str(out, value);
}

static void filter_nth(
	struct buf *out, const char *value, const struct template_hole *hole, size_t nth)
{
	struct template_words words = hole->words[nth];
	struct buf first BUF_LOCAL = {0}, second BUF_LOCAL = {0};

	if (!filter_words[hole->filters[nth]]) {
		template_filter(out, value, hole->filters[nth]);
		return;
	}
	next_word(&words, &first);
	next_word(&words, &second);
	if (hole->filters[nth] == FILTER_STRIP)
		add_stripped(out, value, buf_text(&first));
	else
		add_replaced(out, value, buf_text(&first), buf_text(&second));
}

void template_filter_from(struct buf *value, const struct template_hole *hole, size_t first)
{
	for (size_t i = first; i < hole->filter_count; i++) {
		struct buf next = {0};
		filter_nth(&next, buf_text(value), hole, i);
		buf_free(value);
		*value = next;
	}
}

void template_add_hole(struct buf *out, const struct template_hole *hole)
{
	buf_str(out, "{{");
	buf_add(out, hole->name, hole->name_len);
	for (size_t i = 0; i <= hole->filter_count; i++) {
		if (hole->other && i == hole->other_at) {
			buf_str(out, hole->other_len ? " | else " : " | else");
			buf_add(out, hole->other, hole->other_len);
		}
		if (i < hole->filter_count) {
			buf_str(out, " | ");
			buf_str(out, filter_names[hole->filters[i]]);
			if (filter_words[hole->filters[i]]) {
				struct template_words words = hole->words[i];
				trim(&words.text, &words.len);
				buf_char(out, ' ');
				buf_add(out, words.text, words.len);
			}
		}
	}
	buf_str(out, "}}");
}

bool template_other(
	const struct template_hole *hole, struct template_hole *nested, struct buf *text)
{
	const char *value = hole->other;
	size_t len = hole->other_len, pos = 0;
	bool is_quoted = len && strchr("\"'", *value);

	if (len && *value == '{') {
		if (template_next(value, &pos, nested, NULL, false, NULL) != 1)
			return false;
		for (size_t i = hole->other_at; i < hole->filter_count; i++) {
			if (nested->filter_count == TEMPLATE_FILTERS)
				break;
			nested->words[nested->filter_count] = hole->words[i];
			nested->filters[nested->filter_count++] = hole->filters[i];
		}
		return true;
	}
	for (size_t i = is_quoted; i < len - is_quoted; i++) {
		i += is_quoted && value[i] == '\\' && i + 2 < len;
		buf_char(text, value[i]);
	}
	template_filter_from(text, hole, hole->other_at);
	return false;
}

void template_add_other(struct buf *out, const char *text)
{
	buf_char(out, '"');
	for (; *text; text++) {
		if (strchr("\"\\", *text))
			buf_char(out, '\\');
		buf_char(out, *text == '\n' ? ' ' : *text);
	}
	buf_char(out, '"');
}

void template_add_literal(struct buf *out, const char *value)
{
	size_t open = 0; /* braces at the end of out that were not doubled: none or one */

	while (open < out->len && out->data[out->len - 1 - open] == '{')
		open++;
	open &= 1;
	while (*value) {
		size_t run = strcspn(value, "{");
		if (run)
			open = 0;
		buf_add(out, value, run);
		value += run;
		for (; *value == '{'; value++) {
			/* the second of two: "{" becomes "{{{{" */
			buf_str(out, open ? "{{{" : "{");
			open = !open;
		}
	}
}

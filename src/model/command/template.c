#include "model/command/template.h"

#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "base/text.h"

#define NAME(id, name) name,

static const char *const filter_names[FILTER_COUNT] = {FILTERS(NAME)};

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

static bool add_filter(
	struct template_hole *hole, const char *name, size_t len, struct buf *mistake)
{
	trim(&name, &len);
	for (size_t i = 0; i < FILTER_COUNT; i++) {
		if (strlen(filter_names[i]) != len || memcmp(filter_names[i], name, len) != 0)
			continue;
		if (hole->filter_count == TEMPLATE_FILTERS)
			return say(mistake, "more than 8 filters on one placeholder");
		hole->filters[hole->filter_count++] = (enum template_filter)i;
		return true;
	}
	if (!len)
		return say(mistake, "a filter is missing after '|' in a placeholder");
	return unknown_filter(mistake, name, len);
}

/* What stands between the braces. */
static bool parse_hole(
	struct template_hole *hole, const char *text, size_t len, struct buf *mistake)
{
	const char *bar = memchr(text, '|', len), *end = text + len;

	hole->name = text;
	hole->name_len = bar ? (size_t)(bar - text) : len;
	hole->filter_count = 0;
	trim(&hole->name, &hole->name_len);
	if (!hole->name_len)
		return say(mistake, "a placeholder is empty; write {{{{ for a literal {{");
	while (bar) {
		const char *name = bar + 1;
		bar = memchr(name, '|', (size_t)(end - name));
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
	for (*len = 0; text[*len] && text[*len] != '\n'; ++*len) {
		if (text[*len] == '}' && text[*len + 1] == '}')
			return 0;
		if (text[*len] == '{' && text[*len + 1] == '{')
			return -1;
	}
	return -1;
}

static int open_hole(const char *text, size_t *pos, struct template_hole *hole, struct buf *mistake)
{
	const char *content = text + *pos + 2;
	size_t len;

	hole->offset = *pos;
	if (find_end(content, &len) != 0) {
		*pos += 2 + len;
		say(mistake, "'}}' is missing after '{{'; write {{{{ for a literal {{");
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
		buf_str(out, value);
		break;
	case FILTER_COUNT:
		break;
	}
}

void template_filter_all(struct buf *value, const struct template_hole *hole)
{
	for (size_t i = 0; i < hole->filter_count; i++) {
		struct buf next = {0};
		template_filter(&next, buf_text(value), hole->filters[i]);
		buf_free(value);
		*value = next;
	}
}

void template_add_hole(struct buf *out, const struct template_hole *hole)
{
	buf_str(out, "{{");
	buf_add(out, hole->name, hole->name_len);
	for (size_t i = 0; i < hole->filter_count; i++) {
		buf_str(out, " | ");
		buf_str(out, filter_names[hole->filters[i]]);
	}
	buf_str(out, "}}");
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

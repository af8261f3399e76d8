#include "base/json_write.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/name.h"
#include "base/text.h"

enum {
	LEVEL_OBJECT = 1,
	LEVEL_LINES = 2, /* each value has a line of its own */
	LEVEL_USED = 4,  /* it has a value */
};

/* What a string is made from. */
enum source {
	FROM_TEXT,
	FROM_NAME,   /* of a file */
	FROM_OUTPUT, /* of a program */
};

/* Bytes at the beginning that stand for themselves. */
static size_t simple_len(const char *text, size_t len)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones * 0x80;
	size_t i = 0;

	/* Eight at once, as text_plain_len. Of a word without the byte b, less b in each byte, no
	 * byte is zero: taking 1 from each borrows only in a zero. */
	for (; len - i >= 8; i += 8) {
		uint64_t word, quotes, slashes;
		memcpy(&word, text + i, sizeof word);
		quotes = word ^ (ones * '"');
		slashes = word ^ (ones * '\\');
		if ((((word - ones * 0x20) & ~word) | ((quotes - ones) & ~quotes) |
			    ((slashes - ones) & ~slashes)) &
			tops)
			break;
	}
	while (i < len && (unsigned char)text[i] >= 0x20 && text[i] != '"' && text[i] != '\\')
		i++;
	return i;
}

static void add_escape(struct buf *out, char byte, enum source source)
{
	static const char bytes[] = "\"\\\n\t\r\b\f", letters[] = "\"\\ntrbf";
	/* the page has always had its logs without the last ones */
	const char *found = memchr(bytes, byte, source == FROM_OUTPUT ? 4 : sizeof bytes - 1);

	if (found)
		buf_fmt(out, "\\%c", letters[found - bytes]);
	else
		buf_fmt(out, "\\u%04x", (unsigned char)byte);
}

/* Valid UTF-8. */
static void add_string(struct buf *out, const char *text, size_t len, enum source source)
{
	buf_char(out, '"');
	for (;;) {
		size_t simple = simple_len(text, len);

		buf_add(out, text, simple);
		if (simple == len)
			break;
		add_escape(out, text[simple], source);
		text += simple + 1;
		len -= simple + 1;
	}
	buf_char(out, '"');
}

/* A program that links libstageio may have set a locale with another decimal point. */
static void add_with_point(struct buf *out, const char *text)
{
	static const char plain[] = "+-0123456789e";
	size_t before = strspn(text, plain);
	size_t point = strcspn(text + before, plain);

	buf_add(out, text, before);
	if (point > 0)
		buf_char(out, '.');
	buf_str(out, text + before + point);
}

/* Most numbers are integers; printf takes its time for doubles. */
static void add_integer(struct buf *out, int64_t value)
{
	char text[24], *at = text + sizeof text;
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do
		*--at = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		*--at = '-';
	buf_add(out, at, (size_t)(text + sizeof text - at));
}

/* What is measured has at most six decimals; printf and strtod take their time for those as well.
 * The quotient of two integers is what the decimal of its digits reads as, and up to 15 digits
 * there is none shorter. */
static bool add_millionths(struct buf *out, double value)
{
	double units = round(fabs(value) * 1e6);
	char text[8];
	int len = 7;

	if (!(fabs(value) >= 1e-4) || !(units < 1e15) || units / 1e6 != fabs(value))
		return false;
	uint32_t rest = (uint32_t)((uint64_t)units % 1000000);
	for (int i = 6; i > 0; i--, rest /= 10)
		text[i] = (char)('0' + rest % 10);
	text[0] = '.';
	while (text[len - 1] == '0')
		len--;
	if (value < 0)
		buf_char(out, '-');
	add_integer(out, (int64_t)((uint64_t)units / 1000000));
	buf_add(out, text, (size_t)len);
	return true;
}

static void add_number(struct buf *out, double value)
{
	char text[40];

	if (!isfinite(value)) {
		buf_str(out, "null"); /* JSON has no word for it */
		return;
	}
	/* up to 2^53 every integer is itself */
	if (fabs(value) <= 9007199254740992.0 && value == trunc(value)) {
		if (value == 0 && signbit(value))
			buf_str(out, "-0");
		else
			add_integer(out, (int64_t)value);
		return;
	}
	if (add_millionths(out, value))
		return;
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	add_with_point(out, text);
}

static void add_break(const struct json_writer *w)
{
	static const char blanks[] = "\n                ";
	const unsigned most = (unsigned)sizeof blanks / 2 - 1;
	unsigned depth = w->is_flush ? 0 : w->depth;

	buf_add(w->out, blanks, 1 + 2 * (size_t)(depth < most ? depth : most));
	for (; depth > most; depth--)
		buf_str(w->out, "  ");
}

void json_write_key(struct json_writer *w, const char *key)
{
	uint8_t *level = &w->level[w->depth];

	assert(!key == !(*level & LEVEL_OBJECT));
	assert(w->depth > 0 || !(*level & LEVEL_USED)); /* there is one value at the top */
	if (*level & LEVEL_USED)
		buf_add(w->out, ", ", *level & LEVEL_LINES ? 1 : 2);
	if (*level & LEVEL_LINES)
		add_break(w);
	*level |= LEVEL_USED;
	if (key) {
		add_string(w->out, key, strlen(key), FROM_TEXT);
		buf_add(w->out, ": ", 2);
	}
}

static void begin(struct json_writer *w, const char *key, int level)
{
	json_write_key(w, key);
	assert(w->depth + 1 < JSON_LEVELS_MAX);
	w->level[++w->depth] = (uint8_t)(w->is_pretty ? level | LEVEL_LINES : level);
	buf_char(w->out, level & LEVEL_OBJECT ? '{' : '[');
}

void json_write_object(struct json_writer *w, const char *key)
{
	begin(w, key, LEVEL_OBJECT);
}

void json_write_array(struct json_writer *w, const char *key)
{
	begin(w, key, 0);
}

void json_write_rows(struct json_writer *w, const char *key)
{
	begin(w, key, LEVEL_LINES);
}

void json_write_document(struct json_writer *w, const char *schema)
{
	begin(w, NULL, LEVEL_OBJECT | LEVEL_LINES);
	json_write_str(w, "schema", schema);
}

void json_write_end(struct json_writer *w)
{
	uint8_t level = w->level[w->depth];

	assert(w->depth > 0);
	w->depth--;
	if ((level & LEVEL_LINES) && (level & LEVEL_USED))
		add_break(w);
	buf_char(w->out, level & LEVEL_OBJECT ? '}' : ']');
}

void json_write_finish(struct json_writer *w)
{
	json_write_end(w);
	assert(w->depth == 0);
	w->level[0] = 0;
	buf_char(w->out, '\n');
}

static void write_string(
	struct json_writer *w, const char *key, const char *text, size_t len, enum source source)
{
	struct buf valid BUF_LOCAL = {.soft = w->out->soft};

	json_write_key(w, key);
	if (!text) {
		buf_str(w->out, "null");
		return;
	}
	if (source == FROM_NAME ? text_plain_len(text, len) == len : text_is_utf8(text, len)) {
		add_string(w->out, text, len, source);
		return;
	}
	if (source == FROM_NAME)
		name_to_json(&valid, text);
	else
		text_add_utf8(&valid, text, len);
	add_string(w->out, buf_text(&valid), valid.len, source);
	w->out->failed |= valid.failed;
}

void json_write_str(struct json_writer *w, const char *key, const char *text)
{
	write_string(w, key, text, text ? strlen(text) : 0, FROM_TEXT);
}

void json_write_output(struct json_writer *w, const char *key, const char *text, size_t len)
{
	write_string(w, key, text, len, FROM_OUTPUT);
}

void json_write_name(struct json_writer *w, const char *key, const char *name)
{
	write_string(w, key, name, name ? strlen(name) : 0, FROM_NAME);
}

void json_write_num(struct json_writer *w, const char *key, double value)
{
	json_write_key(w, key);
	add_number(w->out, value);
}

void json_write_known(struct json_writer *w, const char *key, double value)
{
	json_write_num(w, key, value < 0 ? (double)NAN : value);
}

void json_write_seconds(struct json_writer *w, const char *key, double value)
{
	json_write_known(w, key, value < 0 ? value : round(value * 1e6) / 1e6);
}

void json_write_bool(struct json_writer *w, const char *key, bool value)
{
	json_write_key(w, key);
	buf_str(w->out, value ? "true" : "false");
}

void json_write_null(struct json_writer *w, const char *key)
{
	json_write_str(w, key, NULL);
}

/* Recursion: parsed trees have at most 200 levels, others are ours. */
void json_write_node(struct json_writer *w, const char *key, const json *node)
{
	enum json_kind kind = json_kind(node);

	switch (kind) {
	case JSON_NULL:
		json_write_null(w, key);
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		json_write_bool(w, key, kind == JSON_TRUE);
		break;
	case JSON_NUMBER:
		json_write_num(w, key, json_num(node, 0));
		break;
	case JSON_STRING:
		json_write_key(w, key);
		add_string(w->out, json_str(node, ""), strlen(json_str(node, "")), FROM_TEXT);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		begin(w, key, kind == JSON_OBJECT ? LEVEL_OBJECT : 0);
		for (const json *child = json_first(node); child; child = json_next(child))
			json_write_node(w, kind == JSON_OBJECT ? json_key(child) : NULL, child);
		json_write_end(w);
		break;
	}
}

void json_format(const json *node, struct buf *out)
{
	struct json_writer w = {.out = out, .is_pretty = true};

	json_write_node(&w, NULL, node);
}

void json_format_line(const json *node, struct buf *out)
{
	struct json_writer w = {.out = out};

	json_write_node(&w, NULL, node);
}

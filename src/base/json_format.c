/* The part of json.h that writes. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"

/* Bytes at the beginning that stand for themselves. */
static size_t simple_len(const char *text)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones * 0x80;
	size_t len = strlen(text), i = 0;

	/* Eight at once, as text_plain_len. Of a word without the byte b, less b in each byte, no byte is zero:
	 * taking 1 from each borrows only in a zero. */
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
	while ((unsigned char)text[i] >= 0x20 && text[i] != '"' && text[i] != '\\')
		i++;
	return i;
}

static void add_string(struct buf *out, const char *text)
{
	buf_char(out, '"');
	for (;;) {
		const char *p = text + simple_len(text);
		buf_add(out, text, (size_t)(p - text));
		if (!*p)
			break;
		switch (*p) {
		case '"':
			buf_str(out, "\\\"");
			break;
		case '\\':
			buf_str(out, "\\\\");
			break;
		case '\n':
			buf_str(out, "\\n");
			break;
		case '\r':
			buf_str(out, "\\r");
			break;
		case '\t':
			buf_str(out, "\\t");
			break;
		case '\b':
			buf_str(out, "\\b");
			break;
		case '\f':
			buf_str(out, "\\f");
			break;
		default:
			buf_fmt(out, "\\u%04x", (unsigned char)*p);
		}
		text = p + 1;
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

/* What is measured has at most six decimals; printf and strtod take their time for those as well. The quotient
 * of two integers is what the decimal of its digits reads as, and up to 15 digits there is none shorter. */
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

static void add_break(struct buf *out, int depth)
{
	static const char blanks[] = "\n                ";
	const int most = (int)sizeof blanks / 2 - 1;

	if (depth < 0)
		return;
	buf_add(out, blanks, 1 + 2 * (size_t)(depth < most ? depth : most));
	for (; depth > most; depth--)
		buf_str(out, "  ");
}

static void add_node(struct buf *out, const json *node, int depth);

static void add_children(struct buf *out, const json *node, bool is_object, int depth)
{
	const json *child = json_first(node);
	int inner = depth < 0 ? depth : depth + 1;

	if (!child) {
		buf_str(out, is_object ? "{}" : "[]");
		return;
	}
	buf_char(out, is_object ? '{' : '[');
	while (child) {
		add_break(out, inner);
		if (is_object) {
			add_string(out, json_key(child));
			buf_str(out, ": ");
		}
		add_node(out, child, inner);
		child = json_next(child);
		if (child)
			buf_str(out, depth < 0 ? ", " : ",");
	}
	add_break(out, depth);
	buf_char(out, is_object ? '}' : ']');
}

/* depth < 0: all on one line. Recursion: parsed trees have at most 200 levels, others are ours. */
static void add_node(struct buf *out, const json *node, int depth)
{
	enum json_kind kind = json_kind(node);

	switch (kind) {
	case JSON_NULL:
		buf_str(out, "null");
		break;
	case JSON_FALSE:
		buf_str(out, "false");
		break;
	case JSON_TRUE:
		buf_str(out, "true");
		break;
	case JSON_NUMBER:
		add_number(out, json_num(node, 0));
		break;
	case JSON_STRING:
		add_string(out, json_str(node, ""));
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		add_children(out, node, kind == JSON_OBJECT, depth);
		break;
	}
}

void json_format_string(const char *text, struct buf *out)
{
	add_string(out, text);
}

void json_format(const json *node, struct buf *out)
{
	add_node(out, node, 0);
}

void json_format_line(const json *node, struct buf *out)
{
	add_node(out, node, -1);
}

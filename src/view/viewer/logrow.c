#include "view/viewer/logrow.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "view/viewer/logink.h"
#include "view/viewer/logmatch.h"
#include "view/words/width.h"

#define TAB 8

/* A line that is gone through, glyph by glyph. */
struct walk {
	const char *text;
	size_t len, at;
	size_t column;      /* where the next glyph stands */
	size_t plain;       /* bytes of plain text before it */
	struct buf visible; /* the glyph, where it is not as in the text */
};

struct glyph {
	const char *text; /* as the terminal may have it; in the line or in the walk */
	size_t len, columns;
	size_t step;     /* bytes of the line */
	bool is_color;   /* no glyph but a sequence of that length */
	bool is_special; /* stands for something that cannot be shown */
};

/* Characters that change the direction of what follows: what is read is not what is there. */
static bool turns_direction(const unsigned char *text, size_t len)
{
	if (len == 2)
		return text[0] == 0xd8 && text[1] == 0x9c;
	if (len != 3 || text[0] != 0xe2)
		return false;
	return (text[1] == 0x80 && (text[2] == 0x8e || text[2] == 0x8f ||
					   (text[2] >= 0xaa && text[2] <= 0xae))) ||
	       (text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9);
}

static void show_special(struct walk *walk, struct glyph *glyph)
{
	const unsigned char *bytes = (const unsigned char *)glyph->text;

	buf_reset(&walk->visible);
	if (turns_direction(bytes, glyph->len))
		for (size_t i = 0; i < glyph->len; i++)
			buf_fmt(&walk->visible, "\\x%02x", bytes[i]);
	else
		text_add_printable(&walk->visible, glyph->text, glyph->len);
	glyph->text = walk->visible.data;
	glyph->len = glyph->columns = walk->visible.len;
	glyph->is_special = true;
}

static bool walk_step(struct walk *walk, struct glyph *glyph)
{
	const char *text = walk->text + walk->at;
	size_t left = walk->len - walk->at;

	if (!left)
		return false;
	*glyph = (struct glyph){.text = text, .len = 1, .columns = 1, .step = 1};
	if (*text == '\033')
		glyph->step = ink_sequence(text, left);
	if (*text == '\033' && glyph->step) {
		glyph->is_color = true;
		glyph->len = glyph->step;
	} else if (*text == '\t') {
		glyph->text = "        ";
		glyph->len = glyph->columns = TAB - walk->column % TAB;
	} else if ((unsigned char)*text < ' ' || (unsigned char)*text >= 0x7f) {
		glyph->step = glyph->len = width_step(text, left, &glyph->columns);
		if (glyph->len == 1 || turns_direction((const unsigned char *)text, glyph->len) ||
			(glyph->len == 2 && (unsigned char)text[0] == 0xc2 &&
				(unsigned char)text[1] < 0xa0))
			show_special(walk, glyph);
	}
	walk->at += glyph->step;
	if (!glyph->is_color) {
		walk->column += glyph->columns;
		walk->plain += glyph->step;
	}
	return true;
}

void logrow_plain(struct buf *out, const char *text, size_t len)
{
	while (len) {
		const char *escape = memchr(text, '\033', len);
		size_t part = escape ? (size_t)(escape - text) : len;
		size_t skip = escape ? ink_sequence(escape, len - part) : 0;

		if (escape && !skip)
			buf_add(out, text, part + 1);
		else
			buf_add(out, text, part);
		part += escape && !skip ? 1 : skip;
		text += part;
		len -= part;
	}
}

size_t logrow_columns(const char *text, size_t len, size_t plain)
{
	struct walk walk = {.text = text, .len = len};
	struct glyph glyph;
	size_t column = 0;

	while (walk.plain < plain && walk_step(&walk, &glyph))
		column = walk.column;
	buf_free(&walk.visible);
	return column;
}

/* Where in the plain text the search has found something: moves on with the walk. */
struct found {
	const struct logmatch *match;
	struct buf text;
	size_t start; /* of the match that comes next, or is under way; SIZE_MAX: none */
};

static struct found found_begin(const struct logmatch *match, const char *text, size_t len)
{
	struct found found = {.match = match, .start = SIZE_MAX};

	if (!match || !match->text.len)
		return found;
	logrow_plain(&found.text, text, len);
	if (found.text.len)
		logmatch_prepare(match, found.text.data, found.text.len);
	found.start = logmatch_find(match, buf_text(&found.text), found.text.len, 0);
	return found;
}

static bool found_covers(struct found *found, size_t plain)
{
	while (found->start != SIZE_MAX && plain >= found->start + found->match->text.len)
		found->start = logmatch_find(found->match, found->text.data, found->text.len,
			found->start + found->match->text.len);
	return found->start != SIZE_MAX && plain >= found->start;
}

static struct ink plain_ink(const struct logrow_look *look)
{
	struct ink ink = {0};

	if (look->is_marked)
		ink.attributes |= INK_BOLD;
	if (!look->color)
		return ink;
	if (look->level == LOG_ERROR)
		ink.fore = INK_PALETTE(1);
	else if (look->level == LOG_WARNING)
		ink.fore = INK_PALETTE(3);
	else if (look->level == LOG_DEBUG)
		ink.attributes |= INK_FAINT;
	return ink;
}

/* The row that is being made. */
struct row {
	struct buf *out;
	struct ink now; /* what the terminal writes with */
	size_t left, columns, used;
};

static void row_ink(struct row *row, const struct ink *ink)
{
	if (ink_eq(&row->now, ink))
		return;
	ink_add(row->out, ink);
	row->now = *ink;
}

/* A glyph of which a part is left of the first column shows only blanks, unless it is of ASCII. */
static void row_glyph(struct row *row, const struct glyph *glyph, size_t start, const struct ink *ink)
{
	size_t skip = start < row->left ? row->left - start : 0;
	size_t room = row->columns - row->used;
	size_t seen = glyph->columns - skip;

	row_ink(row, ink);
	if (seen > room)
		seen = room;
	if (glyph->len == glyph->columns)
		buf_add(row->out, glyph->text + skip, seen);
	else if (seen == glyph->columns)
		buf_add(row->out, glyph->text, glyph->len);
	else
		width_pad(row->out, 0, seen);
	row->used += seen;
}

size_t logrow_add(struct buf *out, const struct logrow_look *look, const char *text, size_t len,
	size_t left, size_t columns, bool *has_more)
{
	struct walk walk = {.text = text, .len = len};
	struct row row = {.out = out, .left = left, .columns = columns};
	const struct ink plain = plain_ink(look), none = {0};
	struct found found = found_begin(look->match, text, len);
	struct ink ink = plain;
	struct glyph glyph;

	*has_more = false;
	for (;;) {
		size_t start = walk.column, at = walk.plain;
		struct ink shown;

		if (!walk_step(&walk, &glyph))
			break;
		if (glyph.is_color) {
			if (look->color)
				ink_apply(&ink, &plain, glyph.text, glyph.len);
			continue;
		}
		if (walk.column <= left && (walk.column < left || glyph.columns))
			continue;
		if (glyph.columns && start >= left + columns) {
			*has_more = true;
			break;
		}
		if (glyph.columns == 0 && row.used == 0 && left)
			continue; /* a mark whose letter is not seen */
		shown = ink;
		if (glyph.is_special)
			shown.attributes ^= look->color ? INK_FAINT : 0;
		if (found_covers(&found, at))
			shown.attributes ^= INK_REVERSE;
		*has_more = walk.column > left + columns;
		row_glyph(&row, &glyph, start, &shown);
	}
	row_ink(&row, &none);
	buf_free(&walk.visible);
	buf_free(&found.text);
	return row.used;
}

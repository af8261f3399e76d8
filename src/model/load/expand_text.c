/* Texts with placeholders in them: values of one line, of several, and what is wrong with them. */
#include <string.h>

#include "base/fs.h"
#include "model/command/template.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"

/* A value that placeholders made longer than this could not be given to a program anyway, and a few
 * lines of parameters that name each other twice make any length. */
#define VALUE_MAX ((size_t)256 << 10)

bool expand_text(struct expand *x, const struct def_line *at, const char *text, struct buf *out)
{
	size_t start = out->len, pos = 0;
	bool is_good = true;
	struct template_hole hole;

	if (!strstr(text, "{{")) {
		buf_str(out, text);
		return true;
	}
	for (;;) {
		struct buf mistake BUF_LOCAL = {0};
		int rc = template_next(text, &pos, &hole, out, true, &mistake);
		if (rc < 0)
			is_good = expand_mistake(x, at, "%s", buf_text(&mistake));
		if (rc == 0)
			return is_good;
		if (rc > 0 && !expand_hole(x, at, &hole, out))
			is_good = false;
		if (out->len - start > VALUE_MAX)
			return expand_mistake(x, at, "'%s' grows beyond %zu KiB",
				expand_line_key(x->loader, at), VALUE_MAX >> 10);
	}
}

bool expand_is_glob(const char *text)
{
	struct template_hole hole;
	struct buf rest BUF_LOCAL = {0};
	size_t pos = 0;

	if (!fs_is_glob(text) || !strstr(text, "{{"))
		return fs_is_glob(text);
	while (template_next(text, &pos, &hole, &rest, true, NULL))
		continue;
	return fs_is_glob(buf_text(&rest));
}

bool expand_value(struct expand *x, const struct def_line *line, struct buf *out)
{
	struct loader *loader = x->loader;
	uint32_t first = (uint32_t)(line - loader->text.lines);
	uint32_t count = def_value_lines(&loader->text, first);
	bool is_good = true;

	for (uint32_t i = 0; i < count; i++) {
		line = &loader->text.lines[first + i];
		if (i > 1 || (i == 1 && out->len))
			buf_char(out, '\n');
		is_good &= expand_text(x, line, line->value, out);
	}
	return is_good;
}

bool expand_single(struct expand *x, const struct def_line *line, struct buf *out)
{
	struct loader *loader = x->loader;
	uint32_t first = (uint32_t)(line - loader->text.lines);

	if (def_value_lines(&loader->text, first) > 1)
		return expand_mistake(
			x, line + 1, "'%s' takes one line", expand_line_key(loader, line));
	return expand_text(x, line, line->value, out);
}

#include "run/attempt/final_text.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/job_names.h"
#include "base/path.h"

#define BREAKS " \t\n\r\"'`,;:()[]{}<>|"

/* The attempt's directory in the text, as a whole path or at the end of one. */
static const char *find(const struct final_places *places, const char *text)
{
	size_t len = strlen(places->own_dir);

	for (const char *at = text; (at = strstr(at, places->own_dir)); at += len) {
		bool begins = at == text || strchr(BREAKS "/=", at[-1]);
		bool ends = !at[len] || strchr(BREAKS "/", at[len]);
		if (begins && ends)
			return at;
	}
	return NULL;
}

static void add_place(
	const struct final_places *places, const char *at, size_t len, struct buf *out)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *rest = path_below(places->work_dir, arena_strndup(&arena, at, len));
	bool is_below = rest && *rest;

	buf_str(out, is_below ? places->place(places->ctx, rest, &arena) : places->dir);
}

const char *final_text_of(const struct final_places *places, const char *text, struct buf *out)
{
	const char *at = strstr(text, WORK_DIR) ? find(places, text) : NULL;

	if (!at)
		return text;
	buf_reset(out);
	for (; at; at = find(places, text)) {
		size_t len = strcspn(at, BREAKS);
		if (len < strlen(places->own_dir))
			len = strlen(places->own_dir); /* a break stands in its name */
		buf_add(out, text, (size_t)(at - text));
		add_place(places, at, len, out);
		text = at + len;
	}
	buf_str(out, text);
	return buf_text(out);
}

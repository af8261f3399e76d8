/* What a stage says of its work directory, which is gone when it has ended: its texts are told with
 * the final places of what lies there. What its command puts out stays as it is. */
#include <string.h>

#include "base/path.h"
#include "model/graph/job_paths.h"
#include "run/engine/context.h"

#define BREAKS " \t\n\r\"'`,;:()[]{}<>|"

/* The work directory in the text, as a whole path or at the end of one. */
static const char *find(const struct running *running, const char *text)
{
	size_t len = strlen(running->own_dir);

	for (const char *at = text; (at = strstr(at, running->own_dir)); at += len) {
		bool begins = at == text || strchr(BREAKS "/=", at[-1]);
		bool ends = !at[len] || strchr(BREAKS "/", at[len]);
		if (begins && ends)
			return at;
	}
	return NULL;
}

static void add_place(const struct run *run, struct running *running, const char *at, size_t len)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *rest = path_below(running->work_dir, arena_strndup(&arena, at, len));
	bool is_below = rest && *rest;

	buf_str(&running->final,
		is_below ? stage_final_place(run->graph, running->stage, rest, &arena)
			 : running->dir);
}

const char *final_text(const struct run *run, struct running *running, const char *text)
{
	const char *at = strstr(text, WORK_DIR) ? find(running, text) : NULL;

	if (!at)
		return text;
	buf_reset(&running->final);
	for (; at; at = find(running, text)) {
		size_t len = strcspn(at, BREAKS);
		if (len < strlen(running->own_dir))
			len = strlen(running->own_dir); /* a break stands in its name */
		buf_add(&running->final, text, (size_t)(at - text));
		add_place(run, running, at, len);
		text = at + len;
	}
	buf_str(&running->final, text);
	return buf_text(&running->final);
}

void final_texts(const struct run *run, struct running *running, json *tree)
{
	for (const json *node = json_first(tree), *next; node; node = next) {
		const char *text = json_str(node, NULL), *final;
		next = json_next(node);
		if (!text) {
			final_texts(run, running, (json *)node);
			continue;
		}
		final = final_text(run, running, text);
		if (final == text)
			continue;
		if (json_is(tree, JSON_OBJECT))
			json_set(tree, json_key(node), json_string(final));
		else
			json_replace(tree, node, json_string(final));
	}
}

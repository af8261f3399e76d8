#include "model/graph/build_parts.h"

#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"

struct text_key {
	const char *pool, *text;
	size_t len;
};

static bool is_same_text(const void *ctx, uint32_t offset)
{
	const struct text_key *key = ctx;
	const char *have = key->pool + offset;

	return strncmp(have, key->text, key->len) == 0 && have[key->len] == '\0';
}

uint32_t build_find_hashed(const struct build *build, const char *text, size_t len, uint32_t hash)
{
	struct text_key key = {build->graph->text, text, len};

	return table_get(&build->state->texts, hash, is_same_text, &key);
}

uint32_t build_find_text(const struct build *build, const char *text, size_t len)
{
	return len ? build_find_hashed(build, text, len, table_hash(text, len)) : 0;
}

uint32_t build_find_file(const struct build *build, uint32_t path)
{
	return path == NONE ? NONE : table_get(&build->state->files, path, NULL, NULL);
}

void build_mistake(
	const struct graph *graph, uint32_t stage, struct diags *diags, const char *fmt, ...)
{
	const struct stage *at = &graph->stages[stage];
	const char *file = "";
	struct buf text BUF_LOCAL = {0};
	va_list args;

	if (at->source < graph->source_count)
		file = graph_text(graph, graph->sources[at->source].name);
	va_start(args, fmt);
	buf_vfmt(&text, fmt, args);
	va_end(args);
	diag_add(diags, file, at->line, "%s%s", buf_text(&text), diag_note_of(diags, at->source));
}

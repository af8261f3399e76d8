#include "model/graph/build_above.h"

#include <string.h>

void above_init(struct above_index *index, const struct build *build)
{
	const struct graph *graph = build->graph;

	*index = (struct above_index){.build = build};
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		uint32_t dir = graph->stages[i].dir;
		if (dir && above_owner(index, dir) == NONE)
			table_add(&index->dirs, dir, i);
	}
}

void above_free(struct above_index *index)
{
	table_free(&index->dirs);
}

/* The length of the directory that holds path[0..len), 0 if there is none. That of "a" is ".",
 * which is not a part of it: is_dot. */
static size_t parent_len(const char *path, size_t len, bool *is_dot)
{
	size_t at = len;

	*is_dot = false;
	if (len == 1 && (path[0] == '/' || path[0] == '.'))
		return 0;
	while (at > 0 && path[at - 1] != '/')
		at--;
	if (at > 1)
		return at - 1;
	if (at == 1)
		return 1; /* "/" */
	if (len == 2 && path[0] == '.' && path[1] == '.')
		return 0;
	*is_dot = true;
	return 1;
}

struct above above_start(const struct above_index *index, uint32_t path)
{
	const char *text = graph_text(index->build->graph, path);

	return (struct above){.path = text, .len = strlen(text), .text = path};
}

static uint32_t find_dir(struct above_index *index, const char *path, size_t len)
{
	struct above_seen *seen = &index->seen[len % ABOVE_SEEN];

	if (seen->len != len || memcmp(seen->path, path, len) != 0)
		*seen = (struct above_seen){path, len, build_find_text(index->build, path, len)};
	return seen->text;
}

void above_expect(struct above_index *index, uint32_t path)
{
	struct above at = above_start(index, path);

	index->seen[at.len % ABOVE_SEEN] = (struct above_seen){at.path, at.len, path};
}

bool above_up(struct above_index *index, struct above *above)
{
	bool is_dot;

	above->len = parent_len(above->path, above->len, &is_dot);
	if (!above->len)
		return false;
	if (is_dot)
		above->path = ".";
	above->text = find_dir(index, above->path, above->len);
	return true;
}

uint32_t above_owner(const struct above_index *index, uint32_t path)
{
	return path == NONE ? NONE : table_get(&index->dirs, path, NULL, NULL);
}

uint32_t above_producer(const struct above_index *index, uint32_t path)
{
	uint32_t file = build_find_file(index->build, path);

	return file == NONE ? NONE : index->build->graph->files[file].producer;
}

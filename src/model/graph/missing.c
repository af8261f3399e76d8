#include "model/graph/missing.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"

#define LISTED_MAX 20000u /* names of a directory that are compared */

void missing_mark_needs(const struct graph *graph, uint32_t stage, bool *marked)
{
	/* In the order of the graph what is needed stands before what needs it. */
	marked[stage] = true;
	for (uint32_t i = graph->stage_count; i-- > 0;) {
		const struct stage *s = &graph->stages[graph->order[i]];
		for (uint32_t k = 0; marked[graph->order[i]] && k < s->needs.count; k++)
			marked[graph->edges[s->needs.first + k]] = true;
	}
}

static const char *label_of(const struct graph *graph, uint32_t maker, uint32_t file)
{
	const struct stage *s = &graph->stages[maker];

	for (uint32_t i = s->input_count; i < stage_use_count(s); i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		if (use->file == file)
			return graph_text(graph, graph->labels[use->label].name);
	}
	return NULL;
}

const char *missing_advice(struct arena *arena, const struct graph *graph, uint32_t reader,
	uint32_t maker, uint32_t file)
{
	const char *label = file == NONE ? NULL : label_of(graph, maker, file);
	const char *decl = graph_text(graph, graph->stages[maker].decl);
	bool *marked = arena_alloc(arena, graph->stage_count);

	missing_mark_needs(graph, maker, marked);
	if (marked[reader])
		return "that stage needs this one and comes behind it: what is read is of an "
		       "earlier run";
	return label ? arena_fmt(arena, "add input.%s = {{%s.%s}}", label, decl, label)
		     : arena_fmt(arena, "add after = %s", decl);
}

/* "[a.txt, b.txt]", "a.txt, b.txt", "a.txt b.txt": a list as others write it. */
static bool is_list(struct arena *arena, const char *path)
{
	char *copy = arena_strdup(arena, path), *rest = NULL;
	size_t count = 0;

	for (char *item = strtok_r(copy, " \t,;[]\"'", &rest); item;
		item = strtok_r(NULL, " \t,;[]\"'", &rest), count++) {
		if (*path != '[' && !fs_exists(item))
			return false;
	}
	return count > 1;
}

/* "demux.audio", "{demux.audio}", or the bare name of a file that a stage makes. */
static const char *near_made(struct arena *arena, const struct graph *graph, const char *path)
{
	const char *word = path + strspn(path, "${");
	size_t len = strcspn(word, "}");

	for (uint32_t i = 0; i < graph->file_count; i++) {
		uint32_t maker = graph->files[i].producer;
		const char *label = maker == NONE ? NULL : label_of(graph, maker, i);
		if (!label)
			continue;
		const char *name = arena_fmt(
			arena, "%s.%s", graph_text(graph, graph->stages[maker].decl), label);
		if (strlen(name) == len && strncmp(name, word, len) == 0)
			return arena_fmt(arena, "; what stage %s makes is {{%s}}",
				graph_text(graph, graph->stages[maker].decl), name);
		if (text_eq(path_base(file_path(graph, i)), path))
			return arena_fmt(arena,
				"; stage %s makes a file of that name: write {{%s}}",
				stage_name(graph, maker), name);
	}
	return NULL;
}

/* The path with the first part of it that is not there put right; NULL: nothing is near. */
static const char *near_file(struct arena *arena, const char *path)
{
	const char *slash = path + (*path == '/');
	const char *dir = ".", *part = slash;
	char **names;
	size_t count;

	for (; (slash = strchr(part, '/')); part = slash + 1) {
		const char *upper = arena_strndup(arena, path, (size_t)(slash - path));
		if (!fs_is_dir(upper))
			break;
		dir = upper;
	}
	if (part == path + 1)
		dir = "/";
	size_t len = strcspn(part, "/");
	if (fs_list(arena, dir, &names, &count, NULL) != 0 || count > LISTED_MAX)
		return NULL;
	const char *word = arena_strndup(arena, part, len), *near = NULL;
	for (size_t i = 0; i < count && !near; i++)
		near = strcasecmp(names[i], word) == 0 ? names[i] : NULL;
	/* of names of one or two letters every other is near */
	if (!near && (part[len] || strcspn(word, ".") > 2))
		near = text_nearest(word, (const char *const *)names, count);
	if (!near)
		return NULL;
	const char *whole =
		arena_fmt(arena, "%.*s%s%s", (int)(part - path), path, near, part + len);
	return fs_exists(whole) ? whole : NULL;
}

/* The directory of the path, if it is not there itself. */
static const char *missing_dir(struct arena *arena, const char *path)
{
	const char *dir = path_dir(arena, path);

	return fs_is_dir(dir) ? NULL : dir;
}

const char *missing_near_file(struct arena *arena, const char *path)
{
	const char *near = fs_exists(path) ? NULL : near_file(arena, path);

	return near ? arena_fmt(arena, "; did you mean '%s'?", near) : "";
}

const char *missing_near(struct arena *arena, const struct graph *graph, const char *path)
{
	size_t len = strlen(path);
	const char *near = near_made(arena, graph, path);

	if (near)
		return near;
	if (is_list(arena, path))
		return "; several files stand one a line";
	if (len > 2 && strchr("\"'", *path) && path[len - 1] == *path)
		return "; quotes are a part of the name here: leave them out";
	if (text_starts(path, "~/") || *path == '$')
		return "; no shell reads a path: write it out, or as a parameter";
	near = near_file(arena, path);
	if (near)
		return arena_fmt(arena, "; did you mean '%s'?", near);
	near = missing_dir(arena, path);
	return near ? arena_fmt(arena, "; there is no directory '%s'", near) : "";
}

/* Inputs that lead, through links, to what a stage makes: by its name nobody would know it. */
#include "model/graph/alias.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/sorted_paths.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/missing.h"

struct aliases {
	const struct graph *graph;
	struct arena arena;
	const char *root; /* without links */
	struct map dirs;  /* directory -> in `real` */
	const char **real;
	uint32_t real_count, real_cap;
	/* without links, files of the graph; `at` is NULL until they are asked for */
	struct sorted_paths made;
	bool has_made_alias; /* a link leads to one of them */
	uint32_t told;       /* the declaration that was told of last */
};

/* From the root if it lies there; what is missing or loops is nowhere else. */
static const char *real_path(struct aliases *a, const char *path)
{
	char *real MEM_LOCAL = realpath(path, NULL);
	const char *below = real ? path_below(a->root, real) : NULL;
	const char *text = below ? arena_strdup(&a->arena, *below ? below : ".") : path;

	return text;
}

static const char *real_dir(struct aliases *a, const char *dir)
{
	uint32_t at = map_get(&a->dirs, dir);

	if (at == NONE) {
		MEM_ROOM(a->real, a->real_count, a->real_cap);
		at = a->real_count++;
		a->real[at] = NULL;
		const char *real = real_path(a, dir), *above = path_dir(&a->arena, dir);
		if (real == dir && strchr(dir, '/') && strcmp(real_dir(a, above), above) != 0)
			real = path_join(&a->arena, real_dir(a, above), path_base(dir));
		a->real[at] = real;
		map_put(&a->dirs, dir, at);
	}
	return a->real[at];
}

/* Where a link leads; what it leads to may not be made yet. */
static const char *led_to(struct aliases *a, const char *path)
{
	const char *real = real_path(a, path), *dir = real_dir(a, path_dir(&a->arena, path));
	char text[PATH_MAX];
	ssize_t len = real == path ? readlink(path, text, sizeof text - 1) : -1;

	if (len <= 0 || *text == '/')
		return real;
	text[len] = '\0';
	const char *to = path_join(&a->arena, dir, text);
	return path_join(&a->arena, real_dir(a, path_dir(&a->arena, to)), path_base(to));
}

/* The path itself where there is no link in it. */
static const char *without_links(struct aliases *a, const char *path, bool is_followed)
{
	const char *dir = path_dir(&a->arena, path), *real = real_dir(a, dir);
	struct stat st;

	if (is_followed && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return led_to(a, path);
	if (text_eq(real, dir))
		return path;
	return text_eq(real, ".") ? path_base(path) : path_join(&a->arena, real, path_base(path));
}

static void list_made(struct aliases *a)
{
	const struct graph *graph = a->graph;

	a->made.at = mem_grow(NULL, graph->file_count + (size_t)1, sizeof *a->made.at);
	for (uint32_t i = 0; i < graph->file_count; i++) {
		const char *path = file_path(graph, i);
		if (graph->files[i].producer == NONE)
			continue;
		bool is_ours = path_is_under(graph_text(graph, graph->job_dir), path);
		const char *real = is_ours ? path : without_links(a, path, false);
		a->has_made_alias |= real != path;
		a->made.at[a->made.count++] = (struct sorted_path){real, i};
	}
	sorted_paths_sort(&a->made);
}

/* What is made there, in it, or around it. */
static uint32_t made_at(struct aliases *a, const char *path)
{
	uint32_t at = sorted_paths_from(&a->made, path);

	if (at < a->made.count && path_is_under(path, a->made.at[at].path))
		return a->made.at[at].id;
	while (strchr(path, '/')) {
		path = path_dir(&a->arena, path);
		at = sorted_paths_from(&a->made, path);
		if (at < a->made.count && strcmp(a->made.at[at].path, path) == 0)
			return a->made.at[at].id;
	}
	return NONE;
}

static const struct stage *maker_of(const struct graph *graph, uint32_t file)
{
	return &graph->stages[graph->files[file].producer];
}

/* Two names of one place. */
static void look_at_made(const struct aliases *a, struct diags *diags)
{
	const struct graph *graph = a->graph;

	for (uint32_t i = 1; i < a->made.count && a->has_made_alias; i++) {
		uint32_t one = a->made.at[i - 1].id, other = a->made.at[i].id;
		const struct stage *s = maker_of(graph, other);
		if (strcmp(a->made.at[i - 1].path, a->made.at[i].path) != 0 || one == other)
			continue;
		diag_add(diags, graph_text(graph, graph->sources[s->source].name), s->line,
			"stage '%s': output '%s' is by a link the same as '%s' of stage '%s'",
			graph_text(graph, s->decl), file_path(graph, other), file_path(graph, one),
			graph_text(graph, maker_of(graph, one)->name));
	}
}

static void look_at_stage(struct aliases *a, uint32_t stage, struct diags *diags)
{
	const struct graph *graph = a->graph;
	const struct stage *s = &graph->stages[stage];
	bool *needs = NULL;

	for (uint32_t i = s->first_use; i < s->first_use + s->input_count; i++) {
		uint32_t file = graph->uses[i].file;
		const char *path = file_path(graph, file);
		if (graph->files[file].producer != NONE || *path == '/')
			continue;
		const char *real = without_links(a, path, true);
		if (real == path && !a->has_made_alias)
			continue;
		uint32_t made = made_at(a, real);
		uint32_t maker = made == NONE ? NONE : graph->files[made].producer;
		if (maker == NONE || maker == stage)
			continue;
		if (!needs) {
			needs = arena_alloc(&a->arena, graph->stage_count);
			missing_mark_needs(graph, stage, needs);
		}
		if (needs[maker])
			continue;
		if (a->told == s->decl)
			return;
		a->told = s->decl;
		diag_add(diags, graph_text(graph, graph->sources[s->source].name), s->line,
			"stage '%s': '%s' leads by a link to '%s', which stage %s makes, but the "
			"stage does not depend on it: %s",
			graph_text(graph, s->decl), path, file_path(graph, made),
			stage_name(graph, maker),
			missing_advice(&a->arena, graph, stage, maker, made));
		return;
	}
}

bool alias_check(const struct graph *graph, struct diags *diags)
{
	struct aliases a = {.graph = graph};
	size_t before = diags->error_count;

	a.root = realpath(".", NULL);
	if (a.root) {
		list_made(&a);
		look_at_made(&a, diags);
	}
	for (uint32_t i = 0; i < graph->stage_count && a.root; i++) {
		if (!(graph->stages[i].flags & STAGE_DISABLED))
			look_at_stage(&a, i, diags);
	}
	free((void *)(uintptr_t)a.root);
	free(a.made.at);
	free(a.real);
	map_free(&a.dirs);
	arena_free(&a.arena);
	return diags->error_count == before;
}

/* Inputs that lead, through links, to what a stage makes: by its name nobody would know it. */
#include "model/graph/alias.h"

#include <dirent.h>
#include <errno.h>
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

/* A directory with at least so many inputs is listed, instead of a look at each of them ... */
#define LISTED_LEAST 16
/* ... unless it holds more than so many times as much. */
#define LISTED_TIMES 4

/* A directory. */
struct place {
	const char *dir, *real; /* real: without links; NULL while it is found out */
	uint32_t inputs;        /* so many of its entries are */
	bool is_listed;         /* its links are in `links` */
};

struct aliases {
	const struct graph *graph;
	struct arena arena;
	const char *root; /* without links */
	struct map dirs;  /* directory -> in `places` */
	struct place *places;
	uint32_t place_count, place_cap, last; /* last: that was asked for last */
	struct map links;                      /* path */
	struct sorted_paths made;              /* without links, files of the graph */
	bool has_made_alias;                   /* a link leads to one of them */
	uint32_t told;                         /* the declaration that was told of last */
};

/* From the root if it lies there; what is missing or loops is nowhere else. */
static const char *real_path(struct aliases *a, const char *path)
{
	char *real MEM_LOCAL = realpath(path, NULL);
	const char *below = real ? path_below(a->root, real) : NULL;
	const char *text = below ? arena_strdup(&a->arena, *below ? below : ".") : path;

	return text;
}

static const char *real_dir(struct aliases *a, const char *dir);

static uint32_t add_place(struct aliases *a, const char *dir)
{
	uint32_t at = a->place_count++;

	MEM_ROOM(a->places, at, a->place_cap);
	a->places[at] = (struct place){.dir = dir};
	const char *real = real_path(a, dir), *above = path_dir(&a->arena, dir);
	if (real == dir && strchr(dir, '/') && strcmp(real_dir(a, above), above) != 0)
		real = path_join(&a->arena, real_dir(a, above), path_base(dir));
	a->places[at].real = real;
	return map_put(&a->dirs, dir, at);
}

/* Where the path lies; the next one lies there too, most times. */
static struct place *place_of(struct aliases *a, const char *path)
{
	size_t len = (size_t)(path_base(path) - path);
	const char *last = a->place_count && len ? a->places[a->last].dir : NULL;

	if (!last || strlen(last) != len - 1 || memcmp(last, path, len - 1) != 0) {
		const char *dir = path_dir(&a->arena, path);
		uint32_t at = map_get(&a->dirs, dir);
		a->last = at == NONE ? add_place(a, dir) : at;
	}
	return &a->places[a->last];
}

static const char *real_dir(struct aliases *a, const char *dir)
{
	uint32_t at = map_get(&a->dirs, dir);

	return a->places[at == NONE ? add_place(a, dir) : at].real;
}

static void list_links(struct aliases *a, struct place *place)
{
	size_t left = (size_t)place->inputs * LISTED_TIMES;
	DIR *dir = place->inputs >= LISTED_LEAST ? opendir(place->dir) : NULL;
	const struct dirent *entry = NULL;

	errno = 0;
	while (dir && left && (entry = readdir(dir)) && entry->d_type != DT_UNKNOWN) {
		if (entry->d_type == DT_LNK)
			map_put(&a->links, path_join(&a->arena, place->dir, entry->d_name), 0);
		left--;
	}
	place->is_listed = dir && left && !entry && errno == 0;
	if (dir)
		closedir(dir);
}

static bool is_link(const struct aliases *a, const struct place *place, const char *path)
{
	struct stat st;

	if (place->is_listed)
		return a->links.count && map_get(&a->links, path) != NONE;
	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
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
	const struct place *place = place_of(a, path);

	if (is_followed && is_link(a, place, path))
		return led_to(a, path);
	if (text_eq(place->real, place->dir))
		return path;
	return text_eq(place->real, ".") ? path_base(path)
					 : path_join(&a->arena, place->real, path_base(path));
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

static bool is_input(const struct graph *graph, uint32_t file)
{
	return graph->files[file].producer == NONE && *file_path(graph, file) != '/';
}

/* Is any input behind a link? Most definitions have none, and that is all there is to ask. */
static bool has_alias(struct aliases *a)
{
	const struct graph *graph = a->graph;
	bool has_any = false;

	for (uint32_t i = 0; i < graph->file_count; i++) {
		if (is_input(graph, i))
			place_of(a, file_path(graph, i))->inputs++;
	}
	for (uint32_t i = 0; i < a->place_count; i++)
		list_links(a, &a->places[i]);
	for (uint32_t i = 0; i < graph->file_count && !has_any; i++) {
		const char *path = file_path(graph, i);
		has_any = is_input(graph, i) && without_links(a, path, true) != path;
	}
	return has_any;
}

static void look_at_stage(struct aliases *a, uint32_t stage, struct diags *diags)
{
	const struct graph *graph = a->graph;
	const struct stage *s = &graph->stages[stage];
	bool *needs = NULL;

	for (uint32_t i = s->first_use; i < s->first_use + s->input_count; i++) {
		uint32_t file = graph->uses[i].file;
		const char *path = file_path(graph, file);
		if (!is_input(graph, file))
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
	bool has_any = false;

	a.root = realpath(".", NULL);
	if (a.root) {
		list_made(&a);
		has_any = has_alias(&a) || a.has_made_alias;
	}
	if (has_any) {
		sorted_paths_sort(&a.made);
		look_at_made(&a, diags);
	}
	for (uint32_t i = 0; i < graph->stage_count && has_any; i++) {
		if (!(graph->stages[i].flags & STAGE_DISABLED))
			look_at_stage(&a, i, diags);
	}
	free((void *)(uintptr_t)a.root);
	free(a.made.at);
	free(a.places);
	map_free(&a.dirs);
	map_free(&a.links);
	arena_free(&a.arena);
	return diags->error_count == before;
}

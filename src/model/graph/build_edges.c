/* Producers and edges. Nothing here compares files with files: a path is related to those above it,
 * which are looked up one by one. */
#include <stdlib.h>
#include <string.h>

#include "base/exclude.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/graph/build_above.h"

/* One list per index: those of i are items[first[i]] to items[first[i + 1]]. */
struct lists {
	uint32_t *first;
	uint32_t *items;
};

enum kind {
	SAME_FILE,
	INSIDE_OUTPUT,
	INSIDE_DIR,
	HOLDS_DIR,
	OWN_INPUT,
	HOLDS_OWN_OUTPUT,
	DELETED_INPUT,
	KIND_COUNT,
};

struct work {
	struct build *build;
	struct graph *graph;
	struct above_index above;
	struct diags *diags;
	uint32_t *maker;  /* file -> the stage that makes it, or one of the directories above it */
	bool *is_input;   /* file -> some stage reads it */
	bool *is_deleted; /* file -> its maker deletes it when it succeeded; NULL: there is none */
	struct lists inside; /* file, a directory -> files below it that stages make */
	struct lists after;  /* stage -> what it must come after without a file */
	uint32_t *stamp;     /* stage -> last stage that got an edge from it, + 1 */
	uint32_t *needs;     /* edges, in order of the stage that needs them */
	size_t need_count, need_cap;
	uint32_t told_decl[KIND_COUNT]; /* whom each kind of mistake was told of last */
};

/* Instances repeat the mistake of their declaration: once is enough. */
static bool was_told(struct work *work, enum kind kind, uint32_t stage)
{
	uint32_t decl = work->graph->stages[stage].decl;

	if (work->told_decl[kind] == decl)
		return true;
	work->told_decl[kind] = decl;
	return false;
}

static const char *source_name(const struct graph *graph, uint32_t stage)
{
	uint32_t source = graph->stages[stage].source;

	return source < graph->source_count ? graph_text(graph, graph->sources[source].name) : "";
}

static void tell_same_file(struct work *work, uint32_t stage, uint32_t file)
{
	const struct graph *graph = work->graph;
	uint32_t other = graph->files[file].producer;
	const char *name = stage_name(graph, stage), *path = file_path(graph, file);

	if (was_told(work, SAME_FILE, stage))
		return;
	if (other == stage)
		build_mistake(graph, stage, work->diags, "stage '%s': '%s' is declared twice", name,
			path);
	else if (graph->stages[other].decl == graph->stages[stage].decl)
		build_mistake(graph, stage, work->diags,
			"stage '%s': output '%s' is also made by instance '%s'; "
			"use {{each...}} in its name",
			name, path, stage_name(graph, other));
	else
		build_mistake(graph, stage, work->diags,
			"stage '%s': output '%s' is also made by stage '%s' (%s:%u)", name, path,
			stage_name(graph, other), source_name(graph, other),
			graph->stages[other].line);
}

static void note_deleted(struct work *work, uint32_t file)
{
	if (!work->is_deleted)
		work->is_deleted = mem_alloc(work->graph->file_count * sizeof *work->is_deleted);
	work->is_deleted[file] = true;
}

/* The file of its path out of which nothing is left by declaration: edges come from paths alone. */
static uint32_t plain_file(const struct work *work, uint32_t file)
{
	const struct file *f = &work->graph->files[file];

	return f->exclude ? build_find_file(work->build, f->path) : file;
}

static void find_producers(struct work *work)
{
	struct graph *graph = work->graph;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		struct stage *stage = &graph->stages[i];
		for (uint32_t u = stage->input_count; u < stage_use_count(stage); u++) {
			const struct use *use = &graph->uses[stage->first_use + u];
			const struct label *label = &graph->labels[use->label];
			uint32_t file = use->file;
			if (label->role == ROLE_INTERMEDIATE && !(label->flags & LABEL_RETAINED))
				note_deleted(work, file);
			if (label->flags & LABEL_TEMPORARY)
				stage->flags |= STAGE_TEMPORARY;
			if (label->view)
				stage->flags |= STAGE_VIEWED;
			if (graph->files[file].producer == NONE)
				graph->files[file].producer = i;
			else
				tell_same_file(work, i, file);
		}
		for (uint32_t u = 0; u < stage->input_count; u++)
			work->is_input[plain_file(work, graph->uses[stage->first_use + u].file)] =
				true;
	}
}

/* What stands above a made file: other outputs and other stages' directories are mistakes,
 * directories that are read are noted in `found`. */
static void look_above_output(
	struct work *work, uint32_t file, struct edge **found, size_t *count, size_t *cap)
{
	const struct graph *graph = work->graph;
	uint32_t stage = graph->files[file].producer;
	struct above above = above_start(&work->above, graph->files[file].path);
	uint32_t self = above_owner(&work->above, above.text);

	above_expect(&work->above, graph->stages[stage].dir);
	if (self != NONE && !was_told(work, HOLDS_DIR, stage))
		build_mistake(graph, stage, work->diags,
			"stage '%s': output '%s' is the directory of stage '%s'",
			stage_name(graph, stage), above.path, stage_name(graph, self));
	while (above_up(&work->above, &above)) {
		uint32_t outer = build_find_file(work->build, above.text);
		uint32_t owner = above_owner(&work->above, above.text);
		if (owner != NONE && owner != stage && !was_told(work, INSIDE_DIR, stage))
			build_mistake(graph, stage, work->diags,
				"stage '%s': output '%s' lies in the directory of stage '%s'",
				stage_name(graph, stage), file_path(graph, file),
				stage_name(graph, owner));
		if (outer == NONE)
			continue;
		uint32_t other = graph->files[outer].producer;
		if (other != NONE && !was_told(work, INSIDE_OUTPUT, stage))
			build_mistake(graph, stage, work->diags,
				"stage '%s': output '%s' lies inside output '%s' of %s'%s'",
				stage_name(graph, stage), file_path(graph, file),
				file_path(graph, outer),
				other == stage ? "the same stage " : "stage ",
				stage_name(graph, other));
		if (work->is_input[outer])
			MEM_PUSH(*found, *count, *cap, (struct edge){.needed = file, .by = outer});
	}
}

/* An output that holds the directory of a stage would take it along when it is replaced. */
static void look_above_dirs(struct work *work)
{
	const struct graph *graph = work->graph;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		struct above above = above_start(&work->above, graph->stages[i].dir);
		while (above.len && above_up(&work->above, &above)) {
			uint32_t outer = build_find_file(work->build, above.text);
			uint32_t other = outer == NONE ? NONE : graph->files[outer].producer;
			if (other != NONE && !was_told(work, HOLDS_DIR, other))
				build_mistake(graph, other, work->diags,
					"stage '%s': output '%s' holds the directory of stage '%s'",
					stage_name(graph, other), file_path(graph, outer),
					stage_name(graph, i));
		}
	}
}

static struct lists lists_of(const struct edge *edges, size_t count, uint32_t size)
{
	struct lists lists = {.first = mem_alloc(((size_t)size + 2) * sizeof *lists.first)};
	uint32_t *next = lists.first + 1; /* while filling: where the list's next item goes */

	if (count > NONE / 2)
		mem_fail(count * sizeof *lists.items);
	lists.items = mem_grow(NULL, count, sizeof *lists.items);
	for (size_t i = 0; i < count; i++)
		lists.first[edges[i].by + 2]++;
	for (uint32_t i = 2; i < size + 2; i++)
		lists.first[i] += lists.first[i - 1];
	for (size_t i = 0; i < count; i++)
		lists.items[next[edges[i].by]++] = edges[i].needed;
	return lists;
}

static void lists_free(struct lists *lists)
{
	free(lists->first);
	free(lists->items);
}

static void look_above_outputs(struct work *work)
{
	const struct graph *graph = work->graph;
	struct edge *found MEM_LOCAL = NULL;
	size_t count = 0, cap = 0;

	for (uint32_t file = 0; file < graph->file_count; file++) {
		if (graph->files[file].producer != NONE)
			look_above_output(work, file, &found, &count, &cap);
	}
	work->inside = lists_of(found, count, graph->file_count);
}

/* Who has to be settled before this file can be read. */
static void find_makers(struct work *work)
{
	const struct graph *graph = work->graph;

	for (uint32_t file = 0; file < graph->file_count; file++) {
		uint32_t maker = graph->files[file].producer;
		struct above above = above_start(&work->above, graph->files[file].path);
		while (maker == NONE && work->is_input[file] && above_up(&work->above, &above)) {
			maker = above_producer(&work->above, above.text);
			if (maker == NONE)
				maker = above_owner(&work->above, above.text);
		}
		work->maker[file] = maker;
	}
}

static void need(struct work *work, uint32_t needed, uint32_t by)
{
	if (work->stamp[needed] == by + 1)
		return;
	work->stamp[needed] = by + 1;
	MEM_PUSH(work->needs, work->need_count, work->need_cap, needed);
}

/* An input that the stage makes itself, or that lies in what it makes. Other files in its
 * directory, say from an earlier attempt, are its own affair. */
static void look_at_own_input(struct work *work, uint32_t file, uint32_t by)
{
	const struct graph *graph = work->graph;
	struct above above = above_start(&work->above, graph->files[file].path);
	uint32_t made = file;

	while (made == NONE || graph->files[made].producer == NONE) {
		if (!above_up(&work->above, &above))
			return;
		made = build_find_file(work->build, above.text);
	}
	if (!was_told(work, OWN_INPUT, by))
		build_mistake(graph, by, work->diags,
			"cycle: %s -> %s (its input '%s' %s its output)", stage_name(graph, by),
			stage_name(graph, by), file_path(graph, file),
			made == file ? "is" : "lies in");
}

static const char *label_of_made(const struct graph *graph, uint32_t maker, uint32_t file)
{
	uint32_t use = graph->stages[maker].first_use;

	while (graph->uses[use].file != file)
		use++;
	return graph_text(graph, graph->labels[graph->uses[use].label].name);
}

/* An input that is deleted, or lies in a directory that is, before it could be read. */
static void look_at_deleted(struct work *work, uint32_t file, uint32_t by)
{
	const struct graph *graph = work->graph;
	struct above above = above_start(&work->above, graph->files[file].path);
	uint32_t made = file;

	while (made == NONE || !work->is_deleted[made]) {
		if (!above_up(&work->above, &above))
			return;
		made = build_find_file(work->build, above.text);
	}
	uint32_t maker = graph->files[made].producer;
	if (maker != by && !was_told(work, DELETED_INPUT, by))
		build_mistake(graph, by, work->diags,
			"stage '%s': its input '%s' is an intermediate of stage '%s' that is deleted "
			"after that succeeded: make it an output, or retain it, or let it go when "
			"all that read it are up to date: 'output.%s.temporary = yes'",
			stage_name(graph, by), file_path(graph, file), stage_name(graph, maker),
			label_of_made(graph, maker, made));
}

/* Is what lies in the directory left out of it? */
static bool is_left_out(const struct work *work, uint32_t declared, uint32_t inner)
{
	const struct graph *graph = work->graph;
	const char *dir = file_path(graph, declared), *path = file_path(graph, inner);
	const char *rest = strcmp(dir, ".") == 0 ? path : path_below(dir, path);

	return rest && exclude_has_path(file_exclude(graph, declared), rest);
}

static void need_file(struct work *work, uint32_t declared, uint32_t by)
{
	const struct graph *graph = work->graph;
	uint32_t file = plain_file(work, declared), maker = work->maker[file];

	if (work->is_deleted)
		look_at_deleted(work, file, by);
	if (maker == by)
		look_at_own_input(work, file, by);
	else if (maker != NONE)
		need(work, maker, by);

	for (uint32_t i = work->inside.first[file]; i < work->inside.first[file + 1]; i++) {
		uint32_t inner = work->inside.items[i];
		maker = graph->files[inner].producer;
		if (is_left_out(work, declared, inner))
			continue;
		if (maker != by)
			need(work, maker, by);
		else if (!was_told(work, HOLDS_OWN_OUTPUT, by))
			build_mistake(graph, by, work->diags,
				"stage '%s': input directory '%s' holds the stage's own output "
				"'%s'",
				stage_name(graph, by), file_path(graph, file),
				file_path(graph, inner));
	}
}

/* needed_by from needs, then needs from needed_by: two passes that leave both lists ascending. */
static void sort_edges(struct work *work)
{
	struct graph *graph = work->graph;
	uint32_t count = (uint32_t)work->need_count, at = 0;
	uint32_t *needed_by;

	if (work->need_count > NONE / 2)
		mem_fail(work->need_count * sizeof *graph->edges);
	graph->edges = mem_grow(NULL, 2 * (size_t)count, sizeof *graph->edges);
	graph->edge_count = 2 * count;
	needed_by = graph->edges + count;

	for (uint32_t i = 0; i < count; i++)
		graph->stages[work->needs[i]].needed_by.count++;
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		struct stage *stage = &graph->stages[i];
		stage->needed_by.first = count + at;
		at += stage->needed_by.count;
		stage->needed_by.count = 0;
	}
	for (uint32_t by = 0; by < graph->stage_count; by++) {
		const struct span needs = graph->stages[by].needs;
		for (uint32_t i = 0; i < needs.count; i++) {
			struct span *span = &graph->stages[work->needs[needs.first + i]].needed_by;
			graph->edges[span->first + span->count++] = by;
		}
	}
	for (uint32_t i = 0; i < graph->stage_count; i++)
		graph->stages[i].needs.count = 0;
	at = 0;
	for (uint32_t needed = 0; needed < graph->stage_count; needed++) {
		for (uint32_t i = 0; i < graph->stages[needed].needed_by.count; i++) {
			struct span *span = &graph->stages[needed_by[at++]].needs;
			graph->edges[span->first + span->count++] = needed;
		}
	}
}

static void find_needs(struct work *work)
{
	struct graph *graph = work->graph;

	for (uint32_t by = 0; by < graph->stage_count; by++) {
		struct stage *stage = &graph->stages[by];
		size_t first = work->need_count;
		for (uint32_t i = 0; i < stage->input_count; i++)
			need_file(work, graph->uses[stage->first_use + i].file, by);
		for (uint32_t i = work->after.first[by]; i < work->after.first[by + 1]; i++)
			need(work, work->after.items[i], by);
		stage->needs.first = (uint32_t)first;
		stage->needs.count = (uint32_t)(work->need_count - first);
	}
}

void build_edges(struct build *build, struct diags *diags)
{
	struct graph *graph = build->graph;
	struct work work = {
		.build = build,
		.graph = graph,
		.diags = diags,
		.maker = mem_alloc((size_t)graph->file_count * sizeof *work.maker),
		.is_input = mem_alloc((size_t)graph->file_count * sizeof *work.is_input),
		.stamp = mem_alloc((size_t)graph->stage_count * sizeof *work.stamp),
		.after = lists_of(
			build->state->after, build->state->after_count, graph->stage_count),
	};

	for (int i = 0; i < KIND_COUNT; i++)
		work.told_decl[i] = NONE;
	above_init(&work.above, build);
	find_producers(&work);
	look_above_outputs(&work);
	look_above_dirs(&work);
	find_makers(&work);
	find_needs(&work);
	sort_edges(&work);

	above_free(&work.above);
	lists_free(&work.inside);
	lists_free(&work.after);
	free(work.maker);
	free(work.is_input);
	free(work.is_deleted);
	free(work.stamp);
	free(work.needs);
}

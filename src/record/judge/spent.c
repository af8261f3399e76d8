#include "record/judge/spent.h"

#include <string.h>

#include "base/err.h"
#include "base/path.h"
#include "model/graph/graph.h"
#include "record/index/index.h"
#include "record/judge/same.h"
#include "record/stamp/stamp.h"

static bool is_temporary(const struct graph *graph, uint32_t use)
{
	return graph->labels[graph->uses[use].label].flags & LABEL_TEMPORARY;
}

bool spent_version(const struct graph *graph, uint32_t stage, uint32_t k, const struct basis *basis,
	struct version *out)
{
	const struct stage *s = &graph->stages[stage];
	uint32_t file = graph->uses[s->first_use + s->input_count + k].file;

	out->kind = VERSION_MISSING;
	if (basis->index) {
		const struct index_stage *entry = &basis->index->stages[stage];
		uint32_t at = entry->first + s->input_count + entry->further + k;
		if ((entry->flags & INDEX_STAGE_RECORDED) && basis->index->uses[at] != NONE)
			*out = basis->index->versions[basis->index->uses[at]];
		return out->kind == VERSION_CONTENT;
	}
	const struct record_success *success = &basis->record->success;
	for (uint32_t i = 0; success->is_known && i < success->file_count; i++) {
		const struct record_file *made = &success->files[i];
		if (made->role == ROLE_OUTPUT && strcmp(made->path, file_path(graph, file)) == 0)
			*out = version_of(made, file);
	}
	return out->kind == VERSION_CONTENT;
}

void spent_set(struct stamps *stamps, uint32_t file, const struct version *version)
{
	const struct stamp as = {
		.stat = {.type = 'f', .is_executable = version->mode == MODE_EXECUTABLE},
		.sum = version->is,
		.state = STAMP_HASHED,
		.is_settled = true,
	};

	stamps_set_spent(stamps, file, &as);
}

/* Calls see with each file in the directory that the reader names, until it says no. */
static bool each_inside(const struct graph *graph, struct stamps *stamps, uint32_t dir,
	uint32_t reader,
	bool (*see)(struct stamps *stamps, uint32_t file, const char *rel, const void *ctx),
	const void *ctx)
{
	const struct stage *s = &graph->stages[reader];
	const char *path = file_path(graph, dir);
	bool goes_on = true;

	for (uint32_t i = s->first_use; goes_on && i < s->first_use + s->input_count; i++) {
		uint32_t file = graph->uses[i].file;
		const char *rel = file == dir ? NULL : path_below(path, file_path(graph, file));
		if (rel && *rel)
			goes_on = see(stamps, file, rel, ctx);
	}
	return goes_on;
}

static bool is_listed(struct stamps *stamps, uint32_t file, const char *rel, const void *sum)
{
	struct stamp as;

	(void)file;
	return stamps_file_of_tree(stamps, sum, rel, &as);
}

bool spent_is_listed(const struct graph *graph, struct stamps *stamps, uint32_t file,
	uint32_t reader, const struct version *version)
{
	return each_inside(graph, stamps, file, reader, is_listed, &version->is);
}

static bool forget(struct stamps *stamps, uint32_t file, const char *rel, const void *ctx)
{
	(void)rel;
	(void)ctx;
	stamps_forget(stamps, file);
	return true;
}

void spent_forget_inside(
	const struct graph *graph, struct stamps *stamps, uint32_t file, uint32_t reader)
{
	each_inside(graph, stamps, file, reader, forget, NULL);
}

static bool note_inside(struct stamps *stamps, uint32_t file, const char *rel, const void *sum)
{
	struct stamp as = {.stat = {.type = 'f'}, .state = STAMP_HASHED, .is_settled = true};

	stamps_look(stamps, &file, 1, false);
	/* a directory is what nothing was: who reads it has it made again */
	if (stamps_get(stamps, file)->stat.type == 0 &&
		(stamps_file_of_tree(stamps, sum, rel, &as) ||
			stamps_is_dir_of_tree(stamps, sum, rel)))
		stamps_set_spent(stamps, file, &as);
	return true;
}

uint32_t spent_maker(const struct graph *graph, uint32_t reader, uint32_t file)
{
	struct span needs = graph->stages[reader].needs;

	for (uint32_t i = 0; graph->files[file].producer == NONE && i < needs.count; i++) {
		const struct stage *s = &graph->stages[graph->edges[needs.first + i]];
		for (uint32_t k = 0; (s->flags & STAGE_TEMPORARY) && k < s->output_count; k++) {
			uint32_t use = s->first_use + s->input_count + k;
			if (is_temporary(graph, use) &&
				path_is_under(file_path(graph, graph->uses[use].file),
					file_path(graph, file)))
				return graph->edges[needs.first + i];
		}
	}
	return graph->files[file].producer;
}

void spent_note(const struct graph *graph, struct stamps *stamps, uint32_t stage, uint32_t reader,
	const struct basis *basis)
{
	const struct stage *s = &graph->stages[stage];
	struct version version;

	for (uint32_t k = 0; (s->flags & STAGE_TEMPORARY) && k < s->output_count; k++) {
		uint32_t use = s->first_use + s->input_count + k, file = graph->uses[use].file;
		if (!is_temporary(graph, use))
			continue;
		stamps_look(stamps, &file, 1, false);
		if (stamps_get(stamps, file)->stat.type == 0 &&
			spent_version(graph, stage, k, basis, &version))
			spent_set(stamps, file, &version);
		if (reader != NONE && stamps_is_spent(stamps, file) &&
			spent_version(graph, stage, k, basis, &version))
			each_inside(graph, stamps, file, reader, note_inside, &version.is);
	}
}

static void look_at(struct arena *arena, const struct graph *graph, struct stamps *stamps,
	uint32_t stage, uint32_t reader)
{
	struct record record;
	struct err ignored = {0}; /* then nothing is known of it */

	if ((graph->stages[stage].flags & STAGE_TEMPORARY) &&
		record_load(arena, graph, stage, graph_text(graph, graph->stages[stage].dir),
			&record, &ignored) == 0)
		spent_note(graph, stamps, stage, reader, &(struct basis){.record = &record});
}

void spent_look(
	struct arena *arena, const struct graph *graph, struct stamps *stamps, uint32_t stage)
{
	struct span needs = graph->stages[stage].needs;

	look_at(arena, graph, stamps, stage, NONE);
	for (uint32_t i = 0; i < needs.count; i++)
		look_at(arena, graph, stamps, graph->edges[needs.first + i], stage);
}

uint32_t spent_input(
	const struct graph *graph, const struct stamps *stamps, uint32_t stage, uint32_t from)
{
	const struct stage *s = &graph->stages[stage];

	for (uint32_t use = from < s->first_use ? s->first_use : from;
		use < s->first_use + s->input_count; use++) {
		if (stamps_is_spent(stamps, graph->uses[use].file))
			return use;
	}
	return NONE;
}

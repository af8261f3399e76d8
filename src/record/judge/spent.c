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

void spent_note(
	const struct graph *graph, struct stamps *stamps, uint32_t stage, const struct basis *basis)
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
	}
}

static void look_at(
	struct arena *arena, const struct graph *graph, struct stamps *stamps, uint32_t stage)
{
	struct record record;
	struct err ignored = {0}; /* then nothing is known of it */

	if ((graph->stages[stage].flags & STAGE_TEMPORARY) &&
		record_load(arena, graph, stage, graph_text(graph, graph->stages[stage].dir),
			&record, &ignored) == 0)
		spent_note(graph, stamps, stage, &(struct basis){.record = &record});
}

void spent_look(
	struct arena *arena, const struct graph *graph, struct stamps *stamps, uint32_t stage)
{
	struct span needs = graph->stages[stage].needs;

	look_at(arena, graph, stamps, stage);
	for (uint32_t i = 0; i < needs.count; i++)
		look_at(arena, graph, stamps, graph->edges[needs.first + i]);
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

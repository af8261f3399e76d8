#include "record/judge/absent.h"

#include "base/err.h"
#include "base/path.h"
#include "model/graph/graph.h"
#include "record/manifest/record.h"
#include "record/stamp/stamp.h"

bool absent_is_maker(
	const struct graph *graph, uint32_t stage, const struct record *record, bool is_fresh)
{
	bool may_fail = !is_fresh && stage_settings(graph, stage)->flags & SET_ALLOW_FAILURE;

	return record->success.is_skip || (may_fail && record->status == RECORD_FAILED);
}

bool absent_makes(const struct graph *graph, uint32_t maker, uint32_t file)
{
	const struct stage *s = &graph->stages[maker];
	bool is_its = graph->files[file].producer == maker;

	for (uint32_t i = s->input_count; i < stage_use_count(s) && !is_its; i++)
		is_its = path_is_under(file_path(graph, graph->uses[s->first_use + i].file),
			file_path(graph, file));
	return is_its;
}

void absent_set(const struct graph *graph, struct stamps *stamps, uint32_t maker, uint32_t stage)
{
	const struct stage *s = &graph->stages[stage];

	for (uint32_t i = 0; i < s->input_count; i++) {
		uint32_t file = graph->uses[s->first_use + i].file;
		if (absent_makes(graph, maker, file))
			stamps_set_absent(stamps, file);
	}
}

void absent_look(
	struct arena *arena, const struct graph *graph, struct stamps *stamps, uint32_t stage)
{
	struct span needs = graph->stages[stage].needs;

	for (uint32_t i = 0; i < needs.count; i++) {
		uint32_t maker = graph->edges[needs.first + i];
		struct record record;
		struct err ignored = {0}; /* then nothing is known of it */
		if (record_load(arena, graph, maker, graph_text(graph, graph->stages[maker].dir),
			    &record, &ignored) == 0 &&
			absent_is_maker(graph, maker, &record, false))
			absent_set(graph, stamps, maker, stage);
	}
}

static bool is_there(const struct stamps *stamps, uint32_t file)
{
	return stamps_get(stamps, file)->stat.type != 0;
}

/* Is there a file of the same label; only of those that are named first, or of all? */
static bool has_other(const struct graph *graph, const struct stamps *stamps, uint32_t stage,
	uint32_t use, bool all)
{
	const struct stage *s = &graph->stages[stage];
	uint32_t name = graph->labels[graph->uses[use].label].name;

	for (uint32_t i = s->first_use; i < s->first_use + s->input_count; i++) {
		const struct label *label = &graph->labels[graph->uses[i].label];
		if (label->name != name || label->origin != ORIGIN_DECLARED)
			continue;
		if ((all || !(label->flags & LABEL_ELSE)) && is_there(stamps, graph->uses[i].file))
			return true;
	}
	return false;
}

const struct stamp *absent_stamp(
	const struct graph *graph, const struct stamps *stamps, uint32_t stage, uint32_t use)
{
	static const struct stamp nothing = {.state = STAMP_HASHED, .is_settled = true};
	bool is_else = graph->labels[graph->uses[use].label].flags & LABEL_ELSE;

	return is_else && has_other(graph, stamps, stage, use, false)
		       ? &nothing
		       : stamps_get(stamps, graph->uses[use].file);
}

bool absent_is_left_out(
	const struct graph *graph, const struct stamps *stamps, uint32_t stage, uint32_t use)
{
	bool is_else = graph->labels[graph->uses[use].label].flags & LABEL_ELSE;

	return (is_else || stamps_is_absent(stamps, graph->uses[use].file)) &&
	       has_other(graph, stamps, stage, use, true);
}

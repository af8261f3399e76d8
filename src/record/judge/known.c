#include "record/judge/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/mem.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/index/index.h"
#include "record/stamp/stamp.h"

bool known_has(const struct known *known, uint32_t stage)
{
	return known->index && (known->index->stages[stage].flags & INDEX_STAGE_RECORDED) &&
	       !(known->graph->stages[stage].flags & STAGE_DISABLED);
}

bool known_is_current(const struct known *known, uint32_t stage)
{
	return known->is_current && known->is_current[stage];
}

struct look {
	struct known *known;
	const bool *wanted;
	struct fs_base job;
};

static void look_at_manifest(const struct look *look, uint32_t stage)
{
	static const char name[] = "/" MANIFEST_FILE;
	struct known *known = look->known;
	struct fs_stat stat;
	char path[4200];
	const char *dir = graph_text(known->graph, known->graph->stages[stage].dir);
	size_t len = strlen(dir);

	if (!look->wanted[stage] || !known_has(known, stage) || len > sizeof path - sizeof name)
		return;
	memcpy(path, dir, len);
	memcpy(path + len, name, sizeof name);
	known->is_current[stage] = fs_stat_below(&look->job, path, &stat, NULL) == 0 &&
				   stat.type != 0 &&
				   fs_same(&stat, &known->index->stages[stage].manifest);
}

/* Any thread: each stage has one first output, which is looked at once. */
static void after_file(void *ctx, uint32_t id)
{
	const struct look *look = ctx;
	const struct graph *graph = look->known->graph;
	uint32_t stage = id < graph->file_count ? graph->files[id].producer : NONE;

	if (stage == NONE)
		return;
	const struct stage *s = &graph->stages[stage];
	if (s->output_count && graph->uses[s->first_use + s->input_count].file == id)
		look_at_manifest(look, stage);
}

void known_look(struct known *known, const bool *wanted, const uint32_t *ids, size_t count)
{
	const struct graph *graph = known->graph;
	struct look look = {.known = known, .wanted = wanted};

	fs_base_open(&look.job, graph_text(graph, graph->job_dir));
	if (known->index)
		known->is_current = mem_alloc((size_t)graph->stage_count + 1);
	stamps_on_look(known->stamps, &look.job, known->index ? after_file : NULL, &look);
	stamps_look(known->stamps, ids, count, false);
	stamps_on_look(known->stamps, NULL, NULL, NULL);
	/* Of stages without outputs, or whose first one had been looked at before. */
	for (uint32_t i = 0; known->index && i < graph->stage_count; i++) {
		if (!known->is_current[i])
			look_at_manifest(&look, i);
	}
	fs_base_close(&look.job);
}

bool known_is_astray(const struct known *known, const bool *wanted)
{
	const struct graph *graph = known->graph;
	struct arena arena ARENA_LOCAL = {0};
	bool is_astray = false;

	for (uint32_t i = 0; known->index && i < graph->stage_count && !is_astray; i++) {
		const char *dir = graph_text(graph, graph->stages[i].dir);
		is_astray = wanted[i] && known_has(known, i) && !known_is_current(known, i) &&
			    !fs_exists(stage_path(&arena, dir, MANIFEST_FILE));
	}
	return is_astray;
}

void known_end(struct known *known)
{
	free(known->is_current);
	known->is_current = NULL;
}

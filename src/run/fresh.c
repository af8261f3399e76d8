/* Up to date by the index: the key, the manifest and every file are as they were when the stage was last
 * found up to date. Anything else is judged by the manifest. */
#include <string.h>

#include "base/mem.h"
#include "record/key.h"
#include "run/context.h"

bool fresh_may_be(const struct run *run, uint32_t stage)
{
	return run->is_same_graph && (run->index->stages[stage].flags & INDEX_STAGE_FRESH) &&
	       !(run->is_interrupted && run->is_interrupted[stage]) &&
	       !(run->options->forced && run->options->forced[stage]) &&
	       !(run->graph->stages[stage].flags & STAGE_DISABLED);
}

static void look_slice(void *ctx, size_t first, size_t last)
{
	struct run *run = ctx;
	for (size_t i = first; i < last; i++) {
		static const char name[] = "/manifest.json";
		char path[4200];
		const char *dir = graph_text(run->graph, run->graph->stages[i].dir);
		size_t len = strlen(dir);
		if (!run->options->wanted[i] || !fresh_may_be(run, (uint32_t)i) ||
			len > sizeof path - sizeof name)
			continue;
		memcpy(path, dir, len);
		memcpy(path + len, name, sizeof name);
		fs_stat(path, &run->manifests[i], NULL);
	}
}

void fresh_prefetch(struct run *run)
{
	if (!run->is_same_graph)
		return;
	run->manifests = mem_alloc(((size_t)run->graph->stage_count + 1) * sizeof *run->manifests);
	if (run->graph->stage_count < WORKERS_PAY(512))
		look_slice(run, 0, run->graph->stage_count);
	else
		workers_for(run->workers, run->graph->stage_count, WORKERS_PAY(256), look_slice, run);
}

uint32_t *fresh_extras(struct run *run, uint32_t stage, struct arena *arena, size_t *count)
{
	const struct index_stage *entry = &run->index->stages[stage];
	uint32_t *ids = arena_alloc(arena, (entry->extra_count + 1) * sizeof *ids);
	*count = entry->extra_count;
	for (uint32_t i = 0; i < entry->extra_count; i++)
		ids[i] = run->index->extras[entry->first_extra + i];
	return ids;
}

/* Is a file as the index has it, as far as its way of tracking looks? */
static bool same_file(struct run *run, uint32_t id, const struct index_file *known, uint8_t track)
{
	const struct stamp *now = stamps_get(run->stamps, id);
	if (!(known->flags & INDEX_FILE_KNOWN) || now->state == STAMP_FAILED ||
		now->state == STAMP_UNKNOWN)
		return false;
	if (known->stat.type == 0 || now->stat.type == 0)
		return known->stat.type == now->stat.type;
	if (track == TRACK_EXISTS)
		return true;
	if (track == TRACK_TIME)
		return known->stat.mtime_ns == now->stat.mtime_ns;
	return now->state == STAMP_HASHED && !digest_is_zero(&known->sum) &&
	       digest_eq(&known->sum, &now->sum);
}

bool fresh_is(struct run *run, uint32_t stage)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[stage];
	const struct index_stage *entry = &run->index->stages[stage];
	struct record_key_set key;
	if (!run->manifests || run->manifests[stage].type == 0 ||
		!fs_same(&run->manifests[stage], &entry->manifest))
		return false;
	const char *const *versions = tools_versions(run, stage);
	key_make(graph, stage, versions, NULL, &key);
	struct digest all = key_all(&key);
	if (!digest_eq(&all, &entry->key))
		return false;
	for (uint32_t i = 0; i < s->input_count + s->output_count; i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		if (!same_file(run, use->file, &run->index->files[use->file],
			    graph->labels[use->label].track))
			return false;
	}
	for (uint32_t i = 0; i < entry->extra_count; i++) {
		uint32_t file = run->index->extras[entry->first_extra + i];
		if (!same_file(run, file, &run->index->files[file], TRACK_CONTENT))
			return false;
	}
	return true;
}

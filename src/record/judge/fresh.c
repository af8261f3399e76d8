#include "record/judge/fresh.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/mem.h"
#include "model/graph/graph.h"
#include "record/index/index.h"
#include "record/judge/verdict.h"
#include "record/manifest/key.h"
#include "record/stamp/stamp.h"

bool fresh_may_be(const struct fresh *fresh, uint32_t stage)
{
	return fresh->index && (fresh->index->stages[stage].flags & INDEX_STAGE_FRESH) &&
	       !(fresh->is_interrupted && fresh->is_interrupted[stage]) &&
	       !(fresh->forced && fresh->forced[stage]) &&
	       !(fresh->graph->stages[stage].flags & STAGE_DISABLED);
}

struct look {
	struct fresh *fresh;
	const bool *wanted;
};

static void look_at_manifest(const struct look *look, uint32_t stage)
{
	static const char name[] = "/" MANIFEST_FILE;
	struct fresh *fresh = look->fresh;
	char path[4200];
	const char *dir = graph_text(fresh->graph, fresh->graph->stages[stage].dir);
	size_t len = strlen(dir);
	if (!look->wanted[stage] || !fresh_may_be(fresh, stage) || len > sizeof path - sizeof name)
		return;
	memcpy(path, dir, len);
	memcpy(path + len, name, sizeof name);
	fs_stat(path, &fresh->manifests[stage], NULL);
}

/* Any thread: each stage has one first output, which is looked at once. */
static void after_file(void *ctx, uint32_t id)
{
	const struct look *look = ctx;
	const struct graph *graph = look->fresh->graph;
	uint32_t stage = id < graph->file_count ? graph->files[id].producer : NONE;
	if (stage == NONE)
		return;
	const struct stage *s = &graph->stages[stage];
	if (s->output_count && graph->uses[s->first_use + s->input_count].file == id)
		look_at_manifest(look, stage);
}

void fresh_prefetch(struct fresh *fresh, const bool *wanted, const uint32_t *ids, size_t count)
{
	struct look look = {fresh, wanted};
	if (!fresh->index) {
		stamps_look(fresh->stamps, ids, count, false);
		return;
	}
	fresh->manifests = mem_alloc(((size_t)fresh->graph->stage_count + 1) * sizeof *fresh->manifests);
	stamps_on_look(fresh->stamps, after_file, &look);
	stamps_look(fresh->stamps, ids, count, false);
	stamps_on_look(fresh->stamps, NULL, NULL);
	/* Of stages without outputs. */
	for (uint32_t i = 0; i < fresh->graph->stage_count; i++) {
		if (fresh->manifests[i].type == 0)
			look_at_manifest(&look, i);
	}
}

void fresh_files(const struct fresh *fresh, uint32_t stage, struct arena *arena, struct verdict_files *files)
{
	const struct graph *graph = fresh->graph;
	const struct stage *s = &graph->stages[stage];
	const struct index_stage *entry = &fresh->index->stages[stage];
	uint32_t uses = s->input_count + s->output_count;
	*files = (struct verdict_files){
		.content = arena_alloc(arena, (uses + entry->extra_count + 1) * sizeof *files->content),
		.seen = arena_alloc(arena, (uses + 1) * sizeof *files->seen),
	};
	for (uint32_t i = 0; i < uses; i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		if (graph->labels[use->label].track == TRACK_CONTENT)
			files->content[files->content_count++] = use->file;
		else
			files->seen[files->seen_count++] = use->file;
	}
	for (uint32_t i = 0; i < entry->extra_count; i++)
		files->content[files->content_count++] = fresh->index->extras[entry->first_extra + i];
}

/* Is a file as the index has it, as far as its way of tracking looks? */
static bool same_file(const struct fresh *fresh, uint32_t id, uint8_t track)
{
	const struct index_file *known = &fresh->index->files[id];
	const struct stamp *now = stamps_get(fresh->stamps, id);
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

bool fresh_is(const struct fresh *fresh, uint32_t stage, const char *const *versions)
{
	const struct graph *graph = fresh->graph;
	const struct stage *s = &graph->stages[stage];
	const struct index_stage *entry = &fresh->index->stages[stage];
	struct record_key_set key;
	if (!fresh->manifests || fresh->manifests[stage].type == 0 ||
		!fs_same(&fresh->manifests[stage], &entry->manifest))
		return false;
	key_make(graph, stage, versions, NULL, &key);
	struct digest all = key_all(&key);
	if (!digest_eq(&all, &entry->key))
		return false;
	for (uint32_t i = 0; i < s->input_count + s->output_count; i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		if (!same_file(fresh, use->file, graph->labels[use->label].track))
			return false;
	}
	for (uint32_t i = 0; i < entry->extra_count; i++) {
		if (!same_file(fresh, fresh->index->extras[entry->first_extra + i], TRACK_CONTENT))
			return false;
	}
	return true;
}

void fresh_end(struct fresh *fresh)
{
	free(fresh->manifests);
	fresh->manifests = NULL;
}

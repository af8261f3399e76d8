#include "record/judge/recorded.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/graph/graph.h"
#include "record/judge/same.h"
#include "record/stamp/stamp.h"

static void *copy(const void *items, uint32_t count, size_t size)
{
	void *own = mem_grow(NULL, (size_t)count + 1, size);

	if (count)
		memcpy(own, items, count * size);
	return own;
}

static uint32_t *latest_of(struct recorded *recorded, uint32_t file)
{
	MEM_ROOM_ZEROED(recorded->latest, file, recorded->latest_cap);
	return &recorded->latest[file];
}

void recorded_begin(struct recorded *recorded, const struct graph *graph, const struct index *index)
{
	recorded->graph = graph;
	if (!index) {
		recorded->stages =
			mem_alloc(((size_t)graph->stage_count + 1) * sizeof *recorded->stages);
		for (uint32_t i = 0; i < graph->stage_count; i++)
			recorded->stages[i].seconds = -1;
		return;
	}
	recorded->stages = copy(index->stages, graph->stage_count, sizeof *recorded->stages);
	recorded->versions =
		copy(index->versions, index->version_count, sizeof *recorded->versions);
	recorded->uses = copy(index->uses, index->use_count, sizeof *recorded->uses);
	recorded->version_count = recorded->version_cap = index->version_count;
	recorded->use_count = recorded->use_cap = index->use_count;
	for (uint32_t i = 0; i < index->version_count; i++)
		*latest_of(recorded, index->versions[i].file) = i + 1;
}

/* Each version once, but for files whose content goes back and forth. */
static uint32_t number_of(struct recorded *recorded, const struct version *version)
{
	uint32_t *latest = latest_of(recorded, version->file);

	if (*latest && memcmp(&recorded->versions[*latest - 1], version, sizeof *version) == 0)
		return *latest - 1;
	MEM_ROOM(recorded->versions, recorded->version_count, recorded->version_cap);
	recorded->versions[recorded->version_count] = *version;
	*latest = ++recorded->version_count;
	return *latest - 1;
}

static void add_use(struct recorded *recorded, uint32_t version)
{
	MEM_PUSH(recorded->uses, recorded->use_count, recorded->use_cap, version);
}

static void add_version(struct recorded *recorded, struct version version)
{
	add_use(recorded, number_of(recorded, &version));
}

static bool is_declared(const struct record_file *file)
{
	return file->origin == ORIGIN_DECLARED || file->origin == ORIGIN_COMMAND;
}

static bool is_file(const struct graph *graph, uint32_t id, const char *path)
{
	const char *known = file_path(graph, id);

	return known == path || strcmp(known, path) == 0;
}

/* The recorded inputs: first the declared ones, as the graph has them, then further ones. */
static bool add_inputs(struct recorded *recorded, struct stamps *stamps, const struct stage *s,
	const struct recorded_success *success, uint32_t *further)
{
	const struct graph *graph = recorded->graph;
	uint32_t declared = 0;

	for (uint32_t i = 0; i < success->file_count; i++) {
		const struct record_file *file = &success->files[i];
		if (file->role != ROLE_INPUT)
			continue;
		if (!is_declared(file)) {
			add_version(recorded, version_of(file, stamps_id(stamps, file->path)));
			++*further;
			continue;
		}
		uint32_t id = declared < s->input_count ? graph->uses[s->first_use + declared].file
							: NONE;
		if (id == NONE || *further || !is_file(graph, id, file->path))
			return false;
		add_version(recorded, version_of(file, id));
		declared++;
	}
	return declared == s->input_count;
}

static const struct record_file *find_output(const struct graph *graph,
	const struct recorded_success *success, uint32_t guess, uint32_t id)
{
	for (uint32_t i = 0; i < success->file_count; i++) {
		const struct record_file *file = &success->files[(guess + i) % success->file_count];
		if (file->role == ROLE_OUTPUT && is_file(graph, id, file->path))
			return file;
	}
	return NULL;
}

bool recorded_is_further(const struct graph *graph, uint32_t stage, const struct record_file *file)
{
	if (file->role == ROLE_OUTPUT)
		return file->origin == ORIGIN_REPORTED;
	return file->role == ROLE_INTERMEDIATE && graph_keeps(graph, stage, file->path);
}

static void add_outputs(struct recorded *recorded, struct stamps *stamps, uint32_t stage,
	const struct recorded_success *success, uint32_t input_count)
{
	const struct graph *graph = recorded->graph;
	const struct stage *s = &graph->stages[stage];

	for (uint32_t k = 0; k < s->output_count; k++) {
		uint32_t id = graph->uses[s->first_use + s->input_count + k].file;
		const struct record_file *file = find_output(graph, success, input_count + k, id);
		if (file)
			add_version(recorded, version_made(file, id, false));
		else
			add_use(recorded, NONE);
	}
	for (uint32_t i = 0; i < success->file_count; i++) {
		const struct record_file *file = &success->files[i];
		if (recorded_is_further(graph, stage, file))
			add_version(
				recorded, version_made(file, stamps_id(stamps, file->path), false));
	}
}

void recorded_set(struct recorded *recorded, struct stamps *stamps, uint32_t stage,
	const struct recorded_success *success)
{
	const struct stage *s = &recorded->graph->stages[stage];
	struct index_stage *entry = &recorded->stages[stage];
	uint32_t first = recorded->use_count, further = 0;

	*entry = (struct index_stage){.seconds = success->seconds};
	if (!add_inputs(recorded, stamps, s, success, &further)) {
		recorded->use_count = first;
		return;
	}
	add_outputs(recorded, stamps, stage, success, s->input_count + further);
	*entry = (struct index_stage){
		.key = success->key,
		.manifest = success->manifest,
		.seconds = success->seconds,
		.completed_ns = success->completed_ns,
		.flags = INDEX_STAGE_RECORDED |
			 (success->has_warnings ? 0 : INDEX_STAGE_NO_WARNINGS) |
			 (success->is_skip ? INDEX_STAGE_SKIPPED : 0),
		.first = first,
		.count = recorded->use_count - first,
		.further = further,
	};
}

void recorded_compact(struct recorded *recorded)
{
	struct recorded old = *recorded;

	recorded->version_cap = old.version_count + 1;
	recorded->use_cap = old.use_count + 1;
	recorded->versions = mem_grow(NULL, recorded->version_cap, sizeof *recorded->versions);
	recorded->uses = mem_grow(NULL, recorded->use_cap, sizeof *recorded->uses);
	recorded->latest = NULL;
	recorded->version_count = recorded->use_count = recorded->latest_cap = 0;
	for (uint32_t i = 0; i < old.graph->stage_count; i++) {
		struct index_stage *entry = &recorded->stages[i];
		uint32_t first = recorded->use_count;
		for (uint32_t k = entry->first; k < entry->first + entry->count; k++)
			add_use(recorded,
				old.uses[k] == NONE
					? NONE
					: number_of(recorded, &old.versions[old.uses[k]]));
		entry->first = first;
	}
	free(old.versions);
	free(old.uses);
	free(old.latest);
}

void recorded_grow(struct recorded *recorded, uint32_t old, const bool *changed)
{
	uint32_t count = recorded->graph->stage_count;

	recorded->stages = mem_grow(recorded->stages, (size_t)count + 1, sizeof *recorded->stages);
	for (uint32_t i = 0; i < count; i++) {
		if (i >= old || changed[i])
			recorded->stages[i] = (struct index_stage){.seconds = -1};
	}
}

void recorded_free(struct recorded *recorded)
{
	free(recorded->stages);
	free(recorded->versions);
	free(recorded->uses);
	free(recorded->latest);
	*recorded = (struct recorded){0};
}

/* Manifests that sum up the instances of a stage (record/manifest/sum.h), at the end of a run. They
 * rest on what the run knows anyway; of instances that it did not look at, only the manifest's stat
 * is asked for, and nothing at all where the index knew of all instances that they are up to
 * date. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/graph/job_paths.h"
#include "model/load/file_type.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/sum.h"
#include "run/engine/context.h"
#include "run/job/beneath.h"

#define NOTES_MAX 100

struct notes {
	struct attempt_note items[NOTES_MAX];
	uint32_t count;
};

struct sums {
	struct run *run;
	uint32_t *next; /* by stage: the next of its declaration; NONE */
	uint32_t *seen;
	uint32_t turn;
	struct sum_instance *instances; /* of one */
	uint32_t count, cap;
	struct notes errors, warnings;
	struct sum_output *outputs;
	uint32_t output_count, output_cap;
	struct arena arena; /* of one */
};

/* Is it something that the index did not know of? */
static bool is_new(const struct run *run, uint32_t stage)
{
	return run->stages[stage].record || run->stages[stage].attempts;
}

/* What is known of the stage's success, whether it was read or made in this run. */
static const struct index_stage *entry_of(const struct run *run, uint32_t stage)
{
	const struct index_stage *entries = run->recorded.stages;

	if (!entries && run->is_same_graph)
		entries = run->index->stages;
	return entries && (entries[stage].flags & INDEX_STAGE_RECORDED) ? &entries[stage] : NULL;
}

/* From its manifest, which is not that of a success that the run knows. */
static void read_instance(struct sums *sums, const char *dir, struct sum_instance *out)
{
	struct record record;

	if (record_load(&sums->arena, sums->run->graph, out->stage, dir, &record, NULL) < 0) {
		out->status = RECORD_UNREADABLE;
		return;
	}
	out->status = record.status;
	out->seconds = record.duration_seconds;
	out->written_ns = record.manifest.type ? record.manifest.mtime_ns : 0;
}

static void add_notes(struct sums *sums, struct notes *notes, uint32_t stage, const json *list)
{
	const char *instance = stage_name(sums->run->graph, stage);

	if (!json_is(list, JSON_ARRAY))
		return;
	for (const json *node = json_first(list); node && notes->count < NOTES_MAX;
		node = json_next(node)) {
		struct attempt_note *note = &notes->items[notes->count++];
		const char *type = json_get_str(node, "exception_type", NULL);
		const char *detail = json_get_str(node, "exception_detail", NULL);

		*note = (struct attempt_note){
			.message = arena_fmt(&sums->arena, "%s: %s", instance,
				json_get_str(node, "message", "")),
			.exception_type = type ? arena_strdup(&sums->arena, type) : NULL,
			.exception_detail = detail ? arena_strdup(&sums->arena, detail) : NULL,
		};
		if (clock_parse_iso(json_get_str(node, "timestamp", ""), &note->wall_ns) < 0)
			note->wall_ns = 0;
	}
}

static void read_notes(struct sums *sums, const char *dir, const struct sum_instance *instance)
{
	json *manifest JSON_LOCAL = manifest_tree(dir, NULL);

	if (instance->status == RECORD_FAILED)
		add_notes(sums, &sums->errors, instance->stage, json_get(manifest, "errors"));
	add_notes(sums, &sums->warnings, instance->stage, json_get(manifest, "warnings"));
}

static bool size_of(void *ctx, uint32_t file, uint64_t *bytes)
{
	const struct sums *sums = ctx;
	const struct stamp *stamp = stamps_get(sums->run->stamps, file);

	*bytes = stamp->state == STAMP_HASHED ? stamp->size : stamp->stat.size;
	return stamp->state != STAMP_FAILED && stamp->stat.type != 0;
}

/* Outputs that only the record of the success knows. */
static void add_reported(struct sums *sums, const struct index_stage *entry, uint32_t stage)
{
	const struct run *run = sums->run;
	const struct stage *s = &run->graph->stages[stage];
	bool is_here = run->recorded.stages != NULL;
	const uint32_t *uses = is_here ? run->recorded.uses : run->index->uses;
	const struct version *versions = is_here ? run->recorded.versions : run->index->versions;

	for (uint32_t i = s->input_count + entry->further + s->output_count; i < entry->count;
		i++) {
		uint32_t file = versions[uses[entry->first + i]].file;
		uint64_t bytes;
		/* those of the graph are intermediates that others read */
		if (file < run->graph->file_count)
			continue;
		stamps_look(run->stamps, &file, 1, false);
		if (!size_of(sums, file, &bytes))
			continue;
		const char *path = stamps_path(run->stamps, file);
		MEM_ROOM(sums->outputs, sums->output_count, sums->output_cap);
		sums->outputs[sums->output_count++] = (struct sum_output){
			.path = path, .type = file_type(&sums->arena, path), .bytes = bytes};
	}
}

static void add_instance(struct sums *sums, uint32_t stage)
{
	const struct run *run = sums->run;
	const char *dir = graph_text(run->graph, run->graph->stages[stage].dir);
	enum sched_state state = sched_state(run->sched, stage);
	bool is_settled = state == SCHED_DONE || state == SCHED_FRESH || state == SCHED_SKIPPED;
	const struct index_stage *entry = entry_of(run, stage);
	struct sum_instance *out;
	struct fs_stat now;

	MEM_ROOM(sums->instances, sums->count, sums->cap);
	out = &sums->instances[sums->count++];
	*out = (struct sum_instance){.stage = stage, .status = RECORD_SUCCESS};
	if (run->graph->stages[stage].flags & STAGE_DISABLED)
		entry = NULL;
	if (entry && !is_settled &&
		(fs_stat(stage_path(&sums->arena, dir, MANIFEST_FILE), &now, NULL) < 0 ||
			!fs_same(&now, &entry->manifest)))
		entry = NULL;
	if (entry) {
		out->seconds = entry->seconds;
		out->written_ns = entry->manifest.mtime_ns;
		if (entry->flags & INDEX_STAGE_SKIPPED)
			out->status = RECORD_SKIPPED;
		add_reported(sums, entry, stage);
	} else {
		read_instance(sums, dir, out);
	}
	bool has_notes =
		entry ? !(entry->flags & INDEX_STAGE_NO_WARNINGS) : out->status != RECORD_NONE;
	if (has_notes && sums->errors.count + sums->warnings.count < NOTES_MAX)
		read_notes(sums, dir, out);
}

/* Of instances that are not part of this run. */
static void look_at_files(struct sums *sums)
{
	const struct graph *graph = sums->run->graph;
	uint32_t *ids MEM_LOCAL = NULL;
	size_t count = 0, cap = 0;

	for (uint32_t i = 0; i < sums->count; i++) {
		const struct stage *s = &graph->stages[sums->instances[i].stage];
		for (uint32_t k = s->first_use; k < s->first_use + stage_use_count(s); k++) {
			uint32_t file = graph->uses[k].file;
			if (stamps_get(sums->run->stamps, file)->state != STAMP_UNKNOWN)
				continue;
			MEM_PUSH(ids, count, cap, file);
		}
	}
	stamps_look(sums->run->stamps, ids, count, false);
}

/* A manifest of the stage itself, from when it had no instances, stays until that is cleaned. */
static bool may_replace(const char *dir, const struct buf *text)
{
	struct buf old BUF_LOCAL = {0};
	bool may = true;

	if (manifest_text(dir, &old, NULL) == 0) {
		json *manifest JSON_LOCAL = json_parse(buf_text(&old), old.len, NULL);
		bool is_same = old.len == text->len && memcmp(old.data, text->data, old.len) == 0;
		may = !is_same && (!manifest || sum_is(manifest));
	}
	return may;
}

static int write_sum(struct sums *sums, uint32_t first, struct err *err)
{
	struct run *run = sums->run;
	const char *dir =
		path_dir(&sums->arena, graph_text(run->graph, run->graph->stages[first].dir));
	struct buf text BUF_LOCAL = {0};
	struct sum sum = {
		.graph = run->graph,
		.dir = dir,
		.errors = sums->errors.items,
		.warnings = sums->warnings.items,
		.seen = sums->seen,
		.turn = sums->turn++,
		.size = size_of,
		.ctx = sums,
	};
	bool is_there = false;
	int status = 0;

	if (!fs_is_dir(dir))
		return 0;
	sums->count = sums->output_count = 0;
	for (uint32_t i = first; i != NONE; i = sums->next[i]) {
		add_instance(sums, i);
		is_there |= sums->instances[sums->count - 1].status != RECORD_NONE;
	}
	if (!is_there)
		return 0;
	look_at_files(sums);
	sum.instances = sums->instances;
	sum.count = sums->count;
	sum.outputs = sums->outputs;
	sum.output_count = sums->output_count;
	sum.error_count = sums->errors.count;
	sum.warning_count = sums->warnings.count;
	sum_format(&sum, &text);
	if (may_replace(dir, &text))
		status =
			beneath_write_manifest(run->graph, run->job_fd, -1, dir, &text, false, err);
	return status;
}

/* By stage: the next one of its declaration, where it is the first of them and something is new of
 * one; else it is no beginning. */
static void link_up(struct sums *sums, bool *begins)
{
	const struct graph *graph = sums->run->graph;
	struct map last MAP_LOCAL = {0}, first MAP_LOCAL = {0};

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const char *decl = graph_text(graph, graph->stages[i].decl);
		sums->next[i] = NONE;
		if (!graph->stages[i].instance)
			continue;
		uint32_t before = map_get(&last, decl);
		if (before != NONE)
			sums->next[before] = i;
		map_set(&last, decl, i);
		uint32_t head = map_put(&first, decl, i);
		begins[head] |= is_new(sums->run, i);
	}
}

static bool has_new(const struct run *run)
{
	for (uint32_t i = 0; i < run->graph->stage_count; i++) {
		if (run->graph->stages[i].instance && is_new(run, i))
			return true;
	}
	return false;
}

void sums_write(struct run *run)
{
	const struct graph *graph = run->graph;
	struct sums sums = {.run = run};
	bool *begins;

	if (!has_new(run))
		return;
	begins = mem_alloc((size_t)graph->stage_count + 1);
	sums.next = mem_grow(NULL, (size_t)graph->stage_count + 1, sizeof *sums.next);
	sums.seen = mem_alloc(((size_t)graph->file_count + 1) * sizeof *sums.seen);
	link_up(&sums, begins);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		struct err err = {0};

		if (!begins[i])
			continue;
		if (write_sum(&sums, i, &err) < 0)
			notify_text(run, RUN_NOTICE, NONE, LOG_WARNING, "%s", err.text);
		sums.errors.count = sums.warnings.count = 0;
		arena_reset(&sums.arena);
	}
	free(begins);
	free(sums.next);
	free(sums.seen);
	free(sums.instances);
	free(sums.outputs);
	arena_free(&sums.arena);
}

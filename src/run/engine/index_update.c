/* The index that a run leaves. It is written at the end, and meanwhile every few seconds: the
 * manifests say all that counts, but the contents of inputs would have to be read again. What can
 * be appended is: see index_tail.c. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "model/graph/job_paths.h"
#include "record/index/index_regraph.h"
#include "record/judge/lists.h"
#include "record/judge/views.h"
#include "record/manifest/key.h"
#include "record/stamp/trees.h"
#include "run/engine/context.h"
#include "run/job/beneath.h"

#define PAUSE_NS ((int64_t)2000000000) /* between two writings, at least ... */
#define PAUSE_TIMES 100                /* ... and so many times as long as one takes */

/* So many listings of directories may lie there that no record names. */
#define SPARE_TREES 8

static void note(struct run *run, uint32_t stage, const struct recorded_success *success)
{
	if (!run->recorded.stages)
		recorded_begin(&run->recorded, run->graph, run->is_same_graph ? run->index : NULL);
	recorded_set(&run->recorded, run->stamps, stage, success);
	run->stages[stage].is_noted = true;
}

/* A manifest that tells of a failure, or that the stage was disabled, after the success is read
 * each time: the run that finds the success as it was has to write it back. */
static bool is_notable(const struct run *run, uint32_t stage)
{
	const struct record *record = run->stages[stage].record;

	return record && record->success.is_known && !run->stages[stage].is_noted &&
	       (record->status == RECORD_SUCCESS || record->success.is_skip);
}

/* What the stage's manifest said when it was read in this run. */
static void note_record(struct run *run, uint32_t stage)
{
	const struct record *record = run->stages[stage].record;
	const struct recorded_success success = {
		.files = record->success.files,
		.file_count = record->success.file_count,
		.key = key_all(&record->success.key),
		.manifest = record->manifest,
		.seconds = record->success.duration_seconds,
		.completed_ns = stage_settings(run->graph, stage)->max_age_ms < 0
					? 0
					: record_age_ns(&record->success),
		.has_warnings = record->warning_count != 0,
		.is_skip = record->success.is_skip,
	};

	note(run, stage, &success);
}

void index_note_success(struct run *run, struct running *running)
{
	const struct attempt *attempt = &running->attempt;
	struct record_file *files =
		arena_alloc(&running->arena, (attempt->file_count + 1) * sizeof *files);
	struct recorded_success success = {
		.files = files,
		.file_count = attempt->file_count,
		.key = key_all(&attempt->key),
		.seconds = attempt->restored && attempt->restored->seconds >= 0
				   ? attempt->restored->seconds
				   : attempt->duration_seconds,
		.completed_ns = attempt->ended_ns,
		.has_warnings = attempt->warning_count != 0,
		.is_skip = attempt->status == RECORD_SKIPPED,
	};

	for (uint32_t i = 0; i < attempt->file_count; i++) {
		const struct attempt_file *file = &attempt->files[i];
		files[i] = (struct record_file){
			.path = file->path,
			.sum = file->sum,
			.mtime_ns = file->mtime_ns,
			.role = file->role,
			.origin = file->origin,
			.track = file->track,
			.flags = file->flags,
		};
	}
	const char *path = stage_path(&running->arena, running->dir, MANIFEST_FILE);
	if (fs_stat(path, &success.manifest, NULL) == 0)
		note(run, running->stage, &success);
}

static void add_sources(struct run *run, struct index *index)
{
	const struct graph *graph = run->normal ? run->normal : run->graph;

	for (uint32_t i = 0; i < graph->source_count; i++) {
		const struct source *source = &graph->sources[i];
		struct index_source *entry = &index->sources[i];
		if (!source_is_file(source->kind))
			continue;
		/* The content that the graph was made from is known by its digest; whether stat
		 * stands for just that content is not, unless it is read again now, behind a
		 * stat. */
		struct stamp stamp;
		if (!stamps_read_apart(run->stamps, graph_text(graph, source->path), &stamp) ||
			!digest_eq(&stamp.sum, &source->digest))
			continue;
		entry->stat = stamp.stat;
		entry->flags = INDEX_FILE_KNOWN | (stamp.is_settled ? INDEX_FILE_SETTLED : 0);
	}
}

static void add_files(struct run *run, struct index *index, struct buf *paths)
{
	uint32_t known = run->graph->file_count;

	index->file_count = stamps_count(run->stamps);
	index->files = mem_alloc(((size_t)index->file_count + 1) * sizeof *index->files);
	buf_char(paths, 0);
	for (uint32_t i = 0; i < index->file_count; i++) {
		const char *path = stamps_path(run->stamps, i);
		stamps_export(run->stamps, i, &index->files[i]);
		if (i < known)
			continue;
		index->files[i].path = (uint32_t)paths->len;
		buf_add(paths, path, strlen(path) + 1);
	}
	index->extra_text = paths->data;
	index->extra_size = (uint32_t)paths->len;
}

static void add_recorded(struct index *index, const struct recorded *recorded)
{
	index->stages = recorded->stages;
	index->versions = recorded->versions;
	index->version_count = recorded->version_count;
	index->uses = recorded->uses;
	index->use_count = recorded->use_count;
}

/* Appended to what is there, if that is of this graph; else whole. A run's graph that has grown is
 * written as the definition gives it now. */
static int write_out(struct run *run, struct index *index, struct err *err)
{
	struct err found = {0};
	struct beneath place;
	struct index normal;
	int status = 0;
	const char *path = job_path(&run->arena, run->graph, JOB_INDEX);

	if (beneath_find(&place, run->state_fd, INDEX_FILE, path, false, err) < 0)
		return -1;

	if (!run->has_grown && !run->has_written && run->is_same_graph)
		index_state_lend(&run->state, run->index);
	if (!run->has_grown && run->state.is_open)
		status = index_append(&run->state, index, place.path, &found);
	if (status == 0) {
		recorded_compact(&run->recorded);
		add_recorded(index, &run->recorded);
		if (run->has_grown)
			index_regraph(index, run->normal, &normal);
		status = index_write(run->has_grown ? &normal : index, place.path, &found);
	}
	if (run->has_grown)
		index_regraph_free(&normal);
	if (status < 0)
		beneath_tell(err, &found, "write", path);
	run->has_written = true;
	return status;
}

/* Is a list of the graph another one than the record tells? Of a stage that this run did not come
 * to, another run may have made it while we waited for the lock. */
static bool has_stale_list(struct run *run)
{
	const struct graph *graph = run->graph;
	bool is_stale = run->is_list_stale;

	for (uint32_t i = 0; graph->list_count && i < graph->stage_count && !is_stale; i++)
		is_stale = graph->stages[i].lists.count &&
			   sched_state(run->sched, i) == SCHED_IDLE &&
			   !known_is_current(&run->known, i) && !lists_are_current(graph, i);
	return is_stale;
}

/* is_last: nothing more will be added. */
static int write_now(struct run *run, bool is_last, struct err *err)
{
	struct index index = {.graph = arena_alloc(&run->arena, sizeof *index.graph)};
	struct buf paths BUF_LOCAL = {0};
	int64_t start = clock_mono_ns();

	*index.graph = *run->graph;
	if (run->options->request && !has_stale_list(run))
		index.request = *run->options->request;
	if (!run->recorded.stages)
		recorded_begin(&run->recorded, run->graph, run->is_same_graph ? run->index : NULL);
	for (uint32_t i = 0; i < run->graph->stage_count; i++) {
		if (is_notable(run, i))
			note_record(run, i);
	}
	const struct graph *graph = run->normal ? run->normal : run->graph;
	index.sources = mem_alloc(((size_t)graph->source_count + 1) * sizeof *index.sources);
	add_sources(run, &index);
	add_files(run, &index, &paths);
	add_recorded(&index, &run->recorded);
	int status = write_out(run, &index, err);
	if (status < 0)
		index_state_free(&run->state); /* nothing can be appended to it */
	else if (!is_last)
		index_state_mark(&run->state, &index);
	free(index.sources);
	free(index.files);
	run->written_mono = clock_mono_ns();
	run->writing_ns = run->written_mono - start;
	return status < 0 ? -1 : 0;
}

static bool is_worth_it(const struct run *run)
{
	bool same_request = run->is_same_graph && run->options->request &&
			    digest_eq(&run->index->request, run->options->request);

	if (run->has_written || !same_request || !run->index->is_of_this_boot || run->has_opened ||
		stamps_is_changed(run->stamps))
		return true;
	/* Stages that were judged by their manifests and found up to date: next time by the
	 * index. */
	for (uint32_t i = 0; i < run->graph->stage_count; i++) {
		if (sched_state(run->sched, i) == SCHED_FRESH && is_notable(run, i))
			return true;
	}
	return false;
}

static bool is_recorded(const struct recorded *recorded, uint32_t stage)
{
	return recorded->stages[stage].flags & INDEX_STAGE_RECORDED;
}

static void need_of_index(const struct recorded *recorded, uint32_t stage, struct trees *trees)
{
	const struct index_stage *entry = &recorded->stages[stage];

	for (uint32_t i = 0; is_recorded(recorded, stage) && i < entry->count; i++) {
		uint32_t version = recorded->uses[entry->first + i];
		if (version != NONE)
			trees_need(trees, &recorded->versions[version].is);
	}
}

/* What the record of a stage of which the index has nothing names. False: it cannot be read. */
static bool need_of_record(struct run *run, uint32_t stage, struct trees *trees)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *dir = graph_text(run->graph, run->graph->stages[stage].dir);
	const struct record *record = record_get(&arena, run->graph, stage, dir, NULL);

	for (uint32_t i = 0; record && i < record->success.file_count; i++)
		trees_need(trees, &record->success.files[i].sum);
	return record && record->status != RECORD_UNREADABLE;
}

/* Listings of directories that no stage's last success names any more, when they are many. */
static void sweep_trees(struct run *run)
{
	const struct recorded *recorded = &run->recorded;
	uint32_t count = run->graph->stage_count;
	struct trees trees;
	bool is_known = true;

	trees_open(&trees, run->state_fd);
	for (uint32_t i = 0; trees.count > SPARE_TREES && i < count; i++)
		need_of_index(recorded, i, &trees);
	if (trees.count > SPARE_TREES + 2 * trees.needed) {
		for (uint32_t i = 0; is_known && i < count; i++)
			is_known = is_recorded(recorded, i) || need_of_record(run, i, &trees);
		if (is_known)
			trees_remove_others(&trees);
	}
	trees_close(&trees);
}

int index_update(struct run *run, struct err *err)
{
	bool is_worth_writing = is_worth_it(run);

	if (!is_worth_writing && !views_are_new(run->views))
		return 0;
	/* .restage may be removed at any time, also while we run. */
	int status = run_open_state(run, err);
	views_write(run->views, run->state_fd);
	stamps_keep_contents(run->stamps, run->state_fd);
	if (!is_worth_writing)
		return status;
	sweep_state(run);
	if (status == 0)
		status = write_now(run, true, err);
	if (status == 0)
		sweep_trees(run);
	return status;
}

void index_update_meanwhile(struct run *run)
{
	struct err err = {0};
	int64_t since = run->written_mono ? run->written_mono : run->started_mono;
	int64_t pause =
		run->writing_ns > PAUSE_NS / PAUSE_TIMES ? run->writing_ns * PAUSE_TIMES : PAUSE_NS;

	if (run->has_grown || clock_mono_ns() - since < pause ||
		(!run->has_opened && !stamps_is_changed(run->stamps)))
		return;
	/* Whatever is wrong will be so at the end too, and is told then. */
	if (write_now(run, false, &err) < 0)
		run->writing_ns = INT64_MAX / PAUSE_TIMES;
}

void index_update_end(struct run *run)
{
	recorded_free(&run->recorded);
	index_state_free(&run->state);
}

/* The index that a run leaves. It is written at the end, and meanwhile every few seconds: the manifests say all that
 * counts, but the contents of inputs would have to be read again. What can be appended is: see index_tail.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/manifest/key.h"
#include "run/engine/context.h"
#include "run/job/places.h"

#define PAUSE_NS ((int64_t)2000000000) /* between two writings, at least ... */
#define PAUSE_TIMES 100                /* ... and so many times as long as one takes */

struct memory {
	struct run *run;
	struct index index;
	struct buf text; /* paths beyond the graph's */
	uint32_t extra_cap;
};

/* The file is known, and as it was when the old entry was written. */
static bool is_as_indexed(const struct memory *m, uint32_t id, uint8_t track)
{
	const struct index_file *was = &m->run->index->files[id];
	struct index_file now;

	stamps_export(m->run->stamps, id, &now);
	if (!(now.flags & was->flags & INDEX_FILE_KNOWN) || now.stat.type != was->stat.type)
		return false;
	if (track == TRACK_TIME && now.stat.mtime_ns != was->stat.mtime_ns)
		return false;
	return digest_eq(&now.sum, &was->sum);
}

/* All that a stage rests on is as it was when the old entry was written: files beyond the declared ones too.
 * Whoever looked at one of them since may have done so for another stage. */
static bool rests_on_same(const struct memory *m, uint32_t stage)
{
	const struct graph *graph = m->run->graph;
	const struct stage *s = &graph->stages[stage];
	const struct index *old = m->run->index;
	const struct index_stage *entry = &old->stages[stage];

	for (uint32_t i = 0; i < s->input_count + s->output_count; i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		if (!is_as_indexed(m, use->file, graph->labels[use->label].track))
			return false;
	}
	for (uint32_t i = 0; i < entry->extra_count; i++) {
		if (!is_as_indexed(m, old->extras[entry->first_extra + i], TRACK_CONTENT))
			return false;
	}
	return true;
}

/* A stage that comes later may have changed a file of one that was judged before: what is known of the file
 * now must be what the manifest says. */
static bool is_as_recorded(const struct memory *m, uint32_t id, const struct used_file *file)
{
	const struct stamp *now = stamps_get(m->run->stamps, id);

	if (now->state != STAMP_SEEN && now->state != STAMP_HASHED)
		return false;
	if ((file->flags & RECORD_FILE_MISSING) || now->stat.type == 0)
		return (file->flags & RECORD_FILE_MISSING) && now->stat.type == 0;
	if (file->track == TRACK_EXISTS)
		return true;
	if (file->track == TRACK_TIME)
		return now->stat.mtime_ns == file->mtime_ns;
	return !(file->flags & (RECORD_FILE_NO_SUM | RECORD_FILE_CHANGED)) && now->state == STAMP_HASHED &&
	       digest_eq(&now->sum, &file->sum);
}

static bool rests_on_record(const struct memory *m, const struct record *record)
{
	const struct record_success *success = &record->success;

	for (uint32_t i = 0; i < success->file_count; i++) {
		const struct record_file *file = &success->files[i];
		const struct used_file used = {.sum = file->sum,
			.mtime_ns = file->mtime_ns,
			.track = file->track,
			.flags = file->flags};
		if (file->role != ROLE_INTERMEDIATE &&
			!is_as_recorded(m, stamps_id(m->run->stamps, file->path), &used))
			return false;
	}
	return true;
}

static bool rests_on_made(const struct memory *m, const struct made *made)
{
	for (uint32_t i = 0; i < made->used_count; i++) {
		if (!is_as_recorded(m, made->used[i].id, &made->used[i]))
			return false;
	}
	return true;
}

static void add_extra(struct memory *m, const char *path)
{
	MEM_ROOM(m->index.extras, m->index.extra_count, m->extra_cap);
	m->index.extras[m->index.extra_count++] = stamps_id(m->run->stamps, path);
}

/* A stage that the index knew and that nothing changed. */
static void keep_entry(struct memory *m, uint32_t stage)
{
	const struct index *old = m->run->index;
	struct index_stage *entry = &m->index.stages[stage];
	*entry = old->stages[stage];
	uint32_t first = entry->first_extra, count = entry->extra_count;
	entry->first_extra = m->index.extra_count;
	for (uint32_t i = 0; i < count; i++)
		add_extra(m, index_path(old, old->extras[first + i]));
}

static void add_record_extras(struct memory *m, const struct record_success *success)
{
	for (uint32_t i = 0; i < success->file_count; i++) {
		const struct record_file *file = &success->files[i];
		bool is_declared =
			file->origin == ORIGIN_DECLARED || file->origin == ORIGIN_COMMAND;
		if (!is_declared && file->role != ROLE_INTERMEDIATE)
			add_extra(m, file->path);
	}
}

/* What it is judged by beyond content (the time stamp of a reported file, say) stays with the manifest. */
static void make_entry(
	struct memory *m, uint32_t stage, const struct digest *key, double seconds, bool is_plain)
{
	struct index_stage *entry = &m->index.stages[stage];
	char path[4200];
	const char *dir = graph_text(m->run->graph, m->run->graph->stages[stage].dir);
	entry->key = *key;
	entry->seconds = seconds;
	entry->extra_count = m->index.extra_count - entry->first_extra;
	if (snprintf(path, sizeof path, "%s/manifest.json", dir) < (int)sizeof path &&
		fs_stat(path, &entry->manifest, NULL) == 0 && entry->manifest.type == 'f')
		entry->flags = INDEX_STAGE_FRESH | (is_plain ? INDEX_STAGE_PLAIN : 0);
}

static void remember_stage(struct memory *m, uint32_t stage)
{
	struct run *run = m->run;
	struct index_stage *entry = &m->index.stages[stage];
	enum life life = sched_life(run->sched, stage);
	entry->seconds = run->stages[stage].seconds;
	entry->first_extra = m->index.extra_count;
	if (run->stages[stage].by_index || (life == LIFE_IDLE && run->is_same_graph)) {
		if (rests_on_same(m, stage))
			keep_entry(m, stage);
	} else if (life == LIFE_FRESH && rests_on_record(m, run_record(run, stage))) {
		const struct record *record = run_record(run, stage);
		struct digest key = key_all(&record->success.key);
		add_record_extras(m, &record->success);
		make_entry(m, stage, &key, record->success.duration_seconds,
			record->warning_count == 0);
	} else if (life == LIFE_DONE && run->stages[stage].made.is_fresh && rests_on_made(m, &run->stages[stage].made)) {
		const struct made *made = &run->stages[stage].made;
		for (uint32_t i = 0; i < made->extra_count; i++)
			add_extra(m, made->extras[i]);
		make_entry(m, stage, &made->key, made->seconds, made->is_plain);
	}
}

void remember_success(struct run *run, const struct running *running)
{
	const struct attempt *attempt = &running->attempt;
	struct made *made = &run->stages[running->stage].made;
	uint32_t room = 0;
	*made = (struct made){
		.is_fresh = attempt->status == RECORD_SUCCESS,
		.is_plain = attempt->warning_count == 0,
		.key = key_all(&attempt->key),
		.seconds = attempt->duration_seconds,
	};
	made->used = arena_alloc(&run->arena, (attempt->file_count + 1) * sizeof *made->used);
	for (uint32_t i = 0; i < attempt->file_count; i++) {
		const struct attempt_file *file = &attempt->files[i];
		if (file->role != ROLE_INTERMEDIATE)
			made->used[made->used_count++] = (struct used_file){
				.id = collect_id(run, running->stage, file->path),
				.sum = file->sum,
				.mtime_ns = file->mtime_ns,
				.track = file->track,
				.flags = file->flags};
		bool is_declared = file->origin == ORIGIN_DECLARED || file->origin == ORIGIN_COMMAND;
		if (file->flags & RECORD_FILE_CHANGED)
			made->is_fresh = false;
		if (is_declared || file->role == ROLE_INTERMEDIATE)
			continue;
		if (made->extra_count == room) {
			const char **old = made->extras;
			room = room ? room * 2 : 8;
			made->extras = arena_alloc(&run->arena, room * sizeof *made->extras);
			if (old)
				memcpy(made->extras, old, made->extra_count * sizeof *old);
		}
		made->extras[made->extra_count++] = arena_strdup(&run->arena, file->path);
	}
}

static void remember_sources(struct memory *m)
{
	const struct graph *graph = m->run->graph;
	for (uint32_t i = 0; i < graph->source_count; i++) {
		const struct source *source = &graph->sources[i];
		struct index_source *entry = &m->index.sources[i];
		if (source->kind != SOURCE_DEFINITION && source->kind != SOURCE_PARAMS)
			continue;
		/* The content that the graph was made from is known by its digest; whether stat stands for just
		 * that content is not, unless it is read again now, behind a stat. */
		struct stamp stamp;
		if (!stamps_read_apart(m->run->stamps, graph_text(graph, source->path), &stamp) ||
			!digest_eq(&stamp.sum, &source->digest))
			continue;
		entry->stat = stamp.stat;
		entry->flags = INDEX_FILE_KNOWN | (stamp.is_settled ? INDEX_FILE_SETTLED : 0);
	}
}

/* Files first: entries of stages may add numbers, whose files follow. */
static void fill(struct memory *m)
{
	struct run *run = m->run;
	struct index *index = &m->index;
	uint32_t known = run->graph->file_count;
	index->files = mem_alloc(((size_t)known + 1) * sizeof *index->files);
	for (uint32_t i = 0; i < known; i++)
		stamps_export(run->stamps, i, &index->files[i]);
	for (uint32_t i = 0; i < run->graph->stage_count; i++)
		remember_stage(m, i);
	remember_sources(m);
	index->file_count = stamps_count(run->stamps);
	index->files = mem_grow(index->files, (size_t)index->file_count + 1, sizeof *index->files);
	buf_char(&m->text, 0);
	for (uint32_t i = known; i < index->file_count; i++) {
		const char *path = stamps_path(run->stamps, i);
		stamps_export(run->stamps, i, &index->files[i]);
		index->files[i].path = (uint32_t)m->text.len;
		buf_add(&m->text, path, strlen(path) + 1);
	}
	index->extra_text = m->text.data;
	index->extra_size = (uint32_t)m->text.len;
}

static bool is_worth_it(const struct run *run)
{
	bool same_request = run->is_same_graph && run->options->request &&
			    digest_eq(&run->index->request, run->options->request);
	if (run->written || !same_request || !run->index->is_of_this_boot || run->has_opened ||
		stamps_is_changed(run->stamps))
		return true;
	/* Stages that were judged by their manifests and found up to date: next time by the index. */
	for (uint32_t i = 0; i < run->graph->stage_count; i++) {
		if (sched_life(run->sched, i) == LIFE_FRESH && !run->stages[i].by_index)
			return true;
	}
	return false;
}

/* What is in the file, if it is of this graph. */
static const struct index *in_file(const struct run *run)
{
	if (run->written)
		return run->written;
	return run->is_same_graph ? run->index : NULL;
}

static int write_out(struct run *run, struct index *index, struct err *err)
{
	const char *path = places_index(&run->arena, run->graph);
	const struct index *old = in_file(run);
	int status = old ? index_append(old, index, path, err) : 0;
	if (status == 0)
		return index_write(index, path, err);
	return status > 0 ? 0 : -1;
}

void remember_end(struct run *run)
{
	struct index *index = run->written;
	if (!index)
		return;
	free(index->files);
	free(index->stages);
	free(index->sources);
	free(index->extras);
	free(index->extra_text);
	free(index);
	run->written = NULL;
}

static int write_now(struct run *run, struct err *err)
{
	struct memory m = {.run = run};
	int64_t start = clock_mono_ns();
	m.index.graph = arena_alloc(&run->arena, sizeof *m.index.graph);
	*m.index.graph = *run->graph;
	m.index.stages = mem_alloc(((size_t)run->graph->stage_count + 1) * sizeof *m.index.stages);
	m.index.sources = mem_alloc(((size_t)run->graph->source_count + 1) * sizeof *m.index.sources);
	if (run->options->request)
		m.index.request = *run->options->request;
	fill(&m);
	int status = write_out(run, &m.index, err);
	remember_end(run);
	run->written = mem_alloc(sizeof *run->written);
	*run->written = m.index;
	run->written->is_torn = status < 0; /* nothing can be appended to it */
	run->written_mono = clock_mono_ns();
	run->writing_ns = run->written_mono - start;
	return status;
}

int remember(struct run *run, struct err *err)
{
	if (!is_worth_it(run))
		return 0;
	/* .restage may be removed at any time, also while we run. */
	int status = fs_mkdirs(places_state_dir(&run->arena, run->graph), err);
	sweep_state(run);
	return status == 0 ? write_now(run, err) : status;
}

void remember_meanwhile(struct run *run)
{
	struct err err = {0};
	int64_t since = run->written_mono ? run->written_mono : run->started_mono;
	int64_t pause = run->writing_ns > PAUSE_NS / PAUSE_TIMES ? run->writing_ns * PAUSE_TIMES : PAUSE_NS;
	if (clock_mono_ns() - since < pause || (!run->has_opened && !stamps_is_changed(run->stamps)))
		return;
	/* Whatever is wrong will be so at the end too, and is told then. */
	if (write_now(run, &err) < 0)
		run->writing_ns = INT64_MAX / PAUSE_TIMES;
}

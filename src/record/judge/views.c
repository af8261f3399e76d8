#include "record/judge/views.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/kept.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/judge/judge.h"
#include "record/manifest/attempt.h"
#include "record/manifest/record.h"
#include "record/stamp/stamp.h"

struct known_pair {
	struct digest key, view, check;
};

/* Of pairs that no stage needs any more some are remembered. */
static const struct kept_form form = {
	.magic = "restage views 1\n", .row_size = sizeof(struct known_pair), .spare = 10000};

struct views {
	const struct graph *graph;
	struct kept pairs;
	bool *is_learnt; /* by stage: its manifest was read for its pairs */
};

static uint32_t put(struct views *views, const struct digest *key, const struct digest *view)
{
	const struct known_pair pair = {.key = *key, .view = *view};
	uint32_t at;

	kept_put(&views->pairs, &pair, &at);
	return at;
}

struct views *views_new(const struct graph *graph)
{
	uint32_t stage = 0;

	while (stage < graph->stage_count && !(graph->stages[stage].flags & STAGE_VIEWED))
		stage++;
	if (stage == graph->stage_count)
		return NULL;
	struct views *views = mem_alloc(sizeof *views);
	struct arena arena ARENA_LOCAL = {0};
	views->graph = graph;
	views->is_learnt = mem_alloc((size_t)graph->stage_count + 1);
	views->pairs.form = &form;
	kept_read(&views->pairs, job_path(&arena, graph, JOB_VIEWS));
	return views;
}

void views_free(struct views *views)
{
	if (!views)
		return;
	kept_free(&views->pairs);
	free(views->is_learnt);
	free(views);
}

void views_grow(struct views *views, uint32_t old)
{
	views->is_learnt = mem_enlarge(
		views->is_learnt, old, views->graph->stage_count, sizeof *views->is_learnt);
}

const struct graph *views_graph(const struct views *views)
{
	return views->graph;
}

/* Where it runs, and by which shell, is part of it. */
static struct digest key_of(
	const struct graph *graph, uint32_t maker, const char *view, const struct digest *content)
{
	const struct settings *settings = stage_settings(graph, maker);
	struct hasher *hasher HASHER_LOCAL = hasher_new();

	hasher_add_str(hasher, view);
	hasher_add_str(hasher, graph_text(graph, settings->shell));
	hasher_add_str(hasher, graph_text(graph, settings->dir));
	hasher_add(hasher, content, sizeof *content);
	return hasher_done(hasher);
}

struct digest views_key(const struct views *views, uint32_t file, const struct digest *content)
{
	const struct graph *graph = views->graph;

	return key_of(graph, graph->files[file].producer, file_view(graph, file), content);
}

/* The pairs that its manifest has of what the stage made. */
static void learn_made(struct views *views, uint32_t stage)
{
	const struct graph *graph = views->graph;
	struct arena arena ARENA_LOCAL = {0};
	const char *dir = graph_text(graph, graph->stages[stage].dir);

	if (views->is_learnt[stage])
		return;
	views->is_learnt[stage] = true;
	const struct record *record = record_get(&arena, graph, stage, dir, NULL);
	for (uint32_t i = 0; record && i < record->success.file_count; i++) {
		const struct record_file *file = &record->success.files[i];
		if (file->role != ROLE_OUTPUT || !file->view_command)
			continue;
		struct digest key = key_of(graph, stage, file->view_command, &file->sum);
		put(views, &key, &file->view);
	}
}

bool views_find(
	struct views *views, uint32_t file, const struct digest *content, struct digest *out)
{
	const char *view = views ? file_view(views->graph, file) : NULL;

	if (!view)
		return false;
	if (text_eq(view, VIEW_NEVER)) {
		*out = digest_bytes("", 0);
		return true;
	}
	struct digest key = views_key(views, file, content);
	uint32_t at = kept_find(&views->pairs, &key);
	if (at == NONE) {
		learn_made(views, views->graph->files[file].producer);
		at = kept_find(&views->pairs, &key);
	}
	if (at == NONE)
		return false;
	const struct known_pair *pair = kept_row(&views->pairs, at);
	views->pairs.is_used[at] = true;
	*out = pair->view;
	return true;
}

void views_add(
	struct views *views, uint32_t file, const struct digest *content, const struct digest *view)
{
	struct digest key = views_key(views, file, content);

	uint32_t at = put(views, &key, view);

	views->pairs.is_used[at] = true;
	views->pairs.has_new = true;
}

/* The file as the stage reads it now, if it is the output of another stage and has a view. */
static uint32_t viewed_input(
	const struct judge *judge, uint32_t stage, uint32_t place, const struct record_file *file)
{
	const struct graph *graph = judge->graph;
	const struct stage *s = &graph->stages[stage];
	uint32_t id = NONE;

	if (file->role != ROLE_INPUT || !track_reads(file->track) ||
		(file->flags & (RECORD_FILE_MISSING | RECORD_FILE_NO_SUM | RECORD_FILE_CHANGED)))
		return NONE;
	if (place < s->input_count)
		id = graph->uses[s->first_use + place].file;
	if (id == NONE || !text_eq(file_path(graph, id), file->path))
		id = stamps_find(judge->stamps, file->path);
	return id != NONE && file_view(graph, id) ? id : NONE;
}

static bool find_recorded(
	const struct judge *judge, uint32_t id, const struct record_file *file, struct digest *out)
{
	if (!file->view_command || !text_eq(file->view_command, file_view(judge->graph, id)))
		return views_find(judge->views, id, &file->sum, out);
	*out = file->view;
	return true;
}

static bool find_now(
	const struct judge *judge, uint32_t id, const struct digest *content, struct digest *out)
{
	return views_find(judge->views, id, content, out) ||
	       (judge->see && judge->see(judge->see_ctx, id, content) &&
		       views_find(judge->views, id, content, out));
}

void views_adopt(
	const struct judge *judge, uint32_t stage, const struct record *record, struct verdict *out)
{
	const struct record_success *success = &record->success;

	if (judge->views && judge->may_hope)
		out->unsure = arena_alloc(
			judge->arena, ((size_t)success->file_count + 1) * sizeof *out->unsure);
	for (uint32_t i = 0; judge->views && i < success->file_count; i++) {
		/* the record's own, in an arena */
		struct record_file *file = (struct record_file *)(uintptr_t)&success->files[i];
		uint32_t id = viewed_input(judge, stage, i, file);
		struct digest was, is;
		if (id == NONE)
			continue;
		const struct stamp *now = stamps_get(judge->stamps, id);
		if (now->state != STAMP_HASHED || !now->stat.type ||
			digest_eq(&now->sum, &file->sum) || !find_recorded(judge, id, file, &was))
			continue;
		bool is_known = find_now(judge, id, &now->sum, &is);
		if (is_known ? !digest_eq(&was, &is) : !out->unsure)
			continue;
		if (!is_known)
			out->unsure[out->unsure_count++] = id;
		file->sum = now->sum;
	}
}

void views_learn(struct views *views, uint32_t stage, const struct record *record)
{
	const struct graph *graph = views->graph;
	const struct stage *s = &graph->stages[stage];

	for (uint32_t i = 0; i < record->success.file_count && i < s->input_count; i++) {
		const struct record_file *file = &record->success.files[i];
		uint32_t id = graph->uses[s->first_use + i].file;
		if (file->role != ROLE_INPUT || !file->view_command || !file_view(graph, id) ||
			!text_eq(file_path(graph, id), file->path))
			continue;
		struct digest key =
			key_of(graph, graph->files[id].producer, file->view_command, &file->sum);
		put(views, &key, &file->view);
	}
}

void views_take(struct views *views, uint32_t file, struct attempt_file *attempt_file)
{
	const uint8_t unread = RECORD_FILE_MISSING | RECORD_FILE_NO_SUM;

	attempt_file->view_command = NULL;
	if ((attempt_file->flags & unread) ||
		!views_find(views, file, &attempt_file->sum, &attempt_file->view) ||
		digest_eq(&attempt_file->view, &attempt_file->sum))
		return;
	attempt_file->view_command = file_view(views->graph, file);
}

bool views_are_new(const struct views *views)
{
	return views && views->pairs.has_new;
}

void views_write(struct views *views, int state_fd)
{
	if (views)
		kept_write(&views->pairs, state_fd, VIEWS_FILE);
}

#include "record/judge/views.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/judge/judge.h"
#include "record/manifest/attempt.h"
#include "record/manifest/record.h"
#include "record/stamp/stamp.h"

#define MAGIC "restage views 1\n"
#define FILE_MAX ((size_t)1 << 30)
/* So many pairs that no stage needs any more may be remembered. */
#define SPARE_PAIRS 10000u

/* As it is remembered: the check tells damage. */
struct pair_bytes {
	struct digest key, view, check;
};

struct known_pair {
	struct digest key, view;
	bool is_new;
	bool is_used;
};

struct views {
	const struct graph *graph;
	struct table table; /* key -> index in pairs */
	struct known_pair *pairs;
	uint32_t count, cap;
	bool *is_learnt; /* by stage: its manifest was read for its pairs */
	bool has_new;
};

static struct digest check_of(const struct pair_bytes *bytes)
{
	struct digest both[2] = {bytes->key, bytes->view};

	return digest_bytes(both, sizeof both);
}

static bool is_same_key(const void *ctx, uint32_t index)
{
	const struct views *views = ((const void *const *)ctx)[0];
	const struct digest *key = ((const void *const *)ctx)[1];

	return digest_eq(&views->pairs[index].key, key);
}

static uint32_t find(const struct views *views, const struct digest *key)
{
	const void *const ctx[] = {views, key};

	return table_get(&views->table, table_hash(key, sizeof *key), is_same_key, ctx);
}

static struct known_pair *put(
	struct views *views, const struct digest *key, const struct digest *view)
{
	uint32_t at = find(views, key);

	if (at == NONE) {
		MEM_ROOM(views->pairs, views->count, views->cap);
		at = views->count++;
		views->pairs[at] = (struct known_pair){.key = *key};
		table_add(&views->table, table_hash(key, sizeof *key), at);
	}
	views->pairs[at].view = *view;
	return &views->pairs[at];
}

static void read_all(struct views *views)
{
	struct arena arena ARENA_LOCAL = {0};
	struct buf text BUF_LOCAL = BUF_SOFT;
	struct pair_bytes bytes;
	size_t at = sizeof MAGIC - 1;
	const char *path = job_path(&arena, views->graph, JOB_VIEWS);

	if (fs_read(path, FILE_MAX, &text, NULL) == 0 && text.len >= at &&
		memcmp(text.data, MAGIC, at) == 0) {
		for (; text.len - at >= sizeof bytes; at += sizeof bytes) {
			memcpy(&bytes, text.data + at, sizeof bytes);
			struct digest check = check_of(&bytes);
			if (digest_eq(&check, &bytes.check))
				put(views, &bytes.key, &bytes.view);
		}
	}
}

struct views *views_new(const struct graph *graph)
{
	uint32_t stage = 0;

	while (stage < graph->stage_count && !(graph->stages[stage].flags & STAGE_VIEWED))
		stage++;
	if (stage == graph->stage_count)
		return NULL;
	struct views *views = mem_alloc(sizeof *views);
	views->graph = graph;
	views->is_learnt = mem_alloc((size_t)graph->stage_count + 1);
	read_all(views);
	return views;
}

void views_free(struct views *views)
{
	if (!views)
		return;
	table_free(&views->table);
	free(views->pairs);
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
	uint32_t at = find(views, &key);
	if (at == NONE) {
		learn_made(views, views->graph->files[file].producer);
		at = find(views, &key);
	}
	if (at == NONE)
		return false;
	views->pairs[at].is_used = true;
	*out = views->pairs[at].view;
	return true;
}

void views_add(
	struct views *views, uint32_t file, const struct digest *content, const struct digest *view)
{
	struct digest key = views_key(views, file, content);

	put(views, &key, view)->is_new = true;
	views->has_new = true;
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
	return views && views->has_new;
}

static void add_pair(struct buf *out, const struct known_pair *pair)
{
	struct pair_bytes bytes = {.key = pair->key, .view = pair->view};

	bytes.check = check_of(&bytes);
	buf_add(out, &bytes, sizeof bytes);
}

void views_write(struct views *views, int state_fd)
{
	struct buf out BUF_LOCAL = BUF_SOFT;
	uint32_t used = 0;

	if (!views_are_new(views) || state_fd < 0)
		return;
	for (uint32_t i = 0; i < views->count; i++)
		used += views->pairs[i].is_used || views->pairs[i].is_new;
	bool is_all = views->count <= used + SPARE_PAIRS;
	buf_str(&out, MAGIC);
	for (uint32_t i = 0; i < views->count; i++) {
		if (is_all || views->pairs[i].is_used || views->pairs[i].is_new)
			add_pair(&out, &views->pairs[i]);
	}
	char aside[64];
	snprintf(aside, sizeof aside, "." VIEWS_FILE ".%d.tmp", (int)getpid());
	int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
	int fd = out.failed ? -1 : openat(state_fd, aside, flags, 0666);
	if (fd >= 0) {
		bool is_whole = fs_write_all(fd, out.data, out.len) == 0;
		is_whole &= close(fd) == 0;
		if (!is_whole || renameat(state_fd, aside, state_fd, VIEWS_FILE) < 0)
			unlinkat(state_fd, aside, 0);
		else
			views->has_new = false;
	}
}

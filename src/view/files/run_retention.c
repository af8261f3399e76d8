/* Which runs a manifest names is known from their records: a run is named by the manifests of the
 * stages that it attempted, as long as no later run attempted them. So only those are looked at,
 * and mostly the first one decides. A run whose record does not tell all (none, torn, of a stage
 * that is no longer defined) is compared with every manifest of the job, which are read for it
 * once. A manifest is taken to name a run if the id stands in it as a string anywhere: what is in
 * doubt is kept. */
#include "view/files/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "model/graph/graph.h"
#include "record/manifest/manifest_read.h"
#include "record/runs/past.h"

#define RECORD_MAX ((uint64_t)256 << 20) /* a larger one is not read for this */

struct run_retention {
	struct listener listener;
	struct err err;
	bool has_run; /* some stage was started */
};

struct search {
	const struct graph *graph;
	struct arena arena;
	struct map stages; /* name -> stage; empty until it is needed */
	bool has_scanned, is_scan_good;
	struct map named; /* ids in manifests, once they were scanned */
};

enum answer {
	NAMED,
	NOT_NAMED,
	NOT_KNOWN
};

/* Does the manifest in the directory hold the id as a string? One that cannot be read might. */
static bool is_in_manifest(const char *dir, const char *run)
{
	struct buf text BUF_LOCAL = {0}, word BUF_LOCAL = {0};
	struct err err = {0};
	bool is_in;

	buf_fmt(&word, "\"%s\"", run);
	if (manifest_text(dir, &text, &err) < 0)
		is_in = err.sys != ENOENT && err.sys != ENOTDIR;
	else
		is_in = memmem(buf_text(&text), text.len, word.data, word.len) != NULL;
	return is_in;
}

static uint32_t find_stage(struct search *search, const char *name)
{
	if (!search->stages.count) {
		for (uint32_t i = 0; i < search->graph->stage_count; i++)
			map_put(&search->stages, stage_name(search->graph, i), i);
	}
	return map_get(&search->stages, name);
}

/* Does the record tell of all stages whose manifests the run wrote? */
static bool tells_all(const struct past_run *log)
{
	uint32_t skipped = 0;

	for (uint32_t i = 0; i < log->stage_count; i++)
		skipped += log->stages[i].state == PAST_SKIPPED;
	return log->has_ended && !log->bad_lines &&
	       json_get_num(log->totals, "skipped", -1) == skipped;
}

static enum answer ask_stages(struct search *search, const struct past_run *log, const char *run)
{
	enum answer answer = NOT_NAMED;

	for (uint32_t i = 0; i < log->stage_count; i++) {
		const struct past_stage *s = &log->stages[i];
		uint32_t stage;

		if (s->last_attempt == NONE && s->state != PAST_SKIPPED)
			continue;
		stage = find_stage(search, s->name);
		if (stage == NONE)
			answer = NOT_KNOWN;
		else if (is_in_manifest(
				 graph_text(search->graph, search->graph->stages[stage].dir), run))
			return NAMED;
	}
	return answer;
}

static enum answer ask_record(struct search *search, const struct past_entry *entry)
{
	struct arena arena ARENA_LOCAL = {0};
	struct past_run *log = NULL;
	enum answer answer = NOT_KNOWN;
	struct fs_stat stat = {0};

	if (!entry->record_path || fs_stat(entry->record_path, &stat, NULL) < 0 ||
		stat.size > RECORD_MAX)
		return NOT_KNOWN;
	if (past_read(&arena, entry->record_path, &log, NULL) == 0 && tells_all(log))
		answer = ask_stages(search, log, entry->run);
	past_done(log);
	return answer;
}

/* Notes all strings of a manifest that are ids. */
static int scan_manifest(void *ctx, const char *dir)
{
	struct search *search = ctx;
	struct buf text BUF_LOCAL = {0};
	int status = manifest_text(dir, &text, NULL);

	for (const char *p = buf_text(&text); (p = strchr(p, '"')); p++) {
		size_t len = strcspn(p + 1, "\"\n");
		const char *word = arena_strndup(&search->arena, p + 1, len < 40 ? len : 0);

		if (past_is_id(word))
			map_put(&search->named, word, 1);
	}
	return status;
}

static bool is_named(struct search *search, const struct past_entry *entry)
{
	const struct graph *graph = search->graph;
	enum answer answer = ask_record(search, entry);

	if (answer != NOT_KNOWN)
		return answer == NAMED;
	if (!search->has_scanned) {
		search->has_scanned = true;
		search->is_scan_good = manifest_each(graph_text(graph, graph->job_dir),
					       scan_manifest, search, NULL) == 0;
	}
	return !search->is_scan_good || map_get(&search->named, entry->run) != NONE;
}

static int remove_file(const char *path, struct err *err)
{
	if (path && unlink(path) < 0 && errno != ENOENT)
		return err_sys(err, errno, "remove", path);
	return 0;
}

int run_retention_remove(
	const struct graph *graph, const char *run, int64_t now_ns, struct err *err)
{
	struct search search = {.graph = graph};
	struct past_entry *entries;
	uint32_t count;
	/* an id of this second would be given again, and order no more */
	char second[CLOCK_ID_SIZE];
	int64_t oldest_ns = now_ns - (int64_t)graph->keep_runs_s * 1000000000;
	int status =
		past_list(&search.arena, graph_text(graph, graph->job_dir), &entries, &count, err);

	clock_id(now_ns, second);
	for (uint32_t i = 0; status == 0 && i < count; i++) {
		const struct past_entry *entry = &entries[i];
		bool is_old = graph->keep_runs ? i + graph->keep_runs < count
					       : entry->begin_ns < oldest_ns;

		if (!is_old)
			break; /* the others are younger */
		if (strcmp(entry->run, run) == 0 ||
			strncmp(entry->run, second, strlen(second)) == 0 ||
			is_named(&search, entry))
			continue;
		/* the log last: without it the id is free again */
		status = remove_file(entry->record_path, err);
		if (status == 0)
			status = remove_file(entry->log_path, err);
	}
	map_free(&search.stages);
	map_free(&search.named);
	arena_free(&search.arena);
	return status;
}

static void hear(void *ctx, const struct run_event *event)
{
	struct run_retention *retention = ctx;
	const struct graph *graph = event->graph;

	if (event->kind == STAGE_START || event->kind == STAGE_FAIL)
		retention->has_run = true;
	if (event->kind == RUN_END && retention->has_run && !event->is_lost &&
		(graph->keep_runs || graph->keep_runs_s))
		run_retention_remove(graph, event->run_id, event->wall_ns, &retention->err);
}

struct listener *run_retention_new(void)
{
	struct run_retention *retention = mem_alloc(sizeof *retention);

	retention->listener = (struct listener){
		.hear = hear, .free = free, .err = &retention->err, .ctx = retention};
	return &retention->listener;
}

#include "run/ask/clean.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "base/workers.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/judge/judge.h"
#include "record/judge/same.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/record.h"
#include "record/manifest/sum.h"
#include "record/stamp/stamp.h"
#include "run/ask/claims.h"
#include "run/ask/orphans.h"
#include "run/job/beneath.h"
#include "run/job/lock.h"
#include "run/job/stage_dirs.h"

#define WORKERS 4

struct clean {
	const struct graph *graph;
	const struct clean_request *request;
	struct stamps *stamps;
	struct arena arena;
	struct map sources; /* inputs that no stage makes */
	struct map told;    /* paths that were dealt with */
	struct map judged;  /* path -> in `why` */
	const char **why;   /* a path must stay; NULL: it may go */
	uint32_t judged_count, why_cap;
	struct claims claims; /* what stages have whose orphans are cleaned */
	int job_fd;
	uint32_t defined; /* so many stages before the orphans stay */
	uint32_t stage;   /* the one that is being cleaned */
	bool is_kept;     /* something of it was kept */
};

static void tell(struct clean *clean, const char *path, const char *why_kept)
{
	struct clean_item item = {path, why_kept};

	if (why_kept)
		clean->is_kept = true;
	clean->request->tell(clean->request->ctx, &item);
}

static bool is_outside(const char *path)
{
	return path[0] == '/' || strcmp(path, ".") == 0 || strcmp(path, "..") == 0 ||
	       strncmp(path, "../", 3) == 0;
}

/* Does a link in one of its directories lead out of where it belongs? A path whose directory is
 * missing does not. */
static bool leads_out(const struct clean *clean, const char *path)
{
	struct beneath place;
	struct err err = {0};
	const char *rel;
	int top = beneath_top(clean->graph, clean->job_fd, path, &rel);

	if (beneath_find(&place, top, rel, path, false, &err) == 0)
		beneath_end(&place);
	return err.sys == EXDEV || err.sys == ELOOP;
}

/* Why a recorded file must stay; NULL if it may go. */
static const char *why_keep(struct clean *clean, const struct record_file *file)
{
	uint32_t owner = claims_owner(&clean->claims, file->path);
	const struct stamp *now;
	uint32_t id;

	if (is_outside(file->path) || leads_out(clean, file->path))
		return "it lies outside the root";
	if (path_is_under(file->path, graph_text(clean->graph, clean->graph->job_dir)))
		return "the job lies in it";
	if (map_get(&clean->sources, file->path) != NONE)
		return "it is an input that no stage makes";
	if (owner != NONE)
		return arena_fmt(
			&clean->arena, "stage '%s' has it", stage_name(clean->graph, owner));
	if (clean->request->is_forced)
		return NULL;
	id = stamps_id(clean->stamps, file->path);
	stamps_look(clean->stamps, &id, 1, false);
	now = stamps_get(clean->stamps, id);
	if (now->state != STAMP_FAILED && now->stat.type == 'l')
		return NULL; /* a link that leads nowhere; only the link goes */
	stamps_look(clean->stamps, &id, 1, track_reads(file->track));
	now = stamps_get(clean->stamps, id);
	switch (same_as_recorded(file, now)) {
	case SAME:
		return NULL;
	case DIFF_UNREADABLE:
		return "it cannot be read";
	case DIFF_APPEARED:
	case DIFF_UNREAD:
		return "the stage did not make it";
	default:
		return "it was changed since the stage made it";
	}
}

static const char *dir_of(const struct clean *clean)
{
	return graph_text(clean->graph, clean->graph->stages[clean->stage].dir);
}

static bool remove_empty(const struct clean *clean, const char *path)
{
	struct beneath place;
	const char *rel;
	int top = beneath_top(clean->graph, clean->job_fd, path, &rel);

	if (beneath_find(&place, top, rel, path, false, NULL) < 0)
		return false;
	bool is_removed = rmdir(place.path) == 0;
	beneath_end(&place);
	return is_removed;
}

/* Directories that have become empty, up to that of the stage's declaration. */
static void remove_parents(struct clean *clean, const char *path)
{
	const char *top = dir_of(clean);

	if (clean->graph->stages[clean->stage].instance)
		top = path_dir(&clean->arena, top);
	for (const char *dir = path_dir(&clean->arena, path); path_is_under(top, dir);
		dir = path_dir(&clean->arena, dir)) {
		if (!remove_empty(clean, dir))
			return;
	}
}

static int remove_path(struct clean *clean, const char *path, struct err *err)
{
	const char *rel;
	int top = beneath_top(clean->graph, clean->job_fd, path, &rel);

	if (!clean->request->is_dry && beneath_remove(top, rel, path, err) < 0)
		return -1;
	tell(clean, path, NULL);
	if (!clean->request->is_dry)
		remove_parents(clean, path);
	return 0;
}

static bool is_there(const char *path)
{
	struct fs_stat stat;

	return fs_stat(path, &stat, NULL) < 0 || stat.type != 0;
}

/* The stage's end deleted it where it was made: what lies at its place is somebody else's. */
static bool is_deleted(const struct record_file *file)
{
	return file->role == ROLE_INTERMEDIATE && !(file->flags & RECORD_FILE_RETAINED);
}

static bool is_made(const struct record_file *file)
{
	return file->role != ROLE_INPUT && !is_deleted(file);
}

static void look_at_files(struct clean *clean, const struct record_file *files, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!is_made(&files[i]) || map_get(&clean->judged, files[i].path) != NONE ||
			!is_there(files[i].path))
			continue;
		MEM_ROOM(clean->why, clean->judged_count, clean->why_cap);
		map_put(&clean->judged, files[i].path, clean->judged_count);
		clean->why[clean->judged_count++] = why_keep(clean, &files[i]);
	}
}

static int clean_files(
	struct clean *clean, const struct record_file *files, uint32_t count, struct err *err)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t judged =
			is_made(&files[i]) ? map_get(&clean->judged, files[i].path) : NONE;

		if (judged == NONE || map_get(&clean->told, files[i].path) != NONE)
			continue;
		map_put(&clean->told, files[i].path, 0);
		const char *why = clean->why[judged];
		if (why)
			tell(clean, files[i].path, why);
		else if (remove_path(clean, files[i].path, err) < 0)
			return -1;
	}
	return 0;
}

static int clean_name(struct clean *clean, const char *name, struct err *err)
{
	const char *path = path_join(&clean->arena, dir_of(clean), name);

	if (!is_there(path))
		return 0;
	if (!is_outside(path) && !leads_out(clean, path))
		return remove_path(clean, path, err);
	tell(clean, path, "it lies outside the root");
	return 0;
}

/* The manifest goes last: until then it tells what is still to be removed. */
static int clean_own(struct clean *clean, struct err *err)
{
	const char *dir = dir_of(clean);
	char **names;
	size_t count;

	if (!fs_is_dir(dir))
		return 0;
	if (fs_list(&clean->arena, dir, &names, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		bool is_ours = stage_is_kept_log(names[i]) || strcmp(names[i], WORK_DIR) == 0 ||
			       strcmp(names[i], STAGE_FAILED) == 0 ||
			       strcmp(names[i], STAGE_LOG_FILE) == 0;
		if (is_ours && clean_name(clean, names[i], err) < 0)
			return -1;
	}
	return clean_name(clean, MANIFEST_FILE, err);
}

/* Instances that are gone leave others, which the manifest that sums them up is of. */
static bool has_others(const struct clean *clean)
{
	const struct graph *graph = clean->graph;
	uint32_t decl = graph->stages[clean->stage].decl;

	for (uint32_t i = 0; i < clean->defined; i++) {
		if (text_eq(graph_text(graph, graph->stages[i].decl), graph_text(graph, decl)))
			return true;
	}
	return false;
}

/* The manifest that sums instances up goes with the first of them: the next run that has some
 * writes it anew. */
static int clean_sum(struct clean *clean, const char *dir, struct err *err)
{
	const char *path = stage_path(&clean->arena, dir, MANIFEST_FILE);
	json *manifest;
	bool is_sum;

	if (map_get(&clean->told, path) != NONE || is_outside(path) || leads_out(clean, path))
		return 0;
	manifest = manifest_tree(dir, NULL);
	is_sum = sum_is(manifest);
	json_free(manifest);
	if (!is_sum)
		return 0;
	map_put(&clean->told, path, 0);
	return remove_path(clean, path, err);
}

/* Before anything is removed: links lead to what other stages made. */
static int look_at_stage(struct clean *clean, uint32_t stage, struct err *err)
{
	struct record record;

	clean->stage = stage;
	if (record_load(&clean->arena, clean->graph, stage, dir_of(clean), &record, err) < 0)
		return -1;
	judge_adopt_trees(clean->graph, stage, clean->stamps, &record);
	look_at_files(clean, record.success.files, record.success.file_count);
	look_at_files(clean, record.files, record.file_count);
	return 0;
}

static int clean_stage(struct clean *clean, uint32_t stage, struct err *err)
{
	bool is_instance = clean->graph->stages[stage].instance != 0;
	struct record record;

	clean->stage = stage;
	clean->is_kept = false;
	if (record_load(&clean->arena, clean->graph, stage, dir_of(clean), &record, err) < 0)
		return -1;
	if (record.status == RECORD_NONE)
		return is_instance ? 0 : clean_sum(clean, dir_of(clean), err);
	if (record.status == RECORD_UNREADABLE) {
		tell(clean, stage_path(&clean->arena, dir_of(clean), MANIFEST_FILE),
			record.why_unreadable);
		return 0;
	}
	if (clean_files(clean, record.success.files, record.success.file_count, err) < 0 ||
		clean_files(clean, record.files, record.file_count, err) < 0)
		return -1;
	if (clean->is_kept)
		return 0;
	if (is_instance && !has_others(clean) &&
		clean_sum(clean, path_dir(&clean->arena, dir_of(clean)), err) < 0)
		return -1;
	return clean_own(clean, err);
}

static void find_sources(struct clean *clean)
{
	const struct graph *graph = clean->graph;

	for (uint32_t i = 0; i < graph->file_count; i++) {
		if (graph->files[i].producer == NONE)
			map_put(&clean->sources, file_path(graph, i), 0);
	}
	for (uint32_t i = 0; i < graph->source_count; i++) {
		if (source_is_file(graph->sources[i].kind))
			map_put(&clean->sources, graph_text(graph, graph->sources[i].path), 0);
	}
}

/* What the stages that there are name or did name is theirs, whoever made it. */
static int claim(struct clean *clean, struct err *err)
{
	const struct graph *graph = clean->graph;
	struct record record;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const char *dir = graph_text(graph, graph->stages[i].dir);
		claims_stage(&clean->claims, graph, i);
		if (record_load(&clean->arena, graph, i, dir, &record, err) < 0)
			return -1;
		claims_record(&clean->claims, i, &record);
	}
	return 0;
}

static int clean_orphans(struct clean *clean, struct err *err)
{
	struct orphans orphans;
	int status = orphans_find(&clean->arena, clean->graph, &orphans, err);

	if (status < 0 || !orphans.count || claim(clean, err) < 0)
		return status;
	clean->graph = orphans.graph;
	clean->defined = orphans.first;
	for (uint32_t i = 0; i < orphans.count && status == 0; i++)
		status = look_at_stage(clean, orphans.first + i, err);
	for (uint32_t i = 0; i < orphans.count && status == 0; i++)
		status = clean_stage(clean, orphans.first + i, err);
	return status;
}

static int clean_wanted(struct clean *clean, struct err *err)
{
	int status = 0;

	for (uint32_t i = 0; i < clean->graph->stage_count && status == 0; i++) {
		if (clean->request->wanted[i])
			status = look_at_stage(clean, i, err);
	}
	for (uint32_t i = 0; i < clean->graph->stage_count && status == 0; i++) {
		if (clean->request->wanted[i])
			status = clean_stage(clean, i, err);
	}
	return status;
}

int clean_job(const struct graph *defined, const struct clean_request *request, struct err *err)
{
	struct clean clean = {.request = request, .claims.arena = &clean.arena};
	struct workers *workers = workers_new(WORKERS, err);
	const char *notice = NULL;
	int status = -1;

	if (!workers)
		return -1;
	bool *has_dir = arena_alloc(&clean.arena, (size_t)defined->stage_count + 1);
	clean.graph = stage_dirs_follow(&clean.arena, defined, has_dir, err);
	clean.stamps = stamps_new(clean.graph ? clean.graph : defined, workers);
	stamps_load(clean.stamps, job_path(&clean.arena, defined, JOB_INDEX), &notice);
	clean.job_fd = job_open(defined, NULL); /* without a job nothing is recorded */
	if (clean.graph) {
		find_sources(&clean);
		status = request->wanted ? clean_wanted(&clean, err) : clean_orphans(&clean, err);
	}
	if (clean.job_fd >= 0)
		close(clean.job_fd);
	stamps_free(clean.stamps);
	workers_free(workers);
	map_free(&clean.sources);
	map_free(&clean.told);
	map_free(&clean.judged);
	free(clean.why);
	claims_free(&clean.claims);
	arena_free(&clean.arena);
	return status;
}

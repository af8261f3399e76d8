#include "run/ask/accept.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/workers.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/judge/absent.h"
#include "record/judge/judge.h"
#include "record/judge/lent.h"
#include "record/judge/spent.h"
#include "record/judge/views.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/record.h"
#include "record/manifest/sum.h"
#include "record/stamp/stamp.h"
#include "run/ask/accept_manifest.h"
#include "run/ask/accept_rename.h"
#include "run/engine/context.h"
#include "run/engine/tools.h"
#include "run/engine/viewer.h"
#include "run/exec/exec.h"
#include "run/job/beneath.h"
#include "run/job/lock.h"
#include "run/job/stage_dirs.h"

#define WORKERS 4

struct prepared {
	struct buf text; /* empty: its manifest stays */
	struct verdict verdict;
	bool is_left; /* it is not for this acceptance */
};

struct accept {
	const struct graph *graph; /* by which stages are judged */
	const struct accept_request *request;
	struct renaming rename; /* if there is one */
	struct stamps *stamps;
	struct tools *tools;
	struct exec *exec; /* NULL until a version is asked for */
	struct views *views;
	struct viewer_sight sight;
	int job_fd;
	struct arena arena;
	struct prepared *prepared; /* by stage */
	bool has_taken;
};

/* Why the stage has nothing that could be accepted. */
static int refuse(
	const struct accept *accept, uint32_t stage, const struct record *record, struct err *err)
{
	const char *name = stage_name(accept->graph, stage);

	if (accept->graph->stages[stage].flags & STAGE_DISABLED)
		return err_set(err, EXIT_USAGE,
			"stage '%s' is disabled: there is nothing to accept", name);
	if (record->status == RECORD_UNREADABLE)
		return err_set(err, EXIT_USAGE,
			"stage '%s': its manifest cannot be used (%s): run it instead", name,
			record->why_unreadable);
	if (accept->request->adopts && record->success.is_known)
		return err_set(err, EXIT_USAGE,
			"stage '%s' has succeeded: 'restage accept %s' takes what changed since",
			name, name);
	if (!accept->request->adopts && !record->success.is_known)
		return err_set(err, EXIT_USAGE, "stage '%s' never succeeded: run it instead%s",
			name,
			record->status == RECORD_NONE
				? ", or adopt what lies there (accept --adopt)"
				: "");
	return 0;
}

/* What the version commands of the stage say now; NULL without any. */
static int ask_versions(struct accept *accept, struct acceptance *a, struct err *err)
{
	const struct exec_options options = {.held_fd = -1};

	if (accept->graph->stages[a->stage].versions.count == 0)
		return 0;
	if (!accept->exec)
		accept->exec = exec_local.open(&options, err);
	if (!accept->exec || tools_ask(accept->tools, a->stage, &exec_local, accept->exec, err) < 0)
		return -1;
	a->version_outputs = tools_versions(accept->tools, a->stage);
	return 0;
}

/* Reasons come in the order of their codes, and this is the last. */
static bool is_format_only(const struct verdict *verdict)
{
	return verdict->reason_count && verdict->reasons[0].code == REASON_FORMAT_CHANGED;
}

/* The record of a manifest that names places of now throughout: what is accepted says so of its
 * stage's. */
static int load_record(struct accept *accept, uint32_t stage, const char *dir,
	struct record *record, struct err *err)
{
	struct run run = {.graph = accept->graph, .job_fd = accept->job_fd};
	int status = record_load(&accept->arena, accept->graph, stage, dir, record, err);

	if (status < 0 || !record->has_moved)
		return status;
	status = renumbered_rewrite(&run, stage, err);
	arena_free(&run.scratch);
	return status < 0 ? status
			  : record_load(&accept->arena, accept->graph, stage, dir, record, err);
}

static int prepare_text(
	struct accept *accept, const struct acceptance *a, const char *dir, struct err *err)
{
	struct prepared *prepared = &accept->prepared[a->stage];
	bool is_fresh = prepared->verdict.is_fresh;

	if (accept->request->adopts)
		return adopt_manifest(a, dir, &prepared->text, err);
	if (!is_fresh && accept_manifest(a, dir, &prepared->text, err) < 0)
		return -1;
	if (!accept->request->was)
		return 0;
	if (is_fresh && manifest_text(dir, &prepared->text, err) < 0)
		return -1;
	return rename_manifest(
		&accept->arena, &accept->rename, a->stage, !is_fresh, &prepared->text, err);
}

/* What is wanted anew in each run is not accepted as that. */
static bool has_age(const struct graph *graph, uint32_t stage)
{
	return stage_settings(graph, stage)->max_age_ms > 0;
}

static int prepare(struct accept *accept, uint32_t stage, struct err *err)
{
	const struct graph *graph = accept->graph;
	const char *dir = graph_text(graph, graph->stages[stage].dir);
	struct prepared *prepared = &accept->prepared[stage];
	struct record record;
	struct record_key_set key;
	struct acceptance a = {
		.graph = graph,
		.stage = stage,
		.record = &record,
		.key = &key,
		.verdict = &prepared->verdict,
		.stamps = accept->stamps,
		.views = accept->views,
		.sight = &accept->sight,
		.arena = &accept->arena,
	};

	if (load_record(accept, stage, dir, &record, err) < 0)
		return -1;
	bool is_new = accept->request->was && record.status == RECORD_NONE;
	prepared->is_left =
		is_new || (accept->request->is_format_only && refuse(accept, stage, &record, NULL));
	if (prepared->is_left)
		return 0;
	if (refuse(accept, stage, &record, err) < 0 || ask_versions(accept, &a, err) < 0)
		return -1;
	const struct judge judge = {
		.graph = graph,
		.stamps = accept->stamps,
		.version_outputs = a.version_outputs,
		.views = accept->views,
		.see = viewer_see,
		.see_ctx = &accept->sight,
		.now_ns = has_age(graph, stage) ? clock_wall_ns() : 0,
		.arena = &accept->arena,
	};
	accept->sight.err = err;
	absent_look(&accept->arena, graph, accept->stamps, stage);
	spent_look(&accept->arena, graph, accept->stamps, stage);
	lent_look(&accept->arena, graph, accept->stamps, stage);
	judge_now(&judge, stage, &record, false, false, &key, &prepared->verdict);
	prepared->is_left = accept->request->is_format_only && !is_format_only(&prepared->verdict);
	if ((prepared->verdict.is_fresh && !accept->request->was) || prepared->is_left)
		return 0;
	accept->has_taken = true;
	return prepare_text(accept, &a, dir, err);
}

static bool names_old_dir(const struct accept *accept, const struct record *record)
{
	for (uint32_t i = 0; i < record->file_count; i++) {
		if (path_is_under(accept->rename.old_dir, record->files[i].path))
			return true;
	}
	for (uint32_t i = 0; i < record->success.file_count; i++) {
		if (path_is_under(accept->rename.old_dir, record->success.files[i].path))
			return true;
	}
	return false;
}

/* A stage that reads what the renamed one made. */
static int prepare_reader(struct accept *accept, uint32_t stage, struct err *err)
{
	const char *dir = graph_text(accept->graph, accept->graph->stages[stage].dir);
	struct buf *text = &accept->prepared[stage].text;
	struct record record;

	if (load_record(accept, stage, dir, &record, err) < 0)
		return -1;
	if (record.status == RECORD_NONE || record.status == RECORD_UNREADABLE ||
		!(rename_concerns(&accept->rename, stage) || names_old_dir(accept, &record)))
		return 0;
	if (manifest_text(dir, text, err) < 0)
		return -1;
	return rename_manifest(&accept->arena, &accept->rename, stage, false, text, err);
}

static int prepare_all(struct accept *accept, struct err *err)
{
	const struct accept_request *request = accept->request;
	int status = 0;

	for (uint32_t i = 0; i < accept->graph->stage_count && status == 0; i++) {
		if (request->wanted[i])
			status = prepare(accept, i, err);
		else if (request->was)
			status = prepare_reader(accept, i, err);
	}
	return status;
}

/* What summed up the instances under the old name: the next run writes it anew. */
static int remove_sum(struct accept *accept, const char *dir, struct err *err)
{
	const char *path = stage_path(&accept->arena, dir, MANIFEST_FILE), *rel;
	int top = beneath_top(accept->graph, accept->job_fd, path, &rel);
	json *manifest JSON_LOCAL = manifest_tree(dir, NULL);
	bool is_sum = sum_is(manifest);

	return is_sum ? beneath_remove(top, rel, path, err) : 0;
}

/* The directory first: a manifest under another name than its directory's is nobody's. */
static int move(struct accept *accept, struct err *err)
{
	const char *from = accept->rename.old_dir, *to = accept->rename.new_dir;

	if (!accept->request->was)
		return 0;
	accept->graph = accept->rename.now;
	if (rename(from, to) < 0)
		return err_sys(err, errno, "rename to the stage's present name", from);
	return remove_sum(accept, to, err);
}

/* Of an adopted stage an interrupted attempt may have left something. */
static int put_aside(struct accept *accept, uint32_t stage, struct err *err)
{
	const char *dir = graph_text(accept->graph, accept->graph->stages[stage].dir), *rel;
	const char *path = stage_path(&accept->arena, dir, WORK_DIR);
	int top = beneath_top(accept->graph, accept->job_fd, path, &rel);

	return accept->request->adopts ? beneath_remove(top, rel, path, err) : 0;
}

static void note(struct accept *accept, uint32_t stage)
{
	struct run run = {.graph = accept->graph, .job_fd = accept->job_fd};
	const struct renaming *rename = &accept->rename;

	if (!accept->request->was || !accept->request->wanted[stage])
		return;
	run_note(&run, stage,
		arena_fmt(&accept->arena, "Renamed: the stage was '%s' and is '%s'", rename->was,
			rename->is),
		NULL);
	arena_free(&run.scratch);
}

static int write_all(struct accept *accept, struct err *err)
{
	for (uint32_t i = 0; i < accept->graph->stage_count; i++) {
		struct buf *text = &accept->prepared[i].text;
		const char *dir = graph_text(accept->graph, accept->graph->stages[i].dir);

		if (!text->len)
			continue;
		if (beneath_write_manifest(
			    accept->graph, accept->job_fd, -1, dir, text, true, err) < 0)
			return -1;
		if (put_aside(accept, i, err) < 0)
			return -1;
		note(accept, i);
	}
	return 0;
}

static void tell_all(struct accept *accept)
{
	const struct accept_request *request = accept->request;

	for (uint32_t i = 0; i < accept->graph->stage_count; i++) {
		const struct prepared *prepared = &accept->prepared[i];
		if (request->wanted[i] && !prepared->is_left)
			request->tell(request->ctx, i, prepared->verdict.reasons,
				prepared->verdict.reason_count);
	}
}

/* What was wanted, and is there at all. */
static int check_taken(const struct accept *accept, struct err *err)
{
	if (accept->has_taken)
		return 0;
	if (accept->request->was)
		return err_set(err, EXIT_USAGE, "none of the instances of '%s' was one of '%s'",
			accept->rename.is, accept->rename.was);
	if (accept->request->is_format_only)
		return err_set(err, EXIT_USAGE,
			"no stage would run only because another version of restage made it: name "
			"the stages that you accept");
	return 0;
}

static int begin(struct accept *accept, const struct graph *graph, struct err *err)
{
	const struct accept_request *request = accept->request;

	accept->job_fd = job_open(graph, err);
	if (accept->job_fd < 0 || stage_dirs_renumber(graph, err) < 0)
		return -1;
	if (!request->was)
		return 0;
	if (rename_find(
		    &accept->arena, graph, request->wanted, request->was, &accept->rename, err) < 0)
		return -1;
	accept->graph = accept->rename.before;
	return 0;
}

int accept_job(const struct graph *graph, const struct accept_request *request, struct err *err)
{
	struct accept accept = {.graph = graph, .request = request, .job_fd = -1};
	struct workers *workers = workers_new(WORKERS, err);
	const char *notice = NULL;

	if (!workers)
		return -1;
	int status = begin(&accept, graph, err);
	int state_fd = status < 0 ? -1 : beneath_make(accept.job_fd, JOB_STATE);
	accept.stamps = stamps_new(accept.graph, workers);
	stamps_load(accept.stamps, job_path(&accept.arena, graph, JOB_INDEX), &notice);
	stamps_keep_trees(accept.stamps, state_fd);
	accept.prepared =
		arena_alloc(&accept.arena, (graph->stage_count + 1) * sizeof *accept.prepared);
	accept.tools = tools_new(accept.graph, NULL, NULL, NULL);
	accept.views = views_new(accept.graph);
	accept.sight =
		(struct viewer_sight){.viewer = viewer_new(accept.graph, accept.views, NULL, NULL),
			.stop_fd = -1,
			.err = err};
	if (status == 0 && (prepare_all(&accept, err) < 0 || check_taken(&accept, err) < 0 ||
				   move(&accept, err) < 0 || write_all(&accept, err) < 0))
		status = -1;
	if (status == 0)
		tell_all(&accept);
	for (uint32_t i = 0; i < graph->stage_count; i++)
		buf_free(&accept.prepared[i].text);
	if (accept.job_fd >= 0)
		close(accept.job_fd);
	exec_local.close(accept.exec);
	tools_free(accept.tools);
	viewer_sight_end(&accept.sight);
	views_free(accept.views);
	stamps_free(accept.stamps);
	if (state_fd >= 0)
		close(state_fd);
	workers_free(workers);
	arena_free(&accept.arena);
	return status;
}

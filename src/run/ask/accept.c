#include "run/ask/accept.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/workers.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/judge/absent.h"
#include "record/judge/judge.h"
#include "record/judge/lent.h"
#include "record/judge/spent.h"
#include "record/manifest/record.h"
#include "record/stamp/stamp.h"
#include "run/ask/accept_manifest.h"
#include "run/engine/context.h"
#include "run/engine/tools.h"
#include "run/exec/exec.h"
#include "run/job/beneath.h"
#include "run/job/lock.h"
#include "run/job/stage_dirs.h"

#define WORKERS 4

struct prepared {
	const char *path;
	struct buf text; /* empty: the stage is up to date */
	struct verdict verdict;
	bool is_left; /* it is not for this acceptance */
};

struct accept {
	const struct graph *graph;
	const struct accept_request *request;
	struct stamps *stamps;
	struct tools *tools;
	struct exec *exec; /* NULL until a version is asked for */
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
	if (!record->success.is_known)
		return err_set(err, EXIT_USAGE, "stage '%s' never succeeded: run it instead", name);
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
		.arena = &accept->arena,
	};

	if (load_record(accept, stage, dir, &record, err) < 0)
		return -1;
	prepared->is_left = accept->request->is_format_only && refuse(accept, stage, &record, NULL);
	if (prepared->is_left)
		return 0;
	if (refuse(accept, stage, &record, err) < 0 || ask_versions(accept, &a, err) < 0)
		return -1;
	const struct judge judge = {
		.graph = graph,
		.stamps = accept->stamps,
		.version_outputs = a.version_outputs,
		.arena = &accept->arena,
	};
	absent_look(&accept->arena, graph, accept->stamps, stage);
	spent_look(&accept->arena, graph, accept->stamps, stage);
	lent_look(&accept->arena, graph, accept->stamps, stage);
	judge_now(&judge, stage, &record, false, false, &key, &prepared->verdict);
	prepared->is_left = accept->request->is_format_only && !is_format_only(&prepared->verdict);
	if (prepared->verdict.is_fresh || prepared->is_left)
		return 0;
	accept->has_taken = true;
	prepared->path = stage_path(&accept->arena, dir, MANIFEST_FILE);
	return accept_manifest(&a, dir, &prepared->text, err);
}

static int write_all(struct accept *accept, struct err *err)
{
	for (uint32_t i = 0; i < accept->graph->stage_count; i++) {
		const struct prepared *prepared = &accept->prepared[i];
		struct beneath place;
		struct err found = {0};
		const char *rel;

		if (!prepared->text.len)
			continue;
		int top = beneath_top(accept->graph, accept->job_fd, prepared->path, &rel);
		if (beneath_find(&place, top, rel, prepared->path, false, err) < 0)
			return -1;
		int status =
			fs_rewrite(place.path, prepared->text.data, prepared->text.len, &found);
		beneath_end(&place);
		if (status < 0)
			return beneath_tell(err, &found, "write", prepared->path);
	}
	return 0;
}

int accept_job(const struct graph *graph, const struct accept_request *request, struct err *err)
{
	struct accept accept = {.graph = graph, .request = request};
	struct workers *workers = workers_new(WORKERS, err);
	const char *notice = NULL;
	int status;

	if (!workers)
		return -1;
	accept.stamps = stamps_new(graph, workers);
	stamps_load(accept.stamps, job_path(&accept.arena, graph, JOB_INDEX), &notice);
	accept.prepared =
		arena_alloc(&accept.arena, (graph->stage_count + 1) * sizeof *accept.prepared);
	accept.tools = tools_new(graph, NULL, NULL);
	accept.job_fd = job_open(graph, err);
	status = accept.job_fd < 0 ? -1 : stage_dirs_renumber(graph, err);
	int state_fd = status < 0 ? -1 : beneath_make(accept.job_fd, JOB_STATE);
	stamps_keep_trees(accept.stamps, state_fd);
	for (uint32_t i = 0; i < graph->stage_count && status == 0; i++) {
		if (request->wanted[i])
			status = prepare(&accept, i, err);
	}
	if (status == 0)
		status = write_all(&accept, err);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct prepared *prepared = &accept.prepared[i];

		if (status == 0 && request->wanted[i] && !prepared->is_left)
			request->tell(request->ctx, i, prepared->verdict.reasons,
				prepared->verdict.reason_count);
		buf_free(&accept.prepared[i].text);
	}
	if (accept.job_fd >= 0)
		close(accept.job_fd);
	if (status == 0 && request->is_format_only && !accept.has_taken)
		status = err_set(err, EXIT_USAGE,
			"no stage would run only because another version of restage made it: name "
			"the stages that you accept");
	exec_local.close(accept.exec);
	tools_free(accept.tools);
	stamps_free(accept.stamps);
	if (state_fd >= 0)
		close(state_fd);
	workers_free(workers);
	arena_free(&accept.arena);
	return status;
}

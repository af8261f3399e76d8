/* Temporary outputs in a run: removed as soon as all that read them are up to date, made again when
 * one of those must run. What judging makes of one that is gone: record/judge/spent.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "model/graph/metric_file.h"
#include "model/graph/reads.h"
#include "record/judge/absent.h"
#include "record/judge/same.h"
#include "record/judge/spent.h"
#include "run/engine/context.h"
#include "run/engine/reuse.h"
#include "run/engine/temporary.h"
#include "run/job/beneath.h"

static bool has_temporary(const struct run *run, uint32_t stage)
{
	return run->graph->stages[stage].flags & STAGE_TEMPORARY;
}

/* What is known of the stage's last success. `noted` is filled in if this run noted it. */
static struct basis basis_of(struct run *run, uint32_t stage, struct index *noted)
{
	if (run->stages[stage].is_noted) {
		*noted = (struct index){
			.stages = run->recorded.stages,
			.versions = run->recorded.versions,
			.uses = run->recorded.uses,
		};
		return (struct basis){.index = noted};
	}
	if (known_is_current(&run->known, stage))
		return (struct basis){.index = run->index};
	return (struct basis){.record = run_record(run, stage)};
}

static bool is_gone(const struct run *run, uint32_t stage)
{
	const struct stage *s = &run->graph->stages[stage];

	for (uint32_t k = 0; k < s->output_count; k++) {
		if (stamps_is_spent(
			    run->stamps, run->graph->uses[s->first_use + s->input_count + k].file))
			return true;
	}
	return false;
}

void temporary_note(struct run *run, uint32_t stage)
{
	struct span needs = run->graph->stages[stage].needs;
	struct index noted;

	for (uint32_t i = 0; i <= needs.count; i++) {
		uint32_t maker = i < needs.count ? run->graph->edges[needs.first + i] : stage;
		if (!has_temporary(run, maker))
			continue;
		struct basis basis = basis_of(run, maker, &noted);
		spent_note(run->graph, run->stamps, maker, stage, &basis);
		restored_name_inside(run, maker, stage);
		run->has_gone |= is_gone(run, maker);
	}
}

const char *temporary_made_for(const struct run *run, uint32_t stage)
{
	uint32_t reader = run->stages[stage].made_for;

	if (!has_temporary(run, stage))
		return NULL;
	if (reader)
		return stage_name(run->graph, reader - 1);
	return run->named && run->named[stage] ? "this run, which names it" : NULL;
}

bool temporary_make_again(struct run *run, uint32_t stage, const char **failure)
{
	const struct graph *graph = run->graph;
	bool waits = false;

	for (uint32_t use = 0; (use = spent_input(graph, run->stamps, stage, use)) != NONE; use++) {
		uint32_t file = graph->uses[use].file, maker = spent_maker(graph, stage, file);
		enum sched_state state = sched_state(run->sched, maker);
		bool is_out = state == SCHED_IDLE;
		if (is_out || state == SCHED_FAILED || state == SCHED_BLOCKED) {
			*failure = arena_fmt(&run->arena,
				"input '%s' is temporary and was removed; it is made by stage '%s', %s",
				file_path(graph, file), stage_name(graph, maker),
				is_out ? "which is not part of this run: run it first"
				       : "which failed");
			return true;
		}
		waits = true;
		if (state != SCHED_FRESH && state != SCHED_DONE && state != SCHED_SKIPPED)
			continue;
		run->stages[maker].made_for = stage + 1;
		sched_reopen(run->sched, maker);
	}
	if (waits)
		sched_wait_again(run->sched, stage);
	return waits;
}

/* Is the reader looked up by content alone, and so may do without the file? One that is not part of
 * this run has it made again, or restored, in the run in which it must run. */
static bool may_do_without(const struct run *run, uint32_t reader, uint32_t file)
{
	bool is_forced = run->forced && run->forced[reader];
	enum reads_kind kind = reads_of(run->graph, reader, file);

	if (kind != READS_FILE && kind != READS_INSIDE)
		return false;
	return sched_state(run->sched, reader) == SCHED_IDLE ||
	       (reuse_wants(run, reader) && !is_forced);
}

bool temporary_may_wait(const struct run *run, uint32_t stage, uint32_t k)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[stage];
	const struct use *use = &graph->uses[s->first_use + s->input_count + k];
	const struct label *label = &graph->labels[use->label];
	struct span by = s->needed_by;

	/* lists of lines, views and metrics are made of what lies there */
	if (!(label->flags & LABEL_TEMPORARY) || temporary_made_for(run, stage) ||
		reads_lines(graph, stage, use->file) || file_view(graph, use->file) ||
		metric_file_is_named(
			graph, stage, graph_text(graph, label->name), file_path(graph, use->file)))
		return false;
	for (uint32_t i = 0; i < by.count; i++) {
		uint32_t reader = graph->edges[by.first + i];
		if (!(graph->stages[reader].flags & STAGE_DISABLED) &&
			reads_of(graph, reader, use->file) != READS_NOT &&
			!may_do_without(run, reader, use->file))
			return false;
	}
	return reads_may(graph, stage, use->file);
}

static const struct record_file *find_made(const struct record *record, const char *path)
{
	for (uint32_t i = 0; i < record->success.file_count; i++) {
		const struct record_file *file = &record->success.files[i];
		if (file->role == ROLE_OUTPUT && strcmp(file->path, path) == 0)
			return file;
	}
	return NULL;
}

/* Is what was made again what it was before? */
static bool came_out_same(struct run *run, const struct running *running)
{
	const uint8_t flags = RECORD_FILE_MISSING | RECORD_FILE_NO_SUM | RECORD_FILE_EXECUTABLE;
	const struct record *record = run_record(run, running->stage);

	for (uint32_t i = running->first_made; i < running->attempt.file_count; i++) {
		const struct attempt_file *file = &running->attempt.files[i];
		const struct record_file *old = find_made(record, file->path);
		if (file->role == ROLE_OUTPUT && (!old || !digest_eq(&old->sum, &file->sum) ||
							 ((old->flags ^ file->flags) & flags)))
			return false;
	}
	return true;
}

/* Has a stage that needs this one been judged already? */
static bool was_used(const struct run *run, uint32_t stage)
{
	struct span by = run->graph->stages[stage].needed_by;

	for (uint32_t i = 0; i < by.count; i++) {
		enum sched_state state = sched_state(run->sched, run->graph->edges[by.first + i]);
		if (state != SCHED_IDLE && state != SCHED_WANTED && state != SCHED_BLOCKED)
			return true;
	}
	return false;
}

/* What was made before counts no more, also where nothing was made this time; files in directories
 * that the stage makes are others now, for all that read them. */
static void forget_inside(struct run *run, uint32_t maker)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[maker];

	for (uint32_t k = 0; has_temporary(run, maker) && k < s->output_count; k++) {
		uint32_t file = graph->uses[s->first_use + s->input_count + k].file;
		stamps_set_spent(run->stamps, file, NULL);
		for (uint32_t i = 0; i < s->needed_by.count; i++)
			spent_forget_inside(
				graph, run->stamps, file, graph->edges[s->needed_by.first + i]);
	}
}

void temporary_made(struct run *run, const struct running *running)
{
	const struct graph *graph = run->graph;
	struct span by = graph->stages[running->stage].needed_by;

	run->stages[running->stage].made_for = 0;
	forget_inside(run, running->stage);
	if (!run->has_temporary || !was_used(run, running->stage) || came_out_same(run, running))
		return;
	for (uint32_t i = 0; i < by.count; i++)
		sched_judge_again(run->sched, graph->edges[by.first + i]);
}

bool temporary_lies_there(struct run *run, const struct running *running, uint32_t index)
{
	const struct attempt_file *file = &running->attempt.files[index];

	if (!run->stages[running->stage].made_for || !track_reads(file->track) ||
		running->made_type[index] == 'l')
		return false;
	uint32_t id = collect_id(run, running->stage, file->path);
	stamps_refresh(run->stamps, id);
	stamps_look(run->stamps, &id, 1, true);
	const struct stamp *now = stamps_get(run->stamps, id);
	return !stamps_is_spent(run->stamps, id) && now->state == STAMP_HASHED &&
	       now->stat.type == running->made_type[index] && digest_eq(&now->sum, &file->sum) &&
	       (same_mode(&now->stat) & file->flags);
}

/* One that is not part of this run. */
static bool is_up_to_date(struct run *run, uint32_t stage)
{
	struct judge judge = {
		.graph = run->graph,
		.stamps = run->stamps,
		.version_outputs = NULL,
		.views = run->views,
		.now_ns = run->began_ns,
		.arena = &run->scratch,
	};
	const struct record *record = run_record(run, stage);
	struct record_key_set key;
	struct verdict verdict;

	absent_look(&run->scratch, run->graph, run->stamps, stage);
	temporary_note(run, stage);
	judge_now(&judge, stage, record, false, run->stages[stage].is_interrupted, &key, &verdict);
	arena_reset(&run->scratch);
	return verdict.is_fresh;
}

/* Does a stage that reads the file still have to be judged? */
static bool is_awaited(struct run *run, uint32_t maker, uint32_t file, bool is_end)
{
	const struct graph *graph = run->graph;
	struct span by = graph->stages[maker].needed_by;

	for (uint32_t i = 0; i < by.count; i++) {
		uint32_t reader = graph->edges[by.first + i];
		enum sched_state state = sched_state(run->sched, reader);
		if (state == SCHED_FRESH || state == SCHED_DONE || state == SCHED_SKIPPED ||
			(graph->stages[reader].flags & STAGE_DISABLED) ||
			reads_of(graph, reader, file) == READS_NOT)
			continue;
		if (state != SCHED_IDLE || !is_end || !is_up_to_date(run, reader))
			return true;
	}
	return false;
}

/* Can all that read the file, which has that content, do without it from now on? */
static bool is_done_with(
	struct run *run, uint32_t maker, uint32_t file, const struct version *version, bool is_end)
{
	const struct graph *graph = run->graph;
	struct span by = graph->stages[maker].needed_by;

	if (is_awaited(run, maker, file, is_end))
		return false;
	for (uint32_t i = 0; i < by.count; i++) {
		uint32_t reader = graph->edges[by.first + i];
		enum reads_kind use = graph->stages[reader].flags & STAGE_DISABLED
					      ? READS_NOT
					      : reads_of(graph, reader, file);
		if (use == READS_PART ||
			(use == READS_INSIDE &&
				!spent_is_listed(graph, run->stamps, file, reader, version)))
			return false;
	}
	return reads_any(graph, maker, file);
}

/* A directory goes as a whole: what a kill leaves of it has a name that the next run looks for. */
static int remove_file(struct run *run, uint32_t stage, uint32_t file, struct err *err)
{
	const char *path = file_path(run->graph, file), *rel;
	int top = beneath_top(run->graph, run->job_fd, path, &rel);
	struct beneath place;
	struct buf name = {0};
	char mark[PUBLISH_MARK];

	if (!fs_is_dir(path))
		return beneath_remove(top, rel, path, err);
	if (!run->has_opened && running_open_mark(run, err) < 0)
		return -1;
	if (beneath_find(&place, top, rel, path, false, err) < 0)
		return -1;
	publish_mark(run, stage, mark);
	fs_add_aside(&name, path_base(rel), mark);
	const char *aside =
		path_join(&run->scratch, path_dir(&run->scratch, place.path), buf_text(&name));
	int status = fs_remove_tree(aside, err);
	if (status == 0 && rename(place.path, aside) < 0)
		status = err_sys(err, errno, "remove", path);
	if (status == 0)
		status = fs_remove_tree(aside, err);
	buf_free(&name);
	beneath_end(&place);
	return status;
}

static void remove_one(struct run *run, uint32_t stage, uint32_t k, bool is_end)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[stage];
	uint32_t use = s->first_use + s->input_count + k, file = graph->uses[use].file;
	struct version version;
	struct index noted;
	struct err err = {0};

	if (!(graph->labels[graph->uses[use].label].flags & LABEL_TEMPORARY) ||
		stamps_is_spent(run->stamps, file) || stamps_is_absent(run->stamps, file))
		return;
	stamps_look(run->stamps, &file, 1, false);
	if (stamps_get(run->stamps, file)->stat.type == 0 || reads_lines(graph, stage, file))
		return;
	struct basis basis = basis_of(run, stage, &noted);
	if (!spent_version(graph, stage, k, &basis, &version) ||
		!is_done_with(run, stage, file, &version, is_end))
		return;
	/* What somebody changed since is not ours. */
	stamps_refresh(run->stamps, file);
	stamps_look(run->stamps, &file, 1, true);
	if (version_compare(&version, stamps_get(run->stamps, file)) != SAME)
		return;
	if (remove_file(run, stage, file, &err) < 0) {
		run_fail(run, &err);
		return;
	}
	stamps_forget(run->stamps, file);
	stamps_look(run->stamps, &file, 1, false);
	spent_set(run->stamps, file, &version);
	struct span by = graph->stages[stage].needed_by;
	for (uint32_t i = 0; i < by.count; i++) {
		uint32_t reader = graph->edges[by.first + i];
		spent_forget_inside(graph, run->stamps, file, reader);
		spent_note(graph, run->stamps, stage, reader, &basis);
	}
}

static void remove_of(struct run *run, uint32_t stage, bool is_end)
{
	enum sched_state state = sched_state(run->sched, stage);
	bool is_named = run->named && run->named[stage];

	/* what is on its way to the cache is read until the end at most */
	if (!has_temporary(run, stage) || is_named || (!is_end && offer_is_giving(run, stage)) ||
		(state != SCHED_FRESH && state != SCHED_DONE && state != SCHED_IDLE))
		return;
	for (uint32_t k = 0; k < run->graph->stages[stage].output_count; k++)
		remove_one(run, stage, k, is_end);
}

void temporary_settled(struct run *run, uint32_t stage)
{
	struct span needs = run->graph->stages[stage].needs;

	for (uint32_t i = 0; run->has_temporary && i < needs.count; i++)
		remove_of(run, run->graph->edges[needs.first + i], false);
}

void temporary_end(struct run *run)
{
	for (uint32_t i = 0; run->has_temporary && i < run->graph->stage_count; i++)
		remove_of(run, i, true);
}

void temporary_warn(struct run *run, struct running *running)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[running->stage];

	for (uint32_t k = 0; has_temporary(run, running->stage) && k < s->output_count; k++) {
		const struct use *use = &graph->uses[s->first_use + s->input_count + k];
		if ((graph->labels[use->label].flags & LABEL_TEMPORARY) &&
			!reads_may(graph, running->stage, use->file))
			running_warn(run, running,
				"output '%s' is temporary, but no stage reads it: it is kept",
				file_path(graph, use->file));
	}
}

/* A run from its lock to its summary. */
#include "run/engine/run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/process.h"
#include "model/graph/job_paths.h"
#include "model/load/remembered.h"
#include "record/judge/views.h"
#include "run/engine/contain.h"
#include "run/engine/context.h"
#include "run/engine/gpus.h"
#include "run/engine/jobserver.h"
#include "run/engine/reuse.h"
#include "run/engine/temporary.h"
#include "run/engine/tools.h"
#include "run/engine/viewer.h"
#include "run/job/beneath.h"
#include "run/job/lock.h"
#include "run/job/stage_dirs.h"

#define FILES_EACH 4
#define FILES_SHARED 128

static void tell_waiting(void *ctx, const char *who)
{
	struct run *run = ctx;

	notify_text(run, RUN_WAIT, NONE, LOG_INFO, "waiting for %s, who is running job '%s'", who,
		graph_text(run->graph, run->graph->job));
}

/* The run's id: its start, with a suffix if another run began in the same second. */
static void choose_id(struct run *run)
{
	char id[CLOCK_ID_SIZE];
	struct arena arena ARENA_LOCAL = {0};

	clock_id(clock_wall_ns(), id);
	snprintf(run->run_id, sizeof run->run_id, "%s", id);
	for (int i = 2; fs_exists(job_run_log(&arena, run->graph, run->run_id)) && i < 10000; i++)
		snprintf(run->run_id, sizeof run->run_id, "%s_%d", id, i);
	run->log_path = arena_strdup(&run->arena, job_run_log(&arena, run->graph, run->run_id));
}

const struct record *run_record(struct run *run, uint32_t stage)
{
	const char *dir = graph_text(run->graph, run->graph->stages[stage].dir);
	const struct record *record = run->stages[stage].record;
	struct err err = {0};

	if (record)
		return record;
	record = record_get(&run->arena, run->graph, stage, dir, &err);
	if (!record) {
		struct record *none = arena_alloc(&run->arena, sizeof *none);
		*none = record_none;
		none->status = RECORD_UNREADABLE;
		none->why_unreadable = arena_strdup(&run->arena, err.text);
		record = none;
		run_fail(run, &err);
	}
	run->stages[stage].record = record;
	return record;
}

double run_seconds(const struct run *run, uint32_t stage)
{
	const struct record *record = run->stages[stage].record;

	if (run->is_same_graph)
		return run->index->stages[stage].seconds;
	return record && record->success.is_known ? record->success.duration_seconds : -1;
}

/* What the last run left: the index that the graph came from, or the job's, which may be of an
 * older definition. Without one, all manifests are read. */
static void load_index(struct run *run, const struct index *index)
{
	const struct graph *graph = run->graph;
	const char *notice = NULL;

	run->index = index;
	run->is_same_graph = run->index != NULL;
	if (!run->index)
		run->index = run->own_index =
			index_read(job_path(&run->arena, graph, JOB_INDEX), &notice);
	stamps_adopt(run->stamps, run->index, run->is_same_graph);
	run->notice = notice;
	for (uint32_t i = 0; !run->is_same_graph && i < graph->stage_count; i++)
		run_record(run, i);
}

/* How many stages can run at once by the number of files that we may have open: each has a pipe, a
 * log and its events; the rest is for all. */
static uint32_t jobs_by_files(struct run *run)
{
	bool is_few = !run->grow && run->graph->stage_count < run->options->jobs;
	size_t jobs = is_few ? run->graph->stage_count : run->options->jobs;
	size_t files = process_raise_files(jobs * FILES_EACH + FILES_SHARED);

	if (files >= jobs * FILES_EACH + FILES_SHARED)
		return UINT32_MAX;
	uint32_t most = files > FILES_SHARED + FILES_EACH
				? (uint32_t)((files - FILES_SHARED) / FILES_EACH)
				: 1;
	if (!run->notice)
		run->notice = arena_fmt(&run->arena,
			"the limit of open files is %zu: no more than %u stages run at once (see ulimit -n)",
			files, most);
	return most;
}

/* One of unknown duration counts a little, so that the longer chain still goes first. */
double *run_remaining(const struct run *run)
{
	const struct graph *graph = run->graph;
	double *seconds MEM_LOCAL = mem_alloc((graph->stage_count + 1) * sizeof *seconds);
	double *remaining = mem_alloc((graph->stage_count + 1) * sizeof *remaining);

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		double known = run_seconds(run, i);
		seconds[i] = known > 0.001 ? known : 0.001;
	}
	graph_remaining(graph, seconds, remaining);
	return remaining;
}

static struct sched *make_sched(struct run *run)
{
	const struct graph *graph = run->graph;
	const struct run_options *options = run->options;
	struct sched_limits limits = {
		.executor = options->executor,
		.away = options->away_jobs ? options->away_jobs
					   : executor_slurm_number(graph, "jobs", AWAY_JOBS),
		.jobs = options->jobs,
		.threads = options->threads,
		.gpus = gpus_count(run->gpus),
		.memory = options->memory,
	};
	uint32_t most = jobs_by_files(run);

	if (limits.jobs > most)
		limits.jobs = most;
	if (limits.threads == 0)
		limits.threads = options->jobs;
	if (limits.memory == 0)
		limits.memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	double *remaining MEM_LOCAL = run_remaining(run);
	struct sched *sched = sched_new(graph, run->wanted, remaining, &limits,
		options->keep_going || options->only_restores || options->only_offers);
	return sched;
}

static void tell_blocked(void *ctx, uint32_t stage, uint32_t by)
{
	struct run *run = ctx;
	struct run_event event = {.kind = STAGE_BLOCKED, .stage = stage, .other = by};

	notify(run, &event);
}

/* An input that no stage makes and that is not there is a mistake of the definition: found before
 * anything is written or run. */
static bool has_missing(struct run *run)
{
	const struct graph *graph = run->graph;

	for (uint32_t i = 0; run->options->checks_inputs && i < graph->stage_count; i++) {
		const struct stage *s = &graph->stages[i];
		if (sched_state(run->sched, i) == SCHED_IDLE || (s->flags & STAGE_DISABLED))
			continue;
		for (uint32_t k = 0; k < s->input_count; k++) {
			const struct use *use = &graph->uses[s->first_use + k];
			const struct stamp *stamp = stamps_get(run->stamps, use->file);
			bool is_there = stamp->state == STAMP_FAILED ? !stamp->is_mistake
								     : stamp->stat.type != 0;
			if (is_there || graph->files[use->file].producer != NONE ||
				(graph->labels[use->label].flags & (LABEL_OPTIONAL | LABEL_ELSE)) ||
				graph_makes_around(graph, i, use->file))
				continue;
			return true;
		}
	}
	return false;
}

/* One that has succeeded may be up to date, and need none. */
static bool have_gpus(struct run *run, struct err *err)
{
	const struct graph *graph = run->graph;

	for (uint32_t i = 0; run->gpus && i < graph->stage_count; i++) {
		if (sched_state(run->sched, i) == SCHED_IDLE || !stage_settings(graph, i)->gpu ||
			sched_is_away(run->sched, i) || (graph->stages[i].flags & STAGE_DISABLED))
			continue;
		bool must_run = (run->options->forced && run->options->forced[i]) ||
				run_record(run, i)->status != RECORD_SUCCESS;
		if (must_run && !gpus_suffice(run->gpus, graph, i, err))
			return false;
	}
	return true;
}

/* Slots of a make above us; without one a pool of our own, if that is wanted. */
static int open_jobserver(struct run *run, const char **notice, struct err *err)
{
	const struct graph *graph = run->graph;

	run->jobserver = jobserver_new(getenv("MAKEFLAGS"), notice);
	if (run->jobserver || run->options->jobpool == JOBPOOL_NONE)
		return 0;
	const char *path = path_join(&run->arena, graph_text(graph, graph->root),
		job_path(&run->arena, graph, JOB_POOL));
	run->jobpool = jobpool_new(run->options->jobpool, run->options->jobs, path, err);
	if (!run->jobpool)
		return -1;
	run->jobserver = jobpool_client(run->jobpool);
	return 0;
}

int run_open_state(struct run *run, struct err *err)
{
	if (run->state_fd >= 0)
		close(run->state_fd);
	run->state_fd = beneath_make(run->job_fd, JOB_STATE);
	stamps_keep_trees(run->stamps, run->state_fd);
	return run->state_fd < 0 ? beneath_error(err, errno, "open",
					   job_path(&run->arena, run->graph, JOB_STATE))
				 : 0;
}

/* Sees what the job has, by the index of this very graph; without one (NULL) by the manifests, once
 * all directories have their present numbers. */
static int look(struct run *run, const struct index *index, struct err *err)
{
	const struct graph *graph = run->graph;

	run->stamps = stamps_new(graph, run->workers);
	stamps_on_progress(run->stamps, notify_hashing, run);
	if (run_open_state(run, err) < 0)
		return -1;
	stamps_probe(run->stamps, run->lock_fd);
	if (adoption_begin(run, !index, err) < 0)
		return -1;
	if (!index && stage_dirs_renumber(graph, err) < 0)
		return -1;
	load_index(run, index);
	if (!run->is_same_graph)
		renumbered_rewrite_all(run);
	sweep_begin(run);
	run->known = (struct known){
		.graph = graph,
		.index = run->is_same_graph ? run->index : NULL,
		.stamps = run->stamps,
	};
	run->sched = make_sched(run);
	sched_on_blocked(run->sched, tell_blocked, run);
	check_stat_all(run);
	if (!known_is_astray(&run->known, run->wanted))
		return 0;
	known_end(&run->known);
	sched_free(run->sched);
	stamps_free(run->stamps);
	return look(run, NULL, err);
}

static int begin(struct run *run, struct err *err)
{
	const struct graph *graph = run->graph;
	size_t count = (size_t)graph->stage_count + 1;
	const char *notice;
	unsigned threads = process_processors();

	run->stages = mem_alloc(count * sizeof *run->stages);
	run->tools = tools_new(graph, versions_refused, versions_told, run);
	viewed_begin(run);
	run->workers = workers_new(threads, err);
	run->finishers = run->workers ? workers_new(threads, err) : NULL;
	if (!run->finishers)
		return -1;
	run->lock_fd =
		job_lock(graph, !run->options->no_wait, tell_waiting, run, run->signals.fd, err);
	if (run->lock_fd < 0) {
		signals_next(&run->signals); /* which ended the wait, if one did */
		return -1;
	}
	run->lock_sure_ms = fs_is_remote(job_path(&run->arena, graph, JOB_LOCK)) ? 0 : INT64_MAX;
	run->job_fd = job_open(graph, err);
	if (run->job_fd < 0)
		return -1;
	choose_id(run);
	reuse_begin(run);
	run->gpus = gpus_new(graph);
	if (look(run, run->options->index, err) < 0)
		return -1;
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		run->totals.selected += run->wanted[i];
		run->has_temporary |= (graph->stages[i].flags & STAGE_TEMPORARY) != 0;
	}
	if (run->reuse)
		stamps_on_first_read(run->stamps, reuse_want, run);
	run->is_mistaken = has_missing(run);
	if (run->is_mistaken || !have_gpus(run, err) || contain_check(graph, run->wanted, err) < 0)
		return -1;
	if (run->options->params &&
		remembered_write(graph_text(graph, graph->job_dir), run->options->params, err) < 0)
		return -1;
	struct run_event event = {
		.kind = RUN_BEGIN,
		.stage = NONE,
		.count = run->was_open,
		.total = !run->is_same_graph,
	};
	notify(run, &event);
	run->has_begun = true;
	if (run->notice)
		notify_text(run, RUN_NOTICE, NONE, LOG_WARNING, "%s", run->notice);
	if (open_jobserver(run, &notice, err) < 0)
		return -1;
	if (notice)
		notify_text(run, RUN_NOTICE, NONE, LOG_WARNING, "%s", notice);
	check_hash_small(run);
	notify_hashing(run);
	return 0;
}

static void end(struct run *run)
{
	struct err err = {0};

	if (!loop_holds_lock(run)) {
		struct run_event event = {
			.kind = RUN_END, .stage = NONE, .text = run->err.text, .is_lost = true};
		notify(run, &event);
		return;
	}
	offer_wait(run);
	if (!run->err.code)
		temporary_end(run);
	check_tell_fresh(run);
	if (!run->err.code && index_update(run, &err) < 0)
		run_fail(run, &err);
	sums_write(run);
	index_update_end(run);
	err_clear(&err);
	if (workdir_end(&run->work_dirs, run->state_fd,
		    job_path(&run->arena, run->graph, JOB_STATE), &err) < 0)
		run_fail(run, &err);
	struct run_event event = {
		.kind = RUN_END,
		.stage = NONE,
		.text = run->err.code ? run->err.text : NULL,
		.normal = run->normal,
	};
	notify(run, &event);
	sweep_end(run); /* last: until then the next run has to look for what is left */
}

static void release(struct run *run)
{
	const int fds[] = {run->lock_fd, run->job_fd, run->state_fd};

	reuse_end(run);
	bool goes_on = run->adopted && run->sched && !run->is_leaving && adoption_end(run);
	if (goes_on && !run->signals.first && !run->away_list.count)
		run->away->dismiss(run->away_exec);
	away_leave(run);
	workers_free(run->finishers); /* which may hash what one of those made */
	while (run->running)
		running_free(run, run->running);
	if (run->away_exec) /* before the other, which ends the children that it has */
		run->away->close(run->away_exec);
	fs_look_anew(false);
	free(run->away_list.at);
	run->executor->close(run->exec);
	if (!run->jobpool)
		jobserver_free(run->jobserver);
	jobpool_free(run->jobpool);
	stamps_free(run->stamps);
	workers_free(run->workers);
	sched_free(run->sched);
	gpus_free(run->gpus);
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	tools_free(run->tools);
	viewer_free(run->viewer);
	views_free(run->views);
	free(run->waiting);
	free(run->polls);
	free(run->stages);
	stage_finder_end(&run->finder);
	lists_end(run);
	known_end(&run->known);
	index_update_end(run);
	index_free(run->own_index);
	signals_give(&run->signals);
	arena_free(&run->scratch);
	buf_free(&run->log_line);
	arena_free(&run->arena);
}

int run_job(const struct graph *graph, const struct run_options *options, struct err *err)
{
	struct run run = {
		.options = options,
		.executor = options->here ? options->here : &exec_local,
		.away = options->away ? options->away : &exec_slurm,
		.lock_fd = -1,
		.job_fd = -1,
		.state_fd = -1,
		.signals.fd = -1,
	};

	lists_begin(&run, graph);
	run.totals.eta_seconds = -1;
	run.started_mono = clock_mono_ns();
	run.began_ns = clock_wall_ns();
	for (struct listener *l = options->listeners; l; l = l->next)
		run.wants_lines = run.wants_lines || l->wants_lines;
	if (signals_take(&run.signals, err) == 0 && begin(&run, err) == 0)
		loop_run(&run);
	else if (err->code)
		run.err = *err;
	if (run.has_begun)
		end(&run);
	int signal = run.signals.first ? run.signals.first : 0;
	bool is_mistaken = run.is_mistaken, is_over_budget = run.totals.is_over_budget;
	uint32_t failed = run.totals.failed, findings = run.totals.audit_findings;
	if (run.err.code)
		*err = run.err;
	release(&run);
	if (signal)
		return 128 + signal;
	if (err->code)
		return (int)err->code;
	if (is_mistaken)
		return EXIT_USAGE;
	if (failed || is_over_budget)
		return EXIT_STAGE;
	return findings ? EXIT_DIFFER : EXIT_OK;
}

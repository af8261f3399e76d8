/* What an earlier head left elsewhere, and this one goes on with: attempts that were handed over,
 * and of which nobody has taken yet what they came to.
 *
 * Each waits here until its stage is to be started. Then, if the stage is what it was, it takes the
 * attempt over as if it had started it itself; else the attempt is ended, and its directory put
 * where nobody looks before another begins. What is not come to in this run stays for the next. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "model/graph/job_paths.h"
#include "run/engine/context.h"
#include "run/job/stage_dirs.h"

/* Strings are the run's. */
struct adopted {
	uint64_t id;
	const char *token, *stage, *identity;
	uint32_t number, losses;
	bool is_over;          /* it is taken, or nobody wants it ... */
	bool is_dropped;       /* ... the latter */
	struct exec_event end; /* that was told; of no kind of an end: not yet */
	struct buf result;     /* that came with it, as it is written */
	struct adopted *next;
};

static bool is_end(const struct exec_event *event)
{
	return event->kind == EXEC_ENDED || event->kind == EXEC_REFUSED;
}

static uint64_t take(void *ctx, const struct exec_found *found)
{
	struct run *run = ctx;
	const struct launch_away *away = found->away;

	/* One that a list makes may come yet. */
	if (graph_find_stage(run->graph, away->stage) == NONE && !run->graph->list_count)
		return 0;
	if (found->has_ended && run->drops_ended)
		return 0;
	struct adopted *adopted = arena_alloc(&run->arena, sizeof *adopted);
	*adopted = (struct adopted){
		.id = ++run->next_id,
		.token = arena_strdup(&run->arena, away->token),
		.stage = arena_strdup(&run->arena, away->stage),
		.identity = arena_strdup(&run->arena, away->identity ? away->identity : ""),
		.number = away->number,
		.losses = away->losses,
		.next = run->adopted,
	};
	run->adopted = adopted;
	return adopted->id;
}

/* Is one of their directories to be renamed? */
static bool is_renumbered(struct run *run, struct err *err)
{
	const struct graph *graph = run->graph;
	struct arena arena ARENA_LOCAL = {0};
	const char **dirs = stage_dirs_find(&arena, graph, err);

	for (uint32_t i = 0; dirs && i < graph->stage_count; i++) {
		if (strcmp(dirs[i], graph_text(graph, graph->stages[i].dir)) != 0)
			return true;
	}
	return false;
}

/* They are part of the run, whatever was asked for. */
static void want(struct run *run)
{
	size_t count = run->graph->stage_count;
	bool *wanted = mem_grow(NULL, count + 1, sizeof *wanted);

	memcpy(wanted, run->wanted, count * sizeof *wanted);
	for (const struct adopted *a = run->adopted; a; a = a->next) {
		uint32_t stage = graph_find_stage(run->graph, a->stage);
		if (stage != NONE)
			wanted[stage] = true;
	}
	free(run->own_wanted);
	run->wanted = run->own_wanted = wanted;
}

static int refuse_renaming(const struct adopted *adopted, struct err *err)
{
	return err_set(err, EXIT_WORLD,
		"stage '%s' is out in a job, and directories of stages are to be renamed, since "
		"their numbers have changed: run again when it has ended, or put the numbers back "
		"(number = N)",
		adopted->stage);
}

int adoption_begin(struct run *run, bool may_rename, struct err *err)
{
	bool is_new = !run->away_exec;

	if (is_new && !fs_is_dir(job_path(&run->arena, run->graph, JOB_HANDED)))
		return 0;
	run->drops_ended = may_rename && is_renumbered(run, err);
	if (err->code)
		return -1;
	if (is_new && (launch_open_away(run, err) < 0 ||
			      run->away->adopt(run->away_exec, take, run, err) < 0))
		return -1;
	if (run->adopted && run->drops_ended)
		return refuse_renaming(run->adopted, err);
	if (run->adopted)
		want(run);
	return 0;
}

static struct adopted *find(const struct run *run, uint32_t stage)
{
	struct adopted *a = run->adopted;

	while (a && (a->is_over || strcmp(a->stage, stage_name(run->graph, stage)) != 0))
		a = a->next;
	return a;
}

bool adoption_hear(struct run *run, const struct exec_event *event)
{
	struct adopted *a = run->adopted;

	while (a && a->id != event->id)
		a = a->next;
	if (!a || (a->is_over && !a->is_dropped))
		return false;
	if (!is_end(event))
		return true;
	if (a->is_dropped) {
		run->away->settled(run->away_exec, a->id);
		return true;
	}
	a->end = *event;
	a->end.outcome.gpu = NULL;
	a->end.result = NULL;
	a->end.text = event->text ? arena_strdup(&run->arena, event->text) : NULL;
	a->end.job = event->job ? arena_strdup(&run->arena, event->job) : NULL;
	a->end.host = event->host ? arena_strdup(&run->arena, event->host) : NULL;
	if (event->result)
		jobfile_write_result(event->result, &a->result);
	return true;
}

static void let_go(struct run *run, struct adopted *a, const char *why)
{
	if (why)
		notify_text(run, RUN_NOTICE, graph_find_stage(run->graph, a->stage), LOG_INFO,
			"a job of an earlier run is ended: stage '%s' is %s", a->stage, why);
	a->is_over = a->is_dropped = true;
	buf_free(&a->result);
	if (is_end(&a->end))
		run->away->settled(run->away_exec, a->id);
	else
		run->away->stop(run->away_exec, a->id, true);
}

/* Its end was told before. */
static void tell_end(struct run *run, struct running *running, struct adopted *a)
{
	struct job_result result;
	struct err err = {0};

	if (a->result.len && jobfile_read_result(&running->arena, a->token, buf_text(&a->result),
				     a->result.len, &result, &err) == 0)
		a->end.result = &result;
	running_ended(run, running, &a->end);
	if (a->end.result)
		job_result_free(&result);
	buf_free(&a->result);
}

bool adoption_take(struct run *run, struct running *running)
{
	struct adopted *a = find(run, running->stage);

	if (!a)
		return false;
	if (!running->away || strcmp(away_identity(running), a->identity) != 0) {
		let_go(run, a, "another by now");
		return false;
	}
	a->is_over = true;
	running->id = a->id;
	running->attempt.number = run->stages[running->stage].attempts = a->number;
	run->stages[running->stage].losses = a->losses;
	away_take_over(run, running, a->token);
	if (is_end(&a->end))
		tell_end(run, running, a);
	return true;
}

/* A process of it may go on to write there. */
static void remove_work(struct run *run, struct running *running)
{
	struct err err = {0};

	if (running_open_dir(run, running, &err) < 0 || away_remove_work(run, running, &err) < 0)
		run_fail(run, &err);
}

bool adoption_renews(struct run *run, uint32_t stage)
{
	struct adopted *a = find(run, stage);

	if (!a || run->options->only_restores || run->options->only_offers)
		return false;
	struct running *running = running_new(run, stage);
	running_begin(run, running);
	collect_inputs(run, running);
	bool is_same = strcmp(away_identity(running), a->identity) == 0;
	if (!is_same) {
		let_go(run, a, "up to date without it");
		remove_work(run, running);
	}
	run->stages[stage].attempts--;
	running_free(run, running);
	return is_same;
}

bool adoption_has(const struct run *run, uint32_t stage)
{
	return run->adopted && find(run, stage);
}

/* Tells whether something goes on without us. */
bool adoption_end(struct run *run)
{
	struct exec_event event;
	bool goes_on = false;

	while (run->away->next(run->away_exec, NULL, &event, NULL) > 0)
		adoption_hear(run, &event);
	for (struct adopted *a = run->adopted; a; a = a->next) {
		uint32_t stage = graph_find_stage(run->graph, a->stage);
		enum sched_state state =
			stage == NONE ? SCHED_IDLE : sched_state(run->sched, stage);
		bool is_done =
			state == SCHED_FRESH || state == SCHED_DONE || state == SCHED_SKIPPED;
		if (a->is_over)
			continue;
		if (is_done || stage == NONE)
			let_go(run, a, NULL);
		else
			goes_on = true;
		buf_free(&a->result);
	}
	run->adopted = NULL;
	return goes_on;
}

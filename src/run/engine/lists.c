/* Lists of foreach that stages make, in a run. The graph was built with what their records told. A
 * stage whose list came out otherwise is held when it is about to be settled: the definition is
 * expanded anew, and what that has beyond the graph is appended to it. So whatever waits for the
 * stage sees the instances that there are. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"
#include "model/graph/grow.h"
#include "record/judge/lists.h"
#include "run/engine/context.h"
#include "run/engine/gpus.h"
#include "run/engine/tools.h"

/* Between two expansions at least so many times as long as one takes, while other stages run. */
#define PAUSE_TIMES 20

static const char *empty_text(struct arena *arena, const struct graph *graph, uint32_t id)
{
	const struct made_list *list = &graph->lists[id];
	const char *what = list->kind == LIST_LINES ? "no line stands in it"
						    : arena_fmt(arena, "nothing in it matches '%s'",
							      graph_text(graph, list->pattern));

	return arena_fmt(arena,
		"'%s' makes no instance of stage '%s': %s; 'foreach.%s.empty = ok' permits that",
		graph_text(graph, list->path), graph_text(graph, list->decl), what,
		graph_text(graph, list->key));
}

static const char *unknown_text(struct arena *arena, const struct graph *graph, uint32_t id)
{
	const struct made_list *list = &graph->lists[id];

	return arena_fmt(arena, "'%s' makes the instances of stage '%s', but it is no %s: %s",
		graph_text(graph, list->path), graph_text(graph, list->decl),
		list->kind == LIST_LINES ? "file" : "directory",
		list->kind == LIST_LINES ? "its lines are asked for"
					 : "a file's own lines are '@{{STAGE.LABEL}}'");
}

static const struct attempt_file *find_made(const struct running *running, const char *path)
{
	for (uint32_t i = running->first_made; i < running->attempt.file_count; i++) {
		if (strcmp(running->attempt.files[i].path, path) == 0)
			return &running->attempt.files[i];
	}
	return NULL;
}

const char *lists_mistake(struct run *run, struct running *running)
{
	const struct graph *graph = run->graph;
	struct span lists = graph->stages[running->stage].lists;

	for (uint32_t i = lists.first; i < lists.first + lists.count; i++) {
		const struct made_list *list = &graph->lists[i];
		const struct attempt_file *file = find_made(running, graph_text(graph, list->path));
		if (list->kind == LIST_BEFORE)
			continue;
		const char *at = file ? running->made_at[file - running->attempt.files] : NULL;
		/* what was restored without it is known by its listing */
		if (!at && file && !(file->flags & RECORD_FILE_MISSING))
			at = file->path;
		int found = lists_look(graph, i, file ? &file->sum : NULL, at);
		if (found < 0)
			return unknown_text(&running->arena, graph, i);
		if (found == 0 && !(list->flags & LIST_MAY_BE_EMPTY))
			return empty_text(&running->arena, graph, i);
	}
	return NULL;
}

bool lists_hold(struct run *run, uint32_t stage, enum sched_state state, struct running *running)
{
	const struct graph *graph = run->graph;

	if (!graph->stages[stage].lists.count || !run->options->expand)
		return false;
	bool is_known = state == SCHED_FRESH && known_is_current(&run->known, stage);
	if (is_known || lists_are_current(graph, stage))
		return false;
	MEM_PUSH(run->held, run->held_count, run->held_cap, (struct held){stage, state, running});
	if (running)
		running->is_settling = true;
	return true;
}

static void let_go(struct run *run, const struct held *held)
{
	if (held->running)
		attempt_settle(run, held->running);
	else if (held->state == SCHED_FRESH)
		check_settle(run, held->stage);
	else if (sched_state(run->sched, held->stage) == SCHED_CHECKING)
		sched_checked(run->sched, held->stage, held->state);
	else
		sched_settled(run->sched, held->stage, held->state);
}

void lists_let_go(struct run *run)
{
	run->is_list_stale |= run->held_count != 0;
	for (uint32_t i = 0; i < run->held_count; i++)
		let_go(run, &run->held[i]);
	run->held_count = 0;
}

/* What it made is no list: the stage has failed, whatever its command says. */
static void refuse(struct run *run, const struct held *held, const char *why)
{
	run->is_list_stale = true;
	if (held->state == SCHED_FAILED) {
		let_go(run, held);
		return;
	}
	if (held->running)
		attempt_refuse(run, held->running, why);
	else
		check_fail(run, held->stage, why);
}

/* By the numbers of the expansion to ours; what was wanted before still is. */
static bool *taken_flags(
	const struct run *run, bool *own, const bool *before, const bool *next, uint32_t old)
{
	const struct graph *graph = run->graph;
	const uint32_t *numbers = grow_numbers(run->grow);
	bool *flags = mem_alloc((size_t)graph->stage_count + 1);

	if (before)
		memcpy(flags, before, old);
	for (uint32_t i = 0; next && i < run->normal->stage_count; i++)
		flags[numbers[i]] |= next[i];
	free(own);
	return flags;
}

static void take_flags(struct run *run, const struct expansion *next, uint32_t old)
{
	run->own_wanted = taken_flags(run, run->own_wanted, run->wanted, next->wanted, old);
	run->wanted = run->own_wanted;
	if (next->forced)
		run->own_forced = taken_flags(run, run->own_forced, run->forced, next->forced, old);
	if (next->named)
		run->own_named = taken_flags(run, run->own_named, run->named, next->named, old);
	run->forced = next->forced ? run->own_forced : run->forced;
	run->named = next->named ? run->own_named : run->named;
}

/* Stages that were not judged yet may be others now. */
static void take_stages(struct run *run, uint32_t old)
{
	const struct graph *graph = run->graph;
	const bool *changed = grow_changed(run->grow);

	run->stages = mem_enlarge(run->stages, old, graph->stage_count, sizeof *run->stages);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (!changed[i])
			continue;
		run->stages[i] =
			(struct run_stage){.is_interrupted = run->stages[i].is_interrupted};
		if (i >= old)
			sweep_stage(run, i);
		if (run->wanted[i] && !(graph->stages[i].flags & STAGE_GONE))
			run_record(run, i);
		run->has_temporary |= (graph->stages[i].flags & STAGE_TEMPORARY) != 0;
	}
	run->totals.selected = 0;
	for (uint32_t i = 0; i < graph->stage_count; i++)
		run->totals.selected += run->wanted[i] && !(graph->stages[i].flags & STAGE_GONE);
	for (struct running *a = run->running; a; a = a->next)
		a->known_needs = NULL;
}

static void take_schedule(struct run *run)
{
	double *remaining MEM_LOCAL = run_remaining(run);

	if (!run->gpus && (run->gpus = gpus_new(run->graph)))
		sched_allow_gpus(run->sched, gpus_count(run->gpus));
	sched_grow(run->sched, run->wanted, remaining);
}

/* What the index has is by the numbers of before; it goes on as what was gathered in this run. */
static void leave_index(struct run *run)
{
	if (!run->recorded.stages)
		recorded_begin(&run->recorded, run->graph, run->is_same_graph ? run->index : NULL);
	index_state_free(&run->state);
	known_end(&run->known);
	run->known.index = NULL;
	run->is_same_graph = false;
	run->has_grown = true;
}

static void take(struct run *run, struct expansion *next)
{
	uint32_t old = run->graph->stage_count, files = stamps_count(run->stamps);
	bool *is_fixed MEM_LOCAL = mem_alloc((size_t)old + 1);

	leave_index(run);
	stamps_find(run->stamps, ""); /* by what they are called now */
	for (uint32_t i = 0; i < old; i++) {
		enum sched_state state = sched_state(run->sched, i);
		is_fixed[i] = state != SCHED_IDLE && state != SCHED_WANTED && state != SCHED_READY;
	}
	for (uint32_t i = run->graph->file_count; i < files; i++)
		grow_add_file(
			run->grow, stamps_path(run->stamps, i), stamps_exclude(run->stamps, i));
	grow_take(run->grow, next->graph, is_fixed);
	graph_free(run->normal);
	run->normal = next->graph;
	stamps_grow(run->stamps);
	recorded_grow(&run->recorded, old, grow_changed(run->grow));
	tools_grow(run->tools, old);
	viewed_grow(run, old);
	take_flags(run, next, old);
	take_stages(run, old);
	take_schedule(run);
}

/* The first of the mistakes; they are about what was made, wherever they stand. */
static const char *mistake_text(struct run *run, const struct diags *diags)
{
	for (size_t i = 0; i < diags->count; i++) {
		const struct diag *diag = &diags->items[i];
		if (!diag->is_warning)
			return arena_fmt(&run->arena, "what it made: %s:%u: %s", diag->file,
				diag->line, diag->text);
	}
	return NULL;
}

static void expand(struct run *run)
{
	struct expansion next = {0};
	struct diags diags DIAGS_LOCAL = {0};
	struct err err = {0};
	const char *mistake = NULL;
	struct held *held MEM_LOCAL = run->held;
	uint32_t count = run->held_count;

	run->held = NULL;
	run->held_count = run->held_cap = 0;
	if (run->options->expand(run->options->expand_ctx, &next, &diags, &err) == 0) {
		take(run, &next);
	} else {
		mistake = mistake_text(run, &diags);
		if (!mistake)
			run_fail(run, &err);
	}
	for (uint32_t i = 0; i < count; i++) {
		if (mistake)
			refuse(run, &held[i], mistake);
		else
			let_go(run, &held[i]);
	}
	free(next.wanted);
	free(next.forced);
	free(next.named);
	err_clear(&err);
}

int64_t lists_wake_ms(const struct run *run)
{
	bool is_alone = sched_count(run->sched, SCHED_RUNNING) == 0;

	if (!run->held_count)
		return -1;
	return is_alone ? 0 : (run->expanded_mono + run->expanding_ns * PAUSE_TIMES) / 1000000 + 1;
}

void lists_step(struct run *run)
{
	if (!run->held_count || lists_wake_ms(run) > clock_mono_ns() / 1000000)
		return;
	if (sched_is_stopped(run->sched)) { /* nothing more is started */
		lists_let_go(run);
		return;
	}
	int64_t start = clock_mono_ns();
	expand(run);
	run->expanded_mono = clock_mono_ns();
	run->expanding_ns = run->expanded_mono - start;
}

void lists_begin(struct run *run, const struct graph *graph)
{
	run->graph = graph;
	run->wanted = run->options->wanted;
	run->forced = run->options->forced;
	run->named = run->options->named;
	run->finder.graph = graph;
	if (!graph->list_count || !run->options->expand || !run->options->grow)
		return;
	run->grow = run->options->grow;
	run->graph = run->finder.graph = grow_graph(run->grow);
}

void lists_end(struct run *run)
{
	free(run->held);
	free(run->own_wanted);
	free(run->own_forced);
	free(run->own_named);
	graph_free(run->normal);
}

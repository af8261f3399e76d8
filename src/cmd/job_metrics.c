#include "cmd/job_metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/path.h"
#include "base/text.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/metrics.h"
#include "record/runs/past.h"
#include "run/job/stage_dirs.h"
#include "view/answer/metrics_table.h"

#define OTHERS_MAX 49u /* jobs that are looked at for a report */
/* What is read for a report: beyond that it is without the jobs that are left. */
#define MANIFESTS_MAX 20000u

static void tell(void *ctx, const char *text)
{
	struct job_metrics *from = ctx;

	session_note(from->call, "%s", text);
}

/* The numbers that the stage's last success recorded; of one from before its metric files were
 * called so, what stands in them. */
static void take_stage(struct job_metrics *from, const struct graph *graph, uint32_t stage)
{
	const char *dir = graph_text(graph, graph->stages[stage].dir);
	struct arena own ARENA_LOCAL = {0};
	struct metrics metrics = {.arena = from->arena};
	json *manifest JSON_LOCAL = manifest_tree(dir, NULL);
	const json *judged = manifest ? manifest_judged(manifest) : NULL;
	const json *recorded = json_get(judged, METRICS_MEMBER);

	from->manifest_count++;
	if (recorded)
		metrics_of_object(&metrics, recorded);
	else if (judged && stage_settings(graph, stage)->metrics.count) {
		const struct record *record = record_get(&own, graph, stage, dir, NULL);
		if (record)
			metrics_of_record(&metrics, graph, stage, record, tell, from);
	}
	metrics_table_stage(from->table, stage_name(graph, stage), &metrics);
	metrics_free(&metrics);
}

static bool is_wanted(const struct job_metrics *from, const char *stage)
{
	uint32_t same = from->beside ? graph_find_stage(from->beside, stage) : NONE;

	return !from->beside || (same != NONE && from->stages[same]);
}

static void take_graph(struct job_metrics *from, const char *job, const struct graph *graph)
{
	metrics_table_row(from->table, job, false);
	for (uint32_t i = 0; i < graph->params.count; i++) {
		const struct pair *pair = &graph->pairs[graph->params.first + i];
		metrics_table_param(
			from->table, graph_text(graph, pair->name), graph_text(graph, pair->value));
	}
	bool *has_dir = arena_alloc(from->arena, graph->stage_count + 1);
	const struct graph *now = stage_dirs_follow(from->arena, graph, has_dir, from->err);
	for (uint32_t i = 0; now && i < now->stage_count; i++) {
		if (has_dir[i] && is_wanted(from, stage_name(now, i)))
			take_stage(from, now, i);
	}
}

static struct graph *load(struct job_metrics *from, const char *job, int *code)
{
	from->call->globals.job = job;
	if (fchdir(from->started_in) == 0)
		return session_load(from->call, code);
	err_sys(from->err, errno, "enter", "the directory in which restage was started");
	return NULL;
}

int job_metrics_take(struct job_metrics *from, const char *job)
{
	int code = EXIT_WORLD;
	struct graph *graph = load(from, job, &code);

	if (!graph)
		return code;
	take_graph(from, job, graph);
	graph_free(graph);
	return EXIT_OK;
}

struct job_age {
	const char *name;
	int64_t begin_ns; /* of its last run */
};

static int newest_first(const void *a, const void *b)
{
	const struct job_age *left = a, *right = b;

	if (left->begin_ns != right->begin_ns)
		return left->begin_ns < right->begin_ns ? 1 : -1;
	return text_natural(left->name, right->name);
}

static struct job_age *list_jobs(struct arena *arena, const struct graph *graph, size_t *count)
{
	const char **names;

	*count = session_jobs(graph, arena, &names);
	struct job_age *jobs = arena_alloc(arena, (*count + 1) * sizeof *jobs);
	for (size_t i = 0; i < *count; i++) {
		const char *dir = path_join(arena, graph_text(graph, graph->out), names[i]);
		struct past_entry *runs;
		uint32_t run_count = 0;
		struct err ignored = {0};
		jobs[i].name = names[i];
		if (past_list(arena, dir, &runs, &run_count, &ignored) == 0 && run_count)
			jobs[i].begin_ns = runs[run_count - 1].begin_ns;
	}
	qsort(jobs, *count, sizeof *jobs, newest_first);
	return jobs;
}

static bool has_value(const struct metrics_table *table)
{
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (!isnan(metrics_value(&table->rows[table->row_count - 1], i)))
			return true;
	}
	return false;
}

/* Returns how many jobs were left out. */
static uint32_t take_jobs(struct job_metrics *from, const struct graph *graph)
{
	struct metrics_table *table = from->table;
	uint32_t others = 0, more = 0;
	size_t count;
	const struct job_age *jobs = list_jobs(from->arena, graph, &count);

	for (size_t i = 0; i < count; i++) {
		bool is_own = text_eq(jobs[i].name, graph_text(graph, graph->job));
		uint32_t before = table->row_count;
		if (!is_own && (others == OTHERS_MAX || from->manifest_count > MANIFESTS_MAX)) {
			more++;
			continue;
		}
		if (is_own)
			take_graph(from, jobs[i].name, graph);
		else
			job_metrics_take(from, jobs[i].name);
		others += !is_own;
		if (table->row_count > before && !has_value(table))
			metrics_table_drop_row(table);
	}
	return more;
}

uint32_t job_metrics_beside(
	void *ctx, const struct graph *graph, const bool *stages, struct metrics_table *table)
{
	const struct job_metrics_place *place = ctx;
	struct call call = *place->call;
	struct diags unheard DIAGS_LOCAL = {0};
	struct err ignored = {0};
	struct job_metrics from = {
		.call = &call,
		.started_in = place->started_in,
		.table = table,
		.arena = table->arena,
		.beside = graph,
		.stages = stages,
		.err = &ignored,
	};
	int root FD_LOCAL = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint32_t more = 0;

	/* what was said of this job is not said of the others */
	call.globals.params = call.globals.forget = (struct option_list){0};
	call.globals.is_quiet = true;
	call.diags = &unheard;
	if (root >= 0) {
		more = take_jobs(&from, graph);
		if (fchdir(root) < 0)
			metrics_table_keep_last(table, 0);
	}
	return more;
}

/* The numbers of jobs beside each other, or with --runs those of the runs of one job.
 *
 * A job's are told in job_metrics.h. A run's are those that it left: of a stage that did not run,
 * those of before. Runs that made no numbers are left out. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/text.h"
#include "cmd/job_metrics.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "record/manifest/metrics.h"
#include "record/runs/past.h"
#include "record/runs/past_metrics.h"
#include "view/answer/metrics_table.h"

#define SHOWN 20 /* runs, unless all are asked for */

static const struct option_spec options[] = {
	OPTION(0, "runs", NULL, FLAG, of_runs, "the runs of one job, oldest first"),
	OPTION('a', "all", NULL, FLAG, is_all, "all runs, not only the last 20"),
	OPTION(0, "metric", "PATTERN", TEXT, metric, "only metrics of that name: wer, 'asr.*'"),
	OPTION(0, "sort", "NAME", TEXT, sort,
		"by a metric or parameter; --sort=-NAME: greatest first"),
	OPTION(0, "diff", NULL, FLAG, is_diff,
		"what differs between two jobs, or the last two runs"),
	OPTION(0, "csv", NULL, FLAG, is_csv, "as CSV"),
	OPTION(0, "json", NULL, FLAG, is_json, "as JSON"),
	OPTIONS_END,
};

struct gathering {
	struct call *call;
	struct metrics_table *table;
	struct arena *arena;
	struct job_metrics jobs;
	bool has_news; /* of the run that is read */
	struct err *err;
};

static void take_run_params(void *ctx, const json *params)
{
	const struct gathering *gathering = ctx;

	for (const json *node = json_first(params); node; node = json_next(node))
		metrics_table_param(gathering->table, json_key(node), json_str(node, ""));
}

static void take_run_stage(void *ctx, const char *stage, const json *recorded)
{
	struct gathering *gathering = ctx;
	struct metrics metrics = {.arena = gathering->arena};

	metrics_of_object(&metrics, recorded);
	gathering->has_news |= metrics_table_stage(gathering->table, stage, &metrics);
	metrics_free(&metrics);
}

static int take_runs(struct gathering *gathering, const char *job_dir)
{
	const struct past_metrics take = {
		.params = take_run_params, .stage = take_run_stage, .ctx = gathering};
	struct past_entry *entries;
	uint32_t count = 0;

	if (past_list(gathering->arena, job_dir, &entries, &count, gathering->err) < 0)
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		struct err ignored = {
			0}; /* a record that is gone or no one's: the run is left out */
		if (!entries[i].record_path)
			continue;
		gathering->has_news = false;
		metrics_table_row(gathering->table, entries[i].run, true);
		past_metrics_read(entries[i].record_path, &take, &ignored);
		if (!gathering->has_news)
			metrics_table_drop_row(gathering->table);
	}
	metrics_table_order_columns(
		gathering->table); /* what ran side by side ended in any order */
	return 0;
}

static int tell_unknown(const struct graph *graph, const char *job)
{
	struct arena arena ARENA_LOCAL = {0};
	const char **names;
	size_t count = session_jobs(graph, &arena, &names);
	const char *near = text_nearest(job, names, count);
	int code =
		session_mistake("job '%s' was never run%s%s%s", job, near ? "; did you mean '" : "",
			near ? near : "", near ? "'?" : "; 'restage jobs' lists those that were");

	return code;
}

static bool is_there(struct arena *arena, const struct graph *graph, const char *job)
{
	return *job && !strchr(job, '/') && !text_starts(job, ".") &&
	       fs_is_dir(path_join(arena, graph_text(graph, graph->out), job));
}

/* The jobs that the arguments or --job name ("a", "a,b"); with --runs the present one. Without all
 * that (*is_asked false) those that there are. */
static const char **wanted_jobs(
	struct gathering *gathering, const struct graph *graph, size_t *count, bool *is_asked)
{
	const struct call *call = gathering->call;
	const char *job = call->globals.job, **names;
	bool is_all = text_eq(job, "all");

	*count = call->args.count;
	*is_asked = *count || (job && !is_all) || call->wishes.of_runs;
	if (*count)
		return (const char **)call->args.items;
	if (!*is_asked) {
		*count = session_jobs(graph, gathering->arena, &names);
		return names;
	}
	job = arena_strdup(gathering->arena, job ? job : graph_text(graph, graph->job));
	names = arena_alloc(gathering->arena, (strlen(job) + 1) * sizeof *names);
	for (char *rest = (char *)(uintptr_t)job, *name; (name = strsep(&rest, ","));) {
		if (*name)
			names[(*count)++] = name;
	}
	return names;
}

static int gather(struct gathering *gathering, const struct graph *graph)
{
	struct call *call = gathering->call;
	const char *job = call->globals.job;
	bool is_asked;
	size_t count;
	const char **names = wanted_jobs(gathering, graph, &count, &is_asked);
	int code = EXIT_OK;

	for (size_t i = 0; is_asked && i < count; i++) {
		if (!is_there(gathering->arena, graph, names[i]))
			return tell_unknown(graph, names[i]);
	}
	if (call->wishes.of_runs && count != 1)
		return session_mistake("--runs takes one job");
	if (call->wishes.of_runs) {
		gathering->table->of_runs = names[0];
		take_runs(gathering,
			path_join(gathering->arena, graph_text(graph, graph->out), names[0]));
		return EXIT_OK;
	}
	for (size_t i = 0; i < count && code == EXIT_OK && !gathering->err->code; i++) {
		code = job_metrics_take(&gathering->jobs, names[i]);
		if (!is_asked) /* what is wrong with one has been told: the others are shown */
			code = EXIT_OK;
	}
	call->globals.job = job;
	return code;
}

static int show(struct gathering *gathering)
{
	struct call *call = gathering->call;
	struct metrics_table *table = gathering->table;
	bool color = session_color(call);

	if (call->wishes.metric)
		metrics_table_only(table, call->wishes.metric);
	if (call->wishes.of_runs && !call->wishes.is_all)
		metrics_table_keep_last(table, SHOWN);
	if (call->wishes.sort && metrics_table_sort(table, call->wishes.sort, gathering->err) < 0)
		return EXIT_USAGE;
	if (call->wishes.is_diff && table->row_count < 2)
		return session_mistake("there %s %u %s with numbers: a comparison takes two",
			table->row_count == 1 ? "is" : "are", table->row_count,
			table->of_runs ? "run" : "job");
	if (call->wishes.is_diff && !table->of_runs && table->row_count > 2)
		return session_mistake(
			"there are %u jobs: name the two that are compared, or say --runs",
			table->row_count);
	if (call->wishes.is_json)
		metrics_json(&call->out, table, call->wishes.is_diff);
	else if (call->wishes.is_csv)
		metrics_csv(&call->out, table);
	else if (!table->column_count)
		session_note(call, "no numbers: %s",
			call->wishes.metric ? "no metric has that name"
					    : "name a stage's metric files with 'metrics = FILE', "
					      "or report numbers with stageio");
	else if (call->wishes.is_diff)
		metrics_changes_text(&call->out, table, color);
	else {
		uint32_t more = metrics_text(&call->out, table, color);
		if (more)
			session_note(
				call, "%u more metrics: --metric chooses, --csv has all", more);
	}
	return EXIT_OK;
}

static int check(struct call *call, struct err *err)
{
	(void)err;
	if (call->wishes.is_csv && (call->wishes.is_json || call->wishes.is_diff))
		return session_mistake("--csv goes with neither --json nor --diff");
	if (call->wishes.is_diff && call->wishes.sort)
		return session_mistake(
			"--diff compares in the order of time, or as named: without --sort");
	return EXIT_OK;
}

static int run(struct call *call, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	struct metrics_table table = {.arena = &arena};
	struct gathering gathering = {.call = call, .table = &table, .arena = &arena, .err = err};
	int code = EXIT_OK, here FD_LOCAL = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	gathering.jobs = (struct job_metrics){
		.call = call, .started_in = here, .table = &table, .arena = &arena, .err = err};
	struct graph *graph = session_load(call, &code);
	if (graph)
		code = gather(&gathering, graph);
	if (code == EXIT_OK && !err->code)
		code = show(&gathering);
	graph_free(graph);
	metrics_table_free(&table);
	return code;
}

const struct command cmd_metrics = {
	.name = "metrics",
	.usage = "[JOB]...",
	.summary = "compare the numbers of jobs, or of a job's runs",
	.details =
		"The numbers are those of metric files (metrics = wer.json in a stage: JSON, YAML or\n"
		"CSV), and what stages reported. Without arguments all jobs are shown, with --job\n"
		"that one; parameters stand beside them where they differ.",
	.options = options,
	.max_args = ARGS_ANY,
	.needs = NEEDS_NOTHING,
	.check = check,
	.run = run,
};

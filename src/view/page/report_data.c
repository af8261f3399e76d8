/* restage.report/1
 *
 *	version, generated_at   of restage; ISO 8601
 *	pipeline, job, job_dir, description   strings
 *	run          id of the run that is shown; null if the job never ran
 *	runs         oldest first: {"run", "record": the lines of its record, logs/99_pipeline_<run>.jsonl}: the
 *	             one that is shown and those before it that ran something, ten at most
 *	pipeline_log the log of the run that is shown, or its end
 *	graph        restage.graph/1 (graph_json.c), with a rank
 *	stages       in order of definition: {"name", "number", "state": as in the graph, "description", "tags",
 *	             "allow_failure": its failure does not count, "manifest": manifest.json
 *	             (report_stage.c) or null, "last_success" if it is of none, "log": text of stage.log or its end, "log_truncated"; in a
 *	             file "embedded" too (report_files.c)}
 *	jobs         null, or of metrics of this job and the others of its pipeline, those that ran last
 *	             first: {"rows": as in restage.metrics/1, "more": jobs that were left out}
 *	media_types  by extension, of files that the page can show
 *	root         how the root is reached from the page, for links to files; null: it is not
 *	live         null, or {"events": address of the stream, "file": that of files, with ?stage= and
 *	             &path=}, relative to the page
 *
 * A record is read before the manifests: what settles in between is in the manifests already, and
 * comes again with the stream. The other way round it would be lost.
 *
 * A page must open at once, so all logs together are limited, and each has the same right to what
 * there is; the more stages, the fewer files of each. */
#include "view/page/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/runs/past.h"
#include "run/ask/plan.h"
#include "view/answer/json_doc.h"
#include "view/answer/metrics_table.h"
#include "view/graph/graph_view.h"

#define LOGS_MAX ((size_t)24 * 1024 * 1024)
#define EMBEDS_MAX ((size_t)16 * 1024 * 1024) /* files of all stages that are put into the page */
#define PIPELINE_LOG_MAX ((size_t)4 * 1024 * 1024)
#define NO_RUN "none"

void report_position_add(struct buf *out, const struct report_position *at)
{
	buf_fmt(out, "%s:%zu:%zu", at->run[0] ? at->run : NO_RUN, at->record, at->log);
}

static bool parse_size(const char **text, size_t *out)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	*out = (size_t)strtoull(*text, &end, 10);
	*text = end;
	return *out <= INT64_MAX;
}

bool report_position_parse(const char *text, struct report_position *at)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;

	*at = (struct report_position){0};
	if (len == 0 || len >= sizeof at->run)
		return false;
	memcpy(at->run, text, len);
	if (strcmp(at->run, NO_RUN) == 0)
		at->run[0] = '\0';
	else if (!past_is_id(at->run))
		return false;
	text = colon + 1;
	if (!parse_size(&text, &at->record) || *text++ != ':')
		return false;
	return parse_size(&text, &at->log) && *text == '\0';
}

static void write_head(struct json_writer *w, const struct graph *graph)
{
	char now[CLOCK_ISO_SIZE];

	clock_iso(clock_wall_ns(), now);
	json_write_str(w, "version", RESTAGE_VERSION);
	json_write_str(w, "generated_at", now);
	json_doc_job(w, graph);
	json_write_name(w, "description", graph_text(graph, graph->description));
}

static void write_run(struct json_writer *w, const struct report_run *run)
{
	const char *at = run->lines.data;
	size_t left = run->lines.len;

	json_write_object(w, NULL);
	json_write_str(w, "run", run->run);
	json_write_key(w, "record"); /* its lines are JSON as they are */
	buf_char(w->out, '[');
	while (left > 0) {
		size_t len = (size_t)((const char *)memchr(at, '\n', left) - at);

		buf_str(w->out, at == run->lines.data ? "\n" : ",\n");
		buf_add(w->out, at, len);
		at += len + 1;
		left -= len + 1;
	}
	buf_char(w->out, ']');
	json_write_end(w);
}

/* Returns where in the log what follows begins. */
static size_t write_pipeline_log(struct json_writer *w, const struct report_runs *runs)
{
	struct buf text BUF_LOCAL = {0};
	size_t from = 0;

	if (runs->log_path)
		from = report_read_tail(runs->log_path, PIPELINE_LOG_MAX, &text);
	/* a line that is being written comes whole later */
	while (text.len > 0 && text.data[text.len - 1] != '\n')
		text.len--;
	json_write_output(w, "pipeline_log", runs->log_path ? buf_text(&text) : NULL, text.len);
	from += text.len;
	return from;
}

/* The log of another run than the one that is shown is no matter of the page: it counts as read. */
static size_t log_size(struct report_runs *runs, const struct graph *graph, const char *run)
{
	struct fs_stat st = {0};

	fs_stat(job_run_log(&runs->arena, graph, run), &st, NULL);
	return (size_t)st.size;
}

static void write_runs(struct json_writer *w, struct report_runs *runs, const struct graph *graph,
	struct report_position *position)
{
	const struct report_run *newest = runs->count ? &runs->items[runs->count - 1] : NULL;
	size_t log;

	json_write_str(w, "run", runs->shown);
	json_write_rows(w, "runs");
	for (uint32_t i = 0; i < runs->count; i++)
		write_run(w, &runs->items[i]);
	json_write_end(w);
	log = write_pipeline_log(w, runs);
	*position = (struct report_position){0};
	if (!newest)
		return;
	snprintf(position->run, sizeof position->run, "%s", newest->run);
	position->record = newest->end;
	position->log =
		text_eq(newest->run, runs->shown) ? log : log_size(runs, graph, newest->run);
}

/* How much of each log there may be, so that all together stay within LOGS_MAX: those that are
 * shorter than their share leave the rest of it to the others. */
static size_t log_share(const struct plan *plan)
{
	uint32_t count = plan->graph->stage_count;
	uint64_t *sizes MEM_LOCAL = mem_alloc(((size_t)count + 1) * sizeof *sizes);
	uint64_t left = LOGS_MAX, share = LOGS_MAX;
	struct arena arena ARENA_LOCAL = {0};

	for (uint32_t i = 0; i < count; i++) {
		struct fs_stat st;

		arena_reset(&arena);
		if (fs_stat(stage_path(&arena, plan->stages[i].dir, STAGE_LOG_FILE), &st, NULL) ==
				0 &&
			st.type == 'f')
			sizes[i] = st.size;
	}
	qsort(sizes, count, sizeof *sizes, order_u64);
	for (uint32_t i = 0; i < count; i++) {
		share = left / (count - i);
		if (sizes[i] > share)
			break;
		left -= sizes[i];
		share = LOGS_MAX;
	}
	return (size_t)share;
}

static bool write_stage(struct json_writer *w, const struct plan *plan, uint32_t id,
	enum view_state state, size_t log_limit, size_t *embeds)
{
	const struct graph *graph = plan->graph;
	const struct stage *stage = &graph->stages[id];

	json_write_object(w, NULL);
	json_write_name(w, "name", stage_name(graph, id));
	json_write_num(w, "number", stage->number);
	json_write_str(w, "state", state_looks[state].name);
	json_write_name(w, "description", graph_text(graph, stage->description));
	json_doc_words(w, "tags", graph, stage_settings(graph, id)->tags);
	json_write_bool(w, "allow_failure", stage_settings(graph, id)->flags & SET_ALLOW_FAILURE);
	bool has_metrics = report_write_manifest(
		w, plan->stages[id].dir, report_files_of_each(graph->stage_count), embeds);
	report_write_log(w, plan->stages[id].dir, log_limit);
	json_write_end(w);
	return has_metrics;
}

/* Nobody looks for other jobs where there is nothing to be compared. */
static void write_jobs(struct json_writer *w, const struct graph *graph,
	const struct report_wish *wish, const bool *has_metrics)
{
	struct arena arena ARENA_LOCAL = {0};
	struct metrics_table table = {.arena = &arena};
	uint32_t more = 0;

	if (wish->jobs && memchr(has_metrics, 1, graph->stage_count))
		more = wish->jobs(wish->jobs_ctx, graph, has_metrics, &table);
	if (table.row_count < 2)
		json_write_null(w, "jobs");
	else {
		json_write_object(w, "jobs");
		metrics_rows_json(w, &table);
		json_write_num(w, "more", more);
		json_write_end(w);
	}
	metrics_table_free(&table);
}

static void write_stages(struct json_writer *w, const struct plan *plan,
	const struct report_wish *wish, size_t *embeds)
{
	const struct graph *graph = plan->graph;
	struct arena arena ARENA_LOCAL = {0};
	uint32_t *rank = arena_alloc(&arena, ((size_t)graph->stage_count + 1) * sizeof *rank);
	struct graph_view view = {.graph = graph, .rank = rank};
	size_t share = log_share(plan);
	bool *has_metrics = arena_alloc(&arena, (size_t)graph->stage_count + 1);

	graph_view_from_plan(plan, &arena, &view);
	graph_view_rank(graph, rank);
	json_write_key(w, "graph");
	graph_json(w->out, &view);
	json_write_rows(w, "stages");
	for (uint32_t i = 0; i < graph->stage_count; i++)
		has_metrics[i] =
			write_stage(w, plan, i, (enum view_state)view.state[i], share, embeds);
	json_write_end(w);
	write_jobs(w, graph, wish, has_metrics);
}

static void write_live(struct json_writer *w, const struct report_position *position)
{
	struct buf address BUF_LOCAL = {0};

	buf_str(&address, "events?after=");
	report_position_add(&address, position);
	json_write_object(w, "live");
	json_write_str(w, "events", buf_text(&address));
	json_write_str(w, "file", "file");
	json_write_end(w);
}

static int write_document(
	struct buf *out, const struct plan *plan, const struct report_wish *wish, struct err *err)
{
	struct json_writer w = {.out = out};
	size_t embeds = EMBEDS_MAX;
	struct report_position end;
	struct report_runs runs;

	if (report_runs_load(&runs, plan->graph, wish->run, wish->is_live, err) < 0)
		return -1;
	json_write_document(&w, "restage.report/1");
	write_head(&w, plan->graph);
	json_write_name(&w, "root", wish->root);
	report_write_media_types(&w);
	write_runs(&w, &runs, plan->graph, &end);
	write_stages(&w, plan, wish, wish->is_live ? NULL : &embeds);
	if (wish->is_live)
		write_live(&w, &end);
	else
		json_write_null(&w, "live");
	json_write_finish(&w);
	report_runs_free(&runs);
	return 0;
}

int report_data(
	struct buf *out, const struct graph *graph, const struct report_wish *wish, struct err *err)
{
	bool *all MEM_LOCAL = mem_alloc((size_t)graph->stage_count + 1);
	struct plan_request request = {.graph = graph, .wanted = all};
	struct plan plan;
	int status;

	memset(all, true, graph->stage_count);
	status = plan_make(&request, &plan, err);
	if (status == 0) {
		status = write_document(out, &plan, wish, err);
		plan_free(&plan);
	}
	return status;
}

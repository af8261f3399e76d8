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
 *	             "manifest": manifest.json (report_stage.h) or null, "log": text of stage.log or its end,
 *	             "log_truncated"}
 *	live         null, or {"events": address of the stream, relative to the page}
 *
 * A record is read before the manifests: what settles in between is in the manifests already, and comes
 * again with the stream. The other way round it would be lost.
 *
 * A page must open at once, so all logs together are limited, and each has the same right to what there is;
 * the more stages, the fewer files of each. */
#include "view/page/report_data.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/runs/runlog.h"
#include "run/ask/plan.h"
#include "view/answer/json_doc.h"
#include "view/graph/graph_json.h"
#include "view/page/report_runs.h"
#include "view/page/report_stage.h"
#include "view/page/report_text.h"

#define LOGS_MAX ((size_t)24 * 1024 * 1024)
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
	else if (!runlog_is_id(at->run))
		return false;
	text = colon + 1;
	if (!parse_size(&text, &at->record) || *text++ != ':')
		return false;
	return parse_size(&text, &at->log) && *text == '\0';
}

static void add_head(struct json_doc *doc, const struct graph *graph)
{
	char now[CLOCK_ISO_SIZE];

	clock_iso(clock_wall_ns(), now);
	json_doc_put(doc, "version", json_string(RESTAGE_VERSION));
	json_doc_put(doc, "generated_at", json_string(now));
	json_doc_job(doc, graph);
	json_doc_put(doc, "description", json_name(graph_text(graph, graph->description)));
}

static void add_run(struct json_doc *doc, const struct report_run *run)
{
	const char *at = run->lines.data;
	size_t left = run->lines.len;
	json *name = json_string(run->run);

	json_doc_row_begin(doc);
	buf_str(doc->out, "{\"run\": ");
	json_format_line(name, doc->out);
	json_free(name);
	buf_str(doc->out, ", \"record\": [");
	while (left > 0) {
		size_t len = (size_t)((const char *)memchr(at, '\n', left) - at);

		buf_str(doc->out, at == run->lines.data ? "\n" : ",\n");
		buf_add(doc->out, at, len);
		at += len + 1;
		left -= len + 1;
	}
	buf_str(doc->out, "]}");
}

/* Returns where in the log what follows begins. */
static size_t add_pipeline_log(struct json_doc *doc, const struct report_runs *runs)
{
	struct buf text = {0};
	size_t from = 0;

	if (runs->log_path)
		from = report_read_tail(runs->log_path, PIPELINE_LOG_MAX, &text);
	/* a line that is being written comes whole later */
	while (text.len > 0 && text.data[text.len - 1] != '\n')
		text.len--;
	json_doc_key(doc, "pipeline_log");
	if (runs->log_path)
		report_add_string(doc->out, buf_text(&text), text.len);
	else
		buf_str(doc->out, "null");
	from += text.len;
	buf_free(&text);
	return from;
}

/* The log of another run than the one that is shown is no matter of the page: it counts as read. */
static size_t log_size(struct report_runs *runs, const struct graph *graph, const char *run)
{
	struct fs_stat st = {0};

	fs_stat(job_run_log(&runs->arena, graph, run), &st, NULL);
	return (size_t)st.size;
}

static void add_runs(struct json_doc *doc, struct report_runs *runs, const struct graph *graph,
	struct report_position *position)
{
	const struct report_run *newest = runs->count ? &runs->items[runs->count - 1] : NULL;
	size_t log;

	json_doc_put(doc, "run", runs->shown ? json_string(runs->shown) : json_null());
	json_doc_list(doc, "runs");
	for (uint32_t i = 0; i < runs->count; i++)
		add_run(doc, &runs->items[i]);
	json_doc_list_end(doc);
	log = add_pipeline_log(doc, runs);
	*position = (struct report_position){0};
	if (!newest)
		return;
	snprintf(position->run, sizeof position->run, "%s", newest->run);
	position->record = newest->end;
	position->log = text_eq(newest->run, runs->shown) ? log : log_size(runs, graph, newest->run);
}

static void add_graph(struct json_doc *doc, const struct plan *plan, const uint8_t *state, const double *seconds)
{
	size_t count = (size_t)plan->graph->stage_count + 1;
	bool *critical = mem_alloc(count * sizeof *critical);
	uint32_t *rank = mem_alloc(count * sizeof *rank);
	const struct graph_view view = {
		.graph = plan->graph,
		.state = state,
		.seconds = seconds,
		.on_critical_path = critical,
		.rank = rank,
	};

	graph_view_critical(plan->graph, seconds, critical);
	graph_view_rank(plan->graph, rank);
	json_doc_key(doc, "graph");
	graph_json(doc->out, &view);
	free(critical);
	free(rank);
}

static int compare_sizes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* How much of each log there may be, so that all together stay within LOGS_MAX: those that are shorter than
 * their share leave the rest of it to the others. */
static size_t log_share(const struct plan *plan)
{
	uint32_t count = plan->graph->stage_count;
	uint64_t *sizes = mem_alloc(((size_t)count + 1) * sizeof *sizes);
	uint64_t left = LOGS_MAX, share = LOGS_MAX;
	struct arena arena = {0};

	for (uint32_t i = 0; i < count; i++) {
		struct fs_stat st;

		arena_reset(&arena);
		if (fs_stat(stage_path(&arena, plan->stages[i].dir, STAGE_LOG_FILE), &st, NULL) == 0 &&
			st.type == 'f')
			sizes[i] = st.size;
	}
	qsort(sizes, count, sizeof *sizes, compare_sizes);
	for (uint32_t i = 0; i < count; i++) {
		share = left / (count - i);
		if (sizes[i] > share)
			break;
		left -= sizes[i];
		share = LOGS_MAX;
	}
	free(sizes);
	arena_free(&arena);
	return (size_t)share;
}

static json *tags_of(const struct graph *graph, uint32_t id)
{
	struct span tags = stage_settings(graph, id)->tags;
	json *list = json_array();

	for (uint32_t i = 0; i < tags.count; i++)
		json_push(list, json_name(graph_text(graph, graph->words[tags.first + i])));
	return list;
}

static void add_stage(struct json_doc *doc, const struct plan *plan, uint32_t id, enum graph_state state,
	size_t log_limit)
{
	const struct graph *graph = plan->graph;
	const struct stage *stage = &graph->stages[id];
	json *manifest = report_manifest(plan->stages[id].dir, report_files_of_each(graph->stage_count));
	json *row = json_object();

	json_put_name(row, "name", stage_name(graph, id));
	json_put_num(row, "number", stage->number);
	json_put_str(row, "state", graph_state_name(state));
	json_put_name(row, "description", graph_text(graph, stage->description));
	json_put(row, "tags", tags_of(graph, id));
	json_put(row, "manifest", manifest ? manifest : json_null());
	json_doc_row_begin(doc);
	json_format_line(row, doc->out);
	json_free(row);
	doc->out->len--; /* the brace: the log stands in no tree */
	report_add_log(doc->out, plan->stages[id].dir, log_limit);
	buf_char(doc->out, '}');
}

static void add_stages(struct json_doc *doc, const struct plan *plan)
{
	size_t count = (size_t)plan->graph->stage_count + 1;
	uint8_t *state = mem_alloc(count * sizeof *state);
	double *seconds = mem_alloc(count * sizeof *seconds);
	size_t share = log_share(plan);

	graph_view_from_plan(plan, state, seconds);
	add_graph(doc, plan, state, seconds);
	json_doc_list(doc, "stages");
	for (uint32_t i = 0; i < plan->graph->stage_count; i++)
		add_stage(doc, plan, i, (enum graph_state)state[i], share);
	json_doc_list_end(doc);
	free(state);
	free(seconds);
}

static json *make_live(const struct report_position *position)
{
	struct buf address = {0};
	json *live = json_object();

	buf_str(&address, "events?after=");
	report_position_add(&address, position);
	json_put_str(live, "events", buf_text(&address));
	buf_free(&address);
	return live;
}

static int add_document(struct buf *out, const struct plan *plan, const char *run, bool is_live, struct err *err)
{
	struct report_position end;
	struct report_runs runs;
	struct json_doc doc;

	if (report_runs_load(&runs, plan->graph, run, is_live, err) < 0)
		return -1;
	json_doc_begin(&doc, out, "restage.report/1");
	add_head(&doc, plan->graph);
	add_runs(&doc, &runs, plan->graph, &end);
	add_stages(&doc, plan);
	json_doc_put(&doc, "live", is_live ? make_live(&end) : json_null());
	json_doc_end(&doc);
	report_runs_free(&runs);
	return 0;
}

int report_data(
	struct buf *out, const struct graph *graph, const char *run, bool is_live, struct err *err)
{
	bool *all = mem_alloc((size_t)graph->stage_count + 1);
	struct plan_request request = {.graph = graph, .wanted = all};
	struct plan plan;
	int status;

	memset(all, true, graph->stage_count);
	status = plan_make(&request, &plan, err);
	if (status == 0) {
		status = add_document(out, &plan, run, is_live, err);
		plan_free(&plan);
	}
	free(all);
	return status;
}

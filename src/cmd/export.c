#include "view/export/export.h"
#include "base/arena.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "record/manifest/record.h"
#include "record/runs/past.h"
#include "run/job/stage_dirs.h"

static const struct option_spec options[] = {
	CHOICE("format", "FORMAT", format, EXPORT_CHOICES,
		"trace (default), openlineage, ro-crate, junit, prometheus or csv"),
	OPTION(0, "run", "ID", TEXT, run, "this run; without it the last one (ro-crate: the job)"),
	OPTION('o', "output", "FILE", TEXT, output, "write to this file"),
	OPTIONS_END,
};

/* The newest that has a record: an older restage left none. */
static const struct past_entry *last_recorded(const struct past_entry *entries, uint32_t count)
{
	while (count--) {
		if (entries[count].record_path)
			return &entries[count];
	}
	return NULL;
}

static const char *find_record(
	struct arena *arena, const struct graph *graph, const char *id, struct err *err)
{
	const char *job = graph_text(graph, graph->job);
	const struct past_entry *entry;
	struct past_entry *entries;
	uint32_t count;

	if (past_list(arena, graph_text(graph, graph->job_dir), &entries, &count, err) < 0)
		return NULL;
	entry = id && count ? past_pick(entries, count, job, id, err)
			    : last_recorded(entries, count);
	if (entry && entry->record_path)
		return entry->record_path;
	if (entry)
		err_set(err, EXIT_USAGE, "run '%s' of job '%s' left no record", entry->run, job);
	else if (!count)
		err_set(err, EXIT_WORLD, "job '%s' was never run", job);
	else if (!id)
		err_set(err, EXIT_WORLD, "no run of job '%s' left a record", job);
	return NULL;
}

static const struct record *load_records(
	struct arena *arena, const struct graph *graph, struct err *err)
{
	const char **dirs = stage_dirs_find(arena, graph, err);
	struct record *records;

	if (!dirs)
		return NULL;
	records = arena_alloc(arena, (graph->stage_count + 1) * sizeof *records);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (record_load(arena, graph, i, dirs[i], &records[i], err) < 0)
			return NULL;
	}
	return records;
}

static void write_out(struct call *call, const struct export_run *run, struct err *err)
{
	export_formats[call->wishes.format].write(&call->out, run);
	if (call->output)
		session_write_file(call, err);
}

static void write_run(struct call *call, struct arena *arena, const char *record, struct err *err)
{
	const struct export_format *format = &export_formats[call->wishes.format];
	struct export_run run = {.graph = call->session.graph};
	struct past_run *log = NULL;

	if (past_read(arena, record, &log, err) < 0)
		return;
	run.log = log;
	run.is_alive = !log->has_ended && past_is_alive(log);
	if (format->wants_records)
		run.records = load_records(arena, run.graph, err);
	if (!format->wants_records || run.records)
		write_out(call, &run, err);
	past_done(log);
}

static void write_made(struct call *call, struct arena *arena, struct err *err)
{
	const struct graph *graph = call->session.graph;
	const char **dirs = stage_dirs_find(arena, graph, err);
	struct export_run run = {.graph = graph};
	struct past_run *made = dirs ? past_made(arena, graph, dirs, err) : NULL;

	if (!made)
		return;
	run.log = made;
	if (made->attempt_count)
		write_out(call, &run, err);
	else
		err_set(err, EXIT_WORLD,
			"no stage of job '%s' has succeeded so far; --run last exports its last run",
			graph_text(graph, graph->job));
	past_done(made);
}

static int run(struct call *call, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	bool is_made = export_formats[call->wishes.format].is_of_job && !call->wishes.run;
	const char *record =
		is_made ? NULL : find_record(&arena, call->session.graph, call->wishes.run, err);

	if (is_made)
		write_made(call, &arena, err);
	else if (record)
		write_run(call, &arena, record, err);
	return EXIT_OK;
}

const struct command cmd_export = {
	.name = "export",
	.usage = "",
	.summary = "write a run, or the job, in a form that other programs read",
	.details =
		"trace        Chrome trace events: open it in Perfetto (ui.perfetto.dev)\n"
		"openlineage  OpenLineage 2-0-2 run events, one a line\n"
		"ro-crate     Workflow Run RO-Crate: the text of ro-crate-metadata.json; without --run of\n"
		"             the job as it was made: the last success of each stage\n"
		"junit        JUnit XML, a testcase a stage, for the test views of CI services\n"
		"prometheus   metrics for the textfile collector of node_exporter\n"
		"csv          a row an attempt",
	.options = options,
	.needs = NEEDS_GRAPH,
	.needs_job = true,
	.run = run,
};

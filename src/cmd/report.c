#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/path.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "view/page/report_data.h"
#include "view/page/report_page.h"

struct report_values {
	const char *run, *output;
};

#define AT(member) offsetof(struct report_values, member)

static const struct option_spec options[] = {
	{0, "run", "ID", "of this run; else of the last one that ran something", OPTION_TEXT,
		AT(run), NULL},
	{'o', "output", "FILE",
		"to this file, - for standard output; else to the job's report.html", OPTION_TEXT,
		AT(output), NULL},
	OPTIONS_END,
};

/* Where the page goes if nobody said: into the job, unless that is something else there. */
static const char *usual_place(struct arena *arena, const struct graph *graph, struct err *err)
{
	const char *dir = graph_text(graph, graph->job_dir);
	const char *path = path_join(arena, dir, "report.html");
	uint32_t file;

	if (!fs_is_dir(dir)) {
		err_set(err, EXIT_WORLD,
			"job '%s' was never run: there is nothing to report; option '-o' writes a page "
			"about it nevertheless",
			graph_text(graph, graph->job));
		return NULL;
	}
	file = graph_find_file(graph, path);
	if (file == NONE)
		return path;
	err_set(err, EXIT_USAGE, "'%s' is a file of the pipeline: name another with '-o'", path);
	return NULL;
}

/* path NULL: where it usually goes */
static int show(struct call *call, const struct graph *graph, const char *path)
{
	const struct report_values *values = call->values;
	bool to_stdout = values->output && strcmp(values->output, "-") == 0;
	struct arena arena = {0};
	struct err err = {0};
	struct buf data = {0}, page = {0};
	int code = EXIT_OK;

	if (!path && !to_stdout)
		path = usual_place(&arena, graph, &err);
	if (!err.code && report_data(&data, graph, values->run, false, &err) == 0) {
		report_page(&page, data.data, data.len);
		if (!to_stdout)
			output_write(call, path, &page, &err);
	}
	if (err.code)
		code = session_fail(&err);
	else if (to_stdout)
		session_write(call, &page);
	else
		session_note(call, "the report is in %s",
			values->output ? values->output
				       : path_join(&arena, graph_text(graph, graph->root), path));
	buf_free(&data);
	buf_free(&page);
	arena_free(&arena);
	return code;
}

static int run(struct call *call)
{
	const struct report_values *values = call->values;
	struct arena arena = {0};
	struct err err = {0};
	const char *path = NULL;
	struct graph *graph;
	int code = EXIT_OK;

	if (values->output && strcmp(values->output, "-") != 0 &&
		!(path = output_resolve(&arena, values->output, &err)))
		return session_fail(&err);
	graph = session_load(call, &code);
	if (graph)
		code = show(call, graph, path);
	graph_free(graph);
	arena_free(&arena);
	return code;
}

const struct command cmd_report = {
	.name = "report",
	.usage = "",
	.summary = "write what happened as one HTML file: states, graph, timeline, files, logs",
	.details = "The file needs no network: open it from disk, send it to somebody, keep it.",
	.options = options,
	.values_size = sizeof(struct report_values),
	.run = run,
};

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "cmd/job_metrics.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "view/page/report.h"

static const struct option_spec options[] = {
	OPTION(0, "run", "ID", TEXT, run, "of this run; else of the last one that ran something"),
	OPTION('o', "output", "FILE", TEXT, output,
		"to this file, - for standard output; else to the job's report.html"),
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

/* From the directory of the page. */
static const char *way_to_root(struct arena *arena, const struct graph *graph, const char *page)
{
	const char *root = graph_text(graph, graph->root);

	return page ? path_relative(arena, path_dir(arena, path_join(arena, root, page)), root)
		    : NULL;
}

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	const char *named = call->wishes.output;
	bool to_stdout = named && strcmp(named, "-") == 0;
	struct job_metrics_place from = {.call = call,
		.started_in = open(call->session.here, O_PATH | O_DIRECTORY | O_CLOEXEC)};
	struct report_wish wish = {
		.run = call->wishes.run, .jobs = job_metrics_beside, .jobs_ctx = &from};
	struct arena arena ARENA_LOCAL = {0};
	struct buf data BUF_LOCAL = {0};

	if (!named) {
		const char *place = usual_place(&arena, graph, err);

		call->output = place ? mem_strdup(place) : NULL;
	}
	wish.root = to_stdout ? NULL : way_to_root(&arena, graph, call->output);
	if (!err->code && report_data(&data, graph, &wish, err) == 0) {
		report_page(&call->out, data.data, data.len, true);
		if (!to_stdout && session_write_file(call, err) == 0)
			session_note(call, "the report is in %s",
				named ? named
				      : path_join(&arena, graph_text(graph, graph->root),
						call->output));
	}
	if (from.started_in >= 0)
		close(from.started_in);
	return EXIT_OK;
}

const struct command cmd_report = {
	.name = "report",
	.usage = "",
	.summary = "write what happened as one HTML file: states, graph, timeline, files, logs",
	.details = "The file needs no network: open it from disk, send it to somebody, keep it.",
	.options = options,
	.needs = NEEDS_GRAPH,
	.needs_job = true,
	.run = run,
};

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/text.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "run/ask/clean.h"
#include "run/job/lock.h"

struct clean_values {
	bool is_dry, is_forced;
};

#define AT(member) offsetof(struct clean_values, member)

static const struct option_spec options[] = {
	{'n', "dry-run", NULL, "show what would be removed", OPTION_FLAG, AT(is_dry), NULL},
	{0, "force", NULL, "also outputs that were changed since", OPTION_FLAG, AT(is_forced),
		NULL},
	OPTIONS_END,
};

struct report {
	struct call *call;
	uint32_t removed, kept;
};

static void tell(void *ctx, const struct clean_item *item)
{
	struct report *report = ctx;
	const struct clean_values *values = report->call->values;
	struct buf line = {0};

	if (item->why_kept)
		report->kept++;
	else
		report->removed++;
	buf_str(&line, item->why_kept ? "kept " : values->is_dry ? "would remove " : "removed ");
	text_add_printable(&line, item->path, strlen(item->path));
	if (item->why_kept)
		buf_fmt(&line, ": %s", item->why_kept);
	buf_char(&line, '\n');
	if (item->why_kept || !report->call->globals.is_quiet)
		session_write(report->call, &line);
	buf_free(&line);
}

static int clean(struct call *call, const struct graph *graph, const bool *wanted)
{
	const struct clean_values *values = call->values;
	struct report report = {.call = call};
	struct clean_request request = {
		.wanted = wanted,
		.is_dry = values->is_dry,
		.is_forced = values->is_forced,
		.tell = tell,
		.ctx = &report,
	};
	struct err err = {0};
	int lock = -1;
	int code = EXIT_OK;

	if (!fs_is_dir(graph_text(graph, graph->job_dir)))
		return EXIT_OK;
	if (!values->is_dry) {
		lock = job_lock(graph, true, session_waiting, call, -1, &err);
		if (lock < 0)
			return session_fail(&err);
	}
	if (clean_job(graph, &request, &err) < 0)
		code = session_fail(&err);
	if (report.kept)
		session_note(call, "kept %u; --force removes what was changed since", report.kept);
	if (lock >= 0)
		close(lock);
	return code;
}

static int run(struct call *call)
{
	int code = EXIT_OK;
	struct graph *graph = session_load(call, &code);
	bool *wanted;

	if (!graph)
		return code;
	wanted = session_select(call, graph, &code);
	if (wanted)
		code = clean(call, graph, wanted);
	free(wanted);
	graph_free(graph);
	return code;
}

const struct command cmd_clean = {
	.name = "clean",
	.usage = "[STAGE]...",
	.summary = "remove what the stages made, and nothing else",
	.details =
		"Removes what manifests record as outputs and intermediates, then manifest and log. A file\n"
		"that was changed since the stage made it is kept, and so is all that was not made by one.",
	.options = options,
	.values_size = sizeof(struct clean_values),
	.max_args = ARGS_ANY,
	.run = run,
};

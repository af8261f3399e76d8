#include <string.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/fs.h"
#include "base/text.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "run/ask/clean.h"
#include "run/ask/handed.h"
#include "run/job/lock.h"

static const struct option_spec options[] = {
	OPTION('n', "dry-run", NULL, FLAG, is_dry, "show what would be removed"),
	OPTION(0, "force", NULL, FLAG, is_forced, "also outputs that were changed since"),
	OPTION(0, "orphans", NULL, FLAG, is_orphans,
		"what stages and instances made that are gone from the definition"),
	OPTION(0, "replaced", NULL, FLAG, is_replaced,
		"what lay at the places of outputs, and was kept when these came"),
	OPTIONS_END,
};

struct report {
	struct call *call;
	uint32_t kept;
};

static void tell(void *ctx, const struct clean_item *item)
{
	struct report *report = ctx;
	struct call *call = report->call;
	struct buf *out = &call->out;

	if (item->why_kept)
		report->kept++;
	else if (call->globals.is_quiet)
		return;
	buf_str(out, item->why_kept ? "kept " : call->wishes.is_dry ? "would remove " : "removed ");
	text_add_printable(out, item->path, strlen(item->path));
	if (item->why_kept)
		buf_fmt(out, ": %s", item->why_kept);
	buf_char(out, '\n');
	session_flush(call);
}

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	struct report report = {.call = call};
	struct clean_request request = {
		.wanted = call->wishes.is_orphans ? NULL : call->wanted,
		.is_dry = call->wishes.is_dry,
		.is_forced = call->wishes.is_forced,
		.tell = tell,
		.ctx = &report,
	};
	struct err failure = {0};
	int lock FD_LOCAL = -1, code = EXIT_OK;

	if (!fs_is_dir(graph_text(graph, graph->job_dir)))
		return EXIT_OK;
	if (!request.is_dry) {
		lock = job_lock(graph, true, session_waiting, call, -1, err);
		if (lock < 0)
			return EXIT_WORLD;
	}
	if (lock >= 0 && handed_check(graph, err) < 0)
		return EXIT_WORLD;
	int status = call->wishes.is_replaced ? clean_replaced(graph, &request, &failure)
					      : clean_job(graph, &request, &failure);
	if (status < 0)
		code = session_fail(&failure);
	if (report.kept)
		session_note(call, "kept %u; --force removes what was changed since", report.kept);
	return code;
}

static int check(struct call *call, struct err *err)
{
	if (call->wishes.is_orphans && call->args.count)
		return err_set(err, EXIT_USAGE,
			"clean --orphans takes no stage: orphans are in no definition");
	if (call->wishes.is_replaced && (call->args.count || call->wishes.is_orphans))
		return err_set(err, EXIT_USAGE,
			"clean --replaced stands alone: it removes what no stage made");
	return EXIT_OK;
}

const struct command cmd_clean = {
	.name = "clean",
	.usage = "[STAGE]...",
	.summary = "remove what the stages made, and nothing else",
	.details =
		"Removes what manifests record as outputs and intermediates, then manifest and log. A file\n"
		"that was changed since the stage made it is kept, and so is all that was not made by one.",
	.options = options,
	.max_args = ARGS_ANY,
	.needs = NEEDS_STAGES,
	.check = check,
	.run = run,
};

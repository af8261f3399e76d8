#include <stddef.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cmd/graphviz.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "model/graph/select.h"
#include "run/ask/plan.h"
#include "view/graph/graph_dot.h"
#include "view/graph/graph_json.h"
#include "view/graph/graph_mermaid.h"

enum graph_format {
	FORMAT_DOT,
	FORMAT_MERMAID,
	FORMAT_JSON,
	FORMAT_SVG,
};

struct graph_values {
	int format; /* enum graph_format */
	bool is_json, with_files, with_instances, is_plain;
	const char *output;
};

#define AT(member) offsetof(struct graph_values, member)

static const struct option_spec options[] = {
	{0, "format", "FORMAT", "dot (default), mermaid, json or svg (by Graphviz)", OPTION_CHOICE,
		AT(format), "dot|mermaid|json|svg"},
	{0, "json", NULL, "the same as --format json", OPTION_FLAG, AT(is_json), NULL},
	{0, "files", NULL, "files as nodes too", OPTION_FLAG, AT(with_files), NULL},
	{0, "instances", NULL, "each instance, however many a foreach has", OPTION_FLAG,
		AT(with_instances), NULL},
	{0, "plain", NULL, "the definition alone: no states, durations, critical path", OPTION_FLAG,
		AT(is_plain), NULL},
	{'o', "output", "FILE", "write to this file", OPTION_TEXT, AT(output), NULL},
	OPTIONS_END,
};

static int draw(const struct graph_values *values, const struct graph_view *view, struct buf *out,
	struct err *err)
{
	struct buf dot = {0};
	int status = 0;

	switch (values->is_json ? FORMAT_JSON : (enum graph_format)values->format) {
	case FORMAT_DOT:
		graph_dot(out, view);
		break;
	case FORMAT_MERMAID:
		graph_mermaid(out, view);
		break;
	case FORMAT_JSON:
		graph_json(out, view);
		break;
	case FORMAT_SVG:
		graph_dot(&dot, view);
		status = graphviz_svg(&dot, out, err);
		break;
	}
	buf_free(&dot);
	return status;
}

static int show(struct call *call, const struct plan *plan, const bool *wanted, const char *path)
{
	const struct graph_values *values = call->values;
	uint32_t count = plan->graph->stage_count;
	uint8_t *state = mem_alloc((count + 1) * sizeof *state);
	double *seconds = mem_alloc((count + 1) * sizeof *seconds);
	bool *critical = mem_alloc((count + 1) * sizeof *critical);
	struct graph_view view = {
		.graph = plan->graph,
		.include = wanted,
		.with_files = values->with_files,
		.with_instances = values->with_instances,
	};
	struct err err = {0};
	struct buf out = {0};
	int code = EXIT_OK;

	if (!values->is_plain) {
		graph_view_from_plan(plan, state, seconds);
		graph_view_critical(plan->graph, seconds, critical);
		view.state = state;
		view.seconds = seconds;
		view.on_critical_path = critical;
	}
	if (draw(values, &view, &out, &err) < 0 || output_write(call, path, &out, &err) < 0)
		code = session_fail(&err);
	buf_free(&out);
	free(state);
	free(seconds);
	free(critical);
	return code;
}

static int run(struct call *call)
{
	const struct graph_values *values = call->values;
	struct select_request request = {
		.targets = call->args.items,
		.target_count = call->args.count,
	};
	struct arena arena = {0};
	struct err err = {0};
	struct plan_request plan_request;
	struct plan plan;
	struct session session;
	const char *path;
	bool *wanted;
	int code = EXIT_OK;

	path = output_resolve(&arena, values->output, &err);
	if (err.code)
		return session_fail(&err);
	if (!session_open(call, &session, &code))
		goto out;
	wanted = mem_alloc(session.graph->stage_count + 1);
	plan_request = (struct plan_request){
		.graph = session.graph, .index = session.index, .wanted = wanted};
	if (select_stages(session.graph, &request, wanted, &err) < 0 ||
		plan_make(&plan_request, &plan, &err) < 0) {
		code = session_fail(&err);
	} else {
		code = show(call, &plan, wanted, path);
		plan_free(&plan);
	}
	free(wanted);
	session_close(&session);
out:
	arena_free(&arena);
	return code;
}

const struct command cmd_graph = {
	.name = "graph",
	.usage = "[TARGET]...",
	.summary = "draw the stages, their states, durations and the critical path",
	.details = "With targets: those and what they need. The same state gives the same bytes.",
	.options = options,
	.values_size = sizeof(struct graph_values),
	.max_args = ARGS_ANY,
	.run = run,
};

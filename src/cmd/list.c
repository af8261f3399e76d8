#include <string.h>

#include "base/text.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "view/answer/answer.h"

static const struct option_spec options[] = {
	OPTION(0, "files", NULL, FLAG, with_files, "with the files that each reads and makes"),
	OPTION(0, "json", NULL, FLAG, is_json, "as JSON"),
	OPTION(0, "names", NULL, FLAG, names_only, "names alone, one a line: stages and instances"),
	OPTIONS_END,
};

static void add_files(struct buf *out, const struct graph *graph, const bool *wanted)
{
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *stage = &graph->stages[i];

		if (!wanted[i])
			continue;
		text_add_printable(out, stage_name(graph, i), strlen(stage_name(graph, i)));
		buf_char(out, '\n');
		for (uint32_t u = 0; u < stage_use_count(stage); u++) {
			const struct use *use = &graph->uses[stage->first_use + u];
			const char *path = file_path(graph, use->file);

			buf_str(out, u < stage->input_count ? "  reads " : "  makes ");
			text_add_printable(out, path, strlen(path));
			buf_char(out, '\n');
		}
	}
}

/* Declared names too: "asr" means all instances of it. Instances of one stage lie together. */
static void add_names(struct buf *out, const struct graph *graph, const bool *wanted)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *stage = &graph->stages[i];

		if (!wanted[i])
			continue;
		if (stage->instance && stage->decl != last)
			buf_fmt(out, "%s\n", graph_text(graph, stage->decl));
		buf_fmt(out, "%s\n", graph_text(graph, stage->name));
		last = stage->decl;
	}
}

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;

	(void)err;
	if (call->wishes.names_only)
		add_names(&call->out, graph, call->wanted);
	else if (call->wishes.is_json)
		json_list(&call->out, graph, call->wanted);
	else if (call->wishes.with_files)
		add_files(&call->out, graph, call->wanted);
	else
		list_text(&call->out, graph, call->wanted, session_color(call));
	return EXIT_OK;
}

const struct command cmd_list = {
	.name = "list",
	.usage = "[STAGE]...",
	.summary = "list the stages",
	.options = options,
	.max_args = ARGS_ANY,
	.needs = NEEDS_STAGES,
	.run = run,
};

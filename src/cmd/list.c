#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "view/answer/json_view.h"
#include "view/answer/list_text.h"
#include "view/words/style.h"

struct list_values {
	bool is_json, is_names, with_files;
};

#define AT(member) offsetof(struct list_values, member)

static const struct option_spec options[] = {
	{0, "files", NULL, "with the files that each reads and makes", OPTION_FLAG, AT(with_files),
		NULL},
	{0, "json", NULL, "as JSON", OPTION_FLAG, AT(is_json), NULL},
	{0, "names", NULL, "names alone, one a line: stages and instances", OPTION_FLAG,
		AT(is_names), NULL},
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

static int run(struct call *call)
{
	const struct list_values *values = call->values;
	int code = EXIT_OK;
	struct graph *graph = session_load(call, &code);
	struct buf out = {0};
	bool *wanted;

	if (!graph)
		return code;
	wanted = session_select(call, graph, &code);
	if (!wanted)
		goto out;
	if (values->is_names)
		add_names(&out, graph, wanted);
	else if (values->is_json)
		json_list(&out, graph, wanted);
	else if (values->with_files)
		add_files(&out, graph, wanted);
	else
		list_text(&out, graph, wanted,
			style_for_fd((enum style_choice)call->globals.color, STDOUT_FILENO));
	session_write(call, &out);
out:
	buf_free(&out);
	free(wanted);
	graph_free(graph);
	return code;
}

const struct command cmd_list = {
	.name = "list",
	.usage = "[STAGE]...",
	.summary = "list the stages",
	.options = options,
	.values_size = sizeof(struct list_values),
	.max_args = ARGS_ANY,
	.run = run,
};

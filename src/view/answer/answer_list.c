/* restage.list/1
 *
 *	pipeline, job, job_dir   strings
 *	stages   in order of definition: {"name", "section": the name of its [stage:...] section, "number",
 *	         "description", "dir", "enabled", "inputs", "outputs": paths, "needs": names, "tags"} */
#include "view/answer/answer.h"

#include <string.h>

#include "base/buf.h"
#include "model/graph/graph.h"
#include "view/answer/json_doc.h"
#include "view/words/words.h"

#define NAME_COLUMNS 40

void list_text(struct buf *out, const struct graph *graph, const bool *wanted, bool color)
{
	size_t names = 0;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (!wanted || wanted[i])
			names = width_widest(names, stage_name(graph, i));
	}
	if (names > NAME_COLUMNS)
		names = NAME_COLUMNS;
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *stage = &graph->stages[i];
		const char *name = stage_name(graph, i);

		if (wanted && !wanted[i])
			continue;
		buf_fmt(out, "%3u  ", stage->number);
		style_add(out, color, TONE_STRONG, name);
		if (stage->flags & STAGE_DISABLED || stage->description)
			width_pad(out, width_of(name, strlen(name)), names + 2);
		if (stage->flags & STAGE_DISABLED)
			style_add(out, color, TONE_FAINT,
				stage->description ? "disabled  " : "disabled");
		style_text(out, graph_text(graph, stage->description));
		buf_char(out, '\n');
	}
}

static void write_paths(struct json_writer *w, const char *key, const struct graph *graph,
	uint32_t first, uint32_t count)
{
	json_write_array(w, key);
	for (uint32_t i = 0; i < count; i++)
		json_write_name(w, NULL, file_path(graph, graph->uses[first + i].file));
	json_write_end(w);
}

static void write_row(struct json_writer *w, const struct graph *graph, uint32_t id)
{
	const struct stage *stage = &graph->stages[id];
	uint32_t outputs = stage->first_use + stage->input_count;

	json_write_object(w, NULL);
	json_write_name(w, "name", stage_name(graph, id));
	json_write_name(w, "section", graph_text(graph, stage->decl));
	json_write_num(w, "number", stage->number);
	json_write_name(w, "description", graph_text(graph, stage->description));
	json_write_name(w, "dir", graph_text(graph, stage->dir));
	json_write_bool(w, "enabled", !(stage->flags & STAGE_DISABLED));
	write_paths(w, "inputs", graph, stage->first_use, stage->input_count);
	write_paths(w, "outputs", graph, outputs, stage->output_count);
	json_doc_stages(w, "needs", graph, stage->needs);
	json_doc_words(w, "tags", graph, stage_settings(graph, id)->tags);
	json_write_end(w);
}

void json_list(struct buf *out, const struct graph *graph, const bool *wanted)
{
	struct json_writer w = {.out = out};

	json_write_document(&w, "restage.list/1");
	json_doc_job(&w, graph);
	json_write_rows(&w, "stages");
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (!wanted || wanted[i])
			write_row(&w, graph, i);
	}
	json_write_end(&w);
	json_write_finish(&w);
}

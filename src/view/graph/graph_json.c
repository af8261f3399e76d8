/* restage.graph/1
 *
 *	pipeline, job, job_dir   strings
 *	stages   in order of definition: {"name", "section": the name of its [stage:...] section, "number",
 *	         "dir", "state": "unknown" | "up_to_date" | "out_of_date" | "may_run" | "failed" | "not_run" |
 *	         "disabled" | "running" | "done" | "restored" | "never_ran" | "interrupted", "duration_seconds": number or null,
 *	         "critical": on the critical path?, "rank": how many stages come before it on the longest way to
 *	         it (only in a report), "needs": names of the stages that come before it}
 *	critical_path   names, first to last; empty where no duration is known
 *	files    only with --files: {"path", "producer": name or null, "consumers": names} */
#include "view/graph/graph_view.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "view/answer/json_doc.h"

static bool is_included(const struct graph_view *view, uint32_t stage)
{
	return stage != NONE && (!view->include || view->include[stage]);
}

static void write_stage(struct json_writer *w, const struct graph_view *view, uint32_t id)
{
	const struct graph *graph = view->graph;
	const struct stage *stage = &graph->stages[id];

	json_write_object(w, NULL);
	json_write_name(w, "name", stage_name(graph, id));
	json_write_name(w, "section", graph_text(graph, stage->decl));
	json_write_num(w, "number", stage->number);
	json_write_name(w, "dir", graph_text(graph, stage->dir));
	json_write_str(w, "state", state_looks[view->state ? view->state[id] : STATE_UNKNOWN].name);
	json_write_known(w, "duration_seconds", view->seconds ? view->seconds[id] : -1);
	json_write_bool(w, "critical", view->on_critical_path && view->on_critical_path[id]);
	if (view->rank)
		json_write_num(w, "rank", view->rank[id]);
	json_write_array(w, "needs");
	for (uint32_t i = 0; i < stage->needs.count; i++) {
		uint32_t need = graph->edges[stage->needs.first + i];

		if (is_included(view, need))
			json_write_name(w, NULL, stage_name(graph, need));
	}
	json_write_end(w);
	json_write_end(w);
}

static void write_critical_path(struct json_writer *w, const struct graph_view *view)
{
	const struct graph *graph = view->graph;

	json_write_array(w, "critical_path");
	for (uint32_t i = 0; view->on_critical_path && i < graph->stage_count; i++) {
		uint32_t stage = graph->order[i];

		if (view->on_critical_path[stage] && is_included(view, stage))
			json_write_name(w, NULL, stage_name(graph, stage));
	}
	json_write_end(w);
}

/* For each file the stages that read it: users[first[file]..first[file + 1]]. */
struct consumers {
	uint32_t *first, *users;
};

static void consumers_make(const struct graph_view *view, struct consumers *out)
{
	const struct graph *graph = view->graph;
	uint32_t sum = 0;

	out->first = mem_alloc(((size_t)graph->file_count + 2) * sizeof *out->first);
	out->users = mem_alloc(((size_t)graph->use_count + 1) * sizeof *out->users);
	/* counted, summed to where each file's users begin, then filled, which moves each first[]
	 * on to the next file's: moved back at the end */
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t s = 0; s < graph->stage_count; s++) {
			const struct stage *stage = &graph->stages[s];

			for (uint32_t u = 0; is_included(view, s) && u < stage->input_count; u++) {
				uint32_t file = graph->uses[stage->first_use + u].file;

				if (!pass)
					out->first[file + 1]++;
				else
					out->users[out->first[file]++] = s;
			}
		}
		if (pass)
			break;
		for (uint32_t f = 0; f <= graph->file_count; f++) {
			sum += out->first[f];
			out->first[f] = sum;
		}
	}
	for (uint32_t f = graph->file_count; f > 0; f--)
		out->first[f] = out->first[f - 1];
	out->first[0] = 0;
}

static void write_files(struct json_writer *w, const struct graph_view *view)
{
	const struct graph *graph = view->graph;
	struct consumers consumers;

	consumers_make(view, &consumers);
	json_write_rows(w, "files");
	for (uint32_t f = 0; f < graph->file_count; f++) {
		uint32_t producer = graph->files[f].producer;
		uint32_t from = consumers.first[f], to = consumers.first[f + 1];

		if (from == to && !is_included(view, producer))
			continue;
		json_write_object(w, NULL);
		json_write_name(w, "path", file_path(graph, f));
		json_write_name(
			w, "producer", producer == NONE ? NULL : stage_name(graph, producer));
		json_write_array(w, "consumers");
		for (uint32_t i = from; i < to; i++)
			json_write_name(w, NULL, stage_name(graph, consumers.users[i]));
		json_write_end(w);
		json_write_end(w);
	}
	json_write_end(w);
	free(consumers.first);
	free(consumers.users);
}

void graph_json(struct buf *out, const struct graph_view *view)
{
	const struct graph *graph = view->graph;
	struct json_writer w = {.out = out};

	json_write_document(&w, "restage.graph/1");
	json_doc_job(&w, graph);
	json_write_rows(&w, "stages");
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (is_included(view, i))
			write_stage(&w, view, i);
	}
	json_write_end(&w);
	write_critical_path(&w, view);
	if (view->with_files)
		write_files(&w, view);
	json_write_finish(&w);
}

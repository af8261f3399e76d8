/* restage.list/1
 *
 *	pipeline, job, job_dir   strings
 *	stages   in order of definition: {"name", "section": the name of its [stage:...] section, "number",
 *	         "description", "dir", "enabled", "inputs", "outputs": paths, "needs": names, "tags"}
 *
 * restage.show/1
 *
 *	pipeline, job, job_dir
 *	stage, section, number, description, dir
 *	defined    {"file", "line"}
 *	enabled, skip_reason (string or null)
 *	command    as it would be run, with final paths
 *	shell      string or null (sh -e, or no shell at all)
 *	inputs, outputs, intermediates   {"label", "type", "path", "origin": "declared" | "command",
 *	           "track": "content" | "time" | "exists", "optional", "producer": name or null}; outputs
 *	           also "update", intermediates also "retained"
 *	each, config, env, versions      objects
 *	pass_env, tags, needs, needed_by lists of names
 *	settings   those that have a `json` in model/graph/settings.h, under that name; null: not set
 *	state      as in restage.status/1, or null
 *	last       see json_doc.h */
#include "base/buf.h"
#include "model/command/command.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "view/answer/json_doc.h"
#include "view/answer/json_view.h"
#include "view/words/plan_words.h"

static void write_stages(
	struct json_writer *w, const char *key, const struct graph *graph, struct span span)
{
	json_write_array(w, key);
	for (uint32_t i = 0; i < span.count; i++)
		json_write_name(w, NULL, stage_name(graph, graph->edges[span.first + i]));
	json_write_end(w);
}

static void write_pairs(
	struct json_writer *w, const char *key, const struct graph *graph, struct span span)
{
	json_write_object(w, key);
	for (uint32_t i = 0; i < span.count; i++) {
		const struct pair *pair = &graph->pairs[span.first + i];

		json_write_name(w, graph_text(graph, pair->name), graph_text(graph, pair->value));
	}
	json_write_end(w);
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
	write_stages(w, "needs", graph, stage->needs);
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

static void write_uses(struct json_writer *w, const char *key, const struct graph *graph,
	uint32_t first, uint32_t count)
{
	json_write_rows(w, key);
	for (uint32_t i = 0; i < count; i++) {
		const struct use *use = &graph->uses[first + i];
		const struct label *label = &graph->labels[use->label];
		uint32_t producer = graph->files[use->file].producer;

		json_write_object(w, NULL);
		json_write_name(w, "label", graph_text(graph, label->name));
		json_write_name(w, "type", graph_text(graph, label->type));
		json_write_name(w, "path", file_path(graph, use->file));
		json_write_str(
			w, "origin", label->origin == ORIGIN_COMMAND ? "command" : "declared");
		json_write_str(w, "track", tracks[label->track].name);
		json_write_bool(w, "optional", label->flags & LABEL_OPTIONAL);
		json_write_name(
			w, "producer", producer == NONE ? NULL : stage_name(graph, producer));
		if (label->role == ROLE_OUTPUT)
			json_write_bool(w, "update", label->flags & LABEL_UPDATE);
		if (label->role == ROLE_INTERMEDIATE)
			json_write_bool(w, "retained", label->flags & LABEL_RETAINED);
		json_write_end(w);
	}
	json_write_end(w);
}

static void write_setting(struct json_writer *w, const struct graph *graph,
	const struct settings *settings, const struct setting *row)
{
	uint64_t value = setting_value(settings, row);

	if (row->or_null && value == row->initial) {
		json_write_name(w, row->json, NULL);
		return;
	}
	switch (row->kind) {
	case SETTING_IS_TEXT:
		json_write_name(w, row->json, graph_text(graph, (uint32_t)value));
		break;
	case SETTING_IS_COUNT:
	case SETTING_IS_SIZE:
		json_write_num(w, row->json, (double)value);
		break;
	case SETTING_IS_DURATION:
		json_write_num(w, row->json, (double)value / 1000);
		break;
	case SETTING_IS_POOL:
		json_write_name(w, row->json, graph_text(graph, graph->pools[value].name));
		break;
	case SETTING_IS_FLAG:
		json_write_bool(w, row->json, value);
		break;
	case SETTING_IS_WORDS:
	case SETTING_IS_VARIABLES:
		json_doc_words(w, row->json, graph, *setting_words(settings, row));
		break;
	}
}

static void write_settings(
	struct json_writer *w, const struct graph *graph, const struct settings *settings)
{
	json_write_object(w, "settings");
	for (int i = 0; i < SETTING_TOTAL; i++) {
		if (settings_table[i].json)
			write_setting(w, graph, settings, &settings_table[i]);
	}
	json_write_end(w);
}

static void write_definition(struct json_writer *w, const struct graph *graph, uint32_t id,
	const struct plan_stage *planned)
{
	const struct stage *stage = &graph->stages[id];
	const struct settings *settings = stage_settings(graph, id);
	const char *dir = planned && planned->dir ? planned->dir : graph_text(graph, stage->dir);
	bool is_enabled = !(stage->flags & STAGE_DISABLED),
	     has_source = stage->source < graph->source_count;
	struct buf command = {0};

	command_expand(graph, id, NULL, &command);
	json_write_name(w, "stage", stage_name(graph, id));
	json_write_name(w, "section", graph_text(graph, stage->decl));
	json_write_num(w, "number", stage->number);
	json_write_name(w, "description", graph_text(graph, stage->description));
	json_write_name(w, "dir", dir);
	json_write_object(w, "defined");
	json_write_name(w, "file",
		has_source ? graph_text(graph, graph->sources[stage->source].name) : NULL);
	json_write_num(w, "line", stage->line);
	json_write_end(w);
	json_write_bool(w, "enabled", is_enabled);
	json_write_name(
		w, "skip_reason", is_enabled ? NULL : graph_text(graph, stage->skip_reason));
	json_write_name(w, "command", buf_text(&command));
	json_write_name(w, "shell", settings->shell ? graph_text(graph, settings->shell) : NULL);
	buf_free(&command);
}

void json_show(
	struct buf *out, const struct graph *graph, uint32_t id, const struct plan_stage *planned)
{
	const struct stage *stage = &graph->stages[id];
	const struct settings *settings = stage_settings(graph, id);
	const struct record none = {.status = RECORD_NONE};
	uint32_t outputs = stage->first_use + stage->input_count;
	struct json_writer w = {.out = out};

	json_write_document(&w, "restage.show/1");
	json_doc_job(&w, graph);
	write_definition(&w, graph, id, planned);
	write_uses(&w, "inputs", graph, stage->first_use, stage->input_count);
	write_uses(&w, "outputs", graph, outputs, stage->output_count);
	write_uses(&w, "intermediates", graph, outputs + stage->output_count,
		stage->intermediate_count);
	write_pairs(&w, "each", graph, stage->each);
	write_pairs(&w, "config", graph, stage->config);
	write_pairs(&w, "env", graph, stage->env);
	json_doc_words(&w, "pass_env", graph, settings->pass_env);
	write_pairs(&w, "versions", graph, stage->versions);
	json_doc_words(&w, "tags", graph, settings->tags);
	write_settings(&w, graph, settings);
	write_stages(&w, "needs", graph, stage->needs);
	write_stages(&w, "needed_by", graph, stage->needed_by);
	json_write_str(&w, "state", planned ? plan_look(planned)->name : NULL);
	json_doc_last(&w, planned ? &planned->record : &none);
	json_write_finish(&w);
}

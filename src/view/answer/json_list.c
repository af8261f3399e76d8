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

static json *stage_names(const struct graph *graph, struct span span)
{
	json *list = json_array();

	for (uint32_t i = 0; i < span.count; i++)
		json_push(list, json_name(stage_name(graph, graph->edges[span.first + i])));
	return list;
}

static json *words(const struct graph *graph, struct span span)
{
	json *list = json_array();

	for (uint32_t i = 0; i < span.count; i++)
		json_push(list, json_name(graph_text(graph, graph->words[span.first + i])));
	return list;
}

static json *pairs(const struct graph *graph, struct span span)
{
	json *object = json_object();

	for (uint32_t i = 0; i < span.count; i++) {
		const struct pair *pair = &graph->pairs[span.first + i];

		json_put(object, graph_text(graph, pair->name),
			json_name(graph_text(graph, pair->value)));
	}
	return object;
}

static json *paths(const struct graph *graph, uint32_t first, uint32_t count)
{
	json *list = json_array();

	for (uint32_t i = 0; i < count; i++)
		json_push(list, json_name(file_path(graph, graph->uses[first + i].file)));
	return list;
}

static json *make_row(const struct graph *graph, uint32_t id)
{
	const struct stage *stage = &graph->stages[id];
	json *row = json_object();

	json_put_name(row, "name", stage_name(graph, id));
	json_put_name(row, "section", graph_text(graph, stage->decl));
	json_put_num(row, "number", stage->number);
	json_put_name(row, "description", graph_text(graph, stage->description));
	json_put_name(row, "dir", graph_text(graph, stage->dir));
	json_put_bool(row, "enabled", !(stage->flags & STAGE_DISABLED));
	json_put(row, "inputs", paths(graph, stage->first_use, stage->input_count));
	json_put(row, "outputs",
		paths(graph, stage->first_use + stage->input_count, stage->output_count));
	json_put(row, "needs", stage_names(graph, stage->needs));
	json_put(row, "tags", words(graph, stage_settings(graph, id)->tags));
	return row;
}

void json_list(struct buf *out, const struct graph *graph, const bool *wanted)
{
	struct json_doc doc;

	json_doc_begin(&doc, out, "restage.list/1");
	json_doc_job(&doc, graph);
	json_doc_list(&doc, "stages");
	for (uint32_t i = 0; i < graph->stage_count; i++)
		if (!wanted || wanted[i])
			json_doc_row(&doc, make_row(graph, i));
	json_doc_list_end(&doc);
	json_doc_end(&doc);
}

static const char *track_name(uint8_t track)
{
	return track == TRACK_TIME ? "time" : track == TRACK_EXISTS ? "exists"
								    : "content";
}

static void add_uses(struct json_doc *doc, const struct graph *graph, const char *key,
	uint32_t first, uint32_t count)
{
	json_doc_list(doc, key);
	for (uint32_t i = 0; i < count; i++) {
		const struct use *use = &graph->uses[first + i];
		const struct label *label = &graph->labels[use->label];
		uint32_t producer = graph->files[use->file].producer;
		json *row = json_object();

		json_put_name(row, "label", graph_text(graph, label->name));
		json_put_name(row, "type", graph_text(graph, label->type));
		json_put_name(row, "path", file_path(graph, use->file));
		json_put_str(row, "origin",
			label->origin == ORIGIN_COMMAND ? "command" : "declared");
		json_put_str(row, "track", track_name(label->track));
		json_put_bool(row, "optional", label->flags & LABEL_OPTIONAL);
		json_put(row, "producer",
			json_path(producer == NONE ? NULL : stage_name(graph, producer)));
		if (label->role == ROLE_OUTPUT)
			json_put_bool(row, "update", label->flags & LABEL_UPDATE);
		if (label->role == ROLE_INTERMEDIATE)
			json_put_bool(row, "retained", label->flags & LABEL_RETAINED);
		json_doc_row(doc, row);
	}
	json_doc_list_end(doc);
}

static json *setting_json(const struct graph *graph, const struct settings *settings,
	const struct setting *row)
{
	uint64_t value = setting_value(settings, row);

	if (row->or_null && value == row->initial)
		return json_null();
	switch (row->kind) {
	case SETTING_IS_TEXT:
		return json_name(graph_text(graph, (uint32_t)value));
	case SETTING_IS_COUNT:
	case SETTING_IS_SIZE:
		return json_number((double)value);
	case SETTING_IS_DURATION:
		return json_number((double)value / 1000);
	case SETTING_IS_POOL:
		return json_name(graph_text(graph, graph->pools[value].name));
	case SETTING_IS_FLAG:
		return json_bool(value);
	case SETTING_IS_WORDS:
	case SETTING_IS_VARIABLES:
		break;
	}
	return words(graph, *setting_words(settings, row));
}

static json *make_settings(const struct graph *graph, const struct settings *settings)
{
	json *object = json_object();

	for (int i = 0; i < SETTING_TOTAL; i++) {
		const struct setting *row = &settings_table[i];

		if (row->json)
			json_put(object, row->json, setting_json(graph, settings, row));
	}
	return object;
}

static json *make_place(const struct graph *graph, const struct stage *stage)
{
	json *place = json_object();

	json_put(place, "file",
		json_path(stage->source < graph->source_count
				  ? graph_text(graph, graph->sources[stage->source].name)
				  : NULL));
	json_put_num(place, "line", stage->line);
	return place;
}

static void add_definition(struct json_doc *doc, const struct graph *graph, uint32_t id,
	const struct plan_stage *planned)
{
	const struct stage *stage = &graph->stages[id];
	const struct settings *settings = stage_settings(graph, id);
	const char *dir = planned && planned->dir ? planned->dir : graph_text(graph, stage->dir);
	bool is_enabled = !(stage->flags & STAGE_DISABLED);
	struct buf command = {0};

	command_expand(graph, id, NULL, &command);
	json_doc_put(doc, "stage", json_name(stage_name(graph, id)));
	json_doc_put(doc, "section", json_name(graph_text(graph, stage->decl)));
	json_doc_put(doc, "number", json_number(stage->number));
	json_doc_put(doc, "description", json_name(graph_text(graph, stage->description)));
	json_doc_put(doc, "dir", json_name(dir));
	json_doc_put(doc, "defined", make_place(graph, stage));
	json_doc_put(doc, "enabled", json_bool(is_enabled));
	json_doc_put(doc, "skip_reason",
		json_path(is_enabled ? NULL : graph_text(graph, stage->skip_reason)));
	json_doc_put(doc, "command", json_name(buf_text(&command)));
	json_doc_put(doc, "shell",
		json_path(settings->shell ? graph_text(graph, settings->shell) : NULL));
	buf_free(&command);
}

void json_show(struct buf *out, const struct graph *graph, uint32_t id,
	const struct plan_stage *planned)
{
	const struct stage *stage = &graph->stages[id];
	const struct settings *settings = stage_settings(graph, id);
	uint32_t outputs = stage->first_use + stage->input_count;
	struct json_doc doc;

	json_doc_begin(&doc, out, "restage.show/1");
	json_doc_job(&doc, graph);
	add_definition(&doc, graph, id, planned);
	add_uses(&doc, graph, "inputs", stage->first_use, stage->input_count);
	add_uses(&doc, graph, "outputs", outputs, stage->output_count);
	add_uses(&doc, graph, "intermediates", outputs + stage->output_count,
		stage->intermediate_count);
	json_doc_put(&doc, "each", pairs(graph, stage->each));
	json_doc_put(&doc, "config", pairs(graph, stage->config));
	json_doc_put(&doc, "env", pairs(graph, stage->env));
	json_doc_put(&doc, "pass_env", words(graph, settings->pass_env));
	json_doc_put(&doc, "versions", pairs(graph, stage->versions));
	json_doc_put(&doc, "tags", words(graph, settings->tags));
	json_doc_put(&doc, "settings", make_settings(graph, settings));
	json_doc_put(&doc, "needs", stage_names(graph, stage->needs));
	json_doc_put(&doc, "needed_by", stage_names(graph, stage->needed_by));
	json_doc_put(&doc, "state", planned ? json_string(plan_word(planned).name) : json_null());
	json_doc_put(&doc, "last", planned ? json_last(&planned->record) : json_null());
	json_doc_end(&doc);
}

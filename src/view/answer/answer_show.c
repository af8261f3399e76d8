/* restage.show/1
 *
 *	pipeline, job, job_dir
 *	stage, section, number, description, dir
 *	defined    {"file", "line"}
 *	enabled, skip_reason (string or null)
 *	command    as it would be run, with final paths
 *	shell      string or null (bash, or no shell at all)
 *	inputs, outputs, intermediates   {"label", "type", "path", "origin": "declared" | "command",
 *	           "track": "content" | "time" | "exists", "optional", "producer": name or null}; outputs
 *	           also "update", intermediates also "retained"
 *	each, config, env, versions      objects
 *	pass_env, tags, needs, needed_by lists of names
 *	settings   those that have a `json` in model/graph/settings.h, under that name; null: not set
 *	state      as in restage.status/1, or null
 *	last       see json_doc.h */
#include "view/answer/answer.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/command/command.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "view/answer/json_doc.h"
#include "view/words/words.h"

#define KEY_COLUMNS 14

struct sheet {
	struct buf *out;
	const struct graph *graph;
	uint32_t stage;
	bool color;
};

static void add_key(struct sheet *sheet, const char *key)
{
	style_add(sheet->out, sheet->color, TONE_FAINT, key);
	width_pad(sheet->out, width_of(key, strlen(key)), KEY_COLUMNS);
}

/* "key           text" for a text that is there; one of several lines goes on below itself. */
static void add_text(struct sheet *sheet, const char *key, const char *text)
{
	const char *end;

	if (!text || !*text)
		return;
	add_key(sheet, key);
	for (; (end = strchr(text, '\n')); text = end + 1) {
		text_add_printable(sheet->out, text, (size_t)(end - text));
		buf_char(sheet->out, '\n');
		width_pad(sheet->out, 0, KEY_COLUMNS);
	}
	style_text(sheet->out, text);
	buf_char(sheet->out, '\n');
}

static void add_buf(struct sheet *sheet, const char *key, struct buf *text)
{
	add_text(sheet, key, buf_text(text));
	buf_reset(text);
}

/* "video: in/a.mp4 (optional)", a line a file. */
static void add_files(struct sheet *sheet, const char *key, uint32_t first, uint32_t count)
{
	const struct graph *graph = sheet->graph;
	struct buf *out = sheet->out;

	for (uint32_t i = 0; i < count; i++) {
		const struct use *use = &graph->uses[first + i];
		const struct label *label = &graph->labels[use->label];
		uint32_t producer = graph->files[use->file].producer;

		add_key(sheet, i ? "" : key);
		style_text(out, graph_text(graph, label->name));
		buf_str(out, ": ");
		style_text(out, file_path(graph, use->file));
		if (label->role == ROLE_INPUT && producer != NONE) {
			buf_str(out, ", made by ");
			style_text(out, stage_name(graph, producer));
		}
		if (label->flags & LABEL_OPTIONAL)
			buf_str(out, ", optional");
		if (label->flags & LABEL_UPDATE)
			buf_str(out, ", updated in place");
		if (label->role == ROLE_INTERMEDIATE && !(label->flags & LABEL_RETAINED))
			buf_str(out, ", deleted afterwards");
		if (label->role == ROLE_OUTPUT && label->view) {
			buf_str(out, ", judged by ");
			style_text(out, graph_text(graph, label->view));
		}
		if (!track_reads(label->track))
			buf_fmt(out, ", tracked by %s", tracks[label->track].counts);
		buf_char(out, '\n');
	}
}

/* "name = value", a line each. */
static void add_pairs(struct sheet *sheet, const char *key, struct span span)
{
	const struct graph *graph = sheet->graph;

	for (uint32_t i = 0; i < span.count; i++) {
		const struct pair *pair = &graph->pairs[span.first + i];

		add_key(sheet, i ? "" : key);
		style_text(sheet->out, graph_text(graph, pair->name));
		buf_str(sheet->out, " = ");
		style_text(sheet->out, graph_text(graph, pair->value));
		buf_char(sheet->out, '\n');
	}
}

/* "a, b, c" of words of the graph, or of stages. */
static void list_names(struct buf *out, const struct graph *graph, struct span span, bool is_stages)
{
	for (uint32_t i = span.first; i < span.first + span.count; i++) {
		buf_str(out, i > span.first ? ", " : "");
		buf_str(out, is_stages ? stage_name(graph, graph->edges[i])
				       : graph_text(graph, graph->words[i]));
	}
}

/* By attempt: "2 GB, 4 GB". */
static void add_values(struct buf *out, const struct settings *settings, const struct setting *row)
{
	const uint64_t *values = setting_values(settings, row);

	for (uint32_t i = 0; i < setting_given(settings, row); i++) {
		buf_str(out, i ? ", " : "");
		if (row->kind == SETTING_IS_SIZES)
			text_add_size(out, (double)values[i]);
		else
			text_add_duration(out, (double)values[i] / 1000);
	}
}

/* "net:2, licence" */
static void add_pools(struct buf *out, const struct graph *graph, const struct settings *settings)
{
	for (uint32_t i = 0; i < POOLS_MAX && settings->pools[i].count; i++) {
		const struct pool_claim *claim = &settings->pools[i];
		buf_str(out, i ? ", " : "");
		buf_str(out, graph_text(graph, graph->pools[claim->pool].name));
		if (claim->count > 1)
			buf_fmt(out, ":%u", claim->count);
	}
}

/* A line if it is not as by default. */
static void add_setting(struct sheet *sheet, const struct setting *row)
{
	const struct graph *graph = sheet->graph;
	const struct settings *settings = stage_settings(graph, sheet->stage);
	uint64_t value = setting_value(settings, row);
	struct buf text BUF_LOCAL = {0};

	if (value == row->initial || !row->title)
		return;
	switch (row->kind) {
	case SETTING_IS_TEXT:
	case SETTING_IS_PLACE:
		buf_str(&text, graph_text(graph, (uint32_t)value));
		break;
	case SETTING_IS_COUNT:
		buf_fmt(&text, "%u", (uint32_t)value);
		break;
	case SETTING_IS_DURATION:
		text_add_duration(&text, (double)value / 1000);
		break;
	case SETTING_IS_DURATIONS:
	case SETTING_IS_SIZES:
		add_values(&text, settings, row);
		break;
	case SETTING_IS_POOLS:
		add_pools(&text, graph, settings);
		break;
	case SETTING_IS_FLAG:
		buf_str(&text, value ? "yes" : "no");
		break;
	case SETTING_IS_WORDS:
	case SETTING_IS_VARIABLES:
		list_names(&text, graph, *setting_words(settings, row), false);
		break;
	}
	if (row == &settings_table[SETTING_RETRIES] && settings->retry_delay_ms) {
		buf_str(&text, ", each after ");
		text_add_duration(&text, (double)settings->retry_delay_ms / 1000);
	}
	add_buf(sheet, row->title, &text);
}

static void add_settings(struct sheet *sheet)
{
	for (int i = 0; i < SETTING_TOTAL; i++) {
		if (i != SETTING_PASS_ENV) /* stands with the environment */
			add_setting(sheet, &settings_table[i]);
	}
}

static void add_record(struct sheet *sheet, const struct plan_stage *planned)
{
	const struct record *record = planned->record;
	struct buf text BUF_LOCAL = {0};

	add_text(sheet, "state", plan_look(planned)->text);
	if (record->status == RECORD_NONE || record->status == RECORD_UNREADABLE) {
		add_text(sheet, "manifest", record->why_unreadable);
		return;
	}
	buf_str(&text, record->run ? record->run : "");
	if (record->duration_seconds > 0) {
		buf_str(&text, ", took ");
		text_add_duration(&text, record->duration_seconds);
	}
	if (record->exit_code > 0)
		buf_fmt(&text, ", exit code %d", record->exit_code);
	if (record->status == RECORD_SUCCESS && record->success.memory_mb > 0) {
		buf_str(&text, ", ");
		text_add_size(&text, record->success.memory_mb * 1048576);
	}
	if (record->costs) {
		buf_str(&text, ", cost ");
		money_text(&text, record->costs);
	}
	if (record->warning_count) {
		buf_str(&text, ", ");
		outcome_plural(&text, record->warning_count, "warning");
	}
	add_buf(sheet, "last run", &text);
}

void show_text(struct buf *out, const struct graph *graph, uint32_t id,
	const struct plan_stage *planned, bool color)
{
	const struct stage *stage = &graph->stages[id];
	struct sheet sheet = {.out = out, .graph = graph, .stage = id, .color = color};
	struct buf text BUF_LOCAL = {0};

	add_key(&sheet, "stage");
	style_add(out, color, TONE_STRONG, stage_name(graph, id));
	buf_char(out, '\n');
	add_text(&sheet, "description", graph_text(graph, stage->description));
	if (stage->source < graph->source_count) {
		buf_fmt(&text, "%s:%u", graph_text(graph, graph->sources[stage->source].name),
			stage->line);
		add_buf(&sheet, "defined", &text);
	}
	if (stage->flags & STAGE_DISABLED) {
		const char *reason = graph_text(graph, stage->skip_reason);

		add_text(&sheet, "disabled", *reason ? reason : "yes");
	}
	command_expand(graph, id, NULL, &text);
	add_buf(&sheet, "command", &text);
	add_text(&sheet, "directory",
		planned && planned->dir ? planned->dir : graph_text(graph, stage->dir));
	add_files(&sheet, "inputs", stage->first_use, stage->input_count);
	add_files(&sheet, "outputs", stage->first_use + stage->input_count, stage->output_count);
	add_files(&sheet, "intermediates",
		stage->first_use + stage->input_count + stage->output_count,
		stage->intermediate_count);
	add_pairs(&sheet, "each", stage->each);
	add_pairs(&sheet, "config", stage->config);
	add_pairs(&sheet, "environment", stage->env);
	add_setting(&sheet, &settings_table[SETTING_PASS_ENV]);
	add_pairs(&sheet, "versions", stage->versions);
	add_text(&sheet, "depfile", graph_text(graph, stage->depfile));
	add_settings(&sheet);
	list_names(&text, graph, stage->needs, true);
	add_buf(&sheet, "needs", &text);
	list_names(&text, graph, stage->needed_by, true);
	add_buf(&sheet, "needed by", &text);
	if (planned)
		add_record(&sheet, planned);
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
		if (label->role == ROLE_OUTPUT)
			json_write_name(
				w, "view", label->view ? graph_text(graph, label->view) : NULL);
		if (label->role == ROLE_INTERMEDIATE)
			json_write_bool(w, "retained", label->flags & LABEL_RETAINED);
		json_write_end(w);
	}
	json_write_end(w);
}

/* A number, or by attempt a list of them. */
static void write_values(
	struct json_writer *w, const struct settings *settings, const struct setting *row)
{
	const uint64_t *values = setting_values(settings, row);
	uint32_t count = setting_given(settings, row);
	double unit = row->kind == SETTING_IS_SIZES ? 1 : 1000;

	if (count > 1)
		json_write_array(w, row->json);
	for (uint32_t i = 0; i < count; i++)
		json_write_num(w, count > 1 ? NULL : row->json, (double)values[i] / unit);
	if (count > 1)
		json_write_end(w);
}

static void write_setting(struct json_writer *w, const struct graph *graph,
	const struct settings *settings, const struct setting *row)
{
	uint64_t value = setting_value(settings, row);
	struct buf text = {0};

	if (row->or_null && value == row->initial) {
		json_write_name(w, row->json, NULL);
		return;
	}
	switch (row->kind) {
	case SETTING_IS_TEXT:
	case SETTING_IS_PLACE:
		json_write_name(w, row->json, graph_text(graph, (uint32_t)value));
		break;
	case SETTING_IS_COUNT:
		json_write_num(w, row->json, (double)value);
		break;
	case SETTING_IS_DURATION:
		json_write_num(w, row->json, (double)value / 1000);
		break;
	case SETTING_IS_DURATIONS:
	case SETTING_IS_SIZES:
		write_values(w, settings, row);
		break;
	case SETTING_IS_POOLS:
		add_pools(&text, graph, settings);
		json_write_name(w, row->json, buf_text(&text));
		buf_free(&text);
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
	struct buf command BUF_LOCAL = {0};

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
}

void json_show(
	struct buf *out, const struct graph *graph, uint32_t id, const struct plan_stage *planned)
{
	const struct stage *stage = &graph->stages[id];
	const struct settings *settings = stage_settings(graph, id);
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
	json_doc_stages(&w, "needs", graph, stage->needs);
	json_doc_stages(&w, "needed_by", graph, stage->needed_by);
	json_write_str(&w, "state", planned ? plan_look(planned)->name : NULL);
	json_doc_last(&w, planned ? planned->record : &record_none);
	json_write_finish(&w);
}

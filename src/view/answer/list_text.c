#include "view/answer/list_text.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/command/command.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "view/words/outcome.h"
#include "view/words/plan_words.h"
#include "view/words/style.h"
#include "view/words/width.h"

#define NAME_COLUMNS 40
#define KEY_COLUMNS 14

void list_text(struct buf *out, const struct graph *graph, const bool *wanted, bool color)
{
	size_t names = 0;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const char *name = stage_name(graph, i);
		size_t columns = width_of(name, strlen(name));

		if ((!wanted || wanted[i]) && columns > names)
			names = columns < NAME_COLUMNS ? columns : NAME_COLUMNS;
	}
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

static void list_words(struct buf *out, const struct graph *graph, struct span span)
{
	for (uint32_t i = 0; i < span.count; i++) {
		buf_str(out, i ? ", " : "");
		buf_str(out, graph_text(graph, graph->words[span.first + i]));
	}
}

static void add_stages(struct sheet *sheet, const char *key, struct span span)
{
	struct buf text = {0};

	for (uint32_t i = 0; i < span.count; i++) {
		buf_str(&text, i ? ", " : "");
		buf_str(&text, stage_name(sheet->graph, sheet->graph->edges[span.first + i]));
	}
	add_buf(sheet, key, &text);
	buf_free(&text);
}

/* A line if it is not as by default. */
static void add_setting(struct sheet *sheet, const struct setting *row)
{
	const struct graph *graph = sheet->graph;
	const struct settings *settings = stage_settings(graph, sheet->stage);
	uint64_t value = setting_value(settings, row);
	struct buf text = {0};

	if (value == row->initial || !row->title)
		return;
	switch (row->kind) {
	case SETTING_IS_TEXT:
		buf_str(&text, graph_text(graph, (uint32_t)value));
		break;
	case SETTING_IS_COUNT:
		buf_fmt(&text, "%u", (uint32_t)value);
		break;
	case SETTING_IS_DURATION:
		text_add_duration(&text, (double)value / 1000);
		break;
	case SETTING_IS_SIZE:
		text_add_size(&text, (double)value);
		break;
	case SETTING_IS_POOL:
		buf_str(&text, graph_text(graph, graph->pools[value].name));
		break;
	case SETTING_IS_FLAG:
		buf_str(&text, "yes");
		break;
	case SETTING_IS_WORDS:
	case SETTING_IS_VARIABLES:
		list_words(&text, graph, *setting_words(settings, row));
		break;
	}
	if (row == &settings_table[SETTING_RETRIES] && settings->retry_delay_ms) {
		buf_str(&text, ", each after ");
		text_add_duration(&text, (double)settings->retry_delay_ms / 1000);
	}
	add_buf(sheet, row->title, &text);
	buf_free(&text);
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
	const struct record *record = &planned->record;
	struct buf text = {0};

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
	if (record->warning_count) {
		buf_str(&text, ", ");
		outcome_plural(&text, record->warning_count, "warning");
	}
	add_buf(sheet, "last run", &text);
	buf_free(&text);
}

void show_text(struct buf *out, const struct graph *graph, uint32_t id,
	const struct plan_stage *planned, bool color)
{
	const struct stage *stage = &graph->stages[id];
	struct sheet sheet = {.out = out, .graph = graph, .stage = id, .color = color};
	struct buf text = {0};

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
	add_stages(&sheet, "needs", stage->needs);
	add_stages(&sheet, "needed by", stage->needed_by);
	if (planned)
		add_record(&sheet, planned);
	buf_free(&text);
}

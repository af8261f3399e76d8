#include "model/command/command.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/path.h"
#include "model/command/quote.h"
#include "model/command/template.h"
#include "model/graph/build.h"

void command_place(const struct graph *graph, uint32_t stage, uint32_t use, const char *work_dir,
	struct buf *out)
{
	const struct label *label = &graph->labels[graph->uses[use].label];
	const char *path = file_path(graph, graph->uses[use].file);

	if (!work_dir || label->role == ROLE_INPUT || label->flags & LABEL_UPDATE) {
		buf_str(out, path);
		return;
	}
	const char *rest = path_below(graph_text(graph, graph->stages[stage].dir), path);
	buf_str(out, work_dir);
	buf_str(out, rest ? "/" : "/.root/");
	buf_str(out, rest ? rest : path + (path[0] == '/'));
}

/* A command that is being put together. */
struct expansion {
	const struct graph *graph;
	uint32_t stage;
	const char *work_dir;
	struct quote quote;
	const struct template_hole *hole;
	bool is_raw;
	bool had_value; /* of this hole */
	struct buf value, filtered;
};

static void put_value(struct expansion *x)
{
	if (!x->is_raw) {
		quote_value(&x->quote, buf_text(&x->value));
		return;
	}
	if (x->had_value)
		quote_script(&x->quote, " ", 1);
	quote_script(&x->quote, buf_text(&x->value), x->value.len);
	x->had_value = true;
}

/* Filters what is in x->value and puts it in. */
static void put_filtered(struct expansion *x)
{
	for (size_t i = 0; i < x->hole->filter_count; i++) {
		buf_reset(&x->filtered);
		template_filter(&x->filtered, buf_text(&x->value), x->hole->filters[i]);
		struct buf swap = x->value;
		x->value = x->filtered;
		x->filtered = swap;
	}
	put_value(x);
}

/* The same for a path: as a word of its own, "-rf" would be an option. */
static void put_path(struct expansion *x)
{
	bool is_part = false;

	for (size_t i = 0; i < x->hole->filter_count; i++) {
		enum template_filter filter = x->hole->filters[i];
		is_part |= filter != FILTER_DIR && filter != FILTER_RAW;
	}
	if (x->value.len && x->value.data[0] == '-' && !is_part) {
		buf_reset(&x->filtered);
		buf_str(&x->filtered, "./");
		buf_add(&x->filtered, x->value.data, x->value.len);
		buf_reset(&x->value);
		buf_add(&x->value, x->filtered.data, x->filtered.len);
	}
	put_filtered(x);
}

static void put_text(struct expansion *x, const char *path)
{
	buf_reset(&x->value);
	buf_str(&x->value, path);
	put_path(x);
}

/* The files of the label that the hole names behind `prefix`. */
static void put_label(struct expansion *x, size_t prefix, uint32_t first, uint32_t count)
{
	const struct graph *graph = x->graph;
	const char *name = x->hole->name + prefix;
	size_t len = x->hole->name_len - prefix;

	for (uint32_t use = first; use < first + count; use++) {
		const struct label *label = &graph->labels[graph->uses[use].label];
		const char *text = graph_text(graph, label->name);
		if (label->origin != ORIGIN_DECLARED || strncmp(text, name, len) != 0 || text[len])
			continue;
		buf_reset(&x->value);
		command_place(graph, x->stage, use, x->work_dir, &x->value);
		put_path(x);
	}
}

static bool hole_starts(const struct template_hole *hole, const char *prefix)
{
	size_t len = strlen(prefix);

	return hole->name_len > len && memcmp(hole->name, prefix, len) == 0;
}

static void put_hole(struct expansion *x, const struct template_hole *hole)
{
	const struct graph *graph = x->graph;
	const struct stage *stage = &graph->stages[x->stage];
	uint32_t outputs = stage->first_use + stage->input_count;

	x->hole = hole;
	x->is_raw = template_hole_has(hole, FILTER_RAW);
	x->had_value = false;
	if (!x->is_raw)
		quote_open(&x->quote);
	if (hole_starts(hole, "input.")) {
		put_label(x, 6, stage->first_use, stage->input_count);
	} else if (hole_starts(hole, "output.")) {
		put_label(x, 7, outputs, stage->output_count);
	} else if (hole_starts(hole, "intermediate.")) {
		put_label(x, 13, outputs + stage->output_count, stage->intermediate_count);
	} else if (template_hole_is(hole, "stage.dir")) {
		put_text(x, x->work_dir ? x->work_dir : graph_text(graph, stage->dir));
	} else if (template_hole_is(hole, "stage.number")) {
		buf_reset(&x->value);
		buf_fmt(&x->value, "%u", stage->number);
		put_filtered(x);
	} else if (template_hole_is(hole, "job.dir")) {
		put_text(x, graph_text(graph, graph->job_dir));
	} else if (template_hole_is(hole, "root")) {
		put_text(x, graph_text(graph, graph->root));
	}
}

/* Appends what is wrong to `mistake`, unless that is NULL. */
static void expand(const struct graph *graph, uint32_t stage, const char *work_dir, struct buf *out,
	struct buf *mistake)
{
	const char *text = graph_text(graph, graph->stages[stage].command);
	struct expansion x = {.graph = graph, .stage = stage, .work_dir = work_dir};
	struct template_hole hole;
	struct buf script = {0};
	size_t pos = 0;
	int found;

	quote_start(&x.quote, out, graph_text(graph, stage_settings(graph, stage)->shell));
	do {
		buf_reset(&script);
		found = template_next(text, &pos, &hole, &script, true, mistake);
		quote_script(&x.quote, buf_text(&script), script.len);
		if (found <= 0)
			continue;
		bool was_well = !x.quote.mistake;
		put_hole(&x, &hole);
		if (mistake && was_well && x.quote.mistake)
			buf_fmt(mistake, "'%s' of %.*s %s", buf_text(&x.value), (int)hole.len,
				text + hole.offset, x.quote.mistake);
	} while (found != 0);
	quote_end(&x.quote);
	buf_free(&script);
	buf_free(&x.value);
	buf_free(&x.filtered);
}

void command_expand(
	const struct graph *graph, uint32_t stage, const char *work_dir, struct buf *out)
{
	expand(graph, stage, work_dir, out, NULL);
}

/* Is everything that the shell may read there something that can be quoted for? Most commands are that
 * simple, and not looked at again. */
static bool is_simple(const char *command, const char *shell)
{
	if (!quote_knows(shell))
		return false;
	for (const char *at = command; (at = strpbrk(at, "`(<$")); at++) {
		if (*at == '`' || at[1] == *at || (*at == '$' && at[1] && strchr("({'\\", at[1])))
			return false;
	}
	return true;
}

/* Appends what is wrong; false: nothing is. */
static bool add_mistake(const struct graph *graph, uint32_t stage, struct buf *mistake)
{
	const char *command = graph_text(graph, graph->stages[stage].command);
	struct buf script = {0};
	size_t before = mistake->len;

	if (!strstr(command, "{{"))
		return false;
	if (is_simple(command, graph_text(graph, stage_settings(graph, stage)->shell)))
		return false;
	expand(graph, stage, NULL, &script, mistake);
	buf_free(&script);
	return mistake->len > before;
}

void command_mistakes(const struct graph *graph, struct diags *diags)
{
	uint32_t told_decl = NONE;
	struct buf text = {0};

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (graph->stages[i].decl == told_decl || !add_mistake(graph, i, &text))
			continue;
		told_decl = graph->stages[i].decl;
		build_mistake(graph, i, diags, "stage '%s': command: %s", stage_name(graph, i),
			buf_text(&text));
		buf_reset(&text);
	}
	buf_free(&text);
}

void command_build(struct arena *arena, const struct graph *graph, uint32_t stage,
	const char *work_dir, struct command *out)
{
	struct buf script = {0};

	command_expand(graph, stage, work_dir, &script);
	command_parse(arena, buf_text(&script),
		graph_text(graph, stage_settings(graph, stage)->shell), out);
	buf_free(&script);
}

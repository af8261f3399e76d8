#include "model/command/command.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/command/placeholder.h"
#include "model/command/quote.h"
#include "model/command/shell.h"
#include "model/command/template.h"
#include "model/graph/build.h"
#include "model/graph/job_paths.h"

void command_place(const struct graph *graph, uint32_t stage, uint32_t use, const char *work_dir,
	struct buf *out)
{
	const struct label *label = &graph->labels[graph->uses[use].label];
	const char *path = file_path(graph, graph->uses[use].file);

	if (!work_dir || label->role == ROLE_INPUT || label->flags & LABEL_UPDATE)
		buf_str(out, path);
	else
		stage_made_place(graph, stage, path, work_dir, out);
}

const char *command_path(const struct graph *graph, uint32_t stage, uint32_t use,
	const char *work_dir, struct arena *arena)
{
	struct buf place BUF_LOCAL = {0};

	command_place(graph, stage, use, work_dir, &place);
	return arena_strdup(arena, buf_text(&place));
}

/* A command that is being put together. */
struct expansion {
	const struct graph *graph;
	uint32_t stage;
	struct command_attempt attempt;
	struct quote quote;
	struct arena arena;
	const char *work_dir; /* where the command finds its outputs; NULL: at their place */
	const char *dir;      /* where it runs, relative to the root; NULL: there */
	bool is_linked;       /* a link lies on the way to that */
	bool goes_elsewhere;
	bool was_root;     /* the last hole was {{root}} */
	bool is_glued;     /* this hole stands right behind a '/' ... */
	bool is_from_root; /* ... that of {{root}}/ */
	const struct template_hole *hole;
	bool is_raw;
	bool had_value; /* of this hole */
	uint32_t count; /* its values so far */
	uint32_t lists;
	struct buf value;
};

static void put_value(struct expansion *x)
{
	x->count++;
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
	template_filter_all(&x->value, x->hole);
	put_value(x);
}

/* The same for a path: as a word of its own, "-rf" would be an option. */
static void put_path(struct expansion *x)
{
	bool is_part = false;

	for (size_t i = 0; i < x->hole->filter_count; i++) {
		enum template_filter filter = x->hole->filters[i];
		is_part |= filter != FILTER_DIR && filter != FILTER_RAW && filter != FILTER_LIST;
	}
	if (x->value.len && x->value.data[0] == '-' && !is_part) {
		struct buf safe = {0};
		buf_str(&safe, "./");
		buf_add(&safe, x->value.data, x->value.len);
		buf_free(&x->value);
		x->value = safe;
	}
	put_filtered(x);
}

static void put_text(struct expansion *x, const char *path)
{
	buf_reset(&x->value);
	buf_str(&x->value, path);
	put_path(x);
}

/* A place by its path from the root, as the command names it. */
static void put_place(struct expansion *x, const char *path)
{
	const char *root = graph_text(x->graph, x->graph->root);
	bool is_absolute = x->goes_elsewhere && !x->is_glued;

	if (x->is_from_root || *path == '/') {
		put_text(x, path);
		return;
	}
	const char *from = x->dir ? path_relative(&x->arena, x->dir, path) : path;
	/* What lies above a link is not what it seems to lie in. */
	is_absolute |= x->is_linked && !x->is_glued && from[0] == '.' && from[1] == '.' &&
		       strchr("/", from[2]);
	put_text(x, is_absolute ? path_join(&x->arena, root, path) : from);
}

static bool is_left_out(const struct expansion *x, uint32_t use)
{
	if (x->attempt.is_absent)
		return x->attempt.is_absent(x->attempt.ctx, use);
	return x->graph->labels[x->graph->uses[use].label].flags & LABEL_ELSE;
}

/* Is it a file of the label that the hole names behind its dot? */
static bool is_named(const struct expansion *x, uint32_t use)
{
	const struct label *label = &x->graph->labels[x->graph->uses[use].label];
	const char *name = (const char *)memchr(x->hole->name, '.', x->hole->name_len) + 1;
	size_t len = x->hole->name_len - (size_t)(name - x->hole->name);
	const char *text = graph_text(x->graph, label->name);

	return label->origin == ORIGIN_DECLARED && strncmp(text, name, len) == 0 && !text[len] &&
	       !is_left_out(x, use);
}

/* The path of a file that names the files, one a line. Without any there is none where something
 * else is named for that. */
static void put_list(struct expansion *x, uint32_t first, uint32_t count)
{
	const struct graph *graph = x->graph;
	const char *root = graph_text(graph, graph->root);
	struct buf lines = {0}, path BUF_LOCAL = {0};

	for (uint32_t use = first; use < first + count; use++) {
		if (!is_named(x, use))
			continue;
		buf_reset(&path);
		command_place(graph, x->stage, use, x->work_dir, &path);
		if (buf_text(&path)[0] != '/')
			buf_fmt(&lines, "%s/", root);
		buf_fmt(&lines, "%s\n", buf_text(&path));
	}
	if (!lines.len && x->hole->other) {
		buf_free(&lines);
		return;
	}
	const char *own = x->attempt.own_dir;
	if (!own)
		own = stage_path(
			&x->arena, graph_text(graph, graph->stages[x->stage].dir), WORK_DIR);
	put_place(x, stage_list(&x->arena, own, ++x->lists));
	if (!x->attempt.lists) {
		buf_free(&lines);
		return;
	}
	MEM_PUSH(x->attempt.lists->texts, x->attempt.lists->count, x->attempt.lists->cap, lines);
}

static void put_label(struct expansion *x, uint32_t first, uint32_t count)
{
	struct buf path BUF_LOCAL = {0};

	if (template_hole_has(x->hole, FILTER_LIST)) {
		put_list(x, first, count);
		return;
	}
	for (uint32_t use = first; use < first + count; use++) {
		if (!is_named(x, use))
			continue;
		buf_reset(&path);
		command_place(x->graph, x->stage, use, x->work_dir, &path);
		put_place(x, buf_text(&path));
	}
}

static void put_number(struct expansion *x, uint64_t number)
{
	buf_reset(&x->value);
	buf_fmt(&x->value, "%" PRIu64, number);
	put_filtered(x);
}

/* Without an attempt: those that it would have if it ran alone. */
static void put_gpus(struct expansion *x)
{
	const struct graph *graph = x->graph;

	buf_reset(&x->value);
	if (x->attempt.gpus)
		buf_str(&x->value, x->attempt.gpus);
	else
		graph_gpus(graph, stage_settings(graph, x->stage)->gpu, &x->value);
	if (x->value.len)
		put_filtered(x);
}

static void put_named(struct expansion *x, const struct template_hole *hole)
{
	const struct graph *graph = x->graph;
	const struct stage *stage = &graph->stages[x->stage];
	uint32_t outputs = stage->first_use + stage->input_count;

	x->hole = hole;
	switch (placeholder_find(hole->name, hole->name_len)) {
	case PLACEHOLDER_INPUT:
		put_label(x, stage->first_use, stage->input_count);
		break;
	case PLACEHOLDER_OUTPUT:
		put_label(x, outputs, stage->output_count);
		break;
	case PLACEHOLDER_INTERMEDIATE:
		put_label(x, outputs + stage->output_count, stage->intermediate_count);
		break;
	case PLACEHOLDER_STAGE_DIR:
		put_place(x, x->work_dir ? x->work_dir : graph_text(graph, stage->dir));
		break;
	case PLACEHOLDER_STAGE_NUMBER:
		put_number(x, stage->number);
		break;
	case PLACEHOLDER_STAGE_THREADS:
		put_number(x, stage_settings(graph, x->stage)->threads);
		break;
	case PLACEHOLDER_STAGE_MEMORY:
		put_number(x,
			stage_settings(graph, x->stage)->memory[settings_nth(x->attempt.number)] >>
				20);
		break;
	case PLACEHOLDER_STAGE_GPUS:
		put_gpus(x);
		break;
	case PLACEHOLDER_STAGE_ATTEMPT:
		put_number(x, x->attempt.number ? x->attempt.number : 1);
		break;
	case PLACEHOLDER_JOB_DIR:
		if (x->is_glued)
			put_place(x, graph_text(graph, graph->job_dir));
		else
			put_text(x, path_join(&x->arena, graph_text(graph, graph->root),
					    graph_text(graph, graph->job_dir)));
		break;
	case PLACEHOLDER_VIEWED_FILE:
		put_place(x, x->attempt.file ? x->attempt.file : "");
		break;
	case PLACEHOLDER_ROOT:
		put_text(x, graph_text(graph, graph->root));
		break;
	case PLACEHOLDER_STAGE_INSTANCE:
	case PLACEHOLDER_STAGE_NAME: /* these are in the template as values */
	case PLACEHOLDER_JOB_NAME:
	case PLACEHOLDER_PIPELINE_NAME:
	case PLACEHOLDER_PARAM:
	case PLACEHOLDER_CONFIG:
	case PLACEHOLDER_ENV:
	case PLACEHOLDER_EACH:
	case PLACEHOLDER_TABLE:
	case PLACEHOLDER_UPSTREAM:
	case PLACEHOLDER_UNKNOWN:
		break;
	}
}

static void put_hole(struct expansion *x, const struct template_hole *hole)
{
	struct template_hole nested;

	x->is_raw = template_hole_has(hole, FILTER_RAW);
	x->had_value = false;
	x->count = 0;
	if (!x->is_raw)
		quote_open(&x->quote);
	put_named(x, hole);
	if (!x->count && hole->other) {
		buf_reset(&x->value);
		if (template_other(hole, &nested, &x->value))
			put_named(x, &nested);
		else if (x->value.len)
			put_value(x);
	}
	x->hole = NULL;
}

/* Where it runs, and makes its outputs. */
static void take_places(struct expansion *x, const char *text)
{
	/* a view is asked for when there may be no work directory */
	bool is_in_work = stage_runs_in_work(x->graph, x->stage) && !x->attempt.file;

	x->work_dir = x->attempt.work_dir;
	if (!x->work_dir && is_in_work)
		x->work_dir = stage_work_dir(
			&x->arena, graph_text(x->graph, x->graph->stages[x->stage].dir), true);
	x->dir = is_in_work ? x->work_dir : stage_run_dir(x->graph, x->stage);
	x->is_linked = x->dir && fs_has_link(x->dir);
	x->goes_elsewhere = command_goes_elsewhere(text);
}

/* What stands in front of a hole, since the last one. */
static void look_before(struct expansion *x, const struct buf *script)
{
	x->is_glued = script->len && script->data[script->len - 1] == '/';
	x->is_from_root = x->is_glued && x->was_root && script->len == 1;
}

/* Appends what is wrong to `mistake`, unless that is NULL. */
static void expand_template(const struct graph *graph, uint32_t stage, const char *text,
	const struct command_attempt *attempt, struct buf *out, struct buf *mistake)
{
	struct expansion x = {.graph = graph, .stage = stage};
	struct template_hole hole;
	struct buf script BUF_LOCAL = {0};
	size_t pos = 0;
	int found;

	if (attempt)
		x.attempt = *attempt;
	take_places(&x, text);
	quote_start(&x.quote, out, graph_text(graph, stage_settings(graph, stage)->shell));
	do {
		buf_reset(&script);
		found = template_next(text, &pos, &hole, &script, true, mistake);
		quote_script(&x.quote, buf_text(&script), script.len);
		if (found <= 0)
			continue;
		bool was_well = !x.quote.mistake;
		look_before(&x, &script);
		put_hole(&x, &hole);
		x.was_root = !hole.filter_count && hole.name_len == strlen("root") &&
			     memcmp(hole.name, "root", strlen("root")) == 0;
		if (mistake && was_well && x.quote.mistake)
			buf_fmt(mistake, "'%s' of %.*s %s", buf_text(&x.value), (int)hole.len,
				text + hole.offset, x.quote.mistake);
	} while (found != 0);
	quote_end(&x.quote);
	buf_free(&x.value);
	arena_free(&x.arena);
}

static void expand(const struct graph *graph, uint32_t stage, const struct command_attempt *attempt,
	struct buf *out, struct buf *mistake)
{
	const char *text = graph_text(graph, graph->stages[stage].command);

	expand_template(graph, stage, text, attempt, out, mistake);
}

void command_expand(const struct graph *graph, uint32_t stage,
	const struct command_attempt *attempt, struct buf *out)
{
	expand(graph, stage, attempt, out, NULL);
}

/* Is everything that the shell may read there something that can be quoted for? Most commands are
 * that simple, and not looked at again. */
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

/* Why the usual shell may not run the stage's command: NULL if it may. */
static const char *why_no_pipe(const struct graph *graph, uint32_t stage)
{
	const char *command = graph_text(graph, graph->stages[stage].command);

	if (*graph_text(graph, stage_settings(graph, stage)->shell) ||
		stage_container(graph, stage) || !strchr(command, '|') ||
		!command_has_pipe(command) || shell_sees_pipes())
		return NULL;
	return "a failure in front of its pipe would not be seen: there is no bash in PATH; "
	       "install it, or take that by 'shell = sh -e -c'";
}

/* Appends what is wrong; false: nothing is. */
static bool add_mistake(const struct graph *graph, uint32_t stage, struct buf *mistake)
{
	const char *command = graph_text(graph, graph->stages[stage].command);
	struct buf script BUF_LOCAL = {0};
	size_t before = mistake->len;
	const char *why = why_no_pipe(graph, stage);

	if (why) {
		buf_str(mistake, why);
		return true;
	}
	if (!strstr(command, "{{"))
		return false;
	if (is_simple(command, graph_text(graph, stage_settings(graph, stage)->shell)))
		return false;
	expand(graph, stage, NULL, &script, mistake);
	return mistake->len > before;
}

void command_mistakes(const struct graph *graph, struct diags *diags)
{
	uint32_t told_decl = NONE;
	struct buf text BUF_LOCAL = {0};

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (graph->stages[i].decl == told_decl || !add_mistake(graph, i, &text))
			continue;
		told_decl = graph->stages[i].decl;
		build_mistake(graph, i, diags, "stage '%s': command: %s", stage_name(graph, i),
			buf_text(&text));
		buf_reset(&text);
	}
}

/* By the shell that the stage says, or the usual one where it runs. */
static void parse(struct arena *arena, const struct graph *graph, uint32_t stage, const char *text,
	struct command *out)
{
	const char *shell = graph_text(graph, stage_settings(graph, stage)->shell);

	command_parse(arena, text, shell, out);
	if (out->is_direct || *shell || !stage_container(graph, stage))
		return;
	out->argc = 0;
	for (const char *const *word = shell_inside(command_has_pipe(text)); *word; word++)
		out->argv[out->argc++] = arena_strdup(arena, *word);
	out->argv[out->argc++] = arena_strdup(arena, text);
	out->argv[out->argc] = NULL;
}

void command_build(struct arena *arena, const struct graph *graph, uint32_t stage,
	const struct command_attempt *attempt, struct command *out)
{
	struct buf script BUF_LOCAL = {0};

	command_expand(graph, stage, attempt, &script);
	parse(arena, graph, stage, buf_text(&script), out);
	out->refusal =
		why_no_pipe(graph, stage); /* bash may have gone since the definition was read */
}

void command_view(struct arena *arena, const struct graph *graph, uint32_t stage, const char *view,
	const char *file, struct command *out)
{
	const struct command_attempt attempt = {.file = file};
	struct buf script BUF_LOCAL = {0};

	expand_template(graph, stage, view, &attempt, &script, NULL);
	parse(arena, graph, stage, buf_text(&script), out);
}

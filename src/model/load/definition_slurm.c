/* Where stages run: [slurm], and [pipeline] executor.
 *
 * What [slurm] says is slurm.X of all stages, as if it stood in [defaults]; some keys are of all
 * jobs together (model/graph/executor.h). A profile says the same for a site. */
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/graph/executor.h"
#include "model/load/definition_steps.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"

#define KEY(name, takes) name,
#define TAKES(name, takes) takes,
#define SETTING_KEY(id, key, ...) key,

static const char *const keys[] = {SLURM_KEYS(KEY)};
static const char *const takes[] = {SLURM_KEYS(TAKES)};
static const char *const setting_keys[] = {SETTINGS(SETTING_KEY)};

#define KEYS (sizeof keys / sizeof *keys)
#define FAMILY "slurm."

static bool is_right(const char *key, const char *value)
{
	uint32_t number;
	char *end;

	if (strcmp(key, "jobs") == 0)
		return text_to_u32(value, &number) && number > 0;
	if (strcmp(key, "restarts") == 0)
		return text_to_u32(value, &number);
	if (strcmp(key, "submit_rate") == 0)
		return strtod(value, &end) > 0 && !*end;
	return *value != '\0';
}

static void take_pair(struct loader *loader, const struct def_line *line, size_t at)
{
	struct expand x = expand_globals(loader, "[slurm]");
	struct buf text BUF_LOCAL = {0};

	if (!expand_single(&x, line, &text))
		return;
	if (is_right(keys[at], buf_text(&text)))
		build_set_pair(
			&loader->build, &loader->build.graph->slurm, keys[at], buf_text(&text));
	else
		def_mistake(&loader->text, line, "[slurm]: '%s' is '%s': it takes %s", keys[at],
			buf_text(&text), takes[at]);
}

static const char *hint(struct loader *loader, const char *key)
{
	const char *names[KEYS + SETTING_TOTAL];
	size_t count = 0;

	for (size_t i = 0; i < KEYS; i++)
		names[count++] = keys[i];
	for (size_t i = 0; i < SETTING_TOTAL; i++) {
		if (text_starts(setting_keys[i], FAMILY))
			names[count++] = setting_keys[i] + strlen(FAMILY);
	}
	return hint_nearest(loader, key, names, count);
}

static void add_slurm(struct loader *loader, uint32_t at)
{
	const struct def_line *line = &loader->text.lines[at];
	const char *key = loader->text.keys[line->key].text;

	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(keys[i], key) == 0) {
			take_pair(loader, line, i);
			return;
		}
	}
	uint32_t id = def_key_id(&loader->text, arena_fmt(loader->arena, FAMILY "%s", key));
	if (loader->text.keys[id].parse.kind == DEF_UNKNOWN) {
		line = &loader->text.lines[at];
		def_mistake(
			&loader->text, line, "[slurm]: unknown key '%s'%s", key, hint(loader, key));
		return;
	}
	MEM_ROOM(loader->shared.at, loader->shared.count, loader->shared.cap);
	loader->shared.at[loader->shared.count++] = (struct line_ref){id, at};
}

static void take_executor(struct loader *loader, const struct def_line *line, const char *name)
{
	if (executor_parse(name) != EXECUTOR_UNSAID)
		loader->build.graph->executor = build_text(&loader->build, name);
	else
		def_mistake(
			&loader->text, line, "'executor' is '%s': it takes " EXECUTOR_TAKES, name);
}

void definition_profile_default(struct loader *loader, uint32_t at)
{
	const struct def_line *line = &loader->text.lines[at];
	const char *key = loader->text.keys[line->key].text;

	if (strcmp(key, "executor") != 0)
		def_mistake(&loader->text, line,
			"[defaults] of a profile takes 'executor', and no '%s': what is of Slurm "
			"stands in [slurm], what is of a stage in the pipeline file",
			key);
	else if (!loader->head[HEAD_EXECUTOR])
		take_executor(loader, line, line->value);
}

void definition_slurm(struct loader *loader)
{
	const struct def_line *line;
	const char *executor = definition_head_value(loader, HEAD_EXECUTOR, &line);

	definition_each_line(loader, SECTION_SLURM, add_slurm);
	if (executor)
		take_executor(loader, line, executor);
}

void definition_executors(struct loader *loader)
{
	const struct graph *graph = loader->build.graph;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const char *mistake = executor_mistake(loader->arena, graph, i, EXECUTOR_UNSAID);
		const struct stage *s = &graph->stages[i];
		if (mistake)
			diag_add(loader->text.diags,
				graph_text(graph, graph->sources[s->source].name), s->line,
				"stage '%s': %s", stage_name(graph, i), mistake);
	}
}

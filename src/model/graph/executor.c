#include "model/graph/executor.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/graph/graph.h"

#define NAME(id, name) name,

static const char *const names[] = {"", EXECUTORS(NAME)};

const char *executor_name(enum executor executor)
{
	return names[executor];
}

enum executor executor_parse(const char *name)
{
	size_t i = EXECUTOR_COUNT - 1;

	while (i > EXECUTOR_UNSAID && strcmp(names[i], name) != 0)
		i--;
	return (enum executor)i;
}

enum executor graph_executor(const struct graph *graph, enum executor otherwise)
{
	if (otherwise == EXECUTOR_UNSAID)
		otherwise = executor_parse(graph_text(graph, graph->executor));
	return otherwise == EXECUTOR_UNSAID ? EXECUTOR_LOCAL : otherwise;
}

enum executor settings_executor(
	const struct graph *graph, const struct settings *settings, enum executor otherwise)
{
	enum executor own = executor_parse(graph_text(graph, settings->executor));

	if (own != EXECUTOR_UNSAID)
		return own;
	if (settings->flags & SET_CONSOLE) /* the terminal is here */
		return EXECUTOR_LOCAL;
	return graph_executor(graph, otherwise);
}

enum executor stage_executor(const struct graph *graph, uint32_t stage, enum executor otherwise)
{
	return settings_executor(graph, stage_settings(graph, stage), otherwise);
}

static const char *updated_output(const struct graph *graph, uint32_t stage)
{
	const struct stage *s = &graph->stages[stage];

	for (uint32_t i = s->input_count; i < stage_use_count(s); i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		if (graph->labels[use->label].flags & LABEL_UPDATE)
			return file_path(graph, use->file);
	}
	return NULL;
}

const char *executor_mistake(
	struct arena *arena, const struct graph *graph, uint32_t stage, enum executor otherwise)
{
	const struct settings *settings = stage_settings(graph, stage);
	const char *updated;

	if (stage_executor(graph, stage, otherwise) == EXECUTOR_LOCAL)
		return NULL;
	if (settings->flags & SET_CONSOLE)
		return "'console' needs the terminal, which no job has: leave out one of "
		       "'console' and 'executor'";
	updated = settings->flags & SET_SLURM_UNSAFE ? NULL : updated_output(graph, stage);
	if (updated)
		return arena_fmt(arena,
			"it updates '%s' in place, where a job that was taken for lost may write, "
			"too: 'executor = local', or 'slurm.unsafe = yes' if that is no harm",
			updated);
	return NULL;
}

const char *executor_slurm_value(const struct graph *graph, const char *key)
{
	return graph_pair(graph, graph->slurm, key);
}

uint32_t executor_slurm_number(const struct graph *graph, const char *key, uint32_t otherwise)
{
	const char *value = executor_slurm_value(graph, key);
	uint32_t number;

	return value && text_to_u32(value, &number) ? number : otherwise;
}

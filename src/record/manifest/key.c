#include "record/manifest/key.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/command/container.h"

struct digest key_env_value(const char *name, const char *value)
{
	/* The name is part of it, so that equal values of two variables cannot be told from the
	 * digests. */
	struct hasher *hasher HASHER_LOCAL = hasher_new();

	hasher_add_str(hasher, name);
	hasher_add_u64(hasher, value != NULL);
	hasher_add_str(hasher, value ? value : "");
	return hasher_done(hasher);
}

struct digest key_env_part(const struct graph *graph, uint32_t stage, const struct digest *defined)
{
	const struct settings *settings = stage_settings(graph, stage);
	struct digest part = *defined;

	if (settings->pass_env.count == 0)
		return part;
	struct hasher *hasher HASHER_LOCAL = hasher_new();
	hasher_add(hasher, part.bytes, sizeof part.bytes);
	for (uint32_t i = 0; i < settings->pass_env.count; i++) {
		const char *name = graph_text(graph, graph->words[settings->pass_env.first + i]);
		struct digest value = key_env_value(name, getenv(name));
		hasher_add(hasher, value.bytes, sizeof value.bytes);
	}
	part = hasher_done(hasher);
	return part;
}

/* What a version command said when the success was recorded; NULL: it was not asked then. */
static const char *recorded_version(const struct record *record, const char *name)
{
	const struct record_success *success = &record->success;

	for (uint32_t i = 0; i < success->tool_count; i++) {
		if (strcmp(success->tools[i].name, name) == 0)
			return success->tools[i].value;
	}
	return NULL;
}

/* A version command as it counts: in a stage with `dir` free of where the tree lies. */
static void add_version_command(
	struct hasher *hasher, const struct graph *graph, uint32_t stage, const char *text)
{
	const char *root = graph_text(graph, graph->root), *at;
	struct buf symbolic BUF_LOCAL = {0};

	while (stage_settings(graph, stage)->dir && (at = strstr(text, root))) {
		bool is_whole = strchr("/ \t\n\"';|&)", at[strlen(root)]);
		buf_add(&symbolic, text, (size_t)(at - text));
		buf_str(&symbolic, is_whole ? "{{root}}" : root);
		text = at + strlen(root);
	}
	buf_str(&symbolic, text);
	hasher_add_str(hasher, buf_text(&symbolic));
}

bool key_is_image(const struct graph *graph, uint32_t stage, uint32_t nth)
{
	const struct pair *tool = &graph->pairs[graph->stages[stage].versions.first + nth];

	return stage_container(graph, stage) &&
	       strcmp(graph_text(graph, tool->name), LABEL_CONTAINER) == 0;
}

const char *key_version(
	const struct graph *graph, uint32_t stage, uint32_t nth, const char *const *outputs)
{
	if (outputs && outputs[nth])
		return outputs[nth];
	return key_is_image(graph, stage, nth) ? container_pinned(stage_container(graph, stage))
					       : NULL;
}

static struct digest tools_part(const struct graph *graph, uint32_t stage,
	const char *const *outputs, const struct record *record)
{
	const struct stage *s = &graph->stages[stage];
	struct digest none = {{0}};

	if (s->versions.count == 0)
		return none;
	struct hasher *hasher HASHER_LOCAL = hasher_new();
	for (uint32_t i = 0; i < s->versions.count; i++) {
		const struct pair *tool = &graph->pairs[s->versions.first + i];
		const char *name = graph_text(graph, tool->name);
		const char *output = key_version(graph, stage, i, outputs);
		bool is_image = key_is_image(graph, stage, i);
		/* what an image of another name is, is not known */
		const char *image = is_image ? stage_container(graph, stage) : NULL;
		if (!output && record && (!is_image || text_eq(record->success.image, image)))
			output = recorded_version(record, name);
		hasher_add_str(hasher, name);
		/* which image it is counts, not what it is called */
		if (is_image)
			hasher_add_str(hasher, "");
		else
			add_version_command(hasher, graph, stage, graph_text(graph, tool->value));
		hasher_add_str(hasher, output ? output : "");
	}
	return hasher_done(hasher);
}

void key_make(const struct graph *graph, uint32_t stage, const char *const *version_outputs,
	const struct record *record, struct record_key_set *out)
{
	for (enum key_part i = 0; i < KEY_STATIC_COUNT; i++)
		out->part[i] = *stage_key(graph, &graph->stages[stage], i);
	out->part[RECORD_KEY_ENV] = key_env_part(graph, stage, &out->part[RECORD_KEY_ENV]);
	out->part[RECORD_KEY_TOOLS] = tools_part(graph, stage, version_outputs, record);
}

struct digest key_all(const struct record_key_set *set)
{
	return digest_bytes(set->part, sizeof set->part);
}

#include "record/manifest/key.h"

#include <stdlib.h>
#include <string.h>

struct digest key_env_value(const char *name, const char *value)
{
	/* The name is part of it, so that equal values of two variables cannot be told from the
	 * digests. */
	struct hasher *hasher = hasher_new();

	hasher_add_str(hasher, name);
	hasher_add_u64(hasher, value != NULL);
	hasher_add_str(hasher, value ? value : "");
	struct digest digest = hasher_done(hasher);
	hasher_free(hasher);
	return digest;
}

struct digest key_env_part(const struct graph *graph, uint32_t stage, const struct digest *defined)
{
	const struct settings *settings = stage_settings(graph, stage);
	struct digest part = *defined;

	if (settings->pass_env.count == 0)
		return part;
	struct hasher *hasher = hasher_new();
	hasher_add(hasher, part.bytes, sizeof part.bytes);
	for (uint32_t i = 0; i < settings->pass_env.count; i++) {
		const char *name = graph_text(graph, graph->words[settings->pass_env.first + i]);
		struct digest value = key_env_value(name, getenv(name));
		hasher_add(hasher, value.bytes, sizeof value.bytes);
	}
	part = hasher_done(hasher);
	hasher_free(hasher);
	return part;
}

static struct digest tools_part(
	const struct graph *graph, uint32_t stage, const char *const *outputs)
{
	const struct stage *s = &graph->stages[stage];
	struct digest none = {{0}};

	if (s->versions.count == 0)
		return none;
	struct hasher *hasher = hasher_new();
	for (uint32_t i = 0; i < s->versions.count; i++) {
		const struct pair *tool = &graph->pairs[s->versions.first + i];
		hasher_add_str(hasher, graph_text(graph, tool->name));
		hasher_add_str(hasher, graph_text(graph, tool->value));
		hasher_add_str(hasher, outputs[i] ? outputs[i] : "");
	}
	struct digest part = hasher_done(hasher);
	hasher_free(hasher);
	return part;
}

void key_make(const struct graph *graph, uint32_t stage, const char *const *version_outputs,
	const struct record *record, struct record_key_set *out)
{
	const struct stage *s = &graph->stages[stage];

	for (int i = 0; i < KEY_STATIC_COUNT; i++)
		out->part[i] = s->key[i];
	out->part[RECORD_KEY_ENV] = key_env_part(graph, stage, &s->key[KEY_ENV]);
	if (version_outputs || s->versions.count == 0)
		out->part[RECORD_KEY_TOOLS] = tools_part(graph, stage, version_outputs);
	else if (record)
		out->part[RECORD_KEY_TOOLS] = record->success.key.part[RECORD_KEY_TOOLS];
	else
		memset(&out->part[RECORD_KEY_TOOLS], 0, sizeof out->part[RECORD_KEY_TOOLS]);
}

struct digest key_all(const struct record_key_set *set)
{
	return digest_bytes(set->part, sizeof set->part);
}

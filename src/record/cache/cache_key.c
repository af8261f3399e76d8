#include "record/cache/cache_key.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/graph/graph.h"
#include "model/graph/stage_finder.h"
#include "record/manifest/key.h"

/* Raised when the same stage gets another key, or when what an entry means changes. */
#define FORMAT "restage cache key 1"

struct writer {
	struct content_hasher *hasher;
	const struct graph *graph;
	struct buf text; /* being made */
};

bool cache_key_may(const struct graph *graph, uint32_t stage)
{
	const struct stage *s = &graph->stages[stage];
	const struct settings *settings = stage_settings(graph, stage);

	if (!(settings->flags & SET_CACHE) || settings->flags & SET_CONSOLE ||
		settings->max_age_ms >= 0)
		return false;
	for (uint32_t i = 0; i < stage_use_count(s); i++) {
		const struct label *label = &graph->labels[graph->uses[s->first_use + i].label];
		if (!track_reads(label->track) || label->flags & LABEL_UPDATE)
			return false;
	}
	return true;
}

bool cache_key_has_image(
	const struct graph *graph, uint32_t stage, const char *const *version_outputs)
{
	bool is_known = true;

	for (uint32_t i = 0; i < graph->stages[stage].versions.count; i++)
		is_known &= !key_is_image(graph, stage, i) ||
			    key_version(graph, stage, i, version_outputs);
	return is_known;
}

/* Length first: no two sequences of strings agree. */
static void put(struct writer *w, const void *data, size_t len)
{
	uint8_t size[8];

	for (size_t i = 0; i < sizeof size; i++)
		size[i] = (uint8_t)((uint64_t)len >> (8 * i));
	content_hasher_add(w->hasher, size, sizeof size);
	content_hasher_add(w->hasher, data, len);
}

static void put_str(struct writer *w, const char *text)
{
	put(w, text, strlen(text));
}

static void put_u64(struct writer *w, uint64_t value)
{
	put(w, &value, sizeof value);
}

static bool is_end(char c)
{
	return !c || strchr("/ \t\n\"';|&):,=", c);
}

/* The text with this job's directory and the root symbolic. What they stand for is in the parts of
 * the identity, so this may be taken for a place where it is none. */
static void put_placeless(struct writer *w, const char *text)
{
	const char *const root = graph_text(w->graph, w->graph->root);
	const char *const job = graph_text(w->graph, w->graph->job_dir);
	const size_t root_len = strlen(root), job_len = strlen(job);

	buf_reset(&w->text);
	while (*text) {
		if (root_len > 1 && strncmp(text, root, root_len) == 0 && is_end(text[root_len])) {
			buf_str(&w->text, "{{root}}");
			text += root_len;
			if (*text == '/' && strncmp(text + 1, job, job_len) != 0)
				continue;
			text += *text == '/';
		}
		if (job_len && strncmp(text, job, job_len) == 0 && text[job_len] == '/') {
			text += job_len + 1;
			size_t digits = strspn(text, "0123456789");
			buf_char(&w->text, '@');
			text += digits && text[digits] == '_' ? digits + 1 : 0;
			continue;
		}
		if (*text)
			buf_char(&w->text, *text++);
	}
	put(w, w->text.data ? w->text.data : "", w->text.len);
}

struct named_text {
	const char *name, *value;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named_text *)a)->name, ((const struct named_text *)b)->name);
}

static void put_pairs(struct writer *w, struct span span)
{
	struct named_text *texts = mem_grow(NULL, (size_t)span.count + 1, sizeof *texts);

	for (uint32_t i = 0; i < span.count; i++) {
		const struct pair *pair = &w->graph->pairs[span.first + i];
		texts[i].name = graph_text(w->graph, pair->name);
		texts[i].value = graph_text(w->graph, pair->value);
	}
	qsort(texts, span.count, sizeof *texts, by_name);
	put_u64(w, span.count);
	for (uint32_t i = 0; i < span.count; i++) {
		put_str(w, texts[i].name);
		put_placeless(w, texts[i].value);
	}
	free(texts);
}

/* A program that is built, or asks, may be another on another kind of machine. */
static void put_machine(struct writer *w)
{
	struct utsname machine;
	bool is_known = uname(&machine) == 0;

	put_str(w, is_known ? machine.sysname : "");
	put_str(w, is_known ? machine.machine : "");
}

static void put_surroundings(struct writer *w, uint32_t stage, const char *const *version_outputs)
{
	const struct graph *graph = w->graph;
	const struct settings *settings = stage_settings(graph, stage);
	struct span versions = graph->stages[stage].versions;

	put_u64(w, settings->pass_env.count);
	for (uint32_t i = 0; i < settings->pass_env.count; i++) {
		const char *name = graph_text(graph, graph->words[settings->pass_env.first + i]);
		const char *value = getenv(name);
		put_str(w, name);
		put_u64(w, value != NULL);
		put_str(w, value ? value : "");
	}
	put_u64(w, versions.count);
	for (uint32_t i = 0; i < versions.count; i++) {
		const struct pair *tool = &graph->pairs[versions.first + i];
		const char *output = key_version(graph, stage, i, version_outputs);
		put_str(w, graph_text(graph, tool->name));
		/* which image it is counts, not what it is called */
		if (key_is_image(graph, stage, i))
			put_str(w, "");
		else
			put_placeless(w, graph_text(graph, tool->value));
		put_str(w, output ? output : "");
	}
}

static void put_file(struct writer *w, uint32_t stage, uint32_t use)
{
	const struct graph *graph = w->graph;
	const struct use *at = &graph->uses[use];
	const struct label *label = &graph->labels[at->label];
	const char *path = file_path(graph, at->file);
	const char *rest = label->role == ROLE_INPUT
				   ? NULL
				   : path_below(graph_text(graph, graph->stages[stage].dir), path);

	put_u64(w, label->role);
	put_u64(w, label->flags & ~LABEL_APART);
	put_str(w,
		label->origin == ORIGIN_COMMAND ? LABEL_PROGRAM : graph_text(graph, label->name));
	buf_reset(&w->text);
	if (rest)
		buf_str(&w->text, rest);
	else
		graph_file_identity(graph, at->file, &w->text);
	put_u64(w, rest != NULL);
	put_str(w, buf_text(&w->text));
}

struct sha256 cache_key_make(const struct graph *graph, uint32_t stage,
	const struct record_key_set *set, const char *const *version_outputs,
	const struct cache_key_input *inputs)
{
	const struct stage *s = &graph->stages[stage];
	const struct settings *settings = stage_settings(graph, stage);
	struct writer w = {.graph = graph, .hasher = content_hasher_new()};

	put_str(&w, FORMAT);
	put_machine(&w);
	put(&w, set->part, sizeof set->part);
	put_placeless(&w, graph_text(graph, s->command));
	put_str(&w, graph_text(graph, settings->shell));
	put_str(&w, graph_text(graph, settings->dir));
	put_str(&w, graph_text(graph, s->depfile));
	put_pairs(&w, s->config);
	put_pairs(&w, s->env);
	put_surroundings(&w, stage, version_outputs);
	put_u64(&w, s->input_count);
	for (uint32_t i = 0; i < stage_use_count(s); i++) {
		put_file(&w, stage, s->first_use + i);
		if (i >= s->input_count)
			continue;
		put(&w, &inputs[i].kind, 1);
		put_u64(&w, inputs[i].content.size);
		put(&w, &inputs[i].content.sum, sizeof inputs[i].content.sum);
	}
	struct sha256 key = content_hasher_done(w.hasher).sum;
	content_hasher_free(w.hasher);
	buf_free(&w.text);
	return key;
}

bool cache_key_name(struct stage_finder *finder, char kind, const char *path, struct buf *out)
{
	const struct graph *graph = finder->graph;
	const char *rest;
	uint32_t stage = stage_finder_around(finder, path, &rest);

	if (stage == NONE && path_is_under(graph_text(graph, graph->job_dir), path))
		return false;
	buf_char(out, kind);
	if (stage == NONE)
		buf_fmt(out, ":%s", path);
	else
		buf_fmt(out, "@%s/%s", stage_name(graph, stage), rest);
	return true;
}

bool cache_key_path(struct stage_finder *finder, const char *name, struct buf *out)
{
	const struct graph *graph = finder->graph;
	const char *rest;

	if (!*name || !strchr("fxd0", *name))
		return false;
	if (name[1] == ':') {
		buf_str(out, name + 2);
		return name[2];
	}
	uint32_t stage = name[1] == '@' ? stage_finder_named(finder, name + 2, &rest) : NONE;
	if (stage == NONE)
		return false;
	buf_fmt(out, "%s/%s", graph_text(graph, graph->stages[stage].dir), rest);
	return true;
}

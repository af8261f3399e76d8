#include "model/graph/build.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "model/graph/build_parts.h"

/* Room for one more element of the graph's array `array`, which holds `count` of at most `cap`.
 * NONE is no index. */
#define ROOM(array, count, cap) \
	do { \
		if ((count) >= NONE / 2) \
			mem_fail((size_t)(count) * sizeof *(array)); \
		MEM_ROOM(array, count, cap); \
	} while (0)

void build_init(struct build *build)
{
	build->graph = mem_alloc(sizeof *build->graph);
	build->state = mem_alloc(sizeof *build->state);
	build->state->text_cap = 4096;
	build->graph->text = mem_alloc(build->state->text_cap);
	build->graph->text_size = 1; /* offset 0 is "" */
}

/* Room for len bytes and a NUL. Offsets have 32 bits. */
static void text_room(struct build *build, size_t len)
{
	struct build_state *state = build->state;
	size_t want = build->graph->text_size + len + 1;
	size_t cap = state->text_cap;

	if (len > UINT32_MAX || want > UINT32_MAX)
		mem_fail(want);
	if (want <= cap)
		return;
	cap = cap * 2 < want ? want : cap * 2;
	if (cap > UINT32_MAX)
		cap = UINT32_MAX;
	build->graph->text = mem_grow(build->graph->text, cap, 1);
	state->text_cap = (uint32_t)cap;
}

uint32_t build_textn(struct build *build, const char *text, size_t len)
{
	struct graph *graph = build->graph;

	len = text ? strnlen(text, len) : 0;
	if (!len)
		return 0;
	uint32_t hash = table_hash(text, len);
	uint32_t offset = build_find_hashed(build, text, len, hash);
	if (offset != NONE)
		return offset;

	/* a part of one of our own strings moves when there is no room */
	bool is_own = text >= graph->text && text < graph->text + graph->text_size;
	size_t own = is_own ? (size_t)(text - graph->text) : 0;
	text_room(build, len);
	if (is_own)
		text = graph->text + own;

	offset = graph->text_size;
	memcpy(graph->text + offset, text, len);
	graph->text[offset + len] = '\0';
	graph->text_size += (uint32_t)len + 1;
	table_add(&build->state->texts, hash, offset);
	return offset;
}

uint32_t build_text(struct build *build, const char *text)
{
	return text ? build_textn(build, text, strlen(text)) : 0;
}

uint32_t build_file(struct build *build, const char *path)
{
	struct graph *graph = build->graph;
	struct build_state *state = build->state;
	uint32_t text = build_text(build, path);
	uint32_t file = build_find_file(build, text);

	if (file != NONE)
		return file;
	ROOM(graph->files, graph->file_count, state->file_cap);
	file = graph->file_count++;
	graph->files[file] = (struct file){.path = text, .producer = NONE};
	table_add(&state->files, text, file);
	return file;
}

struct excluding_key {
	const struct graph *graph;
	uint32_t path, exclude;
};

static bool is_excluding(const void *ctx, uint32_t file)
{
	const struct excluding_key *key = ctx;
	const struct file *have = &key->graph->files[file];

	return have->path == key->path && have->exclude == key->exclude;
}

uint32_t build_file_excluding(struct build *build, const char *path, uint32_t exclude)
{
	struct graph *graph = build->graph;
	struct build_state *state = build->state;
	/* edges are found by this one */
	uint32_t text = graph->files[build_file(build, path)].path;
	struct excluding_key key = {graph, text, exclude};
	uint32_t file = table_get(&state->excluding, text, is_excluding, &key);

	if (file != NONE)
		return file;
	ROOM(graph->files, graph->file_count, state->file_cap);
	file = graph->file_count++;
	graph->files[file] = (struct file){.path = text, .producer = NONE, .exclude = exclude};
	table_add(&state->excluding, text, file);
	return file;
}

void build_expect(struct build *build, uint32_t stages)
{
	MEM_RESERVE(build->graph->stages, stages, build->state->stage_cap);
}

uint32_t build_stage(struct build *build, const struct stage *stage)
{
	struct graph *graph = build->graph;

	ROOM(graph->stages, graph->stage_count, build->state->stage_cap);
	graph->stages[graph->stage_count] = *stage;
	return graph->stage_count++;
}

uint32_t build_use(struct build *build, uint32_t file, uint32_t label)
{
	struct graph *graph = build->graph;

	ROOM(graph->uses, graph->use_count, build->state->use_cap);
	graph->uses[graph->use_count] = (struct use){.file = file, .label = label};
	return graph->use_count++;
}

static bool is_same_pairs(const struct graph *graph, struct span a, struct span b)
{
	return a.count == b.count &&
	       (a.count == 0 || memcmp(graph->pairs + a.first, graph->pairs + b.first,
					a.count * sizeof *graph->pairs) == 0);
}

struct label_key {
	const struct graph *graph;
	const struct label *label;
};

static bool is_same_label(const void *ctx, uint32_t index)
{
	const struct label_key *key = ctx;
	const struct label *a = key->label, *b = &key->graph->labels[index];

	return a->name == b->name && a->type == b->type && a->reason == b->reason &&
	       a->view == b->view && a->role == b->role && a->origin == b->origin &&
	       a->track == b->track && a->flags == b->flags &&
	       is_same_pairs(key->graph, a->meta, b->meta);
}

uint32_t build_label(struct build *build, const struct label *label)
{
	struct graph *graph = build->graph;
	struct build_state *state = build->state;
	struct label_key key = {graph, label};
	/* what two labels seldom share is enough to hash */
	uint32_t some[] = {label->name, label->type, label->reason, label->role, label->meta.count,
		label->meta.count ? graph->pairs[label->meta.first].value : 0};
	uint32_t hash = table_hash(some, sizeof some);
	uint32_t index = table_get(&state->labels, hash, is_same_label, &key);

	if (index != NONE)
		return index;
	ROOM(graph->labels, graph->label_count, state->label_cap);
	index = graph->label_count++;
	graph->labels[index] = *label;
	table_add(&state->labels, hash, index);
	return index;
}

struct settings_key {
	const struct graph *graph;
	const struct settings *settings;
};

static bool is_same_settings(const void *ctx, uint32_t index)
{
	const struct settings_key *key = ctx;

	return settings_same(key->graph, key->settings, &key->graph->settings[index]);
}

uint32_t build_settings(struct build *build, const struct settings *settings)
{
	struct graph *graph = build->graph;
	struct build_state *state = build->state;
	struct settings_key key = {graph, settings};
	uint32_t some[] = {settings->shell, settings->pools[0].pool,
		(uint32_t)settings->timeout_ms[0], (uint32_t)(settings->memory[0] >> 10),
		settings->threads, settings->retries,
		settings->tags.count ? graph->words[settings->tags.first] : 0};
	uint32_t hash = table_hash(some, sizeof some);
	uint32_t index = table_get(&state->settings, hash, is_same_settings, &key);

	if (index != NONE)
		return index;
	ROOM(graph->settings, graph->settings_count, state->settings_cap);
	index = graph->settings_count++;
	graph->settings[index] = *settings;
	table_add(&state->settings, hash, index);
	return index;
}

uint32_t build_pair(struct build *build, const char *name, const char *value)
{
	struct graph *graph = build->graph;
	struct pair pair = {.name = build_text(build, name)};

	pair.value = build_text(build, value);
	ROOM(graph->pairs, graph->pair_count, build->state->pair_cap);
	graph->pairs[graph->pair_count] = pair;
	return graph->pair_count++;
}

void build_add_pair(struct build *build, struct span *list, const char *name, const char *value)
{
	uint32_t pair = build_pair(build, name, value);

	if (!list->count++)
		list->first = pair;
}

void build_set_pair(struct build *build, struct span *list, const char *name, const char *value)
{
	uint32_t text = build_text(build, name);

	for (uint32_t i = list->first; i < list->first + list->count; i++) {
		if (build->graph->pairs[i].name == text) {
			build->graph->pairs[i].value = build_text(build, value);
			return;
		}
	}
	build_add_pair(build, list, name, value);
}

uint32_t build_word(struct build *build, const char *word)
{
	struct graph *graph = build->graph;
	uint32_t text = build_text(build, word);

	ROOM(graph->words, graph->word_count, build->state->word_cap);
	graph->words[graph->word_count] = text;
	return graph->word_count++;
}

uint32_t build_pool(struct build *build, const char *name, uint32_t capacity)
{
	struct graph *graph = build->graph;
	uint32_t text = build_text(build, name);

	ROOM(graph->pools, graph->pool_count, build->state->pool_cap);
	graph->pools[graph->pool_count] = (struct pool){.name = text, .capacity = capacity};
	return graph->pool_count++;
}

uint32_t build_source(struct build *build, enum source_kind kind, const char *name,
	const char *path, const struct digest *digest)
{
	struct graph *graph = build->graph;
	struct source source = {.name = build_text(build, name), .kind = (uint32_t)kind};

	source.path = build_text(build, path);
	if (digest)
		source.digest = *digest;
	ROOM(graph->sources, graph->source_count, build->state->source_cap);
	graph->sources[graph->source_count] = source;
	return graph->source_count++;
}

void build_list(struct build *build, const struct made_list *list)
{
	struct graph *graph = build->graph;

	ROOM(graph->lists, graph->list_count, build->state->list_cap);
	graph->lists[graph->list_count++] = *list;
}

uint32_t build_part(struct build *build, enum key_part part, struct digest digest)
{
	struct graph *graph = build->graph;
	uint32_t count = graph->stage_count;

	ROOM(graph->parts, graph->part_count, build->state->part_cap);
	return graph_part(graph, count ? graph->stages[count - 1].key[part] : NONE, &digest);
}

void build_edge(struct build *build, uint32_t needed, uint32_t by)
{
	struct build_state *state = build->state;

	MEM_ROOM(state->after, state->after_count, state->after_cap);
	state->after[state->after_count++] = (struct edge){.needed = needed, .by = by};
}

static void *fit(void *array, size_t count, size_t size)
{
	if (array && count)
		return mem_grow(array, count, size);
	free(array);
	return NULL;
}

#define FIT(array, count) graph->array = fit(graph->array, graph->count, sizeof *graph->array);

static void give_back(struct graph *graph)
{
	GRAPH_ARRAYS(FIT)
}

static void state_free(struct build_state *state)
{
	if (!state)
		return;
	table_free(&state->texts);
	table_free(&state->files);
	table_free(&state->excluding);
	table_free(&state->labels);
	table_free(&state->settings);
	free(state->after);
	free(state);
}

void build_forget(struct build *build)
{
	state_free(build->state);
	*build = (struct build){0};
}

struct graph *build_finish(struct build *build, struct diags *diags)
{
	struct graph *graph = build->graph;

	build_forget(build);
	give_back(graph);

	build_order(graph, diags);
	if (diags->error_count) {
		graph_free(graph);
		return NULL;
	}
	build_lists(graph);
	graph->parts = mem_grow(graph->parts, GRAPH_KEYS_PARTS(graph), sizeof *graph->parts);
	graph_keys(graph);
	FIT(parts, part_count)
	return graph;
}

void build_drop(struct build *build)
{
	graph_free(build->graph);
	build_forget(build);
}

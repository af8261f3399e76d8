#include "model/graph/graph_io.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/graph/graph.h"

#define ONE(array, count) +1
#define SIZE(array, count) sizeof *((struct graph *)NULL)->array,
#define WRITE(array, count) graph_write_array(out, g->array, g->count * sizeof *g->array);
#define CLEAR(array, count) head->graph.array = NULL;
#define IS_CLEAR(array, count) &&!head.graph.array
#define READ(array, count) \
	&&(g->array = graph_read_array(block, len, &at, g->count, sizeof *g->array))

#define SIZES (GRAPH_ARRAYS(ONE) + 2)

/* What stands in front: the graph without its arrays, which follow in their order. */
struct head {
	uint32_t sizes[SIZES]; /* of the elements: another build's layout is not ours */
	struct graph graph;
};

static void fill_sizes(uint32_t sizes[SIZES])
{
	/* what is a setting may change where others lie, and no size */
	const size_t all[SIZES] = {GRAPH_ARRAYS(SIZE) sizeof(struct graph), SETTING_TOTAL};

	for (size_t i = 0; i < SIZES; i++)
		sizes[i] = (uint32_t)all[i];
}

void graph_write(const struct graph *g, struct graph_pieces *out)
{
	struct head *head = mem_alloc(sizeof *head);

	fill_sizes(head->sizes);
	memcpy(&head->graph, g, sizeof *g);
	head->graph.block = NULL;
	GRAPH_ARRAYS(CLEAR)
	out->head = head;
	graph_write_array(out, head, sizeof *head);
	GRAPH_ARRAYS(WRITE)
}

static size_t padding(size_t len)
{
	return (GRAPH_ALIGN - len % GRAPH_ALIGN) % GRAPH_ALIGN;
}

static void add_piece(struct graph_pieces *out, const void *data, size_t size)
{
	if (size == 0)
		return;
	assert(out->count < GRAPH_PIECES_MAX);
	out->items[out->count++] =
		(struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = size};
	out->len += size;
}

void graph_write_array(struct graph_pieces *out, const void *data, size_t size)
{
	static const char zeros[GRAPH_ALIGN];

	add_piece(out, data, size);
	add_piece(out, zeros, padding(out->len));
}

void graph_pieces_free(struct graph_pieces *pieces)
{
	free(pieces->head);
	*pieces = (struct graph_pieces){0};
}

void *graph_read_array(char *block, size_t len, size_t *pos, size_t count, size_t size)
{
	if (*pos > len || (size && count > (len - *pos) / size))
		return NULL;
	char *array = block + *pos;
	*pos += count * size;
	*pos += padding(*pos);
	return array;
}

static bool in_text(const struct graph *g, uint32_t offset)
{
	return offset < g->text_size;
}

static bool in_span(struct span span, uint32_t count)
{
	return span.first <= count && span.count <= count - span.first;
}

static bool check_stage(const struct graph *g, const struct stage *s)
{
	uint64_t uses =
		(uint64_t)s->first_use + s->input_count + s->output_count + s->intermediate_count;

	if (!in_text(g, s->name) || !in_text(g, s->decl) || !in_text(g, s->instance) ||
		!in_text(g, s->plain) || !in_text(g, s->dir) || !in_text(g, s->description) ||
		!in_text(g, s->command) || !in_text(g, s->skip_reason) || !in_text(g, s->depfile) ||
		!in_text(g, s->lacks))
		return false;
	if (s->settings >= g->settings_count || s->source >= g->source_count || uses > g->use_count)
		return false;
	if (!in_span(s->needs, g->edge_count) || !in_span(s->needed_by, g->edge_count))
		return false;
	for (int i = 0; i < KEY_STATIC_COUNT; i++) {
		if (s->key[i] >= g->part_count)
			return false;
	}
	return in_span(s->config, g->pair_count) && in_span(s->env, g->pair_count) &&
	       in_span(s->each, g->pair_count) && in_span(s->versions, g->pair_count) &&
	       in_span(s->lists, g->list_count);
}

static bool check_small(const struct graph *g)
{
	for (uint32_t i = 0; i < g->label_count; i++) {
		const struct label *l = &g->labels[i];
		if (!in_text(g, l->name) || !in_text(g, l->type) || !in_text(g, l->reason) ||
			!in_span(l->meta, g->pair_count) || l->role > ROLE_INTERMEDIATE ||
			l->origin > ORIGIN_REPORTED || l->track >= TRACK_COUNT)
			return false;
	}
	for (uint32_t i = 0; i < g->settings_count; i++) {
		if (!settings_fit(g, &g->settings[i]))
			return false;
	}
	for (uint32_t i = 0; i < g->pair_count; i++) {
		if (!in_text(g, g->pairs[i].name) || !in_text(g, g->pairs[i].value))
			return false;
	}
	for (uint32_t i = 0; i < g->word_count; i++) {
		if (!in_text(g, g->words[i]))
			return false;
	}
	for (uint32_t i = 0; i < g->pool_count; i++) {
		if (!in_text(g, g->pools[i].name) || !in_text(g, g->pools[i].ids))
			return false;
	}
	for (uint32_t i = 0; i < g->source_count; i++) {
		if (!in_text(g, g->sources[i].name) || !in_text(g, g->sources[i].path) ||
			g->sources[i].kind > SOURCE_PROBE)
			return false;
	}
	for (uint32_t i = 0; i < g->list_count; i++) {
		const struct made_list *l = &g->lists[i];
		if (!in_text(g, l->decl) || !in_text(g, l->key) || !in_text(g, l->path) ||
			!in_text(g, l->pattern) || l->stage >= g->stage_count ||
			l->kind >= LIST_KIND_COUNT)
			return false;
	}
	return in_text(g, g->pipeline) && in_text(g, g->description) && in_text(g, g->root) &&
	       in_text(g, g->out) && in_text(g, g->job) && in_text(g, g->job_dir) &&
	       in_span(g->params, g->pair_count) && in_span(g->hidden, g->pair_count) &&
	       in_span(g->prices, g->pair_count) && in_span(g->slurm, g->pair_count) &&
	       in_text(g, g->executor) && in_text(g, g->budget_currency) &&
	       in_span(g->cache, g->pair_count) && in_text(g, g->container_engine) &&
	       in_span(g->empty, g->word_count);
}

/* Every stage once, and behind all that it needs: then there is no cycle either. */
static bool check_order(const struct graph *g)
{
	bool *seen MEM_LOCAL = mem_alloc((size_t)g->stage_count + 1);
	bool ok = true;

	for (uint32_t i = 0; i < g->stage_count && ok; i++) {
		uint32_t stage = g->order[i];
		ok = stage < g->stage_count && !seen[stage];
		if (!ok)
			break;
		struct span needs = g->stages[stage].needs;
		for (uint32_t k = 0; k < needs.count && ok; k++)
			ok = seen[g->edges[needs.first + k]];
		seen[stage] = true;
	}
	return ok;
}

static bool check(const struct graph *g)
{
	if (g->text_size == 0 || g->text[0] != 0 || g->text[g->text_size - 1] != 0 ||
		!check_small(g))
		return false;
	for (uint32_t i = 0; i < g->file_count; i++) {
		if (!in_text(g, g->files[i].path) ||
			(g->files[i].producer != NONE && g->files[i].producer >= g->stage_count))
			return false;
	}
	for (uint32_t i = 0; i < g->use_count; i++) {
		if (g->uses[i].file >= g->file_count || g->uses[i].label >= g->label_count)
			return false;
	}
	for (uint32_t i = 0; i < g->edge_count; i++) {
		if (g->edges[i] >= g->stage_count)
			return false;
	}
	for (uint32_t i = 0; i < g->stage_count; i++) {
		if (!check_stage(g, &g->stages[i]))
			return false;
	}
	return check_order(g);
}

struct graph *graph_read(char *block, size_t len, size_t *pos)
{
	struct head head;
	uint32_t sizes[SIZES];
	size_t at = *pos;
	const void *there = graph_read_array(block, len, &at, 1, sizeof head);

	if (!there)
		return NULL;
	memcpy(&head, there, sizeof head);
	fill_sizes(sizes);
	if (memcmp(sizes, head.sizes, sizeof sizes) != 0)
		return NULL;
	struct graph *g = mem_alloc(sizeof *g);
	*g = head.graph;
	if (!(!head.graph.block GRAPH_ARRAYS(IS_CLEAR) GRAPH_ARRAYS(READ) && check(g))) {
		free(g);
		return NULL;
	}
	g->block = block;
	*pos = at;
	return g;
}

#include "model/graph/grow.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/order.h"
#include "model/graph/build_parts.h"

#define ALL_COUNTS " " /* what is left out of a directory: nothing */

struct grow {
	struct graph graph;
	struct build build;
	bool is_own;  /* the arrays are, else the first graph's */
	char **texts; /* of before it had to move; others may hold on to them */
	uint32_t text_count, text_cap;
	struct map stages; /* name -> number */
	/* of the expansion that is taken */
	const struct graph *next;
	uint32_t *stage_of, *file_of, *label_of, *settings_of; /* its numbers -> ours */
	bool *is_changed;
};

struct grow *grow_new(const struct graph *graph)
{
	struct grow *grow = mem_alloc(sizeof *grow);

	grow->graph = *graph;
	return grow;
}

const struct graph *grow_graph(const struct grow *grow)
{
	return &grow->graph;
}

const uint32_t *grow_numbers(const struct grow *grow)
{
	return grow->stage_of;
}

const bool *grow_changed(const struct grow *grow)
{
	return grow->is_changed;
}

static void *copied(const void *array, size_t count, size_t size)
{
	void *own = mem_grow(NULL, count + 1, size);

	if (count)
		memcpy(own, array, count * size);
	return own;
}

#define COPY(array, count) graph->array = copied(graph->array, graph->count, sizeof *graph->array);

/* The first time: arrays of our own, and what finds equal things in them again. */
static void own_arrays(struct grow *grow)
{
	struct graph *graph = &grow->graph;

	if (grow->is_own)
		return;
	grow->is_own = true;
	GRAPH_ARRAYS(COPY)
	graph->block = NULL;
	struct build_state *state = mem_alloc(sizeof *state);
	*state = (struct build_state){
		.text_cap = graph->text_size,
		.stage_cap = graph->stage_count,
		.file_cap = graph->file_count,
		.use_cap = graph->use_count,
		.label_cap = graph->label_count,
		.settings_cap = graph->settings_count,
		.pair_cap = graph->pair_count,
		.word_cap = graph->word_count,
		.pool_cap = graph->pool_count,
		.source_cap = graph->source_count,
		.list_cap = graph->list_count,
		.part_cap = graph->part_count,
	};
	grow->build = (struct build){.graph = graph, .state = state};
	for (uint32_t at = 1; at < graph->text_size;) {
		size_t len = strlen(graph->text + at);
		table_add(&state->texts, table_hash(graph->text + at, len), at);
		at += (uint32_t)len + 1;
	}
	for (uint32_t i = 0; i < graph->file_count; i++)
		table_add(graph->files[i].exclude ? &state->excluding : &state->files,
			graph->files[i].path, i);
}

/* Room for so much more text, so that it need not move while others look at it. */
static void text_room(struct grow *grow, size_t more)
{
	struct graph *graph = &grow->graph;
	size_t want = graph->text_size + more + 1, cap = grow->build.state->text_cap;

	if (want <= cap)
		return;
	cap = cap * 2 < want ? want : cap * 2;
	if (cap > UINT32_MAX)
		cap = want;
	if (cap > UINT32_MAX)
		mem_fail(cap);
	char *text = mem_alloc(cap);
	memcpy(text, graph->text, graph->text_size);
	MEM_PUSH(grow->texts, grow->text_count, grow->text_cap, graph->text);
	graph->text = text;
	grow->build.state->text_cap = (uint32_t)cap;
}

/* A file that is declared later is this one, unless there is one of that path already. */
void grow_add_file(struct grow *grow, const char *path, const char *exclude)
{
	struct graph *graph = &grow->graph;
	struct build_state *state;

	own_arrays(grow);
	state = grow->build.state;
	text_room(grow, strlen(path) + (exclude ? strlen(exclude) : 0) + 3);
	struct file file = {.path = build_text(&grow->build, path), .producer = NONE};
	file.exclude = build_text(&grow->build, exclude ? exclude : ALL_COUNTS);
	bool is_first = build_find_file(&grow->build, file.path) == NONE;
	MEM_ROOM(graph->files, graph->file_count, state->file_cap);
	graph->files[graph->file_count] = file;
	table_add(is_first ? &state->files : &state->excluding, file.path, graph->file_count++);
}

static uint32_t take_text(struct grow *grow, uint32_t offset)
{
	return build_text(&grow->build, graph_text(grow->next, offset));
}

static struct span take_pairs(struct grow *grow, struct span from)
{
	struct span made = {0};

	for (uint32_t i = 0; i < from.count; i++) {
		const struct pair *pair = &grow->next->pairs[from.first + i];
		build_add_pair(&grow->build, &made, graph_text(grow->next, pair->name),
			graph_text(grow->next, pair->value));
	}
	return made;
}

static struct span take_words(struct grow *grow, struct span from)
{
	struct span made = {.count = from.count};

	for (uint32_t i = 0; i < from.count; i++) {
		uint32_t at = build_word(
			&grow->build, graph_text(grow->next, grow->next->words[from.first + i]));
		if (!i)
			made.first = at;
	}
	return made;
}

static uint32_t take_pool(struct grow *grow, uint32_t id)
{
	const struct graph *graph = &grow->graph;
	const struct pool *pool = &grow->next->pools[id];
	const char *name = graph_text(grow->next, pool->name);

	for (uint32_t i = 0; i < graph->pool_count; i++) {
		if (strcmp(graph_text(graph, graph->pools[i].name), name) == 0)
			return i;
	}
	uint32_t own = build_pool(&grow->build, name, pool->capacity);
	uint32_t ids = take_text(grow, pool->ids);
	grow->graph.pools[own].ids = ids;
	return own;
}

static uint32_t take_settings(struct grow *grow, uint32_t id)
{
	struct settings made = grow->next->settings[id];

	if (grow->settings_of[id])
		return grow->settings_of[id] - 1;
	for (int i = 0; i < SETTING_TOTAL; i++) {
		const struct setting *row = &settings_table[i];
		if (row->kind == SETTING_IS_TEXT || row->kind == SETTING_IS_PLACE)
			setting_put(
				&made, row, take_text(grow, (uint32_t)setting_value(&made, row)));
		else if (row->kind == SETTING_IS_WORDS || row->kind == SETTING_IS_VARIABLES)
			*setting_words(&made, row) = take_words(grow, *setting_words(&made, row));
	}
	for (uint32_t i = 0; i < POOLS_MAX && made.pools[i].count; i++)
		made.pools[i].pool = take_pool(grow, made.pools[i].pool);
	uint32_t own = build_settings(&grow->build, &made);
	grow->settings_of[id] = own + 1;
	return own;
}

static uint32_t take_label(struct grow *grow, uint32_t id)
{
	struct label made = grow->next->labels[id];

	if (grow->label_of[id])
		return grow->label_of[id] - 1;
	made.name = take_text(grow, made.name);
	made.type = take_text(grow, made.type);
	made.reason = take_text(grow, made.reason);
	made.view = take_text(grow, made.view);
	made.meta = take_pairs(grow, made.meta);
	uint32_t own = build_label(&grow->build, &made);
	grow->label_of[id] = own + 1;
	return own;
}

static bool is_same_text(const struct grow *grow, uint32_t own, uint32_t other)
{
	return strcmp(graph_text(&grow->graph, own), graph_text(grow->next, other)) == 0;
}

/* All that may differ of one stage in two expansions of a definition. */
static bool is_same_stage(
	const struct grow *grow, const struct stage *own, const struct stage *other)
{
	bool is_same = own->input_count == other->input_count &&
		       own->output_count == other->output_count && !(own->flags & STAGE_GONE) &&
		       own->flags == other->flags && is_same_text(grow, own->lacks, other->lacks) &&
		       is_same_text(grow, own->command, other->command);

	for (enum key_part i = 0; i < KEY_STATIC_COUNT && is_same; i++)
		is_same =
			digest_eq(stage_key(&grow->graph, own, i), stage_key(grow->next, other, i));
	for (uint32_t i = 0; i < own->input_count && is_same; i++)
		is_same = grow->graph.uses[own->first_use + i].file ==
			  grow->file_of[grow->next->uses[other->first_use + i].file];
	return is_same;
}

/* Whoever adds a member with a text or a span to one of these has to take it here. */
_Static_assert(sizeof(struct stage) == 152, "take_stage takes all of it");
_Static_assert(sizeof(struct label) == 28, "take_label takes all of it");
_Static_assert(sizeof(struct file) == 12, "take_files takes all of it");
_Static_assert(sizeof(struct made_list) == 40, "take_lists takes all of it");
_Static_assert(sizeof(struct pool) == 12, "take_pool takes all of it");

static void take_stage(struct grow *grow, uint32_t number, uint32_t from)
{
	const struct stage *other = &grow->next->stages[from];
	struct stage made = *other;

	made.name = take_text(grow, other->name);
	made.decl = take_text(grow, other->decl);
	made.instance = take_text(grow, other->instance);
	made.plain = take_text(grow, other->plain);
	made.dir = take_text(grow, other->dir);
	made.description = take_text(grow, other->description);
	made.command = take_text(grow, other->command);
	made.skip_reason = take_text(grow, other->skip_reason);
	made.depfile = take_text(grow, other->depfile);
	made.lacks = take_text(grow, other->lacks);
	made.settings = take_settings(grow, other->settings);
	made.config = take_pairs(grow, other->config);
	made.env = take_pairs(grow, other->env);
	made.each = take_pairs(grow, other->each);
	made.versions = take_pairs(grow, other->versions);
	for (enum key_part i = 0; i < KEY_STATIC_COUNT; i++)
		made.key[i] = build_part(&grow->build, i, *stage_key(grow->next, other, i));
	made.first_use = grow->graph.use_count;
	for (uint32_t i = 0; i < stage_use_count(other); i++) {
		const struct use *use = &grow->next->uses[other->first_use + i];
		uint32_t label = take_label(grow, use->label);
		build_use(&grow->build, grow->file_of[use->file], label);
	}
	grow->graph.stages[number] = made;
}

static void take_files(struct grow *grow)
{
	for (uint32_t i = 0; i < grow->next->file_count; i++) {
		const struct file *file = &grow->next->files[i];
		const char *path = file_path(grow->next, i);
		if (file->exclude) {
			grow->file_of[i] = build_file_excluding(
				&grow->build, path, take_text(grow, file->exclude));
			continue;
		}
		uint32_t own = grow->file_of[i] = build_file(&grow->build, path);
		if (strcmp(graph_text(&grow->graph, grow->graph.files[own].exclude), ALL_COUNTS) ==
			0)
			grow->graph.files[own].exclude = 0; /* it is declared now */
	}
}

static void find_stages(struct grow *grow)
{
	struct graph *graph = &grow->graph;

	map_free(&grow->stages);
	grow->stages = (struct map){0};
	for (uint32_t i = 0; i < graph->stage_count; i++)
		map_put(&grow->stages, stage_name(graph, i), i);
}

static void take_stages(struct grow *grow, const bool *is_fixed)
{
	struct graph *graph = &grow->graph;
	uint32_t before = graph->stage_count;

	find_stages(grow);
	for (uint32_t i = 0; i < grow->next->stage_count; i++) {
		const struct stage *other = &grow->next->stages[i];
		uint32_t number = map_get(&grow->stages, stage_name(grow->next, i));
		bool is_new = number == NONE;
		if (is_new)
			number = build_stage(&grow->build, other);
		grow->stage_of[i] = number;
		if (is_new || (!is_fixed[number] &&
				      !is_same_stage(grow, &graph->stages[number], other))) {
			take_stage(grow, number, i);
			grow->is_changed[number] = true;
		}
	}
	bool *is_there MEM_LOCAL = mem_alloc((size_t)graph->stage_count + 1);
	for (uint32_t i = 0; i < grow->next->stage_count; i++)
		is_there[grow->stage_of[i]] = true;
	for (uint32_t i = 0; i < before; i++) {
		struct stage *stage = &graph->stages[i];
		if (is_there[i] || is_fixed[i])
			continue;
		stage->input_count = stage->output_count = stage->intermediate_count = 0;
		stage->flags |= STAGE_GONE;
		grow->is_changed[i] = true;
	}
}

static void take_producers(struct grow *grow)
{
	struct graph *graph = &grow->graph;

	for (uint32_t i = 0; i < graph->file_count; i++) {
		uint32_t producer = graph->files[i].producer;
		if (producer != NONE && (graph->stages[producer].flags & STAGE_GONE))
			graph->files[i].producer = NONE;
	}
	for (uint32_t i = 0; i < grow->next->file_count; i++) {
		uint32_t producer = grow->next->files[i].producer;
		if (producer != NONE)
			graph->files[grow->file_of[i]].producer = grow->stage_of[producer];
	}
}

static void take_edge_list(
	struct grow *grow, const struct span *from, struct span *to, uint32_t *at)
{
	uint32_t *edges = grow->graph.edges;

	to->first = *at;
	to->count = from->count;
	for (uint32_t i = 0; i < from->count; i++)
		edges[(*at)++] = grow->stage_of[grow->next->edges[from->first + i]];
	if (to->count)
		qsort(edges + to->first, to->count, sizeof *edges, order_u32);
}

static void take_edges(struct grow *grow)
{
	struct graph *graph = &grow->graph;
	const struct graph *next = grow->next;
	uint32_t at = 0, rest = 0;

	free(graph->edges);
	graph->edges = mem_grow(NULL, (size_t)next->edge_count + 1, sizeof *graph->edges);
	graph->edge_count = next->edge_count;
	for (uint32_t i = 0; i < graph->stage_count; i++)
		graph->stages[i].needs = graph->stages[i].needed_by = (struct span){0};
	for (uint32_t i = 0; i < next->stage_count; i++) {
		struct stage *stage = &graph->stages[grow->stage_of[i]];
		take_edge_list(grow, &next->stages[i].needs, &stage->needs, &at);
		take_edge_list(grow, &next->stages[i].needed_by, &stage->needed_by, &at);
	}
	free(graph->order);
	graph->order = mem_grow(NULL, (size_t)graph->stage_count + 1, sizeof *graph->order);
	for (uint32_t i = 0; i < next->stage_count; i++)
		graph->order[i] = grow->stage_of[next->order[i]];
	bool *is_there MEM_LOCAL = mem_alloc((size_t)graph->stage_count + 1);
	for (uint32_t i = 0; i < next->stage_count; i++)
		is_there[grow->stage_of[i]] = true;
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (!is_there[i])
			graph->order[next->stage_count + rest++] = i;
	}
}

static void take_lists(struct grow *grow)
{
	struct graph *graph = &grow->graph;

	graph->list_count = 0;
	for (uint32_t i = 0; i < graph->stage_count; i++)
		graph->stages[i].lists = (struct span){0};
	for (uint32_t i = 0; i < grow->next->list_count; i++) {
		struct made_list made = grow->next->lists[i];
		made.stage = grow->stage_of[made.stage];
		made.decl = take_text(grow, made.decl);
		made.key = take_text(grow, made.key);
		made.path = take_text(grow, made.path);
		made.pattern = take_text(grow, made.pattern);
		build_list(&grow->build, &made);
	}
	build_lists(graph);
	graph->empty = take_words(grow, grow->next->empty);
}

static void end_taking(struct grow *grow)
{
	free(grow->stage_of);
	free(grow->file_of);
	free(grow->label_of);
	free(grow->settings_of);
	free(grow->is_changed);
}

void grow_take(struct grow *grow, const struct graph *next, const bool *is_fixed)
{
	end_taking(grow);
	own_arrays(grow);
	text_room(grow, next->text_size);
	grow->next = next;
	grow->stage_of = mem_alloc(((size_t)next->stage_count + 1) * sizeof *grow->stage_of);
	grow->file_of = mem_alloc(((size_t)next->file_count + 1) * sizeof *grow->file_of);
	grow->label_of = mem_alloc(((size_t)next->label_count + 1) * sizeof *grow->label_of);
	grow->settings_of =
		mem_alloc(((size_t)next->settings_count + 1) * sizeof *grow->settings_of);
	grow->is_changed = mem_alloc((size_t)grow->graph.stage_count + next->stage_count + 1);
	take_files(grow);
	take_stages(grow, is_fixed);
	take_producers(grow);
	take_edges(grow);
	take_lists(grow);
	grow->next = NULL;
}

#define FREE(array, count) free(grow->graph.array);

void grow_free(struct grow *grow)
{
	if (!grow)
		return;
	end_taking(grow);
	if (grow->is_own) {
		GRAPH_ARRAYS(FREE)
		build_forget(&grow->build);
	}
	for (uint32_t i = 0; i < grow->text_count; i++)
		free(grow->texts[i]);
	free(grow->texts);
	map_free(&grow->stages);
	free(grow);
}

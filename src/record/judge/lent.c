#include "record/judge/lent.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "model/graph/graph.h"
#include "record/index/index.h"
#include "record/stamp/stamp.h"

struct lent {
	const struct graph *graph;
	struct stamps *stamps;
	/* by file of the graph: an intermediate that is kept; an input of some stage */
	bool *is_kept, *is_read;
	struct buf path;
};

/* Calls fn for each kept intermediate that somebody could read. */
static void each_kept(struct lent *lent, void (*fn)(struct lent *, uint32_t file))
{
	const struct graph *graph = lent->graph;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *s = &graph->stages[i];
		uint32_t first = s->first_use + s->input_count + s->output_count;
		for (uint32_t k = 0; k < s->intermediate_count; k++) {
			const struct use *use = &graph->uses[first + k];
			if (graph->labels[use->label].flags & LABEL_RETAINED)
				fn(lent, use->file);
		}
	}
}

static void add_kept(struct lent *lent, uint32_t file)
{
	if (!lent->is_kept)
		lent->is_kept = mem_alloc((size_t)lent->graph->file_count + 1);
	lent->is_kept[file] = true;
}

/* The file of the graph that the path so far is; NONE: it is none. */
static uint32_t file_at(struct lent *lent)
{
	uint32_t file = stamps_find(lent->stamps, buf_text(&lent->path));

	return file < lent->graph->file_count ? file : NONE;
}

/* The path becomes that of the directory around it; false: there is none. */
static bool go_up(struct lent *lent)
{
	while (lent->path.len && lent->path.data[lent->path.len - 1] != '/')
		lent->path.len--;
	if (lent->path.len < 2)
		return false;
	lent->path.data[--lent->path.len] = '\0';
	return true;
}

static void begin_at(struct lent *lent, const char *path)
{
	buf_reset(&lent->path);
	buf_str(&lent->path, path);
}

/* A stage reads this: what is kept there, or around it, is lent. */
static void note_read(struct lent *lent, uint32_t id)
{
	if (id < lent->graph->file_count)
		lent->is_read[id] = true;
	begin_at(lent, stamps_path(lent->stamps, id));
	do {
		uint32_t file = file_at(lent);
		if (file != NONE && lent->is_kept[file])
			stamps_set_lent(lent->stamps, file);
	} while (go_up(lent));
}

static void note_reads(struct lent *lent, uint32_t reader, const struct basis *basis)
{
	const struct graph *graph = lent->graph;
	const struct stage *s = &graph->stages[reader];

	for (uint32_t i = 0; i < s->input_count; i++)
		note_read(lent, graph->uses[s->first_use + i].file);
	if (basis->index) {
		const struct index_stage *entry = &basis->index->stages[reader];
		for (uint32_t i = 0; i < entry->further; i++) {
			uint32_t at = entry->first + s->input_count + i;
			note_read(lent, basis->index->versions[basis->index->uses[at]].file);
		}
		return;
	}
	for (uint32_t i = 0; basis->record && i < basis->record->success.file_count; i++) {
		const struct record_file *file = &basis->record->success.files[i];
		if (file->role == ROLE_INPUT && file->origin >= ORIGIN_DEPFILE)
			note_read(lent, stamps_id(lent->stamps, file->path));
	}
}

/* It lies in a directory that is read as a whole. */
static void lend_part(struct lent *lent, uint32_t file)
{
	begin_at(lent, file_path(lent->graph, file));
	while (go_up(lent)) {
		uint32_t around = file_at(lent);
		if (around != NONE && lent->is_read[around])
			stamps_set_lent(lent->stamps, file);
	}
}

void lent_note(const struct graph *graph, struct stamps *stamps,
	struct basis (*basis_of)(void *ctx, uint32_t stage), void *ctx)
{
	struct lent lent = {.graph = graph, .stamps = stamps};

	each_kept(&lent, add_kept);
	if (!lent.is_kept)
		return;
	lent.is_read = mem_alloc((size_t)graph->file_count + 1);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (graph->stages[i].flags & STAGE_DISABLED)
			continue;
		struct basis basis = basis_of(ctx, i);
		note_reads(&lent, i, &basis);
	}
	each_kept(&lent, lend_part);
	buf_free(&lent.path);
	free(lent.is_kept);
	free(lent.is_read);
}

struct look {
	struct arena *arena;
	const struct graph *graph;
	uint32_t stage;
};

static bool needs(const struct graph *graph, uint32_t reader, uint32_t stage)
{
	struct span by = graph->stages[stage].needed_by;

	for (uint32_t i = 0; i < by.count; i++) {
		if (graph->edges[by.first + i] == reader)
			return true;
	}
	return false;
}

static struct basis by_manifest(void *ctx, uint32_t reader)
{
	const struct look *look = ctx;
	struct record *record = arena_alloc(look->arena, sizeof *record);
	struct err ignored = {0}; /* then nothing is known of it */
	const char *dir = graph_text(look->graph, look->graph->stages[reader].dir);

	if (!needs(look->graph, reader, look->stage) ||
		record_load(look->arena, look->graph, reader, dir, record, &ignored) < 0)
		return (struct basis){0};
	return (struct basis){.record = record};
}

void lent_look(
	struct arena *arena, const struct graph *graph, struct stamps *stamps, uint32_t stage)
{
	struct look look = {.arena = arena, .graph = graph, .stage = stage};

	lent_note(graph, stamps, by_manifest, &look);
}

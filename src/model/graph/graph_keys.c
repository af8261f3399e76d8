/* KEY_INPUTS and KEY_DEFINITION: what of a stage's identity lies in its files' names and labels.
 * Neither knows the stage's number, the job, the root or the out directory: a job that was renamed,
 * renumbered or moved means the same. Types, metadata and reasons only describe; they are not in
 * it. */
#include "base/buf.h"
#include "base/path.h"
#include "model/graph/graph.h"

static void add_identity(
	struct hasher *hasher, const struct graph *graph, uint32_t file, struct buf *scratch)
{
	buf_reset(scratch);
	graph_file_identity(graph, file, scratch);
	hasher_add_str(hasher, buf_text(scratch));
}

static struct digest inputs_key(struct hasher *hasher, const struct graph *graph,
	const struct stage *stage, struct buf *scratch)
{
	hasher_reset(hasher);
	for (uint32_t i = 0; i < stage->input_count; i++) {
		const struct use *use = &graph->uses[stage->first_use + i];
		const struct label *label = &graph->labels[use->label];
		if (label->origin != ORIGIN_DECLARED && label->origin != ORIGIN_COMMAND)
			continue;
		hasher_add_str(hasher, label->origin == ORIGIN_COMMAND
					       ? LABEL_PROGRAM
					       : graph_text(graph, label->name));
		add_identity(hasher, graph, use->file, scratch);
	}
	return hasher_done(hasher);
}

static bool is_plain_input(const struct label *label)
{
	return track_reads(label->track) && !(label->flags & LABEL_OPTIONAL);
}

static void add_label(
	struct hasher *hasher, const struct graph *graph, const struct label *label, uint32_t flags)
{
	hasher_add_u64(hasher,
		(uint64_t)label->role << 16 | (uint64_t)label->track << 8 | (uint64_t)flags);
	hasher_add_str(hasher, graph_text(graph, label->name));
}

static struct digest definition_key(struct hasher *hasher, const struct graph *graph,
	const struct stage *stage, struct buf *scratch)
{
	const char *dir = graph_text(graph, stage->dir);
	uint32_t count = stage_use_count(stage);

	hasher_reset(hasher);
	for (uint32_t i = 0; i < count; i++) {
		const struct use *use = &graph->uses[stage->first_use + i];
		const struct label *label = &graph->labels[use->label];
		if (i < stage->input_count) {
			/* Which files they are belongs to KEY_INPUTS: one more match of a glob is
			 * no change here. */
			if (is_plain_input(label) || (i > 0 && use[-1].label == use->label))
				continue;
			add_label(hasher, graph, label, label->flags & LABEL_OPTIONAL);
			continue;
		}
		add_label(hasher, graph, label, label->flags & ~LABEL_APART);
		const char *rest = path_below(dir, file_path(graph, use->file));
		hasher_add_u64(hasher, rest != NULL);
		if (rest)
			hasher_add_str(hasher, rest);
		else
			add_identity(hasher, graph, use->file, scratch);
	}
	hasher_add_str(hasher, graph_text(graph, stage->depfile));
	/* Of those that run in the root there was no such part, and is none. */
	uint32_t run_dir = graph->settings[stage->settings].dir;
	if (run_dir)
		hasher_add_str(hasher, graph_text(graph, run_dir));
	return hasher_done(hasher);
}

uint32_t graph_part(struct graph *graph, uint32_t like, const struct digest *digest)
{
	if (like < graph->part_count && digest_eq(&graph->parts[like], digest))
		return like;
	graph->parts[graph->part_count] = *digest;
	return graph->part_count++;
}

static void set_part(struct graph *graph, uint32_t stage, enum key_part part, struct digest digest)
{
	uint32_t like = stage ? graph->stages[stage - 1].key[part] : NONE;

	graph->stages[stage].key[part] = graph_part(graph, like, &digest);
}

void graph_keys(struct graph *graph)
{
	struct hasher *hasher HASHER_LOCAL = hasher_new();
	struct buf scratch BUF_LOCAL = {0};

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *stage = &graph->stages[i];
		set_part(graph, i, KEY_INPUTS, inputs_key(hasher, graph, stage, &scratch));
		set_part(graph, i, KEY_DEFINITION, definition_key(hasher, graph, stage, &scratch));
	}
}

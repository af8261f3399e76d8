/* Texts of stages that run here, or ran elsewhere: the graph says where their files go. */
#include "run/attempt/final_text.h"

#include "model/graph/job_paths.h"
#include "run/engine/context.h"

struct whose {
	const struct graph *graph;
	uint32_t stage;
};

static const char *place(const void *ctx, const char *rest, struct arena *arena)
{
	const struct whose *whose = ctx;

	return stage_final_place(whose->graph, whose->stage, rest, arena);
}

const char *running_text(const struct run *run, struct running *running, const char *text)
{
	const struct whose whose = {run->graph, running->stage};
	const struct final_places places = {
		.dir = running->dir,
		.own_dir = running->own_dir,
		.work_dir = running->work_dir,
		.place = place,
		.ctx = &whose,
	};

	return final_text_of(&places, text, &running->final);
}

void running_texts(const struct run *run, struct running *running, json *tree)
{
	for (const json *node = json_first(tree), *next; node; node = next) {
		const char *text = json_str(node, NULL), *final;
		next = json_next(node);
		if (!text) {
			running_texts(run, running, (json *)node);
			continue;
		}
		final = running_text(run, running, text);
		if (final == text)
			continue;
		if (json_is(tree, JSON_OBJECT))
			json_set(tree, json_key(node), json_string(final));
		else
			json_replace(tree, node, json_string(final));
	}
}

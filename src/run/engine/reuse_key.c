/* The key of a stage that must run, and the names of the contents that it is made of. */
#include <stdlib.h>

#include "base/mem.h"
#include "record/cache/cache_now.h"
#include "run/engine/context.h"
#include "run/engine/reuse.h"
#include "run/engine/tools.h"

bool reuse_is_sound(const struct attempt *attempt)
{
	for (uint32_t i = 0; i < attempt->file_count; i++) {
		if (attempt->files[i].flags & (RECORD_FILE_CHANGED | RECORD_FILE_OWN))
			return false;
	}
	return true;
}

static bool look_at_all(struct run *run, uint32_t stage, struct cache_key_input *inputs)
{
	const struct stage *s = &run->graph->stages[stage];
	bool is_known = true;

	for (uint32_t i = 0; i < s->input_count; i++)
		is_known &= cache_now_input(
			run->graph, run->stamps, stage, s->first_use + i, &inputs[i]);
	return is_known;
}

static bool ask_for_all(struct run *run, uint32_t stage)
{
	const struct stage *s = &run->graph->stages[stage];
	uint32_t *ids = mem_grow(NULL, (size_t)s->input_count + 1, sizeof *ids);

	for (uint32_t i = 0; i < s->input_count; i++)
		ids[i] = run->graph->uses[s->first_use + i].file;
	bool is_known = stamps_ask(run->stamps, ids, s->input_count, true, stage);
	free(ids);
	return is_known;
}

bool reuse_key(struct run *run, uint32_t stage, struct sha256 *out, bool *waits)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[stage];
	size_t room = (size_t)s->input_count + 1;
	struct cache_key_input *inputs = mem_alloc(room * sizeof *inputs);
	const char *const *versions = tools_versions(run->tools, stage);
	bool has_image = cache_key_has_image(graph, stage, versions);
	bool is_known = has_image && look_at_all(run, stage, inputs);
	struct record_key_set set;

	if (waits)
		*waits = false;
	/* What is not read yet may be known from the index, without its name: then it is read. */
	for (int i = 0; i < 2 && waits && has_image && !is_known && !*waits; i++) {
		*waits = !ask_for_all(run, stage);
		is_known = !*waits && look_at_all(run, stage, inputs);
	}
	if (is_known) {
		check_key(run, stage, &set);
		*out = cache_key_make(graph, stage, &set, versions, inputs);
	}
	free(inputs);
	return is_known;
}

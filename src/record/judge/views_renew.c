/* Manifests tell what views print as they are now: pairs that are only remembered would be lost
 * with the job's .restage. */
#include "base/buf.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "record/judge/views.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/record.h"

/* The file of the stage that was recorded, if it has a view. It nearly always has the same place
 * among the uses as then. */
static uint32_t find_viewed(
	const struct graph *graph, uint32_t stage, uint32_t place, const struct record_file *was)
{
	const struct stage *s = &graph->stages[stage];
	uint32_t count = s->input_count + s->output_count;

	for (uint32_t i = 0; was->role != ROLE_INTERMEDIATE && i < count; i++) {
		uint32_t at = (place + i) % count;
		uint32_t file = graph->uses[s->first_use + at].file;
		if ((at < s->input_count) == (was->role == ROLE_INPUT) &&
			text_eq(file_path(graph, file), was->path))
			return file_view(graph, file) ? file : NONE;
	}
	return NONE;
}

static bool renew(struct views *views, uint32_t file, const char *command, json *node)
{
	struct digest content, view;
	char text[DIGEST_TEXT_SIZE];

	if (!digest_parse(json_get_str(node, "checksum", ""), &content) ||
		!views_find(views, file, &content, &view) || digest_eq(&view, &content))
		return false;
	digest_format(&view, text);
	return json_set(node, "view", json_string(text)) &&
	       json_set(node, "view_command", json_string(command));
}

/* The record lists the files that have a path, in the order of the document. */
static bool renew_all(struct views *views, const struct graph *graph, uint32_t stage,
	const struct record *record, const json *object)
{
	bool has_any = false;
	uint32_t n = 0;

	for (int role = ROLE_INPUT; role <= ROLE_OUTPUT; role++) {
		const json *list = json_get(object, manifest_file_lists[role]);
		if (!json_is(list, JSON_ARRAY))
			continue;
		for (json *node = (json *)(uintptr_t)json_first(list); node;
			node = (json *)(uintptr_t)json_next(node)) {
			if (!*json_get_str(node, "path", "") || n >= record->success.file_count)
				continue;
			const struct record_file *was = &record->success.files[n];
			uint32_t file = find_viewed(graph, stage, n++, was);
			const char *view = file == NONE ? NULL : file_view(graph, file);
			if (view && !text_eq(view, was->view_command))
				has_any |= renew(views, file, view, node);
		}
	}
	return has_any;
}

static bool is_due(const struct graph *graph, uint32_t stage, const struct record *record)
{
	for (uint32_t i = 0; i < record->success.file_count; i++) {
		const struct record_file *file = &record->success.files[i];
		uint32_t id = find_viewed(graph, stage, i, file);
		if (id != NONE && !text_eq(file_view(graph, id), file->view_command))
			return true;
	}
	return false;
}

bool views_renew(struct views *views, uint32_t stage, const struct record *record, const char *dir,
	struct buf *out)
{
	const struct graph *graph = views_graph(views);

	if (!is_due(graph, stage, record))
		return false;
	json *manifest JSON_LOCAL = manifest_tree(dir, NULL);
	const json *object = manifest ? manifest_judged(manifest) : NULL;
	if (object && renew_all(views, graph, stage, record, object)) {
		json_format(manifest, out);
		buf_char(out, '\n');
	}
	return out->len != 0;
}

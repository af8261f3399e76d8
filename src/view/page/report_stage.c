#include "view/page/report.h"

#include "base/arena.h"
#include "base/buf.h"
#include "model/graph/job_paths.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/metrics.h"

#define FILES_MAX 200u
#define FILES_MIN 5u
#define FILES_OF_ALL 100000u

uint32_t report_files_of_each(uint32_t stage_count)
{
	uint32_t share = FILES_OF_ALL / (stage_count ? stage_count : 1);

	if (share < FILES_MIN)
		return FILES_MIN;
	return share > FILES_MAX ? FILES_MAX : share;
}

static void drop(json *object, const char *key)
{
	json_free(json_detach(object, key));
}

static void trim_list(json *manifest, const char *key, const char *more_key, uint32_t most)
{
	const json *list = json_get(manifest, key), *item;
	size_t count = json_count(list);
	json *kept;

	if (!json_is(list, JSON_ARRAY) || count <= most)
		return;
	kept = json_array();
	item = json_first(list);
	for (uint32_t i = 0; i < most; i++, item = json_next(item))
		json_push(kept, json_copy(item));
	json_set(manifest, key, kept);
	json_set(manifest, more_key, json_number((double)(count - most)));
}

static void write_cut(struct json_writer *w, const char *key, json *manifest, uint32_t files)
{
	drop(manifest, "key");
	trim_list(manifest, "inputs", "inputs_more", files);
	trim_list(manifest, "outputs", "outputs_more", files);
	trim_list(manifest, "intermediate_files", "intermediate_files_more", files);
	json_write_node(w, key, json_is(manifest, JSON_OBJECT) ? manifest : NULL);
}

bool report_write_manifest(struct json_writer *w, const char *dir, uint32_t files, size_t *embeds)
{
	json *manifest JSON_LOCAL = manifest_tree(dir, NULL);
	const json *made = manifest ? manifest_judged(manifest) : NULL;
	bool has_metrics = json_first(json_get(made, METRICS_MEMBER)) != NULL;
	json *last JSON_LOCAL = json_detach(manifest, "last_success");

	if (embeds)
		report_write_embedded(w, made, embeds);
	write_cut(w, "manifest", manifest, files);
	if (last)
		write_cut(w, "last_success", last, files);
	return has_metrics;
}

void report_write_log(struct json_writer *w, const char *dir, size_t limit)
{
	struct arena arena ARENA_LOCAL = {0};
	struct buf text BUF_LOCAL = {0};
	size_t before = report_read_tail(stage_path(&arena, dir, STAGE_LOG_FILE), limit, &text);

	json_write_output(w, "log", text.len ? text.data : NULL, text.len);
	json_write_bool(w, "log_truncated", before);
}

void report_stage_event(
	struct buf *out, const char *name, const char *dir, uint32_t files, size_t limit)
{
	struct json_writer w = {.out = out};

	json_write_object(&w, NULL);
	json_write_str(&w, "event", "stage");
	json_write_name(&w, "stage", name);
	if (files)
		report_write_manifest(&w, dir, files, NULL); /* who listens may ask for files */
	report_write_log(&w, dir, limit);
	json_write_end(&w);
}

#include "view/page/report_stage.h"

#include "base/arena.h"
#include "base/buf.h"
#include "model/graph/job_paths.h"
#include "record/manifest/manifest_read.h"
#include "view/page/report_text.h"

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

	if (!json_is_array(list) || count <= most)
		return;
	kept = json_array();
	item = json_first(list);
	for (uint32_t i = 0; i < most; i++, item = json_next(item))
		json_push(kept, json_copy(item));
	json_set(manifest, key, kept);
	json_set(manifest, more_key, json_number((double)(count - most)));
}

json *report_manifest(const char *dir, uint32_t files)
{
	json *manifest = manifest_tree(dir, NULL);

	if (!manifest)
		return NULL;
	drop(manifest, "key");
	drop(manifest, "last_success");
	trim_list(manifest, "inputs", "inputs_more", files);
	trim_list(manifest, "outputs", "outputs_more", files);
	trim_list(manifest, "intermediate_files", "intermediate_files_more", files);
	return manifest;
}

void report_add_log(struct buf *out, const char *dir, size_t limit)
{
	struct arena arena = {0};
	struct buf text = {0};
	size_t before = report_read_tail(stage_path(&arena, dir, STAGE_LOG_FILE), limit, &text);

	buf_str(out, ", \"log\": ");
	if (text.len)
		report_add_string(out, text.data, text.len);
	else
		buf_str(out, "null");
	buf_fmt(out, ", \"log_truncated\": %s", before ? "true" : "false");
	buf_free(&text);
	arena_free(&arena);
}

/* Takes event; its log follows. */
static void add_event(struct buf *out, json *event, const char *dir, size_t limit)
{
	json_format_line(event, out);
	json_free(event);
	out->len--; /* the brace */
	report_add_log(out, dir, limit);
	buf_char(out, '}');
}

static json *make_event(const char *name)
{
	json *event = json_object();

	json_put_str(event, "event", "stage");
	json_put_name(event, "stage", name);
	return event;
}

void report_stage_event(struct buf *out, const char *name, const char *dir, uint32_t files, size_t limit)
{
	json *event = make_event(name), *manifest = report_manifest(dir, files);

	json_put(event, "manifest", manifest ? manifest : json_null());
	add_event(out, event, dir, limit);
}

void report_stage_log_event(struct buf *out, const char *name, const char *dir, size_t limit)
{
	add_event(out, make_event(name), dir, limit);
}

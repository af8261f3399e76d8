#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/manifest_members.h"
#include "base/mem.h"
#include "base/name.h"
#include "base/path.h"
#include "stageio.h"
#include "stageio/manifest_part.h"

/* A path as JSON has it, made absolute: relative ones begin at `dir`. */
static char *absolute_from(const char *text, const char *dir)
{
	struct buf name BUF_LOCAL = BUF_SOFT;
	char *path = NULL;

	name_from_json(&name, text);
	if (name.failed)
		error_memory();
	else if (*buf_text(&name) == '/' || !dir)
		path = place_absolute(buf_text(&name));
	else
		path = place_join(dir, buf_text(&name));
	return path;
}

char *entry_path(const json *entry, const struct place *place)
{
	return absolute_from(json_get_str(entry, "path", ""), place->root);
}

json *entry_made(struct buf *text)
{
	json *made = text->failed ? NULL : json_parse(text->data, text->len, NULL);

	buf_free(text);
	if (!made)
		error_memory();
	return made;
}

json *entry_new(const char *kind, const json *event, const struct place *place)
{
	bool is_intermediate = strcmp(kind, "intermediate") == 0;
	char *path MEM_LOCAL = absolute_from(json_get_str(event, "path", ""), place->output_dir);
	struct buf text = BUF_SOFT;
	struct json_writer w = {.out = &text};

	if (!path)
		return NULL;
	/* as it is recorded: relative to the root where it lies under it */
	const char *below = place->root ? path_below(place->root, path) : NULL;
	if (below && !*below)
		below = ".";
	json_write_object(&w, NULL);
	json_write_str(&w, "type", json_get_str(event, "type", ""));
	json_write_name(&w, "path", below ? below : path);
	if (is_intermediate) {
		json_write_bool(&w, "retained", json_is(json_get(event, "retained"), JSON_TRUE));
		json_write_str(&w, "reason", json_get_str(event, "reason", ""));
	}
	json_write_num(&w, "size_bytes", 0);
	for (const json *node = json_first(event); node; node = json_next(node)) {
		if (!manifest_is_file_member(json_key(node), is_intermediate))
			json_write_node(&w, json_key(node), node);
	}
	if (json_get(event, "label"))
		json_write_str(&w, "label", json_get_str(event, "label", ""));
	json_write_str(&w, "origin", "reported");
	json_write_null(&w, "checksum");
	json_write_null(&w, "mtime_ns");
	json_write_finish(&w);
	return entry_made(&text);
}

static int count_warning(json *manifest)
{
	double count = json_get_num(manifest, "warning_count", MANIFEST_WARNINGS_MAX);

	return json_set(manifest, "warning_count", json_number(count + 1)) ? STAGEIO_OK
									   : error_memory();
}

int entry_add_note(
	json *manifest, const char *list, const char *time, const char *message, const json *event)
{
	struct buf text = BUF_SOFT;
	struct json_writer w = {.out = &text};
	bool is_error = strcmp(list, "errors") == 0;

	if (!is_error && json_count(json_get(manifest, list)) >= MANIFEST_WARNINGS_MAX)
		return count_warning(manifest);
	json_write_object(&w, NULL);
	json_write_str(&w, "timestamp", time);
	json_write_str(&w, "message", message);
	if (is_error) {
		json_write_node(&w, "exception_type", json_get(event, "exception_type"));
		json_write_node(&w, "exception_detail", json_get(event, "exception_detail"));
	}
	json_write_finish(&w);
	return json_push((json *)json_get(manifest, list), entry_made(&text)) ? STAGEIO_OK
									      : error_memory();
}

bool entry_is_missing(const json *entry)
{
	return json_is(json_get(entry, "missing"), JSON_TRUE);
}

/* `sum` is NULL for a content that was not read. */
static int put_measure(json *entry, const struct fs_stat *st, const struct digest *sum)
{
	bool is_missing = st->type == 0 || st->type == 'l';
	bool is_content = st->type == 'f' || st->type == 'd';
	char digest[DIGEST_TEXT_SIZE], mtime[24];
	bool ok;

	if (sum)
		digest_format(sum, digest);
	snprintf(mtime, sizeof mtime, "%" PRId64, st->mtime_ns);
	ok = json_set(entry, "size_bytes", json_number(is_content ? (double)st->size : 0)) &&
	     json_set(entry, "checksum", sum ? json_string(digest) : json_null()) &&
	     json_set(entry, "mtime_ns", is_missing ? json_null() : json_string(mtime));
	json_free(json_detach(entry, "track"));
	json_free(json_detach(entry, "missing"));
	if (is_missing)
		ok = ok && json_put(entry, "missing", json_true());
	else if (!is_content) /* a FIFO, a device: nothing to read */
		ok = ok && json_put(entry, "track", json_string("exists"));
	return ok ? STAGEIO_OK : error_memory();
}

int entry_measure(json *entry, const struct place *place, bool with_content)
{
	struct digest sum;
	struct fs_stat st;
	struct err err = {0};
	char *path MEM_LOCAL = entry_path(entry, place);
	int code, result;

	if (!path)
		return error_code();
	result = fs_stat(path, &st, &err);
	bool has_content = with_content && (st.type == 'f' || st.type == 'd');
	if (result == 0 && has_content && st.type == 'f')
		result = digest_file(path, &sum, &st.size, &err);
	else if (result == 0 && st.type == 'd')
		result = has_content ? digest_tree(path, &sum, &st.size, &err) : 0;
	if (result < 0)
		code = error_world(&err);
	else
		code = put_measure(entry, &st, has_content ? &sum : NULL);
	return code;
}

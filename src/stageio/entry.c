#include "stageio/entry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/manifest_members.h"
#include "base/name.h"
#include "base/path.h"
#include "stageio.h"
#include "stageio/error.h"
#include "stageio/place.h"

/* A path as JSON has it, made absolute: relative ones begin at `dir`. */
static int absolute_from(char **out, const char *text, const char *dir)
{
	struct buf name = BUF_SOFT;
	int code;

	name_from_json(&name, text);
	if (name.failed)
		code = error_memory();
	else if (*buf_text(&name) == '/' || !dir)
		code = place_absolute(out, buf_text(&name));
	else
		code = place_join(out, dir, buf_text(&name));
	buf_free(&name);
	return code;
}

int entry_path(char **out, const json *entry, const struct place *place)
{
	return absolute_from(out, json_get_str(entry, "path", ""), place->root);
}

/* As it is recorded: relative to the root where it lies under it. */
static bool put_path(json *entry, const char *path, const struct place *place)
{
	const char *below = place->root ? path_below(place->root, path) : NULL;

	return json_put_name(entry, "path", below ? (*below ? below : ".") : path);
}

int entry_new(json **out, const json *event, const struct place *place)
{
	bool is_intermediate = strcmp(json_get_str(event, "event", ""), "intermediate") == 0;
	json *entry = json_object();
	char *path = NULL;
	int code = absolute_from(&path, json_get_str(event, "path", ""), place->output_dir);

	*out = NULL;
	if (code != STAGEIO_OK) {
		json_free(entry);
		return code;
	}
	bool ok = json_put_str(entry, "type", json_get_str(event, "type", "")) &&
		  put_path(entry, path, place);
	free(path);
	if (is_intermediate) {
		ok = ok &&
		     json_put_bool(entry, "retained", json_is_true(json_get(event, "retained")));
		ok = ok && json_put_str(entry, "reason", json_get_str(event, "reason", ""));
	}
	ok = ok && json_put_num(entry, "size_bytes", 0);
	for (const json *node = json_first(event); ok && node; node = json_next(node)) {
		if (!manifest_is_file_member(json_key(node), is_intermediate))
			ok = json_put(entry, json_key(node), json_copy(node));
	}
	if (json_get(event, "label"))
		ok = ok && json_put_str(entry, "label", json_get_str(event, "label", ""));
	ok = ok && json_put_str(entry, "origin", "reported");
	ok = ok && json_put(entry, "checksum", json_null());
	ok = ok && json_put(entry, "mtime_ns", json_null());
	if (!ok) {
		json_free(entry);
		return error_memory();
	}
	*out = entry;
	return STAGEIO_OK;
}

int entry_add_note(
	json *list, const char *time, const char *message, const struct entry_error *error)
{
	json *note = json_object();
	bool ok = json_put_str(note, "timestamp", time) && json_put_str(note, "message", message);

	if (error)
		ok = ok && json_put_str(note, "exception_type", error->type) &&
		     json_put_str(note, "exception_detail", error->detail);
	if (ok)
		return json_push(list, note) ? STAGEIO_OK : error_memory();
	json_free(note);
	return error_memory();
}

bool entry_is_missing(const json *entry)
{
	return json_is_true(json_get(entry, "missing"));
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
		ok = ok && json_put_bool(entry, "missing", true);
	else if (!is_content) /* a FIFO, a device: nothing to read */
		ok = ok && json_put_str(entry, "track", "exists");
	return ok ? STAGEIO_OK : error_memory();
}

int entry_measure(json *entry, const struct place *place, bool with_content)
{
	struct digest sum;
	struct fs_stat st;
	struct err err = {0};
	char *path = NULL;
	int code = entry_path(&path, entry, place), result;

	if (code != STAGEIO_OK)
		return code;
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
	free(path);
	return code;
}

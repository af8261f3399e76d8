#include "model/load/remembered.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/name.h"
#include "model/graph/job_paths.h"

#define FILE_MAX ((size_t)64 << 20)

static size_t name_len(const char *item)
{
	return strcspn(item, "=");
}

bool remembered_is_same(const char *a, const char *b)
{
	return name_len(a) == name_len(b) && strncmp(a, b, name_len(a)) == 0;
}

const char *remembered_find(const char *const *items, size_t count, const char *item)
{
	while (count--) {
		if (remembered_is_same(items[count], item))
			return items[count];
	}
	return NULL;
}

static bool is_all_text(const json *node)
{
	bool is_good = node && json_kind(node) == JSON_OBJECT;

	for (const json *at = is_good ? json_first(node) : NULL; at; at = json_next(at))
		is_good = is_good && json_kind(at) == JSON_STRING;
	return is_good;
}

int remembered_read(struct arena *arena, const char *job_dir, const char *const *forget,
	size_t forget_count, struct remembered *out, struct err *err)
{
	const char *path = stage_path(arena, job_dir, JOB_PARAMS);
	struct buf text BUF_LOCAL = {0};
	struct err why = {0};
	int status = 0;

	*out = (struct remembered){0};
	if (remembered_find(forget, forget_count, "all"))
		return 0;
	if (fs_read(path, FILE_MAX, &text, &why) < 0) {
		bool is_there = why.sys != ENOENT && why.sys != ENOTDIR;
		if (is_there && err)
			*err = why;
		return is_there ? -1 : 0;
	}
	json *node JSON_LOCAL = json_parse(text.data, text.len, &why);
	if (is_all_text(node)) {
		out->items = arena_alloc(arena, (json_count(node) + 1) * sizeof *out->items);
		for (const json *at = json_first(node); at; at = json_next(at)) {
			const char *item =
				arena_fmt(arena, "%s=%s", name_decoded(arena, json_key(at)),
					name_decoded(arena, json_str(at, "")));
			if (!remembered_find(forget, forget_count, item))
				out->items[out->count++] = item;
		}
	} else {
		status = err_set(err, EXIT_USAGE, "%s: %s; --forget all begins anew", path,
			why.code ? why.text : "it is no object of texts");
	}
	return status;
}

void remembered_merge(
	struct arena *arena, struct remembered *list, const char *const *params, size_t param_count)
{
	const char **items = arena_alloc(arena, (list->count + param_count + 1) * sizeof *items);
	size_t count = list->count;

	if (count)
		memcpy(items, list->items, count * sizeof *items);
	for (size_t i = 0; i < param_count; i++) {
		size_t at = 0;

		while (at < count && !remembered_is_same(items[at], params[i]))
			at++;
		items[at] = params[i];
		count += at == count;
	}
	*list = (struct remembered){items, count};
}

void remembered_put(struct json_writer *w, const struct remembered *list)
{
	struct buf name BUF_LOCAL = {0};

	for (size_t i = 0; i < list->count; i++) {
		const char *value = strchr(list->items[i], '=');

		buf_reset(&name);
		name_to_json(&name, list->items[i]);
		name.data[name_len(name.data)] = '\0';
		json_write_name(w, name.data, value + 1);
	}
}

int remembered_write(const char *job_dir, const struct remembered *list, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	struct buf text BUF_LOCAL = {0}, before BUF_LOCAL = {0};
	struct json_writer w = {.out = &text, .is_pretty = true};
	const char *path = stage_path(&arena, job_dir, JOB_PARAMS);
	int status = 0;

	json_write_object(&w, NULL);
	remembered_put(&w, list);
	json_write_finish(&w);
	bool is_there = fs_read(path, FILE_MAX, &before, NULL) == 0;
	if (is_there ? before.len != text.len || memcmp(before.data, text.data, text.len) != 0
		     : list->count > 0) {
		const struct iovec whole = {.iov_base = text.data, .iov_len = text.len};
		status = fs_replace_parts(path, &whole, 1, 0600, err);
	}
	return status;
}

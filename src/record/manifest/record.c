/* Reading a manifest (its form is described in manifest.c) into a record, with its paths brought to
 * where things lie now. */
#include "record/manifest/record.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/name.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/manifest/attempt.h"
#include "record/manifest/key.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/places.h"
#include "record/manifest/sum.h"

static uint32_t read_format(const json *key)
{
	double format = json_get_num(key, "format", 1);

	return format >= 1 && format < 1e9 ? (uint32_t)format : 1;
}

static bool read_file(
	struct places *r, const json *node, uint8_t role, uint8_t mode, struct record_file *file)
{
	if (!manifest_file(r->arena, node, (enum file_role)role, file))
		return false;
	if (!(file->flags & RECORD_FILE_EXECUTABLE))
		file->flags |= mode;
	bool is_declared = role == ROLE_INPUT && file->origin <= ORIGIN_COMMAND;
	file->path = is_declared ? places_input(r, file->path) : places_now(r, file->path);
	return true;
}

static const struct record_file *read_files(struct places *r, const json *object, uint32_t *count)
{
	size_t room = 0;

	for (int i = 0; i <= ROLE_INTERMEDIATE; i++)
		room += json_count(json_get(object, manifest_file_lists[i]));
	struct record_file *files = arena_alloc(r->arena, (room + 1) * sizeof *files);
	uint8_t mode = read_format(json_get(object, "key")) == 1 ? 0 : RECORD_FILE_PLAIN;
	uint32_t n = 0;
	for (int i = 0; i <= ROLE_INTERMEDIATE; i++) {
		const json *list = json_get(object, manifest_file_lists[i]);
		if (!json_is(list, JSON_ARRAY))
			continue;
		for (const json *node = json_first(list); node; node = json_next(node)) {
			n += read_file(r, node, (uint8_t)i, mode, &files[n]);
		}
	}
	*count = n;
	return files;
}

static struct record_value *read_values(struct arena *arena, const json *object, uint32_t *count)
{
	*count = 0;
	if (!json_is(object, JSON_OBJECT))
		return NULL;
	struct record_value *values = arena_alloc(arena, (json_count(object) + 1) * sizeof *values);
	for (const json *node = json_first(object); node; node = json_next(node)) {
		struct record_value *value = &values[(*count)++];
		value->name = arena_strdup(arena, json_key(node));
		if (json_is(node, JSON_STRING)) {
			value->value = arena_strdup(arena, json_str(node, ""));
			continue;
		}
		struct buf buf BUF_LOCAL = {0};
		json_format_line(node, &buf);
		value->value = arena_strdup(arena, buf_text(&buf));
	}
	return values;
}

/* The names in reported_config: recorded, but no part of the identity. */
static void mark_reported(struct record_value *all, uint32_t count, const json *names)
{
	if (!json_is(names, JSON_ARRAY))
		return;
	for (const json *node = json_first(names); node; node = json_next(node)) {
		for (uint32_t i = 0; i < count; i++) {
			if (text_eq(all[i].name, json_str(node, NULL)))
				all[i].is_reported = true;
		}
	}
}

static bool read_key(const json *object, struct record_key_set *key)
{
	if (!json_is(object, JSON_OBJECT))
		return false;
	for (int i = 0; i < RECORD_KEY_COUNT; i++) {
		if (!digest_parse(json_get_str(object, manifest_key_parts[i], ""), &key->part[i]))
			return false;
	}
	return true;
}

static int64_t ns_of(const char *at)
{
	int64_t ns;

	return at && clock_parse_iso(at, &ns) == 0 ? ns : 0;
}

int64_t record_completed_ns(const struct record_success *success)
{
	return ns_of(success->completed_at);
}

int64_t record_age_ns(const struct record_success *success)
{
	const struct record_accepted *accepted = &success->accepted;
	/* that it is called otherwise tells nothing of what it made */
	bool is_accepted = accepted->reason_count || accepted->is_adopted;
	int64_t at = is_accepted ? ns_of(accepted->at) : 0;

	return at ? at : record_completed_ns(success);
}

static const char *copied(struct arena *arena, const char *text)
{
	return text ? arena_strdup(arena, text) : NULL;
}

static void read_accepted(struct arena *arena, const json *node, struct record_accepted *out)
{
	if (!json_is(node, JSON_OBJECT))
		return;
	out->at = copied(arena, json_get_str(node, "at", ""));
	out->was = copied(arena, json_get_str(json_get(node, "renamed"), "from", NULL));
	out->is_adopted = json_is(json_get(node, "adopted"), JSON_TRUE);
	out->reasons = manifest_reasons(arena, json_get(node, "reasons"), &out->reason_count);
}

/* What it took there is what it will take here, should it run. */
static void read_restored(struct arena *arena, const json *node, struct record_success *out)
{
	if (!json_is(node, JSON_OBJECT))
		return;
	struct attempt_origin *origin = arena_alloc(arena, sizeof *origin);
	*origin = (struct attempt_origin){
		.run = copied(arena, json_get_str(node, "run", NULL)),
		.job = copied(arena, json_get_str(node, "job", NULL)),
		.pipeline = copied(arena, json_get_str(node, "pipeline", NULL)),
		.stage = copied(arena, json_get_str(node, "stage", NULL)),
		.host = copied(arena, json_get_str(node, "host", NULL)),
		.completed_at = copied(arena, json_get_str(node, "completed_at", NULL)),
		.seconds = json_get_num(node, "duration_seconds", -1),
	};
	out->restored = origin;
	out->duration_seconds = origin->seconds >= 0 ? origin->seconds : out->duration_seconds;
	out->memory_mb = json_get_num(json_get(node, "resources"), "memory_mb", 0);
}

/* What an attempt is judged by, from the manifest itself or from its last_success. `own`: the
 * object is the manifest, whose files it holds already; else NULL. */
static void read_success(
	struct places *r, const json *object, const struct record *own, struct record_success *out)
{
	memset(out, 0, sizeof *out);
	if (!json_is(object, JSON_OBJECT) || !read_key(json_get(object, "key"), &out->key))
		return;
	if (!own)
		places_read(r, object);
	out->files = own ? own->files : read_files(r, object, &out->file_count);
	if (own)
		out->file_count = own->file_count;
	struct record_value *config =
		read_values(r->arena, json_get(object, "config"), &out->config_count);
	mark_reported(config, out->config_count, json_get(object, "reported_config"));
	out->config = config;
	out->env = read_values(r->arena, json_get(object, "env"), &out->env_count);
	out->tools = read_values(r->arena, json_get(object, "tools"), &out->tool_count);
	out->command = copied(r->arena, json_get_str(object, "command", ""));
	out->dir = name_decoded(r->arena, json_get_str(object, "dir", ""));
	const json *container = json_get(object, "container");
	if (container)
		out->image = name_decoded(r->arena, json_get_str(container, "image", ""));
	out->run = copied(r->arena, json_get_str(object, "run", ""));
	out->completed_at = copied(r->arena, json_get_str(object, "completed_at", ""));
	out->duration_seconds = json_get_num(object, "duration_seconds", 0);
	out->memory_mb = json_get_num(json_get(object, "resources"), "memory_mb", 0);
	out->format = read_format(json_get(object, "key"));
	read_accepted(r->arena, json_get(object, "accepted"), &out->accepted);
	read_restored(r->arena, json_get(object, "restored_from"), out);
	if (out->format != KEY_FORMAT)
		key_adopt(r->graph, r->stage, out);
	out->is_known = true;
}

static void unreadable(struct record *out, struct arena *arena, const char *why)
{
	memset(out, 0, sizeof *out);
	out->status = RECORD_UNREADABLE;
	out->exit_code = -1;
	out->why_unreadable = arena_strdup(arena, why);
}

static void read_warnings(struct arena *arena, const json *object, struct record *out)
{
	const json *list = json_get(object, "warnings");
	double count;

	if (!json_is(list, JSON_ARRAY))
		return;
	const char **messages = arena_alloc(arena, (json_count(list) + 1) * sizeof *messages);
	for (const json *node = json_first(list); node; node = json_next(node))
		messages[out->warnings_listed++] =
			arena_strdup(arena, json_get_str(node, "message", ""));
	out->warnings = messages;
	count = json_get_num(object, "warning_count", 0);
	out->warning_count = count > out->warnings_listed && count <= 9007199254740992.0
				     ? (uint64_t)count
				     : out->warnings_listed;
}

static void read_untracked(struct arena *arena, const json *list, struct record *out)
{
	if (!json_is(list, JSON_ARRAY))
		return;
	const char **paths = arena_alloc(arena, (json_count(list) + 1) * sizeof *paths);
	for (const json *node = json_first(list); node; node = json_next(node)) {
		const char *text = json_str(node, NULL);
		if (text && *text)
			paths[out->untracked_count++] = path_norm(arena, name_decoded(arena, text));
	}
	out->untracked = paths;
}

static const struct money *read_costs(struct arena *arena, const json *resources)
{
	struct money costs = {0};

	if (json_is(json_get(resources, "costs"), JSON_ARRAY)) {
		const json *list = json_get(resources, "costs");
		for (const json *node = json_first(list); node; node = json_next(node))
			money_add(&costs, json_get_str(node, "currency", ""),
				json_get_num(node, "amount", 0));
		money_settle(&costs);
	} else if (json_is(json_get(resources, "cost"), JSON_NUMBER)) {
		money_add(&costs, json_get_str(resources, "currency", ""),
			json_get_num(resources, "cost", 0));
	}
	return money_kept(arena, &costs);
}

static void read_attempt(struct places *r, const json *object, struct record *out)
{
	places_read(r, object);
	out->files = read_files(r, object, &out->file_count);
	out->run = copied(r->arena, json_get_str(object, "run", ""));
	out->timestamp = copied(r->arena, json_get_str(object, "timestamp", ""));
	out->completed_at = copied(r->arena, json_get_str(object, "completed_at", ""));
	out->duration_seconds = json_get_num(object, "duration_seconds", 0);
	out->costs = read_costs(r->arena, json_get(object, "resources"));
	double code = json_get_num(object, "exit_code", -1);
	out->exit_code = code >= 0 && code <= 255 ? (int)code : -1;
	out->is_interrupted = json_is(json_get(object, "interrupted"), JSON_TRUE);
	double attempt = json_get_num(object, "attempt", 1);
	out->attempt = attempt >= 1 && attempt < 1e9 ? (uint32_t)attempt : 1;
	out->reasons = manifest_reasons(r->arena, json_get(object, "reasons"), &out->reason_count);
	read_warnings(r->arena, object, out);
	read_untracked(r->arena, json_get(object, "untracked"), out);
}

/* Nothing is judged by it, but its files have places, too. */
static void read_last_failure(struct places *r, const json *object, struct record *out)
{
	uint32_t count;

	if (!object)
		return;
	out->failure_run = copied(r->arena, json_get_str(object, "run", NULL));
	places_read(r, object);
	read_files(r, object, &count);
}

void record_parse(struct arena *arena, const struct graph *graph, uint32_t stage, const char *dir,
	const char *text, uint64_t len, struct record *out)
{
	struct places r = {.arena = arena, .graph = graph, .stage = stage, .dir = dir};
	struct err err = {0};
	json *object JSON_LOCAL = json_parse(text, len, &err);

	memset(out, 0, sizeof *out);
	if (!object || !json_is(object, JSON_OBJECT)) {
		unreadable(out, arena, object ? "it is no JSON object" : err.text);
		return;
	}
	const char *schema = json_get_str(object, "schema", "");
	if (strcmp(schema, MANIFEST_SCHEMA) != 0) {
		unreadable(out, arena,
			arena_fmt(arena,
				"its schema is '%.60s', this program reads " MANIFEST_SCHEMA,
				schema));
		return;
	}
	out->exit_code = -1;
	if (sum_is(object)) /* of instances that the stage had */
		return;
	const char *name = json_get_str(object, "stage", "");
	if (!manifest_is_of(arena, graph, stage, object)) {
		unreadable(out, arena, arena_fmt(arena, "it is of stage '%.100s'", name));
		return;
	}
	out->status = manifest_status(object);
	if (out->status == RECORD_UNREADABLE) {
		unreadable(out, arena, "its status is none of running, success, failed, skipped");
		return;
	}
	read_attempt(&r, object, out);
	if (out->status == RECORD_SUCCESS || out->status == RECORD_SKIPPED)
		read_success(&r, object, out, &out->success);
	out->success.is_skip = out->success.is_known && out->status == RECORD_SKIPPED;
	if (!out->success.is_known)
		read_success(&r, json_get(object, "last_success"), NULL, &out->success);
	read_last_failure(&r, json_get(object, "last_failure"), out);
	out->has_moved = r.has_moved || strcmp(name, stage_name(graph, stage)) != 0;
	if (out->status == RECORD_SKIPPED)
		out->skip_reason = copied(arena, json_get_str(object, "reason", ""));
}

int record_load(struct arena *arena, const struct graph *graph, uint32_t stage, const char *dir,
	struct record *out, struct err *err)
{
	struct arena scratch ARENA_LOCAL = {0};
	const char *path = stage_path(&scratch, dir, MANIFEST_FILE);
	struct buf text = {0};
	struct err why = {0};
	struct fs_stat stat = {0};
	/* A later change of the manifest must not pass for what was read. */
	int status = fs_stat_absent(path, &stat, &why);
	bool is_there = status < 0 || stat.type != 0;

	if (status == 0 && is_there)
		status = fs_read(path, MANIFEST_MAX, &text, &why);
	memset(out, 0, sizeof *out);
	out->exit_code = -1;
	if (status == 0 && is_there)
		record_parse(arena, graph, stage, dir, buf_text(&text), text.len, out);
	out->manifest = stat;
	buf_free(&text);
	if (status == 0)
		return 0;
	if (why.sys == ENOENT || why.sys == ENOTDIR)
		return 0;
	if (why.sys == EIO || why.sys == ENOMEM || why.sys == EMFILE || why.sys == ENFILE ||
		why.sys == ESTALE) {
		if (err)
			*err = why;
		return -1;
	}
	unreadable(out, arena, why.text);
	return 0;
}

const struct record record_none = {.status = RECORD_NONE, .exit_code = -1};

const struct record *record_get(struct arena *arena, const struct graph *graph, uint32_t stage,
	const char *dir, struct err *err)
{
	struct record record;

	if (record_load(arena, graph, stage, dir, &record, err) < 0)
		return NULL;
	if (record.status == RECORD_NONE)
		return &record_none;
	struct record *own = arena_alloc(arena, sizeof *own);
	*own = record;
	return own;
}

/* Members in the order of the logging architecture, with those of the runner's manifests that have
 * a meaning without a runner: pipeline, command and exit_code are null, reasons, env and tools
 * empty, run is the time of the beginning, attempt 1. There is no key: to a runner such a stage is
 * out of date. */
#include "stageio/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/manifest_members.h"
#include "base/mem.h"
#include "base/name.h"
#include "base/path.h"
#include "stageio.h"
#include "stageio/manifest_part.h"

/* A manifest with many entries is not written for each new one, but whenever a sixteenth is new:
 * linear in all, and a stage that dies leaves nearly all that it has reported. */
#define UNSAVED_SHARE 16

/* A member of the tree, to change it: the tree is ours. */
static json *member(const struct manifest *manifest, const char *name)
{
	return (json *)json_get(manifest->tree, name);
}

/* Members in the order of the table; of those that follow from what happens each is empty. */
static json *make_tree(const struct place *place)
{
	struct buf text = BUF_SOFT;
	struct json_writer w = {.out = &text};
	char begun[CLOCK_ISO_SIZE], run[CLOCK_ID_SIZE];
	int64_t now = clock_wall_ns();
	const char *below = place->root ? path_below(place->root, place->stage_dir) : NULL;

	clock_iso(now, begun);
	clock_id(now, run);
	json_write_document(&w, MANIFEST_SCHEMA);
	json_write_name(&w, "stage", place->stage);
	json_write_num(&w, "stage_number", place->number);
	json_write_str(&w, "timestamp", begun);
	json_write_str(&w, "status", "running");
	json_write_null(&w, "duration_seconds");
	json_write_null(&w, "completed_at");
	json_write_null(&w, "pipeline");
	json_write_name(&w, "job", path_base(place->job_dir));
	json_write_name(&w, "stage_dir", below ? below : place->stage_dir);
	json_write_str(&w, "run", run);
	json_write_num(&w, "attempt", 1);
	json_write_null(&w, "command");
	json_write_null(&w, "exit_code");
	for (const struct manifest_member *own = manifest_members; own->name; own++) {
		if (own->kind != MANIFEST_LIST && own->kind != MANIFEST_OBJECT)
			continue;
		if (own->kind == MANIFEST_LIST)
			json_write_array(&w, own->name);
		else
			json_write_object(&w, own->name);
		json_write_end(&w);
	}
	json_write_finish(&w);
	return entry_made(&text);
}

int manifest_begin(struct manifest *manifest, const struct place *place)
{
	json_free(manifest->tree);
	manifest->tree = make_tree(place);
	if (!manifest->tree)
		return error_code();
	manifest->begun_mono_ns = clock_mono_ns();
	manifest->begun = usage_now();
	manifest->taken = 0;
	manifest->unsaved = 1;
	return manifest_save(manifest, place);
}

/* Is it one that can be gone on with? */
static bool is_usable(const json *tree, const char *stage, bool with_ended)
{
	const char *status = json_get_str(tree, "status", "");

	if (strcmp(json_get_str(tree, "stage", ""), stage) != 0 ||
		strcmp(json_get_str(tree, "schema", ""), MANIFEST_SCHEMA) != 0)
		return false;
	if (strcmp(status, "running") != 0 && !with_ended)
		return false;
	for (const struct manifest_member *own = manifest_members; own->name; own++) {
		const json *node = json_get(tree, own->name);
		if ((own->kind == MANIFEST_LIST && !json_is(node, JSON_ARRAY)) ||
			(own->kind == MANIFEST_OBJECT && !json_is(node, JSON_OBJECT)))
			return false;
	}
	return json_is(json_get(tree, "timestamp"), JSON_STRING) &&
	       json_is(json_get(tree, "pipeline"), JSON_NULL);
}

static int lock(struct manifest *manifest, const struct place *place)
{
	manifest->lock = dir_open(AT_FDCWD, place->stage_dir, O_RDONLY | O_DIRECTORY);
	if (manifest->lock < 0)
		return error_sys(errno, "open", place->stage_dir);
	while (flock(manifest->lock, LOCK_EX) < 0) {
		if (errno != EINTR)
			return error_sys(errno, "lock", place->stage_dir);
	}
	return STAGEIO_OK;
}

/* The processes of a script that changes directories agree on what paths are relative to. */
static int take_root(const struct manifest *manifest, struct place *place)
{
	struct buf recorded BUF_LOCAL = BUF_SOFT;
	int code;

	name_from_json(&recorded, json_get_str(manifest->tree, "stage_dir", "/"));
	code = recorded.failed ? error_memory() : place_take_root(place, buf_text(&recorded));
	return code;
}

/* Reads the manifest on disk, if there is one and it is no garbage. */
static int load(struct manifest *manifest, const struct place *place)
{
	struct buf text BUF_LOCAL = BUF_SOFT;
	struct err err = {0};
	char *path MEM_LOCAL = place_join(place->stage_dir, MANIFEST_FILE);
	int code = STAGEIO_OK;

	if (!path)
		return error_code();
	if (fs_read(path, MANIFEST_MAX, &text, &err) == 0) {
		manifest->tree = json_parse(buf_text(&text), text.len, &err);
		if (!manifest->tree && error_is_memory(&err))
			code = error_memory();
	} else if (err.sys != ENOENT) {
		code = error_world(&err);
	}
	return code;
}

int manifest_resume(struct manifest *manifest, struct place *place, bool with_ended)
{
	struct buf stage = BUF_SOFT;
	bool is_good;
	int code;

	if (manifest->tree)
		return STAGEIO_OK;
	code = manifest->lock < 0 ? lock(manifest, place) : STAGEIO_OK;
	if (code == STAGEIO_OK)
		code = load(manifest, place);
	if (code != STAGEIO_OK)
		return code;
	name_to_json(&stage, place->stage);
	if (stage.failed)
		code = error_memory();
	is_good = code == STAGEIO_OK && is_usable(manifest->tree, buf_text(&stage), with_ended);
	buf_free(&stage);
	if (is_good)
		code = take_root(manifest, place);
	else if (code == STAGEIO_OK) {
		code = manifest_begin(manifest, place);
		manifest->begun_mono_ns = 0; /* the stage is more than this process */
		manifest->is_new = true;
		return code;
	}
	if (code != STAGEIO_OK) {
		/* the next call tries again */
		json_free(manifest->tree);
		manifest->tree = NULL;
	}
	return code;
}

int manifest_save(struct manifest *manifest, const struct place *place)
{
	struct buf text BUF_LOCAL = BUF_SOFT;
	struct err err = {0};
	char *path;
	int code = STAGEIO_OK;

	if (!manifest->tree || !manifest->unsaved)
		return STAGEIO_OK;
	path = place_join(place->stage_dir, MANIFEST_FILE);
	if (!path)
		return error_code();
	json_format(manifest->tree, &text);
	buf_char(&text, '\n');
	if (text.failed)
		code = error_memory();
	else if (fs_replace(path, text.data, text.len, &err) < 0)
		code = error_world(&err);
	else
		manifest->unsaved = 0;
	free(path);
	return code;
}

static int take_file(struct manifest *manifest, const char *list_name, const char *kind,
	const json *event, const struct place *place)
{
	json *list = member(manifest, list_name), *entry = entry_new(kind, event, place);
	int code;

	if (!entry)
		return error_code();
	/* an input counts as it is now, the others as they are when the stage ends */
	code = entry_measure(entry, place, strcmp(kind, "input") == 0);
	if (code != STAGEIO_OK) {
		json_free(entry);
		return code;
	}
	const char *path = json_get_str(entry, "path", "");
	for (const json *old = json_first(list); old; old = json_next(old)) {
		if (strcmp(json_get_str(old, "path", ""), path) == 0)
			return json_replace(list, old, entry) ? STAGEIO_OK : error_memory();
	}
	return json_push(list, entry) ? STAGEIO_OK : error_memory();
}

static int take_values(json *object, const json *values)
{
	return json_merge(object, values, MANIFEST_META) ? STAGEIO_OK : error_memory();
}

static json *make_cost(const json *event)
{
	struct buf text = BUF_SOFT;
	struct json_writer w = {.out = &text};

	json_write_object(&w, NULL);
	json_write_num(&w, "amount", json_get_num(event, "amount", 0));
	json_write_str(&w, "currency", json_get_str(event, "currency", ""));
	json_write_str(&w, "what", json_get_str(event, "what", ""));
	if (json_get(event, "unit")) {
		json_write_num(&w, "quantity", json_get_num(event, "quantity", 0));
		json_write_str(&w, "unit", json_get_str(event, "unit", ""));
	}
	json_write_finish(&w);
	return entry_made(&text);
}

static int take_phase(json *resources, const json *event)
{
	const json *phases = json_get(resources, MANIFEST_PHASES);
	json *phase;

	if (!phases && !json_put(resources, MANIFEST_PHASES, json_array()))
		return error_memory();
	phases = json_get(resources, MANIFEST_PHASES);
	if (json_count(phases) >= MANIFEST_PHASES_MAX)
		return STAGEIO_OK;
	phase = json_copy(event);
	json_free(json_detach(phase, "event"));
	return json_push((json *)phases, phase) ? STAGEIO_OK : error_memory();
}

/* resources: what was there, then cost (if all are of one currency), currency, costs */
static int take_cost(json *resources, const json *event)
{
	json *costs = json_detach(resources, "costs");
	const char *currency = json_get_str(event, "currency", "");
	char text[64];
	double sum = 0;
	bool is_one = true, ok;

	if (!json_is(costs, JSON_ARRAY)) {
		json_free(costs);
		costs = json_array();
	}
	ok = json_push(costs, make_cost(event));
	for (const json *node = json_first(costs); node; node = json_next(node)) {
		sum += json_get_num(node, "amount", 0);
		is_one = is_one && strcmp(json_get_str(node, "currency", ""), currency) == 0;
	}
	json_free(json_detach(resources, "cost"));
	json_free(json_detach(resources, "currency"));
	if (ok && is_one) {
		snprintf(text, sizeof text, "%.9f", sum);
		ok = json_put(resources, "cost", json_number(strtod(text, NULL))) &&
		     json_put(resources, "currency", json_string(currency));
	}
	return json_put(resources, "costs", costs) && ok ? STAGEIO_OK : error_memory();
}

static int take_end(struct manifest *manifest, const struct place *place, const json *event)
{
	int code = take_values(manifest->tree, json_get(event, "fields")), ended;

	if (code != STAGEIO_OK)
		return code;
	ended = finish_manifest(
		manifest->tree, place, json_get_str(event, "status", ""), manifest->begun_mono_ns);
	if (manifest->begun_mono_ns) {
		double seconds = json_get_num(manifest->tree, "duration_seconds", 0);
		json *resources = usage_resources(
			&manifest->begun, seconds, json_get(manifest->tree, "resources"));
		if (!resources || !json_set(manifest->tree, "resources", resources))
			return error_memory();
	}
	manifest->unsaved++;
	code = manifest_save(manifest, place);
	return ended != STAGEIO_OK ? ended : code;
}

static int take(
	struct manifest *manifest, const struct place *place, const char *kind, const json *event)
{
	static const struct {
		const char *kind, *list;
	} files[] = {
		{"input", "inputs"}, {"output", "outputs"}, {"intermediate", "intermediate_files"}};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		if (strcmp(kind, files[i].kind) == 0)
			return take_file(manifest, files[i].list, kind, event, place);
	}
	if (strcmp(kind, "config") == 0)
		return take_values(member(manifest, "config"), json_get(event, "values"));
	if (strcmp(kind, "resource") == 0)
		return take_values(member(manifest, "resources"), json_get(event, "values"));
	if (strcmp(kind, "phase") == 0)
		return take_phase(member(manifest, "resources"), event);
	if (strcmp(kind, "cost") == 0)
		return take_cost(member(manifest, "resources"), event);
	return entry_add_note(manifest->tree, strcmp(kind, "error") == 0 ? "errors" : "warnings",
		json_get_str(event, "time", ""), json_get_str(event, "message", ""), event);
}

int manifest_take(
	struct manifest *manifest, const struct place *place, const char *kind, const json *event)
{
	int code;

	if (strcmp(kind, "finalize") == 0)
		return take_end(manifest, place, event);
	code = take(manifest, place, kind, event);
	if (code != STAGEIO_OK)
		return code;
	manifest->taken++;
	manifest->unsaved++;
	if (manifest->unsaved * UNSAVED_SHARE < manifest->taken)
		return STAGEIO_OK;
	return manifest_save(manifest, place);
}

void manifest_free(struct manifest *manifest)
{
	json_free(manifest->tree);
	manifest->tree = NULL;
	if (manifest->lock >= 0)
		close(manifest->lock);
	manifest->lock = -1;
}

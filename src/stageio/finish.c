#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/path.h"
#include "stageio.h"
#include "stageio/manifest_part.h"

static int add_note(json *manifest, const char *list, const char *message)
{
	char now[CLOCK_ISO_SIZE];

	clock_iso(clock_wall_ns(), now);
	return entry_add_note(manifest, list, now, message, NULL);
}

/* Measures the files of one list. The first trouble is kept as an error of the stage and
 * returned. */
static int measure(json *manifest, const struct place *place, const char *list, bool must_exist)
{
	int first = STAGEIO_OK;

	for (const json *node = json_first(json_get(manifest, list)); node;
		node = json_next(node)) {
		int code = entry_measure((json *)node, place, true);
		if (code == STAGEIO_OK && must_exist && entry_is_missing(node))
			code = error_set(STAGEIO_EOUTPUT, "output '%s' does not exist",
				json_get_str(node, "path", ""));
		if (code == STAGEIO_OK || first != STAGEIO_OK)
			continue;
		first = code;
		add_note(manifest, "errors", stageio_error_detail());
	}
	return first;
}

static bool is_output(json *manifest, const char *path)
{
	for (const json *node = json_first(json_get(manifest, "outputs")); node;
		node = json_next(node)) {
		if (strcmp(json_get_str(node, "path", ""), path) == 0)
			return true;
	}
	return false;
}

/* Is it in the stage's directory, also when all links on the way are followed? */
static bool is_in_stage(const char *path, const struct place *place)
{
	char *parent = strdup(path), *real_parent = NULL, *real_stage = NULL;
	bool is_below = path_below(place->stage_dir, path) && *path_below(place->stage_dir, path);

	if (parent && is_below) {
		*strrchr(parent, '/') = '\0';
		real_parent = realpath(parent, NULL);
		real_stage = realpath(place->stage_dir, NULL);
	}
	is_below = real_parent && real_stage && path_is_under(real_stage, real_parent);
	free(parent);
	free(real_parent);
	free(real_stage);
	return is_below;
}

/* Removes an intermediate that need not be kept. */
static int drop(json *manifest, const json *entry, const struct place *place)
{
	struct buf why BUF_LOCAL = BUF_SOFT;
	struct err err = {0};
	char *path = entry_path(entry, place);
	int code = STAGEIO_OK;

	if (!path)
		return error_code();
	if (!is_in_stage(path, place))
		buf_fmt(&why,
			"intermediate '%s' is not removed: it lies outside the stage's directory",
			path);
	else if (fs_remove_tree(path, &err) < 0)
		buf_fmt(&why, "intermediate is not removed: %s", err.text);
	free(path);
	if (why.failed)
		code = error_memory();
	else if (why.len)
		code = add_note(manifest, "warnings", why.data);
	return code;
}

static int drop_all(json *manifest, const struct place *place)
{
	const json *list = json_get(manifest, "intermediate_files");
	int code = STAGEIO_OK;

	for (const json *node = json_first(list); node && code == STAGEIO_OK;
		node = json_next(node)) {
		if (json_is(json_get(node, "retained"), JSON_TRUE) || entry_is_missing(node) ||
			is_output(manifest, json_get_str(node, "path", "")))
			continue;
		code = drop(manifest, node, place);
	}
	return code;
}

static double elapsed(const json *manifest, int64_t now_ns, int64_t begun_mono_ns)
{
	char text[64];
	int64_t begun_ns, ns;

	if (begun_mono_ns)
		ns = clock_mono_ns() - begun_mono_ns;
	else if (clock_parse_iso(json_get_str(manifest, "timestamp", ""), &begun_ns) == 0)
		ns = now_ns - begun_ns;
	else
		ns = 0;
	snprintf(text, sizeof text, "%.6f", ns > 0 ? (double)ns / 1e9 : 0);
	return strtod(text, NULL);
}

static bool put_end(json *manifest, const char *status, int64_t begun_mono_ns)
{
	int64_t now_ns = clock_wall_ns();
	char now[CLOCK_ISO_SIZE];

	clock_iso(now_ns, now);
	return json_set(manifest, "status", json_string(status)) &&
	       json_set(manifest, "duration_seconds",
		       json_number(elapsed(manifest, now_ns, begun_mono_ns))) &&
	       json_set(manifest, "completed_at", json_string(now));
}

int finish_manifest(
	json *manifest, const struct place *place, const char *status, int64_t begun_mono_ns)
{
	bool is_success = strcmp(status, "success") == 0;
	int code = measure(manifest, place, "outputs", is_success);
	int other = measure(manifest, place, "intermediate_files", false);

	if (code == STAGEIO_OK)
		code = other;
	if (is_success && code == STAGEIO_OK)
		code = drop_all(manifest, place);
	if (is_success && code != STAGEIO_OK)
		status = "failed";
	if (strcmp(status, "skipped") == 0 && !json_is(json_get(manifest, "reason"), JSON_STRING) &&
		!json_set(manifest, "reason", json_string("")))
		return error_memory();
	if (!put_end(manifest, status, begun_mono_ns))
		return error_memory();
	return code;
}

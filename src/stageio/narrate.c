#include "stageio/narrate.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/job_names.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "stageio.h"
#include "stageio/logs.h"
#include "stageio/manifest_part.h"

#define LISTED 20 /* files of a kind */

/* Takes the line over. */
static int say(struct logs *logs, const struct place *place, enum log_level level, struct buf *line)
{
	int code = line->failed ? error_memory()
				: logs_write_pipeline(logs, place, level, buf_text(line));

	buf_free(line);
	return code;
}

static struct buf line_of(const char *sign, const struct place *place)
{
	struct buf line = BUF_SOFT;

	buf_fmt(&line, "%s Stage ", sign);
	text_add_printable(&line, place->stage, strlen(place->stage));
	buf_str(&line, ": ");
	return line;
}

/* Below the job's directory as the log itself lies there, else as manifests have it. */
static void add_path(struct buf *line, const char *path, const struct place *place)
{
	const char *below = path_below(place->job_dir, path);

	if (!below && place->root)
		below = path_below(place->root, path);
	if (below && *below)
		path = below;
	text_add_printable(line, path, strlen(path));
}

static int say_file(
	struct logs *logs, const struct place *place, const char *what, const json *entry)
{
	struct buf line = BUF_SOFT;
	char *path MEM_LOCAL = entry_path(entry, place);

	if (!path)
		return error_code();
	buf_str(&line, what);
	add_path(&line, path, place);
	return say(logs, place, LOG_INFO, &line);
}

/* Programs are told by none: they are many, and always the same. */
static bool is_listed(const json *entry)
{
	return strcmp(json_get_str(entry, "type", ""), "program") != 0;
}

static size_t count_listed(const json *list)
{
	size_t count = 0;

	for (const json *node = json_first(list); node; node = json_next(node))
		count += is_listed(node);
	return count;
}

static int say_more(struct logs *logs, const struct place *place, const char *what, size_t count)
{
	struct buf line = BUF_SOFT;

	if (count <= LISTED)
		return STAGEIO_OK;
	buf_fmt(&line, "%s… and %zu more", what, count - LISTED);
	return say(logs, place, LOG_INFO, &line);
}

int narrate_begin(struct logs *logs, const struct place *place)
{
	struct buf line = line_of("▶️ ", place);

	buf_str(&line, "STARTING");
	return say(logs, place, LOG_INFO, &line);
}

int narrate_input(struct logs *logs, const struct place *place, const json *manifest)
{
	const json *list = json_get(manifest, "inputs"), *newest = NULL;

	for (const json *node = json_first(list); node; node = json_next(node))
		newest = node;
	if (!newest || !is_listed(newest) || count_listed(list) > LISTED)
		return STAGEIO_OK;
	return say_file(logs, place, "📥 Input: ", newest);
}

static int say_outputs(struct logs *logs, const struct place *place, const json *list)
{
	size_t count = 0;
	int code = STAGEIO_OK;

	for (const json *node = json_first(list); node && code == STAGEIO_OK;
		node = json_next(node)) {
		if (count++ < LISTED)
			code = say_file(logs, place, "📤 Output: ", node);
	}
	return code == STAGEIO_OK ? say_more(logs, place, "📤 Output: ", count) : code;
}

/* What the stage gave as its reason, or the last error that it told of. */
static void add_cause(struct buf *line, const json *manifest)
{
	const char *text = json_get_str(manifest, "error_message", ""), *detail = "";

	for (const json *node = json_first(json_get(manifest, "errors")); node && !*text;
		node = json_next(node)) {
		if (json_next(node))
			continue;
		text = json_get_str(node, "message", "");
		detail = json_get_str(node, "exception_detail", "");
	}
	if (*text) {
		buf_str(line, ": ");
		text_add_printable(line, text, strlen(text));
	}
	size_t len = strcspn(detail, "\n");
	if (len && !memmem(text, strlen(text), detail, len)) {
		buf_str(line, ": ");
		text_add_printable(line, detail, len);
	}
}

static struct buf end_line(
	const struct place *place, const json *manifest, const char *status, double seconds)
{
	bool is_skipped = strcmp(status, "skipped") == 0, is_failed = strcmp(status, "failed") == 0;
	struct buf line = line_of(is_failed ? "❌" : is_skipped ? "⏭️ " : "✅", place);

	if (is_skipped) {
		const char *reason = json_get_str(manifest, "reason", "");
		reason = *reason ? reason : "the stage said so";
		buf_str(&line, "SKIPPED (");
		text_add_printable(&line, reason, strlen(reason));
		buf_char(&line, ')');
		return line;
	}
	buf_str(&line, is_failed ? "FAILED (" : "COMPLETED (");
	text_add_duration(&line, seconds);
	buf_char(&line, ')');
	if (is_failed)
		add_cause(&line, manifest);
	return line;
}

static int say_log(struct logs *logs, const struct place *place)
{
	struct buf line = BUF_SOFT;
	char *path MEM_LOCAL = place_join(place->stage_dir, STAGE_LOG_FILE);

	if (!path)
		return error_code();
	buf_str(&line, "📋 Stage log: ");
	add_path(&line, path, place);
	return say(logs, place, LOG_INFO, &line);
}

int narrate_end(struct logs *logs, const struct place *place, const json *manifest,
	const char *status, double seconds)
{
	bool is_failed = strcmp(status, "failed") == 0;
	struct buf line = end_line(place, manifest, status, seconds);
	int code = say_more(logs, place, "📥 Input: ", count_listed(json_get(manifest, "inputs")));

	if (code == STAGEIO_OK && !is_failed)
		code = say_outputs(logs, place, json_get(manifest, "outputs"));
	if (code == STAGEIO_OK)
		code = say(logs, place, is_failed ? LOG_ERROR : LOG_INFO, &line);
	else
		buf_free(&line);
	if (code == STAGEIO_OK && is_failed)
		code = say_log(logs, place);
	return code;
}

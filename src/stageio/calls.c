/* The calls: each checks what it is given and makes the event that says it. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/fs.h"
#include "stageio.h"
#include "stageio/error.h"
#include "stageio/event.h"
#include "stageio/fields.h"
#include "stageio/handle.h"

static int need(const void *argument, const char *what)
{
	return argument ? STAGEIO_OK : error_set(STAGEIO_EINVAL, "there is no %s", what);
}

static int need_text(const char *text, const char *what)
{
	if (text && *text)
		return STAGEIO_OK;
	return error_set(STAGEIO_EINVAL, "there is no %s", what);
}

static int check(bool is_made)
{
	return is_made ? STAGEIO_OK : error_memory();
}

int stageio_get_input_path(char **path, stageio *io, const char *name, const char *from_stage)
{
	int code;

	error_clear();
	if (!path)
		return error_set(STAGEIO_EINVAL, "there is no place for the path");
	*path = NULL;
	code = need(io, "handle");
	if (code == STAGEIO_OK)
		code = need_text(name, "name");
	if (code == STAGEIO_OK && from_stage && !place_is_stage_name(from_stage))
		code = error_set(STAGEIO_EINVAL, "'%s' cannot be the name of a stage", from_stage);
	if (code != STAGEIO_OK)
		return code;
	return place_find_input(
		path, io->place.job_dir, io->place.stage, io->place.number, name, from_stage);
}

static int make_parent(const char *path)
{
	struct err err = {0};
	char *dir = strdup(path);
	int code = dir ? STAGEIO_OK : error_memory();

	if (dir) {
		*strrchr(dir, '/') = '\0';
		if (*dir && fs_mkdirs(dir, &err) < 0)
			code = error_world(&err);
	}
	free(dir);
	return code;
}

int stageio_get_output_path(char **path, stageio *io, const char *name)
{
	int code;

	error_clear();
	if (!path)
		return error_set(STAGEIO_EINVAL, "there is no place for the path");
	*path = NULL;
	code = need(io, "handle");
	if (code == STAGEIO_OK)
		code = need_text(name, "name");
	if (code == STAGEIO_OK && !place_is_inside(name))
		code = error_set(
			STAGEIO_EINVAL, "output '%s' leads out of the stage's directory", name);
	if (code == STAGEIO_OK && !io->place.output_dir)
		code = error_set(STAGEIO_EPLACE, "STAGEIO_OUTPUT_DIR is not set");
	if (code != STAGEIO_OK)
		return code;
	code = place_join(path, io->place.output_dir, name);
	if (code == STAGEIO_OK)
		code = make_parent(*path);
	if (code != STAGEIO_OK) {
		free(*path);
		*path = NULL;
	}
	return code;
}

void stageio_free(char *path)
{
	free(path);
}

/* The path as it is told: absolute. What an output's relative path means is settled by where the
 * file is; one that is not there yet is left to be looked for where outputs go. */
static int told_path(char **out, const stageio *io, const char *path, bool is_input)
{
	bool is_elsewhere = false;
	char *there;
	int code;

	if (!is_input && *path != '/' && io->place.output_dir) {
		code = place_join(&there, io->place.output_dir, path);
		if (code != STAGEIO_OK)
			return code;
		is_elsewhere = fs_exists(there) || !fs_exists(path);
		free(there);
	}
	if (!is_elsewhere)
		return place_absolute(out, path);
	*out = strdup(path);
	return *out ? STAGEIO_OK : error_memory();
}

static int put_path(json *event, const stageio *io, const char *path, bool is_input)
{
	char *told = NULL;
	int code = told_path(&told, io, path, is_input);

	if (code == STAGEIO_OK)
		code = check(json_put_name(event, "path", told));
	free(told);
	return code;
}

/* reason: of an intermediate, else NULL */
static int track(stageio *io, const char *kind, const char *path, const char *type,
	bool is_retained, const char *reason, const stageio_field *fields, size_t count)
{
	json *event;
	int code;

	error_clear();
	code = need(io, "handle");
	if (code == STAGEIO_OK)
		code = need_text(path, "path");
	if (code == STAGEIO_OK)
		code = need_text(type, "type");
	if (code != STAGEIO_OK)
		return code;
	event = event_new(kind);
	code = put_path(event, io, path, strcmp(kind, "input") == 0);
	if (code == STAGEIO_OK)
		code = check(json_put_str(event, "type", type));
	if (code == STAGEIO_OK)
		code = fields_put_label(event, fields, count);
	if (code == STAGEIO_OK && reason)
		code = check(json_put_bool(event, "retained", is_retained) &&
			     json_put_str(event, "reason", reason));
	if (code == STAGEIO_OK)
		code = fields_put(
			event, fields, count, reason ? FIELDS_OF_INTERMEDIATE : FIELDS_OF_FILE);
	return handle_deliver(io, event, code);
}

int stageio_track_input(
	stageio *io, const char *path, const char *type, const stageio_field *fields, size_t count)
{
	return track(io, "input", path, type, false, NULL, fields, count);
}

int stageio_track_output(
	stageio *io, const char *path, const char *type, const stageio_field *fields, size_t count)
{
	return track(io, "output", path, type, false, NULL, fields, count);
}

int stageio_track_intermediate(stageio *io, const char *path, int retained, const char *reason,
	const stageio_field *fields, size_t count)
{
	return track(io, "intermediate", path, "intermediate", retained != 0, reason ? reason : "",
		fields, count);
}

/* An event with one object made of fields. Takes the event over. */
static int tell_fields(stageio *io, json *event, const char *name, const stageio_field *fields,
	size_t count, enum fields_of of)
{
	json *values = json_object();
	int code = check(values != NULL);

	if (code == STAGEIO_OK)
		code = fields_put(values, fields, count, of);
	if (code != STAGEIO_OK)
		json_free(values);
	else
		code = check(json_put(event, name, values));
	return handle_deliver(io, event, code);
}

int stageio_set_config(stageio *io, const stageio_field *fields, size_t count)
{
	error_clear();
	if (!io)
		return need(io, "handle");
	return tell_fields(io, event_new("config"), "values", fields, count, FIELDS_OF_CONFIG);
}

int stageio_add_config(stageio *io, const stageio_field *field)
{
	error_clear();
	if (!field)
		return need(field, "field");
	return stageio_set_config(io, field, 1);
}

int stageio_resource(stageio *io, const stageio_field *fields, size_t count)
{
	error_clear();
	if (!io)
		return need(io, "handle");
	return tell_fields(io, event_new("resource"), "values", fields, count, FIELDS_OF_RESOURCES);
}

int stageio_add_error(
	stageio *io, const char *message, const char *exception_type, const char *exception_detail)
{
	json *event;
	int code;

	error_clear();
	code = need(io, "handle");
	if (code == STAGEIO_OK)
		code = need(message, "message");
	if (code != STAGEIO_OK)
		return code;
	event = event_new("error");
	return handle_deliver(io, event,
		check(json_put_str(event, "message", message) &&
			json_put_str(event, "exception_type", exception_type) &&
			json_put_str(event, "exception_detail", exception_detail) &&
			event_put_time(event)));
}

int stageio_add_warning(stageio *io, const char *message)
{
	json *event;
	int code;

	error_clear();
	code = need(io, "handle");
	if (code == STAGEIO_OK)
		code = need(message, "message");
	if (code != STAGEIO_OK)
		return code;
	event = event_new("warning");
	return handle_deliver(
		io, event, check(json_put_str(event, "message", message) && event_put_time(event)));
}

static int check_level(enum stageio_level level)
{
	if ((int)level >= STAGEIO_DEBUG && (int)level <= STAGEIO_ERROR)
		return STAGEIO_OK;
	return error_set(STAGEIO_EINVAL, "%d is no log level", (int)level);
}

static enum stageio_level level_of(stageio *io)
{
	enum stageio_level level;

	pthread_mutex_lock(&io->lock);
	level = io->level;
	pthread_mutex_unlock(&io->lock);
	return level;
}

int stageio_set_level(stageio *io, enum stageio_level level)
{
	int code;

	error_clear();
	code = need(io, "handle");
	if (code == STAGEIO_OK)
		code = check_level(level);
	if (code != STAGEIO_OK)
		return code;
	pthread_mutex_lock(&io->lock);
	io->level = level;
	pthread_mutex_unlock(&io->lock);
	return STAGEIO_OK;
}

int stageio_log(stageio *io, enum stageio_level level, const char *message)
{
	json *event;
	int code;

	error_clear();
	code = need(io, "handle");
	if (code == STAGEIO_OK)
		code = check_level(level);
	if (code == STAGEIO_OK)
		code = need(message, "message");
	if (code != STAGEIO_OK || level < level_of(io))
		return code;
	event = event_new("log");
	return handle_deliver(io, event,
		check(json_put_str(event, "level", log_level_name((enum log_level)level)) &&
			json_put_str(event, "message", message) && event_put_time(event)));
}

int stageio_logf(stageio *io, enum stageio_level level, const char *format, ...)
{
	struct buf message = BUF_SOFT;
	va_list args;
	int code;

	error_clear();
	code = need(format, "format");
	if (code != STAGEIO_OK)
		return code;
	va_start(args, format);
	buf_vfmt(&message, format, args);
	va_end(args);
	code = message.failed ? error_memory() : stageio_log(io, level, buf_text(&message));
	buf_free(&message);
	return code;
}

int stageio_progress(stageio *io, double fraction, const char *message)
{
	json *event;
	int code;

	error_clear();
	code = need(io, "handle");
	if (code == STAGEIO_OK && !(fraction >= 0 && fraction <= 1))
		code = error_set(
			STAGEIO_EINVAL, "a progress of %g is not between 0 and 1", fraction);
	if (code != STAGEIO_OK)
		return code;
	event = event_new("progress");
	return handle_deliver(io, event,
		check(json_put_num(event, "fraction", fraction) &&
			json_put_str(event, "message", message ? message : "")));
}

int stageio_cost(stageio *io, double amount, const char *currency, const char *what)
{
	json *event;
	int code;

	error_clear();
	code = need(io, "handle");
	if (code == STAGEIO_OK && !isfinite(amount))
		code = error_set(STAGEIO_EINVAL, "the amount is no finite number");
	if (code == STAGEIO_OK)
		code = need_text(currency, "currency");
	if (code == STAGEIO_OK)
		code = need(what, "reason for the cost");
	if (code != STAGEIO_OK)
		return code;
	event = event_new("cost");
	return handle_deliver(io, event,
		check(json_put_num(event, "amount", amount) &&
			json_put_str(event, "currency", currency) &&
			json_put_str(event, "what", what)));
}

int stageio_finalize(
	stageio *io, enum stageio_status status, const stageio_field *fields, size_t count)
{
	static const char *const names[] = {"success", "failed", "skipped"};
	json *event;
	int code;

	error_clear();
	code = need(io, "handle");
	if (code == STAGEIO_OK && ((int)status < STAGEIO_SUCCESS || (int)status > STAGEIO_SKIPPED))
		code = error_set(
			STAGEIO_EINVAL, "%d is no status that a stage ends with", (int)status);
	if (code != STAGEIO_OK)
		return code;
	event = event_new("finalize");
	if (!json_put_str(event, "status", names[status])) {
		json_free(event);
		return error_memory();
	}
	return tell_fields(io, event, "fields", fields, count, FIELDS_OF_MANIFEST);
}

int stageio_checksum(char text[STAGEIO_CHECKSUM_SIZE], const char *path)
{
	struct digest sum;
	struct err err = {0};
	uint64_t size;
	int code;

	_Static_assert(
		STAGEIO_CHECKSUM_SIZE == DIGEST_TEXT_SIZE, "both know the size of a checksum");
	error_clear();
	code = need(text, "place for the checksum");
	if (code == STAGEIO_OK)
		code = need_text(path, "path");
	if (code != STAGEIO_OK)
		return code;
	text[0] = '\0';
	if (fs_is_dir(path) ? digest_tree(path, &sum, &size, &err)
			    : digest_file(path, &sum, &size, &err))
		return error_world(&err);
	digest_format(&sum, text);
	return STAGEIO_OK;
}

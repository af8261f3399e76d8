/* The calls: each checks what it is given and makes the event that says it. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/manifest_members.h"
#include "stageio.h"
#include "stageio/error.h"
#include "stageio/event.h"
#include "stageio/handle.h"
#include "stageio/phase.h"

/* These leave an error for error_code() where they are false. */
static bool has(const void *argument, const char *what)
{
	if (!argument)
		error_set(STAGEIO_EINVAL, "there is no %s", what);
	return argument != NULL;
}

static bool has_text(const char *text, const char *what)
{
	return has(text && *text ? text : NULL, what);
}

/* The first question of a call. */
static bool has_handle(const stageio *io)
{
	error_clear();
	return has(io, "handle");
}

/* The same of those that give a path. */
static bool begins_path(char **path, const stageio *io, const char *name)
{
	error_clear();
	if (!has(path, "place for the path"))
		return false;
	*path = NULL;
	return has(io, "handle") && has_text(name, "name");
}

int stageio_get_input_path(char **path, stageio *io, const char *name, const char *from_stage)
{
	if (!begins_path(path, io, name))
		return error_code();
	if (from_stage && !place_is_stage_name(from_stage))
		return error_set(STAGEIO_EINVAL, "'%s' cannot be the name of a stage", from_stage);
	*path = place_find_input(&io->place, name, from_stage);
	return *path ? STAGEIO_OK : error_code();
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

	if (!begins_path(path, io, name))
		return error_code();
	if (!place_is_inside(name))
		return error_set(
			STAGEIO_EINVAL, "output '%s' leads out of the stage's directory", name);
	if (!io->place.output_dir)
		return error_set(STAGEIO_EPLACE, "STAGEIO_OUTPUT_DIR is not set");
	*path = place_join(io->place.output_dir, name);
	if (!*path)
		return error_code();
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
static int put_path(struct event *event, const stageio *io, const char *path, bool is_input)
{
	bool is_elsewhere = false;
	char *told = NULL;

	if (!is_input && *path != '/' && io->place.output_dir) {
		told = place_join(io->place.output_dir, path);
		if (!told)
			return error_code();
		is_elsewhere = fs_exists(told) || !fs_exists(path);
		free(told);
	}
	told = is_elsewhere ? NULL : place_absolute(path);
	if (!told && !is_elsewhere)
		return error_code();
	json_write_name(&event->w, "path", told ? told : path);
	free(told);
	return STAGEIO_OK;
}

/* Warns of each field that is kept apart because of its name, once for a handle. */
static int warn_of_reserved(
	stageio *io, const char *what, const stageio_field *fields, size_t count, enum fields_of of)
{
	int code = STAGEIO_OK;

	for (size_t i = 0; i < count && code == STAGEIO_OK; i++) {
		struct buf text BUF_LOCAL = BUF_SOFT;
		if (fields[i].kind == STAGEIO_KIND_LABEL || !event_is_reserved(fields[i].name, of))
			continue;
		buf_fmt(&text,
			"%s: '%s' is a name of the manifest's own, the value is kept under " MANIFEST_META,
			what, fields[i].name);
		if (text.failed)
			code = error_memory();
		else if (handle_says_first(io, text.data))
			code = stageio_add_warning(io, text.data);
	}
	return code;
}

/* reason: of an intermediate, else NULL */
static int track(stageio *io, const char *kind, const char *path, const char *type,
	bool is_retained, const char *reason, const stageio_field *fields, size_t count)
{
	enum fields_of of = reason ? FIELDS_OF_INTERMEDIATE : FIELDS_OF_FILE;
	struct event event;
	int code;

	if (!has_handle(io) || !has_text(path, "path") || !has_text(type, "type"))
		return error_code();
	event_begin(&event, kind);
	code = put_path(&event, io, path, strcmp(kind, "input") == 0);
	if (code == STAGEIO_OK) {
		json_write_str(&event.w, "type", type);
		code = event_put_label(&event, fields, count);
	}
	if (code == STAGEIO_OK && reason) {
		json_write_bool(&event.w, "retained", is_retained);
		json_write_str(&event.w, "reason", reason);
	}
	if (code == STAGEIO_OK)
		code = event_put_fields(&event, fields, count, of);
	if (code == STAGEIO_OK)
		code = warn_of_reserved(io, kind, fields, count, of);
	return handle_deliver(io, &event, code);
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

/* An event with one object made of fields. */
static int tell_fields(stageio *io, struct event *event, const char *name,
	const stageio_field *fields, size_t count, enum fields_of of)
{
	json_write_object(&event->w, name);
	int code = event_put_fields(event, fields, count, of);
	json_write_end(&event->w);
	if (code == STAGEIO_OK)
		code = warn_of_reserved(io, event->kind, fields, count, of);
	return handle_deliver(io, event, code);
}

int stageio_set_config(stageio *io, const stageio_field *fields, size_t count)
{
	struct event event;

	if (!has_handle(io))
		return error_code();
	event_begin(&event, "config");
	return tell_fields(io, &event, "values", fields, count, FIELDS_OF_CONFIG);
}

int stageio_add_config(stageio *io, const stageio_field *field)
{
	error_clear();
	return has(field, "field") ? stageio_set_config(io, field, 1) : error_code();
}

int stageio_resource(stageio *io, const stageio_field *fields, size_t count)
{
	struct event event;

	if (!has_handle(io))
		return error_code();
	event_begin(&event, "resource");
	return tell_fields(io, &event, "values", fields, count, FIELDS_OF_RESOURCES);
}

int stageio_add_error(
	stageio *io, const char *message, const char *exception_type, const char *exception_detail)
{
	struct event event;

	if (!has_handle(io) || !has(message, "message"))
		return error_code();
	event_begin(&event, "error");
	json_write_str(&event.w, "message", message);
	json_write_str(&event.w, "exception_type", exception_type);
	json_write_str(&event.w, "exception_detail", exception_detail);
	event_put_time(&event);
	return handle_deliver(io, &event, STAGEIO_OK);
}

int stageio_add_warning(stageio *io, const char *message)
{
	struct event event;

	if (!has_handle(io) || !has(message, "message"))
		return error_code();
	event_begin(&event, "warning");
	json_write_str(&event.w, "message", message);
	event_put_time(&event);
	return handle_deliver(io, &event, STAGEIO_OK);
}

static bool is_level(enum stageio_level level)
{
	if ((int)level >= STAGEIO_DEBUG && (int)level <= STAGEIO_ERROR)
		return true;
	error_set(STAGEIO_EINVAL, "%d is no log level", (int)level);
	return false;
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
	if (!has_handle(io) || !is_level(level))
		return error_code();
	pthread_mutex_lock(&io->lock);
	io->level = level;
	pthread_mutex_unlock(&io->lock);
	return STAGEIO_OK;
}

int stageio_log(stageio *io, enum stageio_level level, const char *message)
{
	struct event event;

	if (!has_handle(io) || !is_level(level) || !has(message, "message"))
		return error_code();
	if (level < level_of(io))
		return STAGEIO_OK;
	event_begin(&event, "log");
	json_write_str(&event.w, "level", log_level_name((enum log_level)level));
	json_write_str(&event.w, "message", message);
	event_put_time(&event);
	return handle_deliver(io, &event, STAGEIO_OK);
}

int stageio_logf(stageio *io, enum stageio_level level, const char *format, ...)
{
	struct buf message BUF_LOCAL = BUF_SOFT;
	va_list args;
	int code;

	error_clear();
	if (!has(format, "format"))
		return error_code();
	va_start(args, format);
	buf_vfmt(&message, format, args);
	va_end(args);
	code = message.failed ? error_memory() : stageio_log(io, level, buf_text(&message));
	return code;
}

int stageio_progress(stageio *io, double fraction, const char *message)
{
	struct event event;

	if (!has_handle(io))
		return error_code();
	if (!(fraction >= 0 && fraction <= 1))
		return error_set(
			STAGEIO_EINVAL, "a progress of %g is not between 0 and 1", fraction);
	event_begin(&event, "progress");
	json_write_num(&event.w, "fraction", fraction);
	json_write_str(&event.w, "message", message ? message : "");
	return handle_deliver(io, &event, STAGEIO_OK);
}

int stageio_cost(stageio *io, double amount, const char *currency, const char *what,
	double quantity, const char *unit)
{
	struct event event;

	if (!has_handle(io))
		return error_code();
	if (!isfinite(amount) || (unit && !isfinite(quantity)))
		return error_set(STAGEIO_EINVAL, "the %s is no finite number",
			isfinite(amount) ? "quantity" : "amount");
	if (!has_text(currency, "currency") || !has(what, "reason for the cost"))
		return error_code();
	event_begin(&event, "cost");
	json_write_num(&event.w, "amount", amount);
	json_write_str(&event.w, "currency", currency);
	json_write_str(&event.w, "what", what);
	if (unit) {
		json_write_num(&event.w, "quantity", quantity);
		json_write_str(&event.w, "unit", unit);
	}
	return handle_deliver(io, &event, STAGEIO_OK);
}

int stageio_finalize(
	stageio *io, enum stageio_status status, const stageio_field *fields, size_t count)
{
	static const char *const names[] = {"success", "failed", "skipped"};
	struct event event;

	if (!has_handle(io))
		return error_code();
	if ((int)status < STAGEIO_SUCCESS || (int)status > STAGEIO_SKIPPED)
		return error_set(
			STAGEIO_EINVAL, "%d is no status that a stage ends with", (int)status);
	int ended = phase_end(io);
	if (ended != STAGEIO_OK)
		return ended;
	event_begin(&event, "finalize");
	json_write_str(&event.w, "status", names[status]);
	return tell_fields(io, &event, "fields", fields, count, FIELDS_OF_MANIFEST);
}

int stageio_checksum(char text[STAGEIO_CHECKSUM_SIZE], const char *path)
{
	struct digest sum;
	struct err err = {0};
	uint64_t size;

	_Static_assert(
		STAGEIO_CHECKSUM_SIZE == DIGEST_TEXT_SIZE, "both know the size of a checksum");
	error_clear();
	if (!has(text, "place for the checksum") || !has_text(path, "path"))
		return error_code();
	text[0] = '\0';
	if (fs_is_dir(path) ? digest_tree(path, &sum, &size, &err)
			    : digest_file(path, &sum, &size, &err))
		return error_world(&err);
	digest_format(&sum, text);
	return STAGEIO_OK;
}

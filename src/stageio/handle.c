/* Opening and closing, and the way that every call takes. */
#include "stageio/handle.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "stageio/error.h"
#include "stageio/narrate.h"
#include "stageio/phase.h"

const char *stageio_version(void)
{
	return RESTAGE_VERSION;
}

static const char *from_env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int need_place(const char *stage, const char *job_dir)
{
	if (!stage)
		return error_set(STAGEIO_EPLACE, "no stage is given, and STAGEIO_STAGE is not set");
	if (!job_dir || !*job_dir)
		return error_set(STAGEIO_EPLACE,
			"no job directory is given, and STAGEIO_JOB_DIR is not set");
	if (!place_is_stage_name(stage))
		return error_set(STAGEIO_EINVAL, "'%s' cannot be the name of a stage", stage);
	return STAGEIO_OK;
}

static char *copy_text(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		error_memory();
	return copy;
}

static int open_under_runner(stageio *io, const char *stage, const char *job_dir)
{
	const char *stage_dir = from_env("STAGEIO_STAGE_DIR"),
		   *output_dir = from_env("STAGEIO_OUTPUT_DIR");
	struct place *place = &io->place;
	int code;

	if (from_env("STAGEIO_STAGE"))
		stage = from_env("STAGEIO_STAGE");
	if (from_env("STAGEIO_JOB_DIR"))
		job_dir = from_env("STAGEIO_JOB_DIR");
	if (!output_dir)
		output_dir = stage_dir;
	code = need_place(stage, job_dir);
	if (code != STAGEIO_OK)
		return code;
	if (!(place->stage = copy_text(stage)) || !(place->job_dir = place_absolute(job_dir)) ||
		(stage_dir && !(place->stage_dir = place_absolute(stage_dir))) ||
		(output_dir && !(place->output_dir = place_absolute(output_dir))))
		return error_code();
	place->number =
		place->stage_dir ? place_number(place->job_dir, place->stage_dir) : UINT_MAX;
	return event_open(&io->events, from_env("STAGEIO_EVENTS"));
}

static int begin(stageio *io)
{
	int code = logs_begin(&io->place);

	if (code == STAGEIO_OK && !(io->flags & STAGEIO_NO_MANIFEST))
		code = manifest_begin(&io->manifest, &io->place);
	io->begun_mono_ns = clock_mono_ns();
	return code == STAGEIO_OK ? narrate_begin(&io->logs, &io->place) : code;
}

static int open_alone(stageio *io, const char *stage, const char *job_dir)
{
	struct place *place = &io->place;
	int code;

	stage = stage ? stage : from_env("STAGEIO_STAGE");
	job_dir = job_dir ? job_dir : from_env("STAGEIO_JOB_DIR");
	code = need_place(stage, job_dir);
	if (code != STAGEIO_OK)
		return code;
	if (!(place->stage = copy_text(stage)) || !(place->job_dir = place_absolute(job_dir)))
		return error_code();
	code = place_make_stage(place);
	if (code == STAGEIO_OK && !(place->output_dir = copy_text(place->stage_dir)))
		code = error_code();
	if (code == STAGEIO_OK)
		code = place_find_root(place);
	if (code == STAGEIO_OK && !(io->flags & STAGEIO_RESUME))
		code = begin(io);
	return code;
}

static void free_handle(stageio *io)
{
	manifest_free(&io->manifest);
	logs_close(&io->logs);
	if (io->events >= 0)
		close(io->events);
	buf_free(&io->said);
	free(io->phase.name);
	place_free(&io->place);
	said_free(&io->last);
	pthread_mutex_destroy(&io->lock);
	free(io);
}

int stageio_open(stageio **out, const char *stage_name, const char *job_dir, unsigned flags)
{
	stageio *io;
	int code;

	error_clear();
	if (!out)
		return error_set(STAGEIO_EINVAL, "there is no place for the handle");
	*out = NULL;
	if (flags & ~(unsigned)(STAGEIO_NO_MANIFEST | STAGEIO_RESUME))
		return error_set(STAGEIO_EINVAL, "unknown flags %#x", flags);
	io = malloc(sizeof *io);
	if (!io)
		return error_memory();
	*io = (stageio){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.flags = flags,
		.level = STAGEIO_DEBUG,
		.said = BUF_SOFT,
		.events = -1,
		.logs = {.stage = -1, .pipeline = -1},
		.last = {.text = BUF_SOFT},
		.manifest = {.lock = -1},
	};
	if (from_env("STAGEIO_EVENTS"))
		code = open_under_runner(io, stage_name, job_dir);
	else
		code = open_alone(io, stage_name, job_dir);
	if (code == STAGEIO_OK)
		*out = io;
	else
		free_handle(io);
	return code;
}

int stageio_close(stageio *io)
{
	int code;

	error_clear();
	if (!io)
		return STAGEIO_OK;
	code = phase_end(io);
	if (code == STAGEIO_OK)
		code = manifest_save(&io->manifest, &io->place);
	free_handle(io);
	return code;
}

static bool is_one_of(const struct event *event, const char *const *kinds)
{
	while (*kinds && strcmp(event->kind, *kinds) != 0)
		kinds++;
	return *kinds != NULL;
}

static int tell_end(stageio *io, const json *told)
{
	const json *manifest = io->manifest.tree;
	const char *status = json_get_str(manifest ? manifest : told, "status", "");
	double seconds = (double)(clock_mono_ns() - io->begun_mono_ns) / 1e9;

	return narrate_end(&io->logs, &io->place, manifest, status,
		json_get_num(manifest, "duration_seconds", seconds));
}

/* Into the manifest, and what of it the pipeline log tells too. */
static int record(stageio *io, const char *kind, const json *told)
{
	struct manifest *manifest = &io->manifest;
	size_t inputs = json_count(json_get(manifest->tree, "inputs"));
	int code = STAGEIO_OK, said = STAGEIO_OK;

	if (manifest->is_new)
		code = narrate_begin(&io->logs, &io->place);
	manifest->is_new = false;
	if (code == STAGEIO_OK)
		code = manifest_take(manifest, &io->place, kind, told);
	if (strcmp(kind, "finalize") == 0)
		said = tell_end(io, told);
	else if (json_count(json_get(manifest->tree, "inputs")) > inputs)
		said = narrate_input(&io->logs, &io->place, manifest->tree);
	return code == STAGEIO_OK ? said : code;
}

static int deliver_alone(stageio *io, const struct event *event, const json *told)
{
	static const char *const logged[] = {"log", "error", "warning", NULL};
	static const char *const unrecorded[] = {"log", "progress", NULL};
	enum log_level level = LOG_INFO;
	const char *kind = event->kind, *text = json_get_str(told, "message", "");
	bool is_end = strcmp(kind, "finalize") == 0, is_log = strcmp(kind, "log") == 0;
	int code = STAGEIO_OK;

	if (is_one_of(event, logged)) {
		/* an error and a warning are named as their levels */
		log_level_parse(json_get_str(told, "level", kind), &level);
		const char *detail = is_log ? "" : json_get_str(told, "exception_detail", "");
		bool is_again =
			level >= LOG_WARNING && said_again(&io->last, !is_log, level, text, detail);
		if (is_again && (is_log || level == LOG_WARNING))
			return STAGEIO_OK;
		if (!is_again)
			code = logs_write(&io->logs, &io->place, level, text);
	}
	if (is_log && level == LOG_WARNING)
		kind = "warning"; /* it counts like one that is reported */
	else if (is_one_of(event, unrecorded))
		return code;
	if (io->flags & STAGEIO_NO_MANIFEST)
		return code == STAGEIO_OK && is_end ? tell_end(io, told) : code;
	if (code == STAGEIO_OK && (io->flags & STAGEIO_RESUME))
		code = manifest_resume(&io->manifest, &io->place, is_end);
	return code == STAGEIO_OK ? record(io, kind, told) : code;
}

/* What is no record of files and values is told in any case: logs, and to a runner how the stage
 * ended. */
static bool is_told(const stageio *io, const struct event *event)
{
	static const char *const always[] = {
		"log", "progress", "error", "warning", "finalize", NULL};

	return !(io->flags & STAGEIO_NO_MANIFEST) || is_one_of(event, always);
}

bool handle_says_first(stageio *io, const char *text)
{
	struct buf line BUF_LOCAL = BUF_SOFT;
	bool is_first;

	buf_fmt(&line, "\n%s\n", text);
	pthread_mutex_lock(&io->lock);
	is_first = line.failed || !strstr(buf_text(&io->said), line.data);
	if (is_first)
		buf_str(&io->said, buf_text(&line));
	pthread_mutex_unlock(&io->lock);
	return is_first;
}

static int deliver(stageio *io, const struct event *event)
{
	struct err err = {0};
	json *told;
	int code;

	if (io->events >= 0)
		return event_append(io->events, event);
	told = json_parse(event->line.data, event->line.len, &err);
	code = told ? deliver_alone(io, event, told) : error_world(&err);
	json_free(told);
	return code;
}

int handle_deliver(stageio *io, struct event *event, int code)
{
	json_write_finish(&event->w);
	if (code == STAGEIO_OK && event->line.failed)
		code = error_memory();
	if (code == STAGEIO_OK && is_told(io, event)) {
		pthread_mutex_lock(&io->lock);
		code = deliver(io, event);
		pthread_mutex_unlock(&io->lock);
	}
	buf_free(&event->line);
	return code;
}

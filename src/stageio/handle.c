/* Opening and closing, and the way that every call takes. */
#include "stageio/handle.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stageio/error.h"
#include "stageio/event.h"

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

static int copy_text(char **out, const char *text)
{
	*out = strdup(text);
	return *out ? STAGEIO_OK : error_memory();
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
	code = need_place(stage, job_dir);
	if (code == STAGEIO_OK)
		code = copy_text(&place->stage, stage);
	if (code == STAGEIO_OK)
		code = place_absolute(&place->job_dir, job_dir);
	if (code == STAGEIO_OK && stage_dir)
		code = place_absolute(&place->stage_dir, stage_dir);
	if (code == STAGEIO_OK && (output_dir || stage_dir))
		code = place_absolute(&place->output_dir, output_dir ? output_dir : stage_dir);
	if (code == STAGEIO_OK)
		code = event_open(&io->events, from_env("STAGEIO_EVENTS"));
	place->number =
		place->stage_dir ? place_number(place->job_dir, place->stage_dir) : UINT_MAX;
	return code;
}

static int begin(stageio *io)
{
	int code = logs_begin(&io->place);

	if (code == STAGEIO_OK && !(io->flags & STAGEIO_NO_MANIFEST))
		code = manifest_begin(&io->manifest, &io->place);
	return code;
}

static int open_alone(stageio *io, const char *stage, const char *job_dir)
{
	struct place *place = &io->place;
	int code;

	stage = stage ? stage : from_env("STAGEIO_STAGE");
	job_dir = job_dir ? job_dir : from_env("STAGEIO_JOB_DIR");
	code = need_place(stage, job_dir);
	if (code == STAGEIO_OK)
		code = copy_text(&place->stage, stage);
	if (code == STAGEIO_OK)
		code = place_absolute(&place->job_dir, job_dir);
	if (code == STAGEIO_OK)
		code = place_make_stage(&place->stage_dir, &place->number, place->job_dir, stage);
	if (code == STAGEIO_OK)
		code = copy_text(&place->output_dir, place->stage_dir);
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
	place_free(&io->place);
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
		.events = -1,
		.logs = {.stage = -1, .pipeline = -1},
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
	code = manifest_save(&io->manifest, &io->place);
	free_handle(io);
	return code;
}

static bool is_one_of(const json *event, const char *const *kinds)
{
	const char *kind = json_get_str(event, "event", "");

	while (*kinds && strcmp(kind, *kinds) != 0)
		kinds++;
	return *kinds != NULL;
}

static int deliver_alone(stageio *io, const json *event)
{
	static const char *const logged[] = {"log", "error", "warning", NULL};
	static const char *const unrecorded[] = {"log", "progress", NULL};
	static const char *const ending[] = {"finalize", NULL};
	enum log_level level = LOG_INFO;
	int code = STAGEIO_OK;

	if (is_one_of(event, logged)) {
		/* an error and a warning are named as their levels */
		log_level_parse(
			json_get_str(event, "level", json_get_str(event, "event", "")), &level);
		code = logs_write(&io->logs, &io->place, level, json_get_str(event, "message", ""));
	}
	if (is_one_of(event, unrecorded) || (io->flags & STAGEIO_NO_MANIFEST))
		return code;
	if (code == STAGEIO_OK && (io->flags & STAGEIO_RESUME))
		code = manifest_resume(&io->manifest, &io->place, is_one_of(event, ending));
	return code == STAGEIO_OK ? manifest_take(&io->manifest, &io->place, event) : code;
}

/* What is no record of files and values is told in any case: logs, and to a runner how the stage
 * ended. */
static bool is_told(const stageio *io, const json *event)
{
	static const char *const always[] = {
		"log", "progress", "error", "warning", "finalize", NULL};

	return !(io->flags & STAGEIO_NO_MANIFEST) || is_one_of(event, always);
}

int handle_deliver(stageio *io, json *event, int code)
{
	if (code == STAGEIO_OK && !event)
		code = error_memory();
	if (code == STAGEIO_OK && is_told(io, event)) {
		pthread_mutex_lock(&io->lock);
		if (io->events >= 0)
			code = event_append(io->events, event);
		else
			code = deliver_alone(io, event);
		pthread_mutex_unlock(&io->lock);
	}
	json_free(event);
	return code;
}

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/logfile.h"
#include "cmd/session.h"
#include "model/graph.h"
#include "record/record.h"
#include "run/lock.h"
#include "run/places.h"

#define POLL_NS (100L * 1000 * 1000)
#define LOG_HEAD "99_pipeline_"
#define LOG_TAIL ".log"

struct logs_values {
	bool follows, only_failed;
	int level; /* enum log_level */
	const char *run;
};

#define AT(member) offsetof(struct logs_values, member)

static const struct option_spec options[] = {
	{'f', "follow", NULL, "go on as the log grows, until the run ends", OPTION_FLAG,
		AT(follows), NULL},
	{0, "level", "LEVEL", "only this and above: debug, info, warning or error", OPTION_CHOICE,
		AT(level), "debug|info|warning|error"},
	{0, "failed", NULL, "the logs of the stages that failed last", OPTION_FLAG, AT(only_failed),
		NULL},
	{0, "run", "ID", "the pipeline's log of this run", OPTION_TEXT, AT(run), NULL},
	OPTIONS_END,
};

struct logs {
	struct call *call;
	const struct graph *graph;
	struct arena arena;
	struct logfile **files; /* owned */
	size_t count, cap;
	const struct logfile *last; /* whose lines were printed last */
};

static void add_file(struct logs *logs, const char *path)
{
	const struct logs_values *values = logs->call->values;

	MEM_ROOM(logs->files, logs->count, logs->cap);
	logs->files[logs->count++] = logfile_new(path, (enum log_level)values->level);
}

/* Ids of the job's runs, oldest first. */
static int list_runs(struct logs *logs, const char ***runs, size_t *count, struct err *err)
{
	const char *dir =
		arena_fmt(&logs->arena, "%s/logs", graph_text(logs->graph, logs->graph->job_dir));
	char **names = NULL;
	size_t name_count = 0;

	*count = 0;
	*runs = NULL;
	if (!fs_is_dir(dir))
		return 0;
	if (fs_list(&logs->arena, dir, &names, &name_count, err) < 0)
		return -1;
	*runs = arena_alloc(&logs->arena, (name_count + 1) * sizeof **runs);
	for (size_t i = 0; i < name_count; i++) {
		size_t len = strlen(names[i]);

		if (len <= strlen(LOG_HEAD LOG_TAIL) || !text_starts(names[i], LOG_HEAD) ||
			!text_ends(names[i], LOG_TAIL))
			continue;
		(*runs)[(*count)++] = arena_strndup(
			&logs->arena, names[i] + strlen(LOG_HEAD), len - strlen(LOG_HEAD LOG_TAIL));
	}
	return 0;
}

static int add_pipeline_log(struct logs *logs, const char *wanted, struct err *err)
{
	const char **runs, *nearest, *job = graph_text(logs->graph, logs->graph->job);
	size_t count, at;

	if (list_runs(logs, &runs, &count, err) < 0)
		return -1;
	if (count == 0)
		return err_set(err, EXIT_WORLD, "job '%s' has no log: it was never run", job);
	at = count - 1;
	if (wanted)
		for (at = 0; at < count && strcmp(runs[at], wanted) != 0;)
			at++;
	if (at == count) {
		nearest = text_nearest(wanted, runs, count);
		return err_set(err, EXIT_USAGE, "job '%s' has no log of a run '%s'; the %s '%s'",
			job, wanted, nearest ? "nearest is" : "last one was",
			nearest ? nearest : runs[count - 1]);
	}
	add_file(logs, places_log(&logs->arena, logs->graph, runs[at]));
	return 0;
}

/* The stage's last attempt came to no good end. */
static bool has_failed(struct logs *logs, uint32_t stage, const char *dir)
{
	struct record record;

	return record_load(&logs->arena, logs->graph, stage, dir, &record, NULL) == 0 &&
	       (record.status == RECORD_FAILED || record.status == RECORD_RUNNING);
}

static int add_stage_logs(struct logs *logs, const bool *wanted, struct err *err)
{
	const struct logs_values *values = logs->call->values;
	const char **dirs = places_find(&logs->arena, logs->graph, err);

	if (!dirs)
		return -1;
	for (uint32_t i = 0; i < logs->graph->stage_count; i++) {
		const char *path;

		if (!wanted[i] || (values->only_failed && !has_failed(logs, i, dirs[i])))
			continue;
		path = arena_fmt(&logs->arena, "%s/stage.log", dirs[i]);
		if (fs_exists(path) || values->follows)
			add_file(logs, path);
		else if (!values->only_failed && logs->call->args.count == 1)
			session_note(logs->call, "stage '%s' has no log: it never ran",
				stage_name(logs->graph, i));
	}
	if (values->only_failed && !logs->count)
		session_note(logs->call, "no stage failed");
	else if (!logs->count)
		return err_set(err, EXIT_WORLD, "there is no log yet: run the stage first");
	return 0;
}

/* Prints what came since the last time; with several files each piece says whose it is. False when
 * nothing more can be printed. */
static bool print_news(struct logs *logs, struct logfile *file, struct err *err)
{
	struct buf out = {0}, title = {0};
	bool is_good = true;
	int status;

	do {
		buf_reset(&out);
		buf_reset(&title);
		status = logfile_read(file, &out, err);
		if (out.len && logs->count > 1 && logs->last != file) {
			buf_fmt(&title, "%s==> %s <==\n", logs->last ? "\n" : "",
				logfile_path(file));
			is_good = session_write(logs->call, &title);
			logs->last = file;
		}
		is_good = is_good && session_write(logs->call, &out);
	} while (status > 0 && is_good);
	buf_free(&out);
	buf_free(&title);
	return is_good && status == 0;
}

static int print(struct logs *logs)
{
	const struct logs_values *values = logs->call->values;
	const struct timespec pause = {0, POLL_NS};
	struct err err = {0};
	char who[128];

	for (;;) {
		/* asked before reading: what is written until then is read */
		bool is_going_on = values->follows && job_lock_held(logs->graph, who, sizeof who);

		for (size_t i = 0; i < logs->count; i++)
			if (!print_news(logs, logs->files[i], &err))
				return err.code ? session_fail(&err) : EXIT_OK;
		if (!is_going_on)
			return EXIT_OK;
		nanosleep(&pause, NULL);
	}
}

static int show(struct call *call, const struct graph *graph)
{
	const struct logs_values *values = call->values;
	struct logs logs = {.call = call, .graph = graph};
	struct err err = {0};
	int code = EXIT_OK;
	bool *wanted = NULL;
	int status;

	if (call->args.count || values->only_failed) {
		wanted = session_select(call, graph, &code);
		if (!wanted)
			return code;
		status = add_stage_logs(&logs, wanted, &err);
	} else {
		status = add_pipeline_log(&logs, values->run, &err);
	}
	code = status < 0 ? session_fail(&err) : print(&logs);
	for (size_t i = 0; i < logs.count; i++)
		logfile_free(logs.files[i]);
	free(logs.files);
	free(wanted);
	arena_free(&logs.arena);
	return code;
}

static int run(struct call *call)
{
	const struct logs_values *values = call->values;
	int code = EXIT_OK;
	struct graph *graph;

	if (values->run && (call->args.count || values->only_failed))
		return session_mistake(
			"option '--run' is for the pipeline's log: a stage's log holds its "
			"last run only");
	graph = session_load(call, &code);
	if (!graph)
		return code;
	code = show(call, graph);
	graph_free(graph);
	return code;
}

const struct command cmd_logs = {
	.name = "logs",
	.usage = "[STAGE]...",
	.summary = "print the log of the last run or of a stage",
	.options = options,
	.values_size = sizeof(struct logs_values),
	.max_args = ARGS_ANY,
	.run = run,
};

#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/mem.h"
#include "cmd/logs/logs.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/manifest/record.h"
#include "run/job/stage_dirs.h"

#define POLL_NS (100L * 1000 * 1000)

static const struct option_spec options[] = {
	OPTION('a', "all", NULL, FLAG, is_all,
		"all logs of a run, by time: the pipeline's, and of each stage that ran"),
	OPTION('f', "follow", NULL, FLAG, follows, "go on as the log grows, until the run ends"),
	CHOICE("level", "LEVEL", level, "debug|info|warning|error",
		"only this and above: debug, info, warning or error"),
	OPTION(0, "failed", NULL, FLAG, only_failed, "the logs of the stages that failed last"),
	OPTION(0, "plain", NULL, FLAG, is_plain, "on a terminal too: print, open no viewer"),
	OPTION(0, "run", "ID", TEXT, run, "the logs of this run"),
	OPTIONS_END,
};

struct logs {
	struct call *call;
	const struct graph *graph;
	struct logset set;
	struct pager pager;
	struct logfile **files;     /* by file of the set; owned */
	struct progress *progress;  /* NULL: nothing is followed */
	const struct logfile *last; /* whose lines were printed last */
};

/* The stage's last attempt came to no good end. */
static bool has_failed(struct logs *logs, uint32_t stage, const char *dir)
{
	struct record record;

	return record_load(&logs->set.arena, logs->graph, stage, dir, &record, NULL) == 0 &&
	       (record.status == RECORD_FAILED || record.status == RECORD_RUNNING);
}

static int add_stage_logs(struct logs *logs, const bool *wanted, struct err *err)
{
	const struct wishes *values = &logs->call->wishes;
	const char **dirs = stage_dirs_find(&logs->set.arena, logs->graph, err);

	if (!dirs)
		return -1;
	for (uint32_t i = 0; i < logs->graph->stage_count; i++) {
		const char *path;

		if (!wanted[i] || (values->only_failed && !has_failed(logs, i, dirs[i])))
			continue;
		path = stage_path(&logs->set.arena, dirs[i], STAGE_LOG_FILE);
		if (fs_exists(path) || values->follows)
			logset_add(&logs->set, path, stage_name(logs->graph, i), false);
		else if (!values->only_failed && logs->call->args.count == 1)
			session_note(logs->call, "stage '%s' has no log: it never ran",
				stage_name(logs->graph, i));
	}
	if (values->only_failed && !logs->set.count)
		session_note(logs->call, "no stage failed");
	else if (!logs->set.count)
		return err_set(err, EXIT_WORLD, "there is no log yet: run the stage first");
	return 0;
}

static int add_pipeline_log(struct logs *logs, struct err *err)
{
	const struct wishes *values = &logs->call->wishes;

	if (logset_find_run(&logs->set, values->run, err) < 0)
		return -1;
	logset_add_pipeline(&logs->set);
	return 0;
}

/* The pipeline log, unless stages are named, and those of the stages that ran. */
static int add_run_logs(struct logs *logs, bool *wanted, struct err *err)
{
	const struct wishes *values = &logs->call->wishes;
	struct logset *set = &logs->set;
	bool has_pipeline = !logs->call->args.count && !values->only_failed;

	if (logset_find_run(set, values->run, err) < 0)
		return -1;
	if (has_pipeline)
		logset_add_pipeline(set);
	if (values->only_failed) {
		const char **dirs = stage_dirs_find(&set->arena, logs->graph, err);

		if (!dirs)
			return -1;
		for (uint32_t i = 0; i < logs->graph->stage_count; i++)
			wanted[i] = wanted[i] && has_failed(logs, i, dirs[i]);
	}
	set->wanted = wanted;
	if (logset_find_new(set, err) < 0)
		return -1;
	if (!set->count && !values->follows)
		session_note(logs->call,
			values->only_failed ? "no stage failed in run %s"
					    : "no such stage ran in run %s, or it ran again since",
			set->run);
	return 0;
}

/* Prints what came since the last time; with several files each piece says whose it is. False when
 * nothing more can be printed. */
static bool print_news(struct logs *logs, uint32_t number, struct err *err)
{
	struct logfile *file = logs->files[number];
	struct buf out BUF_LOCAL = {0}, title BUF_LOCAL = {0};
	bool is_good = true;
	int status;

	do {
		buf_reset(&out);
		buf_reset(&title);
		status = logfile_read(file, &out, err);
		if (logs->progress && status == 0)
			progress_take(logs->progress, &logs->set, number, &out);
		if (out.len && logs->set.count > 1 && logs->last != file) {
			buf_fmt(&title, "%s==> %s <==\n", logs->last ? "\n" : "",
				logfile_path(file));
			is_good = pager_write(&logs->pager, &title);
			logs->last = file;
		}
		is_good = is_good && pager_write(&logs->pager, &out);
	} while (status > 0 && is_good);
	return is_good && status == 0;
}

static int print_each(struct logs *logs)
{
	const struct wishes *values = &logs->call->wishes;
	const struct timespec pause = {0, POLL_NS};
	struct err err = {0};

	for (;;) {
		/* asked before reading: what is written until then is read */
		bool is_going_on = values->follows && logset_is_running(&logs->set);

		if (is_going_on && logs->progress)
			progress_read(logs->progress, &logs->set);
		for (uint32_t i = 0; i < logs->set.count; i++) {
			if (!print_news(logs, i, &err))
				return err.code ? session_fail(&err) : EXIT_OK;
		}
		if (!is_going_on)
			return EXIT_OK;
		nanosleep(&pause, NULL);
	}
}

static int print(struct logs *logs)
{
	const struct wishes *values = &logs->call->wishes;
	int code;

	logs->files = mem_alloc((logs->set.count + 1) * sizeof *logs->files);
	for (uint32_t i = 0; i < logs->set.count; i++)
		logs->files[i] =
			logfile_new(logs->set.files[i].path, (enum log_level)values->level);
	if (values->follows && values->level <= LOG_INFO)
		logs->progress = progress_new(&logs->set);
	code = print_each(logs);
	if (logs->progress)
		progress_free(logs->progress);
	for (uint32_t i = 0; i < logs->set.count; i++)
		logfile_free(logs->files[i]);
	free(logs->files);
	return code;
}

/* Following is plain also on a terminal: it ends with the run, and what was told stays there. */
static int show_files(struct logs *logs)
{
	const struct wishes *values = &logs->call->wishes;
	enum log_level level = (enum log_level)values->level;
	bool is_selected = level != LOG_DEBUG || values->only_failed;
	int code;

	if (!logs->set.count && !(values->follows && values->is_all))
		return EXIT_OK;
	pager_open(&logs->pager, logs->call, is_selected ? NULL : &logs->set,
		values->is_plain || values->follows);
	if (values->is_all)
		code = logs_merge(&logs->pager, &logs->set, level, values->follows);
	else
		code = print(logs);
	pager_close(&logs->pager);
	return code;
}

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	struct logs logs = {.call = call, .graph = graph, .set = {.graph = graph}};
	bool is_of_stages = call->args.count || call->wishes.only_failed;
	int code = EXIT_OK, status;

	if (call->wishes.is_all || (is_of_stages && call->wishes.run))
		status = add_run_logs(&logs, call->wanted, err);
	else if (is_of_stages)
		status = add_stage_logs(&logs, call->wanted, err);
	else
		status = add_pipeline_log(&logs, err);
	if (status == 0)
		code = show_files(&logs);
	logset_free(&logs.set);
	return code;
}

const struct command cmd_logs = {
	.name = "logs",
	.usage = "[STAGE]...",
	.summary = "show the log of the last run or of a stage",
	.details =
		"On a terminal, logs that do not fit on the screen open in lnav if it is installed, or "
		"else in\n$PAGER or less.",
	.options = options,
	.max_args = ARGS_ANY,
	.needs = NEEDS_STAGES,
	.needs_job = true,
	.run = run,
};

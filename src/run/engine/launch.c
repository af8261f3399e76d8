/* From a stage to a command that is started: its words, its environment. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/fs.h"
#include "base/json_write.h"
#include "base/path.h"
#include "model/command/command.h"
#include "model/graph/executor.h"
#include "model/graph/job_paths.h"
#include "run/attempt/attempt_program.h"
#include "run/engine/contain.h"
#include "run/engine/context.h"
#include "run/engine/jobserver.h"
#include "run/engine/tools.h"
#include "run/job/lock_reach.h"

/* A script longer than this goes to the shell in a file: one argument may have 128 KiB at most. */
#define SCRIPT_ARGUMENT_MAX ((size_t)100 * 1024)

#define MAKE_NEW (O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)

struct environment {
	char **items;
	size_t count;
};

static void put(struct arena *arena, struct environment *env, const char *name, const char *value)
{
	env->items[env->count++] = arena_fmt(arena, "%s=%s", name, value);
}

static const char *absolute(struct arena *arena, const struct graph *graph, const char *path)
{
	return path_join(arena, graph_text(graph, graph->root), path);
}

/* A new file in the attempt's own directory; its path is for mistakes. */
static int write_own(const struct running *running, const char *name, const char *path,
	const char *text, size_t len, struct err *err)
{
	int fd FD_LOCAL = openat(running->own_fd, name, MAKE_NEW, 0666);

	if (fd < 0 || fs_write_all(fd, text, len) < 0)
		return err_sys(err, errno, "write", path);
	return 0;
}

/* The stage's config as a file: its own in the work directory, or the job's empty one, which spares
 * the many stages without config a file each. */
static const char *write_config(struct run *run, struct running *running, struct err *err)
{
	const struct graph *graph = run->graph;
	struct span config = graph->stages[running->stage].config;
	struct arena *arena = &running->arena;
	struct buf text BUF_LOCAL = {0};
	struct json_writer w = {.out = &text, .is_pretty = true};

	if (config.count == 0) {
		const char *path = run->empty_config;
		if (!path)
			path = job_path(&run->arena, graph, JOB_NO_CONFIG);
		if (!run->empty_config && fs_replace(path, "{}\n", 3, err) < 0)
			return NULL;
		return run->empty_config = path;
	}
	json_write_object(&w, NULL);
	for (uint32_t i = 0; i < config.count; i++) {
		const struct pair *pair = &graph->pairs[config.first + i];
		json_write_str(&w, graph_text(graph, pair->name), graph_text(graph, pair->value));
	}
	json_write_finish(&w);
	const char *path = stage_path(arena, running->own_dir, WORK_CONFIG);
	return write_own(running, WORK_CONFIG, path, text.data, text.len, err) < 0 ? NULL : path;
}

/* Those that the stage has; what it sets itself stays. */
static void put_gpus(struct arena *arena, const struct graph *graph, const struct running *running,
	struct environment *env)
{
#define NAME(name) name,
	static const char *const variables[] = {GPU_VARIABLES(NAME) GPU_VARIABLE_HIP};
	struct span own = graph->stages[running->stage].env;
	uint32_t count = stage_settings(graph, running->stage)->gpu;
	struct buf numbers BUF_LOCAL = {0};

	for (uint32_t i = 0; i < count; i++)
		buf_fmt(&numbers, "%s%u", i ? "," : "", i);
	for (size_t i = 0; running->gpus && i < sizeof variables / sizeof *variables; i++) {
		bool is_hip = i + 1 == sizeof variables / sizeof *variables;
		if (!graph_pair(graph, own, variables[i]))
			put(arena, env, variables[i], is_hip ? buf_text(&numbers) : running->gpus);
	}
}

static int make_environment(
	struct run *run, struct running *running, struct environment *env, struct err *err)
{
	const struct graph *graph = run->graph;
	const struct stage *stage = &graph->stages[running->stage];
	struct arena *arena = &running->arena;
	const char *config = write_config(run, running, err);
	bool has_unbuffered = false, is_inside = stage_container(graph, running->stage);
	bool has_jobpool =
		run->jobpool && !is_inside && !running->away; /* its descriptors do not get in */

	if (!config)
		return -1;
	env->items = arena_alloc(arena, (stage->env.count + 16) * sizeof *env->items);
	const char *makeflags = getenv("MAKEFLAGS");
	for (uint32_t i = 0; i < stage->env.count; i++) {
		const struct pair *pair = &graph->pairs[stage->env.first + i];
		if (has_jobpool && strcmp(graph_text(graph, pair->name), "MAKEFLAGS") == 0) {
			makeflags = graph_text(graph, pair->value);
			continue;
		}
		has_unbuffered = has_unbuffered ||
				 strcmp(graph_text(graph, pair->name), "PYTHONUNBUFFERED") == 0;
		put(arena, env, graph_text(graph, pair->name), graph_text(graph, pair->value));
	}
	if (running->away && makeflags) /* what it names is on this machine */
		put(arena, env, "MAKEFLAGS", "");
	else if (has_jobpool)
		put(arena, env, "MAKEFLAGS", jobpool_makeflags(run->jobpool, arena, makeflags));
	/* Its log is live, as those of other programs are. No part of the identity. */
	if (!has_unbuffered && (is_inside || !getenv("PYTHONUNBUFFERED")))
		put(arena, env, "PYTHONUNBUFFERED", "1");
	put_gpus(arena, graph, running, env);
	put(arena, env, "STAGEIO_EVENTS", running->events_path);
	put(arena, env, "STAGEIO_STAGE", stage_name(graph, running->stage));
	put(arena, env, "STAGEIO_STAGE_DIR", absolute(arena, graph, running->dir));
	put(arena, env, "STAGEIO_OUTPUT_DIR", absolute(arena, graph, running->work_dir));
	put(arena, env, "STAGEIO_JOB_DIR",
		absolute(arena, graph, graph_text(graph, graph->job_dir)));
	put(arena, env, "STAGEIO_CONFIG", absolute(arena, graph, config));
	put(arena, env, "STAGEIO_RUN", run->run_id);
	put(arena, env, "STAGEIO_ROOT", graph_text(graph, graph->root));
	env->items[env->count] = NULL;
	return 0;
}

/* What {{... | list}} stands for. */
static int write_lists(struct running *running, const struct command_lists *lists, struct err *err)
{
	if (lists->count && mkdirat(running->own_fd, WORK_LISTS, 0777) < 0)
		return err_sys(err, errno, "make the directory of lists in", running->own_dir);
	for (uint32_t i = 0; i < lists->count && !err->code; i++) {
		const struct buf *text = &lists->texts[i];
		const char *path = stage_list(&running->arena, running->own_dir, i + 1);
		write_own(running, path_below(running->own_dir, path), path, text->data, text->len,
			err);
	}
	return err->code ? -1 : 0;
}

static void free_lists(struct command_lists *lists)
{
	for (uint32_t i = 0; i < lists->count; i++)
		buf_free(&lists->texts[i]);
	free(lists->texts);
	*lists = (struct command_lists){0};
}

static int script_to_file(
	struct run *run, struct running *running, struct command *command, struct err *err)
{
	size_t last = command->argc - 1;
	size_t len = strlen(command->argv[last]);

	if (command->is_direct || len < SCRIPT_ARGUMENT_MAX)
		return 0;
	const char *path = absolute(&running->arena, run->graph,
		stage_path(&running->arena, running->own_dir, WORK_COMMAND));
	if (write_own(running, WORK_COMMAND, path, command->argv[last], len, err) < 0)
		return -1;
	/* "sh -e -c script" becomes "sh -e path" */
	if (last > 0 && strcmp(command->argv[last - 1], "-c") == 0)
		last--;
	command->argv[last] = (char *)(uintptr_t)path;
	command->argv[last + 1] = NULL;
	command->argc = last + 1;
	return 0;
}

static const char *run_dir(const struct run *run, const struct running *running)
{
	return stage_runs_in_work(run->graph, running->stage)
		       ? running->work_dir
		       : stage_run_dir(run->graph, running->stage);
}

static void put_in_container(
	struct run *run, struct running *running, struct command *command, struct environment *env)
{
	const struct settings *settings = stage_settings(run->graph, running->stage);

	if (!stage_container(run->graph, running->stage))
		return;
	struct contained given = {
		.name = contain_name(&running->arena, run->graph, running->stage, NULL),
		.dir = run_dir(run, running),
		.id = running->away ? NULL : tools_image_id(run->tools, running->stage),
		.gpus = running->away && settings->gpu ? CONTAINER_ALL_GPUS : running->gpus,
		.has_terminal = settings->flags & SET_CONSOLE,
		.may_pull = running->away,
	};
	running->attempt.container = contain_command(
		&running->arena, run->graph, running->stage, &given, command, &env->items);
	log_frame_container(run, running, tools_image_id(run->tools, running->stage));
}

static int refuse(const struct running *running, const char *why, struct exec_event *refusal)
{
	*refusal = (struct exec_event){
		.kind = EXEC_REFUSED,
		.id = running->id,
		.outcome = exec_unknown,
		.text = why,
	};
	return 1;
}

int launch_open(struct run *run, struct err *err)
{
	struct exec_options options = {
		.held_fd = run->lock_fd,
		.shared_fds = run->jobpool ? jobpool_shared(run->jobpool) : NULL,
	};

	if (!run->exec)
		run->exec = run->executor->open(&options, err);
	return run->exec ? 0 : -1;
}

static void warn_of_locks(struct run *run)
{
	struct buf text BUF_LOCAL = {0};
	const char *dir = graph_text(run->graph, run->graph->job_dir);

	if (lock_reach_warn(run->lock_fd, dir, &text))
		notify_text(run, RUN_NOTICE, NONE, LOG_WARNING, "%s", buf_text(&text));
}

int launch_open_away(struct run *run, struct err *err)
{
	const struct graph *graph = run->graph;
	const char *rate = executor_slurm_value(graph, "submit_rate");
	const char *program = executor_slurm_value(graph, "restage");

	if (run->away_exec)
		return 0;
	if (!program && !(program = attempt_program(&run->arena, err)))
		return -1;
	struct exec_options options = {
		.held_fd = -1,
		.root = graph_text(graph, graph->root),
		.job = graph_text(graph, graph->job),
		.jobs_dir = job_path(&run->arena, graph, JOB_HANDED),
		.program = program,
		.variables = executor_slurm_value(graph, "export"),
		.submit_rate = rate ? strtod(rate, NULL) : 0,
		.may_go = loop_holds_lock,
		.may_go_ctx = run,
	};
	warn_of_locks(run);
	run->lock_sure_ms = 0; /* others work in the job, too */
	fs_look_anew(true);    /* other hosts write here, too */
	run->away_exec = run->away->open(&options, err);
	return run->away_exec ? 0 : -1;
}

int launch_command(
	struct run *run, struct running *running, struct exec_event *refusal, struct err *err)
{
	const struct settings *settings = stage_settings(run->graph, running->stage);
	struct command command;
	struct environment env = {0};

	struct sight sight = {run, running->stage};
	struct command_lists lists = {0};
	struct command_attempt seen = running_command(running, &sight);
	seen.lists = &lists;
	command_build(&running->arena, run->graph, running->stage, &seen, &command);
	int status = write_lists(running, &lists, err);
	free_lists(&lists);
	if (status < 0)
		return -1;
	if (command.refusal)
		return refuse(running, command.refusal, refusal);
	if (make_environment(run, running, &env, err) < 0 ||
		script_to_file(run, running, &command, err) < 0)
		return -1;
	bool is_inside = stage_container(run->graph, running->stage);
	if (run->options && run->options->audit && is_inside)
		running_warn(
			run, running, "what it reads is not looked at: it runs in a container");
	else if (run->options && run->options->audit && audit_wrap(run, running, &command, err) < 0)
		return -1;
	put_in_container(run, running, &command, &env);
	if (command.refusal)
		return refuse(running, command.refusal, refusal);
	if (running->away ? launch_open_away(run, err) < 0 : launch_open(run, err) < 0)
		return -1;
	struct launch_away away;
	struct launch launch = {
		.id = running->id,
		.command = &command,
		.dir = run_dir(run, running),
		.env = env.items,
		.timeout_ms = settings->timeout_ms[running_nth(run, running)],
		.grace_ms = settings->grace_ms,
		.gpus = running->gpus,
		.keeps_terminal = settings->flags & SET_CONSOLE,
		.about = running->dir,
	};
	if (!running->away)
		return run->executor->start(run->exec, &launch, refusal, err);
	away_fill(run, running, &launch, &away);
	status = stagelog_close(running->log, err); /* the node goes on with it */
	running->log = NULL;
	if (status < 0)
		return -1;
	return run->away->start(run->away_exec, &launch, refusal, err);
}

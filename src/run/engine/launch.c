/* From a stage to a running command: environment, redirections, output pipe. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/command/command.h"
#include "run/engine/audit.h"
#include "run/engine/context.h"
#include "run/engine/jobpool.h"
#include "run/engine/search.h"
#include "run/job/places.h"

/* A script longer than this goes to the shell in a file: one argument may have 128 KiB at most. */
#define SCRIPT_ARGUMENT_MAX ((size_t)100 * 1024)

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

/* The stage's config as a file: its own in the work directory, or the job's empty one, which spares the
 * many stages without config a file each. */
static const char *write_config(struct run *run, struct running *running, struct err *err)
{
	const struct graph *graph = run->graph;
	struct span config = graph->stages[running->stage].config;
	struct arena *arena = &running->arena;
	struct buf text = {0};
	if (config.count == 0) {
		const char *path = run->empty_config;
		if (!path)
			path = arena_fmt(&run->arena, "%s/config-empty.json", places_state_dir(arena, graph));
		if (!run->empty_config && fs_replace(path, "{}\n", 3, err) < 0)
			return NULL;
		return run->empty_config = path;
	}
	json *object = json_object();
	for (uint32_t i = 0; i < config.count; i++) {
		const struct pair *pair = &graph->pairs[config.first + i];
		json_put_str(object, graph_text(graph, pair->name), graph_text(graph, pair->value));
	}
	json_format(object, &text);
	buf_char(&text, '\n');
	json_free(object);
	const char *path = arena_fmt(arena, "%s/.config.json", running->work_dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 || fs_write_all(fd, text.data, text.len) < 0)
		err_sys(err, errno, "write", path);
	if (fd >= 0)
		close(fd);
	buf_free(&text);
	return err->code ? NULL : path;
}

static int make_environment(
	struct run *run, struct running *running, struct environment *env, struct err *err)
{
	const struct graph *graph = run->graph;
	const struct stage *stage = &graph->stages[running->stage];
	struct arena *arena = &running->arena;
	const char *config = write_config(run, running, err);
	if (!config)
		return -1;
	env->items = arena_alloc(arena, (stage->env.count + 10) * sizeof *env->items);
	const char *makeflags = getenv("MAKEFLAGS");
	for (uint32_t i = 0; i < stage->env.count; i++) {
		const struct pair *pair = &graph->pairs[stage->env.first + i];
		if (run->jobpool && strcmp(graph_text(graph, pair->name), "MAKEFLAGS") == 0) {
			makeflags = graph_text(graph, pair->value);
			continue;
		}
		put(arena, env, graph_text(graph, pair->name), graph_text(graph, pair->value));
	}
	if (run->jobpool)
		put(arena, env, "MAKEFLAGS", jobpool_makeflags(run->jobpool, arena, makeflags));
	put(arena, env, "STAGEIO_EVENTS", running->events_path);
	put(arena, env, "STAGEIO_STAGE", stage_name(graph, running->stage));
	put(arena, env, "STAGEIO_STAGE_DIR", absolute(arena, graph, running->dir));
	put(arena, env, "STAGEIO_OUTPUT_DIR", absolute(arena, graph, running->work_dir));
	put(arena, env, "STAGEIO_JOB_DIR",
		absolute(arena, graph, graph_text(graph, graph->job_dir)));
	put(arena, env, "STAGEIO_CONFIG", absolute(arena, graph, config));
	put(arena, env, "STAGEIO_RUN", run->run_id);
	env->items[env->count] = NULL;
	return 0;
}

static const char *path_variable(const struct graph *graph, const struct stage *stage)
{
	for (uint32_t i = 0; i < stage->env.count; i++) {
		const struct pair *pair = &graph->pairs[stage->env.first + i];
		if (strcmp(graph_text(graph, pair->name), "PATH") == 0)
			return graph_text(graph, pair->value);
	}
	return NULL;
}

/* The same few programs are started again and again: PATH is searched once for each. */
static const char *find_program(struct run *run, struct running *running, const char *name, const char *path_list,
	int *why)
{
	if (path_list || strchr(name, '/'))
		return search_program(&running->arena, name, path_list, why);
	uint32_t known = map_get(&run->program_ids, name);
	if (known != MAP_NONE)
		return run->programs[known];
	const char *file = search_program(&run->arena, name, NULL, why);
	if (!file)
		return NULL;
	MEM_ROOM(run->programs, run->program_count, run->program_cap);
	run->programs[run->program_count] = file;
	map_put(&run->program_ids, arena_strdup(&run->arena, name), run->program_count++);
	return file;
}

/* Opens the redirections that the runner makes itself, in order, as the shell would. fds[i] < 0: not
 * redirected. */
static int open_redirects(struct running *running, const struct command *command, int fds[3])
{
	for (size_t i = 0; i < command->redirect_count; i++) {
		const struct command_redirect *r = &command->redirects[i];
		int fd;
		if (r->from >= 0) {
			int source = fds[r->from] >= 0 ? fds[r->from]
				     : r->from == 0    ? -1
						       : fds[r->from];
			if (source < 0)
				continue; /* the pipe, which both have anyway */
			fd = fcntl(source, F_DUPFD_CLOEXEC, 3);
		} else {
			fd = open(r->path, r->flags | O_CLOEXEC | O_NOCTTY, 0666);
		}
		if (fd < 0) {
			running->failure = arena_fmt(&running->arena,
				"cannot open '%s' for the command: %s",
				r->path ? r->path : "a copy of a descriptor", strerror(errno));
			return -1;
		}
		if (fds[r->fd] >= 0)
			close(fds[r->fd]);
		fds[r->fd] = fd;
	}
	return 0;
}

static int script_to_file(struct running *running, struct command *command, struct err *err)
{
	size_t last = command->argc - 1;
	size_t len = strlen(command->argv[last]);
	if (command->is_direct || len < SCRIPT_ARGUMENT_MAX)
		return 0;
	const char *path = arena_fmt(&running->arena, "%s/.command", running->work_dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 || fs_write_all(fd, command->argv[last], len) < 0)
		err_sys(err, errno, "write", path);
	if (fd >= 0)
		close(fd);
	/* "sh -e -c script" becomes "sh -e path" */
	if (last > 0 && strcmp(command->argv[last - 1], "-c") == 0)
		last--;
	command->argv[last] = (char *)(uintptr_t)path;
	command->argv[last + 1] = NULL;
	command->argc = last + 1;
	return err->code ? -1 : 0;
}

static int open_pipe(struct running *running, int *theirs, struct err *err)
{
	int pair[2];
	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_sys(err, errno, "make a pipe for", running->dir);
	/* Only our end: the command's must block like any other pipe. */
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	running->output = pair[0];
	*theirs = pair[1];
	return 0;
}

int launch_command(struct run *run, struct running *running, struct err *err)
{
	const struct graph *graph = run->graph;
	const struct stage *stage = &graph->stages[running->stage];
	struct command command;
	struct environment env = {0};
	struct launch launch = {.id = running->id, .in = -1, .out = -1, .err = -1};
	int fds[3] = {-1, -1, -1}, pipe_end = -1, why = 0, status = -1;
	bool is_console = stage_settings(graph, running->stage)->flags & SET_CONSOLE;

	command_build(&running->arena, graph, running->stage, running->work_dir, &command);
	if (make_environment(run, running, &env, err) < 0 ||
		script_to_file(running, &command, err) < 0)
		return -1;
	if (run->options && run->options->audit && audit_wrap(run, running, &command, err) < 0)
		return -1;
	launch.file = find_program(run, running, command.argv[0], path_variable(graph, stage), &why);
	if (!launch.file) {
		running->failure = arena_fmt(&running->arena,
			why == EACCES ? "cannot execute '%s': it is not executable"
				      : "cannot execute '%s': command not found",
			command.argv[0]);
		running->attempt.exit_code = why == EACCES ? 126 : 127;
		return -1;
	}
	if (!is_console && open_pipe(running, &pipe_end, err) < 0)
		return -1;
	if (open_redirects(running, &command, fds) < 0) {
		running->attempt.exit_code = 1;
		goto out;
	}
	launch.argv = command.argv;
	launch.env = env.items;
	launch.keeps_terminal = is_console;
	launch.in = fds[0];
	launch.out = fds[1] >= 0 ? fds[1] : pipe_end;
	launch.err = fds[2] >= 0 ? fds[2] : pipe_end;
	if (pipe_end >= 0 && launch.err == pipe_end)
		launch.kept = 2;
	else if (pipe_end >= 0 && launch.out == pipe_end)
		launch.kept = 1;
	status = warden_start(run->warden, &launch, err);
	if (status < 0 && err->code == EXIT_STAGE) {
		running->failure = arena_strdup(&running->arena, err->text);
		err_clear(err);
	}
out:
	for (int i = 0; i < 3; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	if (pipe_end >= 0)
		close(pipe_end);
	return status;
}

/* An attempt from its begin marker to the end of its command. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/command/command.h"
#include "model/graph/job_paths.h"
#include "record/judge/absent.h"
#include "run/engine/context.h"
#include "run/engine/gpus.h"
#include "run/engine/reuse.h"
#include "run/engine/tools.h"
#include "run/job/beneath.h"

#define MOMENT_MS 200  /* from here on a manifest says that the stage is running */
#define SAMPLE_MS 1000 /* between two samples of a running stage that are told */

static int64_t now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

struct running *running_find(struct run *run, uint64_t id)
{
	for (struct running *a = run->running; a; a = a->next) {
		if (a->id == id)
			return a;
	}
	return away_find(run, id);
}

/* By the clock of the node. */
static int64_t running_away_ns(const struct running *running)
{
	const struct away *away = running->away;
	int64_t end = away->ended_ns ? away->ended_ns : clock_wall_ns();

	return away->started_ns && end > away->started_ns ? end - away->started_ns : 0;
}

uint32_t running_nth(const struct run *run, const struct running *running)
{
	/* `replay` has one attempt, and no stages */
	uint32_t losses = run->stages ? run->stages[running->stage].losses : 0;

	return settings_nth(running->attempt.number - losses);
}

double running_seconds(const struct running *running)
{
	int64_t us = (clock_mono_ns() - running->started_mono) / 1000;

	if (running->away)
		us = running_away_ns(running) / 1000;
	return (double)us / 1e6;
}

int running_open_mark(struct run *run, struct err *err)
{
	struct arena arena = {0};
	const char *path = job_path(&arena, run->graph, JOB_OPEN_MARK);
	int fd = openat(
		run->state_fd, path_base(path), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	int status = 0;

	if (fd < 0)
		status = err_sys(err, errno, "write", path);
	else
		close(fd);
	arena_free(&arena);
	run->has_opened = status == 0;
	return status;
}

static int make_dir(struct run *run, struct running *running, const char *dir, struct err *err)
{
	const char *rel = path_below(running->own_dir, dir);
	int top = running->own_fd;

	if (!rel)
		top = beneath_top(run->graph, run->job_fd, dir, &rel);
	if (!*rel || strcmp(dir, running->dir) == 0)
		return 0;
	return beneath_mkdirs(top, rel, dir, err);
}

/* Directories in which outputs are to be made: the command need not. */
static int make_output_dirs(struct run *run, struct running *running, struct err *err)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[running->stage];
	int status = 0;
	struct fs_stat *before =
		arena_alloc(&running->arena, (s->output_count + 1) * sizeof *before);

	running->before_update = before;
	for (uint32_t i = 0; status == 0 && i < s->output_count + s->intermediate_count; i++) {
		uint32_t use = s->first_use + s->input_count + i;
		const struct label *label = &graph->labels[graph->uses[use].label];
		const char *dir = command_path(
			graph, running->stage, use, running->work_dir, &running->arena);
		if (!(label->flags & LABEL_DIRECTORY))
			dir = path_dir(&running->arena, dir);
		status = make_dir(run, running, dir, err);
		if (label->flags & LABEL_DIRECTORY)
			continue;
		/* What lies at the final place now: an output that the command writes there itself
		 * must differ. */
		if (status == 0 && i < s->output_count)
			fs_stat(file_path(graph, graph->uses[use].file), &before[i], NULL);
	}
	return status;
}

static bool is_absent(const void *ctx, uint32_t use)
{
	const struct sight *sight = ctx;
	const struct graph *graph = sight->run->graph;

	return graph->labels[graph->uses[use].label].role == ROLE_INPUT &&
	       absent_stamp(graph, sight->run->stamps, sight->stage, use)->stat.type == 0;
}

struct command_attempt running_command(const struct running *running, const struct sight *sight)
{
	return (struct command_attempt){
		.work_dir = running->work_dir,
		.own_dir = running->own_dir,
		.number = running->attempt.number,
		.gpus = running->gpus ? running->gpus : "",
		.is_absent = is_absent,
		.ctx = sight,
	};
}

void running_begin(struct run *run, struct running *running)
{
	const struct graph *graph = run->graph;
	uint32_t stage = running->stage;
	struct buf command = {0};

	struct run_stage *known = &run->stages[stage];
	struct attempt *attempt = &running->attempt;
	*attempt = attempt_begin(graph, stage, ++known->attempts, run->run_id);
	struct sight sight = {run, stage};
	struct command_attempt seen = running_command(running, &sight);
	seen.work_dir = seen.own_dir = NULL;
	command_expand(graph, stage, &seen, &command);
	attempt->command = arena_strdup(&running->arena, buf_text(&command));
	check_key(run, stage, &attempt->key);
	attempt->has_key = true;
	attempt->resources.gpus.ids = running->gpus;
	attempt->reasons = known->reasons;
	attempt->reason_count = known->reason_count;
	attempt->version_outputs = tools_versions(run->tools, stage);
	running->wants_names = reuse_wants(run, stage);
	running->started_mono = clock_mono_ns();
	buf_free(&command);
}

/* A file where the directory of an instance comes: what the stage made before it had instances, or
 * somebody else's, which is kept. */
static bool clear_place(struct run *run, struct running *running, int top, const char *rel)
{
	const struct attempt_file file = {.path = running->dir};
	struct err ignored = {0}; /* who makes the directory will come to it again */
	struct fs_stat there;

	return fs_stat(running->dir, &there, NULL) == 0 && there.type != 0 && there.type != 'd' &&
	       replaced_keep(run, running, &file, running->dir, false, &ignored) == 0 &&
	       beneath_remove(top, rel, running->dir, &ignored) == 0;
}

int running_open_dir(struct run *run, struct running *running, struct err *err)
{
	const char *rel;
	int top = beneath_top(run->graph, run->job_fd, running->dir, &rel);

	running->dir_fd = beneath_make(top, rel);
	if (running->dir_fd < 0 && errno == ENOTDIR) {
		bool is_cleared = clear_place(run, running, top, rel);
		errno = ENOTDIR;
		if (is_cleared)
			running->dir_fd = beneath_make(top, rel);
	}
	return running->dir_fd < 0
		       ? beneath_error(err, errno, "open the stage's directory", running->dir)
		       : 0;
}

void running_close_dirs(struct running *running)
{
	if (running->dir_fd >= 0)
		close(running->dir_fd);
	if (running->own_fd >= 0)
		close(running->own_fd);
	running->dir_fd = running->own_fd = -1;
}

int running_open_own(struct running *running)
{
	int fd = beneath_open_own(running->dir_fd, WORK_DIR), own;

	if (!running->away || fd < 0)
		return fd;
	own = beneath_open_own(fd, running->away->token);
	int why = errno;
	close(fd);
	errno = why;
	return own;
}

int running_make_place(struct run *run, struct running *running, struct err *err)
{
	if (!run->has_opened && running_open_mark(run, err) < 0)
		return -1;
	if (running_open_dir(run, running, err) < 0 ||
		left_rescue(run, running->stage, running->dir_fd, err) < 0)
		return -1;
	if (running->away ? away_make_dir(run, running, err) < 0
			  : workdir_make(&run->work_dirs, run->state_fd, running->dir_fd,
				    running->own_dir, err) < 0)
		return -1;
	running->own_fd = running_open_own(running);
	if (running->own_fd < 0)
		return err_sys(err, errno, "open the work directory", running->own_dir);
	return running_make_work_dir(running, err);
}

static int prepare(struct run *run, struct running *running, struct err *err)
{
	if (running_make_place(run, running, err) < 0)
		return -1;
	kept_log_begin(run, running);
	/* A machine that was cut off may still write into the one that it had. */
	if (running->attempt.number == 1 && run->stages[running->stage].is_interrupted)
		unlinkat(running->dir_fd, STAGE_LOG_FILE, 0);
	running->log = stagelog_open(running->dir_fd, running->log_path,
		stage_name(run->graph, running->stage), running->attempt.number > 1, err);
	if (!running->log)
		return -1;
	output_follow(run, running);
	log_frame_command(run, running);
	if (make_output_dirs(run, running, err) < 0 || left_give(run, running, err) < 0 ||
		overwritten_keep(run, running, err) < 0)
		return -1;
	collect_inputs(run, running);
	log_frame_inputs(run, running);
	return 0;
}

int running_make_work_dir(struct running *running, struct err *err)
{
	if (strcmp(running->work_dir, running->own_dir) != 0 &&
		mkdirat(running->own_fd, path_base(running->work_dir), 0777) < 0)
		return err_sys(err, errno, "make the work directory", running->work_dir);
	return 0;
}

void running_set_places(struct run *run, struct running *running, const char *own_dir)
{
	struct arena *arena = &running->arena;

	running->own_dir = running->work_dir = own_dir;
	if (stage_runs_in_work(run->graph, running->stage))
		running->work_dir = stage_path(arena, own_dir, WORK_CWD);
	running->events_path = path_join(arena, graph_text(run->graph, run->graph->root),
		stage_path(arena, own_dir, WORK_EVENTS));
	stage_events_again(running);
}

/* What it claimed: nothing of its command is left. */
static void give_back(struct run *run, struct running *running)
{
	gpus_give_back(run->gpus, running->id);
	sched_ended(run->sched, running->stage);
}

void running_take_gpus(struct run *run, struct running *running)
{
	uint32_t count = stage_settings(run->graph, running->stage)->gpu;

	if (!count || running->away)
		return;
	running->gpus = gpus_lease(run->gpus, count, running->id, &running->arena);
	assert(running->gpus); /* the scheduler counts the same ones */
}

struct running *running_new(struct run *run, uint32_t stage)
{
	struct running *running = mem_alloc(sizeof *running);

	running->stage = stage;
	running->id = ++run->next_id;
	running->dir = graph_text(run->graph, run->graph->stages[stage].dir);
	running->dir_fd = running->own_fd = -1;
	running->state_fd = run->state_fd;
	running_set_places(run, running, stage_path(&running->arena, running->dir, WORK_DIR));
	running->log_path = stage_path(&running->arena, running->dir, STAGE_LOG_FILE);
	running->progress = -1;
	running->next = run->running;
	run->running = running;
	return running;
}

void running_tell_start(struct run *run, const struct running *running)
{
	struct run_event event = {
		.kind = STAGE_START,
		.stage = running->stage,
		.attempt = &running->attempt,
		.attempt_number = running->attempt.number,
		.command = running->attempt.command,
		.reasons = running->attempt.reasons,
		.reason_count = running->attempt.reason_count,
	};
	struct reason goes_on = {.code = REASON_INTERRUPTED};
	struct buf text BUF_LOCAL = {0};

	if (running->away) {
		event.job = running->away->job;
		event.host = running->away->host;
	}
	if (running->away && running->away->is_adopted) {
		buf_fmt(&text, "goes on in job %s of an earlier run",
			running->away->job ? running->away->job : "");
		goes_on.message = buf_text(&text);
		event.reasons = &goes_on;
		event.reason_count = 1;
	}
	notify(run, &event);
}

/* 1: the attempt is one that an earlier head handed over. 0: there is none, and its directory is
 * not there any more. */
static int take_over(struct run *run, struct running *running, struct err *err)
{
	if (!run->has_opened && running_open_mark(run, err) < 0)
		return -1;
	overwritten_look(run, running);
	collect_inputs(run, running);
	if (adoption_take(run, running))
		return 1;
	running->attempt.file_count = running->declared_inputs = 0;
	running->collected = NULL;
	int status = running_open_dir(run, running, err);
	if (status == 0)
		status = away_remove_work(run, running, err);
	running_close_dirs(running);
	return status;
}

static struct running *begin_attempt(struct run *run, uint32_t stage, bool is_away)
{
	struct running *running = running_new(run, stage);

	if (is_away)
		away_begin(run, running);
	running_take_gpus(run, running);
	running_begin(run, running);
	running->watch_ms = running->look_ms = now_ms() + EXEC_LOOK_MS;
	running->due_ms = now_ms() + MOMENT_MS;
	if (!running->away)
		running_tell_start(run, running);
	return running;
}

void running_start(struct run *run, uint32_t stage)
{
	bool is_away = sched_is_away(run->sched, stage), is_left = adoption_has(run, stage);
	struct exec_event refusal = {0};
	struct err err = {0};

	/* What was left goes on where it is, wherever the stage would run by now. */
	struct running *running = begin_attempt(run, stage, is_away || is_left);
	int status = is_left ? take_over(run, running, &err) : 0;
	if (status > 0) /* it goes on */
		return;
	if (status == 0 && running->away && !is_away) {
		running_take_back(run, running);
		running = begin_attempt(run, stage, false);
	}
	if (status == 0)
		status = prepare(run, running, &err);
	if (status == 0)
		status = launch_command(run, running, &refusal, &err);
	running_close_dirs(running);
	if (status == 0 && running->away)
		away_handed(run, running);
	if (status == 0)
		return;
	/* A link in the way of an output is an affair of this stage alone. */
	if (status < 0 && running->log && (err.sys == EXDEV || err.sys == ELOOP)) {
		if (!running->collected)
			collect_inputs(run, running);
		refusal = (struct exec_event){.kind = EXEC_REFUSED,
			.id = running->id,
			.outcome = exec_unknown,
			.text = arena_strdup(&running->arena, err.text)};
		status = 1;
	}
	if (status > 0) {
		running_ended(run, running, &refusal);
		return;
	}
	run_fail(run, &err);
	running->is_cancelled = true;
	running->failure = arena_strdup(&running->arena, err.text);
	give_back(run, running);
	attempt_finish(run, running);
}

static void check_log(struct run *run, struct running *running)
{
	struct err err = {0};

	if (stagelog_flush(running->log, &err) < 0)
		run_fail(run, &err);
}

void running_show(struct run *run, struct running *running)
{
	struct err err = {0};

	running->is_shown_running = true;
	running->attempt.last_success = manifest_last_success(running->dir);
	struct attempt attempt = measure_attempt(running);
	if (attempt_write_manifest(run, &attempt, &err) < 0)
		run_fail(run, &err);
}

/* The command has ended, and so has what it reported. */
static void finish_reading(struct run *run, struct running *running, bool has_more)
{
	if (has_more)
		running_warn(run, running,
			"the rest of what the stage reported was not read: it is too much");
	if (events_ignored(running->events))
		running_warn(run, running,
			"%u lines of the events file could not be used (no JSON object, unknown "
			"event, or too long)",
			events_ignored(running->events));
	if (running->unkept_phases)
		running_warn(run, running, "of the phases only the first %d are kept, %u are not",
			MANIFEST_PHASES_MAX, running->unkept_phases);
	if (running->remark)
		running_warn(run, running, "%s", running->remark);
	give_back(run, running);
	attempt_finish(run, running);
}

/* After the end of the command: all of it, in turns with the others; of an attempt that failed
 * anyway not without end. */
static void read_rest(struct run *run, struct running *running, int64_t now)
{
	bool has_failed = running->failure || running->attempt.exit_code != 0 ||
			  running->attempt.signal || run->err.code;

	if (running->away && !running->is_cancelled && !away_is_seen(running, now))
		return;
	bool has_more = stage_events_read(run, running, true);

	if (!has_more || running->is_cancelled ||
		(has_failed && ++running->rest_reads > EVENTS_REST_MAX))
		finish_reading(run, running, has_more);
	else
		running->look_ms = now + 1;
}

/* What it reported, its log, and now and then a sample that is told. */
static void look_at_all(struct run *run, struct running *running, int64_t now)
{
	int64_t since = now - running->started_mono / 1000000;

	if (!running->is_shown_running)
		running_show(run, running);
	bool has_more = stage_events_read(run, running, false);
	check_log(run, running);
	if (since >= SAMPLE_MS && since / SAMPLE_MS != (since - MOMENT_MS) / SAMPLE_MS)
		measure_tell(run, running);
	running->due_ms = now + (has_more ? 1 : MOMENT_MS);
}

void running_look(struct run *run, struct running *running, int64_t now)
{
	if (running->has_ended) {
		read_rest(run, running, now);
		return;
	}
	if (running->watch_ms <= now)
		measure_watch(run, running, now);
	if (running->due_ms <= now)
		look_at_all(run, running, now);
	running->look_ms =
		running->due_ms < running->watch_ms ? running->due_ms : running->watch_ms;
}

void running_ended(struct run *run, struct running *running, const struct exec_event *end)
{
	if (running->away)
		away_ended(run, running, end);
	if (end->kind == EXEC_REFUSED) {
		running->failure = arena_strdup(&running->arena, end->text);
		running->attempt.exit_code = end->outcome.exit_code;
	} else {
		measure_end(running, running->away ? &running->away->end.outcome : &end->outcome);
		/* of what came from elsewhere it is the failure itself */
		if (end->text && end->outcome.cause < EXEC_BY_OTHERS)
			running->remark = arena_strdup(&running->arena, end->text);
	}
	running->has_ended = true;
	read_rest(run, running, now_ms());
}

void running_unlist(struct run *run, struct running *running)
{
	struct running **link = &run->running;

	while (*link != running)
		link = &(*link)->next;
	*link = running->next;
}

void running_free(struct run *run, struct running *running)
{
	running_unlist(run, running);
	running_close_dirs(running);
	stagelog_drop(running->log);
	away_free(running);
	attempt_free_json(&running->attempt);
	for (uint32_t i = 0; i < running->reported_count; i++)
		json_free(running->reported[i].reported);
	events_close(running->events);
	if (running->restore)
		restore_free(running->restore);
	free(running->attempt.files);
	free(running->asked);
	free(running->made_at);
	free(running->made_type);
	free(running->made_names);
	for (int role = 0; role < 3; role++)
		map_free(&running->reported_by_path[role]);
	free(running->reported);
	free(running->attempt.errors);
	free(running->attempt.warnings);
	free(running->attempt.costs);
	said_free(&running->said);
	buf_free(&running->logged_error);
	buf_free(&running->final);
	arena_free(&running->arena);
	free(running);
}

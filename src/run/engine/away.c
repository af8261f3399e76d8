#include "run/engine/away.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/command/command.h"
#include "model/graph/job_paths.h"
#include "run/engine/context.h"
#include "run/job/beneath.h"

#define SEEN_MS 60000    /* what a node wrote must be seen here after so long */
#define SEE_AGAIN_MS 100 /* between two looks for it */

/* Unique for ever: the run, a number in it, and chance, should two clocks agree. */
static const char *make_token(struct run *run, struct running *running)
{
	if (!run->away_chance && getrandom(&run->away_chance, sizeof run->away_chance, 0) < 0)
		run->away_chance = (uint32_t)clock_wall_ns();
	char *token = arena_fmt(&running->arena, "%s-%" PRIu64 "-%08" PRIx32, run->run_id,
		running->id, run->away_chance);
	for (char *c = token; *c; c++)
		*c = *c == '_' ? '-' : *c;
	return token;
}

bool away_is_token(const char *name)
{
	return strspn(name, "0123456789abcdef-") == strlen(name) && strlen(name) > 24 &&
	       name[8] == '-';
}

void away_begin(struct run *run, struct running *running)
{
	struct away *away = arena_alloc(&running->arena, sizeof *away);

	*away = (struct away){.token = make_token(run, running)};
	running->away = away;
	const char *work = stage_path(&running->arena, running->dir, WORK_DIR);
	running_set_places(run, running, stage_path(&running->arena, work, away->token));
}

int away_make_dir(struct run *run, struct running *running, struct err *err)
{
	const char *path = stage_path(&running->arena, WORK_DIR, running->away->token);
	struct work_dirs none = {0};

	if (away_remove_work(run, running, err) < 0 ||
		workdir_make(&none, run->state_fd, running->dir_fd, running->own_dir, err) < 0)
		return -1;
	if (mkdirat(running->dir_fd, path, 0777) < 0)
		return err_sys(err, errno, "make the work directory", running->own_dir);
	return 0;
}

static void insert(struct run *run, struct running *running)
{
	struct away_list *list = &run->away_list;
	uint32_t at = list->count;

	MEM_ROOM(list->at, list->count, list->cap);
	while (at > 0 && list->at[at - 1]->id > running->id)
		at--;
	memmove(list->at + at + 1, list->at + at, (list->count - at) * sizeof *list->at);
	list->at[at] = running;
	list->count++;
}

static uint32_t place_of(const struct run *run, uint64_t id)
{
	const struct away_list *list = &run->away_list;
	uint32_t low = 0, high = list->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (list->at[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->count && list->at[low]->id == id ? low : NONE;
}

struct running *away_find(const struct run *run, uint64_t id)
{
	uint32_t at = place_of(run, id);

	return at == NONE ? NULL : run->away_list.at[at];
}

/* What has come back and is not being settled yet: its result lies there for the next run, too. */
static void put_out_again(struct run *run)
{
	for (struct running *a = run->running, *next; a; a = next) {
		next = a->next;
		bool is_settling = a->is_settling && !a->is_viewed;
		if (!a->away || !a->has_ended || is_settling || a->away->is_settled)
			continue;
		stagelog_close(a->log, NULL);
		a->log = NULL;
		run->stages[a->stage].views_wanted = 0;
		running_unlist(run, a);
		insert(run, a);
	}
}

uint32_t away_leave(struct run *run)
{
	struct away_list *list = &run->away_list;
	uint32_t submitted = 0;

	put_out_again(run);
	if (run->away_exec && !run->is_leaving && (list->count || run->adopted))
		run->away->dismiss(run->away_exec);
	run->is_leaving = true;
	while (list->count) {
		struct running *running = list->at[--list->count];
		bool is_known = running->away->job || running->away->is_adopted;
		submitted += is_known ? 1 : 0;
		running->next = run->running;
		run->running = running;
		run->stages[running->stage].is_interrupted = true;
		sched_again(run->sched, running->stage); /* it was stopped */
		running_free(run, running);
	}
	return submitted;
}

const char *away_identity(struct running *running)
{
	const struct attempt *attempt = &running->attempt;
	struct hasher *hasher = hasher_new();
	char text[DIGEST_TEXT_SIZE];

	hasher_add(hasher, &attempt->key, sizeof attempt->key);
	for (uint32_t i = 0; i < running->declared_inputs; i++) {
		hasher_add_str(hasher, attempt->files[i].path);
		hasher_add(hasher, &attempt->files[i].sum, sizeof attempt->files[i].sum);
	}
	struct digest digest = hasher_done(hasher);
	hasher_free(hasher);
	digest_format(&digest, text);
	return arena_strdup(&running->arena, text);
}

static void add_made(const struct run *run, struct running *running, struct launch_made *made,
	uint32_t *count, uint32_t use)
{
	const struct graph *graph = run->graph;
	struct buf at = {0};

	if (graph->labels[graph->uses[use].label].flags & LABEL_UPDATE)
		return;
	command_place(graph, running->stage, use, running->work_dir, &at);
	made[(*count)++] = (struct launch_made){
		.at = arena_strdup(&running->arena, buf_text(&at)),
		.path = file_path(graph, graph->uses[use].file),
		.is_output = graph->labels[graph->uses[use].label].role == ROLE_OUTPUT,
	};
	buf_free(&at);
}

/* What collect_made will look for. */
static void list_made(const struct run *run, struct running *running, struct launch_away *out)
{
	const struct stage *s = &run->graph->stages[running->stage];
	struct launch_made *made =
		arena_alloc(&running->arena, (stage_use_count(s) + 1) * sizeof *made);

	out->made = made;
	for (uint32_t i = s->input_count; i < stage_use_count(s); i++)
		add_made(run, running, made, &out->made_count, s->first_use + i);
	if (!s->depfile)
		return;
	const char *name = graph_text(run->graph, s->depfile);
	made[out->made_count++] = (struct launch_made){
		.at = path_join(&running->arena, running->work_dir, name),
		.path = path_join(&running->arena, running->dir, name),
	};
}

static const char *said(const struct graph *graph, uint32_t text)
{
	return text ? graph_text(graph, text) : NULL;
}

void away_fill(
	struct run *run, struct running *running, struct launch *launch, struct launch_away *out)
{
	const struct graph *graph = run->graph;
	const struct settings *settings = stage_settings(graph, running->stage);
	struct away *away = running->away;

	away->identity = away_identity(running);
	*out = (struct launch_away){
		.token = away->token,
		.own_dir = running->own_dir,
		.log_path = running->log_path,
		.stage = stage_name(graph, running->stage),
		.number = running->attempt.number,
		.losses = run->stages[running->stage].losses,
		.identity = away->identity,
		.threads = settings->threads,
		.memory = settings->memory[running_nth(run, running)],
		.gpu_count = settings->gpu,
		.queue =
			{
				.partition = said(graph, settings->slurm_partition),
				.account = said(graph, settings->slurm_account),
				.qos = said(graph, settings->slurm_qos),
				.constraint = said(graph, settings->slurm_constraint),
				.gres = said(graph, settings->slurm_gres),
				.extra = said(graph, settings->slurm_extra),
				.time_ms = settings->slurm_time_ms,
				.pack_seconds = (double)settings->slurm_pack_ms / 1000,
				.expected_seconds = run_seconds(run, running->stage),
			},
	};
	list_made(run, running, out);
	launch->away = out;
}

static void tell_queued(struct run *run, struct running *running)
{
	struct run_event event = {
		.kind = STAGE_QUEUED,
		.stage = running->stage,
		.attempt_number = running->attempt.number,
		.text = running->away->why,
		.job = running->away->job,
	};

	notify(run, &event);
}

void away_handed(struct run *run, struct running *running)
{
	running->away->handed_ns = clock_wall_ns();
	running_unlist(run, running);
	insert(run, running);
	tell_queued(run, running);
}

void away_take_over(struct run *run, struct running *running, const char *token)
{
	struct away *away = running->away;
	struct fs_stat work;

	away->token = arena_strdup(&running->arena, token);
	away->is_adopted = true;
	away->identity = away_identity(running);
	const char *dir = stage_path(&running->arena, running->dir, WORK_DIR);
	/* Nothing else was made in it, so that is when the attempt began. */
	if (fs_stat(dir, &work, NULL) == 0)
		running->begin_ns = work.ctime_ns;
	running_set_places(run, running, stage_path(&running->arena, dir, away->token));
	running_unlist(run, running);
	insert(run, running);
	tell_queued(run, running);
}

/* A head that was killed in the middle may have put some of it in place. */
static void put_back(struct run *run, struct running *running)
{
	struct launch_away known = {0};

	list_made(run, running, &known);
	for (uint32_t i = 0; i < known.made_count; i++) {
		const struct launch_made *made = &known.made[i];
		struct fs_stat at, final;
		for (uint32_t k = 0; k < running->away->result.made_count; k++) {
			const struct job_made *was = &running->away->result.made[k];
			if (strcmp(was->at, made->at) == 0 &&
				fs_stat_self(made->at, &at, NULL) == 0 && at.type == 0 &&
				fs_stat_self(made->path, &final, NULL) == 0 &&
				final.type == was->stat.type && final.ino == was->stat.ino &&
				final.mtime_ns == was->stat.mtime_ns)
				fs_move(made->path, made->at, running->away->token, NULL);
		}
	}
}

static void keep(struct running *running, const char **place, const char *text)
{
	if (text && (!*place || strcmp(*place, text) != 0))
		*place = arena_strdup(&running->arena, text);
}

static void tell_started(struct run *run, struct running *running, int64_t started_ns)
{
	struct away *away = running->away;

	if (started_ns)
		away->started_ns = running->attempt.started_ns = started_ns;
	if (away->has_started)
		return;
	away->has_started = true;
	running_tell_start(run, running);
}

/* Both clocks tell about the same. */
static void take_times(const struct run *run, struct running *running)
{
	struct away *away = running->away;
	struct attempt_executor *executor = &running->attempt.executor;

	executor->kind = executor_name(run->away->executor);
	executor->job_id = away->job;
	executor->host = away->host;
	executor->queued_seconds = -1;
	if (away->started_ns && away->handed_ns)
		executor->queued_seconds = (double)(away->started_ns - away->handed_ns) / 1e9;
	if (executor->queued_seconds < 0 && away->handed_ns && away->started_ns)
		executor->queued_seconds = 0; /* two clocks */
}

void away_told(struct run *run, struct running *running, const struct exec_event *event)
{
	struct away *away = running->away;

	keep(running, &away->job, event->job);
	keep(running, &away->host, event->host);
	if (event->submitted_ns)
		away->handed_ns = event->submitted_ns;
	take_times(run, running);
	if (event->kind == EXEC_SUBMITTED) {
		keep(running, &away->why, event->text);
		tell_queued(run, running);
		return;
	}
	tell_started(run, running, event->started_ns ? event->started_ns : clock_wall_ns());
	take_times(run, running);
	running_show(run, running);
}

/* The event and what it points to are borrowed: what was written of it is read once more. */
static void keep_result(struct running *running, const struct job_result *result)
{
	struct buf text = {0};
	struct err err = {0};

	if (!result)
		return;
	jobfile_write_result(result, &text);
	running->away->has_result =
		jobfile_read_result(&running->arena, running->away->token, buf_text(&text),
			text.len, &running->away->result, &err) == 0;
	buf_free(&text);
}

/* The node is done with it: we are the only one that writes into it now. */
static void open_log(struct run *run, struct running *running)
{
	const struct away *away = running->away;
	struct err err = {0};

	if (running_open_dir(run, running, &err) == 0)
		running->log = stagelog_open(running->dir_fd, running->log_path,
			stage_name(run->graph, running->stage), true, &err);
	running_close_dirs(running);
	if (!running->log) {
		run_fail(run, &err);
		return;
	}
	output_follow(run, running);
	if (away->has_result)
		stagelog_recall(running->log, away->result.last, away->result.last_count,
			away->result.cause, away->result.is_cause_error);
}

static void take_warnings(struct running *running)
{
	const struct job_result *result = &running->away->result;

	for (uint32_t i = 0; i < result->warnings_kept; i++)
		warning_add(running, result->warnings[i].wall_ns, result->warnings[i].text,
			strlen(result->warnings[i].text));
	if (result->warning_count > result->warnings_kept)
		running->attempt.warning_count +=
			(uint32_t)(result->warning_count - result->warnings_kept);
}

void away_ended(struct run *run, struct running *running, const struct exec_event *end)
{
	struct away *away = running->away;
	uint32_t at = place_of(run, running->id);

	if (at != NONE) {
		struct away_list *list = &run->away_list;
		memmove(list->at + at, list->at + at + 1,
			(list->count - at - 1) * sizeof *list->at);
		list->count--;
		running->next = run->running;
		run->running = running;
	}
	stage_events_again(running);
	away->end = *end;
	away->end.text = end->text ? arena_strdup(&running->arena, end->text) : NULL;
	away->end.result = NULL;
	keep_result(running, end->result);
	away->end.outcome.gpu = away->has_result ? away->result.end.outcome.gpu : NULL;
	if (away->is_adopted && away->has_result)
		put_back(run, running);
	if (end->submitted_ns)
		away->handed_ns = end->submitted_ns;
	keep(running, &away->job, end->job);
	keep(running, &away->host, end->host);
	if (away->has_result) {
		keep(running, &away->job, away->result.job);
		keep(running, &away->host, away->result.host);
		running->gpus = away->result.gpus;
		away->ended_ns = away->result.ended_ns;
	}
	if (end->outcome.cause == EXEC_BY_LOSS)
		running->attempt.executor.lost =
			away->end.text ? away->end.text : "its job was lost";
	int64_t started = away->has_result ? away->result.started_ns : end->started_ns;
	if (end->kind == EXEC_ENDED)
		tell_started(run, running, started);
	take_times(run, running);
	open_log(run, running);
	if (away->has_result)
		take_warnings(running);
}

static bool is_as_written(const struct job_made *made)
{
	struct fs_stat stat;

	return fs_stat(made->at, &stat, NULL) == 0 && stat.type == made->stat.type &&
	       stat.mtime_ns == made->stat.mtime_ns &&
	       (stat.type != 'f' || stat.size == made->stat.size);
}

bool away_is_seen(struct running *running, int64_t now)
{
	struct away *away = running->away;
	const struct job_result *result = &away->result;

	if (!away->has_result || running->failure || away->end.outcome.exit_code != 0)
		return true;
	for (uint32_t i = 0; i < result->made_count; i++) {
		if (is_as_written(&result->made[i]))
			continue;
		if (!away->seen_ms)
			away->seen_ms = now + SEEN_MS;
		if (now < away->seen_ms) {
			running->look_ms = now + SEE_AGAIN_MS;
			return false;
		}
		running->failure = arena_fmt(&running->arena,
			"'%s', which was made on %s, is not seen here as it was written there: is it "
			"the same file system?",
			result->made[i].at, away->host ? away->host : "the node");
		return true;
	}
	return true;
}

struct job_made *away_made(const struct running *running, const char *at)
{
	struct job_result *result = running->away ? &running->away->result : NULL;

	for (uint32_t i = 0; result && running->away->has_result && i < result->made_count; i++) {
		struct job_made *made = &result->made[i];
		if (strcmp(made->at, at) == 0)
			return made->is_read && is_as_written(made) ? made : NULL;
	}
	return NULL;
}

void away_settled(struct run *run, struct running *running)
{
	if (!running->away || running->away->is_settled || !run->away_exec)
		return;
	running->away->is_settled = true;
	run->away->settled(run->away_exec, running->id);
}

void away_free(struct running *running)
{
	if (running->away && running->away->has_result)
		job_result_free(&running->away->result);
}

int away_remove_work(struct run *run, struct running *running, struct err *err)
{
	const char *token = running->away ? running->away->token : make_token(run, running);
	const char *name = arena_fmt(&running->arena, GONE_DIR "%s", token);
	struct err ignored = {0};

	if (renameat(running->dir_fd, WORK_DIR, run->state_fd, name) < 0)
		return errno == ENOENT
			       ? 0
			       : beneath_remove(running->dir_fd, WORK_DIR, running->own_dir, err);
	/* What is still open on another host cannot go yet: the next run tries again. */
	beneath_remove(run->state_fd, name, name, &ignored);
	return 0;
}

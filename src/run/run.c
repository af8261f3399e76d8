/* A run from its lock to its summary. */
#include "run/run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/process.h"
#include "run/context.h"
#include "run/jobpool.h"
#include "run/jobserver.h"
#include "run/lock.h"
#include "run/places.h"
#include "run/plan.h"

#define FILES_EACH 4
#define FILES_SHARED 128

static int64_t now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

static void tell_waiting(void *ctx, const char *who)
{
	struct run *run = ctx;
	notify_text(run, RUN_WAIT, NONE, LOG_INFO, "waiting for %s, who is running job '%s'", who,
		graph_text(run->graph, run->graph->job));
}

/* The run's id: its start, with a suffix if another run began in the same second. */
static void choose_id(struct run *run)
{
	char id[CLOCK_ID_SIZE];
	struct arena arena = {0};
	clock_id(clock_wall_ns(), id);
	snprintf(run->run_id, sizeof run->run_id, "%s", id);
	for (int i = 2; fs_exists(places_log(&arena, run->graph, run->run_id)) && i < 10000; i++)
		snprintf(run->run_id, sizeof run->run_id, "%s_%d", id, i);
	run->log_path = arena_strdup(&run->arena, places_log(&arena, run->graph, run->run_id));
	arena_free(&arena);
}

const struct record *run_record(struct run *run, uint32_t stage)
{
	struct err err = {0};
	struct record *record = run->records[stage];
	if (record)
		return record;
	record = arena_alloc(&run->arena, sizeof *record);
	const char *dir = graph_text(run->graph, run->graph->stages[stage].dir);
	if (record_load(&run->arena, run->graph, stage, dir, record, &err) < 0) {
		record->status = RECORD_UNREADABLE;
		record->why_unreadable = arena_strdup(&run->arena, err.text);
		run_fail(run, &err);
	}
	run->records[stage] = record;
	return record;
}

/* What the last run left: the index that the graph came from, or the job's, which may be of an older
 * definition. Without one, all manifests are read. */
static void load_index(struct run *run)
{
	const struct graph *graph = run->graph;
	const char *notice = NULL;
	run->index = run->options->index;
	run->is_same_graph = run->index != NULL;
	if (!run->index)
		run->index = run->own_index = index_read(places_index(&run->arena, graph), &notice);
	stamps_adopt(run->stamps, run->index, run->is_same_graph);
	run->notice = notice;
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (run->is_same_graph) {
			run->seconds[i] = run->index->stages[i].seconds;
			continue;
		}
		const struct record *record = run_record(run, i);
		run->seconds[i] = record->success.is_known ? record->success.duration_seconds : -1;
	}
}

/* How many stages can run at once by the number of files that we may have open: each has a pipe, a log and
 * its events; the rest is for all. */
static uint32_t jobs_by_files(struct run *run)
{
	size_t jobs = run->options->jobs < run->graph->stage_count ? run->options->jobs
								   : run->graph->stage_count;
	size_t files = process_raise_files(jobs * FILES_EACH + FILES_SHARED);
	if (files >= jobs * FILES_EACH + FILES_SHARED)
		return UINT32_MAX;
	uint32_t most = files > FILES_SHARED + FILES_EACH
				? (uint32_t)((files - FILES_SHARED) / FILES_EACH)
				: 1;
	if (!run->notice)
		run->notice = arena_fmt(&run->arena,
			"the limit of open files is %zu: no more than %u stages run at once (see ulimit -n)",
			files, most);
	return most;
}

static struct sched *make_sched(struct run *run)
{
	const struct graph *graph = run->graph;
	const struct run_options *options = run->options;
	double *seconds = mem_alloc((graph->stage_count + 1) * sizeof *seconds);
	double *remaining = mem_alloc((graph->stage_count + 1) * sizeof *remaining);
	struct sched_limits limits = {
		.jobs = options->jobs, .threads = options->threads, .memory = options->memory};
	uint32_t most = jobs_by_files(run);
	if (limits.jobs > most)
		limits.jobs = most;
	if (limits.threads == 0)
		limits.threads = options->jobs;
	if (limits.memory == 0)
		limits.memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	/* One of unknown duration counts a little, so that the longer chain still goes first. */
	for (uint32_t i = 0; i < graph->stage_count; i++)
		seconds[i] = run->seconds[i] > 0.001 ? run->seconds[i] : 0.001;
	graph_remaining(graph, seconds, remaining);
	struct sched *sched =
		sched_new(graph, options->wanted, remaining, &limits, options->keep_going);
	free(seconds);
	free(remaining);
	return sched;
}

static void tell_blocked(void *ctx, uint32_t stage, uint32_t by)
{
	struct run *run = ctx;
	struct run_event event = {.kind = STAGE_BLOCKED, .stage = stage, .other = by};
	notify(run, &event);
}

/* An input that no stage makes and that is not there is a mistake of the definition: found before
 * anything is written or run. */
static bool has_missing(struct run *run)
{
	const struct graph *graph = run->graph;
	for (uint32_t i = 0; run->options->checks_inputs && i < graph->stage_count; i++) {
		const struct stage *s = &graph->stages[i];
		if (sched_life(run->sched, i) == LIFE_IDLE || (s->flags & STAGE_DISABLED))
			continue;
		for (uint32_t k = 0; k < s->input_count; k++) {
			const struct use *use = &graph->uses[s->first_use + k];
			const struct stamp *stamp = stamps_get(run->stamps, use->file);
			if (stamp->state == STAMP_FAILED || stamp->stat.type != 0 ||
				graph->files[use->file].producer != NONE ||
				(graph->labels[use->label].flags & LABEL_OPTIONAL) ||
				plan_makes_around(graph, i, use->file))
				continue;
			return true;
		}
	}
	return false;
}

/* Slots of a make above us; without one a pool of our own, if that is wanted. */
static int open_jobserver(struct run *run, const char **notice, struct err *err)
{
	const struct graph *graph = run->graph;
	run->jobserver = jobserver_new(getenv("MAKEFLAGS"), notice);
	if (run->jobserver || run->options->jobpool == JOBPOOL_NONE)
		return 0;
	const char *path = path_join(
		&run->arena, graph_text(graph, graph->root), places_jobpool(&run->arena, graph));
	run->jobpool = jobpool_new(run->options->jobpool, run->options->jobs, path, err);
	if (!run->jobpool)
		return -1;
	run->jobserver = jobpool_client(run->jobpool);
	if (jobpool_shared(run->jobpool))
		warden_share(run->warden, jobpool_shared(run->jobpool));
	return 0;
}

static int begin(struct run *run, struct err *err)
{
	const struct graph *graph = run->graph;
	size_t count = (size_t)graph->stage_count + 1;
	const char *notice;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned threads = processors > 0 ? (unsigned)processors : 1;
	run->seconds = mem_alloc(count * sizeof *run->seconds);
	run->records = mem_alloc(count * sizeof *run->records);
	run->verdicts = mem_alloc(count * sizeof *run->verdicts);
	run->keys = mem_alloc(count * sizeof *run->keys);
	run->ran = mem_alloc(count);
	run->made = mem_alloc(count * sizeof *run->made);
	run->is_refreshed = mem_alloc(count);
	run->by_index = mem_alloc(count);
	run->attempts = mem_alloc(count * sizeof *run->attempts);
	run->warden = warden_new();
	run->workers = workers_new(threads, err);
	run->settlers = run->workers ? workers_new(threads, err) : NULL;
	if (!run->settlers)
		return -1;
	run->stamps = stamps_new(graph, run->workers);
	stamps_on_progress(run->stamps, notify_hashing, run);
	run->lock_fd = job_lock(
		graph, !run->options->no_wait, tell_waiting, run, run->signals.fd, err);
	if (run->lock_fd < 0) {
		signals_next(&run->signals); /* which ended the wait, if one did */
		return -1;
	}
	warden_hold(run->warden, run->lock_fd);
	stamps_probe(run->stamps, run->lock_fd);
	choose_id(run);
	if (!run->options->index && places_renumber(graph, err) < 0)
		return -1;
	load_index(run);
	sweep_begin(run);
	run->sched = make_sched(run);
	sched_on_blocked(run->sched, tell_blocked, run);
	for (uint32_t i = 0; i < graph->stage_count; i++)
		run->totals.selected += run->options->wanted[i];
	check_prefetch(run);
	run->is_mistaken = has_missing(run);
	if (run->is_mistaken)
		return -1;
	struct run_event event = {
		.kind = RUN_BEGIN, .stage = NONE, .other = NONE, .count = run->was_open};
	notify(run, &event);
	run->has_begun = true;
	if (run->notice)
		notify_text(run, RUN_NOTICE, NONE, LOG_WARNING, "%s", run->notice);
	if (open_jobserver(run, &notice, err) < 0)
		return -1;
	if (notice)
		notify_text(run, RUN_NOTICE, NONE, LOG_WARNING, "%s", notice);
	check_prehash(run);
	notify_hashing(run);
	return 0;
}

/* Nobody will tell any more of the end of what runs. warden_free kills what is left. */
static void give_up(struct run *run, const struct err *err)
{
	run_fail(run, err);
	while (run->active) {
		struct active *active = run->active;
		if (active->is_settling) {
			settle_step(run);
			continue;
		}
		active->is_cancelled = true;
		active->failure = arena_strdup(&active->arena, err->text);
		struct warden_event end = {.kind = WARDEN_ENDED,
			.id = active->id,
			.exit_code = -1,
			.read_mb = -1,
			.written_mb = -1};
		active_ended(run, active, &end);
	}
}

static void take_warden(struct run *run)
{
	struct warden_event event;
	struct err err = {0};
	int got;
	while ((got = warden_next(run->warden, &event, &err)) > 0) {
		struct active *active = active_find(run, event.id);
		if (!active)
			continue;
		if (event.kind == WARDEN_STARTED)
			active->pid = event.pid;
		else
			active_ended(run, active, &event);
	}
	if (got < 0)
		give_up(run, &err);
}

static void take_signal(struct run *run)
{
	int signal;
	while ((signal = signals_next(&run->signals)) != 0) {
		struct run_event event = {.kind = RUN_SIGNAL,
			.stage = NONE,
			.other = NONE,
			.count = (uint64_t)signal,
			.total = (uint64_t)run->signals.count};
		sched_stop(run->sched);
		for (struct active *a = run->active; a; a = a->next) {
			a->is_cancelled = true;
			if (!a->is_settling)
				active_stop(run, a, run->signals.count > 1);
		}
		notify(run, &event);
	}
}

/* -1: no time limit */
static int64_t sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int poll_timeout(struct run *run)
{
	int64_t now = now_ms();
	int64_t wake = sched_wake_ms(run->sched);
	for (struct active *a = run->active; a; a = a->next) {
		if (a->is_settling)
			continue;
		wake = sooner(wake, a->deadline_ms);
		wake = sooner(wake, a->look_ms);
	}
	int64_t left = wake < 0 ? -1 : 0;
	if (warden_has_next(run->warden))
		left = 0;
	else if (wake > now)
		left = wake - now;
	left = notify_tick(run, left);
	return left > 60000 ? 60000 : (int)left;
}

static struct pollfd *add_poll(struct run *run, size_t *count, int fd)
{
	MEM_ROOM(run->polls, *count, run->poll_cap);
	run->polls[*count] = (struct pollfd){.fd = fd, .events = POLLIN};
	return &run->polls[(*count)++];
}

/* Waits for whatever comes first, and takes it in. */
static void wait_and_take(struct run *run)
{
	size_t count = 0;
	add_poll(run, &count, run->signals.fd);
	add_poll(run, &count, warden_fd(run->warden));
	add_poll(run, &count, workers_fd(run->workers));
	add_poll(run, &count, workers_fd(run->settlers));
	add_poll(run, &count, run->wants_token ? jobserver_fd(run->jobserver) : -1);
	size_t first_output = count;
	for (struct active *a = run->active; a; a = a->next) {
		if (a->output >= 0)
			add_poll(run, &count, a->output);
	}
	if (poll(run->polls, count, poll_timeout(run)) < 0 && errno != EINTR) {
		struct err err = {0};
		err_sys(&err, errno, "wait for", "stages");
		give_up(run, &err);
		return;
	}
	size_t index = first_output;
	for (struct active *a = run->active; a; a = a->next) {
		if (a->output >= 0 && index < count && run->polls[index++].revents)
			active_drain(a);
	}
	if (run->polls[0].revents)
		take_signal(run);
	if (run->polls[1].revents || warden_has_next(run->warden))
		take_warden(run);
	if (run->polls[2].revents || stamps_pending(run->stamps)) {
		for (uint32_t stage; (stage = stamps_step(run->stamps)) != NONE;)
			check_resume(run, stage);
		notify_hashing(run);
	}
	if (run->polls[3].revents)
		settle_step(run);
	int64_t now = now_ms();
	for (struct active *a = run->active; a; a = a->next) {
		if (!a->is_settling)
			active_look(run, a, now);
	}
	remember_meanwhile(run);
}

/* Stages that hold a slot of make's: all that run but one. */
static void give_tokens(struct run *run)
{
	uint32_t running = sched_count(run->sched, LIFE_RUNNING);
	while (run->jobserver && jobserver_held(run->jobserver) &&
		jobserver_held(run->jobserver) + 1 > (running ? running : 1))
		jobserver_give(run->jobserver);
	if (run->jobpool && running == 0)
		jobpool_refill(run->jobpool);
}

/* The next stage to start, if there is room here and, under a make, a slot of its. */
static uint32_t next_start(struct run *run)
{
	bool is_first = sched_count(run->sched, LIFE_RUNNING) == 0;
	run->wants_token = false;
	if (!run->jobserver || is_first || sched_count(run->sched, LIFE_QUEUED) == 0)
		return sched_next_start(run->sched, now_ms());
	if (!jobserver_take(run->jobserver)) {
		run->wants_token = true;
		return NONE;
	}
	uint32_t stage = sched_next_start(run->sched, now_ms());
	if (stage == NONE)
		jobserver_give(run->jobserver);
	return stage;
}

static void loop(struct run *run)
{
	while (!sched_is_over(run->sched)) {
		uint32_t stage;
		while ((stage = sched_next_check(run->sched)) != NONE)
			check_begin(run, stage);
		give_tokens(run); /* of those that have ended; a stage may start without one then */
		while ((stage = next_start(run)) != NONE)
			active_start(run, stage);
		give_tokens(run);
		if (sched_is_over(run->sched))
			break;
		/* A stage that could not be started has settled meanwhile and may have made others ready. */
		if (sched_count(run->sched, LIFE_READY) && !sched_is_stopped(run->sched))
			continue;
		wait_and_take(run);
	}
}

static void end(struct run *run)
{
	struct err err = {0};
	if (!run->err.code && remember(run, &err) < 0)
		run_fail(run, &err);
	err_clear(&err);
	if (workdir_end(&run->work_dirs, places_state_dir(&run->arena, run->graph), &err) < 0)
		run_fail(run, &err);
	struct run_event event = {.kind = RUN_END,
		.stage = NONE,
		.other = NONE,
		.text = run->err.code ? run->err.text : NULL};
	notify(run, &event);
	sweep_end(run); /* last: until then the next run has to look for what is left */
}

static void release(struct run *run)
{
	while (run->active)
		active_free(run, run->active);
	warden_free(run->warden);
	if (!run->jobpool)
		jobserver_free(run->jobserver);
	jobpool_free(run->jobpool);
	stamps_free(run->stamps);
	workers_free(run->workers);
	workers_free(run->settlers);
	sched_free(run->sched);
	if (run->lock_fd >= 0)
		close(run->lock_fd);
	map_free(&run->program_ids);
	free(run->programs);
	free(run->made);
	map_free(&run->tool_ids);
	free(run->tool_outputs);
	free(run->polls);
	free(run->seconds);
	free(run->records);
	free(run->verdicts);
	free(run->keys);
	free(run->ran);
	free(run->is_refreshed);
	free(run->by_index);
	free(run->manifests);
	remember_end(run);
	index_free(run->own_index);
	free(run->attempts);
	free(run->is_interrupted);
	signals_give(&run->signals);
	arena_free(&run->scratch);
	arena_free(&run->arena);
}

int run_job(const struct graph *graph, const struct run_options *options, struct err *err)
{
	struct run run = {.graph = graph, .options = options, .lock_fd = -1, .signals.fd = -1};
	run.totals.eta_seconds = -1;
	run.started_mono = clock_mono_ns();
	for (struct listener *l = options->listeners; l; l = l->next)
		run.wants_lines = run.wants_lines || l->wants_lines;
	if (signals_take(&run.signals, err) == 0 && begin(&run, err) == 0)
		loop(&run);
	else if (err->code)
		run.err = *err;
	if (run.has_begun)
		end(&run);
	int signal = run.signals.first ? run.signals.first : 0;
	bool is_mistaken = run.is_mistaken;
	uint32_t failed = run.totals.failed, findings = run.totals.audit_findings;
	if (run.err.code)
		*err = run.err;
	release(&run);
	if (signal)
		return 128 + signal;
	if (err->code)
		return (int)err->code;
	if (is_mistaken)
		return EXIT_USAGE;
	if (failed)
		return EXIT_STAGE;
	return findings ? EXIT_DIFFER : EXIT_OK;
}

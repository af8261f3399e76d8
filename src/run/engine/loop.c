/* A run between its beginning and its end: judge, start, wait, take in what came. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "run/engine/context.h"
#include "run/engine/jobserver.h"
#include "run/engine/reuse.h"
#include "run/engine/tools.h"
#include "run/engine/viewer.h"
#include "run/job/lock.h"

#define LOOKS_MAX 16 /* at what stages report, in one turn: 64 KiB each */
/* So soon no server gives a lock to another that it has just told to be ours: it waits for many
 * seconds without a word of us first. */
#define SURE_MS 2000

static int64_t now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

/* Nobody will tell any more of the end of what runs. The executor kills what is left as it is
 * closed. */
static void give_up(struct run *run, const struct err *err)
{
	run_fail(run, err);
	versions_give_up(run);
	away_leave(run);
	viewed_give_up(run);
	lists_let_go(run);
	while (run->running) {
		struct running *running = run->running;
		struct exec_event end = {
			.kind = EXEC_ENDED,
			.id = running->id,
			.outcome = {.exit_code = -1, .read_mb = -1, .written_mb = -1},
		};
		if (running->is_settling) {
			attempt_resume(run, running->stage);
			attempt_finish_step(run);
			reuse_step(run);
			continue;
		}
		running->is_cancelled = true;
		running->failure = arena_strdup(&running->arena, err->text);
		running_ended(run, running, &end);
	}
}

/* Stages that hold a slot of make's: all that run but one. */
static void give_tokens(struct run *run)
{
	uint32_t running = sched_here(run->sched);

	while (run->jobserver && jobserver_held(run->jobserver) &&
		jobserver_held(run->jobserver) + 1 > (running ? running : 1))
		jobserver_give(run->jobserver);
	if (run->jobpool && running == 0)
		jobpool_refill(run->jobpool);
}

/* The next stage to start, if there is room here and, under a make, a slot of its. */
static uint32_t next_start(struct run *run)
{
	bool is_first = sched_here(run->sched) == 0;

	run->wants_token = false;
	if (!run->jobserver || is_first || sched_count(run->sched, SCHED_QUEUED) == 0)
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

/* Starts whatever there is room for. */
static void start_queued(struct run *run)
{
	uint32_t stage;
	struct err err = {0};

	give_tokens(run); /* of those that have ended; a stage may start without one then */
	while (!costs_are_spent(run) && (stage = next_start(run)) != NONE)
		running_start(run, stage);
	give_tokens(run);
	while (!costs_are_spent(run) && (stage = sched_next_away(run->sched, now_ms())) != NONE)
		running_start(run, stage);
	if (run->exec && run->executor->flush && run->executor->flush(run->exec, &err) < 0)
		give_up(run, &err);
	if (run->away_exec && !run->is_leaving && run->away->flush &&
		run->away->flush(run->away_exec, &err) < 0)
		give_up(run, &err);
}

static void take_event(struct run *run, const struct exec_event *event)
{
	struct running *running = running_find(run, event->id);

	switch (event->kind) {
	case EXEC_SUBMITTED:
	case EXEC_STARTED:
		/* here an attempt begins when it is handed over */
		if (running && running->away)
			away_told(run, running, event);
		break;
	case EXEC_OUTPUT:
		if (running) {
			/* what was reported before the output stands before it in the log */
			stage_events_read(run, running, false);
			stagelog_feed(running->log, event->data, event->len);
		}
		break;
	case EXEC_ENDED:
	case EXEC_REFUSED:
		if (running)
			running_ended(run, running, event);
		break;
	case EXEC_NOTICE:
		notify_text(run, RUN_NOTICE, NONE, LOG_WARNING, "%s", event->text);
		break;
	}
}

static void take_exec(struct run *run, const struct pollfd *polls)
{
	struct exec_event event;
	struct err err = {0};
	int got;

	while ((got = run->executor->next(run->exec, polls, &event, &err)) > 0) {
		if (viewer_own(&event))
			viewed_take(run, &event);
		else if (tools_own(&event))
			versions_take(run, &event);
		else
			take_event(run, &event);
	}
	if (got < 0)
		give_up(run, &err);
}

bool loop_holds_lock(void *ctx)
{
	struct run *run = ctx;
	int64_t now = clock_boot_ns() / 1000000;

	if (run->lock_err.code || now < run->lock_sure_ms)
		return !run->lock_err.code;
	run->lock_sure_ms = now + SURE_MS;
	if (job_lock_check(run->graph, run->lock_fd, &run->lock_err) == 0)
		return true;
	run_fail(run, &run->lock_err);
	return false;
}

static void take_away(struct run *run, const struct pollfd *polls)
{
	struct exec_event event;
	struct err err = {0};
	int got = 0;

	while (!run->is_leaving &&
		(got = run->away->next(run->away_exec, polls, &event, &err)) > 0) {
		if (!adoption_hear(run, &event))
			take_event(run, &event);
	}
	if (got < 0)
		give_up(run, &err);
}

/* What is out goes on without us: --leave, or SIGQUIT. */
static void leave(struct run *run)
{
	uint32_t count = away_leave(run);

	if (count)
		notify_text(run, RUN_NOTICE, NONE, LOG_INFO,
			"%u stage%s go%s on in jobs: the next run takes what they come to", count,
			count == 1 ? "" : "s", count == 1 ? "es" : "");
}

static void take_signal(struct run *run)
{
	int signal;

	while ((signal = signals_next(&run->signals)) != 0) {
		struct run_event event = {
			.kind = RUN_SIGNAL,
			.stage = NONE,
			.count = (uint64_t)signal,
			.total = (uint64_t)run->signals.count,
		};
		sched_stop(run->sched);
		if (signal == SIGQUIT || run->options->leaves)
			leave(run);
		versions_give_up(run);
		viewed_give_up(run);
		reuse_stop(run);
		for (struct running *a = run->running, *next; a; a = next) {
			next = a->next;
			if (a->away && run->is_leaving) /* it has ended, and is being settled */
				continue;
			a->is_cancelled = true;
			if (run->exec && !a->away)
				run->executor->stop(run->exec, a->id, run->signals.count > 1);
			if (a->is_waiting)
				attempt_resume(run, a->stage);
		}
		for (uint32_t i = 0; i < run->away_list.count; i++) {
			struct running *a = run->away_list.at[i];
			a->is_cancelled = true;
			run->away->stop(run->away_exec, a->id, run->signals.count > 1);
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
	int64_t wake = sooner(sched_wake_ms(run->sched), lists_wake_ms(run));

	for (struct running *a = run->running; a; a = a->next) {
		if (!a->is_settling)
			wake = sooner(wake, a->look_ms);
	}
	if (run->exec)
		wake = sooner(wake, run->executor->wake_ms(run->exec));
	if (run->away_exec && !run->is_leaving)
		wake = sooner(wake, run->away->wake_ms(run->away_exec));
	wake = sooner(wake, away_watch_wake_ms(run));
	int64_t left = wake < 0 ? -1 : 0;
	if (wake > now)
		left = wake - now;
	left = notify_tick(run, left);
	return left > 60000 ? 60000 : (int)left;
}

/* What to wait for: our own, then what the executors want. */
enum {
	POLL_SIGNALS,
	POLL_STAMPS,
	POLL_SETTLERS,
	POLL_TAKERS,
	POLL_GIVERS,
	POLL_TOKENS,
	POLL_EXEC
};

/* *here: where what is elsewhere begins. */
static size_t list_polls(struct run *run, size_t *here)
{
	const int fds[POLL_EXEC] = {
		[POLL_SIGNALS] = run->signals.fd,
		[POLL_STAMPS] = workers_fd(run->workers),
		[POLL_SETTLERS] = workers_fd(run->finishers),
		[POLL_TAKERS] = reuse_taking_fd(run),
		[POLL_GIVERS] = reuse_giving_fd(run),
		[POLL_TOKENS] = run->wants_token ? jobserver_fd(run->jobserver) : -1,
	};
	size_t count = 0;

	for (;;) {
		size_t room = run->poll_cap > POLL_EXEC ? run->poll_cap - POLL_EXEC : 0;
		if (room && run->exec)
			count = run->executor->fds(run->exec, run->polls + POLL_EXEC, room);
		*here = POLL_EXEC + count;
		if (room && count <= room && run->away_exec && !run->is_leaving)
			count += run->away->fds(run->away_exec, run->polls + *here, room - count);
		if (room && count <= room)
			break;
		run->poll_cap = POLL_EXEC + 16 + count * 2;
		run->polls = mem_grow(run->polls, run->poll_cap, sizeof *run->polls);
	}
	for (int i = 0; i < POLL_EXEC; i++)
		run->polls[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
	return POLL_EXEC + count;
}

/* What a stage waited for is known: to be judged, or to be settled. */
static void resume(struct run *run, uint32_t stage)
{
	if (!attempt_resume(run, stage) && !restore_resume(run, stage) &&
		sched_state(run->sched, stage) == SCHED_CHECKING)
		check_resume(run, stage);
}

/* Those whose time has come, the one that waits longest first, and only so many: what stages report
 * may be more than can be read while others wait. */
static void look_at_running(struct run *run)
{
	int64_t now = now_ms();

	for (int looks = 0; looks < LOOKS_MAX; looks++) {
		struct running *next = NULL;
		for (struct running *a = run->running; a; a = a->next) {
			if (!a->is_settling && a->look_ms <= now &&
				(!next || a->look_ms < next->look_ms))
				next = a;
		}
		if (!next)
			return;
		running_look(run, next, now);
	}
}

/* Waits for whatever comes first, and takes it in. */
static void wait_and_take(struct run *run)
{
	size_t here, count = list_polls(run, &here);

	if (clock_poll(run->polls, count, poll_timeout(run)) < 0 && errno != EINTR) {
		struct err err = {0};
		err_sys(&err, errno, "wait for", "stages");
		give_up(run, &err);
		return;
	}
	/* That may have been long: what comes is written down by who has the lock. */
	if (!loop_holds_lock(run))
		return;
	if (run->polls[POLL_SIGNALS].revents)
		take_signal(run);
	if (run->exec)
		take_exec(run, run->polls + POLL_EXEC);
	if (run->away_exec && !run->is_leaving)
		take_away(run, run->polls + here);
	if (run->polls[POLL_STAMPS].revents || stamps_pending(run->stamps)) {
		for (uint32_t stage; (stage = stamps_step(run->stamps)) != NONE;)
			resume(run, stage);
		notify_hashing(run);
	}
	if (run->polls[POLL_SETTLERS].revents)
		attempt_finish_step(run);
	if (run->polls[POLL_TAKERS].revents || run->polls[POLL_GIVERS].revents)
		reuse_step(run);
	look_at_running(run);
	away_watch_step(run);
	index_update_meanwhile(run);
}

void loop_run(struct run *run)
{
	while (!sched_is_over(run->sched) && !run->lock_err.code) {
		uint32_t stage;
		while ((stage = sched_next_check(run->sched)) != NONE)
			check_begin(run, stage);
		lists_step(run);
		start_queued(run);
		if (sched_is_over(run->sched))
			break;
		/* A stage that could not be started has settled meanwhile and may have made others
		 * ready. */
		if (sched_count(run->sched, SCHED_READY) && !sched_is_stopped(run->sched))
			continue;
		if (!viewed_step(run))
			wait_and_take(run);
	}
	if (run->lock_err.code) /* what is here is ended, and begun anew by the next run */
		away_leave(run);
	if (run->exec)
		run->executor->stop(run->exec, EXEC_ALL, true);
}

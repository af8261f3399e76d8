/* Events to the listeners, and the totals that go with each. */
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "run/engine/context.h"
#include "run/engine/reuse.h"

/* Time left: what queued and waiting stages took before, spread over the jobs, but no less than the
 * longest of them. Known only when something is known of every one. */
static double estimate_left(const struct run *run)
{
	double sum = 0, longest = 0;
	uint32_t unknown = 0;

	if (!run->sched || !run->stages)
		return -1;
	for (uint32_t i = 0; i < run->graph->stage_count; i++) {
		enum sched_state state = sched_state(run->sched, i);
		if (state != SCHED_QUEUED && state != SCHED_RUNNING && state != SCHED_WANTED)
			continue;
		double known = run_seconds(run, i);
		if (known < 0) {
			unknown++;
			continue;
		}
		sum += known;
		if (known > longest)
			longest = known;
	}
	for (const struct running *a = run->running; a; a = a->next) {
		double spent = (double)(clock_mono_ns() - a->started_mono) / 1e9;
		double known = run_seconds(run, a->stage);
		sum -= known >= 0 ? (spent < known ? spent : known) : 0;
	}
	if (unknown)
		return -1;
	double spread = sum / run->options->jobs;
	return spread > longest ? spread : longest;
}

static void update_totals(struct run *run, int64_t mono_ns, bool with_estimate)
{
	struct run_totals *t = &run->totals;

	t->seconds = (double)(mono_ns - run->started_mono) / 1e9;
	if (!run->sched)
		return;
	t->fresh = sched_count(run->sched, SCHED_FRESH);
	t->skipped = sched_count(run->sched, SCHED_SKIPPED);
	t->blocked = sched_count(run->sched, SCHED_BLOCKED);
	t->done = t->fresh + t->skipped + t->blocked + sched_count(run->sched, SCHED_DONE) +
		  sched_count(run->sched, SCHED_FAILED);
	if (with_estimate)
		t->eta_seconds = estimate_left(run);
}

/* The estimate walks all stages: ten times a second at most, whatever their number. */
#define ESTIMATE_NS ((int64_t)100 * 1000 * 1000)
/* Hashing is told of when it has taken so long. */
#define HASHING_NS ((int64_t)1000 * 1000 * 1000)

static bool is_estimate_due(struct run *run, int64_t mono_ns)
{
	if (run->estimated_mono && mono_ns - run->estimated_mono < ESTIMATE_NS)
		return false;
	run->estimated_mono = mono_ns;
	return true;
}

static bool changes_estimate(enum run_event_kind kind)
{
	return kind == STAGE_START || kind == STAGE_DONE || kind == STAGE_FAIL || kind == RUN_BEGIN;
}

void notify(struct run *run, struct run_event *event)
{
	event->graph = run->graph;
	event->wall_ns = clock_wall_ns();
	event->mono_ns = clock_mono_ns();
	event->run_id = run->run_id;
	event->log_path = run->log_path;
	event->totals = &run->totals;
	if (event->text && event->kind != STAGE_LINE)
		event->text_len = strlen(event->text);
	event->before_seconds =
		event->stage != NONE && run->stages ? run_seconds(run, event->stage) : -1;
	update_totals(run, event->mono_ns,
		changes_estimate(event->kind) && is_estimate_due(run, event->mono_ns));
	for (struct listener *l = run->options->listeners; l; l = l->next)
		l->hear(l->ctx, event);
}

int64_t notify_tick(struct run *run, int64_t left_ms)
{
	int64_t now = clock_mono_ns();
	/* Looking at the list of stages every half second is enough while nothing happens. */
	bool is_due = now - run->estimated_mono >= 5 * ESTIMATE_NS && is_estimate_due(run, now);

	update_totals(run, now, is_due);
	for (struct listener *l = run->options->listeners; l; l = l->next) {
		int64_t wish = l->tick ? l->tick(l->ctx, now, &run->totals) : -1;
		if (wish >= 0 && (left_ms < 0 || wish < left_ms))
			left_ms = wish;
	}
	return left_ms;
}

bool notify_is_watched(const struct run *run)
{
	for (const struct listener *l = run->options->listeners; l; l = l->next) {
		if (l->wants_lines || (l->is_watched && l->is_watched(l->ctx)))
			return true;
	}
	return false;
}

void notify_hashing(void *ctx)
{
	struct run *run = ctx;
	struct run_event event = {.kind = RUN_HASHING, .stage = NONE};

	stamps_progress(run->stamps, &event.count, &event.total);
	int64_t now = clock_mono_ns();
	if (event.total == 0)
		run->hashing_mono = 0;
	else if (run->hashing_mono == 0)
		run->hashing_mono = now;
	/* What was begun to be told is also told to have ended. */
	bool is_over = event.total == 0 && run->told_mono != 0;
	bool is_due = event.total != 0 && now - run->hashing_mono >= HASHING_NS &&
		      now - run->told_mono >= HASHING_NS / 4;
	if (!is_over && !is_due)
		return;
	run->told_mono = is_over ? 0 : now;
	notify(run, &event);
}

void notify_text(struct run *run, enum run_event_kind kind, uint32_t stage, enum log_level level,
	const char *fmt, ...)
{
	struct buf text BUF_LOCAL = {0};
	va_list args;

	va_start(args, fmt);
	buf_vfmt(&text, fmt, args);
	va_end(args);
	struct run_event event = {
		.kind = kind,
		.stage = stage,
		.level = level,
		.text = buf_text(&text),
	};
	notify(run, &event);
}

void run_fail(struct run *run, const struct err *err)
{
	if (!run->err.code)
		run->err = *err;
	if (run->sched)
		sched_stop(run->sched);
	reuse_stop(run); /* nobody waits for a server that does not answer */
}

int listener_error(const struct listener *listener, struct err *err)
{
	if (!listener->err || listener->err->code == EXIT_OK)
		return 0;
	if (err && err->code == EXIT_OK)
		*err = *listener->err;
	return -1;
}

void listener_free(struct listener *listener)
{
	if (listener)
		listener->free(listener->ctx);
}

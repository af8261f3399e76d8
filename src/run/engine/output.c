/* What a command puts out, told to those who listen. */
#include "base/clock.h"
#include "run/attempt/stagelog.h"
#include "run/engine/context.h"

#define STATE_NS ((int64_t)2000000000) /* between two states of its progress that are told */

struct listening {
	struct run *run;
	struct running *running;
};

/* States come many times a second: those who do not follow lines are told a few. */
static void tell_state(struct run *run, struct running *running, const char *text, size_t len)
{
	int64_t now = clock_mono_ns();
	struct buf copy BUF_LOCAL = {0};
	struct run_event event = {
		.kind = STAGE_PROGRESS,
		.stage = running->stage,
		.fraction = running->progress,
	};

	if (running->state_mono && now - running->state_mono < STATE_NS)
		return;
	running->state_mono = now;
	buf_add(&copy, text, len < STAGELOG_LINE_MAX ? len : STAGELOG_LINE_MAX);
	event.text = buf_text(&copy);
	notify(run, &event);
}

static void tell_line(void *ctx, enum log_level level, const char *text, size_t len, bool is_state)
{
	struct listening *t = ctx;
	struct run_event event = {
		.kind = STAGE_LINE,
		.stage = t->running->stage,
		.level = level,
		.text = text,
		.text_len = len,
		.count = is_state,
	};

	if (level == LOG_WARNING && !is_state)
		warning_add(t->running, clock_wall_ns(), text, len);
	if (t->run->wants_lines)
		notify(t->run, &event);
	if (is_state)
		tell_state(t->run, t->running, text, len);
}

void output_follow(struct run *run, struct running *running)
{
	struct listening *ctx = arena_alloc(&running->arena, sizeof *ctx);

	*ctx = (struct listening){run, running};
	stagelog_on_line(running->log, tell_line, ctx);
}

#include "view/console/console.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "view/console/console_part.h"
#include "view/console/github.h"
#include "view/console/outlet.h"

static bool size_of_stderr(void *ctx, unsigned *columns, unsigned *rows)
{
	struct winsize size;
	pid_t front = tcgetpgrp(STDERR_FILENO);

	(void)ctx;
	*columns = *rows = 0;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0) {
		*columns = size.ws_col;
		*rows = size.ws_row;
	}
	return front < 0 || front == getpgrp();
}

void console_detect(
	struct console_options *options, enum style_choice choice, enum console_volume volume)
{
	const char *ci = style_variable("CI");

	*options = (struct console_options){
		.volume = volume,
		.color = style_for_fd(choice, STDERR_FILENO),
		.is_github = github_detected(),
		.write = outlet_write,
		.drain = outlet_drain,
		.size = size_of_stderr,
	};
	options->is_live = style_is_screen(STDERR_FILENO) && volume != CONSOLE_QUIET &&
			   (!ci || text_eq(ci, "0") || text_eq(ci, "false")) && !options->is_github;
}

static void flush(struct console *console)
{
	if (console->options.is_github)
		github_guard(&console->lines);
	if (console->lines.len)
		console->options.write(
			console->options.ctx, console->lines.data, console->lines.len);
	buf_reset(&console->lines);
}

static void on_event(void *ctx, const struct run_event *event)
{
	struct console *console = ctx;

	if (event->kind == STAGE_START || event->kind == STAGE_FAIL)
		console->has_started = true;
	console->is_hurried = console->is_hurried || event->kind == RUN_SIGNAL;
	failures_hear(&console->failures, event);
	warned_hear(&console->warned, event);
	console->graph = event->graph;
	ongoing_hear(&console->ongoing, event);
	if (console->live && event->kind == RUN_END)
		live_end(console);
	if (event->kind == RUN_END) {
		console_summary(console, event);
		console_failures(console, event);
	} else {
		console_plain(console, event);
	}
	if (console->lines.len || event->kind == RUN_BEGIN)
		console->said_ns = event->mono_ns;
	if (console->live && event->kind != RUN_END)
		live_hear(console, event);
	else
		flush(console);
}

static int on_tick(void *ctx, int64_t mono_ns, const struct run_totals *totals)
{
	struct console *console = ctx;

	int wish = console->options.drain ? console->options.drain(console->options.ctx) : -1;

	if (wish >= 0)
		return wish; /* what is drawn later is newer */
	if (console->live)
		return live_tick(console, mono_ns, totals);
	wish = ongoing_tick(console, mono_ns, totals);
	flush(console);
	return wish;
}

/* Takes the live region off the screen, also if the run ended early. */
static void console_free(void *ctx)
{
	struct console *console MEM_LOCAL = ctx;

	if (console->live)
		live_end(console);
	flush(console);
	if (console->options.drain)
		outlet_end(console->is_hurried);
	live_free(console->live);
	ongoing_free(&console->ongoing);
	failures_free(&console->failures);
	buf_free(&console->lines);
}

struct listener *console_new(const struct console_options *options)
{
	struct console *console = mem_alloc(sizeof *console);

	console->options = *options;
	if (options->is_live && options->volume != CONSOLE_QUIET)
		console->live = live_new();
	console->listener = (struct listener){
		.hear = on_event,
		.tick = on_tick,
		.free = console_free,
		.wants_lines = options->volume == CONSOLE_VERBOSE || console->live,
		.ctx = console,
	};
	return &console->listener;
}
